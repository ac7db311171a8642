/**
 * How many journeys stand on which step of which version. No row says so, because it would have to be written with every
 * step of every journey: the journeys are counted when somebody asks. That reads the whole table once, half a read unit
 * for 4 KB; a table too large for that while somebody waits is answered from the daily round's count of the night.
 */
import * as z from 'zod'
import type { Instant } from '../engine/model.ts'
import { Uncounted } from './errors.ts'
import { standingIn } from './journeys.ts'
import { figuresPk } from './keys-of-rows.ts'
import type { Runtime } from './runtime.ts'

export interface Standing {
  version: number
  step: string
  journeys: number
}

export interface UnderWay {
  countedAt: Instant
  /** By version, and by step in it. */
  standing: Standing[]
}

/** Leaves most of the 29 seconds of a request to whoever asks. */
const MOST_MS = 10_000
const SEGMENTS = 4
const COUNT_SK = '!under-way'

const count = z.object({
  at: z.number(),
  standing: z.array(z.tuple([z.number(), z.string(), z.number()])),
})

/** Counts journeys as they are met, in any order. */
export class Tally {
  readonly #counts = new Map<string, Standing>()

  add(version: number, step: string): void {
    const key = `${version}\n${step}`
    const counted = this.#counts.get(key) ?? { version, step, journeys: 0 }
    this.#counts.set(key, { ...counted, journeys: counted.journeys + 1 })
  }

  get standing(): Standing[] {
    return [...this.#counts.values()].sort(
      (left, right) => left.version - right.version || (left.step < right.step ? -1 : 1),
    )
  }
}

/** @throws {Uncounted} */
export async function countUnderWay(runtime: Runtime, name: string): Promise<UnderWay> {
  const countedAt = runtime.world.clock.now()
  const tally = new Tally()
  const untilMs = runtime.world.clock.monotonicMs() + MOST_MS
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => segment)
  const walked = await Promise.all(segments.map((segment) => walk(runtime, name, tally, segment, untilMs)))
  if (walked.every(Boolean)) return { countedAt, standing: tally.standing }
  const row = await runtime.world.table.get(figuresPk(name), COUNT_SK)
  if (!row?.body) throw new Uncounted()
  const { at, standing } = count.parse(JSON.parse(row.body))
  return {
    countedAt: at,
    standing: standing.map(([version, step, journeys]) => ({ version, step, journeys })),
  }
}

/** The daily round has seen every journey anyway. */
export async function keepCount({ world }: Runtime, name: string, { standing }: Tally): Promise<void> {
  const body = JSON.stringify({
    at: world.clock.now(),
    standing: standing.map(({ version, step, journeys }) => [version, step, journeys]),
  })
  await world.table.put({ pk: figuresPk(name), sk: COUNT_SK, body }, { kind: 'any' })
}

/** False: the time was up before the end. */
async function walk(
  { world }: Runtime,
  name: string,
  tally: Tally,
  segment: number,
  untilMs: number,
): Promise<boolean> {
  let cursor: string | undefined
  do {
    if (world.clock.monotonicMs() > untilMs) return false
    const page = await world.table.scan({
      segment,
      segments: SEGMENTS,
      ...(cursor !== undefined && { cursor }),
    })
    for (const row of page.rows) {
      const standing = row.pk.startsWith('C#') && row.sk.startsWith(`#${name}#`) && standingIn(row)
      if (standing) tally.add(standing.version, standing.step)
    }
    cursor = page.cursor
  } while (cursor !== undefined)
  return true
}
