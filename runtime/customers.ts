/** Customers: profile and journeys in one read; changes to a profile, with the date rows that follow from it. */
import { mergeCustomer, type Word } from '../engine/consent.ts'
import type { ConsentSource, Customer, Instant, JsonObject, Profile, Suppression } from '../engine/model.ts'
import { announceConsent, replacedRows } from './consent-marks.ts'
import { Conflict } from './errors.ts'
import { announceCrossings, type Became, crossings } from './becoming.ts'
import { followDays } from './calendar-scan.ts'
import { pack, parseProfile, type Stored } from './customer-row.ts'
import { addDateRows, dateRows, leavingRows } from './date-rows.ts'
import { lastErasure, MARK_KEPT_MS } from './erasure-mark.ts'
import { fromRow, type StoredJourney } from './journeys.ts'
import { customerPk, ERASED_SK, JOURNEYS_END, PROFILE_SK, SHELF_SK } from './keys-of-rows.ts'
import { startMoved } from './moves.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import { type Shelf, shelfFrom } from './shelf.ts'

export interface LoadedCustomer {
  customer: Customer
  /** False: no profile was ever stored; the customer is only an id. */
  known: boolean
  /** The person asked to be erased, and what was queued before has not run out yet: none of it is worked on. */
  erased: boolean
  rev: number
  /** From before it was read: what follows from it may be older than an erasure, and never newer. */
  readAt: Instant
  /** They had been erased before this profile was made; of somebody unknown, see {@link erasedBefore}. */
  erasedAt?: Instant
  /** Whether `erasedAt` says all that there is to know. */
  erasureKnown: boolean
  /** The intake whose profile fields were merged last. */
  mergedIntake?: string
  became?: Became
  journeys: StoredJourney[]
  /** Of some there is more: journeys that ended long ago are not among these. */
  shelf?: Shelf
}

const TRIES = 8

export async function loadCustomer(runtime: Runtime, id: string): Promise<LoadedCustomer> {
  const loaded: LoadedCustomer = {
    customer: { profile: { id }, suppressions: [] },
    known: false,
    erased: false,
    rev: 0,
    readAt: runtime.world.clock.now(),
    erasureKnown: false,
    journeys: [],
  }
  let cursor: string | undefined
  do {
    const page = await runtime.world.table.query(customerPk(id), {
      from: PROFILE_SK,
      to: JOURNEYS_END,
      ...(cursor !== undefined && { cursor }),
    })
    for (const row of page.rows) {
      if (row.sk === PROFILE_SK) {
        const { customer, mergedIntake, became, erasedAt } = parseProfile(id, row)
        if (erasedAt !== undefined) loaded.erasedAt = erasedAt
        loaded.erasureKnown = true
        loaded.customer = customer
        if (mergedIntake !== undefined) loaded.mergedIntake = mergedIntake
        if (became) loaded.became = became
        loaded.known = true
        loaded.rev = row.rev ?? 0
      } else if (row.sk === ERASED_SK) loaded.erased = true
      else if (row.sk === SHELF_SK) loaded.shelf = shelfFrom(row)
      else loaded.journeys.push(fromRow(row))
    }
    cursor = page.cursor
  } while (cursor !== undefined)
  return loaded
}

/**
 * When this customer was erased last. Their profile says so where they have one, so that only for somebody unknown it is
 * read, once.
 */
export async function erasedBefore(runtime: Runtime, loaded: LoadedCustomer): Promise<Instant | undefined> {
  if (!loaded.erasureKnown) {
    const last = await lastErasure(runtime, loaded.customer.profile.id)
    if (last) loaded.erasedAt = last.askedAt
    loaded.erasureKnown = true
  }
  return loaded.erasedAt
}

/** The profile as it is; undefined for somebody unknown. */
export async function loadProfile(runtime: Runtime, id: string): Promise<Customer | undefined> {
  const row = await runtime.world.table.get(customerPk(id), PROFILE_SK)
  return row && parseProfile(id, row).customer
}

