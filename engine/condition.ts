/**
 * Conditions and values: CEL text, checked when a workflow is published and evaluated when a journey gets there.
 * A missing attribute makes a comparison false, numbers are numbers, nothing throws, and nothing but the given
 * variables can be reached.
 */
import { compileGuarded, isoText, Moment, moment, Span } from './language/expression/evaluation.ts'
import { guarded } from './language/expression/guarded.ts'
import { type Path, pathsIn, valuesOf } from './language/expression/paths.ts'
import { forbidden, maxTextLength, parseSyntax, traceName, zoneName } from './language/expression/syntax.ts'
import type { Json, JsonObject } from './model.ts'

/**
 * Decides a condition. `values` is the evidence for the decision record: every path that the condition reads with its
 * value; under `missing` those that are not there, under `undecided` the parts that met a value of the wrong kind and
 * therefore count as false.
 */
export function evaluateCondition(
  text: string,
  variables: JsonObject,
): { value: boolean; values: JsonObject } {
  const { run, guards, paths } = compiled(text, 'condition')
  const values = valuesOf(paths, variables)
  const notes: unknown[] = []
  let value = false
  try {
    value = run?.(scope(paths, variables, notes)) === true
  } catch {
    notes.push(undefined)
  }
  const undecided = notes.map((note) => (typeof note === 'number' ? (guards[note] ?? text) : text))
  if (!run) undecided.push(text)
  if (undecided.length > 0) values.undecided = [...new Set(undecided)].slice(0, 5)
  return { value, values }
}

/** A value is at most as large as the data of an event: characters, and one for each entry of a list or a map. */
const LARGEST_VALUE = 65_536

/**
 * Works out a value, for `set`, `enroll.per` and `goal.value`; undefined when an attribute that it needs is missing, and
 * for one that is larger than anything that may be kept.
 */
export function evaluateValue(text: string, variables: JsonObject): Json | undefined {
  try {
    const { run, paths } = compiled(text, 'value')
    return asJson(run?.(scope(paths, variables, [])), { left: LARGEST_VALUE })
  } catch {
    return undefined
  }
}

/** The paths that an expression reads, for example `customer.tier`; none when it does not parse. */
export function pathsRead(text: string): string[] {
  return compiled(text, 'value').paths.map((path) => path.text)
}

interface Compiled {
  /** Absent when the text does not parse or contains what is not allowed. */
  run?: (variables: Map<string, unknown>) => unknown
  guards: string[]
  paths: Path[]
}

/** Parsing costs a hundred times what evaluating does, and a deployment has few expressions. Oldest out first. */
const memo = new Map<string, Compiled>()
const memoLimit = 1_000

function compiled(text: string, kind: 'condition' | 'value'): Compiled {
  const key = `${kind}:${text}`
  const known = memo.get(key)
  if (known) return known
  const oldest = memo.size >= memoLimit ? memo.keys().next().value : undefined
  if (oldest !== undefined) memo.delete(oldest)
  const fresh = compile(text, kind)
  memo.set(key, fresh)
  return fresh
}

function compile(text: string, kind: 'condition' | 'value'): Compiled {
  if (text.length > maxTextLength) return { guards: [], paths: [] }
  try {
    const root = parseSyntax(text)
    const paths = pathsIn(root)
    if (forbidden(root).length > 0) return { guards: [], paths }
    const { text: safe, guards } = guarded(root, text, kind)
    return { run: compileGuarded(safe), guards, paths }
  } catch {
    return { guards: [], paths: [] }
  }
}

/** A Map has no prototype to reach for. `now` arrives as JSON and is an instant in expressions; local times are of `timezone`. */
function scope(paths: readonly Path[], variables: JsonObject, notes: unknown[]): Map<string, unknown> {
  const zone = Object.hasOwn(variables, 'timezone') ? variables.timezone : undefined
  const entries = new Map<string, unknown>([
    [traceName, notes],
    [zoneName, zone ?? 'UTC'],
  ])
  for (const { root } of paths) {
    const value = Object.hasOwn(variables, root) ? variables[root] : undefined
    if (value !== undefined) entries.set(root, root === 'now' ? instant(value) : value)
  }
  return entries
}

const instant = (value: Json) => (typeof value === 'number' ? new Moment(value) : moment(value))

/** A value may hold the same list in many places: what is counted is what would be written. */
interface Room {
  left: number
}

function asJson(value: unknown, room: Room): Json | undefined {
  room.left -= typeof value === 'string' ? value.length : 1
  if (room.left < 0) return undefined
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (value instanceof Moment || value instanceof Span) return isoText(value)
  if (Array.isArray(value)) {
    const items: Json[] = []
    for (const entry of value) {
      const item = asJson(entry, room)
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return undefined
  const map: JsonObject = {}
  for (const [key, entry] of Object.entries(value)) {
    room.left -= key.length
    const item = asJson(entry, room)
    if (item === undefined) return undefined
    map[key] = item
  }
  return map
}
