/** When an effect that did not happen is tried again, and when not any more. */
import type { Instant } from '../model.ts'

const MINUTE = 60_000
const BACKOFF_MS = [1, 5, 15, 60, 240].map((minutes) => minutes * MINUTE)
const MOST_TRIES = 8
/** A provider's own advice is followed within these bounds. */
const SHORTEST_MS = 1000
const LONGEST_MS = 24 * 60 * MINUTE

/** How long a message may stay in doubt when the surroundings do not say. */
export const IN_DOUBT_GRACE_MS = 60 * MINUTE

/**
 * @param tries counted tries so far, the one that just failed included.
 * @returns undefined when it is to be given up.
 */
export function retryAt(now: Instant, tries: number, afterMs: number | undefined): Instant | undefined {
  if (tries >= MOST_TRIES) return undefined
  const standard = BACKOFF_MS[Math.min(Math.max(tries, 1), BACKOFF_MS.length) - 1] ?? LONGEST_MS
  return now + bounded(afterMs ?? standard)
}

/** The account cannot send now, whatever the message: ask again soon, and do not count. */
export function holdUntil(now: Instant, afterMs: number | undefined): Instant {
  return now + bounded(afterMs ?? 15 * MINUTE)
}

export function mayTryAgain(tries: number): boolean {
  return tries < MOST_TRIES
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS)
}
