/** Which names and functions an expression may use, and what was meant by the others. */
import { listed, nearest } from '../nearest.ts'
import { calls, type Kind, methods } from './functions.ts'
import { type Path, pathsIn } from './paths.ts'
import { journeyShapes, lackingAttribute } from './shapes.ts'
import { childrenOf, type Node, type Problem, problemAt } from './syntax.ts'

export const roots: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...[
    'event',
    'entry',
    'meta',
    'awaited',
    'customer',
    'enrollment',
    'coupons',
    'webhooks',
    'steps',
    'repeat',
  ].map((name): [string, Kind] => [name, 'map']),
  ['now', 'instant'],
  ['today', 'text'],
])

/** Customers have attributes of their own beside these, so that only a near miss is worth a word. */
const customerAttributes = ['id', 'email', 'phone', 'firstName', 'lastName', 'locale', 'timezone', 'consent']

/** The well-known attribute of a customer that a name is a near miss of. */
export function misspeltAttribute(name: string): string | undefined {
  return customerAttributes.includes(name) || name.length <= 3
    ? undefined
    : nearest(name, customerAttributes, name.length <= 5 ? 1 : 3)
}

/** Functions of other languages, and what they are here. */
const otherFunctions: { [name: string]: string } = {
  lower: 'customer.tier.lowerAscii()',
  lowercase: 'customer.tier.lowerAscii()',
  toLowerCase: 'customer.tier.lowerAscii()',
  downcase: 'customer.tier.lowerAscii()',
  upper: 'customer.tier.upperAscii()',
  uppercase: 'customer.tier.upperAscii()',
  toUpperCase: 'customer.tier.upperAscii()',
  upcase: 'customer.tier.upperAscii()',
  len: 'size(customer.tags)',
  length: 'size(customer.tags)',
  count: 'size(customer.tags)',
  includes: 'customer.email.contains("…"), for a list "vip" in customer.tags',
  contains: 'customer.email.contains("…"), for a list "vip" in customer.tags',
  exists: 'has(customer.tier)',
  defined: 'has(customer.tier)',
  isEmpty: '!has(customer.tier)',
  empty: '!has(customer.tier)',
  isNull: '!has(customer.tier)',
  now: 'now, without brackets',
  today: 'today, without brackets',
  date: 'timestamp(event.at)',
  Date: 'timestamp(event.at)',
  parseInt: 'int(event.total)',
  number: 'double(event.total)',
  Number: 'double(event.total)',
}

/** Words of other languages that look like names here. */
const otherSpellings: { [name: string]: string } = {
  True: 'true',
  False: 'false',
  TRUE: 'true',
  FALSE: 'false',
  yes: 'true',
  no: 'false',
  None: 'null',
  nil: 'null',
  undefined: 'null',
  NULL: 'null',
  Null: 'null',
}

export function* unknownFunctions(node: Node): Generator<Problem> {
  const pending = [node]
  for (let current = pending.pop(); current; current = pending.pop()) {
    if (current.op === 'call' || current.op === 'rcall') {
      const isMethod = current.op === 'rcall'
      const name = current.args[0]
      const known = isMethod ? methods : calls
      if (name === 'matches')
        yield problemAt(
          current,
          'Regular expressions are not part of the language, because they could run without end',
          'Use startsWith, endsWith or contains.',
        )
      else if (!known.has(name)) {
        const other = isMethod ? calls.has(name) : methods.has(name)
        const meant = nearest(name, known.keys())
        const example = isMethod ? `${name}(…)` : `customer.email.${name}(…)`
        const elsewhere = Object.hasOwn(otherFunctions, name) ? otherFunctions[name] : undefined
        const hint = elsewhere
          ? `Write ${elsewhere}.`
          : other
            ? `Write it as ${example}.`
            : meant
              ? `Did you mean \`${meant}\`?`
              : `There are ${listed([...known.keys()].slice(0, 8), 'and')}.`
        yield problemAt(current, `There is no function \`${name}\``, hint)
      }
    }
    pending.push(...childrenOf(current).toReversed())
  }
}

export function* unknownNames(root: Node, known: readonly string[], text: string): Generator<Problem> {
  for (const path of pathsIn(root)) {
    const at = { offset: path.offset, length: path.length }
    if (!known.includes(path.root)) {
      yield { ...unknownName(path, known, text), ...at }
      continue
    }
    const lacking = lackingAttribute([path.root, ...path.rest], journeyShapes)
    if (lacking) yield { ...lacking, ...at }
    const name = path.rest[0]
    const meant = path.root === 'customer' && typeof name === 'string' ? misspeltAttribute(name) : undefined
    if (meant !== undefined)
      yield {
        message: `\`customer.${name}\` looks like a slip of the pen`,
        hint: `Did you mean \`customer.${meant}\`? Leave it if the attribute is one of your own.`,
        severity: 'warning',
        ...at,
      }
  }
}

/** Every name that some place knows. */
const everyRoot: ReadonlySet<string> = new Set(roots.keys())

function unknownName(path: Path, known: readonly string[], text: string): { message: string; hint: string } {
  const { root } = path
  const here = `Known here: ${listed(known, 'and')}.`
  if (everyRoot.has(root)) return { message: `\`${root}\` is not known in this place`, hint: here }
  const message = `Unknown name \`${root}\``
  const before = text.slice(0, path.offset)
  const inList = /[[,]\s*$/.test(before)
  const spelling = Object.hasOwn(otherSpellings, root) ? otherSpellings[root] : undefined
  if (spelling !== undefined && !inList) {
    const orText = ['yes', 'no'].includes(root) ? `, or "${root}" for the text` : ''
    return { message, hint: `Write \`${spelling}\`${orText}.` }
  }
  // In CEL a dash is a minus: steps.thank-you.outcome reads `you` as a name of its own.
  const dashed = /([A-Za-z][\w.]*)\.([\w-]+)-$/.exec(before)
  if (dashed) {
    const rest = /^[\w-]*/.exec(text.slice(path.offset))?.[0] ?? root
    return { message, hint: `A name with a dash stands in brackets: ${dashed[1]}["${dashed[2]}-${rest}"].` }
  }
  const meant = nearest(root, known)
  if (meant !== undefined && (path.rest.length > 0 || root.length > 6 || meant === root.toLowerCase()))
    return { message, hint: `Did you mean \`${meant}\`? ${here}` }
  if (text.trim() !== root && (inList || /(?:[=!<>]=|[<>(+?:])\s*$/.test(before) || !/[=<>]/.test(text)))
    return { message, hint: `A text is written in quotes: "${root}". ${here}` }
  const field = [root, ...path.rest].join('.')
  const owner = known.includes('event') ? `event.${field} or customer.${field}` : `customer.${field}`
  return { message, hint: `Say where it stands: ${owner}. ${here}` }
}
