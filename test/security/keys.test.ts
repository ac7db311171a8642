/** API keys: kept as a hash, replaced with an overlap, and held to so many requests a second. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { ensureKey, findKey, listKeys, revokeKey, rotateKey } from '../../runtime/keys.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { Api } from '../http/api.ts'

const hour = 3_600_000

let api: Api
beforeEach(() => {
  api = new Api()
})

const make = async (scopes = ['workflows:read']) =>
  (await api.post('/v1/keys', { name: 'shop', scopes })).json as { id: string; secret: string }
const statusWith = async (key: string) => (await api.get('/v1/workflows', { key })).status

describe('a stored key', () => {
  it('cannot be used from what the table holds', async () => {
    const { secret } = await make()
    const rows = JSON.stringify(api.world.table.all())
    expect(rows).not.toContain(secret)
    // Whoever reads the hash has nothing to send: not the hash, not the row, not the id.
    for (const [word = ''] of rows.matchAll(/[\w-]{16,}/g)) expect(await statusWith(word)).toBe(401)
  })

  it('opens to its own secret and to none that is near it', async () => {
    const { secret } = await make()
    await fc.assert(
      fc.asyncProperty(fc.nat(secret.length - 1), fc.constantFrom(...'Aa0_-'), async (at, character) => {
        const near = secret.slice(0, at) + character + secret.slice(at + 1)
        expect(await statusWith(near)).toBe(near === secret ? 200 : 401)
      }),
      { numRuns: 200 },
    )
    for (const near of [secret.slice(0, -1), `${secret}A`, secret.toLowerCase(), secret.toUpperCase()])
      expect(await statusWith(near)).toBe(401)
  })
})

describe('rotation', () => {
  it('brings nothing back of a key that is revoked meanwhile, whenever that is', async () => {
    for (let call = 1; call <= 8; call++) {
      const one = new Api()
      const old = (await one.post('/v1/keys', { name: 'shop', scopes: ['workflows:read'] })).json
      const { table } = one.world
      const before = table.all().length
      let calls = 0
      const around = <A extends unknown[], R>(does: (...args: A) => Promise<R>) => {
        return async (...args: A): Promise<R> => {
          if (++calls === call) await revokeKey(one.runtime, old.id)
          return await does(...args)
        }
      }
      const whole = { get: table.get, put: table.put }
      table.get = around(whole.get.bind(table))
      table.put = around(whole.put.bind(table))
      const rotated = await rotateKey(one.runtime, old.id, hour)
      Object.assign(table, whole)
      const secrets = [old.secret, ...(rotated ? [rotated.key.secret] : [])]
      const open = await Promise.all(secrets.map((key) => findKey(createRuntime(one.world), key)))
      expect(open[0], `revoked before call ${call}`).toBeUndefined()
      expect((await listKeys(one.runtime)).some(({ id }) => id === old.id)).toBe(false)
      // The bootstrap key stays, and where the rotation was through before the revocation, the new one.
      if (!rotated) expect(table.all()).toHaveLength(before - 2)
    }
  })

  it('leaves both keys at work for the grace, and the new one alone after it', async () => {
    const old = await make()
    const { status, json } = await api.post(`/v1/keys/${old.id}/rotate`, { grace: 'PT2H' })
    expect(status).toBe(201)
    expect(json).toMatchObject({
      name: 'shop',
      scopes: ['workflows:read'],
      replaces: { id: old.id, expiresAt: '2026-03-26T12:00:00.000Z' },
    })
    expect([await statusWith(old.secret), await statusWith(json.secret)]).toEqual([200, 200])
    api.world.clock.advance(2 * hour - 1)
    expect([await statusWith(old.secret), await statusWith(json.secret)]).toEqual([200, 200])
    api.world.clock.advance(1)
    expect([await statusWith(old.secret), await statusWith(json.secret)]).toEqual([401, 200])
    const { text } = await api.get('/v1/keys')
    expect(text).toContain(json.id)
    expect(text).not.toContain(old.id)
    expect((await api.post(`/v1/keys/${old.id}/rotate`)).status).toBe(404)
  })

  it('ends the old key in a process that remembers it', async () => {
    const old = await make()
    const elsewhere = new Api()
    Object.assign(elsewhere.world.table, { get: api.world.table.get.bind(api.world.table) })
    const status = async () => (await elsewhere.get('/v1/workflows', { key: old.secret })).status
    expect(await status()).toBe(200)
    await api.post(`/v1/keys/${old.id}/rotate`, { grace: 'PT0S' })
    expect(await statusWith(old.secret)).toBe(401)
    elsewhere.world.clock.age(60_000)
    expect(await status()).toBe(401)
  })

  it('gives a day unless said otherwise, and never more than was given before', async () => {
    const old = await make()
    expect((await api.post(`/v1/keys/${old.id}/rotate`)).json.replaces.expiresAt).toBe(
      '2026-03-27T10:00:00.000Z',
    )
    const again = await api.post(`/v1/keys/${old.id}/rotate`, { grace: 'P30D' })
    expect(again.json.replaces.expiresAt).toBe('2026-03-27T10:00:00.000Z')
  })

  it.each(['P31D', '-P1D', 'P1Y', 'a day', '1 day', '', 'P999999999Y', 7])(
    'refuses a grace of %j',
    async (grace) => {
      const { id, secret } = await make()
      const { status, json } = await api.post(`/v1/keys/${id}/rotate`, { grace })
      expect([status, json.errors[0].path]).toEqual([422, 'grace'])
      expect(await statusWith(secret)).toBe(200)
    },
  )

  it('crashing in between leaves two keys that work', async () => {
    const { id, secret } = await make()
    let writes = 0
    api.world.table.beforeWrite = () => {
      if (++writes === 3) throw new Error('the process is gone')
    }
    expect((await api.post(`/v1/keys/${id}/rotate`)).status).toBe(500)
    api.world.table.beforeWrite = undefined
    expect(await statusWith(secret)).toBe(200)
  })

  it('does not outlast the operator, who chooses the key again', async () => {
    const { id } = await ensureKey(api.runtime, 'chosen-by-the-operator', ['admin'])
    await api.post(`/v1/keys/${id}/rotate`, { grace: 'PT0S' })
    expect(await statusWith('chosen-by-the-operator')).toBe(401)
    await ensureKey(api.runtime, 'chosen-by-the-operator', ['admin'])
    expect(await statusWith('chosen-by-the-operator')).toBe(200)
  })
})

describe('the rate of requests', () => {
  const limited = async () => {
    api = new Api({ config: { requestsPerSecond: 5 } })
    return await api.key('workflows:read')
  }

  it('refuses what is beyond two seconds’ worth, says when to come again, and takes it then', async () => {
    const key = await limited()
    const writes = () => api.world.table.calls.put + api.world.table.calls.add
    const before = writes()
    for (let sent = 0; sent < 10; sent++) expect(await statusWith(key)).toBe(200)
    const refused = await api.get('/v1/workflows', { key })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(refused.json.type).toBe('urn:premura:problem:too-many-requests')
    expect(writes(), 'counting costs no write').toBe(before + 2)
    api.world.clock.age(1000)
    for (let sent = 0; sent < 5; sent++) expect(await statusWith(key)).toBe(200)
    expect(await statusWith(key)).toBe(429)
  })

  it('is each key’s own, and the calendar’s clock does not fill it', async () => {
    const key = await limited()
    const other = await api.key('workflows:read')
    for (let sent = 0; sent < 20; sent++) await statusWith(key)
    expect(await statusWith(key)).toBe(429)
    expect(await statusWith(other)).toBe(200)
    api.world.clock.set(api.world.clock.now() + hour)
    expect(await statusWith(key)).toBe(429)
  })

  it('comes before the scope: who may not is not told so a thousand times a second', async () => {
    await limited()
    const key = await api.key('events:write')
    const answers: number[] = []
    for (let sent = 0; sent < 12; sent++) answers.push(await statusWith(key))
    expect(answers).toEqual([...Array(10).fill(403), 429, 429])
  })
})
