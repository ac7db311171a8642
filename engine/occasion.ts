/**
 * One doing of a step. In a `repeat` a step is done several times, and each time is an occasion of its own: with its own
 * mail, task and coupon. The first is called like the step, the second `step~2`.
 */
import type { Decision, Enrollment } from './journey.ts'
import type { StepId } from './program.ts'

/** How a round's doing of a step is called. */
export const occasion = (step: StepId, round = 1): string => (round > 1 ? `${step}~${round}` : step)

/** What the step is doing now, in a journey that stands there. */
export function occasionAt({ round }: Pick<Enrollment, 'round'>, step: StepId): string {
  return occasion(step, round?.index)
}

/** What a decision of a journey's log was about. */
function occasionOf(decision: Decision): string {
  return occasion(decision.step ?? '', roundOf(decision))
}

/** Which round of a `repeat` a decision belongs to, counted from 1. */
export const roundOf = ({ values }: Decision): number =>
  typeof values?.round === 'number' ? values.round : 1

/** Back to the step and the round, counted from 1. */
export function readOccasion(name: string): { step: StepId; round: number } {
  const [, step, round] = /^(.*)~(\d{1,3})$/.exec(name) ?? []
  return step === undefined ? { step: name, round: 1 } : { step, round: Number(round) }
}

/** The entry of a journey's log about a message that went out, or was to. */
export function sendOn(log: readonly Decision[], name: string): Decision | undefined {
  return log.findLast((one) => one.rule === 'send' && occasionOf(one) === name)
}

/** The name of what a step emits. Emitting it twice is emitting it once. */
export function emittedId(
  enrollment: Pick<Enrollment, 'workflow' | 'key' | 'run' | 'round'>,
  step: StepId,
): string {
  const { workflow, key, run } = enrollment
  return `emit:${workflow}:${key}:${run}:${occasionAt(enrollment, step)}`
}
