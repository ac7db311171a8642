/** Spans of time, as people write them and as programs hold them. */
import type { Duration } from '../program.ts'
import { parseDuration } from '../time.ts'
import { found, type Note, textLeaf } from './flaw.ts'
import { listed, nearest } from './nearest.ts'

const units = ['minutes', 'hours', 'days', 'weeks', 'months', 'years']
/** As the documentation writes them; letters in capitals are understood, too. */
export const spanPattern = '^\\d+ +(minute|hour|day|week|month|year)s?$|^P'
const offsetPattern = '^[+-]?\\d+ +(minute|hour|day|week|month|year)s?$|^[+-]?P'

const shorthand: { [unit: string]: string } = {
  m: 'minutes` or `% months',
  min: 'minutes',
  mins: 'minutes',
  h: 'hours',
  hr: 'hours',
  hrs: 'hours',
  d: 'days',
  w: 'weeks',
  mo: 'months',
  y: 'years',
  yr: 'years',
}

const numerals = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')

function durationFlaw(text: string): Note {
  const message = `% expects a duration, not ${found(text)}`
  const example = 'For example: 90 minutes, 2 hours, 3 days, 1 week.'
  const trimmed = text.trim().replace(/[.,;]$/, '')
  const several = [...trimmed.matchAll(/(\d+)\s*([a-z]+)/gi)]
  if (several.length === 2)
    return {
      message,
      hint: isoHint(several) ?? 'A duration has one unit: write a day and a half as 36 hours.',
    }
  const words = /^(\w+)\s+([A-Za-z]+)$/.exec(trimmed)
  const numeral = numerals.indexOf((words?.[1] ?? '').toLowerCase().replace(/^an?$/, 'one'))
  const spelt = words && numeral > 0 ? `${numeral} ${words[2]}` : trimmed
  if (spelt !== text.trim() && parseDuration(spelt)) return { message, hint: `Write \`${spelt}\`.` }
  const [, amount, gap, word] = /^([+-]?\d+)(\s*)([A-Za-z]+)$/.exec(trimmed) ?? []
  if (!amount || !word) {
    const decimal = /^\d+[.,]\d+/.test(text)
    const minutes = 'Durations are whole numbers: write 90 minutes for an hour and a half.'
    return { message, hint: decimal ? minutes : example }
  }
  if (gap === '' && parseDuration(`${amount} ${word}`))
    return { message, hint: `Write \`${amount} ${word}\`, with a space.` }
  if (
    gap !== '' &&
    units.some((one) => one === word.toLowerCase() || one.slice(0, -1) === word.toLowerCase())
  )
    return {
      message: `% is too long: ${found(text)}`,
      hint: 'Durations go up to 100 years.',
    }
  const unit =
    shorthand[word.toLowerCase()] ?? nearest(word, [...units, ...units.map((one) => one.slice(0, -1))])
  if (!unit) return { message, hint: `Units are ${listed(units, 'and')}.` }
  return { message, hint: `Did you mean \`${amount} ${unit.replace('%', amount)}\`?` }
}

/** Two units together have a form of their own. */
function isoHint(parts: readonly RegExpMatchArray[]): string | undefined {
  const letters = parts.map(([, amount = '', word = '']) => {
    const unit = nearest(word, [...units, ...units.map((one) => one.slice(0, -1))]) ?? ''
    return { amount, unit }
  })
  const [one, other] = letters
  if (!one || !other) return undefined
  const days = [one, other].find(({ unit }) => unit.startsWith('day'))
  const hours = [one, other].find(({ unit }) => unit.startsWith('hour'))
  const minutes = [one, other].find(({ unit }) => unit.startsWith('minute'))
  if (days && hours) return `A duration has one unit; for both write \`P${days.amount}DT${hours.amount}H\`.`
  if (hours && minutes)
    return `A duration has one unit: write \`${Number(hours.amount) * 60 + Number(minutes.amount)} minutes\`.`
  return undefined
}

/** What to do about a duration that is a number and nothing more. */
export function bareNumber(value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined
  if (value === 0) return 'Leave it out where nothing is to be waited for.'
  return `Add a unit: ${value} ${Math.abs(value) === 1 ? 'day' : 'days'}`
}

/** A span of time into the future. */
export const duration = (example: string) =>
  textLeaf<Duration>(
    { expects: 'a duration', example, json: { pattern: spanPattern } },
    (text, note) => readDuration(text, note),
    bareNumber,
  )

export function readDuration(text: string, note: (flaw: Note) => void): Duration | undefined {
  const iso = /^\s*[+-]?(\d+ +[a-z]+|P\S+)\s*$/i.test(text) ? parseDuration(text) : undefined
  if (iso === undefined) note(durationFlaw(text))
  else if (/^-|PT0S|P0D/.test(iso))
    note({
      message: `% must be longer than nothing, not ${found(text)}`,
      hint: iso.startsWith('-')
        ? `Write \`${text.trim().replace(/^-\s*/, '')}\`: only an \`offset\` goes back in time.`
        : 'Leave it out where nothing is to be waited for.',
    })
  else return iso
  return undefined
}

/** A span before (`-`) or after a date; whether it may count hours is for the trigger to say. */
export const dateOffset = textLeaf<Duration>(
  { expects: 'a span of time', example: '-7 days', json: { pattern: offsetPattern } },
  (text, note) => {
    const words = /^(.*\S)\s+(before|after)$/.exec(text.trim())
    const iso = parseDuration(text)
    if (iso !== undefined) return iso
    if (words)
      note({
        message: `% expects a signed number of days, not ${found(text)}`,
        hint: `Write \`${words[2] === 'before' ? '-' : ''}${words[1]}\`.`,
      })
    else note(durationFlaw(text))
    return undefined
  },
  bareNumber,
)
