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
      ['7:15 No step sets the coupon `offer` | There is none.'],
    ],
    [
      'a mistake inside of a branch',
      '  - choose:\n      - when: customer.vip\n        then:\n          - sned: x\n',
      ['9:13 `sned` is not a verb | Did you mean `send`?'],
    ],
    [
      'a branch below one that always holds',
      '  - choose:\n      - when: "true"\n        then: [{ wait: 1 day }]\n      - when: customer.vip\n        then: [{ wait: 2 days }]\n    else: [{ wait: 3 days }]\n',
      [
        '(warning) 9:9 This branch is never reached: a `when` above it always holds | Move that one into `else`.',
        '(warning) 11:11 `else` is never reached: a `when` above it always holds | Remove one of them.',
      ],
    ],
    [
      'the same condition twice',
      '  - choose:\n      - when: customer.vip\n        then: [{ wait: 1 day }]\n      - when: customer.vip\n        then: [{ wait: 2 days }]\n',
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
      '  - choose:\n      - when: customer.vip\n        then: [{ stop: vip }]\n  - wait: 1 day\n',
      [],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await toldOf(steps(text))).toEqual(expected)
  })
})
