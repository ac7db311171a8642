/** Values as people write them elsewhere: durations, times, dates, names. */
import { describe, expect, test, vi } from 'vitest'
import { type Mistake, slips, steps, top } from './newcomers.ts'
import { told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const values: Mistake[] = [
  [
    'a number in words',
    steps(`  - wait: three days
`),
    ['6:11 `wait` expects a duration, not "three days" | Write `3 days`.'],
  ],
  [
    'minutes or months',
    steps(`  - wait: 3m
`),
    ['6:11 `wait` expects a duration, not "3m" | Did you mean `3 minutes` or `3 months`?'],
  ],
  [
    'a unit cut short',
    steps(`  - wait: 3min
`),
    ['6:11 `wait` expects a duration, not "3min" | Did you mean `3 minutes`?'],
  ],
  [
    'a number alone',
    steps(`  - wait: 30
`),
    ['6:11 `wait` expects a duration, not the number 30 | Add a unit: 30 days'],
  ],
  [
    'zero',
    steps(`  - wait: 0
`),
    ['6:11 `wait` expects a duration, not the number 0 | Leave it out where nothing is to be waited for.'],
  ],
  [
    'zero days',
    steps(`  - wait: 0 days
`),
    [
      '6:11 `wait` must be longer than nothing, not "0 days" | Leave it out where nothing is to be waited for.',
    ],
  ],
  [
    'a decimal number alone',
    steps(`  - wait: 1.0
`),
    ['6:11 `wait` expects a duration, not the number 1.0 | Add a unit: 1 day'],
  ],
  [
    'two units',
    steps(`  - wait: 1 day and 2 hours
`),
    [
      '6:11 `wait` expects a duration, not "1 day and 2 hours" | A duration has one unit; for both write `P1DT2H`.',
    ],
  ],
  [
    'another language',
    steps(`  - wait: 3 giorni
`),
    [
      '6:11 `wait` expects a duration, not "3 giorni" | Units are minutes, hours, days, weeks, months and years.',
    ],
  ],
  [
    'a comma',
    steps(`  - wait: 3 days,
`),
    ['6:11 `wait` expects a duration, not "3 days," | Write `3 days`.'],
  ],
  [
    'an hour of one digit',
    steps(`  - wait: 1 day
    at: 9:00
`),
    ['7:9 `at` expects a time of day, not "9:00" | Write "09:00".'],
  ],
  [
    'a bare hour',
    steps(`  - wait: 1 day
    at: 9
`),
    ['7:9 `at` expects a time of day, not the number 9 | Write "09:00".'],
  ],
  [
    'an hour with a point',
    steps(`  - wait: 1 day
    at: 9.30
`),
    ['7:9 `at` expects a time of day, not the number 9.30 | Write "09:30".'],
  ],
  [
    'an hour without its colon',
    steps(`  - wait: 1 day
    at: 0900
`),
    ['7:9 `at` expects a time of day, not the number 0900 | Write "09:00".'],
  ],
  [
    'am',
    steps(`  - wait: 1 day
    at: "9 am"
`),
    ['7:9 `at` expects a time of day, not "9 am" | Write "09:00".'],
  ],
  [
    'an hour that no day has',
    steps(`  - wait: 1 day
    at: "25:00"
`),
    ['7:9 There is no time of day "25:00" | Hours go from 00 to 23.'],
  ],
  [
    "o'clock",
    steps(`  - wait: 1 day
    at: 9 o'clock
`),
    ['7:9 `at` expects a time of day, not "9 o\'clock" | For example: at: "09:00"'],
  ],
  [
    'a part of the day',
    steps(`  - wait: 1 day
    at: morning
`),
    ['7:9 `at` expects a time of day, not "morning" | For example: at: "09:00"'],
  ],
  [
    'seconds',
    steps(`  - wait: 1 day
    at: "09:00:00"
`),
    ['7:9 `at` expects a time of day, not "09:00:00" | Write "09:00".'],
  ],
  [
    'a time that another program has counted in minutes',
    steps(`  - wait: 1 day
    at: 540
`),
    ['7:9 `at` expects a time of day, not the number 540 | Write "05:40".'],
  ],
  [
    'a mail that is not there',
    steps(`  - send: thankyou
`),
    ['6:11 There is no mail `thankyou.mjml` | Did you mean `thank-you`?'],
  ],
  [
    'a file for a mail',
    steps(`  - send: thank-you.mjml
`),
    [
      '6:11 `send` expects the name of a mail of small letters, digits and dashes, not "thank-you.mjml" | Write `thank-you`.',
    ],
  ],
  [
    'a mail in capitals',
    steps(`  - send: Thank You
`),
    [
      '6:11 `send` expects the name of a mail of small letters, digits and dashes, not "Thank You" | Write `thank-you`.',
    ],
  ],
  [
    'a language in words',
    steps(`  - send: hello
@@ hello.italian.mjml
---
subject: Ciao
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
`),
    ['7:1 A text cannot start with `@` without quotes | Put it in quotes.'],
  ],
  [
    'a language with an underscore',
    steps(`  - send: hello
@@ hello.mjml
---
subject: Ciao
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
@@ hello_it.mjml
---
subject: Ciao
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
`),
    ['7:1 A text cannot start with `@` without quotes | Put it in quotes.'],
  ],
  [
    'a language in capitals',
    steps(`  - send: hello
@@ hello.mjml
---
subject: Ciao
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
@@ hello.IT.mjml
---
subject: Ciao
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
`),
    ['7:1 A text cannot start with `@` without quotes | Put it in quotes.'],
  ],
  [
    'a mail in another language alone',
    steps(`  - send: hello
@@ hello.it.mjml
---
subject: Ciao
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
`),
    ['7:1 A text cannot start with `@` without quotes | Put it in quotes.'],
  ],
  [
    'quotes of a word processor',
    steps(`  - wait: 1 day
    at: “09:00”
`),
    ['7:9 `at` stands between the quotes of a word processor | Write "09:00".'],
  ],
  [
    'true as a condition',
    steps(`  - if: true
    then: [{ stop: done }]
`),
    [
      '6:9 `if` expects a condition, not true | A condition compares something, for example: customer.tier == "gold"',
    ],
  ],
  [
    'conditions in a list',
    steps(`  - if:
      - customer.tier == "gold"
      - event.total > 50
    then: [{ stop: done }]
`),
    [
      '7:7 `if` expects a condition, not a list | Write it in one line, with `&&` for "and" and `||` for "or".',
    ],
  ],
  [
    'a condition in braces',
    steps(`  - if: { customer.tier: gold }
    then: [{ stop: done }]
`),
    [
      '6:9 `if` expects a condition, not keys with values | A condition is a text, for example: customer.tier == "gold"',
    ],
  ],
  [
    'yes',
    steps(`  - send: thank-you
    inDoubt: yes
`),
    ['7:14 `inDoubt` expects resend, drop or ask, not "yes" | For example: inDoubt: resend'],
  ],
  [
    'a number for a name',
    `workflow: 2024
topic: service
trigger:
  event: purchase
steps:
  - stop: done
`,
    ['1:11 `workflow` expects a name, not the number 2024 | For example: workflow: win-back'],
  ],
  [
    'a name in capitals',
    `workflow: Care
topic: service
trigger: { event: purchase }
steps:
  - stop: done
`,
    ['1:11 `workflow` expects a name of small letters, digits and dashes, not "Care" | Write `care`.'],
  ],
  [
    'an id with a space',
    steps(`  - wait: 1 day
    id: first reminder
`),
    [
      '7:9 `id` expects an id of small letters, digits and dashes, not "first reminder" | Write `first-reminder`.',
    ],
  ],
  [
    'an unknown topic',
    `workflow: care
topic: marketing
trigger: { event: purchase }
steps:
  - stop: done
`,
    ['2:8 There is no topic `marketing` in the settings | There are `service` and `offers`.'],
  ],
  [
    'again: yes',
    top(`enroll: { again: yes }
steps:
  - stop: done
`),
    ['5:18 `again` expects never, always or after and a duration, not "yes" | Write `always`.'],
  ],
  [
    'again: once',
    top(`enroll: { again: once }
steps:
  - stop: done
`),
    ['5:18 `again` expects never, always or after and a duration, not "once" | Write `never`.'],
  ],
  [
    'true as a reason',
    steps(`  - stop: true
`),
    ['6:11 `stop` expects a reason, not true | Put it in quotes: stop: "true"'],
  ],
  [
    'a date with points',
    steps(`  - wait:
    until: 24.12.2026
`),
    ['7:12 `until` expects a date or where one stands, not "24.12.2026" | Write 2026-12-24.'],
  ],
  [
    'a date with slashes',
    steps(`  - wait:
    until: 12/24/2026
`),
    ['7:12 `until` expects a date or where one stands, not "12/24/2026" | Write 2026-12-24.'],
  ],
  [
    'a thirteenth month',
    steps(`  - wait:
    until: 2026-13-01
`),
    ['7:12 There is no date "2026-13-01" | The month comes before the day: 2026-01-13.'],
  ],
  [
    'a day that no year has',
    steps(`  - wait:
    until: 02-30
`),
    ['7:12 There is no date "02-30" | February has 29 days.'],
  ],
  [
    'a day that this year does not have',
    steps(`  - wait:
    until: 2026-02-30
`),
    ['7:12 There is no date "2026-02-30" | February 2026 has 28 days.'],
  ],
  [
    'a holiday',
    steps(`  - wait:
    until: Christmas day
`),
    [
      '7:12 `until` expects a date or where one stands, not "Christmas day" | For example: until: renewal, until: event.departure or until: 2026-12-24',
    ],
  ],
  [
    'until in one line',
    steps(`  - wait: until 2026-12-24
`),
    [
      '6:11 `wait` expects a duration, not "until 2026-12-24" | A date stands in a line of its own: `wait:`, and below it `until: 2026-12-24` in the same column.',
    ],
  ],
  [
    'a date beside the verb',
    steps(`  - wait: 2026-12-24
`),
    [
      '6:11 `wait` expects a duration, not "2026-12-24" | A date stands in a line of its own: `wait:`, and below it `until: 2026-12-24` in the same column.',
    ],
  ],
  [
    'days in braces',
    steps(`  - wait:
      days: 3
`),
    ['7:7 `wait` expects a duration, not keys with values | Write `wait: 3 days`.'],
  ],
  [
    'leapDay without its capital',
    `workflow: care
topic: service
trigger: { date: birthday, every: year, leapday: feb-28 }
steps:
  - stop: done
`,
    ['3:41 `trigger` does not know `leapday` | Did you mean `leapDay`?'],
  ],
  [
    'leapDay with a space',
    `workflow: care
topic: service
trigger: { date: birthday, every: year, leapDay: feb 28 }
steps:
  - stop: done
`,
    ['3:50 `leapDay` expects feb-28, mar-1 or leap-years-only, not "feb 28" | Did you mean `feb-28`?'],
  ],
  [
    'every 1 year',
    `workflow: care
topic: service
trigger: { date: birthday, every: 1 year }
steps:
  - stop: done
`,
    ['3:35 `every` expects year, month or once, not "1 year" | Did you mean `year`?'],
  ],
  [
    'an attribute with its root',
    `workflow: care
topic: service
trigger: { date: customer.birthday, every: year }
steps:
  - stop: done
`,
    [
      '3:18 `date` expects the name of an attribute of the customer, not "customer.birthday" | Write `birthday`.',
    ],
  ],
  [
    'a day where an attribute belongs',
    `workflow: care
topic: service
trigger: { date: 2026-12-24, every: once }
steps:
  - stop: done
`,
    [
      '3:18 `date` expects the name of an attribute of the customer, not "2026-12-24" | A day of the calendar stands in `calendar`: calendar: "2026-12-24"',
    ],
  ],
  [
    'an offset without a unit',
    `workflow: care
topic: service
trigger: { date: birthday, every: year, offset: -7 }
steps:
  - stop: done
`,
    ['3:49 `offset` expects a span of time, not the number -7 | Add a unit: -7 days'],
  ],
  [
    'a wait into the past',
    steps(`  - wait: -3 days
`),
    [
      '6:11 `wait` must be longer than nothing, not "-3 days" | Write `3 days`: only an `offset` goes back in time.',
    ],
  ],
  [
    'shares that leave somebody out',
    steps(`  - split:
      - 50%: [{ send: thank-you }]
      - 40%: [{ stop: other }]
`),
    [
      '6:5 The shares of `split` add up to 90%, not to 100% | Add `- 10%:` with nothing below it for those who are to be left alone.',
    ],
  ],
  [
    'shares without their sign',
    steps(`  - split:
      - 50: [{ send: thank-you }]
      - 50: [{ stop: other }]
`),
    ['7:9 `50` is not a share | Write `50%`.', '8:9 `50` is not a share | Write `50%`.'],
  ],
  [
    'shares in one word',
    steps(`  - split: 50/50
`),
    [
      '6:12 `split` expects a list of shares, not "50/50" | Put a dash before each share: - 50%: [{ send: one }]',
    ],
  ],
  [
    'an event with a space',
    `workflow: care
topic: service
trigger: { event: order shipped }
steps:
  - stop: done
`,
    [
      '3:19 `event` expects the type of an event, not "order shipped" | Types are words joined by points: order.shipped.',
    ],
  ],
  [
    'a bare number of times',
    steps(`  - repeat: 3
    every: 1 day
    steps: [{ send: thank-you }]
`),
    ['6:13 `repeat` expects a number of times, not the number 3 | Write `3 times`.'],
  ],
  [
    'working days in a word',
    steps(`  - wait: 1 day
    on: weekdays
`),
    ['7:9 `on` expects a list of weekdays, not "weekdays" | Write on: [mon, tue, wed, thu, fri]'],
  ],
  [
    'weekdays in capitals',
    steps(`  - wait: 1 day
    on: [Mon, Tue]
`),
    ['7:10 There is no weekday "Mon" | Write `mon`.', '7:15 There is no weekday "Tue" | Write `tue`.'],
  ],
  [
    'a range of weekdays',
    steps(`  - wait: 1 day
    on: mon-fri
`),
    ['7:9 `on` expects a list of weekdays, not "mon-fri" | Write on: [mon, tue, wed, thu, fri]'],
  ],
  [
    'a day with points',
    `workflow: care
topic: service
trigger: { calendar: 24.12. }
steps:
  - stop: done
`,
    [
      '3:22 `calendar` expects a day such as "12-20" or "2026-11-27", or a line of cron, not "24.12." | Write 12-24.',
    ],
  ],
  [
    'a percent sign without its number',
    top(`enroll: { holdout: "%" }
steps:
  - stop: done
`),
    ['5:20 `holdout` expects a share such as 5%, not "%" | For example: holdout: 5%'],
  ],
  [
    'a misspelt sender',
    steps(`  - send: thank-you
    from: workshp
`),
    ['7:11 There is no sender `workshp` in the settings | Did you mean `workshop`?'],
  ],
  [
    'months cut short',
    steps(`  - wait: 2 mo
`),
    ['6:11 `wait` expects a duration, not "2 mo" | Did you mean `2 months`?'],
  ],
  [
    'a date with slashes, the year first',
    steps(`  - wait:
    until: 2026/12/24
`),
    ['7:12 `until` expects a date or where one stands, not "2026/12/24" | Write 2026-12-24.'],
  ],
  [
    'a date in words',
    steps(`  - wait:
    until: 24 December 2026
`),
    ['7:12 `until` expects a date or where one stands, not "24 December 2026" | Write 2026-12-24.'],
  ],
  [
    'the day before the month',
    `workflow: care
topic: service
trigger: { calendar: "24-12" }
steps:
  - stop: done
`,
    ['3:22 There is no day "24-12" | The month comes first: "12-24".'],
  ],
  [
    'a day with slashes',
    `workflow: care
topic: service
trigger: { calendar: 12/24 }
steps:
  - stop: done
`,
    [
      '3:22 `calendar` expects a day such as "12-20" or "2026-11-27", or a line of cron, not "12/24" | Write 12-24.',
    ],
  ],
  [
    'a day that there is not',
    `workflow: care
topic: service
trigger: { calendar: "02-30" }
steps:
  - stop: done
`,
    ['3:22 There is no day "02-30" | February has 29 days.'],
  ],
  [
    'a day for an attribute',
    `workflow: care
topic: service
trigger: { date: "12-24", every: year }
steps:
  - stop: done
`,
    [
      '3:18 `date` expects the name of an attribute of the customer, not "12-24" | A day of the calendar stands in `calendar`: calendar: "12-24"',
    ],
  ],
  [
    'a window without a unit',
    top(`goal: { event: purchase, within: 60 }
steps:
  - stop: done
`),
    ['5:34 `within` expects a duration, not the number 60 | Add a unit: 60 days'],
  ],
  [
    'a thousand times',
    steps(`  - repeat: 1000 times
    every: 1 day
    steps: [{ send: thank-you }]
`),
    [
      '6:13 `repeat` goes from 1 to 100 times, not "1000 times" | For what has no end, let a date trigger start a journey each time.',
    ],
  ],
]

describe.each([['values', values]])('%s', (_, mistakes) => {
  test.each(mistakes)('%s', async (_name, definition, expected) => {
    const own = await slips(definition)
    expect(own.map(told)).toEqual(expected)
    for (const { hint } of own) expect(hint).toMatch(/\S/)
  })
})
