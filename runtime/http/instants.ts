/** Times as the outside writes them: ISO 8601 with offset, on a day and at an hour that exist. */
import type { Instant, JsonObject } from '../../engine/model.ts'

const instantText =
  /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:(Z)|([+-])(\d{2}):?(\d{2}))$/
const dateText = /^(\d{4})-(\d{2})-(\d{2})$/

/** Is this `YYYY-MM-DD` a day of the calendar? */
export function isDay(text: string): boolean {
  const [, year, month, day] = dateText.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

/** The instant that a text names, or what is wrong with the text. */
export function readInstant(text: string): { at: Instant } | { flaw: string } {
  const parts = instantText.exec(text)
  if (!parts) return { flaw: 'Must be an ISO 8601 time with offset, for example 2026-03-26T16:00:00+01:00.' }
  const [
    ,
    day = '',
    hour,
    minute,
    second = '0',
    fraction = '',
    ,
    sign,
    offsetHour = '0',
    offsetMinute = '0',
  ] = parts
  if (!isDay(day)) return { flaw: `There is no day ${day}.` }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return { flaw: 'There is no such time of day.' }
  const offsetMinutes = Number(offsetHour) * 60 + Number(offsetMinute)
  if (offsetMinutes > 18 * 60 || Number(offsetMinute) > 59) return { flaw: 'There is no such offset.' }
  const local =
    Date.parse(`${day}T00:00:00Z`) +
    ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 +
    Number(fraction.padEnd(3, '0').slice(0, 3))
  return { at: local - (sign === '-' ? -1 : 1) * offsetMinutes * 60_000 }
}

/** How the outside reads instants. */
export const isoTime = (at: Instant): string => new Date(at).toISOString()

/** Values of a decision for the outside: the instants among them (`until`, `from`) as times. */
export function shownValues(values: JsonObject): JsonObject {
  const shown = { ...values }
  for (const name of ['until', 'from'])
    if (typeof shown[name] === 'number') shown[name] = isoTime(shown[name])
  return shown
}
