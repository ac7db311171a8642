/** What somebody does wrong who has never written YAML: one message for each slip, at its place, with a way out. */
import { describe, expect, test, vi } from 'vitest'
import { type Mistake, slips, steps, top } from './newcomers.ts'
import { told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const yaml: Mistake[] = [
  [
    'a tab',
    steps(`\t- stop: done
`),
    ['6:1 This line is indented with a tab | Indent with spaces.'],
  ],
  [
    'a tab further down',
    steps(`  - wait: 1 day
\t  at: "09:00"
`),
    ['7:1 This line is indented with a tab | Indent with spaces.'],
  ],
  [
    'stars for dashes',
    steps(`  * send: thank-you
`),
    ['6:3 Lists are written with dashes, not with stars | Write `- send: thank-you`.'],
  ],
  [
    'an arm in the column of the dash',
    steps(`  - if: customer.tier == "gold"
  then:
    - send: thank-you
`),
    ['7:3 The indentation does not fit | Start `then` in the column of `if`: column 5.'],
  ],
  [
    'an arm too far to the right',
    steps(`  - if: customer.tier == "gold"
      then:
        - send: thank-you
`),
    ['7:7 `then` stands too far to the right | Start it in the column of `if`: column 5.'],
  ],
  [
    'steps in the line of their arm',
    steps(`  - if: customer.tier == "gold"
    then: send: thank-you
`),
    [
      '7:11 Steps start in a line of their own | Write `- send: thank-you` in a line below `then:`, further to the right.',
    ],
  ],
  [
    'a key without its colon',
    top(`steps
  - send: thank-you
`),
    ['5:1 There is no colon after `steps` | Write `steps:`.'],
  ],
  [
    'a key and a value without a colon',
    `workflow care
topic: service
trigger:
  event: purchase
steps:
  - send: thank-you
`,
    ['1:1 There is no colon after `workflow` | Write `workflow: care`.'],
  ],
  [
    'a key of the trigger without its colon',
    `workflow: care
topic: service
trigger:
  event purchase
  when: event.total > 1
steps:
  - send: thank-you
`,
    ['4:3 There is no colon after `event` | Write `event: purchase`.'],
  ],
  [
    'else if',
    steps(`  - if: customer.tier == "gold"
    then:
      - send: thank-you
    else if: customer.tier == "silver"
    then:
      - stop: silver
`),
    [
      '9:5 `else if` is not part of the language | For several ways use `choose` with a `when` for each, or put an `if` below `else:`.',
    ],
  ],
  [
    'shares without dashes',
    steps(`  - split:
      50%: [{ send: thank-you }]
      50%: [{ stop: other }]
`),
    ['8:7 `50%` stands here twice | Put a dash before each share.'],
  ],
  [
    'a key twice',
    steps(`  - send: thank-you
    topic: service
    topic: offers
`),
    ['8:5 `topic` stands here twice | Keep one of them.'],
  ],
  [
    'steps twice',
    top(`steps:
  - send: thank-you
steps:
  - stop: done
`),
    ['7:1 `steps` stands here twice | Keep one of them.'],
  ],
  [
    'JSON without its last bracket',
    `{ "workflow": "care", "topic": "service", "trigger": { "event": "purchase", "steps": [ { "stop": "done" } ] }
`,
    ['1:1 This `{` is never closed | Add `}`.'],
  ],
  [
    'JSON with a comment',
    `{
  // hello
  "workflow": "care", "topic": "service", "trigger": { "event": "purchase" }, "steps": [ { "stop": "done" } ] }
`,
    ['2:3 JSON has no comments | Remove it, or start the line with `#`.'],
  ],
  [
    'a list',
    `- workflow: care
  topic: service
`,
    ['1:1 The file expects keys with values, not a list | Remove the dash.'],
  ],
  [
    'a letter',
    `Hello, this is my workflow
`,
    [
      '1:1 The file expects keys with values, not "Hello, this is my workflow" | For example: workflow: win-back',
    ],
  ],
  [
    'a comment alone',
    `# nothing here
`,
    ['1:1 The file is empty | Write it, or remove it.'],
  ],
  [
    'two documents',
    `workflow: care
topic: service
trigger: { event: purchase }
steps:
  - stop: done
---
workflow: care2
`,
    ['6:1 The file holds more than one document | Remove the line `---`.'],
  ],
  [
    'an anchor',
    steps(`  - wait: &pause 3 days
  - stop: done
`),
    [
      '6:11 `&pause` (an anchor) is not part of the language | Write the text out wherever `*pause` stands, or put a text that starts with `&` in quotes.',
    ],
  ],
  [
    'a merge key',
    top(`base: &base
  topic: offers
steps:
  - send: thank-you
    <<: *base
`),
    [
      '5:7 `&base` (an anchor) is not part of the language | Write the text out wherever `*base` stands, or put a text that starts with `&` in quotes.',
    ],
  ],
  [
    'a percent sign',
    top(`title: %name%
steps:
  - stop: done
`),
    ['5:8 A text cannot start with `%` without quotes | Put it in quotes.'],
  ],
  [
    'an at sign',
    steps(`  - send: thank-you
    from: @shop
`),
    ['7:11 A text cannot start with `@` without quotes | Put it in quotes.'],
  ],
  [
    'a bracket that stays open',
    steps(`  - wait: 1 day
    on: [mon, tue
`),
    ['7:9 This `[` is never closed | Add `]`.'],
  ],
  [
    'a brace that stays open',
    `workflow: care
topic: service
trigger: { event: purchase
steps:
  - stop: done
`,
    ['3:10 This `{` is never closed | Add `}`.'],
  ],
  [
    'an apostrophe',
    top(`title: 'Anna's birthday'
steps:
  - stop: done
`),
    [
      '5:8 The apostrophe ends this text, which stands in single quotes | Write `"Anna\'s birthday"`, in double quotes.',
    ],
  ],
  [
    'a step further to the right',
    steps(`  - wait: 1 day
    - stop: done
`),
    [
      '7:5 This dash stands under no other dash | Put the dashes of steps that follow one another into the same column.',
    ],
  ],
  [
    'a key further to the right',
    steps(`  - wait: 1 day
      at: "09:00"
`),
    ['7:7 `at` stands too far to the right | Start it in the column of `wait`: column 5.'],
  ],
  [
    'a key in the column of the dash',
    steps(`  - wait: 1 day
  at: "09:00"
`),
    ['7:3 The indentation does not fit | Start `at` in the column of `wait`: column 5.'],
  ],
  [
    'colons without spaces',
    `workflow:care
topic:service
`,
    [
      '1:1 The file expects keys with values, not "workflow:care topic:service" | For example: workflow: win-back',
    ],
  ],
  [
    'a space of a word processor',
    steps(`  - wait:\u00a03 days
`),
    ['6:10 This is a no-break space, as word processors write it | Replace it with a space of the keyboard.'],
  ],
  [
    'a key of the workflow that is indented',
    `workflow: care
 topic: service
trigger: { event: purchase }
steps:
  - stop: done
`,
    ['2:2 `topic` stands too far to the right | Start it in the column of `workflow`: column 1.'],
  ],
  [
    'quotes inside of quotes',
    steps(`  - if: "customer.tier == "gold""
    then: [{ stop: done }]
`),
    [
      '6:28 A text that goes on after its closing quote needs quotes around all of it | Write `\'customer.tier == "gold"\'`.',
    ],
  ],
  [
    'a condition that starts with a text',
    steps(`  - if: "gold" == customer.tier
    then: [{ stop: done }]
`),
    [
      '6:16 A text that goes on after its closing quote needs quotes around all of it | Write `\'"gold" == customer.tier\'`.',
    ],
  ],
  [
    'Liquid in a condition',
    steps(`  - if: {{ customer.tier }} == "gold"
    then: [{ stop: done }]
`),
    ['6:9 `{{` belongs into mails, not into conditions | Write the name alone: customer.tier.'],
  ],
  [
    'a title that starts with a number sign',
    top(`title: #1 of the month
steps:
  - stop: done
`),
    [
      '5:1 `title` is empty | What follows `#` is a comment. Put a text that starts with it in quotes: "#1 of the month".',
    ],
  ],
  [
    'a quote that stays open',
    top(`title: "Care
steps:
  - stop: done
`),
    ['5:8 This quote is never closed | Close the text with the same quote.'],
  ],
  [
    'a condition that starts with !',
    steps(`  - if: !customer.vip
    then: [{ stop: done }]
`),
    ['6:9 A text that starts with `!` needs quotes | Write `"!customer.vip"`.'],
  ],
]

describe.each([['YAML', yaml]])('%s', (_, mistakes) => {
  test.each(mistakes)('%s', async (_name, definition, expected) => {
    const own = await slips(definition)
    expect(own.map(told)).toEqual(expected)
    for (const { hint } of own) expect(hint).toMatch(/\S/)
  })
})
