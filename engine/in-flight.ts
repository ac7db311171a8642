/** A journey under way is put onto another version of its workflow: where it stands there, and until when. Pure. */
import { effectOf, enterStep } from './advance/behaviors.ts'
import { decision } from './advance/journal.ts'
import { stepsBehind } from './arms.ts'
import type { Context, Decision, Enrollment } from './journey.ts'
import type { Instant, Json } from './model.ts'
import type { Program, Step, StepId } from './program.ts'
import { roundIn } from './round-in.ts'
import { isLeaving, stepIn, type Succession } from './succession.ts'

export interface Placed {
  enrollment: Enrollment
  /** It has not begun with its step (or has none left to go to): `arrived` is to be told to the interpreter. */
  arriving: boolean
}

/**
 * Puts a journey that rests, with nothing out, onto a version. It keeps its time where the new step means the same; a
 * wait with another rule is planned anew from when it began; at a step of another kind it arrives.
 *
 * @returns undefined when the version has no step for it
 */
export function placedIn(
  { enrollment, arriving }: Placed,
  from: Program,
  to: Program,
  succession: Succession,
  context: Context,
): Placed | undefined {
  const at = enrollment.step
  // The version before had nothing left for it, and neither has this one.
  const target = at === null ? null : stepIn(to, succession.map, at)
  if (target === undefined) return undefined
  const values = {
    fromVersion: enrollment.version,
    toVersion: succession.to,
    ...(target !== at && target !== null && { step: at, onto: target }),
  }
  const told = decision({ at: context.now, rule: 'version', outcome: 'moved', values })
  const { round: _, ...rest } = enrollment
  const round = roundIn(enrollment, from, to, target, context.now)
  const moved: Enrollment = {
    ...rest,
    ...(round && { round }),
    version: succession.to,
    step: target,
    log: [...enrollment.log, told],
  }
  const [before, after] = [stepOf(from, at), stepOf(to, target)]
  if (arriving || !before || !after) return arrivingAt(moved, target, context.now)
  if (before.verb !== after.verb) return arrivingAt(moved, target, context.now)
  // What was out is done with: it goes on behind the step that it was out at.
  if (isLeaving(enrollment)) return arrivingAt(moved, after.next, context.now)
  if (before.verb === 'wait')
    return { enrollment: waitingAt(moved, before, after, to, context), arriving: false }
  // Between two rounds: the next one may come at another time now, or not at all.
  if (after.verb === 'repeat' && !sameRule(before, after)) return arrivingAt(moved, target, context.now)
  return { enrollment: stillPutOff(moved, to), arriving: false }
}

/** What was put off may go back behind its date only where nothing lies between that has been done. */
function stillPutOff(journey: Enrollment, to: Program): Enrollment {
  const { since, ...rest } = journey
  if (!since) return journey
  const between = stepsBehind(to, since.step)
  const done = journey.log.some(
    ({ step = '' }) => step !== journey.step && between.has(step) && effectIn(to, step),
  )
  return between.has(journey.step ?? '') && !done ? journey : rest
}

function effectIn(program: Program, id: StepId): boolean {
  const step = stepOf(program, id)
  return step !== undefined && effectOf(step) !== undefined
}

function arrivingAt(journey: Enrollment, step: StepId | null, now: Instant): Placed {
  const { attempts: _, since: __, ...rest } = journey
  return { enrollment: { ...rest, phase: 'waiting', step, dueAt: now }, arriving: true }
}

/** The log says of every wait when it began and until when, under the name that the step has now. */
function waitingAt(
  journey: Enrollment,
  before: Step,
  after: Step,
  program: Program,
  context: Context,
): Enrollment {
  const waits = journey.log.filter(({ rule, step }) => rule === 'wait' && step === before.id)
  const latest = waits.at(-1)
  const begun = waits.findLast(({ outcome }) => outcome === 'waiting')
  const begunAt = begun?.at ?? context.now
  const noted = (...made: Decision[]): Decision[] => [
    ...journey.log,
    ...made.map((one) => decision({ ...one, step: after.id })),
  ]
  if (sameRule(before, after)) {
    if (before.id === after.id || !latest) return journey
    // One that has moved since is still counted from where it began.
    return { ...journey, log: begun && begun !== latest ? noted(begun, latest) : noted(latest) }
  }
  const planned = enterStep(after, { program, enrollment: journey, context: { ...context, now: begunAt } })
  const until = planned.kind === 'stay' ? planned.dueAt : begunAt
  const said = planned.kind === 'stay' && planned.said ? planned.said : { rule: 'wait', outcome: 'waiting' }
  return { ...journey, dueAt: until, log: noted({ at: begunAt, values: { until }, ...said }) }
}

/** Whatever a step says besides its name and what follows it. */
function sameRule(one: Step, other: Step): boolean {
  const rule = ({ id: _, next: __, ...rest }: Step) =>
    JSON.stringify(Object.entries<Json | undefined>({ ...rest }).sort(([a], [b]) => (a < b ? -1 : 1)))
  return rule(one) === rule(other)
}

const stepOf = (program: Program, id: StepId | null): Step | undefined =>
  id !== null && Object.hasOwn(program.steps, id) ? program.steps[id] : undefined
