/** What the verbs mean that tell others. */
import { evaluateValue } from '../condition.ts'
import type { JsonObject } from '../model.ts'
import type { EmitStep, Expression, WebhookStep } from '../program.ts'
import { variablesFor } from '../variables.ts'
import type { Moment, Outcome } from './outcome.ts'

/** A chain of workflows that start one another is cut here: so long a one feeds itself. */
export const MOST_HOPS = 8
/** It travels with the journey until it is on its way, and in the queue after. */
const LARGEST_DATA = 16 * 1024

export function emit(step: EmitStep, moment: Moment): Outcome {
  const hops = (moment.enrollment.hops ?? 0) + 1
  if (hops > MOST_HOPS) return refuse(step, 'emit', { reason: 'chain', event: step.event, hops })
  const data = dataOf(step.data, moment)
  const size = JSON.stringify(data).length
  if (size > LARGEST_DATA) return refuse(step, 'emit', { reason: 'too-large', event: step.event, size })
  return { kind: 'claim', command: { kind: 'emit', step: step.id, event: step.event, data, hops } }
}

export function webhook(step: WebhookStep, moment: Moment): Outcome {
  const { id, name } = step
  const data = dataOf(step.data, moment)
  const size = JSON.stringify(data).length
  if (size > LARGEST_DATA) return refuse(step, 'webhook', { reason: 'too-large', webhook: name, size })
  return { kind: 'claim', command: { kind: 'webhook', step: id, name, data } }
}

function refuse({ next }: { next: string | null }, rule: string, values: JsonObject): Outcome {
  return { kind: 'go', next, said: { rule, outcome: 'refused', values } }
}

/** A value that cannot be had is left out. */
function dataOf(
  expressions: { [name: string]: Expression },
  { program, context, enrollment }: Moment,
): JsonObject {
  const variables = variablesFor(context, program, enrollment)
  const data: JsonObject = {}
  for (const [name, expression] of Object.entries(expressions)) {
    const value = evaluateValue(expression, variables)
    if (value !== undefined) data[name] = value
  }
  return data
}
