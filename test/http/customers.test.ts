/** Profiles: what comes back is what went in, and a patch is a JSON Merge Patch. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../engine/model.ts'
import { mergePatch } from '../../runtime/http/profile-input.ts'
import { Api } from './api.ts'
import { careApi, closeTicket } from './care.ts'

let api: Api
beforeEach(() => {
  api = new Api()
})

const anna = {
  email: "o'anna+shop@example.co.it",
  phone: '+393331234567',
  firstName: 'Anna Łucja',
  lastName: 'D’Àngelo-Büßer',
  locale: 'it-IT',
  timezone: 'Europe/Rome',
  consent: { news: true, offers: false },
  birthday: '1992-02-29',
  appointment: '2027-05-01T10:00:00+02:00',
  tags: ['vip', 2, null],
  size: { shoe: 38.5 },
  'Loyalty tier': 'gold',
  version: '2027-02-xx',
}

describe('a profile', () => {
  it('is kept whole', async () => {
    expect((await api.put('/v1/customers/anna', anna)).json).toEqual({ id: 'anna', ...anna })
    expect((await api.get('/v1/customers/anna')).json).toEqual({ id: 'anna', ...anna })
  })

  it('is found under any id that an event may name', async () => {
    for (const id of ['anna@example.it', 'a/b', 'à è', '100%', '?x=1#y', 'C#1', '...', '😀', ' a']) {
      const path = `/v1/customers/${encodeURIComponent(id)}`
      expect((await api.put(path, { id, tier: 'gold' })).json).toEqual({ id, tier: 'gold' })
      expect((await api.get(path)).json).toEqual({ id, tier: 'gold' })
    }
  })

  it('is replaced by PUT, which counts null as absent', async () => {
    await api.put('/v1/customers/anna', anna)
    const { json } = await api.put('/v1/customers/anna', {
      email: null,
      tier: 'gold',
      consent: { news: null },
    })
    expect(json).toEqual({ id: 'anna', tier: 'gold', consent: {} })
  })

  it('is merged by PATCH', async () => {
    await api.put('/v1/customers/anna', anna)
    const patch = { phone: null, consent: { offers: true, news: null }, size: { hat: 7 }, tags: ['vip'] }
    const { json } = await api.patch('/v1/customers/anna', patch, { type: 'application/merge-patch+json' })
    const { phone: _, ...rest } = anna
    expect(json).toEqual({
      id: 'anna',
      ...rest,
      consent: { offers: true },
      size: { shoe: 38.5, hat: 7 },
      tags: ['vip'],
    })
  })

  it('stays within bounds however many patches it is made of', async () => {
    await api.put('/v1/customers/anna', {})
    expect((await api.patch('/v1/customers/anna', { a: 'x'.repeat(30_000) })).status).toBe(200)
    const { status, json } = await api.patch('/v1/customers/anna', { b: 'x'.repeat(30_000) })
    expect([status, json.errors[0].path]).toEqual([422, ''])
  })

  it('can be patched beside a topic that settings no longer know', async () => {
    await api.put('/v1/customers/anna', { consent: { offers: true } })
    const { json } = await api.get('/v1/settings')
    const settings = json.settings.replace(/ {2}offers:\n.*\n.*\n/, '')
    expect((await api.put('/v1/settings', { settings })).status).toBe(200)
    expect((await api.patch('/v1/customers/anna', { consent: { offers: true } })).status).toBe(422)
    expect((await api.patch('/v1/customers/anna', { tier: 'gold' })).json.consent).toEqual({ offers: true })
    expect((await api.patch('/v1/customers/anna', { consent: { offers: null } })).json.consent).toEqual({})
  })

  it('survives two writers at once', async () => {
    await api.put('/v1/customers/anna', {})
    await Promise.all(Array.from({ length: 5 }, (_, n) => api.patch('/v1/customers/anna', { [`a${n}`]: n })))
    expect((await api.get('/v1/customers/anna')).json).toEqual({
      id: 'anna',
      a0: 0,
      a1: 1,
      a2: 2,
      a3: 3,
      a4: 4,
    })
  })

  it('takes zones by any name they are known under', async () => {
    for (const timezone of [
      'UTC',
      'Asia/Calcutta',
      'Asia/Kolkata',
      'America/Argentina/Buenos_Aires',
      'Etc/GMT+5',
    ])
      expect((await api.put('/v1/customers/anna', { timezone })).status).toBe(200)
  })
})

describe('the person', () => {
  it('is exported whole and erased whole', async () => {
    api = await careApi()
    await closeTicket(api)
    const { json } = await api.get('/v1/customers/anna/export')
    expect(json).toMatchObject({
      customerId: 'anna',
      profile: { id: 'anna', email: 'anna@example.it' },
      journeys: [{ workflow: 'care', key: 'T-1' }],
      events: [{ event: { id: 'E-1' } }],
    })
    expect((await api.call('DELETE', '/v1/customers/anna')).status).toBe(204)
    expect((await api.call('DELETE', '/v1/customers/anna')).status).toBe(404)
    for (const path of ['', '/timeline', '/export'])
      expect((await api.get(`/v1/customers/anna${path}`)).status).toBe(404)
    expect(JSON.stringify(api.world.table.all())).not.toMatch(/anna@example/)
  })
})

describe('JSON Merge Patch', () => {
  // The examples of RFC 7396, appendix A, that are about objects.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as [JsonObject, JsonObject, JsonObject][])('%j with %j is %j', (before, patch, after) => {
    expect(mergePatch(before, patch)).toEqual(after)
  })

  it('is the same done twice, and changes nothing it is given', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 3 }), {
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(object, object, (before, patch) => {
        const [one, other] = [structuredClone(before), structuredClone(patch)] as [JsonObject, JsonObject]
        const once = mergePatch(one, other)
        expect([one, other]).toEqual([before, patch])
        expect(mergePatch(once, other)).toEqual(once)
      }),
    )
  })
})
