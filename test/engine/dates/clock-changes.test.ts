/**
 * Every clock change of every zone from 2025 to 2030, and every quarter of an hour around it: waits and dates land on the
 * local time that the language promises, once.
 */
import { Temporal } from 'temporal-polyfill'
import { describe, expect, it, vi } from 'vitest'
import { nextOccurrences, occurrencesIn } from '../../../engine/calendar.ts'
import type { DateTrigger } from '../../../engine/program.ts'
import { addDuration, instantOf, nextLocalTime } from '../../../engine/time.ts'
import { type Change, changesOf, everyZone, instantShowing, luxonInstant, wallClock } from './oracle.ts'

vi.setConfig({ testTimeout: 120_000 })

const QUARTER = 15 * 60_000
const HOUR = 4 * QUARTER
const DAY = 24 * HOUR
const [from, to] = [Date.UTC(2025, 0, 1), Date.UTC(2031, 0, 1)]

const changesByZone = new Map(everyZone.map((zone) => [zone, changesOf(zone, from - DAY, to + DAY)]))

const once = (at: string): DateTrigger => ({
  kind: 'date',
  attribute: 'visit',
  every: 'once',
  at,
  leapDay: 'feb-28',
  past: 'skip',
})

/** Local times, as if they were UTC: those that come twice or never, and half an hour before and after. */
function* around({ at, beforeMs, afterMs }: Change) {
  const first = Math.floor((at + Math.min(beforeMs, afterMs)) / QUARTER) * QUARTER - 2 * QUARTER
  const last = at + Math.max(beforeMs, afterMs) + 2 * QUARTER
  for (let local = first; local <= last; local += QUARTER) yield local
}

interface Case {
  zone: string
  local: number
  wanted: number
  changes: readonly Change[]
}

function* everyCase(): Generator<Case> {
  for (const [zone, changes] of changesByZone) {
    for (const change of changes) {
      if (change.at < from || change.at >= to) continue
      for (const local of around(change))
        yield { zone, local, changes, wanted: instantShowing(zone, local, changes) }
    }
    // Zones whose clocks never change, and ordinary days of those that do.
    for (let local = from; local < to; local += 313 * DAY + 7 * QUARTER)
      for (const time of [local, local + 11 * HOUR])
        yield { zone, local: time, changes, wanted: instantShowing(zone, time, changes) }
  }
}

const cases = [...everyCase()]
const plain = (local: number) => Temporal.PlainDateTime.from(wallClock(local))

/** The first few that are wrong, so that a failure can be read. */
function wrong(check: (each: Case) => number | string | undefined): string[] {
  const found: string[] = []
  for (const each of cases) {
    const got = check(each)
    if (got === each.wanted) continue
    found.push(`${each.zone} ${wallClock(each.local)}: ${new Date(each.wanted).toISOString()}, not ${got}`)
    if (found.length === 5) break
  }
  return found
}

describe('every local time around every clock change', () => {
  const changes = [...changesByZone.values()].flat().filter(({ at }) => at >= from && at < to)

  it(`is looked at: ${cases.length} local times, ${changes.length} clock changes, ${everyZone.length} zones`, () => {
    expect(everyZone.length).toBeGreaterThan(400)
    expect(changes.length).toBeGreaterThan(1000)
    expect(cases.length).toBeGreaterThan(15_000)
    // Forward and back, by an hour and by half of one.
    const jumps = new Set(changes.map(({ beforeMs, afterMs }) => (afterMs - beforeMs) / HOUR))
    expect([...jumps]).toEqual(expect.arrayContaining([-1, -0.5, 0.5, 1]))
  })

  it('has the instant that the language promises', () => {
    expect(wrong(({ zone, local }) => instantOf(plain(local), zone))).toEqual([])
  })

  it('has the same instant in luxon, but for times that come twice or never, where luxon takes the later', () => {
    const different = cases.filter(({ zone, local, wanted }) => luxonInstant(zone, local) !== wanted)
    for (const { zone, local, wanted, changes } of different) {
      const change = changes.find(({ at }) => Math.abs(at - wanted) <= 3 * HOUR)
      const name = `${zone} ${wallClock(local)}`
      expect(change, name).toBeDefined()
      expect(luxonInstant(zone, local), name).toBeGreaterThan(wanted)
    }
    expect(different.every(({ local, changes }) => isOdd(local, changes))).toBe(true)
  })

  it('is where a wait of a day ends that began at that time the day before', () => {
    expect(
      wrong(({ zone, local, wanted, changes }) => {
        // What begins where the clock jumps begins at another time of day.
        if (isOdd(local - DAY, changes)) return wanted
        return addDuration(instantShowing(zone, local - DAY, changes), 'P1D', zone)
      }),
    ).toEqual([])
  })

  it('is the next one for a wait until that time of day, and the one after it is tomorrow', () => {
    expect(
      wrong(({ zone, local, wanted }) => nextLocalTime(wanted - 1, zone, { at: timeOf(local) })),
    ).toEqual([])
    expect(
      wrong(({ zone, local, wanted, changes }) => {
        if (!isOdd(local, changes)) return wanted
        const tomorrow = instantShowing(zone, local + DAY, changes)
        const next = nextLocalTime(wanted + 1, zone, { at: timeOf(local) })
        return next === tomorrow ? wanted : next
      }),
    ).toEqual([])
  })

  it('is when a date comes up, and it comes up once', () => {
    expect(
      wrong(({ zone, local, wanted }) => {
        const [day = '', at = ''] = wallClock(local).split('T')
        const found = nextOccurrences(once(at), day, zone, wanted - DAY, wanted + DAY)
        return found.length === 1 ? found[0]?.dueAt : `${found.length} times`
      }),
    ).toEqual([])
  })

  it('is in the one tick that it belongs to', () => {
    expect(
      wrong(({ zone, local, wanted, changes }) => {
        if (!isOdd(local, changes)) return wanted
        const day = wallClock(local).slice(0, 10)
        const found = [wanted - 1, wanted, wanted + QUARTER].flatMap((until, index, ticks) =>
          index === 0
            ? []
            : occurrencesIn(once(timeOf(local)), zone, ticks[index - 1] ?? until, until).filter(
                ({ occurrence }) => occurrence === day,
              ),
        )
        return found.length === 1 ? found[0]?.dueAt : `${found.length} times`
      }),
    ).toEqual([])
  })
})

const timeOf = (local: number) => wallClock(local).slice(11)

/** Times that come twice, or never. */
function isOdd(local: number, changes: readonly Change[]): boolean {
  return changes.some(
    ({ at, beforeMs, afterMs }) =>
      at + Math.min(beforeMs, afterMs) <= local && local < at + Math.max(beforeMs, afterMs),
  )
}
