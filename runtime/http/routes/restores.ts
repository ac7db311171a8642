/** Restores of the table: which span of time it has lost. */
import * as z from 'zod'
import { requestRound } from '../../round.ts'
import type { LostSpan } from '../../lost-spans.ts'
import { isoTime, readInstant } from '../instants.ts'
import { invalid, must } from '../problem.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'

const spanOutput = z
  .object({
    from: z.string(),
    to: z.string(),
    ask: z.boolean(),
    codesAside: z.boolean(),
    by: z.string(),
    at: z.string(),
  })
  .meta({ id: 'Restore' })

const text = z.string(must('Must be a time with its offset, for example 2027-03-01T08:15:00Z.'))

const restoring = z.strictObject({
  from: text.describe('The restore point: the table is as it was then.'),
  to: text.optional().describe('Until then mails went out. Now, when left out.'),
  ask: z
    .boolean('Must be true or false.')
    .default(false)
    .describe('Whether every message of that time waits for a person, whatever the rule of its step.'),
  keepCodes: z
    .boolean('Must be true or false.')
    .default(false)
    .describe(
      'The codes that pools hold were given to nobody in that time, and are drawn as before. Otherwise only those are that are loaded from now on.',
    ),
})

export const restoreRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/restores',
    scope: 'admin',
    summary: 'The spans of time that restores have taken out of the table',
    answers: { 200: { description: 'All.', schema: z.object({ restores: z.array(spanOutput) }) } },
    handle: async ({ runtime }) => ({ json: { restores: (await runtime.restores.list()).map(shown) } }),
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/restores',
    scope: 'admin',
    summary: 'Say that the table was restored to an earlier moment',
    description:
      'Messages that came due since then may have gone out: they are in doubt, and the rule of their step decides, instead of being sent again. Journeys are then worked off, in rounds through the table. Codes in pools may have been given away, and are set aside.',
    body: jsonBody(restoring),
    answers: { 201: { description: 'It is known.', schema: spanOutput } },
    async handle({ runtime, caller, body: { from, to, ask, keepCodes } }) {
      const now = runtime.world.clock.now()
      const span = { from: instantOf('from', from), to: to === undefined ? now : instantOf('to', to) }
      if (span.to > now)
        throw invalid([{ path: 'to', message: `Must not lie ahead: it is ${isoTime(now)}.` }])
      if (span.from >= span.to) throw invalid([{ path: 'from', message: 'Must lie before to.' }])
      const said = await runtime.restores.mark({ ...span, ask, keepCodes, by: caller.name })
      // Whoever is overdue is woken, and whoever is due soon has a timer again.
      for (const summary of await runtime.catalog.list())
        if (summary.version !== null && summary.state !== 'paused') await requestRound(runtime, summary)
      return { status: 201, json: shown(said) }
    },
  }),
]

function instantOf(path: string, given: string): number {
  const read = readInstant(given)
  if ('flaw' in read) throw invalid([{ path, message: read.flaw }])
  return read.at
}

const shown = ({ from, to, at, ...rest }: LostSpan): z.input<typeof spanOutput> => ({
  ...rest,
  from: isoTime(from),
  to: isoTime(to),
  at: isoTime(at),
})
