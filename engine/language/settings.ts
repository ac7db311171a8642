/** `settings.yaml`: the brand, its senders, and the rules about who may be written to. */
import * as z from 'zod'
import type { Issue } from '../issue.ts'
import type { Settings, Topic } from '../model.ts'
import { readDocument } from './document.ts'
import { fixedLengthMs } from './fixed-length.ts'
import { check, type Flaw, found, leaf, type Note, textLeaf } from './flaw.ts'
import { readDuration, spanPattern } from './durations.ts'
import {
  address,
  canonicalLocale,
  eventType,
  kebab,
  line,
  locale,
  oneOf,
  timeOfDay,
  timezone,
  variable,
} from './words.ts'

const color = textLeaf(
  { expects: 'a color', example: '"#8b2f2f"', json: { pattern: '^#[0-9a-fA-F]{6}$' } },
  (text, note) => {
    if (/^#[0-9a-f]{6}$/i.test(text)) return text.toLowerCase()
    const short = /^#?([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text)
    const long = /^([0-9a-f]{6})$/i.exec(text)
    const better = short
      ? `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`
      : long
        ? `#${text}`
        : undefined
    note({
      message: `% expects a color such as "#8b2f2f", not ${found(text)}`,
      ...(better ? { hint: `Write "${better}".` } : {}),
    })
    return undefined
  },
)

const webAddress = textLeaf(
  { expects: 'a web address', example: 'https://example.com', json: { format: 'uri' } },
  (text, note) => {
    if (/^https?:\/\/[^\s<>"']+$/.test(text)) return text
    note({
      message: `% expects a web address, not ${found(text)}`,
      hint: /^[\w-]+(\.[\w-]+)+/.test(text) ? `Write https://${text}` : 'For example: https://example.com',
    })
    return undefined
  },
)

const maximum = leaf<number>(
  { expects: 'a whole number', example: '2', json: { type: 'integer', minimum: 1 } },
  (value, note) => {
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1000) return value
    note({ message: `% expects a whole number from 1 to 1000, not ${found(value)}` })
    return undefined
  },
)

/** The length of a cap's window. A month is not always as long, so it cannot be one. */
const windowMs = textLeaf<number>(
  { expects: 'a duration', example: '7 days', json: { pattern: spanPattern } },
  (text, note) => {
    const iso = readDuration(text, note)
    if (iso === undefined) return undefined
    const windowMs = fixedLengthMs(iso)
    if (windowMs === undefined)
      note({ message: '% counts in weeks, days or hours', hint: 'For a month write 30 days.' })
    return windowMs
  },
  (value) => (typeof value === 'number' ? `Add a unit: ${value} days` : undefined),
)

const hours = z.strictObject({ from: timeOfDay, to: timeOfDay }).meta({ about: '`quietHours`' })

const quietHours = leaf<NonNullable<Topic['quietHours']> | 'none'>(
  {
    expects: 'hours or none',
    example: '{ from: "21:00", to: "08:00" }',
    json: {
      anyOf: [
        { const: 'none' },
        {
          type: 'object',
          required: ['from', 'to'],
          properties: {
            from: { type: 'string', pattern: '^\\d\\d:\\d\\d$' },
            to: { type: 'string', pattern: '^\\d\\d:\\d\\d$' },
          },
          additionalProperties: false,
        },
      ],
    },
  },
  (value, note) => {
    if (value === 'none') return value
    if (typeof value !== 'object') {
      note({
        message: `% expects hours or none, not ${found(value)}`,
        hint: 'For example: quietHours: { from: "21:00", to: "08:00" }',
      })
      return undefined
    }
    const result = check(hours, value, [])
    if ('flaws' in result) {
      for (const { path, ...flaw } of result.flaws) note(insideOf(flaw, path[0]))
      return undefined
    }
    if (result.value.from !== result.value.to) return result.value
    note({ message: '% ends when it begins', hint: 'For no quiet hours write quietHours: none.' })
    return undefined
  },
)

const insideOf = (flaw: Note, key: string | number | undefined): Note =>
  key === undefined ? flaw : { ...flaw, inside: String(key) }

const topic = z
  .strictObject({
    title: z
      .record(z.string(), line('a title', 'Offers'))
      .meta({ about: '`title`', example: 'title: { en: Offers }' }),
    basis: oneOf(['service', 'consent']),
    optIn: oneOf(['single', 'double']).exactOptional(),
    cap: z
      .strictObject({ max: maximum, within: windowMs })
      .meta({ about: '`cap`', example: 'cap: { max: 2, within: 7 days }' })
      .exactOptional(),
    quietHours: quietHours.exactOptional(),
  })
  .meta({ about: 'A topic', example: '{ title: { en: Offers }, basis: consent }' })

/** Called from a server, so that `http` reaches a machine's own programs and nothing else. */
const receiver = textLeaf(
  { expects: 'an https address', example: 'https://crm.example.com/premura', json: { format: 'uri' } },
  (text, note) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const here = url && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
    if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && here))) {
      if (url.username === '' && url.password === '') return text
      note({
        message: '% holds a name or a password, which everybody who reads the settings would see',
        hint: 'Remove them: calls are signed, and the signature tells who calls.',
      })
    } else
      note({
        message: `% expects an https address, not ${found(text)}`,
        hint:
          url?.protocol === 'http:'
            ? `Write ${text.replace('http:', 'https:')}`
            : 'For example: https://crm.example.com/premura',
      })
    return undefined
  },
)

