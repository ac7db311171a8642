/** Days of the calendar that are the same for everybody, each at the customers' own local time. */
import { Temporal } from 'temporal-polyfill'
import type { Coming } from './calendar.ts'
import { evaluateCondition } from './condition.ts'
import { dateOf, parseDate } from './held-date.ts'
import type { CareEvent, Customer, Instant, Settings } from './model.ts'
import type { CalendarTrigger, Program } from './program.ts'
import { formatInstant, instantOf, localDate, parseTimeOfDay, zoneOf } from './time.ts'
import { attributesOf } from './variables.ts'

/** The type of the event that says so. */
export const DAY_REACHED = 'calendar.reached'

/** Where a day begins first, and where last. */
const FIRST_ZONE = 'Etc/GMT-14'
const LAST_ZONE = 'Etc/GMT+12'

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** Whether the trigger means this day. */
export function isCalendarDay({ days, leapDay }: CalendarTrigger, date: string): boolean {
  const day = parseDate(date)
  if (day?.toString() !== date) return false
  if ('date' in days) return days.date === date
  if (days.months && !days.months.includes(day.month)) return standsIn(days.months, days.days, leapDay, day)
  if (days.weekdays) return days.weekdays.some((rule) => isWeekday(rule, day))
  if (!days.days) return true
  const named = days.days.some((one) => (one === 'last' ? day.daysInMonth : one) === day.day)
  return named || standsIn(days.months, days.days, leapDay, day)
}

/** 29 February is kept on the day that `leapDay` says, as a customer's own date is. */
function standsIn(
  months: readonly number[] | undefined,
  days: readonly (number | 'last')[] | undefined,
  leapDay: CalendarTrigger['leapDay'],
  day: Temporal.PlainDate,
): boolean {
  if (months?.join() !== '2' || days?.join() !== '29' || day.inLeapYear) return false
  if (leapDay === 'feb-28') return day.month === 2 && day.day === 28
  return leapDay === 'mar-1' && day.month === 3 && day.day === 1
}

function isWeekday({ on, nth }: { on: string; nth?: number | 'last' }, day: Temporal.PlainDate): boolean {
  if (WEEKDAYS[day.dayOfWeek - 1] !== on) return false
  if (nth === undefined) return true
  return nth === 'last' ? day.day + 7 > day.daysInMonth : Math.ceil(day.day / 7) === nth
}

/** When a day of the calendar comes up in a zone. */
export function dayDueAt({ at }: CalendarTrigger, date: string, zone: string): Instant | undefined {
  const day = parseDate(date)
  return day && instantOf(day.toPlainDateTime(parseTimeOfDay(at) ?? new Temporal.PlainTime(9)), zone)
}

/** The days that come up in a zone after `afterAt` and not after `untilAt`. */
export function daysIn(trigger: CalendarTrigger, zone: string, afterAt: Instant, untilAt: Instant): Coming[] {
  const found: Coming[] = []
  const last = dateOf(untilAt, zone).add({ days: 1 })
  let day = dateOf(afterAt, zone).subtract({ days: 1 })
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    const occurrence = day.toString()
    if (!isCalendarDay(trigger, occurrence)) continue
    const dueAt = dayDueAt(trigger, occurrence, zone)
    if (dueAt !== undefined && dueAt > afterAt && dueAt <= untilAt) found.push({ dueAt, occurrence })
  }
  return found
}

/** The days that have come up somewhere by `now`, and were still to come up somewhere at `sinceAt`. */
export function daysUnderWay(trigger: CalendarTrigger, sinceAt: Instant, now: Instant): string[] {
  return daysIn(trigger, LAST_ZONE, sinceAt, now + 48 * 3_600_000)
    .filter(({ occurrence }) => (dayDueAt(trigger, occurrence, FIRST_ZONE) ?? now + 1) <= now)
    .map(({ occurrence }) => occurrence)
}

export function dayReached(workflow: string, customerId: string, { dueAt, occurrence }: Coming): CareEvent {
  const id = `calendar:${workflow}:${occurrence}`
  return { id, type: DAY_REACHED, customerId, at: dueAt, data: { occurrence } }
}

/** When the day that an event speaks of comes up where the customer is now, if that is still ahead: they have moved. */
export function comesLater(
  { trigger }: Program,
  event: CareEvent,
  customer: Customer,
  settings: Settings,
  now: Instant,
): Instant | undefined {
  if (trigger.kind !== 'calendar' || event.type !== DAY_REACHED) return undefined
  const dueAt = dayDueAt(trigger, String(event.data.occurrence ?? ''), zoneOf(customer, settings))
  return dueAt !== undefined && dueAt > now ? dueAt : undefined
}

/** Whether a customer is in the audience now. */
export function inAudience(
  { trigger }: Program,
  customer: Customer,
  settings: Settings,
  now: Instant,
): boolean {
  if (trigger.audience === undefined) return true
  const timezone = zoneOf(customer, settings)
  return evaluateCondition(trigger.audience, {
    customer: attributesOf(customer.profile),
    now: formatInstant(now),
    today: localDate(now, timezone),
    timezone,
  }).value
}
