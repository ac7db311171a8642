/**
 * Parsing of expressions, within bounds: the CEL library's parser, and what a parsed expression must not contain
 * so that evaluating it always ends soon and never reaches anything but the variables it is given.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { calls, methods, prototypeNames } from './functions.ts'

export type Node = ASTNode

export interface Problem {
  message: string
  hint?: string
  offset: number
  length: number
  severity?: 'warning'
}

export const maxTextLength = 2_000

/** Bounds of what a person writes. The parser gives up at the first excess, so a hostile text costs no more than this. */
const written = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 300, maxDepth: 24, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 4 },
})

/** Throws the library's ParseError. */
export const parseSyntax = (text: string): Node => written.parse(text).ast

export function problemAt(node: Node, message: string, hint?: string, severity?: 'warning'): Problem {
  const problem: Problem = { message, offset: node.start, length: Math.max(1, node.end - node.start) }
  if (hint !== undefined) problem.hint = hint
  if (severity !== undefined) problem.severity = severity
  return problem
}

export function childrenOf(node: Node): Node[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case '!_':
    case '-_':
      return [node.args]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    default:
      return [...node.args]
  }
}

/** The name of a loop's variable (`i` in `items.exists(i, …)`), when the node is a loop. */
export function loopVariable(node: Node): Node | undefined {
  if (node.op !== 'rcall' || methods.get(node.args[0])?.loop !== true) return undefined
  return node.args[2][0]
}

/**
 * What an expression must not contain, whoever wrote it and however it got here. Both the check at publish and the
 * evaluation refuse it.
 */
export function forbidden(root: Node): Problem[] {
  const problems: Problem[] = []
  const visit = (node: Node, inLoop: boolean) => {
    if (node.op === 'value') {
      const type = typeof node.args
      if (type === 'object' && node.args !== null)
        problems.push(
          problemAt(
            node,
            'Bytes and unsigned numbers are not part of the language',
            'Write a text or a number.',
          ),
        )
    } else if (node.op === 'id') {
      if (prototypeNames.has(node.args) || node.args === traceName || node.args === zoneName)
        problems.push(problemAt(node, `\`${node.args}\` cannot be read`))
    } else if (node.op === '.' && prototypeNames.has(node.args[1])) {
      problems.push(problemAt(node, `\`${node.args[1]}\` cannot be read`))
    } else if (node.op === '[]') {
      const index = node.args[1]
      if (index.op === 'value' && typeof index.args === 'string' && prototypeNames.has(index.args))
        problems.push(problemAt(node, `\`${index.args}\` cannot be read`))
    } else if (node.op === 'call' && !calls.has(node.args[0])) {
      problems.push(problemAt(node, `\`${node.args[0]}(…)\` is not a function of the language`))
    } else if (node.op === 'rcall') {
      const shape = methods.get(node.args[0])
      if (!shape) problems.push(problemAt(node, `\`.${node.args[0]}(…)\` is not a function of the language`))
      else if (inLoop && shape.loop)
        problems.push(
          problemAt(
            node,
            'A loop inside a loop is not allowed, because it could take too long',
            'Use one exists, all, filter or map.',
          ),
        )
      else if (inLoop && shape.once)
        problems.push(problemAt(node, `\`.${node.args[0]}(…)\` is not allowed inside a loop`))
    } else if (node.op === 'map') {
      for (const [key] of node.args)
        if (key.op !== 'value' || typeof key.args !== 'string' || prototypeNames.has(key.args))
          problems.push(problemAt(key, 'A key of a map must be a text in quotes'))
    }
    const variable = loopVariable(node)
    if (variable && node.op === 'rcall') {
      const [, receiver, parts] = node.args
      visit(receiver, inLoop)
      for (const child of parts.slice(1)) visit(child, true)
    } else for (const child of childrenOf(node)) visit(child, inLoop)
  }
  visit(root, false)
  return problems
}

/** The variable under which an evaluation hands its notebook to the guards; no expression may name it. */
export const traceName = 'premuraTrace'

/** The variable under which it hands over the zone that local times are of; no expression may name it either. */
export const zoneName = 'premuraZone'
