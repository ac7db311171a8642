/** What somebody does wrong who has never seen the language: words in the wrong place, words of other tools. */
import { describe, expect, test, vi } from 'vitest'
import { type Mistake, slips, steps, top } from './newcomers.ts'
import { told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const places: Mistake[] = [
  [
    'step for steps',
    top(`step:
  - stop: done
`),
    ['5:1 A workflow does not know `step` | Did you mean `steps`?'],
  ],
  [
    'capitals',
    `Workflow: care
Topic: service
Trigger:
  Event: purchase
Steps:
  - Send: thank-you
`,
    [
      '1:1 A workflow does not know `Workflow` | Did you mean `workflow`?',
      '2:1 A workflow does not know `Topic` | Did you mean `topic`?',
      '3:1 A workflow does not know `Trigger` | Did you mean `trigger`?',
      '5:1 A workflow does not know `Steps` | Did you mean `steps`?',
      '6:5 `Send` is not a verb | Did you mean `send`?',
    ],
  ],
  [
    'steps without dashes',
    top(`steps:
  send: thank-you
  wait: 3 days
`),
    [
      '6:3 `steps` expects a list of steps, not keys with values | Put a dash before each step: - send: thank-you',
    ],
  ],
  [
    'three verbs in one step',
    steps(`  - send: thank-you
    wait: 3 days
    stop: done
`),
    [
      '7:5 A step has one verb, and this one has `send` and `wait` | Start a new step: put a dash before `wait`.',
    ],
  ],
  [
    'a dash without a space',
    steps(`  -send: thank-you
`),
    ['6:3 `steps` expects a list of steps, not keys with values | Put a space behind each dash: - send: …'],
  ],
  [
    'numbers for dashes',
    steps(`  1. send: thank-you
`),
    [
      '6:3 `steps` expects a list of steps, not keys with values | Steps are listed with dashes, not with numbers: - send: …',
    ],
  ],
  [
    'a colon without a space',
    steps(`  - send:thank-you
`),
    [
      '6:5 A step is a verb with a colon, not "send:thank-you" | Write `send: thank-you`, with a space behind the colon.',
    ],
  ],
  [
    'a verb without a colon',
    steps(`  - send thank-you
`),
    ['6:5 A step is a verb with a colon, not "send thank-you" | Write `send: thank-you`.'],
  ],
  [
    'a step behind a stop',
    steps(`  - stop: done
  - send: thank-you
`),
    ['(warning) 7:5 This step is never reached: the journey has stopped | Remove it, or move the `stop`.'],
  ],
  [
    'an await without an end',
    steps(`  - await: purchase
    then:
      - stop: bought
`),
    ['6:5 `for` is missing | For example: for: 14 days'],
  ],
  [
    'a word of another tool',
    steps(`  - await: purchase
    timeout: 3 days
    then:
      - stop: bought
`),
    ['7:5 `await` does not know `timeout` | Did you mean `for`?'],
  ],
  [
    'an if without arms',
    steps(`  - if: customer.tier == "gold"
`),
    ['6:5 `if` needs `then`, `else` or both | Indent them to the column of `if`.'],
  ],
  [
    'an arm with a dash',
    steps(`  - if: customer.tier == "gold"
  - then:
      - send: thank-you
`),
    [
      '7:5 `then` is not a step | It belongs to the `if` above it: remove the dash, and indent it to the column of `if`.',
    ],
  ],
  [
    'an arm without a dash',
    steps(`  - if: customer.tier == "gold"
    then:
      send: thank-you
`),
    [
      '8:7 `then` expects a list of steps, not keys with values | Put a dash before each step: - send: thank-you',
    ],
  ],
  [
    'an arm in one line',
    steps(`  - if: customer.tier == "gold"
    then: send thank-you
`),
    [
      '7:11 `then` expects a list of steps, not "send thank-you" | Write the steps in lines below it: - send: thank-you',
    ],
  ],
  [
    'a mail as an arm',
    steps(`  - if: customer.tier == "gold"
    then: thank-you
`),
    [
      '7:11 `then` expects a list of steps, not "thank-you" | Write the steps in lines below it: - send: thank-you',
    ],
  ],
  [
    'else if in one line',
    steps(`  - if: customer.tier == "gold"
    then:
      - send: thank-you
    else if: customer.tier == "silver"
`),
    [
      '9:5 `else if` is not part of the language | For several ways use `choose` with a `when` for each, or put an `if` below `else:`.',
    ],
  ],
  [
    'elif',
    steps(`  - if: customer.tier == "gold"
    then:
      - send: thank-you
    elif: customer.tier == "silver"
`),
    [
      '9:5 `elif` is not part of the language | For several ways use `choose` with a `when` for each, or put an `if` below `else:`.',
    ],
  ],
  [
    'else with a dash',
    steps(`  - if: customer.tier == "gold"
    then:
      - send: thank-you
  - else:
      - stop: none
`),
    [
      '9:5 `else` is not a step | It belongs to the `if` above it: remove the dash, and indent it to the column of `if`.',
    ],
  ],
  [
    'an if in else without a dash',
    steps(`  - if: customer.tier == "gold"
    then:
      - send: thank-you
    else:
      if: customer.tier == "silver"
      then:
        - stop: silver
`),
    [
      '10:7 `else` expects a list of steps, not keys with values | Put a dash before each step: - send: thank-you',
    ],
  ],
  [
    'a trigger without a colon',
    `workflow: care
topic: service
trigger:
  event purchase
steps:
  - send: thank-you
`,
    [
      '4:3 `trigger` expects keys with values, not "event purchase" | For example: trigger: { event: purchase }',
    ],
  ],
  [
    'on for trigger',
    `workflow: care
topic: service
on:
  event: purchase
steps:
  - stop: done
`,
    ['3:1 A workflow does not know `on` | Did you mean `trigger`?'],
  ],
  [
    'name for workflow',
    `name: care
topic: service
trigger: { event: purchase }
steps:
  - stop: done
`,
    ['1:1 A workflow does not know `name` | Did you mean `workflow`?'],
  ],
  [
    'actions for steps',
    `workflow: care
topic: service
trigger: { event: purchase }
actions:
  - send: thank-you
`,
    ['4:1 A workflow does not know `actions` | Did you mean `steps`?'],
  ],
  [
    'email for send',
    steps(`  - email: thank-you
`),
    ['6:5 `email` is not a verb | Did you mean `send`?'],
  ],
  [
    'delay for wait',
    steps(`  - delay: 3 days
`),
    ['6:5 `delay` is not a verb | Did you mean `wait`?'],
  ],
  [
    'the verb as a value',
    steps(`  - action: send
    template: thank-you
`),
    ['6:5 `action` is not a verb | A step begins with its verb: - send: …'],
  ],
  [
    'send with a template inside',
    steps(`  - send:
      template: thank-you
`),
    ['7:7 `send` expects the name of a mail, not keys with values | For example: send: thank-you'],
  ],
  [
    'two mails in one step',
    steps(`  - send: [thank-you, other]
`),
    ['6:11 `send` expects the name of a mail, not a list | For example: send: thank-you'],
  ],
  [
    'two dashes',
    steps(`  - - send: thank-you
`),
    ['6:5 A step is a verb with a colon, not a list | For example: - send: thank-you'],
  ],
  [
    'a coupon with its code',
    steps(`  - coupon: offer
    code: WELCOME10
`),
    ['7:5 `coupon` does not know `code` | Did you mean `pattern`?'],
  ],
  [
    'a trigger with a dash',
    `workflow: care
topic: service
trigger:
  - event: purchase
steps:
  - stop: done
`,
    ['4:3 `trigger` expects keys with values, not a list | Remove the dash.'],
  ],
  [
    'two events',
    `workflow: care
topic: service
trigger:
  event: [purchase, refund]
steps:
  - stop: done
`,
    [
      '4:10 `event` expects the type of an event, not a list | It is one event. Make a workflow for each of them.',
    ],
  ],
  [
    'an empty trigger',
    `workflow: care
topic: service
trigger:
steps:
  - stop: done
`,
    ['3:1 `trigger` is empty | For example: trigger: { event: purchase }'],
  ],
  [
    'no topic',
    `workflow: care
trigger: { event: purchase }
steps:
  - stop: done
`,
    ['1:1 `topic` is missing | For example: topic: service'],
  ],
  [
    'a when outside of its trigger',
    top(`when: event.total > 5
steps:
  - stop: done
`),
    ['5:1 `when` stands outside of `trigger` | Indent it below `trigger:`.'],
  ],
  [
    'condition for when',
    top(`  condition: event.total > 5
steps:
  - stop: done
`),
    ['5:3 `trigger` does not know `condition` | Did you mean `when`?'],
  ],
  [
    'a goal in one word',
    top(`goal: purchase
steps:
  - stop: done
`),
    [
      '5:7 `goal` expects keys with values, not "purchase" | For example: goal: { event: purchase, within: 60 days }',
    ],
  ],
  [
    'an exit in one word',
    top(`exit: refund
steps:
  - stop: done
`),
    ['5:7 `exit` expects a list of events, not "refund" | Put a dash before it: - event: ticket.reopened'],
  ],
  [
    'enroll in one word',
    top(`enroll: always
steps:
  - stop: done
`),
    ['5:9 `enroll` expects keys with values, not "always" | For example: enroll: { per: event.ticketId }'],
  ],
  [
    'choose without a dash',
    steps(`  - choose:
      when: customer.tier == "gold"
      then: [{ stop: gold }]
`),
    [
      '7:7 `choose` expects a list of conditions, not keys with values | Put a dash before each condition: - when: customer.tier == "gold"',
    ],
  ],
  [
    'if in choose',
    steps(`  - choose:
      - if: customer.tier == "gold"
        then: [{ stop: gold }]
`),
    ['7:9 `choose` does not know `if` | Did you mean `when`?'],
  ],
  [
    'an id twice',
    steps(`  - wait: 1 day
    id: a
  - wait: 1 day
    id: a
`),
    ['9:9 There are two steps with the id `a` | Give one of them another id.'],
  ],
  [
    'a verb alone',
    steps(`  - wait
`),
    ['6:5 A step is a verb with a colon, not "wait" | Write `wait: …`.'],
  ],
  [
    'a misspelt key of the trigger',
    `workflow: care
topic: service
trigger:
  evnet: purchase
steps:
  - stop: done
`,
    ['4:3 `trigger` does not know `evnet` | Did you mean `event`?'],
  ],
  [
    'a trigger that is not indented',
    `workflow: care
topic: service
trigger:
event: purchase
steps:
  - stop: done
`,
    ['4:1 `event` stands outside of `trigger` | Indent it below `trigger:`.'],
  ],
  [
    'a verb in capitals',
    steps(`  - Send: thank-you
`),
    ['6:5 `Send` is not a verb | Did you mean `send`?'],
  ],
  [
    'a key with a dash',
    steps(`  - await: purchase
  - for: 3 days
`),
    [
      '7:5 `for` is not a step | It belongs to the `await` above it: remove the dash, and indent it to the column of `await`.',
    ],
  ],
  [
    'a repeat in a repeat',
    steps(`  - repeat: 2 times
    every: 1 day
    steps:
      - repeat: 2 times
        every: 1 hour
        steps: [{ send: thank-you }]
`),
    ['9:9 A `repeat` cannot stand inside another | Give it a workflow of its own.'],
  ],
  [
    'an event of Premura itself',
    steps(`  - emit: csat.rated
`),
    ['6:11 `csat.rated` is what Premura says itself | Choose another type.'],
  ],
]

describe.each([['places', places]])('%s', (_, mistakes) => {
  test.each(mistakes)('%s', async (_name, definition, expected) => {
    const own = await slips(definition)
    expect(own.map(told)).toEqual(expected)
    for (const { hint } of own) expect(hint).toMatch(/\S/)
  })
})
