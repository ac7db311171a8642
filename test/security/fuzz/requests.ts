/** Requests made from the OpenAPI document: one for each seed and number, the same ones every time. */
import { type Definitions, type Dice, diceOf, hostileText, type Schema, valueFor } from './values.ts'

interface Operation {
  parameters: { name: string; in: string; required: boolean; schema: Schema }[]
  requestBody?: { content: { [type: string]: { schema?: Schema } } }
  responses: { [status: string]: { content?: { [type: string]: { schema?: Schema } } } }
}

export interface Document {
  paths: { [path: string]: { [method: string]: Operation } }
  components: { schemas: { [name: string]: Schema } }
}

export interface Made {
  /** `POST /v1/events`; undefined for a path or method that is not in the document. */
  operation?: string
  method: string
  target: string
  headers: [string, string][]
  body?: string | Uint8Array
}

/** Keys by what they open, and links that are good: what a stranger does not have, and the fuzzer must. */
export interface Credentials {
  keys: readonly string[]
  links: readonly string[]
}

/** Known to be good: so that most requests get past the door. */
const admins = 0.85

export function requestFor(
  document: Document,
  seed: number,
  number: number,
  { keys, links }: Credentials,
): Made {
  const dice = diceOf(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
  const of: Definitions = (ref) => document.components.schemas[ref.replace('#/components/schemas/', '')] ?? {}
  // Every request in three is meant well, and every third means harm in each of its parts.
  const harm = dice.pick([0, 0.04, 0.25])
  const headers: [string, string][] = []
  if (dice.chance(admins)) headers.push(['authorization', `Bearer ${keys[0]}`])
  else if (dice.chance(0.7))
    headers.push([
      'authorization',
      dice.pick([
        ...keys.map((key) => `Bearer ${key}`),
        'Bearer',
        'Bearer a.b.c',
        'Bearer eyJhIjoxfQ.e30.x',
        'Basic YTpi',
        `Bearer ${hostileText(dice)}`,
      ]),
    ])
  if (dice.chance(0.15)) headers.push(strangeHeader(dice))
  if (dice.chance(0.08)) return { ...page(dice, links), headers }
  if (dice.chance(0.04)) return { ...nowhere(document, dice), headers }

  const path = dice.pick(Object.keys(document.paths))
  const methods = document.paths[path] ?? {}
  const method = dice.pick(Object.keys(methods))
  const operation = methods[method]
  if (!operation) throw new Error('unreachable: picked from its own keys')
  let target = path
  const query = new URLSearchParams()
  for (const { name, in: where, required, schema } of operation.parameters) {
    const value = () => textOf(valueFor(schema, name, dice, of, harm))
    if (where === 'path') target = target.replace(`{${name}}`, encodeURIComponent(value()) || 'anna')
    else if (where === 'query' && (required ? !dice.chance(harm) : dice.chance(0.4)))
      query.append(name, value())
    else if (where === 'header' && dice.chance(0.5)) headers.push([name, value()])
  }
  if (dice.chance(harm)) query.append(dice.pick(['limit', 'x', '__proto__', '']), hostileText(dice))
  const search = query.toString()
  const made: Made = {
    operation: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    target: search === '' ? target : `${target}?${search}`,
    headers,
  }
  const types = Object.entries(operation.requestBody?.content ?? {})
  if (types.length > 0 && !dice.chance(harm)) {
    const [type, { schema = {} }] = dice.pick(types)
    headers.push(['content-type', dice.chance(harm) ? dice.pick(contentTypes) : type])
    const value = valueFor(schema, /yaml/.test(type) ? 'definition' : '', dice, of, harm)
    const text = typeof value === 'string' && /yaml/.test(type) ? value : (JSON.stringify(value) ?? '')
    made.body = dice.chance(harm) ? broken(text, dice) : text
  }
  return made
}

const contentTypes = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/xml',
  '',
  ';',
  'application/json;'.repeat(50),
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
]

function strangeHeader(dice: Dice): [string, string] {
  return dice.pick<[string, string]>([
    ['content-length', dice.pick(['0', '-1', '99999999999', 'x'])],
    ['accept-language', dice.pick(['*', 'it;q=9', `${'a-'.repeat(500)}a`, ';;;;'])],
    ['if-match', dice.pick(['*', '"x"', 'W/"1"', hostileText(dice)])],
    ['if-none-match', '*'],
    ['accept', 'text/html'],
    ['content-encoding', 'gzip'],
    ['transfer-encoding', 'chunked'],
    ['host', dice.pick(['evil.example', 'localhost:1', ''])],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-http-method-override', 'DELETE'],
    ['origin', 'https://evil.example'],
    ['cookie', `a=${'b'.repeat(3000)}`],
    ['expect', '100-continue'],
    ['authorization', 'Bearer'],
  ])
}

/** Text with a piece missing, doubled or changed; or no text at all. */
function broken(text: string, dice: Dice): string | Uint8Array {
  const at = dice.below(text.length + 1)
  switch (dice.below(6)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + dice.pick(['"', '}', '\u0000', '\\', ',', '\ufeff']) + text.slice(at)
    case 3:
      return new Uint8Array([0xff, 0xfe, 0x22, at % 256])
    case 4:
      return text + text
    default:
      return `${'[1,'.repeat(dice.pick([10, 3000]))}${text}`
  }
}

function page(dice: Dice, links: readonly string[]): Omit<Made, 'headers'> {
  const link = dice.pick([...links, '/r/x.y', '/p/', '/u/a.b.c', '/o/%00', '/x/y'])
  const at = dice.below(link.length)
  const path = dice.chance(0.4)
    ? link.slice(0, at) + dice.pick(['A', '%', '.', '%25']) + link.slice(at + 1)
    : link
  const target = `${path}${dice.chance(0.3) ? `?score=${encodeURIComponent(hostileText(dice))}` : ''}`
  if (dice.chance(0.6)) return { method: dice.pick(['GET', 'HEAD', 'OPTIONS']), target }
  const form = new URLSearchParams()
  for (let fields = dice.below(5); fields > 0; fields--)
    form.append(
      dice.pick(['score', 'comment', 'on', 'shown', 'none', 'List-Unsubscribe']),
      dice.pick(['1', 'offers', 'service', hostileText(dice)]),
    )
  return { method: 'POST', target, body: form.toString() }
}

function nowhere(document: Document, dice: Dice): Omit<Made, 'headers'> {
  const path = dice.pick(Object.keys(document.paths)).replace(/\{\w+\}/g, 'a')
  const at = dice.below(path.length)
  const target = dice.pick([
    `/${encodeURIComponent(hostileText(dice))}`,
    `${path}/`,
    path.toUpperCase(),
    `${path}%2f..`,
    path.slice(0, at) || '/',
    `/${path}`,
  ])
  return {
    method: dice.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND']),
    target,
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
