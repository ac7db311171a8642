/**
 * What happened to a customer, kept with the decisions it led to. The row is also the mark that makes a repeat harmless:
 * it is written before anything is done, and names the intake that wrote it.
 */
import * as z from 'zod'
import type { Decision } from '../engine/journey.ts'
import type { CareEvent, Instant, JsonObject } from '../engine/model.ts'
import { customerPk, eventSk } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'

export interface StoredEvent {
  event: CareEvent
  /** Tells a redelivery (same intake) from a second post of the same event (another one). */
  intake: string
  receivedAt: Instant
  /** Workflows that looked at the event and did not start, and why. */
  decisions: (Decision & { workflow: string })[]
  /** Whether the profile fields that came with it change the profile. */
  merges: boolean
  /** Where they do: the intake whose fields the profile had then, empty for none; unknown of events of earlier days. */
  mergedBefore?: string
  /** And its revision. */
  profileRev?: number
}

/** For as long as events are kept, a repeat of one changes nothing. */
const EVENTS_KEPT_MS = 400 * 24 * 3_600_000

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json())
const body = z.object({
  e: z.string(),
  t: z.number(),
  a: z.number(),
  i: z.string(),
  d: jsonObject,
  m: z.literal(1).optional(),
  p: z.string().optional(),
  v: z.number().optional(),
  h: z.number().optional(),
  x: z.array(z.tuple([z.string(), z.string(), z.string(), jsonObject.nullable()])).optional(),
})

export interface TakenUp {
  /**
   * `fresh`: never seen. `again`: this very intake was interrupted, go on.
   * `duplicate`: the event was posted before; nothing is to be done.
   */
  as: 'fresh' | 'again' | 'duplicate'
  /** What the first attempt decided stands. */
  decisions: StoredEvent['decisions']
  merges: boolean
  mergedBefore?: string
  profileRev?: number
}

/** Marks an event as taken up, before anything is done on its account. */
export async function takeUp(runtime: Runtime, stored: StoredEvent): Promise<TakenUp> {
  const { table } = runtime.world
  const { decisions, merges } = stored
  const result = await table.put(toRow(stored), { kind: 'absent' })
  if (result.ok) return { as: 'fresh', decisions, merges }
  const first = result.conflict && fromRow(result.conflict)
  if (first?.intake !== stored.intake)
    return { as: 'duplicate', decisions: first?.decisions ?? [], merges: first?.merges ?? false }
  const since = decisions.filter(({ workflow }) => first.decisions.every((one) => one.workflow !== workflow))
  // Replayed after days, it may find in its way what was not there at first; that, too, is to be read somewhere. Only the
  // customer's own group writes the row, and an erasure's message comes behind in it.
  if (since.length > 0)
    await table.put(toRow({ ...first, decisions: [...first.decisions, ...since] }), { kind: 'any' })
  const { mergedBefore, profileRev } = first
  return {
    as: 'again',
    decisions: first.decisions,
    merges: first.merges,
    ...(mergedBefore !== undefined && { mergedBefore }),
    ...(profileRev !== undefined && { profileRev }),
  }
}

function toRow(stored: StoredEvent): Row {
  const { event, intake, receivedAt, decisions, merges, mergedBefore, profileRev } = stored
  return {
    pk: customerPk(event.customerId),
    sk: eventSk(event.id),
    expiresAt: receivedAt + EVENTS_KEPT_MS,
    body: JSON.stringify({
      e: event.type,
      t: event.at,
      a: receivedAt,
      i: intake,
      d: event.data,
      ...(merges && { m: 1, p: mergedBefore, v: profileRev }),
      ...(event.hops !== undefined && { h: event.hops }),
      ...(decisions.length > 0 && {
        x: decisions.map(({ workflow, rule, outcome, values }) => [workflow, rule, outcome, values ?? null]),
      }),
    }),
  }
}

export async function loadEvent(
  runtime: Runtime,
  customerId: string,
  eventId: string,
): Promise<StoredEvent | undefined> {
  // An event is written once and referred to later: an eventually consistent read is enough and costs half.
  const options = { consistent: false }
  const { table } = runtime.world
  const row =
    (await table.get(customerPk(customerId), eventSk(eventId), options)) ??
    (await table.get(customerPk(customerId), eventSk(eventId)))
  return row && fromRow(row)
}

export async function listEvents(
  runtime: Runtime,
  customerId: string,
  { consistent = false }: { consistent?: boolean } = {},
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  let cursor: string | undefined
  do {
    const page = await runtime.world.table.query(customerPk(customerId), {
      prefix: 'E#',
      consistent,
      ...(cursor !== undefined && { cursor }),
    })
    events.push(...page.rows.map(fromRow))
    cursor = page.cursor
  } while (cursor !== undefined)
  return events
}

export function fromRow(row: Row): StoredEvent {
  const packed = body.parse(JSON.parse(row.body ?? '{}'))
  return {
    event: {
      id: row.sk.slice(2),
      type: packed.e,
      customerId: row.pk.slice(2),
      at: packed.t,
      data: packed.d,
      ...(packed.h !== undefined && { hops: packed.h }),
    },
    intake: packed.i,
    receivedAt: packed.a,
    decisions: (packed.x ?? []).map(([workflow, rule, outcome, values]) => ({
      workflow,
      at: packed.a,
      rule,
      outcome,
      ...(values && { values }),
    })),
    merges: packed.m === 1,
    ...(packed.p !== undefined && { mergedBefore: packed.p }),
    ...(packed.v !== undefined && { profileRev: packed.v }),
  }
}
