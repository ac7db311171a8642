/**
 * Messages that failed every time: kept with the customer whom they concern, so that erasing one takes them along, and
 * listed by age. Each can be replayed or dropped, once; what became of it stays readable until the row expires.
 */
import * as z from 'zod'
import type { CareEvent, Instant } from '../engine/model.ts'
import { Conflict } from './errors.ts'
import { lastErasure, isFromBefore } from './erasure-mark.ts'
import { digest } from './ingest.ts'
import type { JourneyName } from './journeys.ts'
import {
  CLOSED_FAILURES_PK,
  customerPk,
  ERASED_SK,
  FAILURES_OF_NOBODY_PK,
  failureSk,
  OPEN_FAILURES_PK,
} from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import { type Work, work } from './work.ts'

export const failureStates = ['open', 'replaying', 'replayed', 'dropped'] as const

const failure = z.object({
  id: z.string(),
  /** The kind of the work; `unreadable` for what is none of ours. */
  kind: z.string(),
  customerId: z.string().optional(),
  workflow: z.string().optional(),
  event: z.object({ id: z.string(), type: z.string() }).optional(),
  /** When the queue got it, and when it was given up. */
  receivedAt: z.number(),
  deadAt: z.number(),
  tries: z.number(),
  /** May quote what the customer wrote: it is shown, and never logged. */
  reason: z.string(),
  state: z.enum(failureStates),
  closedAt: z.number().optional(),
  closedBy: z.string().optional(),
  note: z.string().optional(),
})
/** What is told of a message that failed for good. */
export type Failure = z.infer<typeof failure>

const kept = failure.extend({ group: z.string(), message: z.string() })
/** With the message itself, as it comes back by a replay. */
export type KeptFailure = z.infer<typeof kept>

/** A message on its way out, from whoever gives it up. */
export interface DeadMessage {
  /** The queue's own id of it, by which it is recognized wherever it turns up. */
  messageId: string
  group: string
  body: string
  receivedAt: Instant
  deadAt: Instant
  tries: number
  reason: string
}

const KEPT_MS = 90 * 24 * 3_600_000
const LONGEST_REASON = 1_000
/**
 * In bytes. A row holds 400 KB, and quotes take twice their room in it. No message of ours comes near; what is cut is none
 * of ours, and nobody could read it.
 */
const LONGEST_MESSAGE = 180_000
const TRIES = 5

/**
 * Writes a failure down. Doing it again, for the same message, changes nothing, so that whoever crashes in between may
 * begin again: the row first, its place in the list last.
 *
 * @returns whether it is kept now: not when its customer has been erased since
 */
export async function bury(runtime: Runtime, dead: DeadMessage): Promise<'buried' | 'erased'> {
  const { table } = runtime.world
  const about = workIn(dead.body)
  // An erasure that failed is about somebody who is half gone: it must neither go with them nor be one of their rows.
  const holder = about?.kind === 'erase' ? undefined : about && customerOf(about)
  if (holder !== undefined && (await isErased(runtime, holder, { deadAt: dead.deadAt, about })))
    return 'erased'
  const token = digest(dead.messageId).slice(0, 20)
  const fresh: KeptFailure = {
    // In the order in which they are written down; what has been written down keeps its first id.
    id: `dead_${runtime.world.ids.next('').slice(0, 13)}_${token}`,
    ...tellOf(about),
    receivedAt: dead.receivedAt,
    deadAt: dead.deadAt,
    tries: dead.tries,
    reason: dead.reason.slice(0, LONGEST_REASON),
    state: 'open',
    group: dead.group,
    message: shortened(dead.body),
  }
  const result = await table.put(rowOf(fresh, holder, 1), { kind: 'absent' })
  const standing = result.ok ? fresh : result.conflict && fromRow(result.conflict)
  if (standing && (standing.state === 'open' || standing.state === 'replaying'))
    await table.put(listed(standing, holder), { kind: 'any' })
  if (holder !== undefined && (await isErased(runtime, holder, { deadAt: dead.deadAt, about }))) {
    await forget(runtime, rowOf(standing ?? fresh, holder, 1))
    return 'erased'
  }
  return 'buried'
}

