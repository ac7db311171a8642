/** Who is erased is gone: no row, message, timer, dead letter, mail or figure names them, and what comes later starts clean. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { Faults } from '../../local/cloud/faults.ts'
import type { Cloud } from '../../local/cloud/cloud.ts'
import { openPremura } from '../../local/process.ts'
import type { Table } from '../../runtime/ports.ts'
import { Api } from '../http/api.ts'
import { KEY, Shop } from '../local/shop.ts'

const START = Date.parse('2026-03-26T10:00:00Z')
const id = 'canary.person@example.it'
const profile = {
  email: 'Canary.Person@example.it',
  phone: '+393337654321',
  firstName: 'Canaryfirst',
  lastName: 'Canarylast',
  birthday: '1990-04-02',
  missedOn: '2026-04-10',
  locale: 'it',
  timezone: 'Europe/Rome',
  consent: { offers: true, news: true },
  secret: 'Canarysecret',
  x0: ['Canarylist', { Canarykey: 1 }],
}
const traces = /canary|393337654321/i

async function rowsOf(table: Table): Promise<string[]> {
  const rows: string[] = []
  let cursor: string | undefined
  do {
    const page = await table.scan({ segment: 0, segments: 1, ...(cursor !== undefined && { cursor }) })
    rows.push(...page.rows.map((row) => JSON.stringify(row)))
    cursor = page.cursor
  } while (cursor !== undefined)
  return rows
}

/** All that the process keeps, as text. */
async function everything(table: Table, cloud: Cloud, shop: Shop): Promise<string[]> {
  const schedules = await fetch(`${await cloud.listen()}/schedules?ScheduleGroup=premura`)
  const messages = await cloud.mailbox.list()
  const figures = await Promise.all(
    ['/v1/kpis', '/v1/tasks', '/v1/tasks?state=closed', '/v1/workflows', '/v1/keys'].map((path) =>
      shop.call('GET', path),
    ),
  )
  return [
    ...(await rowsOf(table)),
    ...cloud.queue.dead().map((letter) => JSON.stringify(letter)),
    await schedules.text(),
    ...messages.map((message) => JSON.stringify(message)),
    ...(await Promise.all(messages.map(async (message) => (await cloud.mailbox.eml(message.id)) ?? ''))),
    ...figures.map(({ text }) => text),
  ]
}

