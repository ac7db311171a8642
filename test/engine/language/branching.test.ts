/** The verbs with branches: what they become, and every mistake with its place and a way out. */
import { describe, expect, test } from 'vitest'
import { compile, head, programOf, told } from './workshop.ts'

type Mistake = [string, string, string[]]

const steps = (text: string) => `${head}steps:\n${text}`

async function toldOf(definition: string) {
  const { issues, workflow } = await compile(definition)
  expect(workflow === undefined).toBe(issues.some(({ severity }) => severity === 'error'))
  return issues.map(told)
}

describe('choose', () => {
  test('becomes its conditions with their first steps, and joins behind them', async () => {
    const program = await programOf(
      steps(`  - choose:
      - when: customer.tier == "gold"
        then:
          - wait: 1 day
          - stop: gold
      - when: customer.tier == "silver"
      - when: customer.vip
        then: [{ wait: 2 days }]
    else:
      - stop: other
  - stop: done
`),
    )
    expect(program.steps['choose-1']).toEqual({
      id: 'choose-1',
      next: 'stop-done',
      verb: 'choose',
      cases: [
        { when: 'customer.tier == "gold"', first: 'wait-1' },
        { when: 'customer.tier == "silver"', first: 'stop-done' },
        { when: 'customer.vip', first: 'wait-2' },
      ],
      else: 'stop-other',
    })
    expect(program.steps['wait-2']).toMatchObject({ next: 'stop-done' })
  })

  test.each<Mistake>([
    [
      'no list',
      '  - choose: customer.vip\n',
      [
        '6:13 `choose` expects a list of conditions, not "customer.vip" | Put a dash before each condition: - when: customer.tier == "gold"',
      ],
    ],
    [
      'no condition',
      '  - choose: []\n    else: [{ stop: done }]\n',
      ['6:13 `choose` has no `when` | Put `- when:` with a condition below it, once for each branch.'],
    ],
    [
      'no steps',
      '  - choose:\n      - when: customer.vip\n',
      ['6:5 `choose` has no steps | Put `then` with steps below a `when`.'],
    ],
    [
      'a branch without its condition',
      '  - choose:\n      - then: [{ stop: done }]\n',
      ['7:9 `when` is missing | For example: when: customer.tier == "gold"'],
    ],
    [
      'a misspelt key of a branch',
      '  - choose:\n      - when: customer.vip\n        than: [{ stop: done }]\n',
      ['8:9 `choose` does not know `than` | Did you mean `then`?'],
    ],
    [
      'an else in the list',
      '  - choose:\n      - when: customer.vip\n        then: [{ stop: vip }]\n      - else: [{ stop: other }]\n',
      [
        '9:9 `else` stands beside `choose`, not in its list | Remove the dash before it, and indent it to the column of `choose`.',
      ],
    ],
    [
      'a slip in a condition',
      '  - choose:\n      - when: customer.tier = "gold"\n        then: [{ stop: vip }]\n',
      ['7:29 `=` does not compare | Write `==` for "is equal to".'],
    ],
    [
      'a coupon that no step draws',
      '  - choose:\n      - when: coupons.offer.code != ""\n        then: [{ stop: vip }]\n',
      ['7:15 No step sets the coupon `offer` | Draw it in a step before: - coupon: offer'],
    ],
    [
      'a mistake inside of a branch',
      '  - choose:\n      - when: customer.vip\n        then:\n          - sned: x\n',
      ['9:13 `sned` is not a verb | Did you mean `send`?'],
    ],
    [
      'a branch below one that always holds',
      '  - choose:\n      - when: "true"\n        then: [{ set: { a: 1 } }]\n      - when: customer.vip\n        then: [{ set: { a: 1 } }]\n    else: [{ set: { a: 1 } }]\n',
      [
        '(warning) 9:9 This branch is never reached: a `when` above it always holds | Move that one into `else`.',
        '(warning) 11:11 `else` is never reached: a `when` above it always holds | Remove one of them.',
      ],
    ],
    [
      'the same condition twice',
      '  - choose:\n      - when: customer.vip\n        then: [{ set: { a: 1 } }]\n      - when: customer.vip\n        then: [{ set: { a: 1 } }]\n',
      ['(warning) 9:9 This branch is never reached: the same `when` stands above it | Remove one of them.'],
    ],
    [
      'a step behind branches that all stop',
      '  - choose:\n      - when: customer.vip\n        then: [{ stop: vip }]\n    else: [{ stop: other }]\n  - wait: 1 day\n',
      [
        '(warning) 10:5 This step is never reached: all arms before it stop the journey | Remove it, or move the `stop`.',
      ],
    ],
    [
      'branches that may all be passed by',
      '  - choose:\n      - when: customer.vip\n        then: [{ stop: vip }]\n  - set: { a: 1 }\n',
      [],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await toldOf(steps(text))).toEqual(expected)
  })
})

