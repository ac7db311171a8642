/** Durations that are always as long: weeks of seven days of 24 hours, hours, minutes. Months and years are not. */
import { Temporal } from 'temporal-polyfill'

/** Milliseconds of an ISO 8601 duration; undefined when the calendar decides. */
export function fixedLengthMs(iso: string): number | undefined {
  const span = Temporal.Duration.from(iso)
  if (span.years !== 0 || span.months !== 0) return undefined
  const rest = span.with({ weeks: 0 })
  return Math.round(rest.total('milliseconds') + span.weeks * 7 * 86_400_000)
}
