/** Where a step can lead: what a journey may do next, for those who tell or check a program. */
import type { Program, RepeatStep, Step, StepId } from './program.ts'

export interface Arm {
  /** The outcome in the decision record of a journey that goes this way. */
  outcome: string
  first: StepId | null
}

/** The ways that a step chooses among; none for a step that only goes on. */
export function armsOf(step: Step): Arm[] {
  switch (step.verb) {
    case 'if':
      return [
        { outcome: 'then', first: step.then ?? step.next },
        { outcome: 'else', first: step.else ?? step.next },
      ]
    case 'await':
      return [
        { outcome: 'matched', first: step.then ?? step.next },
        { outcome: 'timed-out', first: step.else ?? step.next },
      ]
    case 'wait':
      return step.until
        ? [
            { outcome: 'waiting', first: step.next },
            { outcome: 'skipped', first: step.beyond === undefined ? step.next : step.beyond },
          ]
        : []
    case 'choose':
      return [
        ...step.cases.map(({ first }, index) => ({
          outcome: `when-${index + 1}`,
          first: first ?? step.next,
        })),
        { outcome: 'else', first: step.else ?? step.next },
      ]
    case 'split':
      return step.arms.map(({ first }, index) => ({ outcome: `arm-${index + 1}`, first: first ?? step.next }))
    default:
      return []
  }
}

/** The steps of one round. */
export function stepsOfRound(program: Program, repeat: RepeatStep): Set<StepId> {
  const steps = new Set<StepId>()
  const open = [repeat.first]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const step = at === null || at === repeat.id || steps.has(at) ? undefined : program.steps[at]
    if (!step) continue
    steps.add(step.id)
    open.push(...waysFrom(step))
  }
  return steps
}

function waysFrom(step: Step): (StepId | null)[] {
  if (step.verb === 'stop') return []
  if (step.verb === 'repeat') return [step.first, step.next]
  const arms = armsOf(step)
  return arms.length > 0 ? arms.map(({ first }) => first) : [step.next]
}

/** The steps that a journey may come by which stands before `from`. */
export function stepsBehind(program: Program, from: StepId | null): Set<StepId> {
  const seen = new Set<StepId>()
  const open = [from]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const step = at === null || seen.has(at) ? undefined : program.steps[at]
    if (!step) continue
    seen.add(step.id)
    open.push(...waysFrom(step))
  }
  return seen
}

/** Whether a journey that stands before `from` may come by a step. */
export const comesBy = (program: Program, from: StepId | null, wanted: StepId): boolean =>
  stepsBehind(program, from).has(wanted)
