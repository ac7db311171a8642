/** The settings of a deployment, and what is told about those that cannot work. */
import { expect, test } from 'vitest'
import { DEFAULT_SETTINGS, DEFAULT_SETTINGS_READ } from '../../../engine/default-settings.ts'
import { parseSettings } from '../../../engine/language/settings.ts'
import { settingsText, told, webhooksText } from './workshop.ts'

test('the settings that ship are what their text says', () => {
  expect(parseSettings(DEFAULT_SETTINGS)).toEqual({ issues: [], settings: DEFAULT_SETTINGS_READ })
})

test('settings are read with their defaults', () => {
  const { issues, settings } = parseSettings(
    `${settingsText}  quiet: { title: { en: Quiet }, basis: service, quietHours: { from: "22:00", to: "07:00" } }
  loud: { title: { en: Loud }, basis: consent, quietHours: none, cap: { max: 1, within: 36 hours } }
  rare: { title: { en: Rare }, basis: service, cap: { max: 1, within: 2 weeks } }
  sure: { title: { en: Sure }, basis: consent, optIn: double, quietHours: none }
`,
  )
  expect(issues).toEqual([])
  expect(settings).toEqual({
    brand: { name: 'Bottega', url: 'https://example.com', color: '#8b2f2f' },
    postalAddress: 'Bottega, Via Roma 1, 00100 Roma',
    senders: {
      default: { from: 'Bottega <care@example.com>' },
      workshop: { from: 'workshop@example.com', replyTo: 'hello@example.com' },
    },
    defaultLocale: 'en',
    defaultTimezone: 'Europe/Rome',
    topics: {
      service: { title: { en: 'Service' }, basis: 'service', quietHours: null },
      offers: {
        title: { en: 'Offers' },
        basis: 'consent',
        cap: { max: 2, withinMs: 7 * 86_400_000 },
        quietHours: { from: '21:00', to: '08:00' },
      },
      quiet: { title: { en: 'Quiet' }, basis: 'service', quietHours: { from: '22:00', to: '07:00' } },
      loud: {
        title: { en: 'Loud' },
        basis: 'consent',
        quietHours: null,
        cap: { max: 1, withinMs: 36 * 3_600_000 },
      },
      rare: {
        title: { en: 'Rare' },
        basis: 'service',
        quietHours: null,
        cap: { max: 1, withinMs: 14 * 86_400_000 },
      },
      sure: { title: { en: 'Sure' }, basis: 'consent', optIn: 'double', quietHours: null },
    },
  })
})

