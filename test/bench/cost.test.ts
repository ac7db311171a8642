import { beforeAll, expect, test } from 'vitest'
import { type Cost, costOfCounted } from '../../bench/cost/cost.ts'
import { countJourneys } from '../../bench/cost/count.ts'
import { costBy, operationsOf } from '../../bench/cost/formula.ts'
import { GOAL_USD, totalOf } from '../../bench/cost/model.ts'
import { renderCost } from '../../bench/cost/report.ts'

let cost: Cost
beforeAll(async () => {
  cost = costOfCounted(await countJourneys(20, 5))
}, 60_000)

test('what a journey takes is what the commit protocol promises', () => {
  expect(cost.counted.journey).toEqual(operationsOf(3, 2))
  expect(cost.counted.shorter).toEqual(operationsOf(2, 1))
})

test('what is on the meter stays within the goal when Lambda gets full batches', () => {
  const [full] = cost.batches
  expect(full.batch).toBe(10)
  expect(totalOf(full.lines, 'counted')).toBeLessThanOrEqual(GOAL_USD)
})

test('the functions write nothing about a journey that goes well', () => {
  expect(cost.counted.logBytes).toBe(0)
})

test('rows stay below a kilobyte, and the sweep reads them all', () => {
  const { event, journey } = cost.counted.keptBytes
  expect(journey).toBeLessThan(1024 + 100)
  expect(event).toBeLessThan(1024)
  // Half a unit for 4 KB of both; the overhead of storage is not read.
  const read = (event + journey - 200) / 8192
  expect(cost.counted.sweep.readUnits).toBeGreaterThan(read * 0.7)
  expect(cost.counted.sweep.readUnits).toBeLessThan(read * 1.3)
})

test('reports of SES are counted, too', () => {
  const { bounce, complaint, delivery, send } = cost.counted.report
  // Of a mail that is known to be sent, it is no news that it was.
  expect([bounce, complaint, delivery, send].map(({ writeUnits }) => writeUnits)).toEqual([2, 2, 1, 0])
  for (const report of [bounce, complaint, delivery]) expect(report.queueSends).toBe(1)
  for (const report of [bounce, complaint, delivery, send]) expect(report.httpRequests).toBe(0)
})

test('the totals are the sums of their lines, and the formula agrees with them', () => {
  for (const { lines, running, kept, total, formula } of cost.batches) {
    const sum = lines.reduce((all, { usdPerMillion }) => all + usdPerMillion, 0)
    expect(total).toBeCloseTo(sum, 8)
    expect(running + kept).toBeCloseTo(total, 8)
    expect(costBy(formula, 3, 2)).toBeCloseTo(running, 6)
  }
})

test('the report says whether the goal is reached, by the figures that it shows', () => {
  const text = renderCost(cost)
  cost.batches.forEach(({ batch, total, running }, index) => {
    expect(cost.goal.reached[index]).toBe(total <= GOAL_USD)
    expect(cost.goal.reachedRunning[index]).toBe(running <= GOAL_USD)
    const verdict = total <= GOAL_USD ? 'reached' : 'missed'
    expect(text).toContain(`${total.toFixed(2)} in batches of ${batch}, ${verdict}`)
  })
  for (const { name } of [
    ...cost.batches[0].lines,
    ...cost.monthly,
    ...cost.ses,
    ...cost.texts,
    ...cost.orchestrators,
  ])
    expect(text).toContain(name)
  expect(text).toContain(`list prices of ${cost.pricesOn}`)
  expect(JSON.parse(JSON.stringify(cost))).toEqual(cost)
})
