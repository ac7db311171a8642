/** The values of the language: durations, times of day, names, conditions … each with its own messages. */
import { checkExpression } from '../condition.ts'
import type { Duration, Expression, Weekday } from '../program.ts'
import { canonicalZone, parseDuration, parseTimeOfDay } from '../time.ts'
import { type Flaw, found, leaf, type Note, type Path, textLeaf } from './flaw.ts'
import { listed, nearest } from './nearest.ts'
import { laterChannels } from './later.ts'

/** Kebab-case, as ids are in addresses, file names and tags of mails. */
export const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const maxName = 60

export const toKebab = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-\d]+|-+$/g, '')
    .slice(0, maxName)

/** A name in kebab-case. */
export const name = (expects: string, example: string) =>
  textLeaf({ expects, example, json: { pattern: kebab.source, maxLength: maxName } }, (text, note) => {
    if (kebab.test(text) && text.length <= maxName) return text
    const file = /\.(mjml|txt|ya?ml)$/.exec(text)
    const better = toKebab(file ? text.slice(0, file.index) : text)
    note({
      message: `% expects ${expects} of small letters, digits and dashes, not ${found(text)}`,
      hint: better ? `Write \`${better}\`.` : `For example: %: ${example}`,
    })
    return undefined
  })

/** A name that conditions and mails read something by. */
export const variableName = (example: string, readAs: (name: string) => string) =>
  textLeaf({ expects: 'a name', example, json: { pattern: variable.source } }, (text, note) => {
    if (variable.test(text)) return text
    const camel = toKebab(text).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    note({
      message: `% expects a name of letters and digits, not ${found(text)}`,
      hint: `Write \`${camel || example}\`: mails read it as ${readAs(camel || example)}.`,
    })
    return undefined
  })

export const variable = /^[a-z][A-Za-z0-9]{0,39}$/

/** One line of prose. */
export const line = (expects: string, example: string, max = 200) =>
  textLeaf(
    { expects, example, json: { maxLength: max } },
    (text, note) => {
      if (text.length <= max) return text.trim()
      note({ message: `% is longer than ${max} characters` })
      return undefined
    },
    (value) =>
      typeof value === 'object' && !Array.isArray(value) ? 'Put texts with {{ … }} in quotes.' : undefined,
  )

export const eventType = textLeaf(
  {
    expects: 'the type of an event',
    example: 'csat.rated',
    json: { pattern: '^[A-Za-z][\\w-]*(\\.[\\w-]+)*$' },
  },
  (text, note) => {
    if (/^[A-Za-z][\w-]*(\.[\w-]+)*$/.test(text) && text.length <= 100) return text
    note({
      message: `% expects the type of an event, not ${found(text)}`,
      hint: 'Types are words joined by points: purchase, csat.rated.',
    })
    return undefined
  },
)

/** The name of a customer's attribute. */
export const attributeName = textLeaf(
  {
    expects: 'the name of an attribute of the customer',
    example: 'birthday',
    json: { pattern: '^[A-Za-z]\\w*$' },
  },
  (text, note) => {
    const bare = text.replace(/^customer\./, '')
    if (text === bare && /^[A-Za-z]\w{0,59}$/.test(text)) return text
    note({
      message: `% expects the name of an attribute of the customer, not ${found(text)}`,
      hint: /^[A-Za-z]\w*$/.test(bare) ? `Write \`${bare}\`.` : 'For example: date: birthday',
    })
    return undefined
  },
)

const units = ['minutes', 'hours', 'days', 'weeks', 'months', 'years']
const durationForm = { type: 'string', pattern: '^-?\\d+ (minute|hour|day|week|month|year)s?$|^-?P' }

function durationFlaw(text: string): Note {
  const message = `% expects a duration, not ${found(text)}`
  const parts = /^([+-]?\d+)(\s*)([A-Za-z]+)$/.exec(text.trim())
  const [, amount, gap, word] = parts ?? []
  if (!amount || !word) {
    const decimal = /^\d+[.,]\d+/.test(text)
    return {
      message,
      hint: decimal
        ? 'Durations are whole numbers: write 90 minutes for an hour and a half.'
        : 'For example: 90 minutes, 2 hours, 3 days, 1 week.',
    }
  }
  if (gap === '' && parseDuration(text))
    return { message, hint: `Write \`${amount} ${word}\`, with a space.` }
  const shorthand: { [unit: string]: string } = {
    m: 'minutes',
    min: 'minutes',
    h: 'hours',
    d: 'days',
    w: 'weeks',
    y: 'years',
  }
  const unit =
    shorthand[word.toLowerCase()] ?? nearest(word, [...units, ...units.map((one) => one.slice(0, -1))])
  return unit
    ? { message, hint: `Did you mean \`${amount} ${unit}\`?` }
    : { message, hint: `Units are ${listed(units, 'and')}.` }
}

