/**
 * Since when nothing that happens from now on is any business of a journey that has ended: its goal counts no more, no cap
 * looks at what it sent, nobody asks how long ago it began. Pure; whoever stores journeys may then keep it further away.
 */
import type { Enrollment } from './journey.ts'
import type { Instant, Settings } from './model.ts'
import type { Program } from './program.ts'
import { addDuration } from './time.ts'

/** Days of a goal are counted where the customer lives, which may be another place by then. */
const ZONES_APART_MS = 48 * 3_600_000
/** A workflow that waits for the profile to become something counts who has entered in the last hour. */
const COUNTED_MS = 3_600_000

/**
 * The moment from which on it is left alone; undefined for one that is under way. A later event about a moment before it
 * may still be its business, and so may whoever names it.
 */
export function quietSince(program: Program, journey: Enrollment, settings: Settings): Instant | undefined {
  const { phase, endedAt, enteredAt, converted, log } = journey
  if (phase !== 'ended' || endedAt === undefined) return undefined
  const { goal } = program
  const counts = goal && !converted ? [addDuration(enteredAt, goal.within, 'UTC') + ZONES_APART_MS] : []
  const sentAt = lastSentAt(journey)
  const capped = sentAt === undefined ? [] : [sentAt + widestCap(settings)]
  const told = log.map(({ at }) => at)
  return Math.max(endedAt, enteredAt + COUNTED_MS, ...counts, ...capped, ...told)
}

/** When it last sent something that other journeys' caps count; undefined: nothing. */
export function lastSentAt({ log }: Enrollment): Instant | undefined {
  const sent = log.filter(({ rule, outcome }) => rule === 'send' && outcome !== 'refused')
  return sent.length === 0 ? undefined : Math.max(...sent.map(({ at }) => at))
}

/** How far back the caps of any topic look; 0 without a cap. */
export function widestCap({ topics }: Settings): number {
  return Math.max(0, ...Object.values(topics).map(({ cap }) => cap?.withinMs ?? 0))
}
