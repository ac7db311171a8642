/** When a story says that something happens, as an instant. */
import { Temporal } from 'temporal-polyfill'
import type { Instant } from './model.ts'
import type { Given } from './simulate.ts'
import { addDuration, instantOf, parseDuration } from './time.ts'

/** When something is given to happen: an instant, a local time of the customer, or a span after the one before. */
export function givenAt(given: Given, previous: Instant, zone: string): Instant | undefined {
  if ('at' in given) return parseMoment(given.at, zone)
  const duration = parseDuration(given.after)
  return duration === undefined ? undefined : addDuration(previous, duration, zone)
}

/** Reads `2026-03-26T16:00`, `2026-03-26 16:00` or `2026-03-26` in the zone, or an instant that names its offset. */
export function parseMoment(text: string, zone: string): Instant | undefined {
  const moment = text.trim().replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T')
  try {
    if (/(?:Z|[+-]\d\d:?\d\d)$/i.test(moment) && moment.includes('T')) {
      return Temporal.Instant.from(moment).epochMilliseconds
    }
    return instantOf(Temporal.PlainDateTime.from(moment, { overflow: 'reject' }), zone)
  } catch {
    return undefined
  }
}
