/** The verbs that tell others: `emit` other workflows, `webhook` other systems. */
import * as z from 'zod'
import { type AssignmentsForm, assignments, textsOf } from './assignments.ts'
import type { Flaw, Path } from './flaw.ts'
import { common, verb } from './verb.ts'
import { type Checked, eventType, toKebab, variableName, warningsAt } from './words.ts'

/** What Premura says itself; said by a workflow it would not be true. */
export const ownEvents: ReadonlySet<string> = new Set([
  'date.reached',
  'task.closed',
  'csat.rated',
  'nps.rated',
  'ces.rated',
  'consent.requested',
  'consent.given',
])

const along: AssignmentsForm = { expects: 'names with their values', example: '{ orderId: event.orderId }' }

const warningsOf = (data: ReadonlyMap<string, Checked> | undefined, path: Path): Flaw[] =>
  [...(data ?? [])].flatMap(([name, expression]) => warningsAt([...path, 'data', name], expression))

export const emit = verb(
  'emit',
  'emit: gift.sent',
  z.strictObject({ ...common, emit: eventType, data: assignments(along).exactOptional() }),
  ({ emit: event, data }, path) => ({
    name: `emit-${toKebab(event)}`,
    flaws: [
      ...(ownEvents.has(event)
        ? [
            {
              path: [...path, 'emit'],
              message: `\`${event}\` is what Premura says itself`,
              hint: 'Choose another type.',
            },
          ]
        : []),
      ...warningsOf(data, path),
    ],
    build: ({ id, next }) => ({ id, next, verb: 'emit', event, data: data ? textsOf(data) : {} }),
  }),
)

export const webhook = verb(
  'webhook',
  'webhook: crm',
  z.strictObject({
    ...common,
    webhook: variableName('crm', (name) => `webhooks.${name}.body`),
    data: assignments(along).exactOptional(),
  }),
  ({ webhook: name, data }, path) => ({
    name: `webhook-${toKebab(name)}`,
    flaws: warningsOf(data, path),
    build: ({ id, next }) => ({ id, next, verb: 'webhook', name, data: data ? textsOf(data) : {} }),
  }),
)
