/** People with tokens of a user pool: what each group opens, and what is said to those who are not let in. */
import * as fc from 'fast-check'
import { beforeEach, describe, expect, it, test } from 'vitest'
import { routes } from '../../runtime/http/app.ts'
import { createKey, ensureKey, looksLikeToken } from '../../runtime/keys.ts'
import { rolesIn, scopesOf } from '../../runtime/roles.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { MemoryTokens, memoryWorld } from '../memory-world.ts'
import { Api, everyScope, samplePath } from './api.ts'
import { careApi, closeTicket, linkIn } from './care.ts'

const read = ['customers:read', 'workflows:read', 'reports:read']
/** What each group is promised to open. */
const opens: { [group: string]: readonly string[] } = {
  viewer: read,
  editor: [...read, 'workflows:write', 'customers:write'],
  publisher: [...read, 'workflows:write', 'customers:write', 'workflows:publish'],
  admin: everyScope,
}
const groups = Object.keys(opens)
const leastFor = (scope: string) => groups.find((group) => scope === 'any' || opens[group]?.includes(scope))

let api: Api
let tokens: MemoryTokens
beforeEach(() => {
  api = new Api()
  tokens = new MemoryTokens()
  api.world.tokens = tokens
})

const person = (...held: string[]) => tokens.signIn({ subject: 'sub-1', groups: held, name: 'Rosa Bianchi' })

describe('what a group opens', () => {
  const guarded = routes.flatMap(({ method, path, scope }) =>
    scope === null ? [] : [[method, path, scope] as const],
  )

  it.each(guarded)('%s %s (%s), for everybody', async (method, path, scope) => {
    const least = leastFor(scope)
    for (const group of groups) {
      const { status, json } = await api.call(method, samplePath(path), { key: person(group) })
      expect(status).toBeLessThan(500)
      if (scope === 'any' || opens[group]?.includes(scope)) expect([401, 403], group).not.toContain(status)
      else {
        expect(status, group).toBe(403)
        expect(json).toMatchObject({ scope, group: least })
        expect(json.detail).toContain(`ask an admin for ${least}.`)
        expect(json.detail).toContain(group)
      }
    }
    for (const held of [
      [],
      ['eu-west-1_abc_Google'],
      ['Viewer', 'admin ', 'administrators', 'constructor'],
    ]) {
      const { status, json, headers } = await api.call(method, samplePath(path), { key: person(...held) })
      expect(status).toBe(403)
      expect(json.group).toBe(least)
      expect(json.detail).toContain(`ask an admin for the group ${least}.`)
      expect(headers.get('www-authenticate') ?? '').toBe(
        scope === 'any' ? '' : `Bearer realm="premura", error="insufficient_scope", scope="${scope}"`,
      )
    }
  })

  test('several groups open what each of them does, and unknown ones nothing', () => {
    const name = fc.oneof(fc.constantFrom(...groups), fc.string(), fc.constantFrom('toString', '__proto__'))
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), (held) => {
        const known = groups.filter((group) => held.includes(group))
        expect(rolesIn(held)).toEqual(known)
        const given = scopesOf(rolesIn(held))
        for (const scope of everyScope)
          expect(given.includes('admin') || given.includes(scope)).toBe(
            known.some((group) => opens[group]?.includes(scope)),
          )
      }),
    )
  })
})

describe('a token that proves nothing', () => {
  it('is 401, and says that signing in again is the way', async () => {
    const { status, json, headers } = await api.get('/v1/workflows', { key: `${person('admin')}x` })
    expect(status).toBe(401)
    expect(json.detail).toMatch(/sign in again/)
    expect(headers.get('www-authenticate')).toBe('Bearer realm="premura", error="invalid_token"')
  })

  it('is 401 where nobody can sign in, and says that a key is wanted', async () => {
    const key = person('admin')
    delete api.world.tokens
    const { status, json } = await api.get('/v1/workflows', { key })
    expect(status).toBe(401)
    expect(json.detail).toBe('Nobody can sign in here, so tokens are not taken: send an API key.')
  })

  it('is never looked up as a key', async () => {
    await api.get('/v1/workflows')
    const before = api.world.table.calls.get
    await api.get('/v1/workflows', { key: `${person('admin')}x` })
    expect(api.world.table.calls.get).toBe(before)
  })

  it('is 503 while it cannot be checked, and nothing of it is logged', async () => {
    const key = person('admin')
    tokens.failing = new TypeError(`cannot check ${key}`)
    const { status, json, headers } = await api.get('/v1/workflows', { key })
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('10')
    expect(headers.get('www-authenticate')).toBeNull()
    expect(json.detail).toMatch(/cannot be checked now/)
    expect(api.world.lines).toContainEqual({
      level: 'error',
      message: 'tokens.unavailable',
      facts: { error: 'TypeError' },
    })
    expect(JSON.stringify([api.world.lines, json])).not.toContain(key)
  })

  it('does not keep keys from being let in', async () => {
    tokens.failing = new Error('down')
    expect((await api.get('/v1/workflows')).status).toBe(200)
  })
})

