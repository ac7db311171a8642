/** The pressure proofs at a size that CI has time for, and their laws, each of which has to be able to fail. */
import { spawnSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import { birthdayPressure } from '../../bench/pressure/birthdays.ts'
import { burstPressure } from '../../bench/pressure/burst.ts'
import { customerPressure } from '../../bench/pressure/customer.ts'
import { importPressure } from '../../bench/pressure/import.ts'
import { journeyPressure } from '../../bench/pressure/journeys.ts'
import {
  birthdayProblems,
  burstProblems,
  customerProblems,
  importProblems,
  journeyProblems,
  queueProblems,
} from '../../bench/pressure/laws.ts'
import { progressOn } from '../../bench/pressure/progress.ts'
import { queuePressure } from '../../bench/pressure/queue.ts'

// A machine with much else to do takes several times as long.
vi.setConfig({ testTimeout: 60_000 })
const quiet = () => {}

test('what waits weighs little, is handled once and in order over a restart, and leaves nothing', async () => {
  const figures = await queuePressure(56_000, quiet)
  expect(queueProblems(figures)).toEqual([])
  expect(figures).toMatchObject({ messages: 56_000, waitingAtRestart: 28_000, longestGroup: 560 })
  const { memory } = figures
  expect(memory.peakHeap - memory.startHeap).toBeLessThan(20 + 56_000 * 500e-6)
  const worse = { lost: 1, twice: 1, outOfOrder: 1, bytesPerMessage: 1200 }
  expect(queueProblems({ ...figures, ...worse })).toHaveLength(4)
  const grown = { ...memory, endHeap: memory.startHeap + 50, lastThirdHeap: memory.firstThirdHeap + 50 }
  expect(queueProblems({ ...figures, memory: grown })).toHaveLength(2)
})

test('an event of a customer with a long history costs what the first one did, but for journeys that have just ended', async () => {
  const figures = await customerPressure(400, 100, quiet, { journeys: 20, days: 12 })
  expect(customerProblems(figures)).toEqual([])
  const [early] = figures.atEvents
  expect(early?.asked).toEqual({ readUnits: 1, writeUnits: 1, reads: 1, writes: 1 })
  // They are read with every event until they are put away, by no more than a quarter of a unit each.
  const units = figures.atEndedJourneys.map(({ asked }) => asked.readUnits)
  expect(units[0]).toBe(1)
  expect(units.at(-1)).toBeGreaterThan(5)
  // Ten weigh too little to be moved.
  expect(figures.longAfter.map(({ asked, moving }) => [asked.readUnits, moving.writeUnits])).toEqual([
    [1, 0],
    [1, 201],
  ])
  expect(figures.longAfter.at(-1)?.entering).toEqual({ readUnits: 2, writeUnits: 3, reads: 2, writes: 3 })
  const [last] = figures.longAfter.slice(-1)
  if (!last) throw new Error('nothing was measured')
  const { asked, entering, moving } = last
  const worse = (more: object) => customerProblems({ ...figures, longAfter: [{ ...last, ...more }] })
  expect(worse({ asked: { ...asked, readUnits: 8 } })).toHaveLength(1)
  expect(worse({ entering: { ...entering, readUnits: 8 } })).toHaveLength(1)
  expect(worse({ moving: { ...moving, writeUnits: 480 } })).toHaveLength(1)
  const { daily } = figures
  const growing = daily.days.map((one) => ({ ...one, asked: { ...one.asked, readUnits: one.day * 1.2 } }))
  expect(customerProblems({ ...figures, daily: { ...daily, days: growing } })).not.toEqual([])
  const dearer = figures.atEvents.map(({ events, asked }) => ({
    events,
    asked: { ...asked, readUnits: events / 10 },
  }))
  expect(customerProblems({ ...figures, atEvents: dearer })).not.toEqual([])
})

test('a day of ticks reads who is due, however many are not', async () => {
  const runs = [
    await birthdayPressure(2000, 1600, quiet),
    await birthdayPressure(4000, 1600, quiet),
    await birthdayPressure(8000, 1600, quiet),
  ]
  expect(birthdayProblems(runs)).toEqual([])
  // Two pages in each of three zones, of 500 and of some more.
  expect(runs.map(({ asked }) => asked.reads)).toEqual([6, 6, 6])
  const [first, second, last] = runs
  if (!first || !second || !last) throw new Error('a run is missing')
  const asked = { ...last.asked, readUnits: last.asked.readUnits * 10 }
  expect(birthdayProblems([first, second, { ...last, asked }])).toHaveLength(2)
  expect(birthdayProblems([first, second, { ...last, handedOver: 1599 }])).toHaveLength(1)
})

test('rounds through all journeys of a workflow read each of them once, and nothing is written often', async () => {
  const figures = await journeyPressure(2000, quiet)
  expect(journeyProblems(figures)).toEqual([])
  const { sweep, publish, resume, counters } = figures
  expect([sweep.wakes, publish.wakes, resume.wakes]).toEqual([0, 2000, 2000])
  expect(counters).toMatchObject({ journeys: 300, minutes: 10 })
  expect(counters.writes).toBeGreaterThan(0)
  expect(journeyProblems({ ...figures, counters: { ...counters, writes: 60 } })).toHaveLength(1)
  expect(journeyProblems({ ...figures, resume: { ...resume, wakes: 1999 } })).toHaveLength(1)
})

test('a list of customers is imported whole, and costs what it must', async () => {
  const figures = await importPressure(2000, quiet)
  expect(importProblems(figures)).toEqual([])
  expect(figures).toMatchObject({ imported: 2000, refused: 0, wrong: 0 })
  const { product, writeUnits } = figures
  const worse = { imported: 1999, wrong: 1, writeUnits: writeUnits * 2 }
  expect(importProblems({ ...figures, ...worse })).toHaveLength(3)
  const grown = { ...product, peakHeap: product.startHeap + 150 }
  expect(importProblems({ ...figures, product: grown })).toHaveLength(1)
})

test('a burst is drained as fast as the account lets it, each mail once, in memory that does not grow with it', async () => {
  const figures = await burstPressure({ journeys: 600, processes: 4, perSecond: 50 }, quiet)
  expect(burstProblems(figures, 600, 50)).toEqual([])
  expect(figures).toMatchObject({ sent: 600, twice: 0, dead: 0 })
  // Table, queue, timers and provider are another process's: half a million journeys would not be seen here.
  expect(figures.memory.peakHeap).toBeLessThan(figures.memory.startHeap + 15)
  expect(burstProblems({ ...figures, twice: 1, dead: 1, drainMs: 90_000 }, 600, 50)).toHaveLength(3)
  const memory = { ...figures.memory, lastThirdHeap: figures.memory.firstThirdHeap + 16 }
  expect(burstProblems({ ...figures, memory }, 600, 50)).toHaveLength(1)
})

const pressure = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'bench/pressure.ts', ...args], { encoding: 'utf8' })

