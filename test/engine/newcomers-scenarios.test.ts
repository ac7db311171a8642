/** First scenarios: what somebody does wrong who has never described one. */
import { expect, test, vi } from 'vitest'
import { parseScenarios } from '../../engine/scenario.ts'
import { head, mail, programOf } from './language/workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../engine/mail/mjml.ts', () => import('./language/plain-mjml.ts'))

/** [what went wrong, the scenarios, everything that is told about it] */
type Mistake = [string, string, string[]]

const scenarios: Mistake[] = [
  [
    'scenario unknown key',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      evnt: purchase
  expect:
    - mail: thank-you
`,
    ['5:7 What is given does not know `evnt` | Did you mean `event`?'],
  ],
  [
    'scenario missing dash',
    `scenario: a
customer: { id: anna }
given:
  - at: 2026-03-26T16:00
    event: purchase
expect:
  - mail: thank-you
`,
    ['1:1 The file expects a list, not keys with values | Put a dash before each entry.'],
  ],
  [
    'scenario misspelled top',
    `- scenario: a
  customer: { id: anna }
  when:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - mail: thank-you
`,
    ['3:3 A scenario does not know `when` | Did you mean `given`?'],
  ],
  [
    'scenario expects send',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - send: thank-you
`,
    ['7:7 An expectation does not know `send` | Did you mean `mail`?'],
  ],
  [
    'scenario expects unknown mail',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - mail: thankyou
`,
    ['7:13 The workflow has no mail `thankyou` | Did you mean `thank-you`?'],
  ],
  [
    'scenario expect mapping',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    mail: thank-you
`,
    ['7:5 `expect` expects a list, not keys with values | Put a dash before each entry.'],
  ],
  [
    'scenario date',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 26.03.2026 16:00
      event: purchase
  expect:
    - mail: thank-you
`,
    ['4:11 `at` expects a time, not "26.03.2026 16:00" | Write 2026-03-26T16:00.'],
  ],
  [
    'scenario no customer',
    `- scenario: a
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - mail: thank-you
`,
    ['1:3 `customer` is missing | For example: customer: { id: anna, firstName: Anna }'],
  ],
  [
    'scenario customer text',
    `- scenario: a
  customer: anna
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - mail: thank-you
`,
    [
      '2:13 `customer` expects keys with values, not "anna" | For example: customer: { id: anna, firstName: Anna }',
    ],
  ],
  [
    'scenario no time',
    `- scenario: a
  customer: { id: anna }
  given:
    - event: purchase
  expect:
    - mail: thank-you
`,
    ['4:7 It is not said when this happens | For example: `at: 2026-03-26T16:00` or `after: 5 days`.'],
  ],
  [
    'scenario two subjects',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - mail: thank-you
      ends: completed
`,
    ['8:7 An expectation is about one thing, not mail and ends | Put a dash before `ends`.'],
  ],
  [
    'scenario nothing',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
`,
    ['1:3 `expect` is missing | For example: - mail: thank-you'],
  ],
  [
    'scenario consent text',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      consent: { offers: "yes" }
  expect:
    - never: thank-you
`,
    ['5:26 `offers` expects true or false, not "yes" | Write true or false.'],
  ],
  [
    'scenario after duration',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
    - after: 3days
      event: purchase
  expect:
    - never: thank-you
`,
    ['6:14 `after` expects a duration, not "3days" | Write `3 days`, with a space.'],
  ],
  [
    'scenario subject text',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - mail: thank-you
      subject: Hello
`,
    ['8:16 `subject` expects keys with values, not "Hello" | For example: { contains: "thank you" }'],
  ],
  [
    'scenario data list',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
      data: total 80
  expect:
    - mail: thank-you
`,
    ['6:13 `data` expects keys with values, not "total 80" | For example: data: { total: 80 }'],
  ],
  [
    'scenario first after',
    `- scenario: a
  customer: { id: anna }
  given:
    - after: 3 days
      event: purchase
  expect:
    - mail: thank-you
`,
    [
      '4:7 Nothing stands before this, so nothing is known to be after it | Write `at: 2026-03-26T16:00`, or a `start` above `given`.',
    ],
  ],
  ['scenario empty', '', ['1:1 The file is empty | Write it, or remove it.']],
  [
    'scenario ends unknown',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - ends: complete
`,
    ['7:13 The workflow has no end `complete` | Did you mean `completed`?'],
  ],
  [
    'scenario wrong event',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchse
  expect:
    - mail: thank-you
`,
    ['(warning) 5:14 Nothing in the workflow listens to `purchse` | Did you mean `purchase`?'],
  ],
  [
    'missing end of scenario',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
`,
    ['6:3 `expect` is empty | For example: - mail: thank-you'],
  ],
  [
    'never misspelt',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - never: thankyou
`,
    [
      '7:14 The workflow has no mail, task, coupon, emitted event or webhook `thankyou` | Did you mean `thank-you`?',
    ],
  ],
  [
    'count of ends',
    `- scenario: a
  customer: { id: anna }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - ends: completed
      count: 1
`,
    ['8:7 `count` does not go with `ends` | It goes with `at`.'],
  ],
  [
    'a customer whom the API would not take',
    `- scenario: a
  customer: { id: anna, email: nope, timezone: CET/Rome, locale: it_IT, phone: 3331234567 }
  given:
    - at: 2026-03-26T16:00
      event: purchase
    - after: 1 day
      customer: { timezone: Europe/Rom, phone: "333" }
  expect:
    - mail: thank-you
`,
    [
      '2:32 `email` expects a mail address, not "nope" | For example: email: anna@example.it',
      '2:48 There is no time zone "CET/Rome" | Zones are named after cities: Europe/Rome.',
      '2:66 `locale` expects a language, not "it_IT" | Write `it-IT`.',
      '2:80 `phone` expects a text, not the number 3331234567 | Put it in quotes: phone: "3331234567"',
      '7:29 There is no time zone "Europe/Rom" | Did you mean `Europe/Rome`?',
      '7:48 `phone` expects a number in E.164, not "333" | For example: phone: "+393331234567"',
    ],
  ],
  [
    'nothing for an address',
    `- scenario: a
  customer: { id: anna, email: null, timezone: Europe/Rome, locale: it, phone: "+393331234567" }
  given:
    - at: 2026-03-26T16:00
      event: purchase
  expect:
    - mail: thank-you
`,
    [],
  ],
]

test.each(scenarios)('%s', async (_, text, expected) => {
  const program = await programOf(`${head}steps:\n  - send: thank-you\n`, { 'thank-you.mjml': mail() })
  const { issues, scenarios: read } = parseScenarios(text, program)
  const told = issues.map(
    ({ severity, line, column, message, hint }) =>
      `${severity === 'warning' ? '(warning) ' : ''}${line}:${column} ${message} | ${hint}`,
  )
  expect(told).toEqual(expected)
  expect(read).toHaveLength(issues.some(({ severity }) => severity === 'error') ? 0 : 1)
})
