/**
 * Somebody moves to another time zone. Where the moment of a date is still to come there, the tick finds it. Where it has
 * gone by there already, and had not come where they lived, it would come nowhere: it comes now.
 */
import { nextOccurrences, occurrenceDueAt } from '../engine/calendar.ts'
import type { Instant, Profile } from '../engine/model.ts'
import { zoneOf } from '../engine/time.ts'
import type { KnownSince } from './date-rows.ts'
import { accept } from './ingest.ts'
import type { Runtime } from './runtime.ts'
import { dateReached } from './tick.ts'

/** Zones are at most 26 hours apart; the rest is for a tick that is late. */
const LOOK_BACK_MS = 48 * 3_600_000

/** Before the profile is written: handing somebody over whose profile then stays as it is does no harm. */
export async function startMoved(
  runtime: Runtime,
  [before, after]: [Profile, Profile],
  since: KnownSince,
  readAt: Instant,
): Promise<void> {
  if (before.timezone === after.timezone || since.size === 0) return
  const { settings } = await runtime.catalog.settings()
  const [from, to] = [before, after].map((profile) => zoneOf({ profile, suppressions: [] }, settings))
  if (from === undefined || to === undefined || from === to) return
  const now = runtime.world.clock.now()
  for (const { name, program, liveSince, rev } of await runtime.catalog.live()) {
    const { trigger } = program
    if (trigger.kind !== 'date') continue
    const value = after[trigger.attribute]
    const knownAt = since.get(trigger.attribute)
    if (value === undefined || value !== before[trigger.attribute] || knownAt === undefined) continue
    for (const coming of nextOccurrences(trigger, value, to, now - LOOK_BACK_MS, now)) {
      const wasDueAt = occurrenceDueAt(trigger, coming.occurrence, from)
      if (wasDueAt === undefined || wasDueAt <= coming.dueAt) continue
      if (wasDueAt < knownAt || wasDueAt <= liveSince || wasDueAt <= now - LOOK_BACK_MS) continue
      const event = dateReached(name, trigger.attribute, after.id, String(value), { ...coming, dueAt: now })
      await accept(runtime, [{ workflow: name, rev, event }], readAt)
    }
  }
}