it('nothing is found of a person who has bought, rated, complained, confirmed, waited and failed', {
  timeout: 120_000,
}, async () => {
  const faults = new Faults()
  const premura = await openPremura({ dir: null, port: 0, now: START, adminKey: KEY, log: 'error', faults })
  onTestFinished(() => premura.close())
  const shop = new Shop(premura)
  const { runtime, cloud } = premura
  const path = `/v1/customers/${encodeURIComponent(id)}`
  expect((await shop.call('PUT', path, profile)).status).toBe(200)
  expect((await shop.call('PUT', '/v1/customers/bea', { email: 'bea@example.it' })).status).toBe(200)
  const post = async (type: string, data: object = {}, customerId = id) =>
    expect((await shop.call('POST', '/v1/events', { type, customerId, data })).status).toBe(202)

  const items = [{ name: 'Canaryitem', category: 'coffee' }]
  await post('purchase', { orderId: 'Canaryorder-1', total: 80, currency: 'EUR', items })
  await post('purchase', { orderId: 'O-2', total: 80, currency: 'EUR', items: [] }, 'bea')
  await post('ticket.closed', { ticketId: 'Canaryticket', channel: 'mail', agent: 'Rosa' })
  await post('shipment.delayed', { orderId: 'Canaryorder-1', newDate: '2026-04-20' })
  await post('Canary.event', { text: 'Canarytext' })
  await premura.settle()
  await premura.advanceTo(START + 2 * 24 * 3_600_000)
  // Rates badly, with words of their own: an answer, a task, a mail.
  for (const { html } of await cloud.mailbox.list()) {
    const link = /\/r\/[\w-]+\.[\w-]+/.exec(html)?.[0]
    if (link)
      await shop.call('POST', link, 'score=1&comment=Canarycomment', {
        'content-type': 'application/x-www-form-urlencoded',
      })
  }
  await premura.settle()
  await shop.call('PATCH', path, { consent: { news: false }, email: 'canary.second@example.it' })
  // A message that dies, and is kept for somebody to look at.
  faults.next('dynamodb', 'Query', { kind: 'error', name: 'ValidationException' }, 200)
  await post('purchase', { orderId: 'Canaryorder-2', total: 1, currency: 'EUR', items: [] })
  await premura.settle()
  faults.clear()
  await premura.advanceTo(START + 12 * 24 * 3_600_000)

  const before = (await everything(runtime.world.table, cloud, shop)).filter((text) => traces.test(text))
  expect(before.length, 'there is much to find').toBeGreaterThan(12)
  expect(
    before.some((text) => text.includes('Canaryorder-2')),
    'what failed for good among it',
  ).toBe(true)
  const others = (await cloud.mailbox.list()).filter(({ customerId }) => customerId === 'bea').length
  expect(others).toBeGreaterThan(0)

  expect((await shop.call('DELETE', path)).status).toBe(204)
  await premura.settle()
  expect((await everything(runtime.world.table, cloud, shop)).filter((text) => traces.test(text))).toEqual([])
  for (const where of ['', '/timeline', '/export'])
    expect((await shop.call('GET', path + where)).status).toBe(404)
  expect((await cloud.mailbox.list()).filter(({ customerId }) => customerId === 'bea')).toHaveLength(others)

  // Time goes on, and brings nothing back.
  await premura.advanceTo(START + 60 * 24 * 3_600_000)
  expect((await everything(runtime.world.table, cloud, shop)).filter((text) => traces.test(text))).toEqual([])

  // Who comes back is somebody new.
  await post('Canary.event', { text: 'Canaryagain' })
  await premura.settle()
  const again = await shop.call('GET', `${path}/export`)
  expect(again.text).toContain('Canaryagain')
  expect(again.text).not.toMatch(/Canaryfirst|Canaryorder|Canarycomment|Canarysecret/)
})

describe('who was erased and is told of again', () => {
  const told = async (afterErasure?: string) => {
    const api = new Api()
    const { json } = await api.get('/v1/settings')
    const more = afterErasure === undefined ? '' : `afterErasure: ${afterErasure}\n`
    expect((await api.put('/v1/settings', { settings: json.settings + more })).status).toBe(200)
    await api.put('/v1/customers/anna', { email: 'anna@example.it' })
    await api.settle()
    expect((await api.call('DELETE', '/v1/customers/anna')).status).toBe(204)
    await api.settle()
    const post = async () => {
      await api.post('/v1/events', {
        type: 'a.b',
        customerId: 'anna',
        customer: { email: 'anna@example.it' },
      })
      await api.settle()
      return (await api.get('/v1/customers/anna')).status
    }
    return { api, post }
  }

  it.each([undefined, 'start-clean'])('starts clean where the settings say %s', async (afterErasure) => {
    const { post } = await told(afterErasure)
    expect(await post()).toBe(200)
  })

  it('is refused where the settings say so, until somebody writes a profile on purpose', async () => {
    const { api, post } = await told('refuse')
    expect(await post()).toBe(404)
    expect(JSON.stringify(api.world.table.all())).not.toMatch(/anna/)
    api.world.config.formerLinkSecrets = [api.world.config.linkSecret]
    api.world.config.linkSecret = 'another-secret-for-tests-of-thirty-two-bytes'
    expect(await post(), 'also after the secrets were rotated').toBe(404)
    await api.post('/v1/events', { type: 'a.b', customerId: 'bea', customer: { email: 'bea@example.it' } })
    await api.settle()
    expect((await api.get('/v1/customers/bea')).status).toBe(200)
    expect((await api.put('/v1/customers/anna', { email: 'anna@example.it' })).status).toBe(200)
    await api.call('DELETE', '/v1/customers/bea')
    await api.settle()
    expect(await post()).toBe(200)
  })
})
