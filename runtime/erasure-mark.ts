/**
 * That somebody was erased, and when they asked for it: kept under a hash of their id for as long as a queue may hold what
 * was said of them before. Whoever finds nothing of a person in the table asks here whether it was ever to be there.
 */
import type { Instant } from '../engine/model.ts'
import { Conflict } from './errors.ts'
import { digest } from './ingest.ts'
import { ERASURE_SK, ERASURES_PK, erasurePk } from './keys-of-rows.ts'
import type { Condition } from './ports.ts'
import type { Runtime } from './runtime.ts'

export interface Erasure {
  /** What was accepted before is gone for good; what was accepted later is about somebody new. */
  askedAt: Instant
  /** Messages that had died by then are from before. */
  diedBy: Instant
}

/** Two weeks is the longest that SQS keeps a message; a day for the clocks to differ. */
export const MARK_KEPT_MS = 15 * 24 * 3_600_000

const TRIES = 8

/**
 * Marks that somebody is erased now.
 * @param askedAt left out by whoever only finishes what was asked for earlier
 */
export async function markErasure(
  { world: { table, clock } }: Runtime,
  customerId: string,
  askedAt?: Instant,
): Promise<void> {
  const hash = digest(customerId)
  const [pk, sk] = [erasurePk(hash), ERASURE_SK]
  const listed = { pk: ERASURES_PK, sk: hash, expiresAt: clock.now() + MARK_KEPT_MS }
  await table.put(listed, { kind: 'any' })
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const before = await table.get(pk, sk)
    const { at = 0, asked = at } = before?.counters ?? {}
    const now = clock.now()
    const rev = (before?.rev ?? 0) + 1
    // Moments only grow: an erasure that is finished late must not hide one that was asked for since.
    const counters = { at: Math.max(at, now), asked: Math.max(asked, askedAt ?? 0) }
    const condition: Condition =
      before === undefined
        ? { kind: 'absent' }
        : before.rev === undefined
          ? { kind: 'any' }
          : { kind: 'rev', rev: before.rev }
    if ((await table.put({ pk, sk, rev, counters, expiresAt: now + MARK_KEPT_MS }, condition)).ok) return
  }
  throw new Conflict('the mark of an erasure is being changed by too many at once')
}

/** The hashes of all who were erased lately. */
export async function erasedLately({ world: { table, clock } }: Runtime): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await table.query(ERASURES_PK, cursor === undefined ? {} : { cursor })
    for (const { sk, expiresAt = 0 } of page.rows) if (expiresAt > clock.now()) hashes.add(sk)
    cursor = page.cursor
  } while (cursor !== undefined)
  return hashes
}

/** The last erasure of a person; undefined: there was none, as far back as a message may come from. */
export async function lastErasure(
  { world: { table } }: Runtime,
  customerId: string,
): Promise<Erasure | undefined> {
  const { at, asked = at } = (await table.get(erasurePk(digest(customerId)), ERASURE_SK))?.counters ?? {}
  return at === undefined || asked === undefined ? undefined : { askedAt: asked, diedBy: at }
}

/** Whether something is from before an erasure. A message that does not say when it was accepted is an old one. */
export const isFromBefore = (acceptedAt: Instant | undefined, erasedAt: Instant | undefined): boolean =>
  erasedAt !== undefined && (acceptedAt === undefined || acceptedAt < erasedAt)
