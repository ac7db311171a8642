/** The HTTP app on a World in memory, and a client that holds every answer against the table of routes. */
import type { Hono } from 'hono'
import { expect } from 'vitest'
import * as z from 'zod'
import { handle } from '../../runtime/handle.ts'
import { createApp, routes } from '../../runtime/http/app.ts'
import { createKey, type Scope, scopes } from '../../runtime/keys.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import { work } from '../../runtime/work.ts'
import { advanceTo, drain, type MemoryWorld, memoryWorld } from '../memory-world.ts'

export interface Answer {
  status: number
  headers: Headers
  /** The body; its members are looked at by tests that know what to expect. */
  json: ReturnType<typeof JSON.parse>
  text: string
}

export interface Sent {
  /** Sent as JSON unless it is a text. */
  body?: unknown
  type?: string
  /** The admin's when absent; null: none. */
  key?: string | null
  headers?: { [name: string]: string }
}

export class Api {
  readonly world: MemoryWorld
  readonly runtime: Runtime
  readonly app: Hono
  #admin: string | undefined
  readonly #handle = async (body: string): Promise<void> => handle(this.runtime, work.parse(JSON.parse(body)))

  constructor(options: Parameters<typeof memoryWorld>[0] = {}) {
    this.world = memoryWorld(options)
    this.runtime = createRuntime(this.world)
    this.app = createApp(this.runtime)
  }

  async key(...wanted: Scope[]): Promise<string> {
    return (await createKey(this.runtime, { name: 'test', scopes: wanted })).secret
  }

  async call(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    this.#admin ??= await this.key('admin')
    const { body, type = 'application/json', key = this.#admin, headers = {} } = sent
    const response = await this.app.request(`https://care.test${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': type }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    }
    if (path.startsWith('/v1') || path.startsWith('/health')) holdAgainstContract(method, path, answer)
    return answer
  }

  get(path: string, sent?: Sent): Promise<Answer> {
    return this.call('GET', path, sent)
  }

  post(path: string, body?: unknown, sent: Sent = {}): Promise<Answer> {
    return this.call('POST', path, { ...sent, ...(body !== undefined && { body }) })
  }

  put(path: string, body: unknown, sent: Sent = {}): Promise<Answer> {
    return this.call('PUT', path, { ...sent, body })
  }

  patch(path: string, body: unknown, sent: Sent = {}): Promise<Answer> {
    return this.call('PATCH', path, { ...sent, body })
  }

  /** A form as a browser posts it. */
  form(path: string, fields: { [name: string]: string } | [string, string][]): Promise<Answer> {
    const body = new URLSearchParams(fields).toString()
    return this.call('POST', path, { body, type: 'application/x-www-form-urlencoded', key: null })
  }

  /** Handles everything that is queued. */
  async settle(): Promise<void> {
    await drain(this.world, this.#handle)
  }

  /** Moves time on, with everything that comes due on the way. */
  async until(at: number): Promise<void> {
    await advanceTo(this.world, at, this.#handle)
  }

  /** Saves and publishes; the test fails when that does. */
  async publish(name: string, definition: string, templates: { [file: string]: string } = {}): Promise<void> {
    await this.put(`/v1/workflows/${name}/draft`, { definition, templates })
    const answer = await this.post(`/v1/workflows/${name}/publish`)
    expect(answer.json, JSON.stringify(answer.json)).toMatchObject({ version: expect.any(Number) })
  }
}

export const everyScope: readonly Scope[] = scopes

/** A path that leads to the route, whether or not there is anything. */
export const samplePath = (path: string): string => path.replace('{id}', 'anna').replace('{name}', 'win-back')

/** The route that serves a path, as a request finds it. */
function routeOf(method: string, path: string) {
  const bare = path.split('?')[0] ?? ''
  return routes.find(
    (route) =>
      route.method === method &&
      new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  )
}

const problem = z.object({
  type: z.string().startsWith('urn:premura:problem:'),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string().min(1) })).optional(),
})

function holdAgainstContract(method: string, path: string, answer: Answer): void {
  if (method === 'HEAD') return
  if (answer.status >= 400) {
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(problem.parse(answer.json).status).toBe(answer.status)
    return
  }
  const documented = routeOf(method, path)?.answers[answer.status]
  expect(documented, `${method} ${path} answers ${answer.status}, which is not documented`).toBeDefined()
  if (documented?.schema) documented.schema.parse(answer.json)
  else if (answer.status === 204) expect(answer.text).toBe('')
}
