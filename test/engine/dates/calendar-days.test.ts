/** Days of the calendar: what a line means, against luxon's own arithmetic; and when they come up around the earth. */
import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it, vi } from 'vitest'
import { dayDueAt, daysIn, daysUnderWay, isCalendarDay } from '../../../engine/calendar-day.ts'
import { readTrigger, triggerSchema } from '../../../engine/language/trigger.ts'
import { check } from '../../../engine/language/flaw.ts'
import type { CalendarTrigger } from '../../../engine/program.ts'
import { law } from '../law.ts'
import { local } from '../world.ts'
import { everyZone, luxonInstant } from './oracle.ts'

vi.setConfig({ testTimeout: 60_000 })

const HOUR = 3_600_000

function trigger(calendar: string, more: object = {}): CalendarTrigger {
  const read = check(triggerSchema, { calendar, ...more }, ['trigger'])
  const found = 'value' in read ? readTrigger(read.value, []) : undefined
  if (found?.kind !== 'calendar') throw new Error(`${calendar} is no day: ${JSON.stringify(read)}`)
  return found
}

const daysOf = (calendar: string, from: string, to: string, more: object = {}) => {
  const days: string[] = []
  const last = DateTime.fromISO(to, { zone: 'utc' })
  for (let day = DateTime.fromISO(from, { zone: 'utc' }); day <= last; day = day.plus({ days: 1 })) {
    const date = day.toISODate() ?? ''
    if (isCalendarDay(trigger(calendar, more), date)) days.push(date)
  }
  return days
}

describe('the days of', () => {
  it.each([
    ['12-20', '2026-01-01', '2028-12-31', ['2026-12-20', '2027-12-20', '2028-12-20']],
    ['2026-11-27', '2025-01-01', '2028-12-31', ['2026-11-27']],
    ['0 9 1 * *', '2026-11-15', '2027-03-15', ['2026-12-01', '2027-01-01', '2027-02-01', '2027-03-01']],
    ['0 9 * * mon#1', '2026-01-01', '2026-03-31', ['2026-01-05', '2026-02-02', '2026-03-02']],
    ['0 9 * * 5L', '2026-01-01', '2026-03-31', ['2026-01-30', '2026-02-27', '2026-03-27']],
    ['30 18 L 2,6 *', '2027-01-01', '2028-12-31', ['2027-02-28', '2027-06-30', '2028-02-29', '2028-06-30']],
    ['0 9 * nov fri#4', '2026-01-01', '2028-12-31', ['2026-11-27', '2027-11-26', '2028-11-24']],
    ['0 9 * * 0', '2026-03-01', '2026-03-15', ['2026-03-01', '2026-03-08', '2026-03-15']],
    ['0 9 * * 7', '2026-03-01', '2026-03-15', ['2026-03-01', '2026-03-08', '2026-03-15']],
    ['0 9 * * mon-wed', '2026-03-01', '2026-03-08', ['2026-03-02', '2026-03-03', '2026-03-04']],
    [
      '0 9 10-12,20 3 *',
      '2026-01-01',
      '2026-12-31',
      ['2026-03-10', '2026-03-11', '2026-03-12', '2026-03-20'],
    ],
  ])('%s', (calendar, from, to, days) => {
    expect(daysOf(calendar, from, to)).toEqual(days)
  })

  it.each([
    ['feb-28', ['2027-02-28', '2028-02-29', '2029-02-28']],
    ['mar-1', ['2027-03-01', '2028-02-29', '2029-03-01']],
    ['leap-years-only', ['2028-02-29']],
  ])('02-29 with %s', (leapDay, days) => {
    expect(daysOf('02-29', '2027-01-01', '2029-12-31', { leapDay })).toEqual(days)
  })
})

