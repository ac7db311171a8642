/**
 * Events that follow from a change of a profile, and are written with it: whoever repeats the change sends them again for a
 * while, and the daily round sends what a crash has kept back. Their ids name the change, so that twice is once.
 */
import type { Instant } from '../engine/model.ts'
import { accept } from './ingest.ts'
import { customerPk, eventSk } from './keys-of-rows.ts'
import type { Runtime } from './runtime.ts'

type Incoming = Parameters<typeof accept>[1][number]

/** A change may be repeated for as long as this: by a client, or by a message that comes again. */
export const REPEATED_MS = 3_600_000
/** The daily round looks a little further back than to the round before. */
export const ROUND_MS = 26 * 3_600_000

/** Sends those of which no event row knows. */
export async function sendMissing(runtime: Runtime, incoming: Incoming[], knownAt: Instant): Promise<void> {
  for (const one of incoming) {
    const { customerId, id } = one.event
    if (!(await runtime.world.table.get(customerPk(customerId), eventSk(id))))
      await accept(runtime, [one], knownAt)
  }
}
