/** Requests that the function answers itself are answered as the app would: the same status, headers and body. */
import { handle } from 'hono/aws-lambda'
import { describe, expect, test } from 'vitest'
import { api, type HttpEvent, type HttpResult } from '../../functions/api.ts'
import { createApp, routes } from '../../runtime/http/app.ts'
import { openApiDocument } from '../../runtime/http/openapi.ts'
import { createKey, scopes } from '../../runtime/keys.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'
import { documentOf } from '../security/fuzz/drive.ts'
import { requestFor } from '../security/fuzz/requests.ts'
import { type Asking, httpEvent } from './http-event.ts'

type Answering = (event: HttpEvent) => Promise<HttpResult>

/** The function, and the app behind its own adapter alone; each with a world of its own, in which all is the same. */
async function both() {
  const open = async (answering: (runtime: Runtime) => Answering) => {
    const world = memoryWorld()
    const runtime = createRuntime(world)
    const keys: string[] = []
    for (const scope of ['admin' as const, ...scopes])
      keys.push((await createKey(runtime, { name: scope, scopes: [scope] })).secret)
    return { world, keys, answer: answering(runtime) }
  }
  const [direct, app] = [await open(api), await open((runtime) => handle(createApp(runtime)))]
  expect(direct.keys).toEqual(app.keys)
  return {
    key: direct.keys[0] ?? '',
    keys: direct.keys,
    worlds: [direct.world, app.world],
    alone: direct.answer,
    async ask(asking: Asking) {
      const shown = ({ statusCode, headers = {}, body, isBase64Encoded, cookies = [] }: HttpResult) => ({
        statusCode,
        headers: Object.fromEntries(Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1))),
        body,
        isBase64Encoded,
        cookies,
      })
      return {
        direct: shown(await direct.answer(httpEvent(asking))),
        app: shown(await app.answer(httpEvent(asking))),
      }
    },
  }
}

const json = (text: string, type = 'application/json') => ({
  headers: [['Content-Type', type]] as const,
  body: text,
})
const bought = '{"type":"purchase","customerId":"anna","id":"e-1","data":{"total":3}}'

const cases: [string, Asking, number][] = [
  ['an event', { method: 'POST', target: '/v1/events', ...json(bought) }, 202],
  [
    'with a mark of the byte order',
    { method: 'POST', target: '/v1/events', ...json(`\uFEFF${bought}`) },
    202,
  ],
  [
    'type with a parameter',
    { method: 'POST', target: '/v1/events', ...json(bought, 'application/json; charset=UTF-8') },
    202,
  ],
  ['of another type', { method: 'POST', target: '/v1/events', ...json(bought, 'text/plain') }, 415],
  ['without a type', { method: 'POST', target: '/v1/events', body: bought }, 415],
  [
    'as bytes',
    {
      method: 'POST',
      target: '/v1/events',
      headers: [['content-type', 'application/json']],
      body: Buffer.from(bought),
    },
    202,
  ],
  [
    'that is no UTF-8',
    {
      method: 'POST',
      target: '/v1/events',
      headers: [['content-type', 'application/json']],
      body: Buffer.from([0x7b, 0xff, 0x7d]),
    },
    400,
  ],
  ['that is no JSON', { method: 'POST', target: '/v1/events', ...json('{') }, 400],
  [
    'without a body',
    { method: 'POST', target: '/v1/events', headers: [['content-type', 'application/json']] },
    400,
  ],
  ['too large', { method: 'POST', target: '/v1/events', ...json(`"${'è'.repeat(540_000)}"`) }, 413],
  ['a parameter', { method: 'PUT', target: '/v1/customers/anna', ...json('{"email":"a@example.it"}') }, 200],
  [
    'an encoded parameter',
    { method: 'PUT', target: '/v1/customers/an%6Ea%2F1', ...json('{"email":"a@example.it"}') },
    200,
  ],
  ['a parameter that nobody can decode', { method: 'GET', target: '/v1/customers/%E0%A4' }, 400],
  ['a query', { method: 'GET', target: '/v1/tasks?limit=2&state=open' }, 200],
  ['a query twice', { method: 'GET', target: '/v1/tasks?limit=2&limit=3' }, 422],
  ['an unknown query', { method: 'GET', target: '/v1/tasks?colour=red' }, 422],
  ['a question mark alone', { method: 'GET', target: '/v1/workflows?' }, 200],
  ['HEAD', { method: 'HEAD', target: '/health' }, 200],
  ['another method', { method: 'DELETE', target: '/v1/events' }, 405],
  ['nothing there', { method: 'GET', target: '/v1/nothing' }, 404],
  ['a slash at the end', { method: 'GET', target: '/v1/workflows/' }, 404],
  ['two slashes', { method: 'GET', target: '/v1//workflows' }, 404],
  ['a path that leads upwards', { method: 'GET', target: '/v1/customers/../workflows' }, 200],
  ['a dot', { method: 'GET', target: '/v1/./workflows' }, 200],
  ['a parameter that leads upwards', { method: 'GET', target: '/v1/customers/..' }, 404],
  ['the root', { method: 'GET', target: '/' }, 404],
  ['the contract', { method: 'GET', target: '/v1/openapi.json' }, 200],
  ['a page', { method: 'GET', target: '/u/nobody.knows' }, 404],
  ['a header with more than letters', { method: 'GET', target: '/v1/me', headers: [['x-name', 'Zoë']] }, 200],
  [
    'a header of nothing',
    { method: 'POST', target: '/v1/events', headers: [['content-type', '']], body: bought },
    415,
  ],
]