/** A page, the oldest first. */
export async function listFailures(
  runtime: Runtime,
  options: { state: 'open' | 'closed'; limit: number; cursor?: string },
): Promise<{ failures: Failure[]; cursor?: string }> {
  const { table, clock } = runtime.world
  const page = await table.query(options.state === 'open' ? OPEN_FAILURES_PK : CLOSED_FAILURES_PK, {
    limit: options.limit,
    ...(options.cursor !== undefined && { cursor: options.cursor }),
  })
  const failures = page.rows
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > clock.now())
    .map((row) => failure.parse(JSON.parse(row.body ?? '{}')))
  return { failures, ...(page.cursor !== undefined && { cursor: page.cursor }) }
}

/** Those about one customer, oldest first. */
export async function failuresOf({ world }: Runtime, customerId: string): Promise<KeptFailure[]> {
  const failures: KeptFailure[] = []
  let cursor: string | undefined
  do {
    const page = await world.table.query(customerPk(customerId), {
      prefix: failureSk(''),
      ...(cursor !== undefined && { cursor }),
    })
    const now = world.clock.now()
    failures.push(...page.rows.filter(({ expiresAt = now + 1 }) => expiresAt > now).map(fromRow))
    cursor = page.cursor
  } while (cursor !== undefined)
  return failures.sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** How many wait for somebody, up to `most`. */
export async function countOpenFailures({ world }: Runtime, most: number): Promise<number> {
  const { rows } = await world.table.query(OPEN_FAILURES_PK, { limit: most, consistent: false })
  return rows.length
}

/** Undefined: there is none, or not any more. */
export async function getFailure(runtime: Runtime, id: string): Promise<KeptFailure | undefined> {
  return (await find(runtime, id))?.failure
}

/**
 * Puts the message back into the queue, behind what its customer's group has got since. One that was replayed is not put
 * there a second time; one whose replay was interrupted is.
 */
export async function replayFailure(
  runtime: Runtime,
  id: string,
  { by }: { by: string },
): Promise<KeptFailure | undefined> {
  const taken = await change(runtime, id, (before) =>
    before.state === 'open' ? { ...before, state: 'replaying' } : before,
  )
  if (!taken || taken.state === 'dropped') return taken
  if (taken.state === 'replaying') {
    const { group, message } = taken
    const about = workIn(message)
    const body =
      about?.kind === 'event' ? JSON.stringify({ ...about, replayed: true } satisfies Work) : message
    await runtime.world.queue.send([{ group, body, dedupId: digest(`replay\n${id}`) }])
  }
  const closed = await close(runtime, id, 'replayed', { by })
  // It stands with nobody, so that the erasure which it brings back would not take it along.
  if (closed?.kind === 'erase') await forget(runtime, rowOf(closed, undefined, 1))
  return closed
}

/** Gives the message up. One that was replayed, or is being, stays what it is. */
export async function dropFailure(
  runtime: Runtime,
  id: string,
  { by, note }: { by: string; note?: string },
): Promise<KeptFailure | undefined> {
  return await close(runtime, id, 'dropped', { by, ...(note !== undefined && { note }) })
}

/** A failure, from the row that stands with its customer. */
export function fromRow(row: Row): KeptFailure {
  return kept.parse(JSON.parse(row.body ?? '{}'))
}

/** Takes a failure away, together with its place in the lists. */
export async function forget({ world: { table } }: Runtime, row: Row): Promise<void> {
  const { id } = fromRow(row)
  await table.delete(OPEN_FAILURES_PK, id)
  await table.delete(CLOSED_FAILURES_PK, id)
  await table.delete(row.pk, row.sk)
}

/** Somebody has been erased since: what the dead letters still hold of them is from before. */
async function isErased(
  runtime: Runtime,
  id: string,
  { deadAt, about }: { deadAt: Instant; about: Work | undefined },
): Promise<boolean> {
  if (await runtime.world.table.get(customerPk(id), ERASED_SK)) return true
  const last = await lastErasure(runtime, id)
  if (!last) return false
  return (
    last.diedBy >= deadAt ||
    (about?.kind === 'event' &&
      about.acceptedAt !== undefined &&
      isFromBefore(about.acceptedAt, last.askedAt))
  )
}

async function close(
  runtime: Runtime,
  id: string,
  state: 'replayed' | 'dropped',
  { by, note }: { by: string; note?: string },
): Promise<KeptFailure | undefined> {
  const { table, clock } = runtime.world
  const from = state === 'replayed' ? 'replaying' : 'open'
  const closed = await change(runtime, id, (before) =>
    before.state === from
      ? { ...before, state, closedAt: clock.now(), closedBy: by, ...(note !== undefined && { note }) }
      : before,
  )
  if (!closed || closed.state === 'open' || closed.state === 'replaying') return closed
  // Listed last, so that what a crash leaves is still listed as open, and closing it again completes it.
  const holder = holderOf(closed)
  await table.put({ ...listed(closed, holder), pk: CLOSED_FAILURES_PK }, { kind: 'any' })
  const about = workIn(closed.message)
  // Whoever erases them meanwhile has looked at the lists already.
  if (holder !== undefined && (await isErased(runtime, holder, { deadAt: closed.deadAt, about })))
    await table.delete(CLOSED_FAILURES_PK, id)
  await table.delete(OPEN_FAILURES_PK, id)
  return closed
}

async function change(
  runtime: Runtime,
  id: string,
  to: (before: KeptFailure) => KeptFailure,
): Promise<KeptFailure | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const found = await find(runtime, id)
    if (!found) return undefined
    const after = to(found.failure)
    if (after === found.failure) return after
    const rev = found.row.rev ?? 0
    const row = rowOf(after, holderOf(after), rev + 1)
    if ((await runtime.world.table.put(row, { kind: 'rev', rev })).ok) return after
  }
  throw new Conflict('the failure is being changed by too many at once')
}

