/** What the branching verbs mean: which way a journey goes, and on what grounds. */
import { evaluateCondition } from '../condition.ts'
import type { JsonObject } from '../model.ts'
import type { ChooseStep, IfStep } from '../program.ts'
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
