/**
 * Erasing a person. What is held goes at once; what is queued or in hand for them must not bring it back, nor be taken for
 * new because its marks are gone. So a tombstone comes first, and a message behind all that was queued takes it away. What
 * comes again after that is known by its moment: it was accepted before the erasure was asked for.
 */
import { parseProfile } from './customer-row.ts'
import { dateRows } from './date-rows.ts'
import { forgetDoubt } from './doubts.ts'
import { isFromBefore, lastErasure, MARK_KEPT_MS, markErasure } from './erasure-mark.ts'
import { dropFailure, forget, type KeptFailure } from './failures.ts'
import { groupOf } from './ingest.ts'
import {
  CLOSED_TASKS_PK,
  customerPk,
  ERASED_SK,
  erasedPk,
  OPEN_TASKS_PK,
  PROFILE_SK,
} from './keys-of-rows.ts'
import { marksOf } from './links.ts'
import type { Instant } from '../engine/model.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

/** Side by side, so that a request is enough for somebody with many thousand rows. */
const AT_ONCE = 25

/**
 * Everything that is held on a person goes, journeys under way included, and what is on its way and of which nothing is held
 * yet. False: nothing was held.
 */
export async function eraseCustomer(runtime: Runtime, id: string): Promise<boolean> {
  const { table, queue, clock, ids } = runtime.world
  const pk = customerPk(id)
  const sinceAt = clock.now()
  const known = await holdsAnything(runtime, id)
  // A queue that stands still must not find it gone; should the message behind all of it get lost, nobody is shut out for good.
  await table.put({ pk, sk: ERASED_SK, expiresAt: clock.now() + MARK_KEPT_MS }, { kind: 'any' })
  await markErasure(runtime, id, sinceAt)
  if (known) await rememberErased(runtime, id)
  const profile = await table.get(pk, PROFILE_SK)
  if (profile) await deleteDates(runtime, profile)
  await deleteRows(runtime, id, [ERASED_SK])
  await runtime.world.forget?.(id, groupOf(id))
  // The moment that counts lies between the request and its answer, so that clocks which differ by less than it takes do no
  // harm. Somebody who found only the tombstone comes here, too: whoever put it may have come no further.
  await markErasure(runtime, id, clock.now())
  // Behind all that is queued for them now.
  const work: Work = { kind: 'erase', customerId: id, sinceAt }
  await queue.send([{ group: groupOf(id), body: JSON.stringify(work), dedupId: ids.next('erase') }])
  return known
}

/** Expired rows that are still stored make a page look empty that is not the last. */
async function holdsAnything({ world: { table } }: Runtime, id: string): Promise<boolean> {
  let cursor: string | undefined
  do {
    const page = await table.query(customerPk(id), { limit: 10, ...(cursor !== undefined && { cursor }) })
    if (page.rows.some(({ sk }) => sk !== ERASED_SK)) return true
    cursor = page.cursor
  } while (cursor !== undefined)
  return false
}

/**
 * All that was queued before the erasure has run out. What work in hand still wrote goes, and the tombstone last; a profile
 * by somebody who knew of the erasure was put there since, on purpose.
 */
export async function onErase(
  runtime: Runtime,
  { customerId, sinceAt }: Omit<Extract<Work, { kind: 'erase' }>, 'kind'>,
): Promise<void> {
  const { table } = runtime.world
  if (!(await table.get(customerPk(customerId), ERASED_SK))) return
  // What has died on its way here, among all that was queued before, has died by now.
  await markErasure(runtime, customerId)
  const profile = await table.get(customerPk(customerId), PROFILE_SK)
  const kept = profile && isOnPurpose(profile, sinceAt)
  if (profile && !kept) await deleteDates(runtime, profile)
  await deleteRows(runtime, customerId, kept ? [PROFILE_SK, ERASED_SK] : [ERASED_SK])
  await runtime.world.forget?.(customerId, groupOf(customerId))
  await table.delete(customerPk(customerId), ERASED_SK)
}

/** Made by whoever knew that they are erased; a worker that was at it, and is gone, did not. */
function isOnPurpose(profile: Row, sinceAt: Instant | undefined): boolean {
  const { erasedAt } = parseProfile(profile.pk.slice(2), profile)
  return sinceAt === undefined || (erasedAt !== undefined && erasedAt >= sinceAt)
}