const webhook = z
  .strictObject({ url: receiver, secret: line('the name of a secret', 'crm-2', 60).exactOptional() })
  .meta({ about: 'A webhook', example: '{ url: https://crm.example.com/premura }' })

/** What an event means, in a line; its name may be enough. */
const meaning = leaf<string>(
  {
    expects: 'a line of text',
    example: 'Somebody has bought something',
    json: { type: ['string', 'null'], maxLength: 200 },
  },
  (value, note) => {
    if (typeof value === 'string' && value.length <= 200) return value.trim()
    note(
      typeof value === 'string'
        ? { message: '% is longer than 200 characters' }
        : {
            message: `% expects a line that says what the event means, not ${found(value)}`,
            hint: 'For example: %: Somebody has bought something',
          },
    )
    return undefined
  },
  '',
)

const sender = z
  .strictObject({ from: address, replyTo: address.exactOptional() })
  .meta({ about: 'A sender', example: '{ from: Example <care@example.com> }' })

export const settingsSchema = z
  .strictObject({
    brand: z
      .strictObject({
        name: line('a name', 'Example'),
        url: webAddress,
        color,
        logo: webAddress.exactOptional(),
      })
      .meta({
        about: '`brand`',
        example: 'brand: { name: Example, url: https://example.com, color: "#8b2f2f" }',
      }),
    postalAddress: line('a postal address', 'Example Ltd, 1 Example Street, 00100 Rome', 300),
    senders: z
      .record(z.string(), sender)
      .meta({ about: '`senders`', example: 'senders: { default: { from: care@example.com } }' }),
    defaultLocale: locale,
    defaultTimezone: timezone,
    topics: z.record(z.string(), topic).meta({
      about: '`topics`',
      example: 'topics: { service: { title: { en: Service }, basis: service } }',
    }),
    afterErasure: oneOf(['start-clean', 'refuse']).exactOptional(),
    webhooks: z
      .record(z.string(), webhook)
      .meta({ about: '`webhooks`', example: 'webhooks: { crm: { url: https://crm.example.com/premura } }' })
      .exactOptional(),
    events: z
      .record(z.string(), meaning)
      .meta({ about: '`events`', example: 'events: { purchase: Somebody has bought something }' })
      .exactOptional(),
  })
  .meta({ about: 'The file', example: 'brand: …' })

/** What topics on consent keep to unless they say otherwise. */
const night = { from: '21:00', to: '08:00' }

function readTopic({ cap, quietHours: quiet, ...rest }: z.output<typeof topic>): Topic {
  const hoursOf =
    quiet === undefined ? (rest.basis === 'consent' ? night : null) : quiet === 'none' ? null : quiet
  return { ...rest, ...(cap ? { cap: { max: cap.max, withinMs: cap.within } } : {}), quietHours: hoursOf }
}

