/** Local times over every clock change of zones with odd rules, and durations. */
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, it, vi } from 'vitest'
import type { Weekday } from '../../engine/program.ts'
import {
  addDuration,
  instantOf,
  localDate,
  localDateTime,
  nextLocalTime,
  parseDuration,
  zoneOf,
  zoneWithNote,
} from '../../engine/time.ts'
import { law } from './law.ts'
import { customer, local, settings } from './world.ts'

// Many cases; the machine may be busy with other things.
vi.setConfig({ testTimeout: 60_000 })

const HOUR = 3_600_000
const DAY = 24 * HOUR
const ZONES = [
  'Europe/Rome',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Sao_Paulo',
]
const from = Date.UTC(2025, 0, 1)
const to = Date.UTC(2031, 0, 1)
const DAYS: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

const offsetAt = (at: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6

/** Every clock change from 2025 to 2030, found without Temporal's search, which reads the ambient clock. */
function changesOf(zone: string): number[] {
  const changes: number[] = []
  for (let at = from; at < to; at += 6 * HOUR) {
    if (offsetAt(at, zone) === offsetAt(at + 6 * HOUR, zone)) continue
    let [low, high] = [at, at + 6 * HOUR]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (offsetAt(middle, zone) === offsetAt(low, zone)) low = middle
      else high = middle
    }
    changes.push(high)
  }
  return changes
}
const clockChanges = new Map(ZONES.map((zone) => [zone, changesOf(zone)]))
const wall = (at: number, zone: string) => localDateTime(at, zone).toString({ smallestUnit: 'minute' })
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

describe('clock changes', () => {
  it('are really in the tables that these tests walk through', () => {
    const counts = Object.fromEntries([...clockChanges].map(([zone, changes]) => [zone, changes.length]))
    // Morocco moves its clocks with the moon; some years have three changes.
    expect(counts['Africa/Casablanca']).toBeGreaterThanOrEqual(12)
    expect(counts).toMatchObject({
      'Europe/Rome': 12,
      'America/New_York': 12,
      'Australia/Lord_Howe': 12,
      'Asia/Kathmandu': 0,
      'Pacific/Apia': 0,
      'America/Sao_Paulo': 0,
    })
  })

  // Every quarter of an hour of the night, when clocks change, and some of the day.
  const minutes = [...Array(20).keys()].map((quarter) => quarter * 15).concat([300, 540, 720, 1290, 1425])
  it.each(ZONES)('give the promised local time in %s', (zone) => {
    const changes = clockChanges.get(zone) ?? []
    const around = changes.length > 0 ? changes : [Date.UTC(2026, 2, 29, 1)]
    for (const change of around) {
      const before = offsetAt(change - 1, zone)
      const after = offsetAt(change, zone)
      for (const minute of minutes) {
        for (const start of [change - 30 * HOUR, change - HOUR, change - 1, change, change + 20 * 60_000]) {
          const next = nextLocalTime(start, zone, { at: clock(minute) })
          expect(next).toBeGreaterThanOrEqual(start)
          const shown = wall(next, zone).slice(11)
          if (shown !== clock(minute)) {
            // Only a time that the clock jumped over may differ, and then it is the very moment of the jump.
            expect(next).toBe(change)
            expect(after).toBeGreaterThan(before)
            const jumped = `${localDate(next, zone)}T${clock(minute)}`
            expect(jumped >= wall(change - 60_000, zone) && jumped < wall(change, zone)).toBe(true)
          } else {
            // Of a time that comes twice it is the first: an hour less does not show the same.
            const repeated = before - after
            if (repeated > 0) expect(wall(next - repeated, zone)).not.toBe(wall(next, zone))
          }
        }
      }
    }
  })

  it.each([
    ['a gap', 'Europe/Rome', '2026-03-29T01:00', '02:30', '2026-03-29T03:00'],
    ['a gap gone by', 'Europe/Rome', '2026-03-29T03:01', '02:30', '2026-03-30T02:30'],
    ['half an hour of gap', 'Australia/Lord_Howe', '2026-10-04T01:00', '02:15', '2026-10-04T02:30'],
    ['Ramadan', 'Africa/Casablanca', '2026-03-22T01:00', '02:30', '2026-03-22T03:00'],
  ])('%s', (_, zone, start, at, expected) => {
    expect(wall(nextLocalTime(local(start, zone), zone, { at }), zone)).toBe(expected)
  })

  it('take the first of two', () => {
    const first = Date.UTC(2026, 9, 25, 0, 30)
    expect(nextLocalTime(first - HOUR, 'Europe/Rome', { at: '02:30' })).toBe(first)
    // In between the two, the next one is tomorrow's.
    expect(nextLocalTime(first + 1, 'Europe/Rome', { at: '02:30' })).toBe(local('2026-10-26T02:30'))
  })
})