async function deleteDates({ world: { table } }: Runtime, profile: Row): Promise<void> {
  const { customer } = parseProfile(profile.pk.slice(2), profile)
  for (const row of dateRows(customer.profile)) await table.delete(row.pk, row.sk)
}

/**
 * Takes a row away again that was written beside the queue for somebody who may have been erased meanwhile.
 * @param knownAt from before they were known to be there
 */
export async function undoIfErased(
  runtime: Runtime,
  customerId: string,
  { pk, sk }: Pick<Row, 'pk' | 'sk'>,
  knownAt: Instant,
): Promise<void> {
  const { table } = runtime.world
  // While they are being erased the moment that counts is still to come. The tombstone first: it goes after that is noted.
  const going = await table.get(customerPk(customerId), ERASED_SK)
  if (going || isFromBefore(knownAt, (await lastErasure(runtime, customerId))?.askedAt))
    await table.delete(pk, sk)
}

/** Longer than a request takes to mark the person and queue the message behind it, and shorter than five tries of that. */
const SAME_ERASURE_MS = 60_000

/**
 * Gives a failed message up. Where it stood behind an erasure, nothing else takes the mark away by which all that comes of
 * the person is passed over, also once they have come back; the mark of an erasure that began later stays.
 */
export async function dropFailed(
  runtime: Runtime,
  id: string,
  word: { by: string; note?: string },
): Promise<KeptFailure | undefined> {
  const { table } = runtime.world
  const dropped = await dropFailure(runtime, id, word)
  if (dropped?.kind !== 'erase' || dropped.state !== 'dropped' || dropped.customerId === undefined)
    return dropped
  const pk = customerPk(dropped.customerId)
  const mark = await table.get(pk, ERASED_SK)
  const markedAt = (mark?.expiresAt ?? 0) - MARK_KEPT_MS
  if (mark && markedAt < dropped.receivedAt + SAME_ERASURE_MS) await table.delete(pk, ERASED_SK)
  return dropped
}

async function deleteRows(runtime: Runtime, id: string, except: string[]): Promise<void> {
  const { table } = runtime.world
  let cursor: string | undefined
  do {
    const page = await table.query(customerPk(id), { limit: 100, ...(cursor !== undefined && { cursor }) })
    const going = page.rows.filter(({ sk }) => !except.includes(sk))
    for (let first = 0; first < going.length; first += AT_ONCE)
      await Promise.all(going.slice(first, first + AT_ONCE).map((row) => deleteRow(runtime, row)))
    cursor = page.cursor
  } while (cursor !== undefined)
}

/** What names the row elsewhere goes first, so that an interruption leaves the row, by which it is found again. */
async function deleteRow(runtime: Runtime, row: Row): Promise<void> {
  const { table } = runtime.world
  const { pk, sk } = row
  if (sk.startsWith('X#')) await forget(runtime, row)
  if (sk.startsWith('#')) await forgetDoubt(table, row)
  if (sk.startsWith('T#')) {
    await table.delete(OPEN_TASKS_PK, sk.slice(2))
    await table.delete(CLOSED_TASKS_PK, sk.slice(2))
  }
  await table.delete(pk, sk)
}

/** Where it is wanted that nobody who was erased begins anew by an event, that they were is kept, and nothing else. */
async function rememberErased(runtime: Runtime, id: string): Promise<void> {
  const { settings } = await runtime.catalog.settings()
  const [mark] = erasedMarks(runtime, id)
  if (settings.afterErasure !== 'refuse' || mark === undefined) return
  await runtime.world.table.put({ pk: erasedPk(mark), sk: ERASED_SK }, { kind: 'any' })
}

/** Whether events about this person are refused, because they were erased and the settings say so. */
export async function isShutOut(runtime: Runtime, id: string): Promise<boolean> {
  const { settings } = await runtime.catalog.settings()
  if (settings.afterErasure !== 'refuse') return false
  for (const mark of erasedMarks(runtime, id))
    if (await runtime.world.table.get(erasedPk(mark), ERASED_SK)) return true
  return false
}

/** Somebody writes a profile for them on purpose: they are a customer again. */
export async function readmit(runtime: Runtime, id: string): Promise<void> {
  const { settings } = await runtime.catalog.settings()
  if (settings.afterErasure !== 'refuse') return
  for (const mark of erasedMarks(runtime, id)) await runtime.world.table.delete(erasedPk(mark), ERASED_SK)
}

const erasedMarks = (runtime: Runtime, id: string): string[] => marksOf(runtime.world.config, 'erased', id)
