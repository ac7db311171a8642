import { describe, expect, test } from 'vitest'
import { assumed } from '../../bench/cost/assumptions.ts'
import type { Operations } from '../../bench/cost/count.ts'
import {
  durableOperationsOf,
  hearing,
  orchestrators,
  sesPlans,
  textOffers,
  transitionsOf,
} from '../../bench/cost/elsewhere.ts'
import { costBy, formulaOf, operationsOf } from '../../bench/cost/formula.ts'
import {
  byHttp,
  gbSecondsOf,
  invocationsOf,
  linesOf,
  type Measured,
  monthly,
  priced,
  queueRequestsOf,
  reportUsage,
  totalOf,
} from '../../bench/cost/model.ts'
import { costOf, type PriceName, prices, pricesOn, region } from '../../bench/prices.ts'

const journey: Operations = {
  httpRequests: 1,
  writeUnits: 7,
  readUnits: 3,
  tableCalls: 10,
  queueSends: 1,
  timersArmed: 2,
  timersFired: 2,
  mails: 3,
}
const report = (writeUnits: number, readUnits: number): Operations => ({
  ...journey,
  httpRequests: 0,
  writeUnits,
  readUnits,
  tableCalls: writeUnits + readUnits,
  timersArmed: 0,
  timersFired: 0,
  mails: 0,
})
const measured: Measured = {
  journey,
  report: { bounce: report(2, 2), complaint: report(2, 2), delivery: report(1, 1), send: report(0, 1) },
  cpuMs: 12,
  logBytes: 100,
  keptBytes: { event: 300, journey: 700 },
  sweep: { readUnits: 0.1, cpuMs: 0.05 },
  environment: { startReadUnits: 80, refreshReadUnits: 2, flushWriteUnits: 1 },
}
const lineOf = (name: string, batch = 10, of = measured) => {
  const line = priced(linesOf(of, batch)).find((one) => one.name === name)
  if (!line) throw new Error(`there is no line "${name}"`)
  return line
}

describe('the table of prices', () => {
  test('has a date and a region', () => {
    expect(pricesOn).toMatch(/^20\d\d-\d\d-\d\d$/)
    expect(new Date(pricesOn).toISOString().slice(0, 10)).toBe(pricesOn)
    expect(region).toMatch(/^[a-z]{2}-[a-z]+-\d$/)
  })

  test.each(Object.entries(prices))(
    'says of %s what is counted, what it costs and where that is told',
    (_, price) => {
      expect(new URL(price.source).protocol).toBe('https:')
      expect(price.unit).not.toBe('')
      expect(price.usd).toBeGreaterThanOrEqual(0)
      expect(price.per).toBeGreaterThanOrEqual(1)
      expect(price.free).toBeGreaterThanOrEqual(0)
    },
  )

  test.each<[PriceName, number, number]>([
    ['writeUnits', 1_000_000, 0.625],
    ['readUnits', 4_000_000, 0.5],
    ['queueRequests', 3_000_000, 1.5],
    ['timers', 2_000_000, 2],
    ['mailsAlaCarte', 3_000_000, 300],
    ['alarms', 26, 2.6],
    ['ownedKeys', 4, 0],
  ])('%s: %d cost %d USD', (name, units, usd) => {
    expect(costOf(name, units)).toBeCloseTo(usd, 10)
  })
})

