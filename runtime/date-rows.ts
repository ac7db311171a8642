/** Which customers have a date when: rows by day, and by the clock, that follow from the profiles. */
import { clockPlace, datePartitions } from '../engine/calendar.ts'
import type { Instant, Profile } from '../engine/model.ts'
import { clockPk, clockSk, datePk, dateSk } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import { DEFAULT_ZONE, INSTANT_ZONE, zoneMark } from './zones.ts'

/** Since when the date in an attribute has been known. */
export type KnownSince = Map<string, Instant>

/** Every attribute that holds a date is indexed, so that a date trigger published later finds the customers of today. */
export function dateRows(profile: Profile): Row[] {
  return Object.keys(profile).flatMap((attribute) => rowsOf(profile, attribute))
}

function rowsOf(profile: Profile, attribute: string): Row[] {
  const value = profile[attribute]
  if (typeof value !== 'string') return []
  const zone = zoneMark(profile)
  const place = zone === DEFAULT_ZONE ? undefined : zone
  const rows = datePartitions(value, place).map((partition) => ({
    pk: datePk(attribute, partition),
    sk: dateSk(zone, profile.id),
    body: value,
  }))
  const clock = clockPlace(value, place ?? 'UTC')
  if (!clock) return rows
  const mark = clock.instant && zone === DEFAULT_ZONE ? INSTANT_ZONE : zone
  const timed = { pk: clockPk(attribute, clock.day), sk: clockSk(mark, clock.time, profile.id), body: value }
  return [...rows, timed]
}

/** Writes the rows that a change of the profile adds, and says since when their dates have been known. */
export async function addDateRows(
  runtime: Runtime,
  before: Profile | undefined,
  after: Profile,
  rev: number,
): Promise<KnownSince> {
  const { table, clock } = runtime.world
  const known: KnownSince = new Map()
  const now = clock.now()
  for (const attribute of Object.keys(after)) {
    const stale = before ? rowsOf(before, attribute) : []
    const added = rowsOf(after, attribute).filter((row) => !stale.some((one) => sameKey(one, row, true)))
    if (added.length === 0) continue
    // Rewritten, or only the zone is another one: the date has been known for as long as before.
    const earlier = stale.find((one) => added.some((row) => one.body === row.body || sameKey(one, row)))
    const at = (earlier && (await table.get(earlier.pk, earlier.sk))?.counters?.at) ?? now
    known.set(attribute, at)
    for (const row of added) {
      await runtime.zones.register(row.pk, row.sk)
      // When it became known: what came up before is not its business, however far the tick's cursor lags behind.
      const counters = { at, ...(at !== now && { w: now }) }
      await table.put({ ...row, rev, counters }, { kind: 'any' })
    }
  }
  return known
}

/** Whose date a row tells; the zone comes first, and then the time where there is one. */
export function customerIn({ pk, sk }: Row): string {
  const timed = pk.split('#').at(-2)?.startsWith('@') ?? false
  return sk
    .split('#')
    .slice(timed ? 2 : 1)
    .join('#')
}

/** The rows that a change of the profile leaves behind, as they stand before it. */
export async function leavingRows(
  { world }: Runtime,
  before: Profile | undefined,
  after: Profile,
): Promise<Row[]> {
  const wanted = dateRows(after)
  const leaving = (before ? dateRows(before) : []).filter((row) => !wanted.some((one) => sameKey(one, row)))
  const found = await Promise.all(leaving.map(({ pk, sk }) => world.table.get(pk, sk)))
  return found.filter((row) => row !== undefined)
}

function sameKey(one: Row, other: Row, andBody = false): boolean {
  return one.pk === other.pk && one.sk === other.sk && (!andBody || one.body === other.body)
}
