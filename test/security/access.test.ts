/** Every route against everybody who may knock. The table is written by hand: a route that is not in it fails. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp, routes } from '../../runtime/http/app.ts'
import { createKey, revokeKey, rotateKey, type Scope, scopes } from '../../runtime/keys.ts'
import { Api } from '../http/api.ts'
import { MemoryTokens } from '../memory-world.ts'

type Needs = Scope | 'any' | 'nothing'

/** What opens each route. Whoever adds one says here whom it is for. */
const table: { [route: string]: Needs } = {
  'POST /v1/events': 'events:write',
  'POST /v1/customers': 'customers:write',
  'GET /v1/customers/{id}': 'customers:read',
  'PUT /v1/customers/{id}': 'customers:write',
  'PATCH /v1/customers/{id}': 'customers:write',
  'DELETE /v1/customers/{id}': 'customers:write',
  'GET /v1/customers/{id}/timeline': 'customers:read',
  'GET /v1/customers/{id}/why': 'customers:read',
  'GET /v1/customers/{id}/export': 'customers:read',
  'GET /v1/workflows': 'workflows:read',
  'GET /v1/workflows/{name}': 'workflows:read',
  'GET /v1/workflows/{name}/under-way': 'workflows:read',
  'PUT /v1/workflows/{name}/draft': 'workflows:write',
  'POST /v1/workflows/{name}/publish': 'workflows:publish',
  'POST /v1/workflows/{name}/rollback': 'workflows:publish',
  'POST /v1/workflows/{name}/pause': 'workflows:publish',
  'POST /v1/workflows/{name}/resume': 'workflows:publish',
  'POST /v1/workflows/{name}/archive': 'workflows:publish',
  'POST /v1/workflows/{name}/simulate': 'workflows:read',
  'GET /v1/settings': 'workflows:read',
  'PUT /v1/settings': 'workflows:publish',
  'GET /v1/tasks': 'customers:read',
  'POST /v1/tasks/{id}/close': 'customers:write',
  'POST /v1/tasks/{id}/assign': 'customers:write',
  'POST /v1/customers/{id}/settle': 'customers:write',
  'GET /v1/doubts': 'customers:read',
  'GET /v1/failures': 'customers:read',
  'GET /v1/failures/{id}': 'customers:read',
  'POST /v1/failures/{id}/replay': 'customers:write',
  'POST /v1/failures/{id}/drop': 'customers:write',
  'GET /v1/restores': 'admin',
  'POST /v1/restores': 'admin',
  'POST /v1/pools/{pool}': 'workflows:write',
  'GET /v1/kpis': 'reports:read',
  'GET /v1/webhooks': 'admin',
  'POST /v1/keys': 'admin',
  'GET /v1/keys': 'admin',
  'POST /v1/keys/{id}/rotate': 'admin',
  'DELETE /v1/keys/{id}': 'admin',
  'GET /v1/me': 'any',
  'GET /health': 'nothing',
  'GET /v1/schema/workflow.json': 'nothing',
  'GET /v1/schema/settings.json': 'nothing',
  'GET /v1/schema/scenarios.json': 'nothing',
  'GET /v1/openapi.json': 'nothing',
}

/** What each group of the user pool may do, written down a second time. */
const groups: { [group: string]: readonly Scope[] } = {
  viewer: ['customers:read', 'workflows:read', 'reports:read'],
  editor: ['customers:read', 'workflows:read', 'reports:read', 'workflows:write', 'customers:write'],
  publisher: [
    'customers:read',
    'workflows:read',
    'reports:read',
    'workflows:write',
    'customers:write',
    'workflows:publish',
  ],
  admin: scopes,
}

interface Knocking {
  who: string
  credential: string | null
  /** Undefined: nobody whom the API knows. */
  may: readonly Scope[] | undefined
}

let api: Api
let everybody: Knocking[]

beforeAll(async () => {
  api = new Api()
  const tokens = new MemoryTokens()
  api.world.tokens = tokens
  const person = (...held: string[]) => tokens.signIn({ subject: held.join('+'), groups: held })
  const ended = await createKey(api.runtime, { name: 'ended', scopes: ['admin'] })
  await rotateKey(api.runtime, ended.id, 0)
  const revoked = await createKey(api.runtime, { name: 'revoked', scopes: ['admin'] })
  await revokeKey(api.runtime, revoked.id)
  const [header, payload] = person('admin').split('.')
  everybody = [
    ...(await Promise.all(
      scopes.map(async (scope) => ({
        who: `a key with ${scope}`,
        credential: await api.key(scope),
        may: scope === 'admin' ? scopes : [scope],
      })),
    )),
    ...Object.entries(groups).map(([group, may]) => ({
      who: `somebody in ${group}`,
      credential: person(group),
      may,
    })),
    {
      who: 'somebody in viewer and publisher',
      credential: person('viewer', 'publisher'),
      may: groups.publisher ?? [],
    },
    { who: 'somebody in a group of another product', credential: person('Admin', 'administrators'), may: [] },
    { who: 'nobody', credential: null, may: undefined },
    { who: 'a key that never was', credential: 'prm_bogus', may: undefined },
    { who: 'a key whose time is up', credential: ended.secret, may: undefined },
    { who: 'a key that was revoked', credential: revoked.secret, may: undefined },
    { who: 'the id of a key', credential: ended.id, may: undefined },
    { who: 'a token with another signature', credential: `${header}.${payload}.AAAA`, may: undefined },
    { who: 'a token with none', credential: `${header}.${payload}.`, may: undefined },
  ]
})

const path = (route: string) =>
  route.replace(/^\S+ /, '').replace('{id}', 'nobody').replace('{name}', 'nothing').replace('{pool}', 'none')

it('has a line for every route, and none for what is not there', () => {
  expect(Object.keys(table).sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort())
})

it('holds all that the app serves: what is mounted beside it are the pages behind links', () => {
  const mounted = createApp(api.runtime).routes.filter(({ path }) => path !== '/*')
  const told = new Set(Object.keys(table).map((route) => path(route).replace(/nobody|nothing|none/g, ':x')))
  const others = mounted.map(({ path }) => path).filter((path) => !told.has(path.replace(/:\w+/g, ':x')))
  expect([...new Set(others)].sort()).toEqual([
    '/c/:token',
    '/o/:token',
    '/p/:token',
    '/r/:token',
    '/u/:token',
  ])
})

describe.each(Object.entries(table))('%s opens with %s', (route, needs) => {
  it('and with nothing else', async () => {
    const [method = ''] = route.split(' ')
    const wrong: string[] = []
    for (const { who, credential, may } of everybody) {
      // Bodies that would do nothing even where they are let in.
      const sent = method === 'GET' || method === 'DELETE' ? {} : { body: '{"not":"taken"}' }
      const { status } = await api.call(method, path(route), { ...sent, key: credential })
      const open = needs === 'nothing' || (may && (needs === 'any' ? may.length > 0 : may.includes(needs)))
      const expected = open ? 'served' : may === undefined ? '401' : '403'
      const seen = status === 401 || status === 403 || status >= 500 ? String(status) : 'served'
      if (seen !== expected) wrong.push(`${who}: ${status} instead of ${expected}`)
    }
    expect(wrong).toEqual([])
    expect(everybody.length).toBeGreaterThan(18)
  })
})