const bareNumber = (value: unknown) => (typeof value === 'number' ? `Add a unit: ${value} days` : undefined)

/** A span of time into the future. */
export const duration = (example: string) =>
  textLeaf<Duration>(
    { expects: 'a duration', example, json: durationForm },
    (text, note) => readDuration(text, note),
    bareNumber,
  )

export function readDuration(text: string, note: (flaw: Note) => void): Duration | undefined {
  const iso = /^\s*[+-]?(\d+ +[a-z]+|P\S+)\s*$/i.test(text) ? parseDuration(text) : undefined
  if (iso === undefined) note(durationFlaw(text))
  else if (/^-|PT0S|P0D/.test(iso)) note({ message: `% must be longer than nothing, not ${found(text)}` })
  else return iso
  return undefined
}

/** A span before (`-`) or after a date; whether it may count hours is for the trigger to say. */
export const dateOffset = textLeaf<Duration>(
  { expects: 'a span of time', example: '-7 days', json: durationForm },
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

const timeHint = 'For example: %: "09:00"'

/** A time of day, `HH:MM`. */
export const timeOfDay = textLeaf(
  { expects: 'a time of day', example: '"09:00"', json: { pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' } },
  (text, note) => {
    const [, hours, minutes] = /^(\d{1,2})[:.h](\d{2})$/.exec(text.trim()) ?? []
    const american = /^(\d{1,2})(?:[:.](\d{2}))?\s*([ap])\.?m\.?$/i.exec(text.trim())
    const message = `% expects a time of day, not ${found(text)}`
    if (american) {
      const hour = (Number(american[1]) % 12) + (american[3]?.toLowerCase() === 'p' ? 12 : 0)
      note({ message, hint: `Write "${String(hour).padStart(2, '0')}:${american[2] ?? '00'}".` })
    } else if (hours !== undefined && Number(hours) > 23)
      note({
        message: `There is no time of day ${found(text)}`,
        hint: hours === '24' ? 'Midnight is "00:00".' : 'Hours go from 00 to 23.',
      })
    else if (minutes !== undefined && Number(minutes) > 59)
      note({ message: `There is no time of day ${found(text)}`, hint: 'Minutes go from 00 to 59.' })
    else if (/^\d\d:\d\d$/.test(text) && parseTimeOfDay(text)) return text
    else
      note({
        message,
        hint: hours === undefined ? timeHint : `Write "${hours.padStart(2, '0')}:${minutes}".`,
      })
    return undefined
  },
  (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 23) return timeHint
    return `Write "${String(value).padStart(2, '0')}:00".`
  },
)

const weekdayNames: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** One or more days of the week. */
export const weekdays = leaf<Weekday[]>(
  {
    expects: 'a list of weekdays',
    example: '[mon, tue, wed, thu, fri]',
    json: { type: 'array', items: { enum: weekdayNames }, minItems: 1, uniqueItems: true },
  },
  (value, note) => {
    if (!Array.isArray(value)) {
      const day = weekdayNames.find((one) => typeof value === 'string' && value.toLowerCase().startsWith(one))
      note({
        message: `% expects a list of weekdays, not ${found(value)}`,
        hint: `For example: %: [${day ?? 'mon'}]`,
      })
      return undefined
    }
    const days: Weekday[] = []
    for (const entry of value) {
      const day = weekdayNames.find((one) => one === entry)
      if (day && !days.includes(day)) days.push(day)
      else if (day) note({ message: `% names ${day} twice` })
      else {
        const meant = weekdayNames.find(
          (one) => typeof entry === 'string' && entry.toLowerCase().startsWith(one),
        )
        note({
          message: `% knows no weekday ${found(entry)}`,
          hint: meant ? `Write \`${meant}\`.` : `Weekdays are ${listed(weekdayNames, 'and')}.`,
        })
      }
    }
    if (value.length === 0) note({ message: '% names no weekday', hint: 'For example: %: [mon, fri]' })
    return days.length === value.length && days.length > 0 ? days : undefined
  },
)

/** One of a few words. */
export const oneOf = <const T extends string>(words: readonly T[]) =>
  textLeaf<T>({ expects: listed(words), example: words[0] ?? '', json: { enum: words } }, (text, note) => {
    const word = words.find((one) => one === text)
    if (word === undefined) {
      const later = laterChannels.has(text)
      const meant = nearest(text, words)
      note(
        later
          ? { message: `\`${text}\` is not available in this version`, hint: `Write ${listed(words)}.` }
          : {
              message: `% expects ${listed(words)}, not ${found(text)}`,
              ...(meant ? { hint: `Did you mean \`${meant}\`?` } : {}),
            },
      )
    }
    return word
  })

export const timezone = textLeaf(
  { expects: 'a time zone', example: 'Europe/Rome', json: {} },
  (text, note) => {
    const zone = canonicalZone(text)
    if (zone !== undefined) return zone
    const meant = nearest(text, Intl.supportedValuesOf('timeZone'))
    note({
      message: `There is no time zone ${found(text)}`,
      hint: meant ? `Did you mean \`${meant}\`?` : 'Zones are named after cities: Europe/Rome.',
    })
    return undefined
  },
)

/** BCP 47, in its usual spelling. */
export function canonicalLocale(text: string): string | undefined {
  try {
    return /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text) ? Intl.getCanonicalLocales(text)[0] : undefined
  } catch {
    return undefined
  }
}

export const locale = textLeaf({ expects: 'a language', example: 'it', json: {} }, (text, note) => {
  const canonical = canonicalLocale(text)
  if (canonical === text) return text
  note({
    message: `% expects a language such as it or it-CH, not ${found(text)}`,
    hint: canonicalLocale(text.replace('_', '-'))
      ? `Write \`${canonicalLocale(text.replace('_', '-'))}\`.`
      : 'For example: it, en, de-AT.',
  })
  return undefined
})

/** `care@example.com` or `Example <care@example.com>`. */
export const isAddress = (text: string): boolean =>
  /^(?:[^<>@\r\n]*<[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+)$/.test(text)

export const address = textLeaf(
  { expects: 'a mail address', example: 'Example <care@example.com>', json: {} },
  (text, note) => {
    if (isAddress(text)) return text
    note({
      message: `% expects a mail address, not ${found(text)}`,
      hint: 'For example: Example <care@example.com>',
    })
    return undefined
  },
)

/** An expression that has passed its check, with what was noticed about it. */
export interface Checked {
  text: Expression
  warnings: Note[]
}

const journeyNames = [
  'event',
  'entry',
  'meta',
  'awaited',
  'customer',
  'enrollment',
  'coupons',
  'webhooks',
  'steps',
  'repeat',
  'now',
  'today',
]

/** The names that expressions may start with, by place: before a journey exists there is less to look at. */
export const names = {
  profile: ['customer'],
  audience: ['customer', 'now', 'today'],
  trigger: ['event', 'meta', 'customer', 'now', 'today'],
  journey: journeyNames,
} as const

/** Checks an expression; errors are noted, warnings travel with it. */
export function checked(
  text: string,
  kind: 'condition' | 'value',
  roots: readonly string[],
  note: (flaw: Note) => void,
): Checked | undefined {
  const problems = checkExpression(text, { kind, roots: [...roots] })
  const warnings: Note[] = []
  let failed = false
  for (const { message, hint, offset, severity } of problems) {
    const flaw: Note = { message, offset, ...(hint === undefined ? {} : { hint }) }
    if (severity === 'warning') warnings.push({ ...flaw, severity })
    else {
      failed = true
      note(flaw)
    }
  }
  return failed ? undefined : { text, warnings }
}

const booleanHint = (value: unknown) =>
  typeof value === 'boolean' || typeof value === 'number'
    ? 'A condition is a text, for example: customer.tier == "gold"'
    : undefined

export const condition = (roots: readonly string[]) =>
  textLeaf<Checked>(
    { expects: 'a condition', example: 'customer.tier == "gold"', json: {} },
    (text, note) => checked(text, 'condition', roots, note),
    booleanHint,
  )

export const value = (roots: readonly string[], example: string) =>
  textLeaf<Checked>({ expects: 'an expression', example, json: {} }, (text, note) =>
    checked(text, 'value', roots, note),
  )

/** What was noticed about an expression, at its place. */
export const warningsAt = (path: Path, expression: Checked | undefined): Flaw[] =>
  (expression?.warnings ?? []).map((note) => ({ ...note, path }))