describe('what is on the meter', () => {
  // 3 messages: 3 sends, and a receive and a delete for each batch.
  test.each([
    [1, 9, 4],
    [10, 3.6, 1.3],
    [3, 5, 2],
  ])(
    'in batches of %i a journey takes %d requests of SQS and %d of Lambda',
    (batch, requests, invocations) => {
      expect(queueRequestsOf(journey, batch)).toBeCloseTo(requests, 10)
      expect(invocationsOf(journey, byHttp(journey), batch)).toBeCloseTo(invocations, 10)
    },
  )

  test('a million journeys cost what one works out by hand', () => {
    // 7 × 0.625 + 3 × 0.125 + 3.6 × 0.5 + 2 × 1 + 1 × 1 + 1.3 × 0.2
    expect(totalOf(priced(linesOf(measured, 10)), 'counted')).toBeCloseTo(9.81, 10)
    // … + 9 × 0.5 + … + 4 × 0.2
    expect(totalOf(priced(linesOf(measured, 1)), 'counted')).toBeCloseTo(13.05, 10)
  })

  test.each<[string, Partial<Operations>, number]>([
    ['a write unit', { writeUnits: 8 }, 0.625],
    ['a read unit', { readUnits: 4 }, 0.125],
    ['an event over HTTP, with its function', { httpRequests: 2 }, 1.2],
    // Its send, and a tenth of a receive, of a delete and of an invocation.
    ['a message', { queueSends: 2 }, 0.62],
    ['a timer, and the message it brings', { timersFired: 3 }, 1.62],
  ])('%s more adds what it costs', (_, more, usd) => {
    const before = totalOf(priced(linesOf(measured, 10)), 'counted')
    const after = totalOf(priced(linesOf({ ...measured, journey: { ...journey, ...more } }, 10)), 'counted')
    expect(after - before).toBeCloseTo(usd, 10)
  })

  test('a write unit more adds as much to everything', () => {
    const all = (of: Measured) => totalOf(priced(linesOf(of, 10)), 'counted', 'derived', 'kept')
    expect(all({ ...measured, journey: { ...journey, writeUnits: 8 } }) - all(measured)).toBeCloseTo(
      0.625,
      10,
    )
  })

  test('what is free each month is taken off once', () => {
    expect(lineOf('Scheduler').usdPerMillionFree).toBe(0)
    // 3.6 million requests, one of them free; the reports, further down, find nothing left.
    expect(lineOf('SQS FIFO: send, receive, delete').usdPerMillionFree).toBeCloseTo(1.3, 10)
    expect(lineOf('reports: each mail sent').usdPerMillionFree).toBeGreaterThan(3 * 1.2 * 0.5)
    expect(lineOf('DynamoDB writes').usdPerMillionFree).toBeCloseTo(4.375, 10)
  })
})

describe('what is worked out from it', () => {
  test('Lambda is billed for computing and for waiting, and waits once for a batch', () => {
    const ms = { table: assumed('tableMs'), timer: assumed('timerMs'), mail: assumed('mailMs') }
    const waits = 10 * ms.table + 2 * ms.timer + 3 * ms.mail
    const computing = 12 * assumed('gbOfOneCpu')
    const api = assumed('queueMs') * assumed('apiGb')
    const starts = (workers: number) =>
      (assumed('apiGb') + workers * assumed('workerGb')) * assumed('coldShare') * assumed('initMs')
    const worst = gbSecondsOf(journey, byHttp(journey), 12, 1)
    expect(worst * 1000).toBeCloseTo(computing + api + waits * assumed('workerGb') + starts(3), 8)
    const full = gbSecondsOf(journey, byHttp(journey), 12, 10)
    expect(full * 1000).toBeCloseTo(computing + api + (waits / 10) * assumed('workerGb') + starts(0.3), 8)
  })

  test('a report that is no news is waited for where it comes in, and by nobody else', () => {
    const noNews = { ...measured, report: { ...measured.report, send: { ...report(0, 1), queueSends: 0 } } }
    const { queueRequests, invocations, gbSeconds } = reportUsage(noNews, 'send', 10)
    expect([queueRequests, invocations]).toEqual([0, 1])
    const waits = assumed('tableMs') + assumed('coldShare') * assumed('initMs')
    const gbMs = (12 / 6) * assumed('gbOfOneCpu') + waits * assumed('feedbackGb')
    expect((gbSeconds ?? 0) * 1000).toBeCloseTo(gbMs, 8)
  })

  test('logs are what the functions write, what Lambda adds, and the access log', () => {
    const bytes = 100 + 1.3 * assumed('platformLogBytes') + assumed('accessLogBytes')
    expect(lineOf('logs').usdPerMillion).toBeCloseTo((bytes / 1000) * 0.5, 10)
  })

  test('reports cost by their share of the mails', () => {
    const one = priced([{ group: 'derived', name: '', usage: reportUsage(measured, 'bounce', 10) }])[0]
    const share = 3 * assumed('bouncedShare')
    expect(lineOf('reports: bounces, complaints').usdPerMillion).toBeCloseTo(
      (one?.usdPerMillion ?? 0) * share,
      10,
    )
    expect(reportUsage(measured, 'bounce', 10)).toMatchObject({
      writeUnits: 2,
      readUnits: 2,
      queueRequests: 1.2,
      invocations: 1.1,
    })
    const [send, delivery] = hearing(measured, 10)
    // A delivery is marked in the journey; both could be billed by the bus.
    expect((delivery?.usdPerMillion ?? 0) - (send?.usdPerMillion ?? 0)).toBeGreaterThan(3 * 0.625)
    expect([send?.bus, delivery?.bus]).toEqual([3, 3])
    const told = lineOf('reports: each mail sent').usdPerMillion
    expect(told).toBeCloseTo((send?.usdPerMillion ?? 0) * assumed('sentShare'), 10)
  })

  test('caches and counters are paid by the month and by the start', () => {
    const seconds = assumed('busyEnvironments') * assumed('daysOfMonth') * 86_400
    const reads = 0.3 * assumed('coldShare') * 80 + ((seconds / 10) * 2) / assumed('journeysAMonth')
    const writes = seconds / 60 / assumed('journeysAMonth')
    expect(lineOf('caches and counters').usdPerMillion).toBeCloseTo(reads * 0.125 + writes * 0.625, 10)
  })
})

