/** When a story says that something happens, as an instant. */
import { Temporal } from 'temporal-polyfill'
import { dateHint } from './date-slips.ts'
import type { Instant } from './model.ts'
import type { Given } from './simulate.ts'
import { addDuration, instantOf, parseDuration } from './time.ts'

/** When something is given to happen: an instant, a local time of the customer, or a span after the one before. */
function givenAt(given: Given, previous: Instant, zone: string): Instant | undefined {
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

/** How a text that was meant as a time is to be written. */
export function momentHint(text: string): string {
  const [day = '', time] = text.trim().split(/[ T](?=\d{1,2}:\d\d)/)
  const better = dateHint(day)
  return better === undefined || time === undefined
    ? (better ?? 'Write it as 2026-03-26T16:00, in the time of the customer.')
    : better.replace(/(\d)\.$/, `$1T${time.padStart(5, '0')}.`)
}

/** A thing that is given, at its moment. */
export interface Placed {
  at: Instant
  given: Given
  order: number
}

/** What is given in the order in which it happens, and what names no time. */
export function inOrder(
  events: readonly Given[],
  start: Instant | undefined,
  zone: string,
): { placed: Placed[]; timeless: Given[] } {
  const placed: Placed[] = []
  const timeless: Given[] = []
  let previous = start
  for (const [order, given] of events.entries()) {
    const at = givenAt(given, previous ?? 0, zone)
    if (at === undefined) timeless.push(given)
    else placed.push({ at, given, order })
    previous = at ?? previous
  }
  placed.sort((one, other) => one.at - other.at || one.order - other.order)
  return { placed, timeless }
}
