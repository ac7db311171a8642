/** The table of routes: who may call what, what is not there, and that the document says the same. */
import { beforeEach, describe, expect, it } from 'vitest'
import { routes } from '../../runtime/http/app.ts'
import { openApiDocument } from '../../runtime/http/openapi.ts'
import { Api, everyScope, samplePath } from './api.ts'

let api: Api
beforeEach(() => {
  api = new Api()
})

const guarded = routes.filter((route) => route.scope !== null)

describe('scopes', () => {
  it.each(guarded.map((route) => [route.method, route.path, route.scope] as const))(
    '%s %s opens with %s and admin, and with nothing else',
    async (method, path, scope) => {
      for (const granted of everyScope) {
        const { status, json } = await api.call(method, samplePath(path), { key: await api.key(granted) })
        if (granted === scope || granted === 'admin' || scope === 'any')
          expect([401, 403]).not.toContain(status)
        else {
          expect(status).toBe(403)
          expect(json.detail).toContain(scope)
          expect(json.scope).toBe(scope)
        }
        expect(status).toBeLessThan(500)
      }
    },
  )

  it.each(guarded.map((route) => [route.method, route.path] as const))(
    '%s %s refuses a missing, unknown or misplaced key before it looks at anything else',
    async (method, path) => {
      const sent = { body: '{broken', type: 'text/plain' }
      const body = method === 'GET' ? {} : sent
      for (const headers of [
        {},
        { authorization: 'Bearer prm_unknown' },
        { authorization: 'Bearer' },
        { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` },
      ] as { [name: string]: string }[]) {
        const answer = await api.call(method, samplePath(path), { ...body, key: null, headers })
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
      }
    },
  )

  it('leaves health and the contract open to everybody', async () => {
    for (const { path } of routes.filter((route) => route.scope === null))
      expect((await api.get(path, { key: null })).status).toBe(200)
  })

  it('takes the scheme in any case', async () => {
    const key = await api.key('workflows:read')
    const answer = await api.get('/v1/workflows', { key: null, headers: { authorization: `bearer ${key}` } })
    expect(answer.status).toBe(200)
  })
})

describe('what is not there', () => {
  it.each([
    '/',
    '/v1',
    '/v1/nothing',
    '/v1/customers/',
    '/v1/events/',
    '/v1/workflows/a/b/c',
    '/V1/events',
    '/r/',
    '/x/abc',
  ])('%s is 404', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) expect((await api.call(method, path)).status).toBe(404)
  })

  it('answers 405 with what is allowed', async () => {
    for (const path of new Set(routes.map((route) => route.path))) {
      const allowed = routes.filter((route) => route.path === path).map((route) => route.method as string)
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        if (allowed.includes(method)) continue
        const answer = await api.call(method, samplePath(path), { key: null })
        expect(answer.status).toBe(405)
        const named = (answer.headers.get('allow') ?? '').split(', ')
        expect(named.filter((one) => one !== 'HEAD')).toEqual(allowed)
      }
    }
  })

  it('refuses a path that decodes to nothing', async () => {
    expect((await api.get('/v1/customers/%E0%A4%A')).status).toBe(400)
    expect((await api.get('/v1/customers/%ff')).status).toBe(400)
  })

  it('answers HEAD as GET, without a body', async () => {
    const answer = await api.call('HEAD', '/v1/workflows')
    expect(answer.status).toBe(200)
    expect(answer.text).toBe('')
  })
})

describe('failures', () => {
  it('answers 500 with an id, and logs it without a word of the input', async () => {
    api.world.table.get = async () => {
      throw new TypeError('anna@example.it cannot be read')
    }
    const { status, json } = await api.get('/v1/customers/anna', { key: 'prm_x' })
    expect(status).toBe(500)
    const line = api.world.lines.find(({ message }) => message === 'http.failed')
    expect(line?.facts).toMatchObject({ id: json.id, error: 'TypeError', route: '/v1/customers/{id}' })
    expect(JSON.stringify(api.world.lines)).not.toMatch(/anna/)
    expect(JSON.stringify(json)).not.toMatch(/anna/)
  })

  it('says that it cannot serve when the table does not answer', async () => {
    api.world.table.get = async () => {
      throw new Error('down')
    }
    const { status, headers } = await api.get('/health', { key: null })
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('5')
  })
})

describe('the OpenAPI document', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(routes)))

  it('describes every route, its scope and its inputs, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort())
    for (const route of routes) {
      const operation = document.paths[route.path][route.method.toLowerCase()]
      expect(operation['x-scope'] ?? null).toBe(route.scope)
      expect(operation.security).toEqual(route.scope === null ? [] : [{ key: [] }, { person: [] }])
      const inPath = operation.parameters.filter((one: { in: string }) => one.in === 'path')
      expect(inPath.map((one: { name: string }) => `{${one.name}}`)).toEqual(
        route.path.match(/\{\w+\}/g) ?? [],
      )
      expect(Object.keys(operation.requestBody?.content ?? {})).toEqual(Object.keys(route.body.types))
    }
  })

  it('has the shape of OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
    const ids: string[] = []
    for (const item of Object.values(document.paths) as { [method: string]: Operation }[])
      for (const operation of Object.values(item)) {
        ids.push(operation.operationId)
        expect(operation.summary).toBeTruthy()
        expect(Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status))).toBe(true)
        for (const one of operation.parameters) {
          expect(['path', 'query', 'header']).toContain(one.in)
          expect(one.schema).toBeTypeOf('object')
          if (one.in === 'path') expect(one.required).toBe(true)
        }
      }
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has no reference that leads nowhere', () => {
    const found = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '')
    expect(found.length).toBeGreaterThan(20)
    for (const ref of found) {
      expect(ref).toMatch(/^#\//)
      const target = ref
        .slice(2)
        .split('/')
        .reduce((at, part) => at?.[part], document)
      expect(target, ref).toBeTypeOf('object')
    }
    expect(JSON.stringify(document)).not.toContain('$defs')
  })

  it('knows the fields that events and profiles have', () => {
    const { Event, ProfileInput } = document.components.schemas
    expect(Object.keys(Event.properties)).toEqual(['id', 'type', 'customerId', 'time', 'customer', 'data'])
    expect(Event.required).toEqual(['type', 'customerId'])
    expect(Event.additionalProperties).toBe(false)
    expect(Object.keys(ProfileInput.properties)).toContain('consent')
    expect(ProfileInput.additionalProperties).not.toBe(false)
  })
})

interface Operation {
  operationId: string
  summary: string
  responses: { [status: string]: unknown }
  parameters: { in: string; name: string; required: boolean; schema: unknown }[]
}
