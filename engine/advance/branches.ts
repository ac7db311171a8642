/** What the branching verbs mean: which way a journey goes, and on what grounds. */
import { evaluateCondition } from '../condition.ts'
import type { JsonObject } from '../model.ts'
import { drawn } from '../hash.ts'
import type { ChooseStep, IfStep, RepeatStep, SplitStep } from '../program.ts'
import { addDuration, zoneOf } from '../time.ts'
import { variablesFor } from '../variables.ts'
import type { Moment, Outcome } from './outcome.ts'

export function branch(step: IfStep, { program, context, enrollment }: Moment): Outcome {
  const { value, values } = evaluateCondition(step.condition, variablesFor(context, program, enrollment))
  const arm = value ? 'then' : 'else'
  return { kind: 'go', next: step[arm] ?? step.next, said: { rule: 'if', outcome: arm, values } }
}

/** The first condition that holds. The record tells what it saw, and then what those above it saw. */
export function choose(step: ChooseStep, { program, context, enrollment }: Moment): Outcome {
  const variables = variablesFor(context, program, enrollment)
  let seen: JsonObject = {}
  for (const [index, { when, first }] of step.cases.entries()) {
    const { value, values } = evaluateCondition(when, variables)
    if (value)
      return {
        kind: 'go',
        next: first ?? step.next,
        said: { rule: 'choose', outcome: `when-${index + 1}`, values: together(values, seen) },
      }
    seen = together(seen, values)
  }
  return { kind: 'go', next: step.else ?? step.next, said: { rule: 'choose', outcome: 'else', values: seen } }
}

/** The evidence of two conditions; what was missing for either stays said. */
function together(one: JsonObject, other: JsonObject): JsonObject {
  const both: JsonObject = { ...one, ...other, ...one }
  for (const note of ['missing', 'undecided']) {
    const parts = [one[note], other[note]].flatMap((list) => (Array.isArray(list) ? list : []))
    if (parts.length > 0) both[note] = [...new Set(parts)]
  }
  return both
}

/** Thousandths of a percent, which shares are counted in. */
const WHOLE = 100_000

/**
 * The arm follows from who the customer is and which journey this is, so nothing has to be drawn or kept for it to be
 * the same again. A journey that has been here keeps its arm even where the shares have changed since.
 */
export function split(step: SplitStep, { enrollment }: Moment): Outcome {
  const before = enrollment.log.find(({ rule, step: at }) => rule === 'split' && at === step.id)
  const known = step.arms[armNumber(before?.outcome) - 1]
  if (known) return { kind: 'go', next: known.first ?? step.next }
  const { workflow, customerId, key } = enrollment
  const place = drawn([workflow, customerId, key, step.id], WHOLE)
  let upTo = 0
  for (const [index, { share, first }] of step.arms.entries()) {
    upTo += Math.round(share * 1000)
    if (place < upTo)
      return {
        kind: 'go',
        next: first ?? step.next,
        said: { rule: 'split', outcome: `arm-${index + 1}`, values: { share } },
      }
  }
  return { kind: 'go', next: step.next }
}

const armNumber = (outcome: string | undefined) => Number(/^arm-(\d+)$/.exec(outcome ?? '')?.[1] ?? 0)

/** The journey comes by before the first round, and after each. */
export function repeat(step: RepeatStep, { context, enrollment }: Moment): Outcome {
  const { now, customer, settings } = context
  const round = enrollment.round?.step === step.id ? enrollment.round : undefined
  const index = (round?.index ?? 0) + 1
  if (index > step.times) return { kind: 'go', next: step.next, round: null }
  const dueAt = round ? addDuration(round.at, step.every, zoneOf(customer, settings)) : now
  if (dueAt > now) {
    const said = { rule: 'repeat', outcome: 'waiting', values: { next: index, until: dueAt } }
    return { kind: 'stay', phase: 'waiting', dueAt, said }
  }
  const said = { rule: 'repeat', outcome: `round-${index}`, values: { of: step.times } }
  return { kind: 'go', next: step.first, round: { step: step.id, index, at: now }, said }
}
