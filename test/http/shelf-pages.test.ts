/** Links and requests that name a journey find it where it stands when it ended long ago. */
import { expect, test } from 'vitest'
import { sweep } from '../../runtime/sweep.ts'
import { Api } from './api.ts'
import { AppointmentShop, DAY } from './appointment-shop.ts'

async function putAway({ world, runtime }: Api, settle: () => Promise<void>): Promise<void> {
  world.config.shelving = { quietMs: DAY / 2, fromBytes: 0 }
  await sweep(runtime)
  await settle()
  const names = world.table.all().map(({ sk }) => sk)
  expect(names.filter((sk) => sk.startsWith('#'))).toEqual([])
  expect(names.filter((sk) => sk.startsWith('Z#'))).toHaveLength(1)
}

test('the page of an appointment', async () => {
  const shop = await new AppointmentShop().open()
  const path = await shop.book()
  await shop.api.until(shop.api.world.clock.now() + DAY / 4)
  await shop.say('confirmed', { appointmentId: 'P-1' })
  await shop.api.until(shop.api.world.clock.now() + 3 * DAY)
  const before = await shop.view(path)
  await putAway(shop.api, () => shop.api.settle())
  const after = await shop.view(path)
  expect([after.status, after.text]).toEqual([before.status, before.text])
  expect((await shop.answer(path, 'cancel')).status).toBe(200)
  expect((await shop.events()).map(({ type }) => type)).toEqual(['appointment.cancelled'])
})

const asking = `workflow: asking
topic: service
trigger: { event: purchase }
enroll: { per: event.orderId, again: never }
steps:
  - { survey: csat, id: rate, template: rate }
`
const mail = `---
subject: How was it?
---
<mj-section><mj-column><mj-text><a href="{{ survey.link(4) }}">Good</a></mj-text></mj-column></mj-section>
`

test('the page of a rating, what the provider reports, and what a person says of a message', async () => {
  const api = new Api()
  await api.publish('asking', asking, { 'rate.mjml': mail })
  await api.put('/v1/customers/anna', { email: 'anna@example.it' })
  await api.post('/v1/events', { id: 'e1', type: 'purchase', customerId: 'anna', data: { orderId: 'o-1' } })
  await api.until(api.world.clock.now() + 2 * DAY)
  await putAway(api, () => api.settle())

  const settle = { workflow: 'asking', key: 'o-1', step: 'rate', outcome: 'sent' }
  expect((await api.post('/v1/customers/anna/settle', settle)).status).toBe(409)
  expect((await api.post('/v1/customers/anna/settle', { ...settle, key: 'o-2' })).status).toBe(404)

  const [path = ''] = /\/r\/[\w.-]+/.exec(api.world.sender.mails[0]?.html ?? '') ?? []
  expect((await api.get(path, { key: null })).status).toBe(200)
  expect((await api.form(path, { score: '4', comment: 'Good' })).status).toBe(200)
  await api.settle()
  const { json } = await api.get('/v1/customers/anna/timeline?limit=200')
  expect(json.entries).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'answer', score: 4, workflow: 'asking' }),
      expect.objectContaining({ kind: 'message', engagement: 'rated' }),
    ]),
  )
  const { json: held } = await api.get('/v1/customers/anna/export')
  expect(held.journeys).toHaveLength(1)
  expect(held.others.map(({ row }: { row: string }) => row.slice(0, 2))).toEqual(['P#'])
})
