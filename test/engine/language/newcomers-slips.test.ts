/** What somebody does wrong who knows half of it: where YAML, CEL and the language meet, and words in another's part. */
import { expect, test, vi } from 'vitest'
import { type Mistake, slips, steps, top } from './newcomers.ts'
import { compileWorkflow } from '../../../engine/language/compile.ts'
import { compile, environment, mail, told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const mistakes: Mistake[] = [
  [
    'a holdout in the trigger',
    top(`  holdout: 5%
steps:
  - send: thank-you
`),
    ['5:3 `trigger` does not know `holdout` | It belongs to `enroll`: enroll: { holdout: 5% }'],
  ],
  [
    'a colon in a condition',
    steps(`  - send: thank-you
  - if: customer.note == "a: 1"
    then:
      - send: thank-you
`),
    ['7:9 A text that contains `: ` needs quotes | Write `\'customer.note == "a: 1"\'`, in single quotes.'],
  ],
  [
    'a choice of two values without quotes around it',
    steps(`  - if: customer.x ? true : false
    then:
      - send: thank-you
`),
    ["6:9 A text that contains `: ` needs quotes | Write `'customer.x ? true : false'`, in single quotes."],
  ],
  [
    'a colon in the condition of a trigger',
    top(`  when: customer.note == "a: 1"
  audience: customer.a == 1
steps:
  - send: thank-you
`),
    ['5:9 A text that contains `: ` needs quotes | Write `\'customer.note == "a: 1"\'`, in single quotes.'],
  ],
  [
    'a colon in a value',
    steps(`  - set:
      a: customer.x ? "a" : "b"
  - send: thank-you
`),
    ['7:10 A text that contains `: ` needs quotes | Write `\'customer.x ? "a" : "b"\'`, in single quotes.'],
  ],
  [
    'a hash in a condition',
    steps(`  - if: customer.note == "a #1"
    then:
      - send: thank-you
`),
    [
      '6:26 This quote is never closed, because ` #` begins a comment | Write `\'customer.note == "a #1"\'`, in single quotes.',
    ],
  ],
  [
    'an apostrophe between single quotes',
    steps(`  - if: customer.name == 'D'Angelo'
    then:
      - send: thank-you
`),
    ['6:26 The apostrophe ends this text, which stands in single quotes | Write "D\'Angelo".'],
  ],
  [
    'cron that begins with a star',
    `workflow: care
topic: service
trigger:
  calendar: * 9 1 * *
steps:
  - send: thank-you
`,
    ['4:13 A text that starts with `*` needs quotes | Write `"* 9 1 * *"`.'],
  ],
  [
    'the same in braces',
    `workflow: care
topic: service
trigger: { calendar: * * 1 * * }
steps:
  - send: thank-you
`,
    ['3:22 A text that starts with `*` needs quotes | Write `"* * 1 * *"`.'],
  ],
  [
    'a step beside its condition',
    steps(`  - if: customer.vip == true
    send: thank-you
`),
    [
      '7:5 A step has one verb, and this one has `if` and `send` | Write `- send: …` below a line `then:` in the column of `if`.',
    ],
  ],
  [
    'a step beside its rounds',
    steps(`  - repeat: 3 times
    every: 1 day
    send: thank-you
`),
    [
      '8:5 A step has one verb, and this one has `repeat` and `send` | Write `- send: …` below a line `steps:` in the column of `repeat`.',
    ],
  ],
  [
    'a step beside what it waits for',
    steps(`  - await: visit
    for: 1 day
    send: thank-you
`),
    [
      '8:5 A step has one verb, and this one has `await` and `send` | Write `- send: …` below a line `then:` (the event has come) or `else:` (it has not) in the column of `await`; for both cases put a dash before `send`.',
    ],
  ],
  [
    'a step below an arm',
    steps(`  - if: customer.vip == true
    then:
      - send: thank-you
    wait: 3 days
`),
    [
      '9:5 A step has one verb, and this one has `if` and `wait` | Start a new step: put a dash before `wait`.',
    ],
  ],
  [
    'a key without its owner',
    top(`enroll: { per: orderId }
steps:
  - send: thank-you
`),
    [
      '5:16 Unknown name `orderId` | Say where it stands: event.orderId or customer.orderId. Known here: event, meta, customer, now and today.',
    ],
  ],
  [
    'a value without its owner',
    top(`goal: { event: purchase, within: 3 days, value: total }
steps:
  - send: thank-you
`),
    [
      '5:49 Unknown name `total` | Say where it stands: event.total or customer.total. Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
    ],
  ],
  [
    'a no-break space in a duration',
    steps(`  - wait: 3 days
  - send: thank-you
`),
    [
      '6:12 `wait` holds a no-break space, which nobody sees | Write it anew, with the keys of the keyboard: `3 days`.',
    ],
  ],
  [
    'a space of no width in a duration',
    steps(`  - wait: "3​days"
  - send: thank-you
`),
    [
      '6:13 `wait` holds a character of no width, which nobody sees | Write it anew, with the keys of the keyboard: `3 days`.',
    ],
  ],
  [
    'more than a life',
    steps(`  - wait: 900 years
  - send: thank-you
`),
    ['6:11 `wait` is too long: "900 years" | Durations go up to 100 years.'],
  ],
  [
    'words of enroll and goal on the top',
    top(`holdout: 5%
again: never
within: 3 days
steps:
  - send: thank-you
`),
    [
      '5:1 A workflow does not know `holdout` | It belongs to `enroll`: enroll: { holdout: 5% }',
      '6:1 A workflow does not know `again` | It belongs to `enroll`: enroll: { again: after 30 days }',
      '7:1 A workflow does not know `within` | It belongs to `goal`: goal: { event: purchase, within: 60 days }',
    ],
  ],
  [
    'an audience in enroll',
    top(`enroll: { audience: customer.vip == true }
steps:
  - send: thank-you
`),
    [
      '5:11 `enroll` does not know `audience` | Who gets in is said by the trigger: indent it below `trigger:`.',
    ],
  ],
  [
    'words of other steps in send',
    steps(`  - send: thank-you
    when: customer.vip == true
    at: "09:00"
    to: anna@example.com
`),
    [
      '7:5 `send` does not know `when` | Put it below an `if`: - if: customer.tier == "gold", and this step below `then:`.',
      '8:5 `send` does not know `at` | Put a step before it that waits: `- wait:`, and below it `at: "09:00"`.',
      '9:5 `send` does not know `to` | Remove it: a message goes to the customer of the journey. For somebody else there is `task` or `webhook`.',
    ],
  ],
  [
    'numbers for texts',
    top(`title: 1.0
steps:
  - send: thank-you
    id: 1.0
  - stop: 1.0
`),
    [
      '5:8 `title` expects a title, not the number 1.0 | Put it in quotes: title: "1.0"',
      '8:9 `id` expects an id, not the number 1.0 | For example: id: first-reminder',
      '9:11 `stop` expects a reason, not the number 1.0 | Put it in quotes: stop: "1.0"',
    ],
  ],
  [
    'days of CEL',
    steps(`  - if: now - timestamp(event.at) > duration("30d")
    then:
      - send: thank-you
`),
    ['6:46 `duration` cannot read "30d" | Write duration("30 days").'],
  ],
  [
    'a month of CEL',
    steps(`  - if: now - timestamp(event.at) > duration("1 month")
    then:
      - send: thank-you
`),
    [
      '6:46 `duration` cannot read "1 month" | Months and years are not always as long: count in days, duration("30 days").',
    ],
  ],
  [
    'true for a title',
    top(`title: true
steps:
  - send: thank-you
`),
    ['5:8 `title` expects a title, not true | Put it in quotes: title: "true"'],
  ],
  [
    'send if',
    steps(`  - send: thank-you
    if: customer.vip == true
`),
    [
      '7:5 A step has one verb, and this one has `send` and `if` | Begin the step with `if`, and write `- send: …` below a line `then:` in its column.',
    ],
  ],
  [
    'cond word',
    steps(`  - if: vip
    then:
      - send: thank-you
`),
    [
      '6:9 Unknown name `vip` | Say where it stands: event.vip or customer.vip. Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
    ],
  ],
  [
    'quote in',
    steps(`  - if: 'customer.name == "say "hi" now"'
    then:
      - send: thank-you
`),
    ['6:27 The quote inside ends this text | Put single quotes around the text that holds double ones.'],
  ],
  [
    'zone',
    steps(`  - if: now.getHours("CET/Rome") > 3
    then:
      - send: thank-you
`),
    ['6:22 There is no time zone "CET/Rome" | Zones are named after cities: "Europe/Rome".'],
  ],
  [
    'stamp',
    steps(`  - if: now > timestamp("24.12.2026")
    then:
      - send: thank-you
`),
    ['6:25 `timestamp` cannot read "24.12.2026" | Write 2026-12-24.'],
  ],
  [
    'trig again',
    top(`  again: never
steps:
  - send: thank-you
`),
    ['5:3 `trigger` does not know `again` | It belongs to `enroll`: enroll: { again: after 30 days }'],
  ],
  [
    'webhook',
    steps(`  - webhook: loyalty
  - send: thank-you
`),
    ['6:14 There is no webhook `loyalty` in the settings | There are `crm` and `points`.'],
  ],
  [
    'a length of its own for a wait',
    steps(`  - wait: 3 days
    for: 2 days
`),
    ['7:5 `wait` does not know `for` | How long stands behind `wait:` itself: wait: 3 days'],
  ],
  [
    'a step beside the `when` of a branch',
    steps(`  - choose:
      - when: customer.vip == true
        send: thank-you
`),
    ['8:9 `choose` does not know `send` | Write `- send: …` in a line below `then:`.'],
  ],
  [
    'a name in the braces of a program',
    steps(`  - if: \${customer.vip}
    then:
      - send: thank-you
`),
    ['6:9 `${` is not part of the language | Write the name alone: customer.tier.'],
  ],
  [
    'a topic as a text',
    steps(`  - if: customer.consent == "offers"
    then:
      - send: thank-you
`),
    [
      '6:9 `==` compares a map with a text, which is never true | It holds one answer for each topic: customer.consent.offers == true.',
    ],
  ],
]

test.each(mistakes)('%s', async (_name, definition, expected) => {
  const own = await slips(definition)
  expect(own.map(told)).toEqual(expected)
  for (const { hint } of own) expect(hint).toMatch(/\S/)
})

test('a webhook where the settings have none', async () => {
  const { webhooks: _, ...settings } = environment.settings
  const files = { 'workflow.yaml': steps('  - webhook: loyalty\n') }
  const { issues } = await compileWorkflow(files, { ...environment, settings })
  expect(issues.map(told)).toEqual([
    '6:14 There is no webhook `loyalty` in the settings | Add it to settings.yaml: webhooks: { loyalty: { url: https://… } }',
  ])
})

test.each([
  ['an attribute of four letters', 'customer.side == "a"'],
  [
    'durations and instants that can be read',
    'now - timestamp("2026-03-01") > duration("30 days") || now.getHours("Europe/Rome") > 3',
  ],
  ['a sum of attributes', 'customer.visits + customer.orders > 3'],
])('%s is right', async (_name, condition) => {
  const definition = steps(`  - if: ${condition}\n    then:\n      - send: thank-you\n`)
  const { issues } = await compile(definition, { 'thank-you.mjml': mail() })
  expect(issues.map(told)).toEqual([])
})
