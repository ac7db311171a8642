/** Which days dates come up on: leap days, short months, offsets over the ends of years; against plain arithmetic. */
import { DateTime } from 'luxon'
import { describe, expect, it, vi } from 'vitest'
import { comingOn, nextOccurrences, occurrencesIn } from '../../../engine/calendar.ts'
import type { DateTrigger } from '../../../engine/program.ts'
import { luxonInstant } from './oracle.ts'

vi.setConfig({ testTimeout: 60_000 })

const DAY = 86_400_000
const years = [2025, 2026, 2027, 2028, 2029, 2030, 2031, 2032]
const zones = ['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Kiritimati']
const [from, to] = [Date.UTC(2025, 0, 1) - 2 * DAY, Date.UTC(2033, 0, 1) + 2 * DAY]

const trigger = (more: Partial<DateTrigger>): DateTrigger => ({
  kind: 'date',
  attribute: 'birthday',
  every: 'year',
  at: '09:00',
  leapDay: 'feb-28',
  past: 'skip',
  ...more,
})

const day = (utc: number) => new Date(utc).toISOString().slice(0, 10)
const isLeap = (year: number) => new Date(Date.UTC(year, 1, 29)).getUTCDate() === 29

/** As the language promises it: which day of each year. */
const leapRules: { [rule in DateTrigger['leapDay']]: (year: number) => string | undefined } = {
  'feb-28': (year) => (isLeap(year) ? `${year}-02-29` : `${year}-02-28`),
  'mar-1': (year) => (isLeap(year) ? `${year}-02-29` : `${year}-03-01`),
  'leap-years-only': (year) => (isLeap(year) ? `${year}-02-29` : undefined),
}

const offsets: [string | undefined, (of: string) => string][] = [
  [undefined, (of) => of],
  ['-P7D', (of) => DateTime.fromISO(of, { zone: 'utc' }).minus({ days: 7 }).toISODate() ?? ''],
  ['P1D', (of) => DateTime.fromISO(of, { zone: 'utc' }).plus({ days: 1 }).toISODate() ?? ''],
  ['-P1M', (of) => DateTime.fromISO(of, { zone: 'utc' }).minus({ months: 1 }).toISODate() ?? ''],
  ['P10M', (of) => DateTime.fromISO(of, { zone: 'utc' }).plus({ months: 10 }).toISODate() ?? ''],
]

/** All that comes up, as seen by one customer and as seen by the tick, must be these days at nine in the zone. */
function holds(of: DateTrigger, value: string, wanted: string[], moved: (of: string) => string) {
  for (const [index, zone] of zones.entries()) {
    const expected = wanted.map((occurrence) => ({
      occurrence,
      dueAt: luxonInstant(zone, Date.parse(`${moved(occurrence)}T09:00:00Z`)),
    }))
    const inside = expected.filter(({ dueAt }) => dueAt > from && dueAt <= to)
    expect(nextOccurrences(of, value, zone, from, to), `${value} in ${zone}`).toEqual(inside)
    // The tick works out every day there is, which takes its time: one zone a case, and two years.
    if ((wanted.length + value.length + (of.offset?.length ?? 0) + index) % 4 !== 0) continue
    const window = (due: number) => due > from && due <= from + 800 * DAY
    const ticked = occurrencesIn(of, zone, from, from + 800 * DAY).flatMap(
      ({ occurrence }) => comingOn(of, value, zone, occurrence) ?? [],
    )
    expect(ticked, `${value} in ${zone}, by ticks`).toEqual(inside.filter(({ dueAt }) => window(dueAt)))
  }
}

describe('29 February, from 2025 to 2032, in all corners of the world', () => {
  const rules = ['feb-28', 'mar-1', 'leap-years-only'] as const
  it.each(rules.flatMap((rule) => offsets.map(([offset, moved]) => [rule, offset, moved] as const)))(
    '%s with an offset of %s',
    (leapDay, offset, moved) => {
      const of = trigger({ leapDay, ...(offset === undefined ? {} : { offset }) })
      // The year before and after belong to offsets that cross the ends of the span.
      const wanted = [2024, ...years, 2033].flatMap((year) => leapRules[leapDay](year) ?? [])
      holds(of, offset === undefined ? '02-29' : '1996-02-29', wanted, moved)
    },
  )
})

describe('months that are too short', () => {
  it.each([29, 30, 31])('the %dth comes up on it, or on the last day', (of) => {
    const wanted = [2024, ...years, 2033].flatMap((year) =>
      Array.from({ length: 12 }, (_, month) => {
        const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
        return day(Date.UTC(year, month, Math.min(of, last)))
      }),
    )
    holds(trigger({ every: 'month' }), `2020-01-${of}`, wanted, (same) => same)
    holds(trigger({ every: 'month', offset: '-P7D' }), `2020-01-${of}`, wanted, (due) =>
      day(Date.parse(due) - 7 * DAY),
    )
  })
})

describe('offsets over the end of the year', () => {
  it.each([
    ['01-03', '-P7D', -7],
    ['12-30', 'P3D', 3],
    ['12-31', 'P1D', 1],
    ['01-01', '-P1D', -1],
    ['03-01', '-P1D', -1],
    ['02-28', 'P1D', 1],
  ])('%s moved by %s', (value, offset, days) => {
    const wanted = [2024, ...years, 2033].map((year) => `${year}-${value}`)
    holds(trigger({ offset }), value, wanted, (due) => day(Date.parse(due) + days * DAY))
  })

  it('a month before the 31st is the last day of a shorter month', () => {
    const wanted = [2024, ...years, 2033].map((year) => `${year}-03-31`)
    holds(
      trigger({ offset: '-P1M' }),
      '03-31',
      wanted,
      (due) => leapRules['feb-28'](Number(due.slice(0, 4))) ?? '',
    )
  })
})

it('a day that a zone left out comes up at the first moment after it', () => {
  // Samoa went from 29 to 31 December 2011.
  const found = nextOccurrences(
    trigger({}),
    '1990-12-30',
    'Pacific/Apia',
    Date.UTC(2011, 11, 1),
    Date.UTC(2012, 0, 31),
  )
  expect(found).toEqual([{ occurrence: '2011-12-30', dueAt: Date.UTC(2011, 11, 30, 10) }])
})
