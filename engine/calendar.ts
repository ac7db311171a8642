/**
 * When a customer's dates come up: birthdays, renewals, appointments.
 *
 * An *occurrence* is what is celebrated: a calendar day (a birthday's 14 March of this year), or, where `once` has no `at`,
 * the moment that the value names (an appointment's 09:30). It is *due* at the trigger's `at` on that day, or at that very
 * moment, moved by the trigger's offset, in the customer's zone. Due moments of different windows never overlap, so an
 * occurrence is handed out once however the time line is cut into ticks.
 */
import { Temporal } from 'temporal-polyfill'
import { dateOf, dayOf, type Held, type HeldDay, isoOf, longestMonth } from './held-date.ts'
import { momentName, parseDate, parseHeld, twoDigits } from './held-date.ts'
import type { Instant, Json } from './model.ts'
import type { DateTrigger } from './program.ts'
import { instantOf, localDateTime, parseTimeOfDay } from './time.ts'

export interface Occurrence {
  dueAt: Instant
  /** The day itself, `YYYY-MM-DD`. */
  occurrence: string
  /** The row days to look under for customers whose date this may be. */
  partitions: string[]
}

/** When a date comes up for one customer. */
export interface Coming {
  dueAt: Instant
  occurrence: string
}

/** Days that have no time of their own come up at this hour. */
const USUAL_TIME = new Temporal.PlainTime(9)

/** How far the end of a month may move a day that months or years are added to; without them, a day for the zone. */
const SLACK_DAYS = { months: 5, days: 1 }

/** Whether a value with a time of day comes up at that time, and not at the same hour for everybody. */
export const keepsOwnTime = ({ every, at }: DateTrigger): boolean => every === 'once' && at === undefined

/** The days that fall due after `afterAt` and not after `untilAt`, for customers of one zone, in order. */
export function occurrencesIn(
  trigger: DateTrigger,
  zone: string,
  afterAt: Instant,
  untilAt: Instant,
): Occurrence[] {
  const found: Occurrence[] = []
  for (const day of daysAround(trigger, zone, afterAt, untilAt)) {
    const dueAt = dueOnDay(trigger, day, zone)
    if (dueAt <= afterAt || dueAt > untilAt) continue
    found.push({ dueAt, occurrence: day.toString(), partitions: partitionsFor(trigger, day) })
  }
  return found
}

/** Every day whose occurrence may be due in the window, and a few more. */
function* daysAround(trigger: DateTrigger, zone: string, afterAt: Instant, untilAt: Instant) {
  if (!(untilAt > afterAt)) return
  const { calendar, exactMs } = offsetOf(trigger)
  const back = calendar.negated()
  const slack = { days: back.months || back.years ? SLACK_DAYS.months : SLACK_DAYS.days }
  const last = dateOf(untilAt - exactMs, zone)
    .add(back)
    .add(slack)
  let day = dateOf(afterAt - exactMs, zone)
    .add(back)
    .subtract(slack)
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) yield day
}

/** When an occurrence is due: its day at the trigger's time of day, or its moment, moved by the offset. */
export function occurrenceDueAt(trigger: DateTrigger, occurrence: string, zone: string): Instant | undefined {
  const held = parseHeld(occurrence)
  if (!held) return undefined
  if (keepsOwnTime(trigger) && hasTime(held)) return dueAtMoment(trigger, held, zone)
  const { year, month, day } = dayOf(held, zone)
  return year === undefined
    ? undefined
    : dueOnDay(trigger, Temporal.PlainDate.from({ year, month, day }), zone)
}

/** The moment that an occurrence names, where it names one. */
export function momentOf(occurrence: string, zone: string): Instant | undefined {
  const held = parseHeld(occurrence)
  if (!held) return undefined
  if ('instant' in held) return held.instant.epochMilliseconds
  return 'local' in held ? instantOf(held.local, zone) : undefined
}

/** Whether the attribute, as it is now, means this occurrence: edited and removed dates do not come up. */
export function isDue(
  trigger: DateTrigger,
  value: Json | undefined,
  zone: string,
  occurrence: string,
): boolean {
  const held = parseHeld(value)
  if (!held) return false
  const moment = ownName(trigger, held)
  if (moment !== undefined) return moment === occurrence
  const day = parseDate(occurrence)
  return day?.toString() === occurrence && comesUpOn(trigger, dayOf(held, zone), day)
}

