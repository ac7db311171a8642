/** The verbs that tell others: what they become, and every mistake with its place and a way out. */
import { describe, expect, test } from 'vitest'
import { compile, head, programOf, told } from './workshop.ts'

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
        '6:11 `emit` expects the type of an event, not "Gift sent!" | Types are words joined by points: purchase, csat.rated.',
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
      ['7:19 No step sets the coupon `gift` | There is none.'],
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
