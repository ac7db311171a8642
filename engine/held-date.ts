/** Reads the dates that customers' attributes hold: with or without a year, a time of day, an offset. */
import { Temporal } from 'temporal-polyfill'
import type { Instant, Json } from './model.ts'
import { canonicalZone, localDateTime } from './time.ts'

/** A day of the calendar. A birthday may lack its year. */
export interface HeldDay {
  month: number
  day: number
  year?: number
}

/** A date as an attribute holds it: a day, a local date and time, or an instant. */
export type Held = HeldDay | { local: Temporal.PlainDateTime } | { instant: Temporal.Instant }

/** Reads `YYYY-MM-DD`, `MM-DD`, `--MM-DD`, a local date and time, or an instant with its offset. */
export function parseHeld(value: Json | undefined): Held | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  const yearless = /^(?:--)?(\d\d)-(\d\d)$/.exec(text)
  if (yearless) {
    const [month, day] = [Number(yearless[1]), Number(yearless[2])]
    return month >= 1 && month <= 12 && day >= 1 && day <= longestMonth(month) ? { month, day } : undefined
  }
  try {
    if (/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/i.test(text)) {
      return { instant: Temporal.Instant.from(text) }
    }
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/i.test(text)) {
      return { local: Temporal.PlainDateTime.from(text, { overflow: 'reject' }) }
    }
  } catch {
    return undefined
  }
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? parseDate(text) : undefined
  return date && fieldsOf(date)
}

/** The calendar day of what is held, in the customer's zone. */
export function dayOf(held: Held, zone: string): HeldDay {
  if ('instant' in held) return fieldsOf(dateOf(held.instant.epochMilliseconds, zone))
  return 'local' in held ? fieldsOf(held.local.toPlainDate()) : held
}

/**
 * Names the moment that a value with a time of day holds, the same in every zone: `2026-05-04T09:30:00Z` for an instant,
 * `2026-05-04T09:30` for a local time.
 */
export function momentName(held: Held): string | undefined {
  if ('instant' in held) return held.instant.toString({ smallestUnit: 'second' })
  return 'local' in held ? held.local.toString({ smallestUnit: 'minute' }) : undefined
}

export function parseDate(text: string): Temporal.PlainDate | undefined {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch {
    return undefined
  }
}

export function dateOf(at: Instant, zone: string): Temporal.PlainDate {
  return localDateTime(at, canonicalZone(zone) ?? 'UTC').toPlainDate()
}

export function isoOf({ year, month, day }: Required<HeldDay>): string {
  return `${String(year).padStart(4, '0')}-${twoDigits(month, day)}`
}

export function longestMonth(month: number): number {
  return month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31
}

export function twoDigits(month: number, day: number): string {
  return `${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

function fieldsOf(date: Temporal.PlainDate): Required<HeldDay> {
  return { year: date.year, month: date.month, day: date.day }
}