describe('what is kept', () => {
  test('a KB for as long as it is kept', () => {
    const months = assumed('keptDays') / assumed('daysOfMonth')
    expect(lineOf('DynamoDB storage').usdPerMillion).toBeCloseTo(0.25 * months, 10)
    expect(lineOf('point-in-time recovery').usdPerMillion).toBeCloseTo(0.2 * months, 10)
  })

  test('every row is read by the sweep of every day', () => {
    const pages = (0.1 * 8192) / 1_048_576
    const gbMs = 0.05 * assumed('gbOfOneCpu') + pages * assumed('scanPageMs') * assumed('sweepGb')
    const aDay = 0.1 * 0.125 + gbMs * 1000 * 0.0000133334
    expect(lineOf('daily sweep over it').usdPerMillion).toBeCloseTo(aDay * assumed('keptDays'), 8)
  })
})

describe('the formula', () => {
  test('knows what the commit protocol takes', () => {
    expect(operationsOf(3, 2)).toEqual(journey)
  })

  test.each([1, 10])('says the same as the lines, in batches of %i', (batch) => {
    const formula = formulaOf(measured, batch)
    const lines = totalOf(priced(linesOf(measured, batch)), 'counted', 'derived')
    expect(costBy(formula, 3, 2)).toBeCloseTo(lines, 8)
    const other = { ...measured, journey: operationsOf(1, 5), cpuMs: (12 / 6) * 7 }
    const others = totalOf(priced(linesOf(other, batch)), 'counted', 'derived')
    expect(costBy(formula, 1, 5)).toBeCloseTo(others, 8)
  })
})

describe('what stands beside it', () => {
  test('three million mails, or texts', () => {
    expect(sesPlans(3).map(({ usdPerMillion }) => Math.round(usdPerMillion))).toEqual([300, 480, 765])
    expect(textOffers(3).map(({ usdPerMillion }) => Math.round(usdPerMillion))).toEqual([26_490, 182_610])
  })

  test('the same journey by the transition and by the operation', () => {
    expect([transitionsOf(3, 2, 1, false), transitionsOf(3, 2, 1, true)]).toEqual([8, 14])
    expect([durableOperationsOf(3, 2, false), durableOperationsOf(3, 2, true)]).toEqual([6, 9])
    const [plain, marked, durable, claimed] = orchestrators(3, 2, 1).map(({ usdPerMillion }) => usdPerMillion)
    expect([plain, marked]).toEqual([200, 350])
    // 6 × 8, and 3 GB written and kept for two weeks; half as much again with claims.
    const data = 3 * 0.25 + 3 * 0.15 * (assumed('durableKeptDays') / assumed('daysOfMonth'))
    expect(durable).toBeCloseTo(48 + data, 10)
    expect(claimed).toBeCloseTo(72 + 1.5 * data, 10)
  })

  test('a month in which nothing happens', () => {
    const of = (name: string) => monthly().find((one) => one.name.startsWith(name))
    expect(of('SQS')?.usd).toBeCloseTo((assumed('emptyReceives') / 1_000_000) * 0.5, 10)
    expect(of('SQS')?.usdFree).toBe(0)
    expect(of('alarms')?.usd).toBeCloseTo(assumed('alarms') * 0.1, 10)
    expect(of('alarms')?.usdFree).toBeCloseTo((assumed('alarms') - 10) * 0.1, 10)
    expect(of('encryption')?.usd).toBe(0)
  })
})
