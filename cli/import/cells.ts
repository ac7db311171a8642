/** What a cell of a CSV means. It is a text unless its column says otherwise: no zero in front is ever lost. */
import type { Json } from '../../engine/model.ts'

/** How dates are written where they are not 2026-04-03. */
export const dateOrders = ['dmy', 'mdy', 'ymd'] as const
export type DateOrder = (typeof dateOrders)[number]

/** `open`: nobody said; `true` and `false` are what they look like, and dates must not be ambiguous. */
export const cellTypes = ['text', 'number', 'boolean', 'date', 'open'] as const
export type CellType = (typeof cellTypes)[number]

export type Reading = { value: Json } | { flaw: string }

const dated = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/
const iso = /^\d{4}-\d{2}-\d{2}(?:$|[T ])/
const yes = new Set(['true', 'yes', '1'])
const no = new Set(['false', 'no', '0'])

/** @param order undefined: nobody said how dates are written */
export function readCell(cell: string, type: CellType, order: DateOrder | undefined): Reading {
  if (cell.includes('\0')) return { flaw: 'Holds a NUL byte, which is no text.' }
  switch (type) {
    case 'text':
      return { value: cell }
    case 'number':
      return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(cell.trim())
        ? { value: Number(cell) }
        : { flaw: `Must be a number such as 12 or 12.5, and is ${quoted(cell)}.` }
    case 'boolean': {
      const word = cell.trim().toLowerCase()
      if (yes.has(word)) return { value: true }
      if (no.has(word)) return { value: false }
      return { flaw: `Must be true or false (yes, no, 1, 0), and is ${quoted(cell)}.` }
    }
    case 'date':
      return iso.test(cell)
        ? { value: cell }
        : (readDate(cell, order) ?? { flaw: `Must be a date, and is ${quoted(cell)}.` })
    case 'open':
      if (cell === 'true' || cell === 'TRUE') return { value: true }
      if (cell === 'false' || cell === 'FALSE') return { value: false }
      return readDate(cell, order) ?? { value: cell }
  }
}

/** Undefined: it does not look like one, or stands there as it should. */
function readDate(cell: string, order: DateOrder | undefined): Reading | undefined {
  if (iso.test(cell)) return undefined
  const [, first = '', , second = '', third = '', hour, minute = '', secondOfTime] = dated.exec(cell) ?? []
  const plausible =
    first.length <= 2 ? [2, 4].includes(third.length) : first.length === 4 && third.length <= 2
  if (first === '' || !plausible) return undefined
  if (order === undefined)
    return {
      flaw: `${quoted(cell)} may be two dates: say --dates dmy, mdy or ymd (or --map COLUMN=FIELD:text).`,
    }
  const [year, month, day] =
    order === 'ymd'
      ? [first, second, third]
      : order === 'dmy'
        ? [third, second, first]
        : [third, first, second]
  if (year.length !== 4 || month.length > 2 || day.length > 2 || Number(month) > 12 || Number(day) > 31)
    return { flaw: `${quoted(cell)} is no date as ${order}, with four digits for the year.` }
  const two = (digits: string) => digits.padStart(2, '0')
  const time =
    hour === undefined ? '' : `T${two(hour)}:${minute}${secondOfTime === undefined ? '' : `:${secondOfTime}`}`
  return { value: `${year}-${two(month)}-${two(day)}${time}` }
}

const quoted = (text: string): string => `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`
