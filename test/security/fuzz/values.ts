/** Values made from a JSON schema: good ones, nearly good ones, and such as somebody would send who means harm. */
import { dice } from '../../dice.ts'
import { care, careMails } from '../../http/care.ts'

export interface Dice {
  /** 0 ≤ n < below */
  below(below: number): number
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
}

/** The same numbers for the same seed, everywhere. */
export function diceOf(seed: number): Dice {
  const next = dice(seed)
  // The first numbers of neighboring seeds are alike.
  for (let warm = 0; warm < 4; warm++) next()
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (share) => next() < share,
    pick(list) {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
  }
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: { [name: string]: Schema }
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  pattern?: string
  format?: string
  minimum?: number
  maximum?: number
  default?: unknown
}

export type Definitions = (ref: string) => Schema

const settings =
  'brand: { name: A, url: "https://a.example" }\nsenders: { default: { from: a@a.example } }\ntopics: { service: { title: { en: S }, basis: service }, offers: { title: { en: O }, basis: consent } }\n'
const instants = [
  '2026-03-26T10:00:00Z',
  '2026-03-26T10:00:00+02:00',
  '2026-04-01',
  '2027-02-29',
  '9999-12-31T23:59:59Z',
  '-000001-01-01T00:00:00Z',
  '2026-03-26T25:00:00Z',
  'now',
]
const durations = ['P1D', '3 days', 'PT0S', '-P1D', 'P999999999Y', 'PT1e9H', '1 fortnight']

/** What a field of this name may well hold; so that some of the requests get further than the door. */
const known: { [field: string]: readonly unknown[] } = {
  id: ['anna', 'bea', 'E-1', 'key_00000001', 'task_1', 'canary'],
  customerId: ['anna', 'bea', 'carl', '.', 'a/b', 'a#b', 'ä', '😀'],
  name: ['care', 'w', 'win-back'],
  workflow: ['care', 'w', 'nothing'],
  pool: ['p', 'summer-2026'],
  type: ['purchase', 'ticket.closed', 'csat.rated', 'consent.given', 'a.b', 'order_placed'],
  event: ['purchase', 'ticket.closed', 'E-1'],
  definition: [care, care.replace('2 days', '0 days'), care.slice(0, 200), `${care}\n  - send: nobody\n`],
  settings: [settings, settings.replace('topics', 'topic'), settings.slice(0, 60)],
  templates: [careMails, { 'question.mjml': '---\nsubject: x\n---\n<mj-section></mj-section>' }],
  scenarios: [
    '- scenario: a\n  given: [{ at: 2026-03-26, event: ticket.closed }]\n  expect: [{ mail: question }]\n',
  ],
  time: instants,
  at: instants,
  from: instants,
  to: [...instants, 'rosa'],
  until: instants,
  after: durations,
  grace: durations,
  email: ['anna@example.it', 'a@b.it, c@d.it', 'a@b', 'a\r\nBcc: x@b.it', `${'a'.repeat(250)}@b.it`],
  phone: ['+393331234567', '0039333', '+1'],
  locale: ['it', 'it-CH', 'xx-invalid-locale-of-many-parts', 'it_IT'],
  timezone: ['Europe/Rome', 'Mars/Olympus', '+01:00'],
  consent: [{ offers: true }, { nothing: true }, { offers: 'yes' }, { __proto__: true }],
  scopes: [['events:write'], ['admin', 'admin'], [], ['root']],
  cursor: ['abc', Buffer.from('["C#anna","!"]').toString('base64url'), '%00'],
  limit: ['1', '200', '0', '-1', '1e3', '99999999999'],
  version: [1, 2, 0, -1, 2 ** 53, '1'],
  state: ['open', 'closed', 'lost'],
  outcome: ['sent', 'resend', 'drop', 'lost'],
  inFlight: ['stay', 'move', 'end'],
  map: [{ ask: 'last' }, { ask: 'ask' }, { nothing: 'last' }],
  specversion: ['1.0', '0.3'],
  source: ['/shop', ''],
  codes: [['A', 'B'], ['A', 'A'], ['a#b'], []],
}

