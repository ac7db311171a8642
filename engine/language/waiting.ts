/** The verb `wait`: for a length of time, until a date, or both. */
import * as z from 'zod'
import { parseHeld } from '../held-date.ts'
import type { Duration, WaitStep } from '../program.ts'
import { dateHint } from '../date-slips.ts'
import { type Flaw, found, leaf, type Note, type Path, readText, textLeaf } from './flaw.ts'
import { common, verb } from './verb.ts'
import { bareNumber, dateOffset, readDuration, spanPattern } from './durations.ts'
import { type Checked, checked, names, oneOf, timeOfDay, warningsAt, weekdays } from './words.ts'

function readSpan(text: string, note: (flaw: Note) => void): Duration | undefined {
  const until = text.replace(/^until\s+/, '')
  if (until === text && parseHeld(text) === undefined) return readDuration(text, note)
  note({
    message: `% expects a duration, not ${found(text)}`,
    hint: `A date stands in a line of its own: \`wait:\`, and below it \`until: ${until}\` in the same column.`,
  })
  return undefined
}

/** A duration, or nothing where `until`, `at` or `on` say how long. */
const waitDuration = leaf<Duration | ''>(
  { expects: 'a duration', example: '3 days', json: { type: ['string', 'null'], pattern: spanPattern } },
  (value, note) => {
    if (typeof value === 'string') return readText(value, readSpan, note)
    note({
      message: `% expects a duration, not ${found(value)}`,
      hint: bareNumber(value) ?? spelledOut(value),
    })
    return undefined
  },
  '',
)

/** `{ days: 3 }` is how others write three days. */
function spelledOut(value: NonNullable<unknown>): string {
  const entries = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first && typeof first[1] === 'number')
    return `Write \`wait: ${first[1]} ${first[0]}\`.`
  return 'Put `until`, `at` and `on` into lines of their own below `wait`, in the same column.'
}

type Until = { date: string } | { value: Checked }

const until = textLeaf<Until>(
  { expects: 'a date or where one stands', example: 'renewal', json: {} },
  (text, note) => {
    const word = text.trim()
    if (parseHeld(word) !== undefined) return { date: word }
    const attribute = /^[A-Za-z]\w{0,59}$/.test(word) && !names.journey.some((root) => root === word)
    if (attribute) return { value: { text: `customer.${word}`, warnings: [] } }
    if (/^[a-z]+[.[]/.test(word)) {
      const value = checked(word, 'value', names.journey, note)
      return value && { value }
    }
    const hint = dateHint(word)
    note(
      /^\d+-\d+/.test(word)
        ? { message: `There is no date ${found(word)}`, hint: hint ?? 'Dates are written 2026-12-24.' }
        : {
            message: `% expects a date or where one stands, not ${found(word)}`,
            hint:
              hint ??
              (parseTime(word)
                ? `A time of day stands in \`at\`: at: "${word}"`
                : 'For example: until: renewal, until: event.departure or until: 2026-12-24'),
          },
    )
    return undefined
  },
)

const parseTime = (word: string) => /^\d{1,2}:\d{2}$/.test(word)

export const wait = verb(
  'wait',
  'wait: 3 days',
  z.strictObject({
    ...common,
    wait: waitDuration,
    until: until.exactOptional(),
    offset: dateOffset.exactOptional(),
    at: timeOfDay.exactOptional(),
    on: weekdays.exactOptional(),
    past: oneOf(['skip', 'now']).exactOptional(),
  }),
  (source, path) => {
    const { wait: duration, until: date, offset, at, on, past = 'skip' } = source
    const rule = {
      ...(duration === '' ? {} : { duration }),
      ...(at === undefined ? {} : { at }),
      ...(on === undefined ? {} : { on }),
    }
    return {
      name: 'wait',
      numbered: true,
      flaws: flawsOf(source, path),
      build: ({ id, next, beyond }): WaitStep => {
        const step = { id, next, verb: 'wait' as const, ...rule }
        if (!date) return step
        return {
          ...step,
          until: 'date' in date ? date : { value: date.value.text },
          ...(offset === undefined ? {} : { offset }),
          past,
          beyond,
        }
      },
    }
  },
)

function flawsOf(
  source: { wait: string; until?: Until; offset?: string; at?: string; on?: unknown; past?: string },
  path: Path,
): Flaw[] {
  const { wait: duration, until: date, offset, at } = source
  const note = (key: string, message: string, hint: string): Flaw => ({
    path: [...path, key],
    part: 'key',
    message,
    hint,
  })
  if (!date) {
    const stray = (['offset', 'past'] as const).find((key) => source[key] !== undefined)
    if (stray)
      return [note(stray, `\`${stray}\` belongs to \`until\``, 'Say what date is meant: until: renewal')]
    return duration === '' && at === undefined && source.on === undefined
      ? [
          note(
            'wait',
            '`wait` does not say how long',
            'For example: wait: 3 days, or `until`, `at` or `on` below it.',
          ),
        ]
      : []
  }
  const flaws = 'value' in date ? warningsAt([...path, 'until'], date.value) : []
  if (offset?.includes('T') && at !== undefined)
    flaws.push(
      note(
        'offset',
        '`offset` counts in days or longer beside `at`',
        'Remove `at`: hours count from the time that the date itself has.',
      ),
    )
  return flaws
}