const at = fc.integer({ min: from, max: to })
const zone = fc.constantFrom(...ZONES)
const rule = fc.record({
  at: fc.option(fc.integer({ min: 0, max: 1439 }).map(clock), { nil: undefined }),
  on: fc.option(fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 }), { nil: undefined }),
})

describe('nextLocalTime', () => {
  it('never goes back, comes to rest, and keeps the order', () => {
    law(
      fc.property(at, fc.integer({ min: 0, max: 40 * DAY }), zone, rule, (start, gap, where, asked) => {
        const next = nextLocalTime(start, where, asked)
        expect(next).toBeGreaterThanOrEqual(start)
        expect(next - start).toBeLessThanOrEqual(9 * DAY)
        expect(nextLocalTime(next, where, asked)).toBe(next)
        if (asked.at !== undefined) {
          expect(nextLocalTime(start + gap, where, asked)).toBeGreaterThanOrEqual(next)
        }
        const day = DAYS[localDateTime(next, where).dayOfWeek - 1]
        if (asked.on) expect(asked.on).toContain(day)
      }),
    )
  })

  it('takes the first: no earlier moment fits', () => {
    law(
      fc.property(at, zone, fc.integer({ min: 0, max: 1439 }), (start, where, minute) => {
        const next = nextLocalTime(start, where, { at: clock(minute) })
        const first = Math.ceil(start / 60_000) * 60_000
        for (let probe = first; probe < next; probe += 60_000) {
          if (wall(probe, where).slice(11) !== clock(minute)) continue
          // Shown earlier only where the hour comes twice and the first one had gone by.
          expect(instantOf(localDateTime(probe, where), where)).toBeLessThan(start)
        }
      }),
      20,
    )
  })

  it('keeps the time of day when only weekdays are asked for', () => {
    const saturday = local('2026-03-28T16:20')
    expect(nextLocalTime(saturday, 'Europe/Rome', { on: ['mon'] })).toBe(local('2026-03-30T16:20'))
    expect(nextLocalTime(saturday, 'Europe/Rome', { on: ['sat'] })).toBe(saturday)
  })

  it('goes past a day that a zone left out', () => {
    const start = local('2011-12-29T12:00', 'Pacific/Apia')
    expect(wall(nextLocalTime(start, 'Pacific/Apia', { at: '10:00' }), 'Pacific/Apia')).toBe(
      '2011-12-31T10:00',
    )
    expect(wall(nextLocalTime(start, 'Pacific/Apia', { at: '10:00', on: ['fri'] }), 'Pacific/Apia')).toBe(
      '2012-01-06T10:00',
    )
  })
})

