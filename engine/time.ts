/** Durations, zones and local times: where UTC instants meet the wall clock of a customer. Nothing here throws. */
import { Temporal } from 'temporal-polyfill'
import type { Customer, Instant, Settings } from './model.ts'
import type { Duration, Weekday } from './program.ts'

const WEEKDAYS: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** Longer than any care journey; a guard against years that no calendar can count. */
const LONGEST_DAYS = 36_525

const UNITS: { [word: string]: 'years' | 'months' | 'weeks' | 'days' | 'hours' | 'minutes' | 'seconds' } = {
  year: 'years',
  month: 'months',
  week: 'weeks',
  day: 'days',
  hour: 'hours',
  minute: 'minutes',
  second: 'seconds',
}

/**
 * Reads `3 days`, `90 minutes`, `1 week`, `-7 days` or ISO 8601 (`P3D`).
 * @returns ISO 8601 text, or undefined when it is no duration, or one beyond a hundred years.
 */
export function parseDuration(text: string): string | undefined {
  const duration = worded(text) ?? iso(text)
  if (!duration) return undefined
  try {
    const days = duration.total({ unit: 'days', relativeTo: '2001-01-01' })
    return Math.abs(days) <= LONGEST_DAYS ? duration.toString() : undefined
  } catch {
    return undefined
  }
}

function worded(text: string): Temporal.Duration | undefined {
  const match = /^([+-]?\d{1,9})\s*([a-z]+?)s?$/i.exec(text.trim())
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '']
  // Adding zero turns the -0 of "-0 days" into 0.
  return match && unit ? Temporal.Duration.from({ [unit]: Number(match[1]) + 0 }) : undefined
}

function iso(text: string): Temporal.Duration | undefined {
  if (!/^[+-]?P/.test(text.trim())) return undefined
  try {
    return Temporal.Duration.from(text.trim())
  } catch {
    return undefined
  }
}

/** Whether a duration is counted on the calendar of a zone: days and longer. */
export function countsDays(duration: Duration | undefined): boolean {
  const { years, months, weeks, days } = (duration !== undefined && iso(duration)) || new Temporal.Duration()
  return [years, months, weeks, days].some((each) => each !== 0)
}

/**
 * Adds a duration: days and longer on the calendar of the zone (10:00 stays 10:00 over a clock change, 31 January plus
 * a month is the last of February), hours and shorter exactly.
 */
export function addDuration(at: Instant, duration: Duration, zone: string): Instant {
  const parsed = iso(duration)
  if (!parsed) return at
  try {
    const { years, months, weeks, days } = parsed
    const exactMs = parsed.with({ years: 0, months: 0, weeks: 0, days: 0 }).total('milliseconds')
    // Without a calendar part the local clock is not consulted: an hour that is there twice stays the one it was.
    if (!years && !months && !weeks && !days) return Math.round(at + exactMs)
    const local = localDateTime(at, zone).add({ years, months, weeks, days })
    return Math.round(instantOf(local, zone) + exactMs)
  } catch {
    return at
  }
}

/**
 * The first moment at or after `at` that is `rule.at` o'clock on an allowed weekday. Without `rule.at` the time of day
 * of `at` is kept. A local time that the clock jumps over is the first moment after the jump; one that comes twice is
 * the first of the two.
 */
export function nextLocalTime(
  at: Instant,
  zone: string,
  rule: { at?: string | undefined; on?: Weekday[] | undefined },
): Instant {
  const start = localDateTime(at, zone)
  const time = rule.at === undefined ? undefined : parseTimeOfDay(rule.at)
  const allowed = rule.on?.length ? rule.on : WEEKDAYS
  if (!time && allowed.includes(weekdayOf(start))) return at
  // Two weeks: a weekday may be lost once, when a zone leaves out a whole day.
  for (let days = 0; days <= 14; days++) {
    const candidate = start.add({ days }).withPlainTime(time ?? start.toPlainTime())
    if (!allowed.includes(weekdayOf(candidate))) continue
    const instant = instantOf(candidate, zone)
    const day = candidate.toPlainDate()
    if (instant >= at && (localDate(instant, zone) === day.toString() || isDayOf(day, zone))) return instant
  }
  return at
}

