/** Which attributes the objects have that Premura itself fills: what else is read of them is never there. */
import type { Kind } from './functions.ts'
import { listed, nearest } from '../nearest.ts'

/** Roots below which authors give the names. */
const ofAuthors: ReadonlySet<string> = new Set(['coupons', 'webhooks', 'steps'])

/** By path; `*` is any name that an author has given. */
export type Shapes = ReadonlyMap<string, readonly string[]>

/** What conditions and templates see of a journey. */
export const journeyShapes: Shapes = new Map([
  ['meta', ['id', 'type', 'time']],
  ['enrollment', ['workflow', 'version', 'key', 'run', 'enteredAt', 'counts']],
  ['enrollment.counts', ['sent']],
  ['repeat', ['index', 'count']],
  ['coupons.*', ['code', 'expiresAt']],
  ['webhooks.*', ['status', 'body']],
  ['steps.*', ['outcome']],
])

/** What messages see beside it. */
export const messageShapes: Shapes = new Map([
  ...journeyShapes,
  ['brand', ['name', 'url', 'color', 'logo', 'postalAddress', 'ink', 'link', 'linkOnDark']],
  ['topic', ['name', 'title', 'basis']],
  ['links', ['unsubscribe', 'preferences', 'confirm']],
  ['survey', ['link']],
])

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['customer.consent', 'map'],
  ['meta.id', 'text'],
  ['meta.type', 'text'],
  ['meta.time', 'text'],
  ['enrollment.counts', 'map'],
  ['enrollment.counts.sent', 'number'],
  ['repeat.index', 'number'],
  ['repeat.count', 'number'],
  ['coupons.*', 'map'],
  ['coupons.*.code', 'text'],
  ['webhooks.*', 'map'],
  ['webhooks.*.status', 'number'],
  ['steps.*', 'map'],
  ['steps.*.outcome', 'text'],
])

/** What the value at a path is, where that is known of all customers and events. */
export function kindOf(path: readonly (string | number)[]): Kind {
  const [root = '', name, ...rest] = path
  const named = ofAuthors.has(String(root)) && name !== undefined ? [root, '*', ...rest] : path
  return kinds.get(named.join('.')) ?? 'anything'
}

/** The attribute of a map that a comparison with it is mostly about. */
export function mainAttribute(path: readonly (string | number)[]): string | undefined {
  const [root = '', name, further] = path
  if (further !== undefined) return undefined
  if (root === 'customer') return name === 'consent' ? 'offers' : name === undefined ? 'tier' : undefined
  return ofAuthors.has(String(root)) && name !== undefined ? journeyShapes.get(`${root}.*`)?.[0] : undefined
}

interface Lacking {
  message: string
  hint: string
}

/** The first attribute on a path that its owner never has. */
export function lackingAttribute(path: readonly unknown[], shapes: Shapes): Lacking | undefined {
  for (let depth = 1; depth < path.length; depth++) {
    const name = path[depth]
    const names = shapes.get(ownerShape(path.slice(0, depth)))
    if (names === undefined || typeof name !== 'string' || names.includes(name)) continue
    const owner = path.slice(0, depth).reduce<string>(written, '')
    const meant = nearest(name, names)
    const has = `It has ${listed(names, 'and')}.`
    return {
      message: `\`${owner}\` has no attribute \`${name}\``,
      hint: meant ? `Did you mean \`${owner}.${meant}\`? ${has}` : has,
    }
  }
  return undefined
}

const written = (path: string, part: unknown): string =>
  path === '' ? String(part) : /^\w+$/.test(String(part)) ? `${path}.${part}` : `${path}["${part}"]`

/** `coupons.offer` is one of `coupons.*`. */
function ownerShape(path: readonly unknown[]): string {
  const [root, ...rest] = path
  return ofAuthors.has(String(root)) && rest.length === 1 ? `${root}.*` : path.join('.')
}
