/**
 * The shelf: where journeys stand that ended long ago, so that the events of a customer do not read all that ever was. The
 * mark of it stands among what every event reads; whoever has none has no journeys there, and pays nothing. Put there by
 * `shelving.ts`.
 */
import * as z from 'zod'
import type { Instant } from '../engine/model.ts'
import { allRows } from './all-rows.ts'
import { fromRow, type JourneyName, type StoredJourney } from './journeys.ts'
import { customerPk, SHELF_SK, SHELVES, shelfRange, shelvedSk } from './keys-of-rows.ts'
import type { Row, Table } from './ports.ts'

/** What the journeys on a customer's shelf could still concern, so that it can be decided without them that they do not. */
export interface Shelf {
  rev: number
  /** When any of them last sent something: caps that look further back have to look there. */
  sentAt?: Instant
  /** When the last one entered who was held out: a goal that counts from then still watches. */
  heldOutAt?: Instant
}

const markBody = z.object({ s: z.number().optional(), h: z.number().optional() })

export function shelfFrom(row: Row): Shelf {
  const { s, h } = markBody.parse(JSON.parse(row.body ?? '{}'))
  return {
    rev: row.rev ?? 0,
    ...(s !== undefined && { sentAt: s }),
    ...(h !== undefined && { heldOutAt: h }),
  }
}

/** The row of the mark, as it is to be after `rev`. */
export function shelfRow(customerId: string, { rev, sentAt: s, heldOutAt: h }: Shelf): Row {
  const body = { ...(s !== undefined && { s }), ...(h !== undefined && { h }) }
  return { pk: customerPk(customerId), sk: SHELF_SK, rev: rev + 1, body: JSON.stringify(body) }
}

/** One of them by its name. */
export async function readShelved(
  table: Table,
  customerId: string,
  { workflow, key, run }: JourneyName,
): Promise<StoredJourney | undefined> {
  const row = await table.get(customerPk(customerId), shelvedSk(workflow, key, run))
  return row && fromRow(row)
}

/** The last run of a key among them. Where a run of it is not there, that is a later one. */
export async function latestShelved(
  table: Table,
  customerId: string,
  { workflow, key }: Omit<JourneyName, 'run'>,
): Promise<StoredJourney | undefined> {
  const range = shelfRange(workflow, key)
  const { rows } = await table.query(customerPk(customerId), { ...range, newestFirst: true, limit: 1 })
  return rows[0] && fromRow(rows[0])
}

/** All of them, however many there are. */
export async function allShelved(table: Table, customerId: string): Promise<StoredJourney[]> {
  return (await allRows(table, customerPk(customerId), SHELVES)).map(fromRow)
}
