/** Customers: profile and journeys in one read; changes to a profile, with the date rows that follow from it. */
import * as z from 'zod'
import { datePartitions } from '../engine/calendar.ts'
import type { Customer, JsonObject, Profile, Suppression } from '../engine/model.ts'
import { mergeProfile } from '../engine/profile.ts'
import { Conflict } from './errors.ts'
import { fromRow, type StoredJourney } from './journeys.ts'
import { customerPk, datePk, dateSk, JOURNEYS_END, PROFILE_SK } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import { DEFAULT_ZONE } from './zones.ts'

export interface LoadedCustomer {
  customer: Customer
  /** False: no profile was ever stored; the customer is only an id. */
  known: boolean
  rev: number
  /** The intake whose profile fields were merged last. */
  mergedIntake?: string
  journeys: StoredJourney[]
}

const profileBody = z.object({
  p: z.record(z.string(), z.json()),
  s: z.array(z.tuple([z.string(), z.enum(['bounce', 'complaint']), z.number()])).optional(),
  m: z.string().optional(),
})

const TRIES = 8

export async function loadCustomer(runtime: Runtime, id: string): Promise<LoadedCustomer> {
  const loaded: LoadedCustomer = {
    customer: { profile: { id }, suppressions: [] },
    known: false,
    rev: 0,
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
        const { customer, mergedIntake } = parseProfile(id, row)
        loaded.customer = customer
        if (mergedIntake !== undefined) loaded.mergedIntake = mergedIntake
        loaded.known = true
        loaded.rev = row.rev ?? 0
      } else loaded.journeys.push(fromRow(row))
    }
    cursor = page.cursor
  } while (cursor !== undefined)
  return loaded
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
    profile: change(before?.profile),
    suppressions: before?.suppressions ?? [],
  }))
  return after.profile
}

/** As {@link changeProfile}, with the addresses that must not be written to. */
export async function changeCustomer(
  runtime: Runtime,
  id: string,
  change: (before: Customer | undefined) => Customer,
): Promise<Customer> {
  const row = await runtime.world.table.get(customerPk(id), PROFILE_SK)
  return await writeCustomer(runtime, id, row && parseProfile(id, row), change)
}

/**
 * Merges the profile fields that came with an event, once: doing it again after a crash could undo what the journeys that
 * the event started have set since.
 */
export async function mergeOnce(
  runtime: Runtime,
  loaded: LoadedCustomer,
  intake: string,
  changes: JsonObject,
): Promise<Customer> {
  const { profile } = loaded.customer
  if (loaded.mergedIntake === intake) return loaded.customer
  const change = (before: Customer | undefined): Customer => ({
    profile: mergeProfile(before?.profile ?? { id: profile.id }, changes),
    suppressions: before?.suppressions ?? [],
  })
  return await writeCustomer(runtime, profile.id, loaded.known ? loaded : undefined, change, intake)
}

interface Stored {
  customer: Customer
  rev: number
  mergedIntake?: string
}

async function writeCustomer(
  runtime: Runtime,
  id: string,
  known: Stored | undefined,
  change: (before: Customer | undefined) => Customer,
  intake?: string,
): Promise<Customer> {
  const { table } = runtime.world
  let before = known
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const after = change(before?.customer)
    if (before && pack(after) === pack(before.customer)) return after
    const wanted = dateRows(after.profile)
    const stale = before ? dateRows(before.customer.profile) : []
    // New date rows first, old ones last: a crash in between leaves a row too many, which the worker sees through
    // by asking the profile, and never one too few.
    await addDateRows(runtime, notAmong(stale, wanted))
    const rev = before?.rev ?? 0
    const result = await table.put(
      { pk: customerPk(id), sk: PROFILE_SK, rev: rev + 1, body: pack(after, intake ?? before?.mergedIntake) },
      rev === 0 ? { kind: 'absent' } : { kind: 'rev', rev },
    )
    if (result.ok) {
      const kept = new Set(wanted.map(({ pk, sk }) => `${pk} ${sk}`))
      for (const { pk, sk } of stale) if (!kept.has(`${pk} ${sk}`)) await table.delete(pk, sk)
      return after
    }
    before = result.conflict && parseProfile(id, result.conflict)
  }
  throw new Conflict('the profile is being changed by too many writers at once')
}

/** Everything that is held on a person goes, journeys under way included. False: there was nothing. */
export async function eraseCustomer(runtime: Runtime, id: string): Promise<boolean> {
  const { table } = runtime.world
  const profile = await loadProfile(runtime, id)
  for (const row of profile ? dateRows(profile.profile) : []) await table.delete(row.pk, row.sk)
  let found = false
  for (;;) {
    const page = await table.query(customerPk(id), { limit: 100 })
    if (page.rows.length === 0) return found
    found = true
    for (const row of page.rows) {
      if (row.sk.startsWith('T#')) await table.delete('T', row.sk.slice(2))
      await table.delete(row.pk, row.sk)
    }
  }
}

function parseProfile(id: string, row: Row): Stored {
  const { p, s, m } = profileBody.parse(JSON.parse(row.body ?? '{}'))
  const suppressions = (s ?? []).map(([address, reason, at]): Suppression => ({ address, reason, at }))
  const customer = { profile: { ...p, id }, suppressions }
  return { customer, rev: row.rev ?? 0, ...(m !== undefined && { mergedIntake: m }) }
}

function pack({ profile, suppressions }: Customer, mergedIntake?: string): string {
  const { id: _, ...attributes } = profile
  return JSON.stringify({
    p: attributes,
    ...(suppressions.length > 0 && {
      s: suppressions.map(({ address, reason, at }) => [address, reason, at]),
    }),
    ...(mergedIntake !== undefined && { m: mergedIntake }),
  })
}

/** Every attribute that holds a date is indexed, so that a date trigger published later finds the customers of today. */
function dateRows(profile: Profile): Row[] {
  const zone = profile.timezone ?? DEFAULT_ZONE
  return Object.entries(profile).flatMap(([attribute, value]) =>
    typeof value === 'string'
      ? datePartitions(value).map((partition) => ({
          pk: datePk(attribute, partition),
          sk: dateSk(zone, profile.id),
          body: value,
        }))
      : [],
  )
}

const notAmong = (have: Row[], wanted: Row[]) =>
  wanted.filter(
    ({ pk, sk, body }) => !have.some((row) => row.pk === pk && row.sk === sk && row.body === body),
  )

async function addDateRows(runtime: Runtime, rows: Row[]): Promise<void> {
  for (const row of rows) {
    await runtime.zones.register(row.sk.slice(0, row.sk.indexOf('#')))
    await runtime.world.table.put(row, { kind: 'any' })
  }
}
