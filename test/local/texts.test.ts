/** SMS and WhatsApp on one machine: the same adapters as on AWS, and a mailbox that shows what went out. */
import { expect, test } from 'vitest'
import { openShop } from './shop.ts'

const files = {
  'workflow.yaml': `workflow: care
topic: service
trigger:
  event: purchase
enroll:
  per: event.orderId
steps:
  - { send: thanks, channel: sms }
  - { send: thanks, channel: whatsapp, id: again }
`,
  'thanks.txt': `---
template: thank_you
language: en
parameters: ["{{ customer.firstName }}"]
---
Thank you, {{ customer.firstName }} & Co.
`,
}

test('texts go into the mailbox beside the mails, with their channel', async () => {
  const shop = await openShop()
  await shop.publish('care', files)
  await shop.call('POST', '/v1/events', {
    id: 'O-1',
    type: 'purchase',
    customerId: 'anna',
    customer: { phone: '+393331234567', firstName: 'Anna' },
    data: { orderId: 'O-1' },
  })
  await shop.settle()
  const messages = await shop.mails()
  const journey = { to: '+393331234567', customerId: 'anna', workflow: 'care', key: 'O-1' }
  const bare = { subject: '', html: '', headers: {} }
  expect(messages).toMatchObject([
    { channel: 'sms', from: 'LOCAL', text: 'Thank you, Anna & Co.', step: 'thanks', ...journey, ...bare },
    {
      channel: 'whatsapp',
      from: 'phone-number-id-local',
      text: 'thank_you (en)\n{{1}} Anna',
      step: 'again',
      ...journey,
      ...bare,
    },
  ])
  expect((await shop.call('GET', `/local/messages/${messages[0]?.id}.eml`)).status).toBe(404)
  expect((await shop.call('GET', '/local/messages?to=%2B393331234567&view=summary')).json).toHaveLength(2)

  const told = await shop.call('GET', '/v1/customers/anna/timeline')
  expect(told.text).toMatch(/"channel":"whatsapp"/)
})

test('what is reported of an SMS stands in the timeline, and a number that is none gets no more', async () => {
  const shop = await openShop()
  await shop.publish('care', {
    'workflow.yaml': files['workflow.yaml'].replace(
      '  - { send: thanks, channel: whatsapp, id: again }\n',
      '',
    ),
    'thanks.txt': 'Thank you\n',
  })
  const buy = async (orderId: string) => {
    const customer = { phone: '+393331234567' }
    await shop.call('POST', '/v1/events', {
      ...{ id: orderId, type: 'purchase', customerId: 'anna', customer, data: { orderId } },
    })
    await shop.settle()
    return (await shop.mails()).at(-1)?.id
  }
  const report = async (messageId: string | undefined, type: string, more: object = {}) => {
    const { status } = await shop.call('POST', '/local/feedback', { messageId, type, ...more })
    await shop.settle()
    return status
  }
  const outcomes = async () => {
    const { json } = await shop.call('GET', '/v1/customers/anna/timeline')
    return Object(json)
      .entries.filter((one: unknown) => Object(one).kind === 'message')
      .map((one: unknown) => Object(one).outcome)
  }
  const first = await buy('O-1')
  expect(await report(first, 'open')).toBe(422)
  expect(await report(first, 'delivery')).toBe(202)
  expect(await outcomes()).toEqual(['delivered'])
  const second = await buy('O-2')
  expect(await report(second, 'bounce', { bounceType: 'Transient' })).toBe(202)
  expect(await outcomes()).toEqual(['bounced', 'delivered'])
  const third = await buy('O-3')
  expect(third).not.toBe(second)
  expect(await report(third, 'bounce')).toBe(202)
  await buy('O-4')
  expect(await outcomes()).toEqual(['refused', 'bounced', 'bounced', 'delivered'])
})
