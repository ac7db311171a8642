/** From counted operations and stated assumptions to what a million journeys cost. Arithmetic alone: nothing is measured here. */
import { costOf, type PriceName, prices } from '../prices.ts'
import { assumed } from './assumptions.ts'
import type { Counted, Operations, ReportType } from './count.ts'

export const MILLION = 1_000_000
/** Everything but SES, a million standard journeys, the HTTP API included. */
export const GOAL_USD = 12

/** Units of one price; of one journey, of one report, or of a month, as its owner says. */
export type Usage = { [name in PriceName]?: number }

export type Group = 'counted' | 'derived' | 'kept'

export interface Line {
  /** `counted`: on the meter. `derived`: with an assumption in it. `kept`: for as long as its rows stay. */
  group: Group
  name: string
  /** Of one journey. */
  usage: Usage
}

export interface PricedLine extends Line {
  usdPerMillion: number
  /** With what is free each month taken off, in the order of the lines. */
  usdPerMillionFree: number
}

/** What a journey needs, as far as the model is concerned; the rest follows. */
export type Measured = Pick<
  Counted,
  'journey' | 'report' | 'cpuMs' | 'logBytes' | 'keptBytes' | 'sweep' | 'environment'
>

/** Lambda is handed `batch` messages at a time, from 1 when little happens to 10 when much does. */
export function linesOf(measured: Measured, batch: number): Line[] {
  const { journey } = measured
  const entry = byHttp(journey)
  const line = (group: Group, name: string, usage: Usage): Line => ({ group, name, usage })
  const told = (type: ReportType, share: number) =>
    scaled(reportUsage(measured, type, batch), journey.mails * share)
  return [
    line('counted', 'DynamoDB writes', { writeUnits: journey.writeUnits }),
    line('counted', 'DynamoDB reads', { readUnits: journey.readUnits }),
    line('counted', 'SQS FIFO: send, receive, delete', { queueRequests: queueRequestsOf(journey, batch) }),
    line('counted', 'Scheduler', { timers: journey.timersFired }),
    line('counted', 'HTTP API', { httpRequests: journey.httpRequests }),
    line('counted', 'Lambda requests', { invocations: invocationsOf(journey, entry, batch) }),
    line('derived', 'Lambda time', { gbSeconds: gbSecondsOf(journey, entry, measured.cpuMs, batch) }),
    line('derived', 'logs', { logs: logGbOf(measured, batch) }),
    line('derived', 'caches and counters', upkeepOf(measured, batch)),
    line('derived', 'reports: bounces, complaints', told('bounce', assumed('bouncedShare'))),
    line('derived', 'reports: each mail sent', told('send', assumed('sentShare'))),
    line('kept', 'DynamoDB storage', { storage: keptGbMonths(measured) }),
    line('kept', 'point-in-time recovery', { recovery: keptGbMonths(measured) }),
    line('kept', 'daily sweep over it', sweepUsage(measured)),
  ]
}

export function priced(lines: readonly Line[]): PricedLine[] {
  const left = new Map<PriceName, number>()
  return lines.map((line) => {
    let usdPerMillion = 0
    let usdPerMillionFree = 0
    for (const [name, units] of entriesOf(line.usage)) {
      const all = units * MILLION
      const free = left.get(name) ?? prices[name].free
      const paid = Math.max(0, all - free)
      left.set(name, Math.max(0, free - all))
      usdPerMillion += costOf(name, all)
      usdPerMillionFree += costOf(name, paid)
    }
    return { ...line, usdPerMillion, usdPerMillionFree }
  })
}

export function totalOf(lines: readonly PricedLine[], ...groups: Group[]): number {
  return lines.reduce((sum, line) => (groups.includes(line.group) ? sum + line.usdPerMillion : sum), 0)
}

/** The functions through which something comes in: the API's for a journey, the one for reports for a report. */
export interface Entry {
  invocations: number
  gb: number
}

export const byHttp = ({ httpRequests }: Operations): Entry => ({
  invocations: httpRequests,
  gb: assumed('apiGb'),
})
const byReport = (): Entry => ({ invocations: 1, gb: assumed('feedbackGb') })

/** Those from outside and those that timers bring. */
const messagesOf = ({ queueSends, messagesSent = queueSends, timersFired }: Operations) =>
  messagesSent + timersFired

/** Computing is measured for the whole journey; each thing that comes in and each mail has the same share of it. */
export function cpuShareOf(journey: Operations, cpuMs: number): number {
  return cpuMs / (1 + journey.mails + journey.timersFired)
}

/** A send for each message, by us or by Scheduler; Lambda receives and deletes a batch at a time. */
export function queueRequestsOf(operations: Operations, batch: number): number {
  return operations.queueSends + operations.timersFired + (2 * messagesOf(operations)) / batch
}

export function invocationsOf(operations: Operations, entry: Entry, batch: number): number {
  return entry.invocations + messagesOf(operations) / batch
}

/**
 * Lambda bills a function while it waits. The messages of a batch are of different customers and wait side by side, so that
 * the waits are shared and the computing is not.
 */
