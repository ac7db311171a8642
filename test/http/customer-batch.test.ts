/** Many customers in one request: each is what a PATCH of it would make, and none harms the others. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Row } from '../../runtime/ports.ts'
import { Api } from './api.ts'

let api: Api
beforeEach(() => {
  api = new Api()
})

const post = (customers: unknown[], more = '') => api.post(`/v1/customers${more}`, { customers })
const profileOf = async (id: string) => (await api.get(`/v1/customers/${encodeURIComponent(id)}`)).json

describe('POST /v1/customers', () => {
  it('creates whom nobody knows and merges into the rest', async () => {
    await api.put('/v1/customers/anna', { email: 'anna@example.it', tier: 'gold', size: { shoe: 38 } })
    const anna = { id: 'anna', tier: null, size: { hat: 7 }, consent: { offers: true } }
    expect((await post([anna, { id: 'b/c', firstName: 'Bo' }, { id: 'd' }])).json).toEqual({
      accepted: ['anna', 'b/c', 'd'],
      rejected: [],
    })
    expect(await profileOf('anna')).toEqual({
      id: 'anna',
      email: 'anna@example.it',
      size: { shoe: 38, hat: 7 },
      consent: { offers: true },
    })
    expect(await profileOf('b/c')).toEqual({ id: 'b/c', firstName: 'Bo' })
    expect(await profileOf('d')).toEqual({ id: 'd' })
  })

  it('rejects what is wrong by its index and takes the rest', async () => {
    const wrong: [unknown, string][] = [
      [null, ''],
      [['anna'], ''],
      ['anna', ''],
      [{}, 'id'],
      [{ id: '' }, 'id'],
      [{ id: 7 }, 'id'],
      [{ id: '..' }, 'id'],
      [{ id: 'x', email: 'nowhere' }, 'email'],
      [{ id: 'x', phone: '333 1234567' }, 'phone'],
      [{ id: 'x', consent: { nothing: true } }, 'consent.nothing'],
      [{ id: 'x', consent: { offers: 'yes' } }, 'consent.offers'],
      [{ id: 'x', birthday: '1990-02-30' }, 'birthday'],
      [{ id: 'x', note: 'x'.repeat(33_000) }, ''],
      [JSON.parse('{"id":"x","__proto__":{"admin":true}}'), '__proto__'],
      [{ id: 'x', 'a#b': 1 }, '["a#b"]'],
    ]
    const { status, json } = await post([{ id: 'first' }, ...wrong.map(([row]) => row), { id: 'last' }])
    expect(status).toBe(200)
    expect(json.accepted).toEqual(['first', 'last'])
    expect(
      json.rejected.map(({ index, errors }: ReturnType<typeof JSON.parse>) => [index, errors[0].path]),
    ).toEqual(wrong.map(([, path], index) => [index + 1, path]))
    expect((await api.get('/v1/customers/x')).status).toBe(404)
  })

  it('is refused as a whole when it is no list of customers', async () => {
    for (const body of [{}, { customers: {} }, { customers: [] }, { customers: [{ id: 'a' }], more: 1 }, []])
      expect((await api.post('/v1/customers', body)).status, JSON.stringify(body)).toBe(422)
    const many = Array.from({ length: 501 }, (_, n) => ({ id: `c-${n}` }))
    expect((await post(many)).json.errors).toEqual([
      { path: 'customers', message: 'Must not hold more than 500 customers.' },
    ])
    expect((await post(many.slice(1))).json.accepted).toHaveLength(500)
    const large = many.slice(0, 40).map(({ id }) => ({ id, note: 'x'.repeat(30_000) }))
    expect((await post(large)).status).toBe(413)
    expect((await post([{ id: 'a' }], '?dryRun=perhaps')).status).toBe(422)
  })

  it('writes the same customer in order, and a profile never grows beyond what one PUT may be', async () => {
    const rows = [
      { id: 'anna', tier: 'gold', city: 'Torino' },
      { id: 'bo', a: 'x'.repeat(20_000) },
      { id: 'anna', tier: 'silver' },
      { id: 'bo', b: 'x'.repeat(20_000) },
      { id: 'anna', city: null },
    ]
    const { json } = await post(rows)
    expect(json).toEqual({
      accepted: ['anna', 'bo', 'anna', 'anna'],
      rejected: [
        { index: 3, errors: [{ path: '', message: 'A profile must not be larger than 32768 bytes.' }] },
      ],
    })
    expect(await profileOf('anna')).toEqual({ id: 'anna', tier: 'silver' })
  })

  it('is, for any profiles, what PATCHes one after the other are, however often it is repeated', async () => {
    const fields = fc.record(
      {
        tier: fc.constantFrom('gold', null, 3, true),
        size: fc.constantFrom({ shoe: 38 }, { shoe: null, hat: 7 }, null, 'M'),
        birthday: fc.constantFrom('1990-03-14', '1992-02-29', null),
        consent: fc.constantFrom({ offers: true }, { offers: false }, { offers: null }, null),
        timezone: fc.constantFrom('Europe/Rome', 'Asia/Tokyo', null),
      },
      { requiredKeys: [] },
    )
    const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fields), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(rows, async (changes) => {
        api = new Api()
        const one = new Api()
        const customers = changes.map(([id, change]) => ({ id, ...change }))
        for (const { id, ...change } of customers) {
          if ((await one.get(`/v1/customers/${id}`)).status === 404) await one.put(`/v1/customers/${id}`, {})
          await one.patch(`/v1/customers/${id}`, change)
        }
        expect((await post(customers)).json.accepted).toHaveLength(customers.length)
        for (const id of ['a', 'b', 'c']) {
          const expected = (await one.get(`/v1/customers/${id}`)).json
          const shown = await profileOf(id)
          expect({ consent: {}, ...shown }).toEqual({ consent: {}, ...expected })
        }
        const rows = (from: Api) =>
          from.world.table
            .all()
            .filter(({ pk }: Row) => pk.startsWith('D#'))
            .map(({ pk, sk }: Row) => `${pk} ${sk}`)
            .sort()
        expect(rows(api)).toEqual(rows(one))
        const before = JSON.stringify(api.world.table.all())
        const last = Object.values(Object.fromEntries(customers.map((row) => [row.id, row])))
        await post(last)
        if (new Set(customers.map(({ id }) => id)).size === customers.length)
          expect(JSON.stringify(api.world.table.all())).toBe(before)
      }),
      { numRuns: 40 },
    )
  })

  it('checks without writing, as strictly, when asked', async () => {
    await api.put('/v1/customers/bo', { a: 'x'.repeat(20_000) })
    await api.settle()
    const before = JSON.stringify(api.world.table.all())
    const rows = [
      { id: 'anna', tier: 'gold' },
      { id: 'anna', email: 'x' },
      { id: 'bo', b: 'x'.repeat(20_000) },
    ]
    const { json } = await post(rows, '?dryRun=true')
    expect([json.accepted, json.rejected.map(({ index }: { index: number }) => index)]).toEqual([
      ['anna'],
      [1, 2],
    ])
    expect(JSON.stringify(api.world.table.all())).toBe(before)
    expect(api.world.queue.take()).toBeUndefined()
  })

  it('goes on from where a failing table stopped it, when it is repeated', async () => {
    const customers = Array.from({ length: 100 }, (_, n) => ({ id: `c-${n}`, birthday: '1990-03-14' }))
    const { table } = api.world
    const put = table.put.bind(table)
    let writes = 0
    table.put = (row, condition) =>
      ++writes === 150 ? Promise.reject(new Error('gone')) : put(row, condition)
    const failed = await post(customers)
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await post(customers)).json.accepted).toHaveLength(100)
    await api.settle()
    for (const { id } of customers) expect(await profileOf(id)).toMatchObject({ birthday: '1990-03-14' })
  })

  it('brings nobody back who was erased, where the settings refuse them', async () => {
    const { json } = await api.get('/v1/settings')
    await api.put('/v1/settings', { settings: `${json.settings}\nafterErasure: refuse\n` })
    await post([{ id: 'anna' }, { id: 'bo' }])
    await api.call('DELETE', '/v1/customers/anna')
    await api.settle()
    for (const more of ['?dryRun=true', '']) {
      const again = await post([{ id: 'anna' }, { id: 'bo', tier: 'gold' }, { id: 'new' }], more)
      expect(again.json.accepted).toEqual(['bo', 'new'])
      expect(again.json.rejected).toMatchObject([{ index: 0, errors: [{ path: 'id' }] }])
    }
    expect((await api.get('/v1/customers/anna')).status).toBe(404)
    await api.put('/v1/customers/anna', {})
    expect((await post([{ id: 'anna', tier: 'gold' }])).json.accepted).toEqual(['anna'])
  })
})

const mail =
  '---\nsubject: Hello\n---\n<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>\n'

it('sets off what a single PATCH sets off: what a profile becomes, and waits that follow a date', async () => {
  await api.publish(
    'golden',
    'workflow: golden\ntitle: Golden\ntopic: service\ntrigger: { becomes: "customer.tier == \'gold\'" }\nenroll: { per: meta.id }\nsteps:\n  - send: hello\n',
    { 'hello.mjml': mail },
  )
  await api.publish(
    'ahead',
    'workflow: ahead\ntitle: Ahead\ntopic: service\ntrigger: { event: booked }\nenroll: { per: meta.id }\nsteps:\n  - wait:\n    until: customer.visit\n  - send: hello\n',
    { 'hello.mjml': mail },
  )
  await post([{ id: 'anna', email: 'anna@example.it', timezone: 'Europe/Rome', visit: '2026-04-10' }])
  await api.post('/v1/events', { type: 'booked', customerId: 'anna', id: 'B-1' })
  await api.settle()
  const due = () =>
    api.world.table
      .all()
      .filter(({ sk }: Row) => sk.startsWith('#ahead'))
      .map(({ body }: Row) => body)
  const before = due()
  await post([{ id: 'anna', visit: '2026-05-10' }])
  await api.settle()
  expect(due()).not.toEqual(before)
  await post([{ id: 'anna', tier: 'gold' }])
  await api.settle()
  expect(api.world.sender.mails.map(({ tags }) => tags.workflow)).toEqual(['golden'])
})

it('is not done before the waits of its customers are told', async () => {
  const { queue } = api.world
  const send = queue.send.bind(queue)
  queue.send = () => Promise.reject(new Error('gone'))
  expect((await post([{ id: 'anna' }])).status).toBe(503)
  queue.send = send
  expect((await post([{ id: 'anna' }])).status).toBe(200)
  expect(queue.take()?.body).toContain('"profile"')
})
