/** What a person tells Premura: what became of a message in doubt, and which coupon codes there are. */
import { expect, test } from 'vitest'
import { Api } from './api.ts'

const definition = `workflow: thanks
title: Thanks
topic: service
trigger: { event: purchase }
enroll: { per: event.orderId }
steps:
  - send: thanks
    inDoubt: ask
  - coupon: gift
    pool: gifts
`
const mail = `---
subject: Thank you
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
`

async function inDoubt(): Promise<Api> {
  const api = new Api()
  await api.publish('thanks', definition, { 'thanks.mjml': mail })
  await api.put('/v1/customers/anna', { email: 'anna@example.it' })
  api.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  api.world.sender.find = async () => 'unknown'
  await api.post('/v1/events', { id: 'e1', type: 'purchase', customerId: 'anna', data: { orderId: 'o-1' } })
  await api.until(api.world.clock.now() + 86_400_000)
  api.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
  return api
}
const about = { workflow: 'thanks', key: 'o-1', step: 'thanks' }
const messages = async (api: Api) =>
  (await api.get('/v1/customers/anna/timeline')).json.entries
    .filter(({ kind }: { kind: string }) => kind === 'message')
    .map(({ outcome }: { outcome: string }) => outcome)

test('a message in doubt is shown, settled by hand, and the journey goes on', async () => {
  const api = await inDoubt()
  expect(await messages(api)).toEqual(['in-doubt'])
  expect((await api.post('/v1/pools/gifts', { codes: ['A-1', 'A-2', 'A-1'] })).json).toEqual({ added: 2 })
  expect((await api.post('/v1/pools/gifts', { codes: ['A-1', 'A-2'] })).json).toEqual({ added: 0 })
  const settled = await api.post('/v1/customers/anna/settle', { ...about, outcome: 'sent' })
  expect([settled.status, settled.json]).toEqual([202, { settling: true }])
  await api.settle()
  expect(await messages(api)).toContain('sent')
  expect(api.world.sender.mails).toEqual([])
  const held = api.world.table.all().filter(({ sk }) => sk.startsWith('K#'))
  expect(held).toHaveLength(1)
  const again = await api.post('/v1/customers/anna/settle', { ...about, outcome: 'resend' })
  expect(again.status).toBe(409)
})

test('only what is in doubt can be settled', async () => {
  const api = await inDoubt()
  const settle = (body: object, id = 'anna') => api.post(`/v1/customers/${id}/settle`, body)
  expect((await settle({ ...about, outcome: 'maybe' })).json.errors).toEqual([
    { path: 'outcome', message: 'Must be sent, resend or drop.' },
  ])
  expect((await settle({ ...about, step: 'other', outcome: 'sent' })).status).toBe(409)
  expect((await settle({ ...about, key: 'o-2', outcome: 'sent' })).status).toBe(404)
  expect((await settle({ ...about, outcome: 'sent' }, 'bruno')).status).toBe(404)
  expect((await api.post('/v1/pools/gifts', { codes: [] })).json.errors).toEqual([
    { path: 'codes', message: 'Must hold a code.' },
  ])
})

test('a resumed workflow goes on with what came due while it was paused', async () => {
  const api = new Api()
  const waits = definition.replace('steps:\n', 'steps:\n  - wait: 1 day\n').replace(/ {2}- coupon[\s\S]*/, '')
  await api.publish('thanks', waits, { 'thanks.mjml': mail })
  await api.put('/v1/customers/anna', { email: 'anna@example.it' })
  await api.post('/v1/events', { id: 'e1', type: 'purchase', customerId: 'anna', data: { orderId: 'o-1' } })
  await api.settle()
  await api.post('/v1/workflows/thanks/pause')
  await api.until(api.world.clock.now() + 3 * 86_400_000)
  expect(api.world.sender.mails).toEqual([])
  await api.post('/v1/workflows/thanks/resume')
  await api.settle()
  expect(api.world.sender.mails).toHaveLength(1)
})
