/** Figures. */
import * as z from 'zod'
import { dayOf } from '../../figures.ts'
import { isDay, readInstant } from '../instants.ts'
import { invalid } from '../problem.ts'
import { plain, type Route, route } from '../route.ts'

const day = z
  .string()
  .refine(
    (text) => dayText(text) !== undefined,
    'Must be a day (2026-03-26) or an ISO 8601 time with offset.',
  )
  .transform((text) => dayText(text) ?? '')

const dayMs = 24 * 3_600_000
const longestDays = 1100

const share = z.number().nullable()

export const reportRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/kpis',
    scope: 'reports:read',
    summary: 'How satisfied customers are, and what came of it',
    description: 'Days are UTC days, both included; the last 30 when none are named.',
    query: z.strictObject({ from: day.optional(), to: day.optional() }),
    answers: {
      200: {
        description: 'The figures.',
        schema: z
          .object({
            from: z.string(),
            to: z.string(),
            csat: z.object({
              answers: z.int(),
              average: share,
              satisfied: share,
              distribution: z.record(z.string(), z.int()),
            }),
            recovered: z.object({ badRatings: z.int(), recovered: z.int(), rate: share }),
            messages: z.int(),
            journeys: z.int(),
            converted: z.int(),
            revenue: z.number(),
            holdouts: z
              .array(
                z.object({
                  workflow: z.string(),
                  entered: z.int(),
                  converted: z.int(),
                  rate: share,
                  heldOut: z.int(),
                  heldOutConverted: z.int(),
                  heldOutRate: share,
                }),
              )
              .describe(
                'Of the workflows that hold somebody out: what came of them, beside those who entered.',
              ),
          })
          .loose()
          .meta({ id: 'Kpis' }),
      },
    },
    async handle({ runtime, query }) {
      const to = query.to ?? dayOf(runtime.world.clock.now())
      const from = query.from ?? dayOf(Date.parse(to) - 29 * dayMs)
      const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
      if (days < 1) throw invalid([{ path: 'query.from', message: 'Must not be after "to".' }])
      if (days > longestDays)
        throw invalid([
          { path: 'query.from', message: `Must not be more than ${longestDays} days before "to".` },
        ])
      const names = (await runtime.catalog.list()).map(({ name }) => name)
      return { json: await runtime.figures.kpis(names, from, to) }
    },
  }),
]

function dayText(text: string): string | undefined {
  if (isDay(text)) return text
  const reading = readInstant(text)
  return 'at' in reading ? dayOf(reading.at) : undefined
}