test('whoever sends nothing is told what can be sent', async () => {
  const asked = async () => (await api.get('/v1/me', { key: null })).json.detail
  expect(await asked()).toBe(
    'Send an API key as "Authorization: Bearer KEY", or the access token of somebody who is signed in.',
  )
  delete api.world.tokens
  expect(await asked()).toBe('Send an API key as "Authorization: Bearer KEY".')
})

describe('keys and tokens are told apart by their form', () => {
  const part = fc.string().map((text) => Buffer.from(text).toString('base64url'))
  const header = fc
    .dictionary(fc.string(), fc.jsonValue())
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'))

  test('whatever has a header, a payload and perhaps a signature is a token', () => {
    fc.assert(
      fc.property(header, part, part, (first, second, third) => {
        expect(looksLikeToken(`${first}.${second}.${third}`)).toBe(true)
        expect(looksLikeToken(`${first}.${second}`)).toBe(false)
        expect(looksLikeToken(`${first}.${second}.${third}.${first}`)).toBe(false)
      }),
    )
  })

  test('no key that is made looks like one', async () => {
    const runtime = createRuntime(memoryWorld())
    for (let made = 0; made < 50; made++) {
      const { secret } = await createKey(runtime, { name: 'one', scopes: ['admin'] })
      expect(looksLikeToken(secret)).toBe(false)
    }
  })

  test('a chosen key may have dots, but not the form of a token', async () => {
    await ensureKey(api.runtime, 'chosen.with.dots', ['admin'])
    expect((await api.get('/v1/me', { key: 'chosen.with.dots' })).status).toBe(200)
    await expect(ensureKey(api.runtime, person('admin'), ['admin'])).rejects.toThrow(/choose another secret/)
  })
})

describe('GET /v1/me', () => {
  it('tells a key what it is', async () => {
    const { secret } = await createKey(api.runtime, { name: 'shop', scopes: ['events:write'] })
    expect((await api.get('/v1/me', { key: secret })).json).toEqual({
      kind: 'key',
      name: 'shop',
      scopes: ['events:write'],
    })
  })

  it.each([
    [['viewer'], ['viewer'], ['customers:read', 'workflows:read', 'reports:read']],
    [['admin', 'elsewhere'], ['admin'], ['admin']],
    [
      ['editor', 'viewer'],
      ['viewer', 'editor'],
      ['customers:read', 'customers:write', 'workflows:read', 'workflows:write', 'reports:read'],
    ],
  ])('tells somebody in %j', async (held, known, scopes) => {
    const { json } = await api.get('/v1/me', { key: person(...held) })
    expect(json).toEqual({ kind: 'person', name: 'Rosa Bianchi', scopes, groups: known })
  })

  it('calls somebody without a name what the pool calls them', async () => {
    const key = tokens.signIn({ subject: 'sub-1', groups: ['viewer'] })
    expect((await api.get('/v1/me', { key })).json.name).toBe('sub-1')
  })
})

describe('who closed a task', () => {
  const openTask = async () => {
    api = await careApi()
    api.world.tokens = tokens
    await closeTicket(api)
    await api.form(linkIn(api, 'r'), { score: '1' })
    await api.settle()
    return (await api.get('/v1/tasks')).json.tasks[0].id
  }

  it('is the person, whether or not they say so', async () => {
    const key = person('editor')
    for (const body of [{}, { by: 'Rosa Bianchi' }]) {
      const id = await openTask()
      const { json } = await api.post(`/v1/tasks/${id}/close`, body, { key })
      expect(json).toMatchObject({ state: 'closed', closedBy: 'Rosa Bianchi' })
    }
  })

  it('is nobody else, when a person closes it', async () => {
    const id = await openTask()
    const answer = await api.post(`/v1/tasks/${id}/close`, { by: 'anna' }, { key: person('editor') })
    expect(answer.status).toBe(422)
    expect(answer.json.errors).toEqual([
      { path: 'by', message: 'Must be left out, or be your own name: Rosa Bianchi.' },
    ])
    expect((await api.get('/v1/tasks')).json.tasks).toHaveLength(1)
  })

  it('is whom a key names', async () => {
    const id = await openTask()
    expect((await api.post(`/v1/tasks/${id}/close`, { by: 'anna' })).json.closedBy).toBe('anna')
  })
})
