/** Events on their way in: what the queue holds afterwards, and what the answer says. */
import { beforeEach, describe, expect, it } from 'vitest'
import { work } from '../../runtime/work.ts'
import { Api } from './api.ts'

let api: Api
beforeEach(() => {
  api = new Api({ at: '2026-03-26T10:00:00Z' })
})

const queued = () =>
  api.world.queue.messages.map(({ body }) => {
    const message = work.parse(JSON.parse(body))
    if (message.kind !== 'event') throw new Error(message.kind)
    return message
  })

describe('one event', () => {
  it('is in the queue, as it was sent, when it is accepted', async () => {
    const { status, json } = await api.post('/v1/events', {
      id: 'o-1',
      type: 'purchase',
      customerId: 'anna@example.it',
      time: '2026-03-26T16:00:00.5+01:00',
      customer: { firstName: 'Anna', consent: { news: true }, tier: null },
      data: { total: 80.5, items: [{ sku: 'é' }] },
    })
    expect(status).toBe(202)
    expect(json).toEqual({ accepted: ['o-1'], rejected: [] })
    expect(queued()).toMatchObject([
      {
        event: {
          id: 'o-1',
          type: 'purchase',
          customerId: 'anna@example.it',
          at: Date.parse('2026-03-26T15:00:00.5Z'),
          data: { total: 80.5, items: [{ sku: 'é' }] },
        },
        customer: { firstName: 'Anna', consent: { news: true }, tier: null },
      },
    ])
  })

  it('gets an id and the time of its arrival when it has none', async () => {
    const { json } = await api.post('/v1/events', { type: 'purchase', customerId: 'anna' })
    expect(queued()[0]?.event).toMatchObject({ id: json.accepted[0], at: api.world.clock.now(), data: {} })
  })

  it('is not accepted when the queue does not take it', async () => {
    api.world.queue.failure = new Error('anna is not to be logged')
    const { status, headers } = await api.post('/v1/events', { type: 'purchase', customerId: 'anna' })
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBeTruthy()
    expect(JSON.stringify(api.world.lines)).not.toMatch(/anna/)
  })

  it.each([
    '2026-03-26T16:00Z',
    '2026-03-26T16:00:00+0100',
    '2026-03-26T16:00:00.123456789-09:30',
    '2016-06-01T00:00:00Z',
  ])('takes the time %s', async (time) => {
    expect((await api.post('/v1/events', { type: 'a.b', customerId: 'c', time })).status).toBe(202)
  })
})

describe('a batch', () => {
  it('takes what is valid and says what is not, by index', async () => {
    const { status, json } = await api.post('/v1/events', {
      events: [
        { id: '1', type: 'purchase', customerId: 'anna' },
        { id: '2', type: 'purchase' },
        'nothing',
        { id: '4', type: 'ticket.closed', customerId: 'bob', oops: 1 },
        { id: '5', type: 'ticket.closed', customerId: 'bob' },
      ],
    })
    expect(status).toBe(202)
    expect(json.accepted).toEqual(['1', '5'])
    expect(json.rejected).toEqual([
      { index: 1, errors: [{ path: 'customerId', message: 'Missing.' }] },
      { index: 2, errors: [{ path: '', message: 'Must be a JSON object.' }] },
      { index: 3, errors: [{ path: 'oops', message: '"oops" is not known here.' }] },
    ])
    expect(queued().map(({ event }) => event.id)).toEqual(['1', '5'])
  })

  it('may hold 500', async () => {
    const events = Array.from({ length: 500 }, (_, n) => ({
      id: `e${n}`,
      type: 'purchase',
      customerId: `c${n % 7}`,
    }))
    const { json } = await api.post('/v1/events', { events })
    expect(json.accepted).toEqual(events.map(({ id }) => id))
    expect(queued()).toHaveLength(500)
  })

  it('asks the store nothing for each event', async () => {
    await api.get('/v1/workflows')
    const { get, query } = api.world.table.calls
    const events = Array.from({ length: 50 }, (_, n) => ({
      id: `e${n}`,
      type: 'purchase',
      customerId: `c${n}`,
    }))
    await api.post('/v1/events', { events })
    expect(api.world.table.calls.get + api.world.table.calls.query - get - query).toBeLessThanOrEqual(1)
  })
})

describe('CloudEvents', () => {
  const one = {
    specversion: '1.0',
    id: 'A-1',
    source: '/shop',
    type: 'purchase',
    subject: 'anna',
    time: '2026-03-26T09:00:00Z',
    datacontenttype: 'application/json; charset=utf-8',
    traceparent: 'x',
    data: { total: 5 },
  }

  it('are taken in structured form', async () => {
    const { status, json } = await api.post('/v1/events', one, {
      type: 'application/cloudevents+json; charset=utf-8',
    })
    expect([status, json.accepted]).toEqual([202, ['A-1']])
    expect(queued()[0]?.event).toEqual({
      id: 'A-1',
      type: 'purchase',
      customerId: 'anna',
      at: Date.parse('2026-03-26T09:00:00Z'),
      data: { total: 5 },
    })
  })

  it('are taken in batches', async () => {
    const body = [one, { ...one, id: 'A-2', subject: '' }, { ...one, id: 'A-3' }]
    const { json } = await api.post('/v1/events', body, { type: 'application/cloudevents-batch+json' })
    expect(json.accepted).toEqual(['A-1', 'A-3'])
    expect(json.rejected).toMatchObject([{ index: 1, errors: [{ path: 'subject' }] }])
  })
})
