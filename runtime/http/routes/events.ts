/** The way in for events. */
import * as z from 'zod'
import { postedId } from '../../event-ids.ts'
import { type Accepted, accept } from '../../ingest.ts'
import { parseJson } from '../body.ts'
import { batchInput, cloudEvent, cloudEventTypes, eventInput, eventsOf, readEvent } from '../event-input.ts'
import { type FieldError, invalid, Problem } from '../problem.ts'
import { type BodyFormat, plain, type Route, route } from '../route.ts'

interface EventBody {
  cloud: boolean
  single: boolean
  inputs: unknown[]
}

const eventBody: BodyFormat<EventBody> = {
  types: {
    'application/json': z.union([eventInput, batchInput]),
    [cloudEventTypes.structured]: cloudEvent,
    [cloudEventTypes.batch]: z.array(cloudEvent),
  },
  optional: false,
  read: (text, type = '') => ({ cloud: type !== 'application/json', ...eventsOf(type, parseJson(text)) }),
}

const answer = z
  .object({
    accepted: z.array(z.string()).describe('Ids of the events that are in the queue now.'),
    rejected: z.array(
      z.object({ index: z.int(), errors: z.array(z.object({ path: z.string(), message: z.string() })) }),
    ),
  })
  .meta({ id: 'EventsAnswer' })

export const eventRoutes: Route[] = [
  route({
    ...plain,
    method: 'POST',
    path: '/v1/events',
    scope: 'events:write',
    summary: 'Post one event, or a batch of up to 500',
    description:
      'Answers when the events are durable. Posting an event’s id again for the same customer changes nothing, so repeat whatever was not answered. In a batch, what is invalid is rejected by its index and the rest is taken. A CloudEvent is known by its id alone: sources that count for themselves must not share ids for one customer.',
    body: eventBody,
    answers: { 202: { description: 'Taken.', schema: answer } },
    async handle({ runtime, body }) {
      const { settings } = await runtime.catalog.settings()
      const around = {
        now: runtime.world.clock.now(),
        topics: Object.keys(settings.topics),
        nextId: () => runtime.world.ids.next('evt_'),
      }
      const events: Accepted[] = []
      const rejected: { index: number; errors: FieldError[] }[] = []
      for (const [index, input] of body.inputs.entries()) {
        const reading = readEvent(input, body.cloud, around)
        if (reading.ok) events.push(reading.accepted)
        else if (body.single) throw invalid(reading.errors)
        else rejected.push({ index, errors: reading.errors })
      }
      if (events.length > 0)
        await accept(runtime, events).catch((error: unknown) => {
          const name = error instanceof Error ? error.name : 'unknown'
          runtime.world.log('error', 'ingest.unqueued', { events: events.length, error: name })
          throw new Problem(503, 'The queue did not take the events. Post them again, with the same ids.', {
            headers: { 'retry-after': '2' },
          })
        })
      return { status: 202, json: { accepted: events.map(({ event }) => postedId(event.id)), rejected } }
    },
  }),
]
