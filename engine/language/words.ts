/** The values of the language: durations, times of day, names, conditions … each with its own messages. */
import { roots } from './expression/names.ts'
import { checkExpression } from './expression/problems.ts'
import type { Expression, Weekday } from '../program.ts'
import { canonicalZone, parseTimeOfDay } from '../time.ts'
import { type Flaw, found, leaf, type Note, type Path, textLeaf } from './flaw.ts'
import { listed, nearest } from './nearest.ts'

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

/** A text that YAML takes for a number, or for true or false. */
export const inQuotes = (value: unknown): string | undefined =>
  typeof value === 'number' || typeof value === 'boolean' ? `Put it in quotes: %: "${value}"` : undefined

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
      typeof value === 'object' && !Array.isArray(value)
        ? 'Put texts with {{ … }} in quotes.'
        : inQuotes(value),
  )

export const eventType = textLeaf(
  {
    expects: 'the type of an event',
    example: 'csat.rated',
    json: { pattern: '^[A-Za-z][\\w-]*(\\.[\\w-]+)*$' },
  },
  (text, note) => {
    if (/^[A-Za-z][\w-]*(\.[\w-]+)*$/.test(text) && text.length <= 100) return text
    const words = text
      .trim()
      .toLowerCase()
      .split(/[^a-z0-9-]+/)
      .filter((word) => word !== '')
    note({
      message: `% expects the type of an event, not ${found(text)}`,
      hint: /^[a-z]/.test(words[0] ?? '')
        ? `Types are words joined by points: ${words.join('.')}.`
        : 'Types are words joined by points: purchase, csat.rated.',
    })
    return undefined
  },
  (given) => (Array.isArray(given) ? 'It is one event. Make a workflow for each of them.' : undefined),
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
      hint: /^[A-Za-z]\w*$/.test(bare)
        ? `Write \`${bare}\`.`
        : /^(\d{4}-)?\d\d-\d\d$/.test(text)
          ? `A day of the calendar stands in \`calendar\`: calendar: "${text}"`
          : 'For example: date: birthday',
    })
    return undefined
  },
)

const timeHint = 'For example: %: "09:00"'

/** `9.30` and `0930` are numbers to YAML. */
function timeOfNumber(value: unknown): string | undefined {
  if (typeof value !== 'number' || value < 0) return undefined
  const hours = Number.isInteger(value) && value > 23 ? Math.floor(value / 100) : Math.floor(value)
  const minutes = Number.isInteger(value) && value > 23 ? value % 100 : Math.round((value % 1) * 100)
  if (hours > 23 || minutes > 59) return undefined
  return `Write "${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}".`
}

/** A time of day, `HH:MM`. */
export const timeOfDay = textLeaf(
  { expects: 'a time of day', example: '"09:00"', json: { pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' } },
  (text, note) => {
    const [, hours, minutes] = /^(\d{1,2})[:.h](\d{2})(?::\d{2})?$/.exec(text.trim()) ?? []
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
  (value) => timeOfNumber(value) ?? timeHint,
)

const weekdayNames: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** The days that a text means which should have been a list. */
function daysMeant(text: string): readonly Weekday[] {
  const word = text.toLowerCase()
  if (/^(week|working|business) ?days?$/.test(word)) return weekdayNames.slice(0, 5)
  if (/^weekends?$/.test(word)) return weekdayNames.slice(5)
  const named = word
    .split(/[^a-z]+/)
    .map((part) => weekdayNames.findIndex((day) => part.startsWith(day)))
    .filter((index) => index >= 0)
  const [first, last] = named
  if (first === undefined) return ['mon']
  if (/-|\bto\b/.test(word) && last !== undefined && last > first) return weekdayNames.slice(first, last + 1)
  return weekdayNames.filter((_, index) => named.includes(index))
}

/** One or more days of the week. */
export const weekdays = leaf<Weekday[]>(
  {
    expects: 'a list of weekdays',
    example: '[mon, tue, wed, thu, fri]',
    json: { type: 'array', items: { enum: weekdayNames }, minItems: 1, uniqueItems: true },
  },
  (value, note) => {
    if (!Array.isArray(value)) {
      note({
        message: `% expects a list of weekdays, not ${found(value)}`,
        hint: `Write %: [${daysMeant(String(value)).join(', ')}]`,
      })
      return undefined
    }
    const days: Weekday[] = []
    for (const [inside, entry] of value.entries()) {
      const day = weekdayNames.find((one) => one === entry)
      if (day && !days.includes(day)) days.push(day)
      else if (day) note({ message: `\`${day}\` stands here twice`, hint: 'Keep one of them.', inside })
      else {
        const meant = weekdayNames.find(
          (one) => typeof entry === 'string' && entry.toLowerCase().startsWith(one),
        )
        note({
          message: `There is no weekday ${found(entry)}`,
          hint: meant ? `Write \`${meant}\`.` : `Weekdays are ${listed(weekdayNames, 'and')}.`,
          inside,
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
      const meant = nearest(text, words)
      note({
        message: `% expects ${listed(words)}, not ${found(text)}`,
        hint: meant ? `Did you mean \`${meant}\`?` : `For example: %: ${words[0] ?? ''}`,
      })
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

const journeyNames = [...roots.keys()]

/** The names that expressions may start with, by place: before a journey exists there is less to look at. */
export const names = {
  profile: ['customer'],
  audience: ['customer', 'now', 'today'],
  trigger: ['event', 'meta', 'customer', 'now', 'today'],
  appointment: ['event', 'customer'],
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
    const flaw: Note = { message, offset, literal: true, ...(hint === undefined ? {} : { hint }) }
    if (severity === 'warning') warnings.push({ ...flaw, severity })
    else {
      failed = true
      note(flaw)
    }
  }
  return failed ? undefined : { text, warnings }
}

const booleanHint = (value: unknown) => {
  if (Array.isArray(value)) return 'Write it in one line, with `&&` for "and" and `||` for "or".'
  return typeof value === 'object'
    ? 'A condition is a text, for example: customer.tier == "gold"'
    : 'A condition compares something, for example: customer.tier == "gold"'
}

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
  (expression?.warnings ?? []).map(({ inside: _, literal: __, ...note }) => ({ ...note, path }))
