/** What one of each kind of work asks of AWS, to the call: whoever changes it changes docs/benchmarks.md with it. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { costOfLoad, type LoadCost, tableOfLoads } from '../../bench/cost/load-costs.ts'
import { countLoads, type Load } from '../../bench/cost/loads.ts'

let costs: LoadCost[]
beforeAll(async () => {
  costs = (await countLoads()).map(costOfLoad)
}, 60_000)

const of = (name: RegExp): LoadCost => {
  const found = costs.find(({ load }) => name.test(load.name))
  if (!found) throw new Error(`there is no load ${name}`)
  return found
}
const asked = (name: RegExp) => {
  const { calls, operations } = of(name).load
  return { ...calls, writeUnits: operations.writeUnits, readUnits: operations.readUnits }
}

test('the page of benchmarks holds the table as it is counted', () => {
  const page = readFileSync('docs/benchmarks.md', 'utf8')
  for (const line of tableOfLoads(costs)) expect(page).toContain(`${line}\n`)
})

test('each kind of work asks what the commit protocol says, and nothing besides', () => {
  const one = { 'dynamodb.Query': 1, 'sqs.SendMessage': 1, readUnits: 1 }
  expect(asked(/nobody listens/)).toEqual({ ...one, 'dynamodb.PutItem': 1, writeUnits: 1 })
  expect(asked(/a purchase to its mail/)).toEqual({
    ...one,
    'dynamodb.PutItem': 3,
    writeUnits: 3,
    'sesv2.SendEmail': 1,
  })
  expect(asked(/starts a wait/)).toEqual({
    ...one,
    'dynamodb.PutItem': 2,
    writeUnits: 2,
    'scheduler.CreateSchedule': 1,
  })
  expect(asked(/a wait that ends/)).toEqual({
    ...{ 'dynamodb.Query': 1, 'dynamodb.PutItem': 2, 'sesv2.SendEmail': 1 },
    ...{ readUnits: 1, writeUnits: 2 },
  })
  expect(asked(/standard journey/)).toMatchObject({ writeUnits: 7, readUnits: 3, 'sesv2.SendEmail': 3 })
  // A night reads three rows of a customer at half a unit for 4 KB, and writes nothing of theirs.
  expect(of(/nightly sweep/).load.calls).toEqual({})
  expect(asked(/nightly sweep/).readUnits).toBeLessThan(0.1)
})

test('messages that share a request are sent together, and received and deleted in batches all the same', () => {
  const { load, counted } = of(/a hundred a request/)
  expect(load.operations).toMatchObject({ httpRequests: 0.01, messagesSent: 1 })
  expect(load.operations.queueSends).toBeLessThanOrEqual(0.2)
  const requests = load.operations.queueSends + 0.2
  const bill = 0.625 + 0.125 + requests * 0.5 + 0.01 * 1 + (0.01 + 0.1) * 0.2
  expect(counted.full).toBeCloseTo(bill, 8)
  expect(counted.worst - counted.full).toBeCloseTo(1.8 * 0.5 + 0.9 * 0.2, 8)
})

test('one price of each thing: a mail and its time stand beside what is counted', () => {
  const { counted, derived, provider } = of(/a purchase to its mail/)
  expect(provider).toBe(100)
  expect(counted.full).toBeCloseTo(3 * 0.625 + 0.125 + 1.2 * 0.5 + 1 + 1.1 * 0.2, 8)
  expect(derived.full).toBeGreaterThan(0)
  expect(derived.worst).toBeGreaterThan(derived.full)
  // An SMS asks the same of everything but its provider.
  const text = of(/to its SMS/)
  expect(text.counted).toEqual(counted)
  expect(text.provider).toBe(8830)
  const more: Load = { ...of(/a purchase to its mail/).load, cpuMs: 1000 }
  expect(costOfLoad(more).counted).toEqual(counted)
  expect(costOfLoad(more).derived.full).toBeGreaterThan(derived.full)
})
