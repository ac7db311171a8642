/** Dates that come up: leap days, offsets, short months, clock changes, and every way to cut time into ticks. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  datePartitions,
  isDue,
  nextOccurrences,
  occurrenceDueAt,
  occurrencesIn,
} from '../../engine/calendar.ts'
import type { Json } from '../../engine/model.ts'
import type { DateTrigger } from '../../engine/program.ts'
import { formatLocal } from '../../engine/time.ts'
import { law } from './law.ts'
import { local, ROME } from './world.ts'

// Many cases; the machine may be busy with other things.
vi.setConfig({ testTimeout: 60_000 })

const trigger = (more: Partial<DateTrigger> = {}): DateTrigger => ({
  kind: 'date',
  attribute: 'birthday',
  every: 'year',
  at: '09:00',
  leapDay: 'feb-28',
  past: 'skip',
  ...more,
})
const HOUR = 3_600_000
const start = local('2025-01-01T00:00')
const end = local('2033-01-01T00:00')
const shown = (of: DateTrigger, value: Json, from = start, to = end, zone = ROME) =>
  nextOccurrences(of, value, zone, from, to).map(({ dueAt }) => formatLocal(dueAt, zone))

describe('29 February over eight years', () => {
  const years = [2025, 2026, 2027, 2028, 2029, 2030, 2031, 2032]
  it.each([
    ['feb-28', years.map((year) => (year % 4 === 0 ? `${year}-02-29` : `${year}-02-28`))],
    ['mar-1', years.map((year) => (year % 4 === 0 ? `${year}-02-29` : `${year}-03-01`))],
    ['leap-years-only', ['2028-02-29', '2032-02-29']],
  ] as const)('%s', (leapDay, days) => {
    const of = trigger({ leapDay })
    for (const value of ['1996-02-29', '02-29', '--02-29']) {
      expect(shown(of, value)).toEqual(days.map((day) => `${day} 09:00`))
    }
  })

  it.each(['feb-28', 'mar-1', 'leap-years-only'] as const)(
    '%s leaves the neighbors their own day',
    (leapDay) => {
      for (const day of ['02-28', '03-01']) {
        expect(shown(trigger({ leapDay }), `1990-${day}`)).toEqual(
          years.map((year) => `${year}-${day} 09:00`),
        )
      }
    },
  )

  it('before the year 2100, which is no leap year', () => {
    const [from, to] = [local('2099-12-31T00:00'), local('2101-01-01T00:00')]
    expect(shown(trigger(), '02-29', from, to)).toEqual(['2100-02-28 09:00'])
  })
})

describe('an occurrence', () => {
  it.each([
    ['a week before', { offset: '-P7D' }, '1990-03-03', '2026-02-24 09:00'],
    ['a month before the 31st', { offset: '-P1M' }, '1990-03-31', '2026-02-28 09:00'],
    ['days after', { offset: 'P3D' }, '1990-12-30', '2026-01-02 09:00'],
    ['at a time that is left out', { at: '02:30' }, '1990-03-29', '2026-03-29 03:00'],
    ['at a time that comes twice', { at: '02:30' }, '1990-10-25', '2026-10-25 02:30'],
    ['with a time of its own', {}, '1990-03-14T18:30', '2026-03-14 09:00'],
  ])('%s', (_, more, value, expected) => {
    expect(shown(trigger(more), value, local('2026-01-01T00:00'), local('2026-12-31T00:00'))[0]).toBe(
      expected,
    )
  })

  it('takes the first of two equal local times', () => {
    const due = occurrenceDueAt(trigger({ at: '02:30' }), '2026-10-25', ROME)
    expect(due).toBe(Date.UTC(2026, 9, 25, 0, 30))
  })

  it('of a date ahead is not celebrated before it', () => {
    expect(shown(trigger(), '2028-05-01').slice(0, 2)).toEqual(['2028-05-01 09:00', '2029-05-01 09:00'])
  })

  it('of a month comes on the last day where the month is shorter', () => {
    const months = shown(trigger({ every: 'month' }), '2026-01-31', start, local('2026-05-31T00:00'))
    expect(months).toEqual(['2026-01-31 09:00', '2026-02-28 09:00', '2026-03-31 09:00', '2026-04-30 09:00'])
  })

  it('of once may be an instant, which is the day that it is for the customer', () => {
    const late = '2026-05-04T22:30:00Z'
    expect(shown(trigger({ every: 'once', offset: '-P1D' }), late)).toEqual(['2026-05-04 09:00'])
    expect(shown(trigger({ every: 'once' }), late, start, end, 'America/New_York')).toEqual([
      '2026-05-04 09:00',
    ])
    expect(shown(trigger({ every: 'once' }), '2026-05-04T22:30:00+14:00', start, end, 'UTC')).toEqual([
      '2026-05-04 09:00',
    ])
  })

  it.each([
    '',
    'soon',
    '2026-02-30',
    '2025-02-29',
    '13-01',
    '00-10',
    '2026-13-01',
    '2026-05-04T25:00',
    '2026-05-04T10:00:00+99:00',
    'P1D',
    '2026-W10-1',
    42,
    null,
    true,
    ['2026-05-04'],
    { date: '2026-05-04' },
  ])('never comes from %j', (value) => {
    expect(datePartitions(value)).toEqual([])
    for (const every of ['year', 'month', 'once'] as const)
      expect(shown(trigger({ every }), value)).toEqual([])
  })

  it('is gone when the attribute was edited or removed', () => {
    expect(isDue(trigger(), '1990-03-14', ROME, '2026-03-14')).toBe(true)
    expect(isDue(trigger(), '1990-03-15', ROME, '2026-03-14')).toBe(false)
    expect(isDue(trigger(), undefined, ROME, '2026-03-14')).toBe(false)
    expect(isDue(trigger(), '1990-03-14', ROME, 'nonsense')).toBe(false)
  })

  it('in a zone that nobody knows is computed in UTC, without a throw', () => {
    expect(occurrencesIn(trigger(), 'Mars/Phobos', start, start + 24 * HOUR)).toEqual(
      occurrencesIn(trigger(), 'UTC', start, start + 24 * HOUR),
    )
  })
})

const zone = fc.constantFrom(
  ROME,
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Sao_Paulo',
)
const anyTrigger = fc
  .record({
    every: fc.constantFrom('year' as const, 'month' as const, 'once' as const),
    leapDay: fc.constantFrom('feb-28' as const, 'mar-1' as const, 'leap-years-only' as const),
    at: fc.constantFrom('00:00', '00:30', '02:15', '02:30', '09:00', '23:59'),
    offset: fc.constantFrom('P0D', '-P7D', 'P3D', '-P1M', 'P1Y', '-P1M1D', 'P2W'),
  })
  .map(trigger)
const moment = fc.integer({ min: start, max: local('2030-12-31T00:00') })

describe('ticks', () => {
  it('hand out every occurrence once, however the time line is cut', () => {
    law(
      fc.property(
        anyTrigger,
        zone,
        moment,
        fc.array(fc.integer({ min: 0, max: 20 * 24 * HOUR }), { minLength: 1, maxLength: 6 }),
        (of, where, from, widths) => {
          const cuts = [from]
          for (const width of widths) cuts.push((cuts.at(-1) ?? from) + width)
          const until = cuts.at(-1) ?? from
          const apart = cuts
            .slice(1)
            .flatMap((cut, index) => occurrencesIn(of, where, cuts[index] ?? from, cut))
          const whole = occurrencesIn(of, where, from, until)
          expect(apart).toEqual(whole)
          expect(new Set(whole.map(({ occurrence }) => occurrence)).size).toBe(whole.length)
          for (const { dueAt } of whole) expect(dueAt > from && dueAt <= until).toBe(true)
        },
      ),
    )
  })

  it('that end exactly on a due moment hand it out, and the next ones do not', () => {
    law(
      fc.property(anyTrigger, zone, moment, (of, where, from) => {
        const until = from + 12 * 24 * HOUR
        const whole = occurrencesIn(of, where, from, until)
        const cuts = [from, ...whole.map(({ dueAt }) => dueAt), until]
        const apart = cuts
          .slice(1)
          .flatMap((cut, index) => occurrencesIn(of, where, cuts[index] ?? from, cut))
        expect(apart).toEqual(whole)
      }),
      30,
    )
  })

  it('look for leap-day children on the day that stands in, and in leap years on no other', () => {
    const rows = (leapDay: DateTrigger['leapDay'], year: number) =>
      occurrencesIn(trigger({ leapDay }), ROME, local(`${year}-02-27T12:00`), local(`${year}-03-01T12:00`))
        .filter(({ partitions }) => partitions.includes('02-29'))
        .map(({ occurrence }) => occurrence)
    for (const leapDay of ['feb-28', 'mar-1', 'leap-years-only'] as const) {
      expect(rows(leapDay, 2028)).toEqual(['2028-02-29'])
    }
    expect(rows('feb-28', 2026)).toEqual(['2026-02-28'])
    expect(rows('mar-1', 2026)).toEqual(['2026-03-01'])
    expect(rows('leap-years-only', 2026)).toEqual([])
  })

  it('miss no occurrence: each is within the window of its own due moment', () => {
    law(
      fc.property(anyTrigger, zone, moment, (of, where, at) => {
        const occurrence = formatLocal(at, 'UTC').slice(0, 10)
        const dueAt = occurrenceDueAt(of, occurrence, where) ?? 0
        const due = occurrencesIn(of, where, dueAt - 1, dueAt)
        const found = due.some((each) => each.occurrence === occurrence)
        expect(found).toBe(true)
      }),
    )
  })

  it('look under every row day that a due date is indexed under, and only real ones', () => {
    const value = fc.oneof(
      fc
        .date({ min: new Date(Date.UTC(1930, 0)), max: new Date(Date.UTC(2030, 0)), noInvalidDate: true })
        .chain((date) => {
          const iso = date.toISOString()
          return fc.constantFrom(iso, iso.slice(0, 10), iso.slice(5, 10), iso.slice(0, 16))
        }),
      fc.constantFrom('02-29', '1996-02-29', '2026-01-31', '12-31'),
    )
    law(
      fc.property(anyTrigger, zone, moment, value, (of, where, from, held) => {
        const span = of.every === 'year' ? 366 : 62
        for (const { occurrence, partitions } of occurrencesIn(of, where, from, from + span * 24 * HOUR)) {
          if (!isDue(of, held, where, occurrence)) continue
          for (const rows of [datePartitions(held), datePartitions(held, where)]) {
            expect(rows.filter((row) => partitions.includes(row)).length, occurrence).toBeGreaterThan(0)
          }
        }
      }),
      60,
    )
  })

  it('come once a year for every birthday but leap days of leap-years-only', () => {
    law(
      fc.property(zone, fc.integer({ min: 0, max: 364 }), (where, day) => {
        const date = formatLocal(Date.UTC(1990, 0, 1) + day * 24 * HOUR, 'UTC').slice(0, 10)
        const [from, to] = [local('2026-01-01T00:00', where), local('2028-01-01T00:00', where)]
        expect(nextOccurrences(trigger(), date, where, from, to)).toHaveLength(2)
      }),
      20,
    )
  })
})

describe('row days', () => {
  it.each([
    ['1990-03-14', ['03-14', '1990-03-14']],
    ['03-14', ['03-14']],
    ['--03-14', ['03-14']],
    ['02-29', ['02-29']],
    ['2026-05-04T09:00', ['05-04', '2026-05-04']],
    ['2026-05-04T09:00:00Z', ['05-03', '2026-05-03', '05-04', '2026-05-04']],
    ['2026-05-04T11:00:00Z', ['05-03', '2026-05-03', '05-04', '2026-05-04', '05-05', '2026-05-05']],
  ])('%s', (value, rows) => {
    expect(datePartitions(value)).toEqual(rows)
  })

  it('of an instant are those of its zone, where it is known', () => {
    expect(datePartitions('2026-05-04T22:30:00Z', ROME)).toEqual(['05-05', '2026-05-05'])
  })
})
