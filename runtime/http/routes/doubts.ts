/** Messages in doubt: what a person found out settles them. */
import * as z from 'zod'
import { loadCustomer } from '../../customers.ts'
import { type Doubt, doubtsOf, listDoubts } from '../../doubts.ts'
import { journeyNamed } from '../../journeys.ts'
import { readShelved } from '../../shelf.ts'
import { requestSettle } from '../../requests.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { isoTime } from '../instants.ts'
import { pageQuery } from '../paging.ts'
import { Problem } from '../problem.ts'
import { customerId, line } from '../profile-input.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'

const settling = z
  .strictObject({
    workflow: line(100),
    key: line(200),
    run: z.int('Must be a whole number.').min(1, 'Must be 1 or more.').default(1),
    step: line(200),
    outcome: z.enum(['sent', 'resend', 'drop'], 'Must be sent, resend or drop.'),
  })
  .meta({ id: 'Settling' })

const doubtOutput = z
  .object({
    customerId: z.string(),
    workflow: z.string(),
    key: z.string(),
    run: z.int(),
    step: z.string(),
    channel: z.enum(['email', 'sms', 'whatsapp']),
    template: z.string(),
    since: z.string().describe('When it was tried.'),
    decidesAt: z.string().optional().describe('When the rule decides; absent: it waits for a person.'),
    rule: z.enum(['drop', 'resend', 'ask']),
  })
  .meta({ id: 'Doubt' })

export const doubtRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/doubts',
    scope: 'customers:read',
    summary: 'Messages in doubt, the oldest first',
    description: 'Nobody knows whether the provider took them. A page may hold fewer than asked for.',
    query: pageQuery(200).extend({
      customer: customerId.optional().describe('Those of this customer alone, on one page.'),
      workflow: line(100).optional(),
    }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ doubts: z.array(doubtOutput), cursor: z.string().optional() }),
      },
    },
    async handle({ runtime, query: { limit, cursor, customer, workflow } }) {
      const { doubts, cursor: next } =
        customer === undefined
          ? await listDoubts(runtime, {
              limit,
              ...(cursor !== undefined && { cursor: openCursor(runtime, 'doubts', cursor) }),
            })
          : { doubts: await doubtsOf(runtime, customer), cursor: undefined }
      return {
        json: {
          doubts: doubts.filter((one) => workflow === undefined || one.workflow === workflow).map(shown),
          ...(next !== undefined && { cursor: sealCursor(runtime, 'doubts', next) }),
        },
      }
    },
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/customers/{id}/settle',
    scope: 'customers:write',
    summary: 'Say what became of a message in doubt',
    description:
      'For a message whose timeline says in-doubt: it was sent after all, it is to be sent again, or it is to be left. ' +
      'The journey then goes on.',
    params: z.object({ id: customerId }),
    body: jsonBody(settling),
    answers: { 202: { description: 'It will be done.', schema: z.object({ settling: z.literal(true) }) } },
    async handle({ runtime, caller, params: { id }, body }) {
      const { journeys } = await loadCustomer(runtime, id)
      const journey = journeyNamed(journeys, body) ?? (await readShelved(runtime.world.table, id, body))
      if (!journey) throw new Problem(404, 'There is no such journey of this customer.')
      const { phase, step, claim } = journey.enrollment
      if (phase !== 'in-doubt' || step !== body.step)
        throw new Problem(409, `The journey is not in doubt at the step ${body.step}.`)
      const about = claim && { claimedAt: claim.at }
      await requestSettle(runtime, { customerId: id, ...body, ...about, by: caller.name })
      return { status: 202, json: { settling: true } }
    },
  }),
]

const shown = ({ sinceAt, decidesAt, ...rest }: Doubt): z.input<typeof doubtOutput> => ({
  ...rest,
  since: isoTime(sinceAt),
  ...(decidesAt !== undefined && { decidesAt: isoTime(decidesAt) }),
})