/** [a line of the settings, what stands there instead, what is told] */
const mistakes: [string, string, string[]][] = [
  [
    'basis: service }',
    'basis: service, optIn: double }',
    ['9:54 `optIn` belongs to a topic with `basis: consent` | Remove it, or write `basis: consent`.'],
  ],
  [
    'basis: consent,',
    'basis: consent, optIn: doble,',
    ['10:59 `optIn` expects single or double, not "doble" | Did you mean `double`?'],
  ],
  [
    'defaultTimezone: Europe/Rome',
    'defaultTimezone: Europe/Roma',
    ['7:18 There is no time zone "Europe/Roma" | Did you mean `Europe/Rome`?'],
  ],
  [
    'defaultTimezone: Europe/Rome',
    'defaultTimezone: "+01:00"',
    ['7:18 There is no time zone "+01:00" | Zones are named after cities: Europe/Rome.'],
  ],
  [
    'defaultLocale: en',
    'defaultLocale: en_GB',
    ['6:16 `defaultLocale` expects a language such as it or it-CH, not "en_GB" | Write `en-GB`.'],
  ],
  [
    'color: "#8b2f2f"',
    'color: "8b2f2f"',
    ['1:58 `color` expects a color such as "#8b2f2f", not "8b2f2f" | Write "#8b2f2f".'],
  ],
  [
    'color: "#8b2f2f"',
    'color: #8b2f2f',
    ['1:58 What follows `#` is a comment | Put a text that starts with `#` in quotes: "#8b2f2f".'],
  ],
  [
    'url: https://example.com',
    'url: www.example.com',
    ['1:30 `url` expects a web address, not "www.example.com" | Write https://www.example.com'],
  ],
  [
    'postalAddress: Bottega, Via Roma 1, 00100 Roma',
    '',
    [
      '1:1 `postalAddress` is missing | For example: postalAddress: Example Ltd, 1 Example Street, 00100 Rome',
    ],
  ],
  [
    '  default: { from: Bottega <care@example.com> }',
    '  main: { from: care@example.com }',
    ['3:1 `senders` has no `default` | Call the sender of most mails `default`.'],
  ],
  [
    'from: workshop@example.com',
    'from: workshop',
    ['5:21 `from` expects a mail address, not "workshop" | For example: Example <care@example.com>'],
  ],
  ['replyTo:', 'replayTo:', ['5:43 A sender does not know `replayTo` | Did you mean `replyTo`?']],
  [
    'basis: consent',
    'basis: consnt',
    ['10:43 `basis` expects service or consent, not "consnt" | Did you mean `consent`?'],
  ],
  [
    'within: 7 days',
    'within: 1 month',
    ['10:75 `within` counts in weeks, days or hours | For a month write 30 days.'],
  ],
  [
    'within: 7 days',
    'within: 7',
    ['10:75 `within` expects a duration, not the number 7 | Add a unit: 7 days'],
  ],
  ['max: 2', 'max: two', ['10:64 `max` expects a whole number from 1 to 1000, not "two"']],
  [
    'cap: { max: 2, within: 7 days }',
    'quietHours: { from: "21:00", to: "8" }',
    ['10:85 `to` expects a time of day, not "8" | For example: to: "09:00"'],
  ],
  [
    'cap: { max: 2, within: 7 days }',
    'quietHours: { from: "21:00", to: "21:00" }',
    ['10:64 `quietHours` ends when it begins | For no quiet hours write quietHours: none.'],
  ],
  [
    'cap: { max: 2, within: 7 days }',
    'quietHours: never',
    [
      '10:64 `quietHours` expects hours or none, not "never" | For example: quietHours: { from: "21:00", to: "08:00" }',
    ],
  ],
  [
    'title: { en: Offers }',
    'title: Offers',
    ['10:20 `title` expects keys with values, not "Offers" | For example: title: { en: Offers }'],
  ],
  [
    'title: { en: Offers }',
    'title: { it: Offerte }',
    ['(warning) 10:13 The topic `offers` has no title in the default language, `en` | Add en: …'],
  ],
  [
    'title: { en: Offers }',
    'title: { en: Offers, italian: Offerte }',
    ['10:34 `italian` is not a language | For example: it, en, de-AT.'],
  ],
  [
    '  offers:',
    '  Special Offers:',
    ['10:3 `Special Offers` is not a name for a topic | Use small letters, digits and dashes.'],
  ],
  ['brand:', 'brnad:', ['1:1 The file does not know `brnad` | Did you mean `brand`?']],
]

test.each(mistakes)('%s → %s', (line, instead, expected) => {
  expect(settingsText).toContain(line)
  const { issues, settings } = parseSettings(settingsText.replace(line, instead), 'workflow.yaml')
  expect(issues.map(told)).toEqual(expected)
  expect(settings === undefined).toBe(issues.some(({ severity }) => severity === 'error'))
})

test('webhooks are read', () => {
  expect(parseSettings(settingsText + webhooksText).settings?.webhooks).toEqual({
    crm: { url: 'https://crm.example.com/premura' },
    points: { url: 'https://points.example.com/', secret: 'points-2' },
  })
  const here = parseSettings(`${settingsText}webhooks: { crm: { url: "http://localhost:3000/hook" } }\n`)
  expect(here.issues).toEqual([])
})

test.each([
  [
    '{ crm: https://crm.example.com }',
    '11:18 `crm` expects keys with values, not "https://crm.example.com" | For example: { url: https://crm.example.com/premura }',
  ],
  ['{ crm: {} }', '11:13 `url` is missing | For example: url: https://crm.example.com/premura'],
  [
    '{ crm: { url: "http://crm.example.com" } }',
    '11:25 `url` expects an https address, not "http://crm.example.com" | Write https://crm.example.com',
  ],
  [
    '{ crm: { url: crm.example.com } }',
    '11:25 `url` expects an https address, not "crm.example.com" | For example: https://crm.example.com/premura',
  ],
  [
    '{ crm: { url: "https://me:secret@crm.example.com" } }',
    '11:25 `url` holds a name or a password, which everybody who reads the settings would see | Remove them: calls are signed, and the signature tells who calls.',
  ],
  [
    '{ loyalty-points: { url: "https://crm.example.com" } }',
    '11:13 `loyalty-points` is not a name for a webhook | Use letters and digits, starting with a small letter: crm, loyaltyPoints.',
  ],
])('webhooks: %s', (text, expected) => {
  const { issues, settings } = parseSettings(`${settingsText}webhooks: ${text}\n`)
  expect(issues.map((issue) => told({ ...issue, file: 'workflow.yaml' }))).toEqual([expected])
  expect(settings).toBeUndefined()
})
