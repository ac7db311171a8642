/**
 * Rows of dates that follow from no profile: a crash between them and the profile's write left them behind, and whoever
 * erases the person finds the rows of the profile only. The daily round looks at a share of all such rows each night.
 */
import { drawn } from '../engine/hash.ts'
import type { Instant } from '../engine/model.ts'
import { loadProfile } from './customers.ts'
import { customerIn, dateRows } from './date-rows.ts'
import { digest } from './ingest.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'

const DAY_MS = 24 * 3_600_000
/** A row costs a read of its profile, once in so many nights; of somebody who was erased lately, in each. */
const NIGHTS = 7
/** Longer than any write of a profile may take: its rows are there before it is. */
const YOUNG_MS = 3_600_000

/**
 * Takes a row away whose date its customer does not have, in two rounds: first it is marked, by a negative revision. A
 * change that is about to make it true writes the row anew, so that the next round, an hour later or more, leaves it be;
 * deleting it at once could take away what was written just now, under the same revision.
 */
export async function tidyDate(
  runtime: Runtime,
  row: Row,
  { now, erased }: { now: Instant; erased: ReadonlySet<string> },
): Promise<void> {
  const { table } = runtime.world
  const customerId = customerIn(row)
  const rev = row.rev ?? 0
  const tonight =
    erased.has(digest(customerId)) ||
    drawn(['date row', row.pk, row.sk], NIGHTS) === Math.floor(now / DAY_MS) % NIGHTS
  const { at = 0, w: writtenAt = at } = row.counters ?? {}
  if ((rev > 0 && !tonight) || now - writtenAt < YOUNG_MS) return
  const customer = await loadProfile(runtime, customerId)
  const wanted = customer
    ? dateRows(customer.profile).some(({ pk, sk }) => pk === row.pk && sk === row.sk)
    : false
  if (wanted && rev > 0) return
  if (wanted || rev > 0)
    await table.put({ ...row, rev: -rev, counters: { ...row.counters, w: now } }, { kind: 'rev', rev })
  else await table.delete(row.pk, row.sk, { kind: 'rev', rev })
}
