/** Conditions whose answer is known before anybody asks: those that look at nothing, and those that contradict themselves. */
import { evaluateCondition, pathsRead } from '../../condition.ts'
import type { Json, JsonObject } from '../../model.ts'
import { type Node, parseSyntax } from './syntax.ts'

/** The parts of a condition that must all hold. */
export const partsOf = (text: string): string[] => sidesOf(text, '&&')

/** The parts of a condition of which one is enough. */
export const alternativesOf = (text: string): string[] => sidesOf(text, '||')

function sidesOf(text: string, operator: '&&' | '||'): string[] {
  const parts: string[] = []
  const visit = (node: Node) => {
    if (node.op === operator) for (const side of node.args) visit(side)
    else parts.push(text.slice(node.start, node.end))
  }
  try {
    visit(parseSyntax(text))
  } catch {
    return []
  }
  return parts
}

/** `true` or `false` where the condition reads nothing that could decide otherwise. */
export const constant = (text: string): boolean | undefined =>
  pathsRead(text).length === 0 ? evaluateCondition(text, {}).value : undefined

/** What an attribute is compared with; undefined where it is anything but compared. */
function comparedWith(part: string): Json[] | undefined {
  let node: Node
  try {
    node = parseSyntax(part)
  } catch {
    return undefined
  }
  if (!['==', '!=', '<', '<=', '>', '>=', 'in'].includes(node.op) || !Array.isArray(node.args))
    return undefined
  const values: Json[] = []
  for (const side of node.args) {
    if (typeof side !== 'object' || !('op' in side)) return undefined
    const literals = side.op === 'list' ? side.args : [side]
    if (side.op === '.' || side.op === '[]') continue
    for (const literal of literals) {
      if (literal.op !== 'value') return undefined
      const { args } = literal
      if (typeof args === 'bigint' || typeof args === 'number') values.push(Number(args))
      else if (typeof args === 'string' || typeof args === 'boolean' || args === null) values.push(args)
      else return undefined
    }
  }
  return values
}

/** The values between which the answers to comparisons with these can change. */
function candidates(values: readonly Json[]): Json[] {
  const numbers = values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  const between = numbers.map((value, index) => (value + (numbers[index + 1] ?? value + 2)) / 2)
  const texts = values.filter((value) => typeof value === 'string').toSorted()
  return [
    ...values,
    ...(numbers[0] === undefined ? [] : [numbers[0] - 1]),
    ...between,
    // A text comes directly before every longer one that begins with it.
    ...texts.map((text) => `${text} `),
    '',
    true,
    false,
  ]
}

/** An object in which a path such as `customer.tier` leads to a value. */
function holding(path: string, value: Json): JsonObject | undefined {
  const names = path.split('.')
  if (names.length < 2 || names.some((name) => !/^\w+$/.test(name))) return undefined
  let held: Json = value
  for (const name of names.toReversed()) held = { [name]: held }
  return typeof held === 'object' && held !== null && !Array.isArray(held) ? held : undefined
}

/**
 * The attribute that would have to be two things at once for these conditions to hold together; undefined when they
 * may, as far as comparisons tell.
 */
export function contradiction(conditions: readonly string[]): string | undefined {
  const byPath = new Map<string, { text: string; values: Json[] }[]>()
  for (const part of conditions.flatMap(partsOf)) {
    const [path, second] = pathsRead(part)
    const values = comparedWith(part)
    if (path === undefined || second !== undefined || !values) continue
    byPath.set(path, [...(byPath.get(path) ?? []), { text: part, values }])
  }
  for (const [path, parts] of byPath) {
    const tried = candidates(parts.flatMap(({ values }) => values))
    const possible = tried.some((value) => {
      const variables = holding(path, value)
      return variables === undefined || parts.every(({ text }) => evaluateCondition(text, variables).value)
    })
    if (!possible) return path
  }
  return undefined
}
