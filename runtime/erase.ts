/**
 * Erasing a person. What is held goes at once; what is queued or in hand for them must not bring it back, nor be taken for
 * new because its marks are gone. So a tombstone comes first, and a message behind all that was queued takes it away.
 */
import { loadProfile } from './customers.ts'
import { dateRows } from './date-rows.ts'
import { forgetDoubt } from './doubts.ts'
import { dropFailure, forget, type KeptFailure, markErasure } from './failures.ts'
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
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

/**
 * Longer than any message may wait: a queue that stands still keeps what it holds for up to 14 days, and none of it is to
 * find the mark gone. Should the message behind all of it get lost, the customer is not shut out for good.
 */
const TOMBSTONE_MS = 15 * 24 * 3_600_000

/** Side by side, so that a request is enough for somebody with many thousand rows. */
const AT_ONCE = 25

/** Everything that is held on a person goes, journeys under way included. False: there was nothing. */
export async function eraseCustomer(runtime: Runtime, id: string): Promise<boolean> {
  const { table, clock } = runtime.world
  const pk = customerPk(id)
  const held = await holds(runtime, id)
  if (held === 'nothing') return false
  if (held === 'mark') {
    // Asked again after an interruption, perhaps just before the message was sent.
    await finishLater(runtime, id)
    return false
  }
  await table.put({ pk, sk: ERASED_SK, expiresAt: clock.now() + TOMBSTONE_MS }, { kind: 'any' })
  await markErasure(runtime, id)
  await rememberErased(runtime, id)
  const profile = await loadProfile(runtime, id)
  for (const row of profile ? dateRows(profile.profile) : []) await table.delete(row.pk, row.sk)
  await deleteRows(runtime, id, [ERASED_SK])
  await runtime.world.forget?.(id, groupOf(id))
  await finishLater(runtime, id)
  return true
}

/** Expired rows that are still stored make a page look empty that is not the last. */
async function holds({ world: { table } }: Runtime, id: string): Promise<'something' | 'mark' | 'nothing'> {
  let marked = false
  let cursor: string | undefined
  do {
    const page = await table.query(customerPk(id), { limit: 10, ...(cursor !== undefined && { cursor }) })
    if (page.rows.some(({ sk }) => sk !== ERASED_SK)) return 'something'
    marked ||= page.rows.length > 0
    cursor = page.cursor
  } while (cursor !== undefined)
  return marked ? 'mark' : 'nothing'
}

/** Behind all that is queued for them now. */
async function finishLater({ world: { queue, ids } }: Runtime, id: string): Promise<void> {
  const work: Work = { kind: 'erase', customerId: id }
  await queue.send([{ group: groupOf(id), body: JSON.stringify(work), dedupId: ids.next('erase') }])
}

/**
 * All that was queued before the erasure has run out. What work in hand still wrote goes, and the tombstone last; a profile
 * that is there now was put there since, on purpose.
 */
export async function onErase(runtime: Runtime, { customerId }: { customerId: string }): Promise<void> {
  const { table } = runtime.world
  if (!(await table.get(customerPk(customerId), ERASED_SK))) return
  // What has died on its way here, among all that was queued before, has died by now.
  await markErasure(runtime, customerId)
  await deleteRows(runtime, customerId, [PROFILE_SK, ERASED_SK])
  await runtime.world.forget?.(customerId, groupOf(customerId))
  await table.delete(customerPk(customerId), ERASED_SK)
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
  const markedAt = (mark?.expiresAt ?? 0) - TOMBSTONE_MS
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
