/** Which attributes an expression reads, and what they were: the evidence in a decision record. */
import type { Json, JsonObject } from '../../model.ts'
import { childrenOf, loopVariable, type Node } from './syntax.ts'

export interface Path {
  /** As it is written: `event.items[0].price`. */
  text: string
  root: string
  rest: (string | number)[]
  offset: number
  length: number
}

/** Texts and lists longer than this (as JSON) are told by their size. */
const shownLength = 200

/** The longest constant path that ends at this node, if it is one. */
function pathOf(node: Node): Omit<Path, 'offset' | 'length'> | undefined {
  if (node.op === 'id') return { text: node.args, root: node.args, rest: [] }
  if (node.op !== '.' && node.op !== '[]') return undefined
  const base = pathOf(node.args[0])
  if (!base) return undefined
  if (node.op === '.')
    return { ...base, text: `${base.text}.${node.args[1]}`, rest: [...base.rest, node.args[1]] }
  const index = node.args[1]
  if (index.op !== 'value') return undefined
  if (typeof index.args === 'bigint' || typeof index.args === 'number') {
    const position = Number(index.args)
    return { ...base, text: `${base.text}[${position}]`, rest: [...base.rest, position] }
  }
  if (typeof index.args !== 'string') return undefined
  return { ...base, text: `${base.text}[${JSON.stringify(index.args)}]`, rest: [...base.rest, index.args] }
}

/** Every path that starts at a variable, once each, in the order of the text. Loop variables are not variables. */
export function pathsIn(root: Node): Path[] {
  const paths = new Map<string, Path>()
  const visit = (node: Node, loops: readonly string[]) => {
    const path = pathOf(node)
    if (path) {
      if (!loops.includes(path.root) && !paths.has(path.text))
        paths.set(path.text, { ...path, offset: node.start, length: node.end - node.start })
      return
    }
    const variable = loopVariable(node)
    if (node.op === 'rcall' && variable?.op === 'id') {
      visit(node.args[1], loops)
      for (const part of node.args[2].slice(1)) visit(part, [...loops, variable.args])
      return
    }
    for (const child of childrenOf(node)) visit(child, loops)
  }
  visit(root, [])
  return [...paths.values()]
}

function read(variables: JsonObject, path: Path): Json | undefined {
  let value: Json | undefined = Object.hasOwn(variables, path.root) ? variables[path.root] : undefined
  for (const key of path.rest) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Array.isArray(value) ? (typeof key === 'number' ? value[key] : undefined) : value[key]
  }
  return value
}

function shown(value: Json): Json {
  if (typeof value === 'string') return value.length > shownLength ? `${value.slice(0, shownLength)}…` : value
  if (typeof value !== 'object' || value === null) return value
  if (JSON.stringify(value).length <= shownLength) return value
  return Array.isArray(value) ? `(list of ${value.length})` : `(map of ${Object.keys(value).length})`
}

/** What each path is, `null` where it is not there; the paths that are not there stand under `missing`. */
export function valuesOf(paths: readonly Path[], variables: JsonObject): JsonObject {
  const values: JsonObject = {}
  const missing: string[] = []
  for (const path of paths) {
    const value = read(variables, path)
    if (value === undefined) missing.push(path.text)
    values[path.text] = value === undefined ? null : shown(value)
  }
  if (missing.length > 0) values.missing = missing
  return values
}