const texts: readonly string[] = [
  '',
  ' ',
  'a',
  '\u0000',
  'a\u0000b',
  '\r\nSet-Cookie: a=b',
  '\u2028',
  '\u202e',
  '😀'.repeat(20),
  'é'.repeat(200),
  'x'.repeat(5000),
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  '../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%',
  "' OR 1=1 --",
  '{{ customer.constructor }}',
  '<script>alert(1)</script>',
  'javascript:alert(1)',
  '#',
  'C#anna',
  '!',
  '-',
  '{',
  '[]',
  '\\ud800',
  '1e309',
  '0x10',
  '-0',
]
const numbers: readonly number[] = [0, -0, 1, -1, 0.1, 1e-9, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1.7e308]
const others: readonly unknown[] = [null, true, false, [], {}, [[]], [null], { a: {} }]

export function hostileText(dice: Dice): string {
  return dice.chance(0.15) ? dice.pick(texts) + dice.pick(texts) : dice.pick(texts)
}

function anything(dice: Dice, depth = 0): unknown {
  const kind = dice.below(depth > 3 ? 3 : 6)
  if (kind === 0) return hostileText(dice)
  if (kind === 1) return dice.pick(numbers)
  if (kind === 2) return dice.pick(others)
  if (kind === 3) return Array.from({ length: dice.below(4) }, () => anything(dice, depth + 1))
  if (kind === 4) return nested(dice.pick([5, 19, 21, 60]))
  // `__proto__` as a member of its own, which only JSON can write.
  return JSON.parse(
    `{${Array.from({ length: dice.below(4) }, () => `${JSON.stringify(dice.pick(texts))}:${JSON.stringify(anything(dice, depth + 1)) ?? 'null'}`).join(',')}}`,
  )
}

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = { a: value }
  return value
}

/** A value for a schema; `harm` is the share of places where something else stands. */
export function valueFor(
  schema: Schema,
  field: string,
  dice: Dice,
  of: Definitions,
  harm: number,
  depth = 0,
): unknown {
  if (dice.chance(harm)) return anything(dice)
  const hints = Object.hasOwn(known, field) ? known[field] : undefined
  if (hints && dice.chance(0.8)) return dice.pick(hints)
  const inner = (one: Schema, name: string) => valueFor(one, name, dice, of, harm, depth + 1)
  if (schema.$ref !== undefined) return inner(of(schema.$ref), field)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return dice.pick(schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return inner(dice.pick(choices), field)
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => inner(one, field)))
  const type = Array.isArray(schema.type) ? dice.pick(schema.type) : schema.type
  switch (type) {
    case 'string':
      return dice.pick(['a', 'care', 'anna', 'x-1', '3'])
    case 'integer':
    case 'number':
      return dice.pick([schema.minimum ?? 0, schema.maximum ?? 10, 1, 2])
    case 'boolean':
      return dice.chance(0.5)
    case 'null':
      return null
    case 'array':
      return Array.from({ length: depth > 4 ? 0 : dice.below(4) }, () => inner(schema.items ?? {}, field))
    case 'object':
      return objectFor(schema, dice, inner, harm)
    default:
      return anything(dice)
  }
}

function objectFor(
  schema: Schema,
  dice: Dice,
  inner: (one: Schema, name: string) => unknown,
  harm: number,
): unknown {
  const { properties = {}, required = [], additionalProperties } = schema
  const members: [string, unknown][] = []
  for (const [name, one] of Object.entries(properties)) {
    const wanted = required.includes(name) ? !dice.chance(harm) : dice.chance(0.5)
    if (wanted) members.push([name, inner(one, name)])
  }
  if (additionalProperties !== false && dice.chance(0.3))
    members.push([
      dice.pick(['tier', 'birthday', 'x']),
      inner(typeof additionalProperties === 'object' ? additionalProperties : {}, 'x'),
    ])
  if (dice.chance(harm)) members.push([dice.pick(texts), anything(dice)])
  return Object.fromEntries(members)
}
