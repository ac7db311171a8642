/**
 * Dates and days of the calendar: every quarter of an hour, who is due? Only zones whose local time has just passed the trigger's `at` are
 * asked, and only the rows of that day, so that the cost grows with the customers who are due and not with all.
 *
 * The cursor says up to when everybody due has been handed over. It may lag behind: handing somebody over again is handing
 * over an event with the same id. It is therefore written only when somebody was due, or once in a long while, or when the
 * default zone is another one: what it has passed by there has not come yet for customers without a zone of their own.
 */
import {
  type Coming,
  clockRanges,
  comingOn,
  keepsOwnTime,
  nextOccurrences,
  type Occurrence,
  occurrencesIn,
} from '../engine/calendar.ts'
import type { Instant } from '../engine/model.ts'
import type { DateTrigger } from '../engine/program.ts'
import { beginDays } from './calendar-scan.ts'
import type { LiveWorkflow } from './catalog.ts'
import { accept, digest } from './ingest.ts'
import { clockPk, datePk } from './keys-of-rows.ts'
import type { QueryOptions, Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'
import { CURSOR_SK, DEFAULT_ZONE, INSTANT_ZONE, PK } from './zones.ts'

export interface TickReport {
  /** Customers handed to the queue, and days of the calendar that were begun. */
  due: number
}

type Due = Extract<Work, { kind: 'due' }>

const MAX_LAG_MS = 30 * 24 * 3_600_000
/** Zones are at most 26 hours apart. */
const ZONES_APART_MS = 27 * 3_600_000
const PAGE = 500
/** Occurrences are worked out this far ahead, so that most ticks compare numbers and compute no calendar. */
const AHEAD_MS = 48 * 3_600_000

/** Starts what date triggers have made due since the last tick. One for each process: it remembers how far it got. */
export class Ticker {
  readonly #runtime: Runtime
  #cursor: { doneUntilAt: Instant; writtenAt: Instant; zone: string | undefined } | undefined
  readonly #begun = new Set<string>()
  #coming = new Map<string, { fromAt: Instant; untilAt: Instant; occurrences: Occurrence[] }>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async tick(): Promise<TickReport> {
    const { world, zones } = this.#runtime
    const { table, clock } = world
    const now = clock.now()
    // Also before anybody has a date: the first one's must not be due in a time that no tick has looked at.
    const cursor = await this.#read(now)
    let due = 0
    const { defaultTimezone } = (await this.#runtime.catalog.settings()).settings
    const moved = cursor.zone !== undefined && cursor.zone !== defaultTimezone
    for (const each of await this.#dueIn(await zones.list(), cursor.doneUntilAt, now, moved))
      due += await startDue(this.#runtime, each)
    due += await beginDays(this.#runtime, this.#begun, cursor.doneUntilAt, now)
    cursor.doneUntilAt = now
    if (due > 0 || cursor.zone !== defaultTimezone || now - cursor.writtenAt > MAX_LAG_MS) {
      const row = { pk: PK, sk: CURSOR_SK, counters: { at: now }, body: defaultTimezone }
      await table.put(row, { kind: 'any' })
      cursor.writtenAt = now
      cursor.zone = defaultTimezone
    }
    return { due }
  }

  async #read(now: Instant) {
    if (!this.#cursor) {
      const { table } = this.#runtime.world
      const row = await table.get(PK, CURSOR_SK)
      const at = row?.counters?.at ?? now
      this.#cursor = { doneUntilAt: at, writtenAt: at, zone: row?.body }
    }
    return this.#cursor
  }

  async #dueIn(zones: string[], cursorAt: Instant, untilAt: Instant, moved: boolean): Promise<Due[]> {
    const { catalog } = this.#runtime
    const { settings } = await catalog.settings()
    const due: Due[] = []
    for (const workflow of await catalog.live()) {
      const { trigger } = workflow.program
      if (trigger.kind !== 'date') continue
      const common = {
        kind: 'due' as const,
        workflow: workflow.name,
        rev: workflow.rev,
        attribute: trigger.attribute,
      }
      for (const zone of zones) {
        const place = placeOf(zone, settings.defaultTimezone)
        // Whoever had it where the default zone was is not started twice: the events have the same ids.
        const back = moved && (zone === DEFAULT_ZONE || zone === INSTANT_ZONE) ? ZONES_APART_MS : 0
        const from = Math.max(cursorAt - back, workflow.liveSince)
        if (zone !== INSTANT_ZONE)
          for (const { occurrence, partitions } of this.#occurrences(workflow, place, from, untilAt))
            for (const partition of partitions)
              due.push({ ...common, zone, rows: { by: 'day', partition, day: occurrence } })
        if (!keepsOwnTime(trigger)) continue
        const clock = zone === INSTANT_ZONE ? 'UTC' : place
        for (const range of clockRanges(trigger, clock, from, untilAt, place))
          due.push({ ...common, zone, rows: { by: 'clock', ...range, afterAt: from, untilAt } })
      }
    }
    return due
  }

  #occurrences({ name, version, program }: LiveWorkflow, zone: string, afterAt: Instant, untilAt: Instant) {
    if (program.trigger.kind !== 'date') return []
    const key = `${name}@${version} ${zone}`
    let coming = this.#coming.get(key)
    if (!coming || afterAt < coming.fromAt || untilAt > coming.untilAt) {
      const until = untilAt + AHEAD_MS
      const occurrences = occurrencesIn(program.trigger, zone, afterAt, until)
      coming = { fromAt: afterAt, untilAt: until, occurrences }
      this.#coming.set(key, coming)
    }
    return coming.occurrences.filter(({ dueAt }) => dueAt > afterAt && dueAt <= untilAt)
  }
}

/** Hands one page of due customers to the queue, and the rest as a message of its own. */
export async function startDue(runtime: Runtime, due: Due): Promise<number> {
  const { table, queue, clock } = runtime.world
  const { workflow: name, attribute, zone, rows, cursor } = due
  if (due.rev !== undefined) await runtime.catalog.hear(name, due.rev)
  const workflow = (await runtime.catalog.live()).find((one) => one.name === name)
  const trigger = workflow?.program.trigger
  if (!workflow || trigger?.kind !== 'date') return 0
  const { pk, options } = placeInTable(due)
  if (!runtime.zones.mayHold(pk, zone)) return 0
  const readAt = clock.now()
  const page = await table.query(pk, {
    ...options,
    limit: PAGE,
    consistent: false,
    ...(cursor !== undefined && { cursor }),
  })
  const { settings } = await runtime.catalog.settings()
  const place = placeOf(zone, settings.defaultTimezone)
  const events = page.rows.flatMap((row) => {
    const coming = comingOf(trigger, place, due, row)
    // Nobody is told late of a date that became known after it had come up.
    if (!coming || (row.counters?.at ?? 0) > coming.dueAt) return []
    const customerId = row.sk
      .split('#')
      .slice(rows.by === 'day' ? 1 : 2)
      .join('#')
    const event = dateReached(name, attribute, customerId, row.body ?? '', coming)
    return [{ workflow: name, rev: workflow.rev, event }]
  })
  await accept(runtime, events, readAt)
  if (page.cursor !== undefined) {
    const body = JSON.stringify({ ...due, cursor: page.cursor } satisfies Due)
    await queue.send([{ group: 'due', body, dedupId: digest(body) }])
  }
  return events.length
}

/** The id names workflow and occurrence, so that handing somebody over twice is handing them over once. */
export function dateReached(
  workflow: string,
  attribute: string,
  customerId: string,
  date: string,
  { dueAt, occurrence }: Coming,
) {
  return {
    id: `date:${workflow}:${occurrence}`,
    type: 'date.reached',
    customerId,
    at: dueAt,
    data: { attribute, date, occurrence },
  }
}

function placeInTable({ attribute, zone, rows }: Due): { pk: string; options: QueryOptions } {
  if (rows.by === 'day') return { pk: datePk(attribute, rows.partition), options: { prefix: `${zone}#` } }
  // `$` follows `#`, so that every customer of the last second is within.
  const options = { from: `${zone}#${rows.from}#`, to: `${zone}#${rows.to}$` }
  return { pk: clockPk(attribute, rows.day), options }
}

function comingOf(trigger: DateTrigger, zone: string, { rows }: Due, { body = '' }: Row): Coming | undefined {
  if (rows.by === 'clock') return nextOccurrences(trigger, body, zone, rows.afterAt, rows.untilAt)[0]
  return comingOn(trigger, body, zone, rows.day)
}

const placeOf = (zone: string, standard: string) =>
  zone === DEFAULT_ZONE || zone === INSTANT_ZONE ? standard : zone
