/**
 * Date triggers: every quarter of an hour, who is due? Only zones whose local time has just passed the trigger's `at` are
 * asked, and only the rows of that day, so that the cost grows with the customers who are due and not with all.
 *
 * The cursor says up to when everybody due has been handed over. It may lag behind: handing somebody over again is handing
 * over an event with the same id. It is therefore written only when somebody was due, or once in a long while.
 */
import { type Occurrence, occurrencesIn } from '../engine/calendar.ts'
import type { Instant } from '../engine/model.ts'
import { accept } from './ingest.ts'
import { datePk } from './keys-of-rows.ts'
import type { LiveWorkflow } from './catalog.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'
import { CURSOR_SK, DEFAULT_ZONE, PK } from './zones.ts'

export interface TickReport {
  /** Customers handed to the queue. */
  due: number
}

type Due = Extract<Work, { kind: 'due' }>

const MAX_LAG_MS = 30 * 24 * 3_600_000
const PAGE = 500
/** Occurrences are worked out this far ahead, so that most ticks compare numbers and compute no calendar. */
const AHEAD_MS = 48 * 3_600_000

/** Starts what date triggers have made due since the last tick. One for each process: it remembers how far it got. */
export class Ticker {
  readonly #runtime: Runtime
  #cursor: { doneUntilAt: Instant; writtenAt: Instant } | undefined
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
    for (const each of await this.#dueIn(await zones.list(), cursor.doneUntilAt, now))
      due += await startDue(this.#runtime, each)
    cursor.doneUntilAt = now
    if (due > 0 || now - cursor.writtenAt > MAX_LAG_MS) {
      await table.put({ pk: PK, sk: CURSOR_SK, counters: { at: now } }, { kind: 'any' })
      cursor.writtenAt = now
    }
    return { due }
  }

  async #read(now: Instant) {
    if (!this.#cursor) {
      const { table } = this.#runtime.world
      const at = (await table.get(PK, CURSOR_SK))?.counters?.at
      this.#cursor = { doneUntilAt: at ?? now, writtenAt: at ?? now }
    }
    return this.#cursor
  }

  async #dueIn(zones: string[], afterAt: Instant, untilAt: Instant): Promise<Due[]> {
    const { catalog } = this.#runtime
    const { settings } = await catalog.settings()
    const due: Due[] = []
    for (const workflow of await catalog.live()) {
      const { trigger } = workflow.program
      if (trigger.kind !== 'date') continue
      const { attribute } = trigger
      const from = Math.max(afterAt, workflow.liveSince)
      for (const zone of zones) {
        const zoneName = zone === DEFAULT_ZONE ? settings.defaultTimezone : zone
        for (const { dueAt, occurrence, partitions } of this.#occurrences(workflow, zoneName, from, untilAt))
          for (const partition of partitions)
            due.push({ kind: 'due', workflow: workflow.name, attribute, partition, zone, occurrence, dueAt })
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

/** Hands one page of due customers to the queue, and the rest of the day as a message of its own. */
export async function startDue(runtime: Runtime, due: Due): Promise<number> {
  const { table, queue } = runtime.world
  const prefix = `${due.zone}#`
  const pk = datePk(due.attribute, due.partition)
  if (!runtime.zones.mayHold(pk, due.zone)) return 0
  const page = await table.query(pk, {
    prefix,
    limit: PAGE,
    consistent: false,
    ...(due.cursor !== undefined && { cursor: due.cursor }),
  })
  await accept(
    runtime,
    page.rows
      .filter(({ counters }) => (counters?.at ?? 0) <= due.dueAt)
      .map(({ sk, body }) => ({
        workflow: due.workflow,
        event: {
          id: `date:${due.workflow}:${due.occurrence}`,
          type: 'date.reached',
          customerId: sk.slice(prefix.length),
          at: due.dueAt,
          data: { attribute: due.attribute, date: body ?? '', occurrence: due.occurrence },
        },
      })),
  )
  if (page.cursor !== undefined) {
    const rest: Due = { ...due, cursor: page.cursor }
    const body = JSON.stringify(rest)
    const id = `${due.workflow}.${due.occurrence}.${page.cursor}`
    await queue.send([{ group: 'due', body, dedupId: id.slice(-128) }])
  }
  return page.rows.length
}