describe('split', () => {
  test('becomes its shares with their first steps; an arm with nothing below it goes on', async () => {
    const program = await programOf(
      steps(
        '  - split:\n      - 49.5%: [{ wait: 1 day }]\n      - 49.5%:\n          - stop: other\n      - 1%:\n  - stop: done\n',
      ),
    )
    expect(program.steps['split-1']).toEqual({
      id: 'split-1',
      next: 'stop-done',
      verb: 'split',
      arms: [
        { share: 49.5, first: 'wait-1' },
        { share: 49.5, first: 'stop-other' },
        { share: 1, first: 'stop-done' },
      ],
    })
  })

  test('adds up exactly, with decimals', async () => {
    expect(await toldOf(steps('  - split: [{ 33.333%: }, { 33.333%: }, { 33.334%: }]\n'))).toEqual([])
  })

  test.each<Mistake>([
    [
      'a mapping',
      '  - split:\n      30%: [{ stop: a }]\n      70%: [{ stop: b }]\n',
      [
        '7:7 `split` expects a list of shares, not keys with values | Put a dash before each share: - 50%: [{ send: one }]',
      ],
    ],
    [
      'one share',
      '  - split:\n      - 100%: [{ stop: a }]\n',
      [
        '7:7 `split` needs at least two shares | Add `- 50%:` with nothing below it for those who are to be left alone.',
      ],
    ],
    [
      'shares that leave somebody out',
      '  - split:\n      - 50%: [{ stop: a }]\n      - 49.5%: [{ stop: b }]\n',
      [
        '6:5 The shares of `split` add up to 99.5%, not to 100% | Add `- 0.5%:` with nothing below it for those who are to be left alone.',
      ],
    ],
    [
      'shares of more than everybody',
      '  - split:\n      - 50%: [{ stop: a }]\n      - 50.001%: [{ stop: b }]\n',
      ['6:5 The shares of `split` add up to 100.001%, not to 100% | Take away 0.001%.'],
    ],
    [
      'a share without its sign',
      '  - split:\n      - 50: [{ stop: a }]\n      - 50 %: [{ stop: b }]\n',
      ['7:9 `50` is not a share | Write `50%`.', '8:9 `50 %` is not a share | Write `50%`.'],
    ],
    [
      'a share in words',
      '  - split:\n      - half: [{ stop: a }]\n      - 50%: [{ stop: b }]\n',
      ['7:9 `half` is not a share | Shares are percentages with at most three decimals: 50%, 0.5%.'],
    ],
    [
      'a dash too few',
      '  - split:\n      - 50%: [{ stop: a }]\n        40%: [{ stop: b }]\n      - 10%:\n',
      ['8:9 A share has one percentage | Put a dash before `40%`.'],
    ],
    [
      'a share of nobody',
      '  - split:\n      - 0%: [{ stop: a }]\n      - 100%: [{ stop: b }]\n',
      ['7:9 Nobody is in a share of 0% | Remove it.'],
    ],
    [
      'a share without a dash before its step',
      '  - split:\n      - 50%: { stop: a }\n      - 50%:\n',
      [
        '7:14 `50%` expects a list of steps, not keys with values | Put a dash before each step: - send: thank-you',
      ],
    ],
    [
      'a word for a share',
      '  - split: [a, b]\n',
      [
        '6:13 A share is a percentage with steps, not "a" | For example: - 50%: [{ send: one }]',
        '6:16 A share is a percentage with steps, not "b" | For example: - 50%: [{ send: one }]',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await toldOf(steps(text))).toEqual(expected)
  })
})

describe('repeat', () => {
  test('becomes a step that its last steps lead back to', async () => {
    const program = await programOf(
      steps(
        '  - repeat: 3 times\n    every: 1 week\n    steps:\n      - if: repeat.index < repeat.count\n        then: [{ wait: 1 day }]\n        else: [{ stop: enough }]\n      - await: purchase\n        for: 2 days\n        then: [{ stop: bought }]\n  - stop: done\n',
      ),
    )
    expect(program.steps).toMatchObject({
      'repeat-1': { next: 'stop-done', verb: 'repeat', times: 3, every: 'P1W', first: 'if-1' },
      'if-1': { next: 'await-purchase' },
      'wait-1': { next: 'await-purchase' },
      'await-purchase': { next: 'repeat-1', else: 'repeat-1' },
    })
  })

  const body = '    steps: [{ wait: 1 hour }]\n'
  test.each<Mistake>([
    [
      'a number alone',
      `  - repeat: 3\n    every: 1 day\n${body}`,
      ['6:13 `repeat` expects a number of times, not the number 3 | Write `3 times`.'],
    ],
    [
      'a time between the rounds',
      `  - repeat: 3 days\n${body}`,
      [
        '6:5 `every` is missing | For example: every: 7 days',
        '6:13 `repeat` expects a number of times, not "3 days" | How much time is between them stands in `every`. For example: repeat: 3 times',
      ],
    ],
    [
      'words',
      `  - repeat: for ever\n    every: 1 day\n${body}`,
      ['6:13 `repeat` expects a number of times, not "for ever" | For example: repeat: 3 times'],
    ],
    [
      'no times',
      `  - repeat: 0 times\n    every: 1 day\n${body}`,
      ['6:13 `repeat` goes from 1 to 100 times, not "0 times"'],
    ],
    [
      'too many times',
      `  - repeat: 101 times\n    every: 1 day\n${body}`,
      [
        '6:13 `repeat` goes from 1 to 100 times, not "101 times" | For what has no end, let a date trigger start a journey each time.',
      ],
    ],
    [
      'no steps',
      '  - repeat: 3 times\n    every: 1 day\n',
      ['6:5 `steps` is missing | For example: steps: [{ send: thank-you }]'],
    ],
    [
      'steps under another key',
      '  - repeat: 3 times\n    every: 1 day\n    do: [{ wait: 1 hour }]\n',
      ['8:5 `repeat` does not know `do` | Did you mean `steps`?'],
    ],
    [
      'one inside another',
      '  - repeat: 3 times\n    every: 1 week\n    steps:\n      - if: customer.vip\n        then:\n          - repeat: 2 times\n            every: 1 day\n            steps: [{ wait: 1 hour }]\n',
      ['11:13 A `repeat` cannot stand inside another | Give it a workflow of its own.'],
    ],
    [
      'its round, asked for elsewhere',
      `  - repeat: 3 times\n    every: 1 day\n${body}  - if: repeat.index > 1\n    then: [{ stop: done }]\n`,
      ['9:9 `repeat.index` is known to the steps of a `repeat` only | Move the step into the `repeat`.'],
    ],
    [
      'a step behind one that always stops',
      '  - repeat: 3 times\n    every: 1 day\n    steps: [{ stop: done }]\n  - set: { a: 1 }\n',
      [
        '(warning) 9:5 This step is never reached: all arms before it stop the journey | Remove it, or move the `stop`.',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await toldOf(steps(text))).toEqual(expected)
  })

  test('once is a number of times, too', async () => {
    const program = await programOf(steps(`  - repeat: 1 time\n    every: 1 day\n${body}`))
    expect(program.steps['repeat-1']).toMatchObject({ times: 1 })
  })
})
