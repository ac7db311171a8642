/** When an expectation wants something, and what happened then instead. */
import { parseMoment } from '../given-time.ts'
import type { TimelineEntry } from '../simulate.ts'
import type { Instant } from '../model.ts'
import { formatLocal, localDate } from '../time.ts'
import type { ExpectationWords } from './schema.ts'
import { around, whole } from './story.ts'

/** To the minute; a date without a time is the whole day. */
export function atMatches({ at }: ExpectationWords, happenedAt: Instant, zone: string): boolean {
  if (at === undefined) return true
  const wanted = parseMoment(at, zone)
  if (wanted === undefined) return false
  return /^\d{4}-\d\d-\d\d$/.test(at)
    ? localDate(happenedAt, zone) === at
    : formatLocal(happenedAt, zone) === formatLocal(wanted, zone)
}

export function when({ at }: ExpectationWords, zone: string): string {
  if (at === undefined) return ''
  const moment = parseMoment(at, zone)
  const day = /^\d{4}-\d\d-\d\d$/.test(at)
  return moment === undefined ? '' : ` ${day ? `on ${at}` : `at ${formatLocal(moment, zone)}`} ${zone}`
}

export function explain(
  { at }: ExpectationWords,
  { timeline, zone }: { timeline: TimelineEntry[]; zone: string },
): string {
  const moment = at === undefined ? undefined : parseMoment(at, zone)
  return moment === undefined ? whole(timeline, zone) : around(timeline, moment, zone)
}
