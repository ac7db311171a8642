/** Drives the HTTP app with made requests and holds every answer against the OpenAPI document. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Hono } from 'hono'
import * as z from 'zod'
import { handle } from '../../../runtime/handle.ts'
import { createApp } from '../../../runtime/http/app.ts'
import { createKey, scopes } from '../../../runtime/keys.ts'
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts'
import { work } from '../../../runtime/work.ts'
import { care, careMails } from '../../http/care.ts'
import { advanceTo, drain, type MemoryWorld, memoryWorld } from '../../memory-world.ts'
import { type Credentials, type Document, type Made, requestFor } from './requests.ts'

export interface Fuzzing {
  requests: number
  seed: number
  /** Where to begin: a request is the same whatever came before it, its world is not. */
  from?: number
  onProgress?: (done: number) => void
}

export interface Finding {
  number: number
  what: string
  request: string
}

export interface Report {
  requests: number
  statuses: { [status: string]: number }
  /** `POST /v1/events 202` → how often. */
  reached: { [operation: string]: number }
  findings: Finding[]
  slowestMs: number
  /** What a world more costs than the first ones did, when all is done. */
  heapGrowthMegabytes: number
}

/** A world is left for a new one after so many requests, so that what is kept of one can be told from what leaks. */
const worldLife = 1500
const patienceMs = 20_000
const mostFindings = 20

interface Site {
  world: MemoryWorld
  runtime: Runtime
  app: Hono
  credentials: Credentials
}

export async function fuzz({ requests, seed, from = 0, onProgress }: Fuzzing): Promise<Report> {
  const report: Report = {
    requests: 0,
    statuses: {},
    reached: {},
    findings: [],
    slowestMs: 0,
    heapGrowthMegabytes: 0,
  }
  let site = await open()
  const document = documentOf(await (await site.app.request('https://care.test/v1/openapi.json')).json())
  const judge = judgeOf(document)
  let settled = 0
  for (let number = from; number < from + requests; number++) {
    const age = number - from
    if (age > 0 && age % worldLife === 0) {
      site = await open()
      // Compiled code and bounded memories fill up over the first worlds.
      if (age === 2 * worldLife) settled = heapMegabytes()
    }
    const made = requestFor(document, seed, number, site.credentials)
    const tell = (what: string) =>
      report.findings.push({ number, what, request: JSON.stringify(made).slice(0, 2000) })
    const began = performance.now()
    const answer = await answerTo(site, made, tell)
    report.slowestMs = Math.max(report.slowestMs, performance.now() - began)
    report.requests++
    if (answer) {
      const { status } = answer
      report.statuses[status] = (report.statuses[status] ?? 0) + 1
      if (made.operation !== undefined) {
        const name = `${made.operation} ${status}`
        report.reached[name] = (report.reached[name] ?? 0) + 1
      }
      for (const what of judge(made, answer)) tell(what)
    }
    if (number % 50 === 49) await live(site, number % 500 === 499, tell)
    if (age % 1000 === 999) onProgress?.(age + 1)
    if (report.findings.length >= mostFindings) break
  }
  if (settled > 0) {
    site = await open()
    report.heapGrowthMegabytes = Math.round((heapMegabytes() - settled) * 10) / 10
  }
  return report
}

/** A shop with a workflow, people in it, links in their mails, and a key for each scope. */
async function open(): Promise<Site> {
  const world = memoryWorld()
  const runtime = createRuntime(world)
  const app = createApp(runtime)
  const [admin, ...others] = await Promise.all(
    [...new Set(['admin' as const, ...scopes])].map(
      async (scope) => (await createKey(runtime, { name: scope, scopes: [scope] })).secret,
    ),
  )
  const send = async (method: string, path: string, body: unknown) =>
    await app.request(`https://care.test${path}`, {
      method,
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await send('PUT', '/v1/workflows/care/draft', { definition: care, templates: careMails })
  await send('POST', '/v1/workflows/care/publish', {})
  for (const id of ['anna', 'bea']) {
    await send('PUT', `/v1/customers/${id}`, {
      email: `${id}@example.it`,
      timezone: 'Europe/Rome',
      tier: 'silver',
    })
    await send('POST', '/v1/events', {
      id: `E-${id}`,
      type: 'ticket.closed',
      customerId: id,
      data: { ticketId: 'T-1', channel: 'mail' },
    })
  }
  await drain(world, async (body) => await handle(runtime, work.parse(JSON.parse(body))))
  const links = world.sender.mails.flatMap(({ html }) => html.match(/\/[rup]\/[\w-]+\.[\w-]+/g) ?? [])
  if (admin === undefined || links.length === 0) throw new Error('the shop of the fuzzer did not open')
  return { world, runtime, app, credentials: { keys: [admin, ...others], links: [...new Set(links)] } }
}

/** What was accepted is handled, too, and time goes on. */
async function live({ world, runtime }: Site, aDayOn: boolean, tell: (what: string) => void): Promise<void> {
  const failed: string[] = []
  const perform = async (body: string) => {
    try {
      await handle(runtime, work.parse(JSON.parse(body)))
    } catch (error) {
      const { name, stack = '' } = error instanceof Error ? error : new Error('nothing was thrown')
      if (name !== 'RetryLater') failed.push(`${name} ${stack.split('\n').slice(0, 4).join(' < ')}`)
    }
  }
  if (aDayOn) await advanceTo(world, world.clock.now() + 24 * 3_600_000, perform)
  else await drain(world, perform)
  for (const what of failed) tell(`a message of the queue failed: ${what}`)
}

interface Answered {
  status: number
  type: string
  text: string
}

async function answerTo(
  { app, world }: Site,
  made: Made,
  tell: (what: string) => void,
): Promise<Answered | undefined> {
  const { method, target, headers, body } = made
  let request: Request
  try {
    request = new Request(`https://care.test${target}`, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      ...(body !== undefined && method !== 'GET' && method !== 'HEAD' && { body }),
    })
  } catch {
    // A client cannot even write it: forbidden characters in a header, a method that does not exist.
    return undefined
  }
  const logged = world.lines.length
  let late: NodeJS.Timeout | undefined
  const answer = await Promise.race([
    app.request(request),
    new Promise<undefined>((resolve) => {
      late = setTimeout(() => resolve(undefined), patienceMs)
    }),
  ])
  clearTimeout(late)
  if (!answer) {
    tell(`no answer within ${patienceMs / 1000} s`)
    return undefined
  }
  const text = await answer.text()
  for (const line of world.lines.slice(logged))
    if (line.level === 'error') tell(`logged ${JSON.stringify(line)}`)
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text }
}