describe('durations', () => {
  it.each([
    ['3 days', 'P3D'],
    ['1 day', 'P1D'],
    ['90 minutes', 'PT90M'],
    ['2 hours', 'PT2H'],
    ['1 week', 'P1W'],
    ['2 months', 'P2M'],
    ['1 year', 'P1Y'],
    ['-7 days', '-P7D'],
    ['P3D', 'P3D'],
    ['PT1.5H', 'PT1H30M'],
    ['-P1M', '-P1M'],
    [' 3  Days ', 'P3D'],
  ])('%s is %s', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })

  it.each([
    '',
    'soon',
    '3',
    'days',
    '3 fortnights',
    'P',
    'PT',
    '3 days 2 hours',
    '1e3 days',
    '1.5 days',
    '101 years',
    '999999999 days',
    'P1H',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it.each([
    ['a day over the change keeps the hour', '2026-03-28T10:00', 'P1D', '2026-03-29T10:00'],
    ['24 hours do not', '2026-03-28T10:00', 'PT24H', '2026-03-29T11:00'],
    ['a day into the gap is the first moment after', '2026-03-28T02:30', 'P1D', '2026-03-29T03:00'],
    ['a month from the 31st is the last of the next', '2026-01-31T10:00', 'P1M', '2026-02-28T10:00'],
    ['a year from a leap day', '2028-02-29T10:00', 'P1Y', '2029-02-28T10:00'],
    ['a week', '2026-10-20T10:00', 'P1W', '2026-10-27T10:00'],
    ['days and hours', '2026-03-28T10:00', 'P1DT2H', '2026-03-29T12:00'],
    ['backwards', '2026-03-30T10:00', '-P1D', '2026-03-29T10:00'],
  ])('%s', (_, start, duration, expected) => {
    expect(wall(addDuration(local(start), duration, 'Europe/Rome'), 'Europe/Rome')).toBe(expected)
  })

  it('of hours are exact in the hour that comes twice', () => {
    const second = Date.UTC(2026, 9, 25, 1, 30)
    expect(addDuration(second, 'PT1H', 'Europe/Rome') - second).toBe(HOUR)
    expect(addDuration(second, 'P0D', 'Europe/Rome')).toBe(second)
  })

  it('go forward, and keep the order', () => {
    const duration = fc.constantFrom('PT1M', 'PT2H', 'P1D', 'P3D', 'P1W', 'P1M', 'P1Y', 'P1DT1H')
    law(
      fc.property(
        at,
        fc.integer({ min: 2 * HOUR, max: 40 * DAY }),
        zone,
        duration,
        (start, gap, where, span) => {
          const end = addDuration(start, span, where)
          expect(end).toBeGreaterThan(start)
          // Two starts further apart than any repeated hour stay in order; month ends may meet.
          expect(addDuration(start + gap, span, where)).toBeGreaterThanOrEqual(
            end - (/[MY]/.test(span) ? 3 * DAY : 0),
          )
        },
      ),
    )
  })
})

describe('zones', () => {
  it.each([
    ['Europe/Rome', 'Europe/Rome', undefined],
    ['europe/rome', 'Europe/Rome', undefined],
    ['Mars/Phobos', 'UTC', 'Mars/Phobos'],
    ['+02:00', 'UTC', '+02:00'],
    ['2020-01-01T00:00[Europe/Rome]', 'UTC', '2020-01-01T00:00[Europe/Rome]'],
    ['', 'UTC', undefined],
  ])('%s → %s', (timezone, expected, ignored) => {
    expect(zoneWithNote(customer({ timezone }), settings)).toEqual(
      ignored === undefined ? { zone: expected } : { zone: expected, ignored },
    )
  })

  it('fall back once more where the deployment names no zone either', () => {
    expect(zoneOf(customer({ timezone: 'x' }), { ...settings, defaultTimezone: 'y' })).toBe('UTC')
  })

  it('never make anything throw', () => {
    law(
      fc.property(fc.string(), fc.string(), at, (where, span, start) => {
        expect(addDuration(start, span, where)).toBeTypeOf('number')
        expect(nextLocalTime(start, where, { at: span })).toBeGreaterThanOrEqual(start)
        expect(localDate(start, where)).toMatch(/^\d{4}-/)
      }),
    )
  })
})
