/**
 * When a customer's dates come up: birthdays, renewals, appointments.
 *
 * An *occurrence* is the calendar day on which the date is celebrated (a birthday's 14 March of this year); it is *due*
 * at the trigger's `at`, in the customer's zone, on that day moved by the trigger's offset. Due moments of different
 * windows never overlap, so a day is handed out once however the time line is cut into ticks.
 */
import { Temporal } from 'temporal-polyfill'
import type { Instant, Json } from './model.ts'
import type { DateTrigger } from './program.ts'
import { canonicalZone, instantOf, localDateTime, parseTimeOfDay } from './time.ts'

export interface Occurrence {
  dueAt: Instant
  /** `YYYY-MM-DD`. */
  occurrence: string
  /** The row days to look under for customers whose date this may be. */
  partitions: string[]
}

/** A date as a customer's attribute holds it. A birthday may lack its year. */
interface HeldDate {
  month: number
  day: number
  year?: number
}
type Held = HeldDate | { instant: Temporal.Instant }

/** How far the end of a month may move a day that months or years are added to; without them, a day for the zone. */
const SLACK_DAYS = { months: 5, days: 1 }

/** The occurrences that fall due after `afterAt` and not after `untilAt`, for customers of one zone, in order. */
export function occurrencesIn(
  trigger: DateTrigger,
  zone: string,
  afterAt: Instant,
  untilAt: Instant,
): Occurrence[] {
  const found: Occurrence[] = []
  for (const day of daysAround(trigger, zone, afterAt, untilAt)) {
    const dueAt = dueMoment(trigger, day, zone)
    if (dueAt <= afterAt || dueAt > untilAt) continue
    found.push({ dueAt, occurrence: day.toString(), partitions: partitionsFor(trigger, day) })
  }
  return found
}

/** Every day whose occurrence may be due in the window, and a few more. */
function* daysAround(trigger: DateTrigger, zone: string, afterAt: Instant, untilAt: Instant) {
  if (!(untilAt > afterAt)) return
  const back = offsetOf(trigger).negated()
  const slack = { days: back.months || back.years ? SLACK_DAYS.months : SLACK_DAYS.days }
  const last = dateOf(untilAt, zone).add(back).add(slack)
  let day = dateOf(afterAt, zone).add(back).subtract(slack)
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) yield day
}

/** When an occurrence is due: its day moved by the offset, at the trigger's time of day. */
export function occurrenceDueAt(trigger: DateTrigger, occurrence: string, zone: string): Instant | undefined {
  const day = parseDate(occurrence)
  return day && dueMoment(trigger, day, zone)
}

/** Whether the attribute, as it is now, means this occurrence: edited and removed dates do not come up. */
export function isDue(
  trigger: DateTrigger,
  value: Json | undefined,
  zone: string,
  occurrence: string,
): boolean {
  const day = parseDate(occurrence)
  const held = dateHeld(value, zone)
  return day !== undefined && held !== undefined && comesUpOn(trigger, held, day)
}

function comesUpOn(trigger: DateTrigger, held: HeldDate, day: Temporal.PlainDate): boolean {
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
  if (!('instant' in held)) {
    const monthDay = twoDigits(held.month, held.day)
    return held.year === undefined ? [monthDay] : [monthDay, isoOf({ ...held, year: held.year })]
  }
  const at = held.instant.epochMilliseconds
  const zones = zone === undefined ? ['Etc/GMT+12', 'UTC', 'Etc/GMT-14'] : [zone]
  const days = zones.map((name) => dateOf(at, name).toString())
  return [...new Set(days.flatMap((day) => [day.slice(-5), day]))]
}

/** The next moments at which a value of the attribute comes up, for showing them before they happen. */
export function nextOccurrences(
  trigger: DateTrigger,
  value: Json | undefined,
  zone: string,
  afterAt: Instant,
  untilAt: Instant,
): { dueAt: Instant; occurrence: string }[] {
  const held = dateHeld(value, zone)
  if (!held) return []
  const found: { dueAt: Instant; occurrence: string }[] = []
  for (const day of daysAround(trigger, zone, afterAt, untilAt)) {
    if (!comesUpOn(trigger, held, day)) continue
    const dueAt = dueMoment(trigger, day, zone)
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

function dueMoment(trigger: DateTrigger, day: Temporal.PlainDate, zone: string): Instant {
  const time = parseTimeOfDay(trigger.at) ?? new Temporal.PlainTime(9)
  return instantOf(day.add(offsetOf(trigger)).toPlainDateTime(time), zone)
}

function offsetOf(trigger: DateTrigger): Temporal.Duration {
  try {
    const { years, months, weeks, days } = Temporal.Duration.from(trigger.offset ?? 'P0D')
    return Temporal.Duration.from({ years, months, weeks, days })
  } catch {
    return new Temporal.Duration()
  }
}

/** Reads `YYYY-MM-DD`, `MM-DD`, `--MM-DD`, a local date and time, or an instant with its offset. */
function parseHeld(value: Json): Held | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  const yearless = /^(?:--)?(\d\d)-(\d\d)$/.exec(text)
  if (yearless) {
    const [month, day] = [Number(yearless[1]), Number(yearless[2])]
    return month >= 1 && month <= 12 && day >= 1 && day <= longestMonth(month) ? { month, day } : undefined
  }
  if (/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/i.test(text)) {
    try {
      return { instant: Temporal.Instant.from(text) }
    } catch {
      return undefined
    }
  }
  const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/i.test(text)
    ? parseDate(text)
    : undefined
  return date && fieldsOf(date)
}

/** The calendar date that an attribute holds, in the customer's zone. */
function dateHeld(value: Json | undefined, zone: string): HeldDate | undefined {
  const held = value === undefined ? undefined : parseHeld(value)
  return held && 'instant' in held ? fieldsOf(dateOf(held.instant.epochMilliseconds, zone)) : held
}

function parseDate(text: string): Temporal.PlainDate | undefined {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch {
    return undefined
  }
}

function fieldsOf(date: Temporal.PlainDate): { year: number; month: number; day: number } {
  return { year: date.year, month: date.month, day: date.day }
}

function dateOf(at: Instant, zone: string): Temporal.PlainDate {
  return localDateTime(at, canonicalZone(zone) ?? 'UTC').toPlainDate()
}

function isoOf({ year, month, day }: Required<HeldDate>): string {
  return `${String(year).padStart(4, '0')}-${twoDigits(month, day)}`
}

function longestMonth(month: number): number {
  return month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31
}

function twoDigits(month: number, day: number): string {
  return `${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