/**
 * Changes a profile, whoever else writes it at the same time. `change` sees the profile as it is and may run more than
 * once. A change that changes nothing writes nothing.
 */
export async function changeProfile(
  runtime: Runtime,
  id: string,
  change: (before: Profile | undefined) => Profile,
): Promise<Profile> {
  const after = await changeCustomer(runtime, id, (before) => ({
    ...before,
    profile: change(before?.profile),
    suppressions: before?.suppressions ?? [],
  }))
  return after.profile
}

/** As {@link changeProfile}, with the addresses that must not be written to and where consent comes from. */
export async function changeCustomer(
  runtime: Runtime,
  id: string,
  change: (before: Customer | undefined) => Customer,
): Promise<Customer> {
  const knownAt = runtime.world.clock.now()
  const row = await runtime.world.table.get(customerPk(id), PROFILE_SK)
  const erasedAt = row ? undefined : (await lastErasure(runtime, id))?.askedAt
  const known = row && parseProfile(id, row)
  const { customer } = await writeCustomer(runtime, id, known, change, { knownAt, erasedAt })
  await announceConsent(runtime, customer, knownAt)
  return customer
}

/**
 * Nothing goes to this address any more, for this reason. Noted once, however often it is said.
 * @throws Conflict for somebody who is not there: nothing comes back of whoever was erased.
 */
export async function suppress(runtime: Runtime, id: string, suppression: Suppression): Promise<Customer> {
  const { address, reason } = suppression
  return await changeCustomer(runtime, id, (before) => {
    if (!before) throw new Conflict('the customer was erased meanwhile')
    const { suppressions } = before
    const known = suppressions.some((one) => one.address === address && one.reason === reason)
    return known ? before : { ...before, suppressions: [...suppressions, suppression] }
  })
}

/** What a merge leaves of what was loaded, as it stands in the table now: the next one goes by its revision. */
type Merged = Pick<
  LoadedCustomer,
  'customer' | 'known' | 'rev' | 'mergedIntake' | 'became' | 'erasedAt' | 'erasureKnown'
>

/**
 * Merges the profile fields that came with an event, once: doing it again after a crash could undo what the journeys that
 * the event started have set since.
 */
export async function mergeOnce(
  runtime: Runtime,
  loaded: LoadedCustomer,
  intake: string,
  changes: JsonObject,
): Promise<Merged> {
  if (loaded.mergedIntake !== intake) return await mergeInto(runtime, loaded, changes, 'event', intake)
  const { customer, became, rev, readAt } = loaded
  await announceCrossings(runtime, customer.profile.id, { became, rev }, readAt)
  await announceConsent(runtime, customer, readAt)
  return loaded
}

/** Merges on a message's behalf; nothing comes back of somebody who was erased meanwhile. */
export async function mergeInto(
  runtime: Runtime,
  loaded: LoadedCustomer,
  changes: JsonObject,
  source: ConsentSource,
  intake?: string,
): Promise<Merged> {
  const { id } = loaded.customer.profile
  const word = await wordOf(runtime, source)
  const change = (before: Customer | undefined) => mergeCustomer(before, id, changes, word)
  const stored = await writeCustomer(runtime, id, loaded.known ? loaded : undefined, change, {
    intake,
    knownAt: loaded.readAt,
    erasedAt: await erasedBefore(runtime, loaded),
  })
  if (!loaded.known) await takeBackIfErased(runtime, id)
  await announceConsent(runtime, stored.customer, loaded.readAt)
  return { ...stored, known: true, erasureKnown: true }
}

/** An answer that comes in now. */
export async function wordOf(runtime: Runtime, source: ConsentSource, by?: string): Promise<Word> {
  const { settings } = await runtime.catalog.settings()
  return { source, at: runtime.world.clock.now(), settings, ...(by !== undefined && { by }) }
}

