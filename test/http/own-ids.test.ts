/** No id that somebody posts stands in the way of an event that Premura makes itself. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keptId, OWN_PREFIXES, postedId } from '../../runtime/event-ids.ts'
import { Ticker } from '../../runtime/tick.ts'
import { Api } from './api.ts'
import { careApi, closeTicket, linkIn } from './care.ts'

const mail =
  '---\nsubject: Hello\n---\n<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>\n'
const anna = { email: 'anna@example.it', timezone: 'Europe/Rome', birthday: '1990-03-27' }

/** Under every id that Premura could give, and in both forms. */
async function occupy(api: Api, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const own = await api.post('/v1/events', { id, type: 'noise.made', customerId: 'anna' })
    expect([own.status, own.json.accepted]).toEqual([202, [id]])
    const cloud = { specversion: '1.0', source: 'shop', type: 'noise.made', subject: 'anna', id }
    const again = await api.post('/v1/events', cloud, { type: 'application/cloudevents+json' })
    expect([again.status, again.json.accepted]).toEqual([202, [id]])
  }
  await api.settle()
}

async function eventsOf(api: Api, type: string): Promise<string[]> {
  const { json } = await api.get('/v1/customers/anna/export')
  const text = JSON.stringify(json)
  const found = [...text.matchAll(/"id":"([^"]+)","type":"([^"]+)"/g)].flatMap(([, id, of]) =>
    of === type && id !== undefined ? [id] : [],
  )
  return [...new Set(found)]
}

describe('an event of its own comes, whatever was posted before', () => {
  test('emitted by a workflow', async () => {
    const api = new Api({ at: '2026-03-26T10:00:00Z' })
    const head = (name: string, event: string) =>
      `workflow: ${name}\ntopic: service\ntrigger: { event: ${event} }\nsteps:\n`
    await api.publish('giving', `${head('giving', 'purchase')}  - emit: gift.sent\n`)
    await api.publish('thanking', `${head('thanking', 'gift.sent')}  - send: hello\n`, { 'hello.mjml': mail })
    await api.put('/v1/customers/anna', anna)
    await occupy(api, 'emit:giving:anna:1:emit-gift-sent')
    await api.post('/v1/events', { id: 'o-1', type: 'purchase', customerId: 'anna' })
    await api.settle()
    expect(await eventsOf(api, 'gift.sent')).toEqual(['emit:giving:anna:1:emit-gift-sent'])
    expect(api.world.sender.mails).toHaveLength(1)
  })

  test('of a date, of a condition that came true', async () => {
    const api = new Api({ at: '2026-03-26T10:00:00Z' })
    const wishing = (name: string, trigger: string) =>
      `workflow: ${name}\ntopic: service\ntrigger: ${trigger}\nsteps:\n  - send: hello\n`
    await api.publish('wishes', wishing('wishes', '{ date: birthday, every: year, at: "09:00" }'), {
      'hello.mjml': mail,
    })
    await api.publish('gold', wishing('gold', '{ becomes: customer.tier == "gold" }'), { 'hello.mjml': mail })
    const ticker = new Ticker(api.runtime)
    await ticker.tick()
    await api.put('/v1/customers/anna', anna)
    await occupy(
      api,
      'date:wishes:2026-03-27',
      ...Array.from({ length: 9 }, (_, rev) => `becomes:gold:${rev}`),
    )
    await api.patch('/v1/customers/anna', { tier: 'gold' })
    await api.settle()
    expect(api.world.sender.mails).toHaveLength(1)
    api.world.clock.set(Date.parse('2026-03-27T09:00:00Z'))
    await ticker.tick()
    await api.settle()
    expect(api.world.sender.mails).toHaveLength(2)
  })

  test('of an answer to a survey', async () => {
    const api = await careApi()
    await occupy(api, 'rated:care:T-1:1:ask')
    await closeTicket(api)
    await api.form(linkIn(api, 'r'), { score: '1' })
    await api.settle()
    expect(await eventsOf(api, 'csat.rated')).toEqual(['rated:care:T-1:1:ask'])
  })
})

test('what was posted is found by the id that it was posted with', async () => {
  const api = await careApi()
  const id = 'date:care:2026-03-26'
  await api.post('/v1/events', { id, type: 'ticket.closed', customerId: 'anna', data: { channel: 'bot' } })
  await api.settle()
  const { json } = await api.get(`/v1/customers/anna/why?workflow=care&event=${id}`)
  expect(json.because).toMatchObject([{ rule: 'trigger.when', outcome: 'not-matched' }])
})

test('no two ids are kept as one, and none from outside as one of Premura’s own', () => {
  const part = fc.constantFrom(...OWN_PREFIXES, 'posted:', 'a', '')
  const id = fc.tuple(part, part, fc.string({ maxLength: 4 })).map((parts) => parts.join(''))
  fc.assert(
    fc.property(id, id, (one, other) => {
      expect(keptId(one) === keptId(other)).toBe(one === other)
      expect(OWN_PREFIXES.some((prefix) => keptId(one).startsWith(prefix))).toBe(false)
      expect(postedId(keptId(one))).toBe(one)
    }),
    { seed: 20260326, numRuns: 500 },
  )
})
