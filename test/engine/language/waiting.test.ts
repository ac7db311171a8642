/** Waits: what they become, and every mistake with its place and a way out. */
import { describe, expect, test } from 'vitest'
import { compile, head, programOf, told } from './workshop.ts'

const steps = (text: string) => `${head}steps:\n${text}`

describe('wait until', () => {
  test.each([
    ['an attribute', 'until: renewal', { until: { value: 'customer.renewal' }, past: 'skip' }],
    ['an attribute by its whole name', 'until: customer.renewal', { until: { value: 'customer.renewal' } }],
    ['a field of the event', 'until: event.departure', { until: { value: 'event.departure' } }],
    ['a day', 'until: 2026-12-24', { until: { date: '2026-12-24' } }],
    ['a day of every year', 'until: 12-24', { until: { date: '12-24' } }],
    ['a local time', 'until: 2026-12-24T18:00', { until: { date: '2026-12-24T18:00' } }],
    [
      'a date moved',
      'until: renewal\n    offset: -2 weeks\n    at: 10:00\n    on: [mon]\n    past: now',
      { offset: '-P2W', at: '10:00', on: ['mon'], past: 'now' },
    ],
    ['a date moved by hours', 'until: appointment\n    offset: -2 hours', { offset: '-PT2H' }],
  ])('%s', async (_, text, expected) => {
    const { steps: all } = await programOf(steps(`  - wait:\n    ${text}\n  - wait: 1 day\n`))
    expect(all['wait-1']).toMatchObject({ verb: 'wait', next: 'wait-2', ...expected })
    expect(all['wait-1']).not.toHaveProperty('duration')
  })

  test('and for a time', async () => {
    const { steps: all } = await programOf(steps('  - wait: 3 days\n    until: renewal\n'))
    expect(all['wait-1']).toMatchObject({
      duration: 'P3D',
      until: { value: 'customer.renewal' },
      beyond: null,
    })
  })

  test('knows what is behind the step below, with all of its arms, and nothing beyond its own list', async () => {
    const { steps: all } = await programOf(
      steps(
        '  - if: customer.vip\n    then:\n      - wait:\n        until: renewal\n      - if: customer.gold\n        then: [{ stop: gold }]\n      - stop: vip\n    else:\n      - wait: 1 day\n      - wait:\n        until: renewal\n  - stop: done\n',
      ),
    )
    expect(all['wait-1']).toMatchObject({ next: 'if-2', beyond: 'stop-vip' })
    expect(all['wait-3']).toMatchObject({ next: 'stop-done', beyond: 'stop-done' })
  })

  test.each<[string, string, string[]]>([
    [
      'words',
      '  - wait:\n    until: next friday\n',
      [
        '7:12 `until` expects a date or where one stands, not "next friday" | For example: until: renewal, until: event.departure or until: 2026-12-24',
      ],
    ],
    [
      'a time of day',
      '  - wait:\n    until: "10:00"\n',
      [
        '7:12 `until` expects a date or where one stands, not "10:00" | A time of day stands in `at`: at: "10:00"',
      ],
    ],
    [
      'a day that does not exist',
      '  - wait:\n    until: 2026-02-30\n',
      ['7:12 There is no date "2026-02-30" | February 2026 has 28 days.'],
    ],
    [
      'nothing after until',
      '  - wait:\n    until:\n',
      ['7:5 `until` is empty | For example: until: renewal'],
    ],
    [
      'a date beside the verb',
      '  - wait: 2026-12-24\n',
      [
        '6:11 `wait` expects a duration, not "2026-12-24" | A date stands in a line of its own: `wait:`, and below it `until: 2026-12-24` in the same column.',
      ],
    ],
    [
      'a name that nothing has',
      '  - wait:\n    until: evnt.departure\n',
      [
        '7:12 Unknown name `evnt` | Did you mean `event`? Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
      ],
    ],
    [
      'an attribute that looks misspelt',
      '  - wait:\n    until: customer.fristName\n  - stop: done\n',
      [
        '(warning) 7:12 `customer.fristName` looks like a slip of the pen | Did you mean `customer.firstName`? Leave it if the attribute is one of your own.',
      ],
    ],
    [
      'a coupon that no step draws',
      '  - wait:\n    until: coupons.offer.expiresAt\n',
      ['7:12 No step sets the coupon `offer` | Draw it in a step before: - coupon: offer'],
    ],
    [
      'an offset from nothing',
      '  - wait: 3 days\n    offset: -1 day\n',
      ['7:5 `offset` belongs to `until` | Say what date is meant: until: renewal'],
    ],
    [
      'a past without a date',
      '  - wait: 3 days\n    past: now\n',
      ['7:5 `past` belongs to `until` | Say what date is meant: until: renewal'],
    ],
    [
      'hours from a time of day',
      '  - wait:\n    until: renewal\n    offset: -2 hours\n    at: 10:00\n',
      [
        '8:5 `offset` counts in days or longer beside `at` | Remove `at`: hours count from the time that the date itself has.',
      ],
    ],
    [
      'a misspelt choice',
      '  - wait:\n    until: renewal\n    past: skipp\n',
      ['8:11 `past` expects skip or now, not "skipp" | Did you mean `skip`?'],
    ],
  ])('%s', async (_, text, expected) => {
    const { issues, workflow } = await compile(steps(text))
    expect(issues.map(told)).toEqual(expected)
    expect(workflow === undefined).toBe(issues.some(({ severity }) => severity === 'error'))
  })
})
