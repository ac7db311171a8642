/**
 * Runs standard journeys on the embedded product, on the virtual clock, and counts what AWS would bill.
 */
import { toItem } from '../../aws/row.ts'
import { jsonLog } from '../../functions/log.ts'
import { itemSize } from '../../local/cloud/item-size.ts'
import { openPremura, type Premura } from '../../local/process.ts'
import type { Row } from '../../runtime/ports.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { sweep } from '../../runtime/sweep.ts'
import { cpuOf, KEY, Metered } from './metered.ts'
import { mails, standard } from './standard.ts'

/** Of one journey, or of one report of SES. */
export interface Operations {
  httpRequests: number
  writeUnits: number
  readUnits: number
  /** Calls of DynamoDB, whatever they read or write. */
  tableCalls: number
  /** What the functions send themselves: requests, each with up to ten messages. */
  queueSends: number
  /** Messages in these requests; absent: one in each. */
  messagesSent?: number
  /** Schedules made, which is free, and schedules fired, each of which puts one message into the queue. */
  timersArmed: number
  timersFired: number
  /** And texts, which are waited for as mails are. */
  mails: number
}

export interface Counted {
  journeys: number
  journey: Operations
  /** The same workflow without a category of goods: two mails and one wait, to see whether the formula holds. */
  shorter: Operations
  report: { [type in ReportType]: Operations }
  /** Milliseconds of this machine for one journey: product, emulated services and the client that posts. */
  cpuMs: number
  /** Written by the functions at level info. */
  logBytes: number
  /** Rows that stay behind, as DynamoDB bills them for storage. */
  keptBytes: { event: number; journey: number }
  /** The daily sweep reads everything that is kept: this much for one journey, each day. */
  sweep: { readUnits: number; cpuMs: number }
  /** A function's environment without anything in its caches, one that looks up what is live, one that writes its counts. */
  environment: { startReadUnits: number; refreshReadUnits: number; flushWriteUnits: number }
}

export const reportTypes = ['bounce', 'complaint', 'delivery', 'send'] as const
export type ReportType = (typeof reportTypes)[number]

const DAY_MS = 24 * 3_600_000
const STARTS_AT = Date.parse('2026-11-23T10:00:00Z')
/** From the purchase to the last mail: three days, three weeks, and the next working day. */
const JOURNEY_MS = 27 * DAY_MS
/** The tick writes its cursor every 30 days: it finds the time to in the days of rest between what is counted. */
const REST_DAYS = 4
/** DynamoDB's own, for each item. */
const ITEM_OVERHEAD = 100
/** The code is compiled by the engine on the way: the first journeys are not measured. */
const WARM = 200
/** Of a sweep, which takes milliseconds here; the best of these is the one that nothing got in the way of. */
const SWEEPS = 5

const COFFEE = [{ name: 'Moka pot', quantity: 1, price: 80, category: 'coffee' }]
const OTHER = [{ name: 'Notebook', quantity: 1, price: 80 }]

export async function countJourneys(journeys: number, warm = WARM): Promise<Counted> {
  const premura = await openPremura({
    ...{ dir: null, port: 0, now: STARTS_AT, adminKey: KEY, log: 'error' as const },
    library: null,
  })
  try {
    const shop = new Shop(premura)
    await shop.publish()
    await shop.register('warm', warm)
    await shop.register('short', 1)
    await shop.register('cost', journeys)
    await shop.journeys('warm', warm, COFFEE)
    const rest = () => cpuOf(() => premura.advanceTo(premura.clock.now() + REST_DAYS * DAY_MS))
    const idle = await rest()
    const before = await sweepOf(premura)

    const log = countedLog(premura)
    const { ms, value: journey } = await cpuOf(() => shop.journeys('cost', journeys, COFFEE))
    const after = await sweepOf(premura)
    if (journey.mails !== 3 || journey.timersFired !== 2)
      throw new Error(`a standard journey had ${journey.mails} mails and ${journey.timersFired} waits`)
    const kept = await keptBytes(premura, 'cost', journeys)
    const report = await shop.reports()
    await rest()
    const shorter = await shop.journeys('short', 1, OTHER)
    return {
      journeys,
      journey,
      shorter,
      report,
      cpuMs: Math.max(0, ms - (idle.ms / REST_DAYS) * (JOURNEY_MS / DAY_MS)) / journeys,
      logBytes: log.bytes / journeys,
      keptBytes: kept,
      sweep: {
        readUnits: (after.readUnits - before.readUnits) / journeys,
        cpuMs: Math.max(0, after.ms - before.ms) / journeys,
      },
      environment: await environmentOf(premura),
    }
  } finally {
    await premura.close()
  }
}

/** A shop that posts over HTTP, and reads the meter between what it does. */
class Shop {
  readonly #premura: Premura
  readonly #metered: Metered

