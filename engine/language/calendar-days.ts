/**
 * The days of a calendar trigger: `12-20`, `2026-11-27`, or a line of cron. Of cron there is what names days without traps:
 * one time of day, lists and ranges, the first or last weekday of a month. What cron users disagree about is refused.
 */
import { Temporal } from 'temporal-polyfill'
import type { CalendarTrigger, Weekday } from '../program.ts'
import { longestMonth, parseDate } from '../held-date.ts'
import { dateHint } from '../date-slips.ts'
import { found, type Note, textLeaf } from './flaw.ts'

export interface CalendarDays {
  text: string
  days: CalendarTrigger['days']
  /** Of a line of cron. */
  at?: string
}

const example = '"12-20"'
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS: Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Days of a year, days, and lines of cron with one time of day, as far as a pattern can tell them. */
const days = '(?:0[1-9]|[12]\\d'
const pattern = `^\\s*(?:02-${days})|(?:0[469]|11)-${days}|30)|(?:0[13578]|1[02])-${days}|3[01])|\\d{4}-(?:0[1-9]|1[0-2])-${days}|3[01])|\\d{1,2}\\s+\\d{1,2}(?:\\s+\\S+){3})\\s*$`

export const calendarDays = textLeaf<CalendarDays>(
  { expects: 'a day', example, json: { pattern } },
  (given, note) => {
    const text = given.trim()
    const yearly = /^(\d\d)-(\d\d)$/.exec(text)
    if (yearly) {
      const [month, day] = [Number(yearly[1]), Number(yearly[2])]
      if (month >= 1 && month <= 12 && day >= 1 && day <= longestMonth(month))
        return { text, days: { months: [month], days: [day] } }
      const swapped = day >= 1 && day <= 12 && month >= 1 && month <= longestMonth(day)
      note({
        message: `There is no day ${found(text)}`,
        hint: swapped
          ? `The month comes first: "${yearly[2]}-${yearly[1]}".`
          : (dateHint(text) ?? `For example: %: ${example}`),
      })
      return undefined
    }
    if (/^\d{4}-\d\d-\d\d$/.test(text)) {
      if (parseDate(text)) return { text, days: { date: text } }
      note({
        message: `There is no day ${found(text)}`,
        hint: dateHint(text) ?? 'For example: %: "2026-11-27"',
      })
      return undefined
    }
    const fields = text.split(/\s+/)
    if (fields.length === 5) return readCron(text, fields, note)
    note({
      message: `% expects a day such as "12-20" or "2026-11-27", or a line of cron, not ${found(text)}`,
      hint:
        fields.length === 6
          ? 'A line of cron has five fields: no seconds.'
          : (dateHint(text) ?? `For example: %: ${example}`),
    })
    return undefined
  },
)

type Say = (flaw: Note) => void

function readCron(text: string, fields: string[], note: Say): CalendarDays | undefined {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields
  if (!/^\d{1,2}$/.test(minute) || !/^\d{1,2}$/.test(hour) || Number(minute) > 59 || Number(hour) > 23) {
    note({
      message: '% comes up once on a day, at one minute and hour',
      hint: 'For example: %: "0 9 1 * *", at 09:00 on the first of each month.',
    })
    return undefined
  }
  if (dayOfMonth !== '*' && dayOfWeek !== '*') {
    note({
      message: '% names days of the month and days of the week',
      hint: 'Put * for one of them; "0 9 * * mon#1" is the first Monday.',
    })
    return undefined
  }
  const months = list(month, 'month', (one) => numberOrName(one, 1, 12, MONTHS, 1), note)
  const days = list(
    dayOfMonth,
    'day of the month',
    (one) => (one === 'l' ? 'last' : numberIn(one, 1, 31)),
    note,
  )
  const weekdays = list(dayOfWeek, 'day of the week', weekday, note)
  if (!months || !days || !weekdays) return undefined
  const lacking = lackingDay(months, days)
  if (lacking !== undefined) {
    note({
      message: `% names the ${lacking}th, which not every month has that it means`,
      hint: 'Write L for the last day of the month.',
    })
    return undefined
  }
  return {
    text,
    at: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`,
    days: {
      ...(months.length > 0 && { months }),
      ...(days.length > 0 && { days }),
      ...(weekdays.length > 0 && { weekdays }),
    },
  }
}

/** `*` is an empty list. Only plain entries and ranges of numbers or names. */
function list<T>(
  field: string,
  what: string,
  read: (one: string) => T | undefined,
  note: Say,
): T[] | undefined {
  if (field === '*') return []
  if (field.includes('/')) {
    note({ message: `% counts in steps (${found(field)})`, hint: 'Write the days or months out: 1,15.' })
    return undefined
  }
  const entries = field.toLowerCase().split(',').flatMap(range)
  const values = entries.map(read)
  const wrong = values.indexOf(undefined)
  if (wrong < 0) return values.filter((value) => value !== undefined)
  note({
    message: `% knows no ${what} ${found(entries[wrong] ?? field)}`,
    hint: 'For example: "0 9 * * mon#1", at 09:00 on the first Monday of each month.',
  })
  return undefined
}

/** `2-4` → 2, 3, 4; `mon-wed` → mon, tue, wed. What is no range stays as it is. */
function range(entry: string): string[] {
  const [, from = '', to = ''] = /^(\w+)-(\w+)$/.exec(entry) ?? []
  const lists: readonly (readonly string[])[] = [MONTHS, WEEKDAYS]
  for (const names of lists) {
    const [first, last] = [names.indexOf(from), names.indexOf(to)]
    if (first >= 0 && last >= first) return names.slice(first, last + 1)
  }
  const [first, last] = [Number(from), Number(to)]
  const numbers = /^\d+$/.test(from) && /^\d+$/.test(to) && first <= last && last <= 31
  return numbers ? Array.from({ length: last - first + 1 }, (_, index) => String(first + index)) : [entry]
}

function numberIn(text: string, least: number, most: number): number | undefined {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

function numberOrName(
  text: string,
  least: number,
  most: number,
  names: readonly string[],
  first: number,
): number | undefined {
  const index = names.indexOf(text)
  return index >= 0 ? index + first : numberIn(text, least, most)
}

/** `1`, `mon`, `mon#2` (the second of the month), `fril` or `5l` (the last). Both 0 and 7 are Sunday. */
function weekday(text: string): { on: Weekday; nth?: number | 'last' } | undefined {
  const [, name = '', nth, last] = /^([0-7]|[a-z]{3})(?:#([1-5])|(l))?$/.exec(text) ?? []
  const index = numberOrName(name, 0, 7, WEEKDAYS, 0)
  const on = index === undefined ? undefined : WEEKDAYS[index % 7]
  if (on === undefined) return undefined
  return {
    on,
    ...(nth !== undefined && { nth: Number(nth) }),
    ...(last !== undefined && { nth: 'last' as const }),
  }
}

/** A day of the month that one of the months does not have in every year. */
function lackingDay(months: readonly number[], days: readonly (number | 'last')[]): number | undefined {
  const meant = months.length > 0 ? months : MONTHS.map((_, index) => index + 1)
  const shortest = Math.min(
    ...meant.map((month) => Temporal.PlainYearMonth.from({ year: 2027, month }).daysInMonth),
  )
  return days.find((day): day is number => typeof day === 'number' && day > shortest)
}
