/** What to say of a value that stands where a date belongs and never comes up: it is none, or it lacks its year. */
import { brief } from './decision-values.ts'
import { parseHeld } from './held-date.ts'
import { dateHint } from './date-slips.ts'
import type { Json } from './model.ts'
import type { DateTrigger } from './program.ts'

/** `31-12 is no date. The month comes before the day: 12-31.` Undefined for a date. */
export function noDate(value: Json): string | undefined {
  if (parseHeld(value) !== undefined) return undefined
  const shown = brief(typeof value === 'string' ? value.trim() : JSON.stringify(value))
  const hint = typeof value === 'string' ? dateHint(shown) : undefined
  return `${shown === '' ? 'An empty text' : shown} is no date. ${hint ?? 'Dates are written 2026-03-14, 03-14 or 2026-03-14T15:00.'}`
}

/** Why a trigger will never meet this value, whatever time passes. */
export function neverComesUp({ every }: Pick<DateTrigger, 'every'>, value: Json): string | undefined {
  const held = parseHeld(value)
  if (every !== 'once' || !held || !('month' in held) || held.year !== undefined) return noDate(value)
  return `${String(value).trim()} has no year, and what comes up once needs one.`
}