async function find(
  { world: { table, clock } }: Runtime,
  id: string,
): Promise<{ row: Row; failure: KeptFailure } | undefined> {
  const place = (await table.get(OPEN_FAILURES_PK, id)) ?? (await table.get(CLOSED_FAILURES_PK, id))
  if (!place) return undefined
  const told = failure.parse(JSON.parse(place.body ?? '{}'))
  const holder = holderOf(told)
  const pk = holder === undefined ? FAILURES_OF_NOBODY_PK : customerPk(holder)
  const row = await table.get(pk, failureSk(tokenOf(id)))
  if (!row || (row.expiresAt !== undefined && row.expiresAt <= clock.now())) return undefined
  return { row, failure: fromRow(row) }
}

const tokenOf = (id: string): string => id.split('_').slice(2).join('_')

const holderOf = ({ kind, customerId }: Failure): string | undefined =>
  kind === 'erase' ? undefined : customerId

function rowOf(one: KeptFailure, holder: string | undefined, rev: number): Row {
  return {
    pk: holder === undefined ? FAILURES_OF_NOBODY_PK : customerPk(holder),
    sk: failureSk(tokenOf(one.id)),
    rev,
    expiresAt: one.deadAt + KEPT_MS,
    body: JSON.stringify(one),
  }
}

/** What the list tells, so that a page of it is one read. */
function listed(one: KeptFailure, holder: string | undefined): Row {
  const { group: _, message: __, ...told } = one
  return {
    pk: OPEN_FAILURES_PK,
    sk: one.id,
    expiresAt: one.deadAt + KEPT_MS,
    body: JSON.stringify({ ...told, ...(holder !== undefined && { customerId: holder }) }),
  }
}

function shortened(message: string): string {
  if (Buffer.byteLength(message) <= LONGEST_MESSAGE) return message
  return Buffer.from(message).subarray(0, LONGEST_MESSAGE).toString()
}

/** The message as somebody is to look at it. */
export function messageIn({ message }: KeptFailure): Work | { text: string } {
  return workIn(message) ?? { text: message }
}

/** The event that a failed message brings; most bring none. */
export function eventIn(one: KeptFailure): CareEvent | undefined {
  const about = workIn(one.message)
  return about?.kind === 'event' ? about.event : undefined
}

/** The journey that a failed message was about. */
export function journeyIn(one: KeptFailure): JourneyName | undefined {
  const about = workIn(one.message)
  return about && 'key' in about ? about : undefined
}

/** Undefined: none of ours. */
export function workIn(body: string): Work | undefined {
  try {
    return work.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}

function tellOf(about: Work | undefined): Pick<Failure, 'kind' | 'customerId' | 'workflow' | 'event'> {
  if (!about) return { kind: 'unreadable' }
  const customerId = customerOf(about)
  const workflow = 'workflow' in about ? about.workflow : undefined
  return {
    // A round through a workflow's journeys travels as a sweep of it.
    kind: about.kind === 'sweep' ? 'round' : about.kind,
    ...(customerId !== undefined && { customerId }),
    ...(workflow !== undefined && { workflow }),
    ...(about.kind === 'event' && { event: { id: about.event.id, type: about.event.type } }),
  }
}

/** Whom a message concerns; a page of a round concerns nobody in particular. */
export function customerOf(about: Work): string | undefined {
  if (about.kind === 'event') return about.event.customerId
  return 'customerId' in about ? about.customerId : undefined
}