/** Reads the settings of a deployment. They are there when no issue is an error. */
export function parseSettings(
  text: string,
  file = 'settings.yaml',
): { issues: Issue[]; settings?: Settings } {
  const read = readDocument(text, file)
  if ('issues' in read) return read
  const { document } = read
  const result = check(settingsSchema, document.value, [])
  if ('flaws' in result) return { issues: document.issues(result.flaws) }
  const source = result.value
  const flaws = [...oddNames(source), ...oddTitles(source), ...idleOptIns(source), ...oddEvents(source)]
  const { default: standard, ...others } = source.senders
  if (!standard)
    flaws.push({
      path: ['senders'],
      part: 'key',
      message: '`senders` has no `default`',
      hint: 'Call the sender of most mails `default`.',
    })
  const issues = document.issues(flaws)
  if (!standard || issues.some(({ severity }) => severity === 'error')) return { issues }
  const topics = Object.fromEntries(
    Object.entries(source.topics).map(([name, one]) => [name, readTopic(one)]),
  )
  return { issues, settings: { ...source, senders: { ...others, default: standard }, topics } }
}

type Source = z.output<typeof settingsSchema>

function oddNames({ senders, topics, webhooks }: Source): Flaw[] {
  const odd = (key: string, entries: object, what: string): Flaw[] =>
    Object.keys(entries).flatMap((name) =>
      kebab.test(name)
        ? []
        : [
            {
              path: [key, name],
              part: 'key' as const,
              message: `\`${name}\` is not a name for ${what}`,
              hint: 'Use small letters, digits and dashes.',
            },
          ],
    )
  const none: Flaw[] =
    Object.keys(topics).length > 0
      ? []
      : [
          {
            path: ['topics'],
            part: 'key',
            message: '`topics` names no topic',
            hint: 'For example: service: { title: { en: Service }, basis: service }',
          },
        ]
  const unreadable = Object.keys(webhooks ?? {}).flatMap((name): Flaw[] =>
    variable.test(name)
      ? []
      : [
          {
            path: ['webhooks', name],
            part: 'key',
            message: `\`${name}\` is not a name for a webhook`,
            hint: 'Use letters and digits, starting with a small letter: crm, loyaltyPoints.',
          },
        ],
  )
  return [...odd('senders', senders, 'a sender'), ...odd('topics', topics, 'a topic'), ...none, ...unreadable]
}

function oddTitles({ topics, defaultLocale }: Source): Flaw[] {
  return Object.entries(topics).flatMap(([name, { title }]) => {
    const path = ['topics', name, 'title']
    const wrong = Object.keys(title)
      .filter((language) => canonicalLocale(language) !== language)
      .map(
        (language): Flaw => ({
          path: [...path, language],
          part: 'key',
          message: `\`${language}\` is not a language`,
          hint: 'For example: it, en, de-AT.',
        }),
      )
    const missing: Flaw[] = Object.hasOwn(title, defaultLocale)
      ? []
      : [
          {
            path,
            part: 'key',
            severity: 'warning',
            message: `The topic \`${name}\` has no title in the default language, \`${defaultLocale}\``,
            hint: `Add ${defaultLocale}: …`,
          },
        ]
    return [...wrong, ...missing]
  })
}

/** Nobody opts in to what needs no opt-in. */
const idleOptIns = ({ topics }: Source): Flaw[] =>
  Object.entries(topics).flatMap(([name, { basis, optIn }]) =>
    basis === 'service' && optIn !== undefined
      ? [
          {
            path: ['topics', name, 'optIn'],
            part: 'key' as const,
            message: '`optIn` belongs to a topic with `basis: consent`',
            hint: 'Remove it, or write `basis: consent`.',
          },
        ]
      : [],
  )

/** A type that no event can have would vouch for nothing. */
const oddEvents = ({ events = {} }: Source): Flaw[] =>
  Object.keys(events).flatMap((type) => {
    const result = check(z.strictObject({ events: eventType }), { events: type }, [])
    if (!('flaws' in result)) return []
    const hint = result.flaws[0]?.hint
    return [
      {
        path: ['events', type],
        part: 'key' as const,
        message: `\`${type}\` is not the type of an event`,
        ...(hint === undefined ? {} : { hint }),
      },
    ]
  })