function judgeOf(document: Document): (made: Made, answer: Answered) => string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false })
  ajv.addSchema({ $id: 'document', ...document })
  const validators = new Map<string, ValidateFunction>()
  const matches = (pointer: string, text: string): string | undefined => {
    const validator = validators.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` })
    validators.set(pointer, validator)
    try {
      return validator(JSON.parse(text)) ? undefined : ajv.errorsText(validator.errors)
    } catch {
      return 'it is not JSON'
    }
  }
  const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')

  const leadsTo = (method: string, target: string): string | undefined => {
    const bare = target.split('?', 1)[0] ?? ''
    for (const [path, methods] of Object.entries(document.paths))
      if (method.toLowerCase() in methods && patternOf(path).test(bare)) return `${method} ${path}`
    return undefined
  }

  return ({ operation: meant, method, target }, { status, type, text }) => {
    // What is made to lead nowhere may lead somewhere after all.
    const operation = meant ?? leadsTo(method, target)
    const found: string[] = []
    if (status >= 500) found.push(`answered ${status}: ${text.slice(0, 300)}`)
    const isPage = /^\/[rupo]\/[^/]/.test(target)
    if (method === 'HEAD' || status === 204 || (status === 405 && text === '')) {
      if (text !== '') found.push(`${method} ${status} has a body`)
      return found
    }
    if (isPage && /^text\/html; charset=utf-8$/.test(type)) return found
    if (status >= 400) {
      if (type !== 'application/problem+json') found.push(`${status} is of type ${type}`)
      const flaw = matches('/components/schemas/Problem', text)
      if (flaw !== undefined) found.push(`${status} is no problem: ${flaw}`)
      if (operation === undefined) return found
    }
    const [verb = '', path = ''] = operation?.split(' ') ?? []
    if (operation === undefined) {
      if (status < 400) found.push(`nothing is described here, and it is answered ${status}`)
      return found
    }
    const described = document.paths[path]?.[verb.toLowerCase()]?.responses[String(status)]
    // A path parameter that holds a dot or nothing leads elsewhere: 404 and 405 are never wrong.
    if (!described && ![400, 404, 405].includes(status))
      found.push(`${status} is not described for ${operation}`)
    if (status >= 400 || !described?.content) return found
    if (type !== 'application/json') found.push(`${status} is of type ${type}`)
    if (!described.content['application/json']?.schema) return found
    const pointer = [
      'paths',
      path,
      verb.toLowerCase(),
      'responses',
      String(status),
      'content',
      'application/json',
      'schema',
    ]
    const flaw = matches(`/${pointer.map(escaped).map(encodeURIComponent).join('/')}`, text)
    if (flaw !== undefined) found.push(`${status} of ${operation} is not what is described: ${flaw}`)
    return found
  }
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`)

const documentShape = z.object({
  paths: z.looseObject({}),
  components: z.object({ schemas: z.looseObject({}) }),
})

export function documentOf(value: unknown): Document {
  const isDocument = (checked: unknown): checked is Document => documentShape.safeParse(checked).success
  if (!isDocument(value)) throw new Error('this is no OpenAPI document')
  return value
}

function heapMegabytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') for (let round = 0; round < 3; round++) collect()
  return process.memoryUsage().heapUsed / 1024 / 1024
}
