/** The counted loads priced, and the table that the bench prints and docs/benchmarks.md holds. */
import { costOf } from '../prices.ts'
import { assumed } from './assumptions.ts'
import type { Load } from './loads.ts'
import {
  byHttp,
  type Entry,
  gbSecondsOf,
  gbSecondsOfScan,
  invocationsOf,
  MILLION,
  queueRequestsOf,
  type Usage,
  usdOf,
} from './model.ts'

export interface LoadCost {
  load: Load
  /** Of a million, in batches of ten and of one: requests and units, all of them on the meter or following from it. */
  counted: { full: number; worst: number }
  /** Lambda's time: waits by the assumptions of `npm run cost`, computing as it was measured here. */
  derived: { full: number; worst: number }
  /** What the messages cost: mails without a plan, SMS of one part to the US. */
  provider: number
}

const FULL = 10
const WORST = 1

export function costOfLoad(load: Load): LoadCost {
  const usd = (usage: Usage) => usdOf(usage) * MILLION
  return {
    load,
    counted: { full: usd(countedOf(load, FULL)), worst: usd(countedOf(load, WORST)) },
    derived: {
      full: usd({ gbSeconds: gbSeconds(load, FULL) }),
      worst: usd({ gbSeconds: gbSeconds(load, WORST) }),
    },
    provider:
      costOf('mailsAlaCarte', (load.calls['sesv2.SendEmail'] ?? 0) * MILLION) +
      costOf('smsToUs', (load.calls['sms-voice.SendTextMessage'] ?? 0) * MILLION),
  }
}

/** Whoever sweeps is started once a night, for all. */
const entryOf = ({ by, operations }: Load): Entry =>
  by === 'sweep' ? { invocations: 0, gb: assumed('sweepGb') } : byHttp(operations)

function countedOf(load: Load, batch: number): Usage {
  const { operations } = load
  return {
    writeUnits: operations.writeUnits,
    readUnits: operations.readUnits,
    queueRequests: queueRequestsOf(operations, batch),
    timers: operations.timersFired,
    httpRequests: operations.httpRequests,
    invocations: invocationsOf(operations, entryOf(load), batch),
  }
}

function gbSeconds(load: Load, batch: number): number {
  const { operations, cpuMs, by } = load
  return by === 'worker'
    ? gbSecondsOf(operations, entryOf(load), cpuMs, batch)
    : gbSecondsOfScan(operations.readUnits, cpuMs)
}

/** Calls and units alone: the same on every machine. */
export function tableOfLoads(loads: readonly LoadCost[]): string[] {
  const cells = loads.map(({ load, counted, provider }) => [
    load.name,
    callsOf(load),
    short(load.operations.writeUnits),
    short(load.operations.readUnits),
    counted.full.toFixed(2),
    counted.worst.toFixed(2),
    provider === 0 ? '' : provider.toFixed(0),
  ])
  const head = ['one of', 'calls', 'write units', 'read units', 'USD, batches of 10', 'of 1', 'messages']
  const rule = head.map((_, index) => (index < 2 ? '---' : '---:'))
  return [head, rule, ...cells].map((row) => `| ${row.join(' | ')} |`)
}

/** What is worked out with the processor of this machine in it. */
export function linesOfTime(loads: readonly LoadCost[]): string[] {
  return loads.map(
    ({ load, derived }) =>
      `  ${load.name.padEnd(76)} ${derived.full.toFixed(2).padStart(6)} ${derived.worst.toFixed(2).padStart(8)}`,
  )
}

const services: [prefix: string, name: string][] = [
  ['dynamodb.', ''],
  ['sqs.', ''],
  ['scheduler.', ''],
  ['sesv2.', ''],
  ['sms-voice.', ''],
]

function callsOf({ calls, operations }: Load): string {
  const own = Object.entries(calls).map(([name, n]): [string, number] => [
    services.reduce((text, [prefix, short]) => text.replace(prefix, short), name),
    n,
  ])
  const all: [string, number][] = [
    ['request', operations.httpRequests],
    ...own,
    ['timer fired', operations.timersFired],
  ]
  return all
    .filter(([, n]) => n > 0)
    .map(([name, n]): [string, string] => [name, short(n)])
    .map(([name, n]) => (n === '1' ? name : `${n} ${name}`))
    .join(', ')
}

const short = (value: number) => String(Number(value.toPrecision(2)))
