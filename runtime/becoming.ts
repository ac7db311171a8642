/**
 * Workflows that start when a profile comes to satisfy a condition. That it did is written with the change itself, in the
 * profile's row, under the revision that the change made: so that there is one crossing for each change that crossed, and
 * none for a change that was never made. The event follows; where a crash kept it back, whoever repeats the change sends
 * it, or the daily round does. Its id names the revision, so that sending it twice is sending it once.
 */
import { BECAME, becomes } from '../engine/becoming.ts'
import type { Instant, Profile } from '../engine/model.ts'
import { accept } from './ingest.ts'
import { REPEATED_MS, ROUND_MS, sendMissing } from './kept-back.ts'
import type { Runtime } from './runtime.ts'

/** workflow → the revision of the profile that came to satisfy its condition last, and when. */
export interface Became {
  [workflow: string]: [rev: number, at: Instant]
}

/** What the profile's row is to say after a change that makes revision `rev` of it. */
export async function crossings(
  runtime: Runtime,
  [before, after]: [Profile | undefined, Profile],
  known: Became | undefined,
  rev: number,
): Promise<Became | undefined> {
  const crossed: Became = {}
  for (const { name, program } of await runtime.catalog.live())
    if (becomes(program.trigger, before, after)) crossed[name] = [rev, runtime.world.clock.now()]
  return Object.keys(crossed).length > 0 ? { ...known, ...crossed } : known
}

/** Sends the events of the change that made revision `rev`. */
export async function announceCrossings(
  runtime: Runtime,
  customerId: string,
  { became, rev }: { became?: Became | undefined; rev: number },
  knownAt: Instant,
): Promise<void> {
  const now = runtime.world.clock.now()
  const fresh = Object.entries(became ?? {}).filter(
    ([, [at, when]]) => at === rev && when > now - REPEATED_MS,
  )
  if (fresh.length > 0)
    await accept(
      runtime,
      await Promise.all(fresh.map(([workflow, entry]) => eventOf(runtime, customerId, workflow, entry))),
      knownAt,
    )
}

/** The daily round: sends what a crash has kept back since the last one. */
export async function recallCrossings(
  runtime: Runtime,
  customerId: string,
  became: Became | undefined,
  knownAt: Instant,
): Promise<void> {
  const since = runtime.world.clock.now() - ROUND_MS
  const fresh = Object.entries(became ?? {}).filter(([, [, at]]) => at > since)
  await sendMissing(
    runtime,
    await Promise.all(fresh.map(([workflow, entry]) => eventOf(runtime, customerId, workflow, entry))),
    knownAt,
  )
}

async function eventOf(
  { catalog }: Runtime,
  customerId: string,
  workflow: string,
  [rev, at]: [rev: number, at: Instant],
) {
  const known = (await catalog.live()).find(({ name }) => name === workflow)
  const event = { id: `becomes:${workflow}:${rev}`, type: BECAME, customerId, at, data: {} }
  return { workflow, ...(known && { rev: known.rev }), event }
}