test('the command runs one proof at any size, as text or as JSON, and says what it does not take', () => {
  const told = pressure('--only', 'burst', '--size', '100')
  expect(told.stdout).toMatch(/^burst: 100 journeys due at once\n(?:.*\n)*.*every law holds/)
  expect(told.stderr).toBe('enrolling\nworking on the burst\n')
  const { stdout, status } = pressure('--only', 'burst', '--size', '100', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    proof: 'burst',
    size: 100,
    problems: [],
    figures: { sent: 100 },
  })
  expect(status).toBe(0)
  expect(pressure('--only', 'toast')).toMatchObject({ status: 2, stdout: '' })
  expect(pressure('--size', '100').stderr).toContain('say which with --only')
})

test('progress is a bar on a terminal, and a line for each part elsewhere', () => {
  const told = (isTTY: boolean) => {
    let text = ''
    const progress = progressOn({ isTTY, write: (more) => (text += more) })
    for (const done of [10, 20]) progress.show('counting', done, 40)
    progress.show('resting', 1, 1)
    progress.end()
    return text
  }
  expect(told(false)).toBe('counting\nresting\n')
  expect(told(true)).toContain(`${'█'.repeat(7)}${'░'.repeat(23)} counting: 10 of 40`)
  expect(told(true).endsWith('\r\x1b[K')).toBe(true)
})