export function gbSecondsOf(operations: Operations, entry: Entry, cpuMs: number, batch: number): number {
  const { tableCalls, timersArmed, mails, queueSends } = operations
  const waitsMs =
    tableCalls * assumed('tableMs') + timersArmed * assumed('timerMs') + mails * assumed('mailMs')
  const workers = messagesOf(operations) / batch
  // What leads to no message is waited for where it came in.
  const waitsGbMs = workers === 0 ? waitsMs * entry.gb : (waitsMs / batch) * assumed('workerGb')
  const startsGb = entry.invocations * entry.gb + workers * assumed('workerGb')
  const gbMs =
    cpuMs * assumed('gbOfOneCpu') +
    queueSends * assumed('queueMs') * entry.gb +
    waitsGbMs +
    startsGb * assumed('coldShare') * assumed('initMs')
  return gbMs / 1000
}

function logGbOf({ journey, logBytes }: Measured, batch: number): number {
  const platform = invocationsOf(journey, byHttp(journey), batch) * assumed('platformLogBytes')
  return (logBytes + platform + journey.httpRequests * assumed('accessLogBytes')) / 1e9
}

/** What environments read at their start and look up again while they are busy, shared by the journeys of a month. */
function upkeepOf({ journey, environment }: Measured, batch: number): Usage {
  const seconds = assumed('busyEnvironments') * assumed('daysOfMonth') * 86_400
  const journeys = assumed('journeysAMonth')
  const starts = (messagesOf(journey) / batch) * assumed('coldShare')
  return {
    readUnits:
      starts * environment.startReadUnits + ((seconds / 10) * environment.refreshReadUnits) / journeys,
    writeUnits: ((seconds / 60) * environment.flushWriteUnits) / journeys,
  }
}

/** One report of SES: a function of its own puts it into the queue, where it is news, and the worker handles it. */
export function reportUsage({ journey, report, cpuMs }: Measured, type: ReportType, batch: number): Usage {
  const operations = report[type]
  const entry = byReport()
  const invocations = invocationsOf(operations, entry, batch)
  // No mail is rendered, and what is no news reaches no worker.
  const ownCpuMs = (1 + messagesOf(operations)) * cpuShareOf(journey, cpuMs)
  return {
    writeUnits: operations.writeUnits,
    readUnits: operations.readUnits,
    queueRequests: queueRequestsOf(operations, batch),
    invocations,
    gbSeconds: gbSecondsOf(operations, entry, ownCpuMs, batch),
    logs: (invocations * assumed('platformLogBytes')) / 1e9,
  }
}

/** Stored for the whole time: as many GB as a steady stream of journeys has lying there in each month. */
function keptGbMonths({ keptBytes }: Measured): number {
  const months = assumed('keptDays') / assumed('daysOfMonth')
  return ((keptBytes.event + keptBytes.journey) / 1e9) * months
}

/** A scan reads at half a unit for 4 KB, and 1 MB at a time. */
export function gbSecondsOfScan(readUnits: number, cpuMs: number): number {
  const pages = (readUnits * 2 * 4096) / 1024 ** 2
  return (cpuMs * assumed('gbOfOneCpu') + pages * assumed('scanPageMs') * assumed('sweepGb')) / 1000
}

function sweepUsage({ sweep }: Measured): Usage {
  const days = assumed('keptDays')
  return {
    readUnits: sweep.readUnits * days,
    gbSeconds: gbSecondsOfScan(sweep.readUnits, sweep.cpuMs) * days,
  }
}

/** What a deployment costs in a month in which nothing happens. */
export function monthly(): { name: string; usage: Usage; usd: number; usdFree: number }[] {
  const ticks = assumed('ticksADay') * assumed('daysOfMonth')
  const items: { name: string; usage: Usage }[] = [
    { name: 'SQS: long polls of an empty queue', usage: { queueRequests: assumed('emptyReceives') } },
    { name: 'tick and sweep: timers and requests', usage: { timers: ticks, invocations: ticks } },
    { name: 'alarms', usage: { alarms: assumed('alarms') } },
    { name: 'metrics out of the logs', usage: { customMetrics: assumed('customMetrics') } },
    { name: 'dashboard', usage: { dashboards: assumed('dashboards') } },
    { name: 'encryption with keys that AWS owns', usage: { ownedKeys: 4 } },
  ]
  return items.map(({ name, usage }) => {
    const usd = usdOf(usage)
    const paid = entriesOf(usage).map(([price, units]) =>
      costOf(price, Math.max(0, units - prices[price].free)),
    )
    return { name, usage, usd, usdFree: paid.reduce((sum, each) => sum + each, 0) }
  })
}

export function usdOf(usage: Usage): number {
  return entriesOf(usage).reduce((sum, [name, units]) => sum + costOf(name, units), 0)
}

function scaled(usage: Usage, factor: number): Usage {
  const result: Usage = {}
  for (const [name, units] of entriesOf(usage)) result[name] = units * factor
  return result
}

function entriesOf(usage: Usage): [PriceName, number][] {
  const names = Object.keys(prices).filter((name): name is PriceName => name in prices)
  return names.flatMap((name) => {
    const units = usage[name]
    return units === undefined ? [] : [[name, units]]
  })
}
