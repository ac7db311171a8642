/** Dead letters: messages that failed every time, with their reasons, to be replayed or dropped. */
import * as z from 'zod'
import {
  type Failure,
  failureStates,
  failuresOf,
  getFailure,
  type KeptFailure,
  listFailures,
  messageIn,
  replayFailure,
} from '../../failures.ts'
import { dropFailed } from '../../erase.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { isoTime } from '../instants.ts'
import { pageQuery } from '../paging.ts'
import { must, Problem } from '../problem.ts'
import { customerId, line } from '../profile-input.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'

const shape = {
  id: z.string(),
  kind: z.string().describe('What the message was for: event, wake, feedback, round …'),
  customerId: z.string().optional(),
  workflow: z.string().optional(),
  event: z.object({ id: z.string(), type: z.string() }).optional(),
  receivedAt: z.string(),
  deadAt: z.string(),
  tries: z.int(),
  reason: z.string().describe('The message of the last error. It may quote personal data.'),
  state: z.enum(failureStates),
  closedAt: z.string().optional(),
  closedBy: z.string().optional(),
  note: z.string().optional(),
}
const output = z.object(shape).meta({ id: 'Failure' })
const whole = z
  .object({ ...shape, message: z.looseObject({}).describe('The message itself, as it comes back.') })
  .meta({ id: 'FailureWithMessage' })

const params = z.object({ id: line(64) })
const list = (state: string) => `failures ${state}`

export const failureRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/failures',
    scope: 'customers:read',
    summary: 'Messages that failed every time, oldest first',
    description:
      'A page may hold fewer than asked for, or none, where it is filtered; there is more while there is a cursor.',
    query: pageQuery(200).extend({
      state: z.enum(['open', 'closed'], 'Must be open or closed.').default('open'),
      customer: customerId.optional().describe('Those about this customer alone, on one page.'),
      workflow: line(100).optional(),
      kind: line(40).optional(),
    }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ failures: z.array(output), cursor: z.string().optional() }),
      },
    },
    async handle({ runtime, query }) {
      const { state, limit, cursor, customer, workflow, kind } = query
      const wanted = (one: Failure) =>
        (workflow === undefined || one.workflow === workflow) && (kind === undefined || one.kind === kind)
      if (customer !== undefined) {
        const held = await failuresOf(runtime, customer)
        const failures = held.filter((one) => isOpen(one) === (state === 'open') && wanted(one))
        return { json: { failures: failures.map(shown) } }
      }
      const page = await listFailures(runtime, {
        state,
        limit,
        ...(cursor !== undefined && { cursor: openCursor(runtime, list(state), cursor) }),
      })
      const next = page.cursor === undefined ? {} : { cursor: sealCursor(runtime, list(state), page.cursor) }
      return { json: { failures: page.failures.filter(wanted).map(shown), ...next } }
    },
  }),
  route({
    ...plain,
    method: 'GET',
    path: '/v1/failures/{id}',
    scope: 'customers:read',
    summary: 'One of them, with the message itself',
    params,
    answers: { 200: { description: 'The failure.', schema: whole } },
    handle: async ({ runtime, params: { id } }) => found(await getFailure(runtime, id)),
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/failures/{id}/replay',
    scope: 'customers:write',
    summary: 'Put the message back into the queue',
    description:
      'It is handled behind what has come for its customer since, as if it came for the first time. Replaying it again changes nothing; one that fails again is a new failure.',
    params,
    answers: { 200: { description: 'It is in the queue.', schema: whole } },
    async handle({ runtime, caller, params: { id } }) {
      const failure = await replayFailure(runtime, id, { by: caller.name })
      if (failure?.state === 'dropped')
        throw new Problem(409, `It was dropped by ${failure.closedBy ?? 'somebody'}.`)
      return found(failure)
    },
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/failures/{id}/drop',
    scope: 'customers:write',
    summary: 'Give the message up',
    description: 'It is never handled. The customer’s timeline says who dropped it, and why.',
    params,
    body: jsonBody(
      z.strictObject({
        note: z
          .string(must('Must be a text.'))
          .max(1000, 'Must not be longer than 1000 characters.')
          .optional(),
      }),
      { optional: true },
    ),
    answers: { 200: { description: 'It is dropped.', schema: whole } },
    async handle({ runtime, caller, params: { id }, body: { note } }) {
      const failure = await dropFailed(runtime, id, {
        by: caller.name,
        ...(note !== undefined && { note }),
      })
      if (failure && failure.state !== 'dropped')
        throw new Problem(409, 'It was replayed: there is nothing left to drop.')
      return found(failure)
    },
  }),
]

const isOpen = ({ state }: Failure): boolean => state === 'open' || state === 'replaying'

function found(failure: KeptFailure | undefined) {
  if (!failure) throw new Problem(404, 'There is no such failure, or not any more.')
  return { json: { ...shown(failure), message: messageIn(failure) } satisfies z.input<typeof whole> }
}

function shown(failure: Failure): z.input<typeof output> {
  const { id, kind, customerId: customer, workflow, event, tries, reason, state, closedBy, note } = failure
  const { receivedAt, deadAt, closedAt } = failure
  return {
    id,
    kind,
    ...(customer !== undefined && { customerId: customer }),
    ...(workflow !== undefined && { workflow }),
    ...(event && { event }),
    receivedAt: isoTime(receivedAt),
    deadAt: isoTime(deadAt),
    tries,
    reason,
    state,
    ...(closedAt !== undefined && { closedAt: isoTime(closedAt) }),
    ...(closedBy !== undefined && { closedBy }),
    ...(note !== undefined && { note }),
  }
}