/** What comes up on a day for somebody whose attribute holds this value; undefined for what has a time of its own. */
export function comingOn(
  trigger: DateTrigger,
  value: Json | undefined,
  zone: string,
  day: string,
): Coming | undefined {
  const held = parseHeld(value)
  const date = parseDate(day)
  if (!held || !date || (keepsOwnTime(trigger) && hasTime(held))) return undefined
  if (!comesUpOn(trigger, dayOf(held, zone), date)) return undefined
  return { dueAt: dueOnDay(trigger, date, zone), occurrence: ownName(trigger, held) ?? day }
}

/**
 * What an occurrence is called where its day will not do: a day can have two moments, and an instant is on one day here
 * and on another there, which must not make two occurrences of it for somebody who travels.
 */
function ownName(trigger: DateTrigger, held: Held): string | undefined {
  const named = trigger.every === 'once' && (keepsOwnTime(trigger) || 'instant' in held)
  return named ? momentName(held) : undefined
}

const hasTime = (held: Held): boolean => 'local' in held || 'instant' in held

function comesUpOn(trigger: DateTrigger, held: HeldDay, day: Temporal.PlainDate): boolean {
  if (trigger.every === 'once') {
    return held.year === day.year && held.month === day.month && held.day === day.day
  }
  // A date that lies ahead comes up for the first time on the day itself, never in the years before.
  if (held.year !== undefined && day.toString() < isoOf({ ...held, year: held.year })) return false
  if (trigger.every === 'month') return Math.min(held.day, day.daysInMonth) === day.day
  if (held.month === 2 && held.day === 29 && !day.inLeapYear) return standsInForLeapDay(trigger, day)
  return held.month === day.month && held.day === day.day
}

/**
 * Under which row days an attribute that holds a date is indexed: `MM-DD` for dates that return, the full date for
 * those that do not. An instant falls on different days in different zones; without its zone it is indexed under each.
 */
export function datePartitions(value: Json, zone?: string): string[] {
  const held = parseHeld(value)
  if (!held) return []
  const places =
    'instant' in held && zone === undefined ? ['Etc/GMT+12', 'UTC', 'Etc/GMT-14'] : [zone ?? 'UTC']
  const partitions = places.flatMap((place) => {
    const { month, day, year } = dayOf(held, place)
    const monthDay = twoDigits(month, day)
    return year === undefined ? [monthDay] : [monthDay, isoOf({ month, day, year })]
  })
  return [...new Set(partitions)]
}

/**
 * Where a value with a time of day stands on the clock of its zone, so that who is due this quarter of an hour is found
 * without looking at the rest of the day. Undefined for a mere day.
 */
export function clockPlace(
  value: Json,
  zone: string,
): { day: string; time: string; instant: boolean } | undefined {
  const held = parseHeld(value)
  if (!held || !('local' in held || 'instant' in held)) return undefined
  const instant = 'instant' in held
  return { ...placeOf(instant ? localDateTime(held.instant.epochMilliseconds, zone) : held.local), instant }
}

/** From the first to the last `time` under each `day`: where to look for values that are due in the window, and a few more. */
export interface ClockRange {
  day: string
  from: string
  to: string
}

/**
 * @param zone the zone whose clock the rows are placed on
 * @param dueIn the customers' own, where it is another one
 */
export function clockRanges(
  trigger: DateTrigger,
  zone: string,
  afterAt: Instant,
  untilAt: Instant,
  dueIn: string = zone,
): ClockRange[] {
  if (!(untilAt > afterAt)) return []
  const { calendar, exactMs } = offsetOf(trigger)
  const spanMs = untilAt - afterAt
  const start = localDateTime(afterAt - exactMs, zone)
  const end = localDateTime(untilAt - exactMs, zone)
  // A clock that is put back shows some times twice: the window is as long as it is, whatever its two ends show.
  const slack = slackOf(calendar, zone !== dueIn)
  const back = calendar.negated()
  const first = earlier(start, end.subtract({ milliseconds: spanMs }))
    .add(back)
    .subtract(slack)
  const last = later(end, start.add({ milliseconds: spanMs }))
    .add(back)
    .add(slack)
  const ranges: ClockRange[] = []
  let day = first.toPlainDate()
  for (; Temporal.PlainDate.compare(day, last.toPlainDate()) <= 0; day = day.add({ days: 1 })) {
    const from = day.equals(first.toPlainDate()) ? placeOf(first).time : '00:00:00'
    const to = day.equals(last.toPlainDate()) ? placeOf(last).time : '23:59:59'
    ranges.push({ day: day.toString(), from, to })
  }
  return ranges
}