/** A line of cron, read by other means: as text, and with luxon's weeks and ends of months. */
function meant(line: string, day: DateTime): boolean {
  const [, , dom = '*', month = '*', dow = '*'] = line.split(' ')
  const parts = (field: string) => field.split(',')
  const inMonth = month === '*' || parts(month).some((one) => Number(one) === day.month)
  const last = day.endOf('month').day
  const onDay =
    dom === '*' || parts(dom).some((one) => (one === 'L' ? day.day === last : Number(one) === day.day))
  const onWeekday =
    dow === '*' ||
    parts(dow).some((one) => {
      const [number = '', nth] = one.split('#')
      const isLast = number.endsWith('L')
      if (Number(number.replace('L', '')) % 7 !== day.weekday % 7) return false
      if (isLast) return day.plus({ weeks: 1 }).month !== day.month
      return (
        nth === undefined ||
        (day.minus({ weeks: Number(nth) - 1 }).month === day.month &&
          day.minus({ weeks: Number(nth) }).month !== day.month)
      )
    })
  return inMonth && onDay && onWeekday
}

const listOf = (one: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.constant('*'),
    fc.uniqueArray(one, { minLength: 1, maxLength: 4 }).map((all) => all.join(',')),
  )
const number = (min: number, max: number) => fc.integer({ min, max }).map(String)
const weekday = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.constantFrom('', '#1', '#2', '#3', '#4', '#5', 'L'))
  .map(([day, nth]) => `${day}${nth}`)
const line = fc.oneof(
  fc
    .tuple(listOf(fc.oneof(number(1, 28), fc.constant('L'))), listOf(number(1, 12)))
    .map(([dom, month]) => `0 9 ${dom} ${month} *`),
  fc.tuple(listOf(number(1, 12)), listOf(weekday)).map(([month, dow]) => `0 9 * ${month} ${dow}`),
)

it('a line of cron means the days that it means by other means', () => {
  let meantDays = 0
  law(
    fc.property(line, fc.integer({ min: 2025, max: 2032 }), (text, year) => {
      const of = trigger(text)
      for (let day = DateTime.utc(year, 1, 1); day.year === year; day = day.plus({ days: 1 })) {
        const wanted = meant(text, day)
        if (wanted) meantDays++
        if (isCalendarDay(of, day.toISODate() ?? '') !== wanted)
          throw new Error(`${text} on ${day.toISODate()}`)
      }
    }),
    150,
  )
  expect(meantDays).toBeGreaterThan(1000)
})

describe('a day goes around the earth', () => {
  it('and comes up in every zone at nine, once', () => {
    const of = trigger('12-20')
    for (const zone of everyZone) {
      const dueAt = luxonInstant(zone, Date.UTC(2026, 11, 20, 9))
      expect(daysIn(of, zone, Date.UTC(2026, 5, 1), Date.UTC(2027, 5, 1)), zone).toEqual([
        { dueAt, occurrence: '2026-12-20' },
      ])
      // Neither before the first place, nor after the last.
      expect(dueAt).toBeGreaterThanOrEqual(dayDueAt(of, '2026-12-20', 'Etc/GMT-14') ?? 0)
      expect(dueAt).toBeLessThanOrEqual(dayDueAt(of, '2026-12-20', 'Etc/GMT+12') ?? 0)
    }
  })

  it('and is under way from its first place to its last', () => {
    const of = trigger('12-20')
    const underWay = (hours: number, sinceHours = hours - 0.25) => {
      const noon = Date.UTC(2026, 11, 20, 9)
      return daysUnderWay(of, noon + sinceHours * HOUR, noon + hours * HOUR)
    }
    expect(underWay(-14.1)).toEqual([])
    expect(underWay(-14)).toEqual(['2026-12-20'])
    expect(underWay(11.9)).toEqual(['2026-12-20'])
    expect(underWay(12.5)).toEqual([])
    expect(underWay(60, 11)).toEqual(['2026-12-20'])
    expect(local('2026-12-20T09:00', 'UTC')).toBe(Date.UTC(2026, 11, 20, 9))
  })
})