describe('the function and the app answer alike', () => {
  test.each(cases)('%s', async (_, asking, status) => {
    const { ask, key } = await both()
    const headers = [...(asking.headers ?? []), ['Authorization', `Bearer ${key}`] as const]
    const { direct, app } = await ask({ ...asking, headers })
    expect(direct).toEqual(app)
    expect(direct.statusCode).toBe(status)
  })

  test.each([
    ['no key', []],
    ['an empty one', [['authorization', '']]],
    ['an unknown one', [['authorization', 'Bearer nobody']]],
    ['one with more than letters', [['authorization', 'Bearer schlüssel']]],
    ['spaces around it', [['authorization', '  Bearer   nobody  ']]],
  ] as const)('%s', async (_, headers) => {
    const { direct, app } = await (await both()).ask({ method: 'GET', target: '/v1/me', headers })
    expect(direct).toEqual(app)
    expect(direct.statusCode).toBe(401)
  })

  test('whatever the fuzzer asks', { timeout: 60_000 }, async () => {
    const { ask, keys } = await both()
    const document = documentOf(openApiDocument(routes))
    let answered = 0
    for (let number = 0; number < 600; number++) {
      const made = requestFor(document, 11, number, { keys, links: ['/u/some.link'] })
      // What no client can write is refused before it gets here; a body that a GET may not have has a test of its own.
      if (!made.target.startsWith('/')) continue
      if (made.headers.some(([name, value]) => !/^[\w-]+$/.test(name) || /[^\x20-\x7e\xa0-\xff]/.test(value)))
        continue
      const body = made.method === 'GET' || made.method === 'HEAD' ? undefined : made.body
      const { direct, app } = await ask({ ...made, body })
      expect(direct, `request ${number}: ${made.method} ${made.target}`).toEqual(app)
      answered++
    }
    expect(answered).toBeGreaterThan(400)
  })
})

test.each(['/v1/me', '/v1/customers/an%6Ea'])(
  'a GET of %s is served with a body, which nobody reads',
  async (target) => {
    const { alone, key } = await both()
    const headers = [['authorization', `Bearer ${key}`]] as const
    const bare = await alone(httpEvent({ method: 'GET', target, headers }))
    expect(await alone(httpEvent({ method: 'GET', target, headers, body: '{"a":1}' }))).toEqual(bare)
  },
)

test('a failure of ours is answered alike, and logged without the words of the error', async () => {
  const { ask, key, worlds } = await both()
  for (const { table } of worlds)
    table.put = () => Promise.reject(new TypeError('a word about anna@example.it'))
  const { direct, app } = await ask({
    method: 'PUT',
    target: '/v1/customers/anna',
    headers: [
      ['authorization', `Bearer ${key}`],
      ['content-type', 'application/json'],
    ],
    body: '{"email":"anna@example.it"}',
  })
  expect(direct).toEqual(app)
  expect(direct.statusCode).toBe(500)
  for (const { lines } of worlds) {
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain('anna')
  }
})
