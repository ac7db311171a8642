/** How many requests one caller may send a second: a bucket for each in this process, so that counting costs no write. */
import type { Caller } from '../caller.ts'
import type { Runtime } from '../runtime.ts'
import { Problem } from './problem.ts'

interface Bucket {
  tokens: number
  atMs: number
}

/** Two seconds' worth may come at once: a client that was away for a moment is not refused. */
const BURST_SECONDS = 2

/** Callers that are remembered; who has been quiet for longest is forgotten first, and has a full bucket anyway. */
const REMEMBERED = 10_000

/** One set of buckets a runtime: what it holds is gone with it. */
const kept = new WeakMap<Runtime, Map<string, Bucket>>()

/**
 * Takes one request out of the caller's bucket. The clock is the process's own, which nobody can turn.
 * @throws Problem 429 that says when to come again.
 */
export function spendRequest(runtime: Runtime, caller: Caller): void {
  const { world } = runtime
  const perSecond = world.config.requestsPerSecond
  if (perSecond === undefined) return
  const buckets = kept.get(runtime) ?? new Map<string, Bucket>()
  kept.set(runtime, buckets)
  const name = `${caller.kind} ${caller.id}`
  const room = perSecond * BURST_SECONDS
  const nowMs = world.clock.monotonicMs()
  const before = buckets.get(name) ?? { tokens: room, atMs: nowMs }
  const tokens = Math.min(room, before.tokens + ((nowMs - before.atMs) / 1000) * perSecond)
  // Taken out and put back, so that the first in the map is whoever has been quiet for longest.
  buckets.delete(name)
  buckets.set(name, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: nowMs })
  const [quietest] = buckets.size > REMEMBERED ? buckets.keys() : []
  if (quietest !== undefined) buckets.delete(quietest)
  if (tokens >= 1) return
  throw new Problem(
    429,
    `This ${caller.kind === 'key' ? 'key' : 'person'} may send ${perSecond} requests a second: wait as Retry-After says, and send several events in one request.`,
    { headers: { 'retry-after': String(Math.max(1, Math.ceil((1 - tokens) / perSecond))) } },
  )
}
