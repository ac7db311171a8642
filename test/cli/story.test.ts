/** The verbs of the language as `explain` tells them. */
import { expect, test, vi } from 'vitest'
import { type Chapter, storyOf } from '../../cli/story.ts'
import { compile, environment, head } from '../engine/language/workshop.ts'

vi.mock('../../engine/mail/mjml.ts', () => import('../engine/language/plain-mjml.ts'))

async function toldOf(steps: string): Promise<string[]> {
  const { workflow, issues } = await compile(`${head}steps:\n${steps}`)
  if (!workflow) throw new Error(JSON.stringify(issues))
  return storyOf(workflow, environment.settings).steps.flatMap(lines)
}

function lines({ number, text, arms }: Chapter): string[] {
  // Colors are private characters until they are written.
  const plain = (words: string) => words.replace(/\p{Co}/gu, '')
  return [
    `${number} ${plain(text)}`,
    ...arms.flatMap(({ when, steps }) => [plain(when), ...steps.flatMap(lines)]),
  ]
}

test.each([
  [
    'choose',
    '  - choose:\n      - when: customer.vip\n        then: [{ wait: 1 day }]\n      - when: customer.orders > 3\n    else: [{ stop: other }]\n  - stop: done\n',
    [
      '1 Take the first way whose condition holds',
      'if `customer.vip`',
      '1a.1 Wait 1 day, in the customer’s local time',
      'if not, but `customer.orders > 3`',
      'otherwise',
      '1c.1 The journey ends: other',
      '2 The journey ends: done',
    ],
  ],
  [
    'split',
    '  - split:\n      - 99.5%: [{ wait: 2 hours }]\n      - 0.5%:\n',
    [
      '1 Split the journeys, each always the same way',
      '99.5% of the journeys',
      '1a.1 Wait 2 hours',
      '0.5% of the journeys',
    ],
  ],
  [
    'repeat',
    '  - repeat: 3 times\n    every: 1 week\n    steps:\n      - wait: 2 hours\n      - stop: done\n  - wait: 1 hour\n',
    ['1 Do this 3 times, 1 week apart', 'each time', '1a.1 Wait 2 hours', '1a.2 The journey ends: done'],
  ],
  [
    'wait until a date',
    '  - wait: 3 days\n    until: renewal\n    offset: -2 weeks\n    at: 10:00\n    on: [mon]\n    past: now\n  - wait:\n    until: event.departure\n  - wait:\n    until: 2026-12-24\n',
    [
      '1 Wait at least 3 days, and until 2 weeks before the customer’s renewal at 10:00, then until a Monday, in the customer’s local time; if that has gone by or is not known, the step below has its turn at once',
      '2 Wait until `event.departure`, in the customer’s local time; if that has gone by or is not known, the step below is left out',
      '3 Wait until 2026-12-24, in the customer’s local time; if that has gone by or is not known, the step below is left out',
    ],
  ],
  [
    'emit and webhook',
    '  - emit: gift.sent\n    data: { orderId: event.orderId, worth: 20 }\n  - webhook: crm\n',
    [
      '1 Tell other workflows: gift.sent with orderId = `event.orderId`, worth = `20`',
      '2 Call the webhook crm; what it answers is `webhooks.crm` from here on',
    ],
  ],
])('%s', async (_, steps, expected) => {
  expect(await toldOf(steps)).toEqual(expected)
})
