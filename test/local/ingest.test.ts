import { expect, test } from 'vitest'
import { openCareShop } from './shop.ts'

test('an event posted again changes nothing, whenever it comes', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1')
  await shop.settle()
  expect((await shop.purchase('O-1')).status).toBe(202)
  await shop.settle()
  // The queue forgets a repeat after five minutes; the event's own row does not.
  await shop.advance({ advance: 'PT6M' })
  expect((await shop.purchase('O-1')).status).toBe(202)
  await shop.advance({ advance: 'P14D' })
  await shop.purchase('O-1')
  await shop.settle()
  expect((await shop.mails()).map(({ subject }) => subject)).toEqual([
    'Thank you, Anna',
    'Tips',
    'See you soon',
  ])
})

test('an event posted by many at once is one event', async () => {
  const shop = await openCareShop()
  const answers = await Promise.all(Array.from({ length: 12 }, () => shop.purchase('O-1')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  await shop.settle()
  expect(await shop.mails()).toHaveLength(1)
})

test('a batch takes the valid, names the invalid, and each becomes its mail', async () => {
  const shop = await openCareShop()
  const event = (id: string, customerId: string) => ({
    id,
    type: 'purchase',
    customerId,
    customer: { email: `${customerId}@example.com`, firstName: 'Anna' },
    data: { orderId: id, total: 80 },
  })
  const events = [event('O-1', 'anna'), { type: 'purchase' }, event('O-2', 'bea'), event('O-3', 'anna')]
  const { status, json } = await shop.call('POST', '/v1/events', { events })
  expect(status).toBe(202)
  expect(json).toMatchObject({ accepted: ['O-1', 'O-2', 'O-3'], rejected: [{ index: 1 }] })
  await shop.settle()
  expect((await shop.mails()).map(({ key }) => key).sort()).toEqual(['O-1', 'O-2', 'O-3'])
})

test('a customer whose message cannot be handled stops nobody else, and ends among the failures', async () => {
  const shop = await openCareShop()
  const { runtime } = shop.premura
  await runtime.world.queue.send([{ group: 'anna', body: '{"kind":"surprise"}', dedupId: 'poison' }])
  await shop.purchase('O-1', 'anna')
  await shop.purchase('O-2', 'bea')
  await shop.settle()
  expect((await shop.mails()).map(({ key }) => key).sort()).toEqual(['O-1', 'O-2'])
  const { json } = await shop.call('GET', '/v1/failures')
  expect(json).toMatchObject({ failures: [{ kind: 'unreadable', tries: 5, state: 'open' }] })
})