  constructor(premura: Premura) {
    this.#premura = premura
    this.#metered = new Metered(premura)
  }

  async publish(): Promise<void> {
    await this.#metered.publish('standard', standard, mails)
  }

  async register(run: string, customers: number): Promise<void> {
    for (let n = 0; n < customers; n++) {
      const profile = { email: `${run}-${n}@example.com`, firstName: 'Anna', timezone: 'Europe/Rome' }
      await this.#metered.call('PUT', `/v1/customers/${run}-${n}`, profile)
    }
  }

  /** Whole journeys of known customers, from the purchase to the end; what one of them took. */
  journeys(run: string, count: number, items: object[]): Promise<Operations> {
    return this.#measured(count, async () => {
      for (let n = 0; n < count; n++) {
        const data = { orderId: `order-${n}`, total: 80, currency: 'EUR', items }
        const event = { id: `order-${n}`, type: 'purchase', customerId: `${run}-${n}`, data }
        await this.#metered.call('POST', '/v1/events', event)
      }
      const { fired } = await this.#premura.advanceTo(this.#premura.clock.now() + JOURNEY_MS)
      return fired
    })
  }

  /** What SES says about a mail, one of each type, about mails of different journeys. */
  async reports(): Promise<{ [type in ReportType]: Operations }> {
    const mails = await this.#premura.cloud.mailbox.list({ limit: reportTypes.length })
    const of = async (type: ReportType): Promise<Operations> => {
      const operations = await this.#measured(1, async () => {
        const { id: messageId } = mails[reportTypes.indexOf(type)] ?? { id: '' }
        await this.#metered.call('POST', '/local/feedback', { messageId, type })
        await this.#premura.settle()
        return 0
      })
      // Reports come by EventBridge, not by HTTP.
      return { ...operations, httpRequests: 0 }
    }
    return {
      bounce: await of('bounce'),
      complaint: await of('complaint'),
      delivery: await of('delivery'),
      send: await of('send'),
    }
  }

  async #measured(count: number, act: () => Promise<number>): Promise<Operations> {
    const { operations } = await this.#metered.measured(count, act)
    return operations
  }
}

async function sweepOf({ runtime, cloud }: Premura): Promise<{ readUnits: number; ms: number }> {
  cloud.meter.reset()
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < SWEEPS; n++) least = Math.min(least, (await cpuOf(() => sweep(runtime))).ms)
  return { readUnits: cloud.meter.read().dynamodb.readUnits / SWEEPS, ms: least }
}

/** What the functions would write to their logs, in place of what this process shows. */
function countedLog({ runtime }: Premura): { bytes: number } {
  const counted = { bytes: 0 }
  runtime.world.log = jsonLog(
    (line) => {
      counted.bytes += Buffer.byteLength(line)
    },
    () => runtime.world.clock.now(),
  )
  return counted
}

async function keptBytes({ runtime }: Premura, run: string, journeys: number) {
  const kept = { event: 0, journey: 0 }
  const billed = (row: Row) => itemSize(toItem(row)) + ITEM_OVERHEAD
  for (let n = 0; n < journeys; n++) {
    const { rows } = await runtime.world.table.query(`C#${run}-${n}`)
    for (const row of rows) {
      if (row.sk.startsWith('E#')) kept.event += billed(row) / journeys
      if (row.sk.startsWith('#')) kept.journey += billed(row) / journeys
    }
  }
  return kept
}

/** On AWS several environments share the table, so that what they hold grows old; here one process is alone and need not ask. */
async function environmentOf({ runtime, cloud }: Premura): Promise<Counted['environment']> {
  let ms = 0
  const { world } = runtime
  const config = { ...world.config, soleOwner: false }
  const clock = { now: () => world.clock.now(), monotonicMs: () => ms }
  const { catalog, figures } = createRuntime({ ...world, config, clock })
  const unitsOf = async (act: () => Promise<unknown>) => {
    cloud.meter.reset()
    await act()
    return cloud.meter.read().dynamodb
  }
  const lookUp = async () => {
    await catalog.settings()
    return await catalog.live()
  }
  const start = await unitsOf(async () => {
    for (const { name, version, program } of await lookUp()) {
      if (name !== 'standard') continue
      for (const step of Object.values(program.steps))
        if (step.verb === 'send') await catalog.templates(name, version, step.template)
    }
  })
  ms += 60_000
  const refresh = await unitsOf(lookUp)
  figures.count(new Map([[`standard\n2026-11-23`, { entered: 1 }]]))
  const flush = await unitsOf(() => figures.flush())
  return {
    startReadUnits: start.readUnits,
    refreshReadUnits: refresh.readUnits,
    flushWriteUnits: flush.writeUnits,
  }
}