/** A profile that an event created while its person was being erased goes again. */
async function takeBackIfErased(runtime: Runtime, id: string): Promise<void> {
  const { table } = runtime.world
  if (!(await table.get(customerPk(id), ERASED_SK))) return
  const created = await loadProfile(runtime, id)
  for (const row of created ? dateRows(created.profile) : []) await table.delete(row.pk, row.sk)
  await table.delete(customerPk(id), PROFILE_SK)
  throw new Conflict('the customer was erased meanwhile')
}

async function writeCustomer(
  runtime: Runtime,
  id: string,
  known: Stored | undefined,
  change: (before: Customer | undefined) => Customer,
  {
    intake,
    knownAt,
    erasedAt: erasedOnce,
  }: { intake?: string | undefined; knownAt: Instant; erasedAt: Instant | undefined },
): Promise<Stored> {
  const { table, clock } = runtime.world
  let before = known
  /** Of tries that another writer was faster than: nothing but this call knows of them. */
  const inVain: Row[] = []
  const takeBack = async (but: Row[]) => {
    for (const row of inVain)
      if (!but.some(({ pk, sk }) => pk === row.pk && sk === row.sk))
        await table.delete(row.pk, row.sk, { kind: 'rev', rev: row.rev ?? 0 })
  }
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const after = change(before?.customer)
    if (before && pack(after) === pack(before.customer)) {
      await takeBack(dateRows(after.profile))
      await announceCrossings(runtime, id, before, knownAt)
      return { ...before, customer: after }
    }
    const rev = (before?.rev ?? 0) + 1
    // New date rows first, old ones last: a crash in between leaves a row too many, which the worker sees through
    // by asking the profile, and never one too few.
    const since = await addDateRows(runtime, before?.customer.profile, after.profile, rev)
    if (before) await startMoved(runtime, [before.customer.profile, after.profile], since, knownAt)
    await followDays(runtime, [before?.customer.profile, after.profile], knownAt)
    const leaving = await leavingRows(runtime, before?.customer.profile, after.profile)
    const replaced = before ? replacedRows(before.customer, after) : []
    for (const row of replaced) await table.put(row, { kind: 'any' })
    const became = await crossings(runtime, [before?.customer.profile, after.profile], before?.became, rev)
    const mergedIntake = intake ?? before?.mergedIntake
    const erasedAt = stillToTell(before ? before.erasedAt : erasedOnce, clock.now())
    const body = pack(after, { mergedIntake, became, erasedAt })
    const result = await table.put(
      { pk: customerPk(id), sk: PROFILE_SK, rev, body },
      rev === 1 ? { kind: 'absent' } : { kind: 'rev', rev: rev - 1 },
    )
    if (result.ok) {
      // As they were before this write: a row that another writer has put there since is theirs.
      for (const row of leaving) await table.delete(row.pk, row.sk, { kind: 'rev', rev: row.rev ?? 0 })
      await takeBack(dateRows(after.profile))
      await announceCrossings(runtime, id, { became, rev }, knownAt)
      return {
        customer: after,
        rev,
        ...(mergedIntake !== undefined && { mergedIntake }),
        ...(became && { became }),
        ...(erasedAt !== undefined && { erasedAt }),
      }
    }
    inVain.push(...dateRows(after.profile).map((row) => ({ ...row, rev })))
    if (before && !result.conflict) {
      for (const { pk, sk } of replaced) await table.delete(pk, sk)
      // Nothing else would ever find these: the profile that they follow from is gone.
      await takeBack([])
      throw new Conflict('the customer was erased meanwhile')
    }
    before = result.conflict && parseProfile(id, result.conflict)
  }
  throw new Conflict('the profile is being changed by too many writers at once')
}

/** Nothing from before is under way any more: then the profile forgets it, too. */
const stillToTell = (erasedAt: Instant | undefined, now: Instant): Instant | undefined =>
  erasedAt !== undefined && erasedAt > now - MARK_KEPT_MS ? erasedAt : undefined
