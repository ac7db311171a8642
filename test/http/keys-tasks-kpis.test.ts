/** Keys, the care inbox and the figures over HTTP. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ensureKey } from '../../runtime/keys.ts'
import { Api } from './api.ts'
import { careApi, closeTicket, linkIn } from './care.ts'

let api: Api
beforeEach(() => {
  api = new Api()
})

describe('keys', () => {
  const make = async (scopes: string[]) => (await api.post('/v1/keys', { name: 'shop', scopes })).json

  it('show their secret once and never hold it', async () => {
    const made = await make(['events:write', 'events:write'])
    expect(made).toMatchObject({
      name: 'shop',
      scopes: ['events:write'],
      secret: expect.stringMatching(/^prm_[\w-]{43,}$/),
    })
    expect(made.lastFour).toBe(made.secret.slice(-4))
    const { json, text } = await api.get('/v1/keys')
    const { secret, ...rest } = made
    expect(json.keys).toContainEqual(rest)
    expect(text).not.toContain(secret)
    expect(JSON.stringify(api.world.table.all())).not.toContain(secret)
  })

  it('cost no read for a minute, and stop within it once revoked elsewhere', async () => {
    const { id, secret } = await make(['workflows:read'])
    const elsewhere = new Api()
    Object.assign(elsewhere.world.table, { get: api.world.table.get.bind(api.world.table) })
    const status = async () => (await elsewhere.get('/v1/workflows', { key: secret })).status
    expect(await status()).toBe(200)
    const reads = api.world.table.calls.get
    expect(await status()).toBe(200)
    expect(api.world.table.calls.get).toBe(reads)

    expect((await api.call('DELETE', `/v1/keys/${id}`)).status).toBe(204)
    expect((await api.get('/v1/workflows', { key: secret })).status).toBe(401)
    elsewhere.world.clock.set(elsewhere.world.clock.now() + 86_400_000)
    expect(await status(), 'the calendar does not age a cache').toBe(200)
    elsewhere.world.clock.age(59_999)
    expect(await status()).toBe(200)
    elsewhere.world.clock.age(1)
    expect(await status()).toBe(401)
    expect((await api.get('/v1/keys')).text).not.toContain(id)
  })

  it('can be made from a secret chosen elsewhere, once', async () => {
    await ensureKey(api.runtime, 'chosen-by-the-operator', ['admin'])
    await ensureKey(api.runtime, 'chosen-by-the-operator', ['admin'])
    const { json } = await api.get('/v1/keys', { key: 'chosen-by-the-operator' })
    expect(json.keys.filter(({ name }: { name: string }) => name === 'bootstrap')).toHaveLength(1)
  })
})

describe('the care inbox', () => {
  const badRating = async (ticketId: string) => {
    await closeTicket(api, { id: `E-${ticketId}`, data: { ticketId, channel: 'mail' } })
    await api.form(linkIn(api, 'r'), { score: '1' })
    await api.settle()
    api.world.clock.advance(1000)
  }

  it('lists, assigns and closes', async () => {
    api = await careApi()
    await badRating('T-1')
    const { json } = await api.get('/v1/tasks')
    expect(json).toMatchObject({
      tasks: [
        {
          customerId: 'anna',
          queue: 'care-team',
          title: 'Call anna',
          state: 'open',
          createdAt: '2026-03-26T10:00:00.000Z',
        },
      ],
    })
    const { id, context } = json.tasks[0]
    expect(context.event).toMatchObject({ type: 'ticket.closed', time: expect.stringMatching(/Z$/) })
    expect((await api.post(`/v1/tasks/${id}/assign`, { to: 'rosa' })).json.assignee).toBe('rosa')
    const closed = await api.post(`/v1/tasks/${id}/close`, { note: 'Called.\nAll well.', by: 'rosa' })
    expect(closed.json).toMatchObject({ state: 'closed', note: 'Called.\nAll well.', closedBy: 'rosa' })
    expect((await api.post(`/v1/tasks/${id}/close`)).json.note).toBe('Called.\nAll well.')
    await api.settle()
    expect((await api.get('/v1/tasks')).json.tasks).toEqual([])
    expect((await api.get('/v1/tasks?state=closed&queue=care-team')).json.tasks).toHaveLength(1)
    const { json: told } = await api.get('/v1/customers/anna/timeline')
    expect(told.entries.filter((one: { type?: string }) => one.type === 'task.closed')).toHaveLength(1)
  })

  it('is paged, with cursors that only their own list takes', async () => {
    api = await careApi()
    for (const ticket of ['T-1', 'T-2', 'T-3']) await badRating(ticket)
    const first = (await api.get('/v1/tasks?limit=2')).json
    expect(first.tasks).toHaveLength(2)
    const second = (await api.get(`/v1/tasks?limit=2&cursor=${encodeURIComponent(first.cursor)}`)).json
    expect(second).toEqual({ tasks: [expect.objectContaining({ key: 'T-3' })] })
    const stolen = await api.get(`/v1/tasks?state=closed&cursor=${encodeURIComponent(first.cursor)}`)
    expect(stolen.status).toBe(422)
  })
})

describe('the figures', () => {
  it('are of the last thirty days unless days are named', async () => {
    api = await careApi()
    await closeTicket(api)
    await api.form(linkIn(api, 'r'), { score: '5' })
    await api.settle()
    expect((await api.get('/v1/kpis')).json).toMatchObject({
      from: '2026-02-25',
      to: '2026-03-26',
      csat: { answers: 1 },
      journeys: 1,
    })
    const later = '/v1/kpis?from=2026-03-27&to=2026-04-01T00:00:00%2B02:00'
    expect((await api.get(later)).json).toMatchObject({
      from: '2026-03-27',
      to: '2026-03-31',
      csat: { answers: 0, average: null },
    })
  })
})