/** Whether a zone has this day: some have moved over the date line and left one out. */
function isDayOf(day: Temporal.PlainDate, zone: string): boolean {
  return localDate(instantOf(day.toPlainDateTime(NOON), zone), zone) === day.toString()
}

const NOON = new Temporal.PlainTime(12)

/** Reads `HH:MM`. */
export function parseTimeOfDay(text: string): Temporal.PlainTime | undefined {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim())
  return match ? new Temporal.PlainTime(Number(match[1]), Number(match[2])) : undefined
}

/** The customer's calendar date, `YYYY-MM-DD`. */
export function localDate(at: Instant, zone: string): string {
  const minute = Math.floor(at / 60_000)
  // Offsets have been whole minutes everywhere since 1972, so that a date holds for the minute.
  if (minute < SINCE_WHOLE_MINUTES) return localDateTime(at, zone).toPlainDate().toString()
  const key = `${minute} ${zone}`
  const known = datesOfMinutes.get(key)
  if (known !== undefined) return known
  if (datesOfMinutes.size >= 1000) datesOfMinutes.clear()
  const date = localDateTime(at, zone).toPlainDate().toString()
  datesOfMinutes.set(key, date)
  return date
}

const SINCE_WHOLE_MINUTES = 1_051_200
const datesOfMinutes = new Map<string, string>()

/** The wall clock of a zone at an instant. */
export function localDateTime(at: Instant, zone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(canonicalZone(zone) ?? 'UTC')
    .toPlainDateTime()
}

/** The instant of a wall-clock time: the first of two, or the first moment after a jump that left it out. */
export function instantOf(local: Temporal.PlainDateTime, zone: string): Instant {
  const id = canonicalZone(zone) ?? 'UTC'
  const earlier = local.toZonedDateTime(id, { disambiguation: 'earlier' })
  if (earlier.toPlainDateTime().equals(local)) return earlier.epochMilliseconds
  // The clock jumps between these two: look for the moment. (Temporal's own search for it reads the ambient clock.)
  let before = earlier.epochMilliseconds
  let after = local.toZonedDateTime(id, { disambiguation: 'later' }).epochMilliseconds
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (Temporal.PlainDateTime.compare(localDateTime(middle, id), local) < 0) before = middle
    else after = middle
  }
  return after
}

/** The zone that a customer's local times are in: their own, or the deployment's where theirs is missing or unknown. */
export function zoneOf(customer: Customer, settings: Settings): string {
  return zoneWithNote(customer, settings).zone
}

/** As {@link zoneOf}, with the zone that had to be ignored because no such zone exists. */
export function zoneWithNote(customer: Customer, settings: Settings): { zone: string; ignored?: string } {
  const own = customer.profile.timezone
  const zone = canonicalZone(own ?? '')
  if (zone) return { zone }
  const fallback = canonicalZone(settings.defaultTimezone) ?? 'UTC'
  return own ? { zone: fallback, ignored: String(own).slice(0, 40) } : { zone: fallback }
}

const zones = new Map<string, string | undefined>()

/** The IANA zone that a text names, in its usual spelling; undefined when there is none. Offsets are no zones. */
export function canonicalZone(text: string): string | undefined {
  if (zones.has(text)) return zones.get(text)
  // Customers bring these texts; the memo must not grow with them.
  if (zones.size > 1000) zones.clear()
  let zone: string | undefined
  try {
    if (/^[A-Za-z]/.test(text)) zone = new Temporal.ZonedDateTime(0n, text).timeZoneId
  } catch {
    zone = undefined
  }
  zones.set(text, zone)
  return zone
}

/** `2026-03-26 16:00`, for people. */
export function formatLocal(at: Instant, zone: string): string {
  return localDateTime(at, zone).toString({ smallestUnit: 'minute' }).replace('T', ' ')
}

/** ISO 8601 in UTC with milliseconds, so that texts compare like the instants they name. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString()
}

function weekdayOf(local: Temporal.PlainDateTime): Weekday {
  return WEEKDAYS[local.dayOfWeek - 1] ?? 'mon'
}
