/** Every mistake has its line, its column, a sentence and a way out. */
import { describe, expect, test, vi } from 'vitest'
import { compile, head, mail, told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

/** [what went wrong, the definition, everything that is told about it] */
type Mistake = [string, string, string[]]

const steps = (text: string) => `${head}steps:\n${text}`
const verbs =
  'Verbs are send, survey, wait, await, if, choose, split, repeat, coupon, task, set, emit, webhook and stop.'

const words: Mistake[] = [
  ['a misspelt verb', steps('  - sned: thank-you\n'), ['6:5 `sned` is not a verb | Did you mean `send`?']],
  ['no verb at all', steps('  - frobnicate: thank-you\n'), [`6:5 \`frobnicate\` is not a verb | ${verbs}`]],
  [
    'a misspelt key',
    `${head}stesp:\n  - stop: done\n`,
    ['5:1 A workflow does not know `stesp` | Did you mean `steps`?'],
  ],
  [
    'a misspelt key of a step',
    steps('  - await: purchase\n    for: 3 days\n    whne: event.total > 1\n'),
    ['8:5 `await` does not know `whne` | Did you mean `when`?'],
  ],
  [
    'a misspelt key of a trigger',
    'workflow: care\ntopic: service\ntrigger:\n  evnt: purchase\nsteps:\n  - stop: done\n',
    ['4:3 `trigger` does not know `evnt` | Did you mean `event`?'],
  ],
  [
    'a misspelt choice',
    steps('  - send: thank-you\n    inDoubt: dorp\n'),
    ['7:14 `inDoubt` expects resend, drop or ask, not "dorp" | Did you mean `drop`?'],
  ],
  [
    'an unknown topic',
    'workflow: care\ntopic: servce\ntrigger: { event: purchase }\nsteps:\n  - stop: done\n',
    ['2:8 There is no topic `servce` in the settings | Did you mean `service`?'],
  ],
  [
    'an unknown topic of a step',
    steps('  - send: thank-you\n    topic: news\n'),
    ['7:12 There is no topic `news` in the settings | There are `service` and `offers`.'],
  ],
  [
    'an unknown sender',
    steps('  - send: thank-you\n    from: worksop\n'),
    ['7:11 There is no sender `worksop` in the settings | Did you mean `workshop`?'],
  ],
  [
    'a name that is none',
    'workflow: My Flow\ntopic: service\ntrigger: { event: purchase }\nsteps:\n  - stop: done\n',
    ['1:11 `workflow` expects a name of small letters, digits and dashes, not "My Flow" | Write `my-flow`.'],
  ],
  [
    'a file instead of a mail',
    steps('  - send: thank-you.mjml\n'),
    [
      '6:11 `send` expects the name of a mail of small letters, digits and dashes, not "thank-you.mjml" | Write `thank-you`.',
    ],
  ],
  [
    'a survey that does not exist',
    steps('  - survey: cast\n'),
    ['6:13 `survey` expects csat, nps or ces, not "cast" | Did you mean `csat`?'],
  ],
]

const places: Mistake[] = [
  [
    'two verbs in one step',
    steps('  - send: thank-you\n    wait: 3 days\n'),
    [
      '7:5 A step has one verb, and this one has `send` and `wait` | Start a new step: put a dash before `wait`.',
    ],
  ],
  [
    'a dash too many',
    steps('  - wait: 3 days\n  - at: "10:00"\n'),
    [
      '7:5 `at` is not a step | It belongs to the `wait` above it: remove the dash, and indent it to the column of `wait`.',
    ],
  ],
  [
    'a dash too few',
    steps('  send: thank-you\n'),
    [
      '6:3 `steps` expects a list of steps, not keys with values | Put a dash before each step: - send: thank-you',
    ],
  ],
  [
    'a step beside the steps',
    `${head}send: thank-you\nsteps:\n  - stop: done\n`,
    ['5:1 `send` is a step and stands outside of `steps` | Move it under `steps`, as `- send: …`.'],
  ],
  [
    'an arm beside the steps',
    `${head}then:\n  - stop: done\nsteps:\n  - stop: done\n`,
    ['5:1 `then` stands outside of its step | It belongs to `await` or `if`: indent it.'],
  ],
  [
    'steps under the wrong key',
    steps('  - await: purchase\n    for: 3 days\n    do:\n      - stop: done\n'),
    ['8:5 `await` does not know `do` | Steps stand under `then` or `else`.'],
  ],
  [
    'a missing colon',
    steps('  - send thank-you\n'),
    ['6:5 A step is a verb with a colon, not "send thank-you" | Write `send: thank-you`.'],
  ],
  [
    'an empty step',
    steps('  -\n'),
    ['6:4 A step is a verb with a colon, not nothing | For example: - send: thank-you'],
  ],
  [
    'no steps',
    `${head}steps: []\n`,
    ['5:8 `steps` expects a list of steps, not an empty list | Add a step, or remove the key.'],
  ],
  [
    'an if without arms',
    steps('  - if: customer.vip\n'),
    ['6:5 `if` needs `then`, `else` or both | Indent them to the column of `if`.'],
  ],
  [
    'an await without an end',
    steps('  - await: purchase\n    then:\n      - stop: done\n'),
    ['6:5 `for` is missing | For example: for: 14 days'],
  ],
  [
    'a goal without an end',
    `${head}goal:\n  event: purchase\nsteps:\n  - stop: done\n`,
    ['5:1 `within` is missing | For example: within: 60 days'],
  ],
  [
    'a task for nobody',
    steps('  - task: recover\n'),
    ['6:5 `queue` is missing | For example: queue: care-team'],
  ],
  [
    'an exit without a dash',
    `${head}exit:\n  event: purchase\nsteps:\n  - stop: done\n`,
    [
      '6:3 `exit` expects a list of events, not keys with values | Put a dash before it: - event: ticket.reopened',
    ],
  ],
  [
    'a trigger in one word',
    'workflow: care\ntopic: service\ntrigger: purchase\nsteps:\n  - stop: done\n',
    ['3:10 `trigger` expects keys with values, not "purchase" | For example: trigger: { event: purchase }'],
  ],
  [
    'two triggers',
    'workflow: care\ntopic: service\ntrigger:\n  event: purchase\n  date: birthday\nsteps:\n  - stop: done\n',
    ['5:3 A trigger has one beginning, and this one has `event` and `date` | Make two workflows of it.'],
  ],
  [
    'no trigger',
    'workflow: care\ntopic: service\ntrigger:\n  audience: customer.vip\nsteps:\n  - stop: done\n',
    [
      '3:1 `trigger` needs an `event`, `date`, `calendar` or `becomes` | For example: trigger: { event: purchase }',
    ],
  ],
  [
    'a date without every',
    'workflow: care\ntopic: service\ntrigger:\n  date: birthday\nsteps:\n  - stop: done\n',
    ['4:3 `every` is missing | Say how often the date comes up: every: year, month or once.'],
  ],
  [
    'a time of day for an event',
    `${head}  at: "09:00"\nsteps:\n  - stop: done\n`,
    ['5:3 `at` belongs to a trigger with `date` or `calendar` | Remove it, or use a `wait` step.'],
  ],
  [
    'a coupon from nowhere',
    steps('  - coupon: offer\n'),
    ['6:5 `coupon` needs a `pool` or a `pattern` | For example: pattern: CARE-????-##'],
  ],
  [
    'a coupon from two places',
    steps('  - coupon: offer\n    pool: winter\n    pattern: CARE-????-##\n'),
    ['8:5 A coupon comes from a `pool` or a `pattern`, not from both | Remove one of them.'],
  ],
  [
    'two steps of one id',
    steps('  - wait: 1 day\n    id: pause\n  - stop: done\n    id: pause\n'),
    ['9:9 There are two steps with the id `pause` | Give one of them another id.'],
  ],
  [
    'a step behind a stop',
    steps('  - stop: done\n  - wait: 1 day\n'),
    ['(warning) 7:5 This step is never reached: the journey has stopped | Remove it, or move the `stop`.'],
  ],
  [
    'a step behind two stops',
    steps('  - if: customer.vip\n    then: [{ stop: vip }]\n    else: [{ stop: other }]\n  - wait: 1 day\n'),
    [
      '(warning) 9:5 This step is never reached: all arms before it stop the journey | Remove it, or move the `stop`.',
    ],
  ],
]

const values: Mistake[] = [
  [
    'a duration without a space',
    steps('  - wait: 3days\n'),
    ['6:11 `wait` expects a duration, not "3days" | Write `3 days`, with a space.'],
  ],
  [
    'a misspelt unit',
    steps('  - wait: 3 dayz\n'),
    ['6:11 `wait` expects a duration, not "3 dayz" | Did you mean `3 days`?'],
  ],
  [
    'a unit cut short',
    steps('  - wait: 2 h\n'),
    ['6:11 `wait` expects a duration, not "2 h" | Did you mean `2 hours`?'],
  ],
  [
    'a number without a unit',
    steps('  - wait: 3\n'),
    ['6:11 `wait` expects a duration, not the number 3 | Add a unit: 3 days'],
  ],
  [
    'half a day',
    steps('  - wait: 1.5 hours\n'),
    [
      '6:11 `wait` expects a duration, not "1.5 hours" | Durations are whole numbers: write 90 minutes for an hour and a half.',
    ],
  ],
  [
    'a wait into the past',
    steps('  - wait: -3 days\n'),
    [
      '6:11 `wait` must be longer than nothing, not "-3 days" | Write `3 days`: only an `offset` goes back in time.',
    ],
  ],
  [
    'a wait for nothing',
    steps('  - wait:\n'),
    ['6:5 `wait` does not say how long | For example: wait: 3 days, or `until`, `at` or `on` below it.'],
  ],
  [
    'a wait with its rule inside',
    steps('  - wait: { at: "09:00" }\n'),
    [
      '6:11 `wait` expects a duration, not keys with values | Put `until`, `at` and `on` into lines of their own below `wait`, in the same column.',
    ],
  ],
  [
    'a bare hour',
    steps('  - wait: 1 day\n    at: 9\n'),
    ['7:9 `at` expects a time of day, not the number 9 | Write "09:00".'],
  ],
  [
    'an hour of one digit',
    steps('  - wait: 1 day\n    at: 9:30\n'),
    ['7:9 `at` expects a time of day, not "9:30" | Write "09:30".'],
  ],
  [
    'an hour that no day has',
    steps('  - wait: 1 day\n    at: 29:00\n'),
    ['7:9 There is no time of day "29:00" | Hours go from 00 to 23.'],
  ],
  [
    'the end of the day',
    steps('  - wait: 1 day\n    at: 24:00\n'),
    ['7:9 There is no time of day "24:00" | Midnight is "00:00".'],
  ],
  [
    'a clock with two halves',
    steps('  - wait: 1 day\n    at: 9 pm\n'),
    ['7:9 `at` expects a time of day, not "9 pm" | Write "21:00".'],
  ],
  [
    'one weekday without a list',
    steps('  - wait: 1 day\n    on: friday\n'),
    ['7:9 `on` expects a list of weekdays, not "friday" | Write on: [fri]'],
  ],
  [
    'a weekday spelt out',
    steps('  - wait: 1 day\n    on: [monday]\n'),
    ['7:10 There is no weekday "monday" | Write `mon`.'],
  ],
  [
    'a holdout that is no share',
    `${head}enroll:\n  holdout: some\nsteps:\n  - stop: done\n`,
    ['6:12 `holdout` expects a share such as 5%, not "some" | For example: holdout: 5%'],
  ],
  [
    'a holdout without its sign',
    `${head}enroll:\n  holdout: 5\nsteps:\n  - stop: done\n`,
    ['6:12 `holdout` expects a share, not the number 5 | Write `holdout: 5%`.'],
  ],
  [
    'a holdout of nearly everybody',
    `${head}enroll:\n  holdout: 95%\nsteps:\n  - stop: done\n`,
    ['6:12 `holdout` keeps out more than nobody and at most half, not "95%" | For example: holdout: 5%'],
  ],
  [
    'a profile that is to become what time makes of it',
    'workflow: care\ntopic: service\ntrigger:\n  becomes: timestamp(customer.lastOrderAt) < now\nsteps:\n  - stop: done\n',
    [
      '4:46 `becomes` looks at the profile when it changes, and `now` goes on without a change | For what comes with time use a trigger with `date`, or a `wait`.',
    ],
  ],
  [
    'a profile that is to become what an event says',
    'workflow: care\ntopic: service\ntrigger:\n  becomes: event.total > 5\nsteps:\n  - stop: done\n',
    ['4:12 `event` is not known in this place | Known here: customer.'],
  ],
  [
    'a condition on an event where there is none',
    'workflow: care\ntopic: service\ntrigger:\n  becomes: customer.vip\n  when: event.total > 5\n  at: "09:00"\nsteps:\n  - stop: done\n',
    [
      '5:3 `when` belongs to a trigger with `event` or `date` | There is no event to look at: use `audience`.',
      '6:3 `at` belongs to a trigger with `date` or `calendar` | Remove it, or use a `wait` step.',
    ],
  ],
  [
    'a day that there is not',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "20-12"\nsteps:\n  - stop: done\n',
    ['4:13 There is no day "20-12" | The month comes first: "12-20".'],
  ],
  [
    'a line of cron with seconds',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "0 0 9 1 * *"\nsteps:\n  - stop: done\n',
    [
      '4:13 `calendar` expects a day such as "12-20" or "2026-11-27", or a line of cron, not "0 0 9 1 * *" | A line of cron has five fields: no seconds.',
    ],
  ],
  [
    'a line of cron that comes up often on a day',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "*/5 9 1 * *"\nsteps:\n  - stop: done\n',
    [
      '4:13 `calendar` comes up once on a day, at one minute and hour | For example: calendar: "0 9 1 * *", at 09:00 on the first of each month.',
    ],
  ],
  [
    'a line of cron with two kinds of days',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "0 9 1 * mon"\nsteps:\n  - stop: done\n',
    [
      '4:13 `calendar` names days of the month and days of the week | Put * for one of them; "0 9 * * mon#1" is the first Monday.',
    ],
  ],
  [
    'a line of cron in steps',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "0 9 */2 * *"\nsteps:\n  - stop: done\n',
    ['4:13 `calendar` counts in steps ("*/2") | Write the days or months out: 1,15.'],
  ],
  [
    'a day that some months lack',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "0 9 31 * *"\nsteps:\n  - stop: done\n',
    [
      '4:13 `calendar` names the 31th, which not every month has that it means | Write L for the last day of the month.',
    ],
  ],
  [
    'a weekday that nobody knows',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "0 9 * * lun"\nsteps:\n  - stop: done\n',
    [
      '4:13 `calendar` knows no day of the week "lun" | For example: "0 9 * * mon#1", at 09:00 on the first Monday of each month.',
    ],
  ],
  [
    'a time beside a line of cron',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "0 9 1 * *"\n  at: "10:00"\nsteps:\n  - stop: done\n',
    ['5:3 A line of cron says the time itself: 09:00 | Remove it.'],
  ],
  [
    'a leap day of another day',
    'workflow: care\ntopic: service\ntrigger:\n  calendar: "12-20"\n  leapDay: mar-1\nsteps:\n  - stop: done\n',
    ['5:3 `leapDay` belongs to 29 February | Remove it.'],
  ],
  [
    'a priority that is no number',
    `${head}priority: high\nsteps:\n  - stop: done\n`,
    [
      '5:11 `priority` expects a whole number from 0 to 100, not "high" | The higher goes first; without one it is 0.',
    ],
  ],
  [
    'an offset in hours',
    'workflow: care\ntopic: service\ntrigger: { date: birthday, every: year, offset: -3 hours }\nsteps:\n  - stop: done\n',
    ['3:49 `offset` counts in days or longer | Use `at` for the time of day.'],
  ],
  [
    'an offset in hours beside a time of day',
    'workflow: care\ntopic: service\ntrigger: { date: visit, every: once, offset: -3 hours, at: "09:00" }\nsteps:\n  - stop: done\n',
    [
      '3:46 `offset` counts in days or longer | Remove `at`: hours count from the time that the date itself has.',
    ],
  ],
  [
    'an offset in words',
    'workflow: care\ntopic: service\ntrigger: { date: birthday, every: year, offset: 7 days before }\nsteps:\n  - stop: done\n',
    ['3:49 `offset` expects a signed number of days, not "7 days before" | Write `-7 days`.'],
  ],
  [
    'again without after',
    `${head}enroll:\n  again: 30 days\nsteps:\n  - stop: done\n`,
    ['6:10 `again` expects never, always or after and a duration, not "30 days" | Write `after 30 days`.'],
  ],
  [
    'an empty condition',
    steps('  - if:\n    then: [{ stop: done }]\n'),
    ['6:5 `if` is empty | For example: if: customer.tier == "gold"'],
  ],
  [
    'a condition with one equals sign',
    steps('  - if: customer.tier = "gold"\n    then: [{ stop: done }]\n'),
    ['6:23 `=` does not compare | Write `==` for "is equal to".'],
  ],
  [
    'a mistake in a folded condition',
    steps('  - if: >\n      customer.tier == "gold"\n      && custmer.vip\n    then: [{ stop: done }]\n'),
    [
      '8:10 Unknown name `custmer` | Did you mean `customer`? Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
    ],
  ],
  [
    'a journey in the trigger',
    `${head}  when: enrollment.key == "x"\nsteps:\n  - stop: done\n`,
    ['5:9 `enrollment` is not known in this place | Known here: event, meta, customer, now and today.'],
  ],
  [
    'a text without its quotes',
    steps('  - set:\n      tier: gold\n'),
    ['7:13 Unknown name `gold` | For the text write \'"gold"\', with two pairs of quotes.'],
  ],
  [
    'an id that changes',
    steps('  - set:\n      id: "1"\n'),
    ['7:7 `id` cannot be set | Attributes are words of letters and digits, and `id` never changes.'],
  ],
  [
    'a coupon that no step draws',
    steps(
      '  - coupon: offer\n    pool: winter\n  - if: coupons.offr.code != ""\n    then: [{ stop: done }]\n',
    ),
    ['8:9 No step sets the coupon `offr` | Did you mean `offer`?'],
  ],
  [
    'a step that is not there',
    steps(
      '  - send: thank-you\n  - if: steps["thank-yuo"].outcome == "opened"\n    then: [{ stop: done }]\n',
    ),
    ['7:9 There is no step `thank-yuo` | Did you mean `thank-you`?'],
  ],
  [
    'a coupon that can be guessed',
    steps('  - coupon: offer\n    pattern: CARE-##\n'),
    [
      '7:14 `pattern` leaves room for 2 random characters only | Use at least six of `?` (letter) and `#` (digit), so that codes cannot be guessed.',
    ],
  ],
  [
    'a title that is not Liquid',
    steps('  - task: call\n    queue: care\n    title: "{{ customer.firstName"\n'),
    ['8:13 This `{{` is never closed | Close it with `}}`.'],
  ],
  [
    'an attribute that looks misspelt',
    steps('  - if: customer.fristName == "Anna"\n    then: [{ stop: done }]\n'),
    [
      '(warning) 6:9 `customer.fristName` looks like a slip of the pen | Did you mean `customer.firstName`? Leave it if the attribute is one of your own.',
    ],
  ],
  [
    'a survey that is also sent',
    steps('  - survey: csat\n    send: how\n'),
    ['7:5 A survey is sent by itself, without `send` | Name its mail with `template`.'],
  ],
  [
    'a reason of the engine',
    steps('  - stop: converted\n'),
    ['6:11 `converted` is what the engine says itself | Choose another reason.'],
  ],
]

const channels: Mistake[] = [
  [
    'a text that is only there as a mail',
    steps('  - send: thank-you\n    channel: sms\n'),
    [
      '6:11 There is no text `thank-you.txt` | `thank-you.mjml` is a mail: what goes out by sms is written in `thank-you.txt`.',
    ],
  ],
  [
    'an unknown channel',
    steps('  - send: thank-you\n    channel: whatsap\n'),
    ['7:14 `channel` expects email, sms or whatsapp, not "whatsap" | Did you mean `whatsapp`?'],
  ],
  [
    'a text with the sender of a mail',
    steps('  - send: thank-you\n    channel: sms\n    from: default\n    replyTo: a@example.com\n'),
    [
      '8:5 `from` belongs to mails | Remove it; an SMS names its sender in the head of its own file.',
      '9:5 `replyTo` belongs to mails | Remove it: texts are answered to the number that they came from.',
    ],
  ],
]

const yaml: Mistake[] = [
  ['nothing', '', ['1:1 The file is empty | Write it, or remove it.']],
  [
    'something else',
    '- a\n- b\n',
    ['1:1 The file expects keys with values, not a list | For example: workflow: win-back'],
  ],
  ['a tab', steps('\t- stop: done\n'), ['6:1 This line is indented with a tab | Indent with spaces.']],
  [
    'a key that stands twice',
    `${head}topic: offers\nsteps:\n  - stop: done\n`,
    ['5:1 `topic` stands here twice | Keep one of them.'],
  ],
  [
    'an alias',
    steps('  - wait: &pause 3 days\n  - wait: *pause\n'),
    [
      '6:11 `&pause` (an anchor) is not part of the language | Write the text out wherever `*pause` stands, or put a text that starts with `&` in quotes.',
    ],
  ],
  [
    'an open quote',
    steps('  - stop: "done\n'),
    ['6:11 This quote is never closed | Close the text with the same quote.'],
  ],
  [
    'a text that goes on after its quotes',
    steps('  - if: "vip" in customer.tags\n'),
    [
      '6:15 A text that goes on after its closing quote needs quotes around all of it | Write `\'"vip" in customer.tags\'`.',
    ],
  ],
  [
    'a text with a colon',
    `${head}title: Care: a promise\nsteps:\n  - stop: done\n`,
    ["5:8 A text that contains `: ` needs quotes | Write `'Care: a promise'`, in single quotes."],
  ],
  [
    'Liquid without quotes',
    `${head}title: {{ brand.name }}\nsteps:\n  - stop: done\n`,
    ['5:8 A text that starts with `{{` needs quotes | Write `"{{ brand.name }}"`.'],
  ],
  [
    'a condition that starts with !',
    steps('  - if: !(customer.vip)\n    then: [{ stop: done }]\n'),
    ['6:9 A text that starts with `!` needs quotes | Write `"!(customer.vip)"`.'],
  ],
  [
    'a step a column off',
    steps('  - wait: 1 day\n   stop: done\n'),
    ['7:4 The indentation does not fit | Start `stop` in the column of `wait`: column 5.'],
  ],
  [
    'two documents',
    `${steps('  - stop: done\n')}---\nmore\n`,
    ['7:1 The file holds more than one document | Remove the line `---`.'],
  ],
  [
    'JSON without a comma',
    '{"workflow": "care"\n"topic": "service"}',
    ['2:1 This cannot stand here | Look for a missing comma, quote or bracket just before it.'],
  ],
]

describe.each([
  ['words', words],
  ['places', places],
  ['values', values],
  ['words of later versions', channels],
  ['YAML', yaml],
])('%s', (_, mistakes) => {
  test.each(mistakes)('%s', async (_name, definition, expected) => {
    const { issues, workflow } = await compile(definition, { 'thank-you.mjml': mail() })
    const unused = '(warning) thank-you.mjml 1:1 No step sends this mail'
    expect(issues.map(told).filter((line) => !line.startsWith(unused))).toEqual(expected)
    expect(workflow === undefined).toBe(issues.some(({ severity }) => severity === 'error'))
  })
})

test('several mistakes are told at once, in the order of the text', async () => {
  const { issues } = await compile(
    'workflow: Care!\ntopic: service\ntrigger: {}\nsteps:\n  - sned: x\n  - wait: 3days\n',
  )
  expect(issues.map(({ line, column }) => [line, column])).toEqual([
    [1, 11],
    [5, 5],
    [6, 11],
  ])
})

test('what is wrong is told at once, also below a misspelt key and in the mails', async () => {
  const { issues } = await compile(
    'workflow: care\ntopic: service\ntrigger: { event: purchase }\nactions:\n  - sned: x\n',
    { 'hello.mjml': mail('{{ customer.firstName'), 'hello.it.mjml': '' },
  )
  expect(issues.map(told)).toEqual([
    '4:1 A workflow does not know `actions` | Did you mean `steps`?',
    '5:5 `sned` is not a verb | Did you mean `send`?',
    'hello.it.mjml 1:1 A mail begins with its subject between two lines of `---` | Begin the file with `---`, `subject: …`, and a second `---`',
    'hello.mjml 4:33 This `{{` is never closed | Close it with `}}`.',
  ])
})