function slackOf({ years, months, weeks, days }: Temporal.Duration, elsewhere: boolean) {
  if (years || months) return { days: SLACK_DAYS.months }
  // The day before, on two clocks of which one may change in between.
  return { hours: elsewhere && (weeks || days) ? 26 : 0 }
}

/** The next moments at which a value of the attribute comes up, for showing them before they happen. */
export function nextOccurrences(
  trigger: DateTrigger,
  value: Json | undefined,
  zone: string,
  afterAt: Instant,
  untilAt: Instant,
): Coming[] {
  const held = parseHeld(value)
  if (!held) return []
  const occurrence = ownName(trigger, held)
  if (occurrence !== undefined) {
    const dueAt = occurrenceDueAt(trigger, occurrence, zone)
    return dueAt !== undefined && dueAt > afterAt && dueAt <= untilAt ? [{ dueAt, occurrence }] : []
  }
  const own = dayOf(held, zone)
  const found: Coming[] = []
  for (const day of daysAround(trigger, zone, afterAt, untilAt)) {
    if (!comesUpOn(trigger, own, day)) continue
    const dueAt = dueOnDay(trigger, day, zone)
    if (dueAt > afterAt && dueAt <= untilAt) found.push({ dueAt, occurrence: day.toString() })
  }
  return found
}

function partitionsFor(trigger: DateTrigger, day: Temporal.PlainDate): string[] {
  if (trigger.every === 'once') return [day.toString()]
  if (trigger.every === 'year') {
    const own = twoDigits(day.month, day.day)
    return standsInForLeapDay(trigger, day) ? [own, '02-29'] : [own]
  }
  // The last day of a short month also stands for the days that the month lacks.
  const days = [day.day]
  if (day.day === day.daysInMonth)
    for (let lacking = day.day + 1; lacking <= 31; lacking++) days.push(lacking)
  const partitions: string[] = []
  for (let month = 1; month <= 12; month++) {
    for (const each of days) if (each <= longestMonth(month)) partitions.push(twoDigits(month, each))
  }
  return partitions
}

function standsInForLeapDay(trigger: DateTrigger, day: Temporal.PlainDate): boolean {
  if (day.inLeapYear || trigger.leapDay === 'leap-years-only') return false
  return trigger.leapDay === 'mar-1' ? day.month === 3 && day.day === 1 : day.month === 2 && day.day === 28
}

function dueOnDay(trigger: DateTrigger, day: Temporal.PlainDate, zone: string): Instant {
  const time = (trigger.at === undefined ? undefined : parseTimeOfDay(trigger.at)) ?? USUAL_TIME
  const { calendar, exactMs } = offsetOf(trigger)
  return instantOf(day.add(calendar).toPlainDateTime(time), zone) + exactMs
}

function dueAtMoment(trigger: DateTrigger, held: Held, zone: string): Instant | undefined {
  if (!('local' in held || 'instant' in held)) return undefined
  const { calendar, exactMs } = offsetOf(trigger)
  // Hours before an instant are hours before it, whatever the clock on the wall does.
  if ('instant' in held && calendar.blank) return held.instant.epochMilliseconds + exactMs
  const local = 'local' in held ? held.local : localDateTime(held.instant.epochMilliseconds, zone)
  return instantOf(local.add(calendar), zone) + exactMs
}

/** Days and longer are counted on the calendar, hours and shorter exactly. */
function offsetOf(trigger: DateTrigger): { calendar: Temporal.Duration; exactMs: number } {
  try {
    const whole = Temporal.Duration.from(trigger.offset ?? 'PT0S')
    const { years, months, weeks, days } = whole
    const exact = whole.with({ years: 0, months: 0, weeks: 0, days: 0 })
    return {
      calendar: Temporal.Duration.from({ years, months, weeks, days }),
      exactMs: Math.round(exact.total('milliseconds')),
    }
  } catch {
    return { calendar: new Temporal.Duration(), exactMs: 0 }
  }
}

const placeOf = (local: Temporal.PlainDateTime) => ({
  day: local.toPlainDate().toString(),
  time: local.toPlainTime().toString({ smallestUnit: 'second' }),
})

const earlier = (one: Temporal.PlainDateTime, other: Temporal.PlainDateTime) =>
  Temporal.PlainDateTime.compare(one, other) <= 0 ? one : other
const later = (one: Temporal.PlainDateTime, other: Temporal.PlainDateTime) =>
  Temporal.PlainDateTime.compare(one, other) >= 0 ? one : other
