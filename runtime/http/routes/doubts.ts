/** Messages in doubt: what a person found out settles them. */
import * as z from 'zod'
import { loadCustomer } from '../../customers.ts'
import { journeyNamed } from '../../journeys.ts'
import { requestSettle } from '../../requests.ts'
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

export const doubtRoutes: Route[] = [
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
    async handle({ runtime, params: { id }, body }) {
      const { journeys } = await loadCustomer(runtime, id)
      const journey = journeyNamed(journeys, body)
      if (!journey) throw new Problem(404, 'There is no such journey of this customer.')
      const { phase, step } = journey.enrollment
      if (phase !== 'in-doubt' || step !== body.step)
        throw new Problem(409, `The journey is not in doubt at the step ${body.step}.`)
      await requestSettle(runtime, { customerId: id, ...body })
      return { status: 202, json: { settling: true } }
    },
  }),
]
