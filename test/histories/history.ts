/** A recorded history: what the table, the queue and the timers held at every moment of a story, and how it ended. */
import { gunzipSync, gzipSync } from 'node:zlib'
import * as z from 'zod'
import type { Row } from '../../runtime/ports.ts'
import type { MemoryWorld } from '../memory-world.ts'

const row = z.object({
  pk: z.string(),
  sk: z.string(),
  body: z.string().exactOptional(),
  rev: z.number().exactOptional(),
  expiresAt: z.number().exactOptional(),
  counters: z.record(z.string(), z.number()).exactOptional(),
})
const message = z.object({ group: z.string(), body: z.string(), dedupId: z.string() })
const timer = z.object({ name: z.string(), at: z.number(), group: z.string(), body: z.string() })
const mail = z.object({
  at: z.string(),
  to: z.string(),
  subject: z.string(),
  workflow: z.string(),
  step: z.string(),
})
const input = z.object({
  at: z.string(),
  event: z.object({
    id: z.string(),
    type: z.string(),
    customerId: z.string(),
    data: z.record(z.string(), z.json()),
  }),
  customer: z.record(z.string(), z.json()).exactOptional(),
})

const recording = z.object({
  story: z.object({
    name: z.string(),
    from: z.string(),
    until: z.string(),
    ticks: z.boolean().exactOptional(),
    inputs: z.array(input),
  }),
  cuts: z.array(
    z.object({
      at: z.number(),
      /** How many of the inputs had been posted. */
      next: z.number(),
      /** What had been written since the beginning, by then. */
      rows: z.array(row),
      queue: z.array(message),
      timers: z.array(timer),
      /** How many mails had been sent. */
      sent: z.number(),
    }),
  ),
  mails: z.array(mail),
  /** How each journey ended, or where it stood: `Verbs.journeys`. */
  journeys: z.array(z.string()),
})

const history = z.object({
  /** The version of Premura that recorded it. */
  version: z.string(),
  /** What was in the table before the stories began: settings and published workflows. */
  base: z.array(row),
  stories: z.array(recording),
})

export type Recording = z.infer<typeof recording>
export type History = z.infer<typeof history>
type Cut = Recording['cuts'][number]

export const packed = (recorded: History): Buffer => gzipSync(JSON.stringify(recorded), { level: 9 })
export const unpacked = (bytes: Uint8Array): History =>
  history.parse(JSON.parse(gunzipSync(bytes).toString()))

const placeOf = ({ pk, sk }: Row) => `${pk}\n${sk}`

/** The world as it is now, told by what differs from the beginning. */
export function cutOf(
  world: MemoryWorld,
  base: ReadonlyMap<string, string>,
  next: number,
  sent: number,
): Cut {
  const rows = world.table.all().filter((one) => base.get(placeOf(one)) !== JSON.stringify(one))
  const { queue, timers, clock } = world
  const armed = [...timers.armed.values()]
  return structuredClone({ at: clock.now(), next, rows, queue: queue.messages, timers: armed, sent })
}

export const asBase = (rows: Row[]): Map<string, string> =>
  new Map(rows.map((one) => [placeOf(one), JSON.stringify(one)]))

/** Puts a world back to a moment of the story. */
export async function restore(world: MemoryWorld, base: Row[], cut: Cut): Promise<void> {
  world.clock.set(cut.at)
  for (const one of [...base, ...cut.rows]) await world.table.put(one, { kind: 'any' })
  await world.queue.send(cut.queue)
  for (const one of cut.timers) await world.timers.arm(one)
}
