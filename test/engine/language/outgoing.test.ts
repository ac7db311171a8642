/** The verbs that tell others: what they become, and every mistake with its place and a way out. */
import { describe, expect, test, vi } from 'vitest'
import { compile, head, mail, programOf, told } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const steps = (text: string) => `${head}steps:\n${text}`

async function toldOf(definition: string) {
  const { issues, workflow } = await compile(definition)
  expect(workflow === undefined).toBe(issues.some(({ severity }) => severity === 'error'))
  return issues.map(told)
}

describe('emit', () => {
  test('becomes a step with its data', async () => {
    const program = await programOf(
      steps(
        '  - emit: gift.sent\n    data: { id: event.orderId, worth: 20, vip: true, to: null }\n  - emit: thanked\n',
      ),
    )
    expect(program.steps).toEqual({
      'emit-gift-sent': {
        id: 'emit-gift-sent',
        next: 'emit-thanked',
        verb: 'emit',
        event: 'gift.sent',
        data: { id: 'event.orderId', worth: '20', vip: 'true', to: 'null' },
      },
      'emit-thanked': { id: 'emit-thanked', next: null, verb: 'emit', event: 'thanked', data: {} },
    })
  })

  test.each<[string, string, string[]]>([
    [
      'no type',
      '  - emit: Gift sent!\n',
      [
        '6:11 `emit` expects the type of an event, not "Gift sent!" | Types are words joined by points: gift.sent.',
      ],
    ],
    [
      "one of Premura's own",
      '  - emit: csat.rated\n',
      ['6:11 `csat.rated` is what Premura says itself | Choose another type.'],
    ],
    [
      'data in one word',
      '  - emit: gift.sent\n    data: event.orderId\n',
      [
        '7:11 `data` expects names with their values, not "event.orderId" | For example: data: { orderId: event.orderId }',
      ],
    ],
    [
      'no data',
      '  - emit: gift.sent\n    data: {}\n',
      ['7:11 `data` sets nothing | For example: data: { orderId: event.orderId }'],
    ],
    [
      'a name that is none',
      '  - emit: gift.sent\n    data: { order-id: event.orderId }\n',
      ['7:13 `order-id` cannot be set | Names are words of letters and digits.'],
    ],
    [
      'a text without its quotes',
      '  - emit: gift.sent\n    data: { kind: voucher }\n',
      ['7:19 Unknown name `voucher` | For the text write \'"voucher"\', with two pairs of quotes.'],
    ],
    [
      'a coupon that no step draws',
      '  - emit: gift.sent\n    data: { code: coupons.gift.code }\n',
      ['7:19 No step sets the coupon `gift` | Draw it in a step before: - coupon: gift'],
    ],
    [
      'what starts the same workflow',
      '  - emit: purchase\n',
      [
        '(warning) 6:11 `purchase` starts this very workflow again | After 8 times it is cut off. Choose another type, or a `when` of the trigger that it does not meet.',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await toldOf(steps(text))).toEqual(expected)
  })
})

describe('webhook', () => {
  test('becomes a step with its data, and its answer can be read', async () => {
    const program = await programOf(
      steps(
        '  - webhook: points\n    data: { orderId: event.orderId }\n  - if: webhooks.points.status == 200 && webhooks.points.body.total > 100.0\n    then: [{ stop: rich }]\n  - webhook: crm\n    id: tell\n',
      ),
    )
    expect(program.steps).toMatchObject({
      'webhook-points': {
        next: 'if-1',
        verb: 'webhook',
        name: 'points',
        data: { orderId: 'event.orderId' },
      },
      tell: { verb: 'webhook', name: 'crm', data: {} },
    })
  })

  test.each<[string, string, string[]]>([
    [
      'one that is not in the settings',
      '  - webhook: cmr\n',
      ['6:14 There is no webhook `cmr` in the settings | Did you mean `crm`?'],
    ],
    [
      'a name with a dash',
      '  - webhook: loyalty-points\n',
      [
        '6:14 `webhook` expects a name of letters and digits, not "loyalty-points" | Write `loyaltyPoints`: mails read it as webhooks.loyaltyPoints.body.',
      ],
    ],
    [
      'an address instead of a name',
      '  - webhook: crm\n    url: https://crm.example.com\n',
      ['7:5 `webhook` does not know `url` | It knows `id`, `webhook` and `data`.'],
    ],
    [
      'an answer that nothing asked for',
      '  - webhook: crm\n  - if: webhooks.points.status == 200\n    then: [{ stop: done }]\n',
      ['7:9 No step calls the webhook `points` | There is `crm`.'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await toldOf(steps(text))).toEqual(expected)
  })

  test('a mail cannot show an answer that nothing asked for', async () => {
    const { issues } = await compile(steps('  - send: a\n'), {
      'a.mjml': mail('{{ webhooks.crm.body.total }}'),
    })
    expect(issues.map(told)).toEqual([
      'a.mjml 4:36 No step calls the webhook `crm` | Call it in a step before: - webhook: crm',
    ])
  })
})
