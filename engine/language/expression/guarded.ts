/**
 * Turns a parsed expression into CEL text that means the same, except where the language says otherwise:
 * - every part that is true or false and could fail is put into a guard, which makes it false when an attribute is
 *   missing or has the wrong kind;
 * - every number is a decimal, so that `50` and `50.0` compare and calculate alike;
 * - loops, the costly functions inside them, and what cuts or joins texts are held to short lists and texts.
 * (The library's own `serialize` loses parentheses and long decimals, so it is not used here.)
 */
import { methods } from './functions.ts'
import { loopVariable, type Node, traceName, zoneName } from './syntax.ts'

export interface Guarded {
  text: string
  /** The source of each guard, by its number. */
  guards: string[]
}

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=', 'in'])

function literal(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}.0`
  if (typeof value !== 'number') return String(value)
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

export function guarded(root: Node, source: string, kind: 'condition' | 'value'): Guarded {
  const guards: string[] = []

  const guard = (node: Node, text: string) => {
    guards.push(source.slice(node.start, node.end))
    return `holds(${guards.length - 1}.0, ${text}, ${traceName})`
  }

  /** In a place where only true or false makes sense. */
  const truth = (node: Node, inLoop: boolean): string => {
    if (node.op === '&&' || node.op === '||')
      return `(${truth(node.args[0], inLoop)} ${node.op} ${truth(node.args[1], inLoop)})`
    if (node.op === '!_') return `!${truth(node.args, inLoop)}`
    if (node.op === '?:') {
      const [condition, then, otherwise] = node.args
      return `(${truth(condition, inLoop)} ? ${truth(then, inLoop)} : ${truth(otherwise, inLoop)})`
    }
    if (node.op === 'value' && typeof node.args === 'boolean') return literal(node.args)
    return guard(node, plain(node, inLoop))
  }

  const value = (node: Node, inLoop: boolean): string => {
    if (node.op === '&&' || node.op === '||' || node.op === '!_' || comparisons.has(node.op))
      return truth(node, inLoop)
    if (node.op === '?:') {
      const [condition, then, otherwise] = node.args
      return `(${truth(condition, inLoop)} ? dyn(${value(then, inLoop)}) : dyn(${value(otherwise, inLoop)}))`
    }
    return plain(node, inLoop)
  }

  /** The operation itself, its operands prepared. */
  const plain = (node: Node, inLoop: boolean): string => {
    const bounded = (text: string) => (inLoop ? `brief(${text})` : text)
    switch (node.op) {
      case 'value':
        return literal(node.args)
      case 'id':
        return node.args
      case '.':
        return `${value(node.args[0], inLoop)}.${node.args[1]}`
      case '[]': {
        const [target, index] = node.args
        const key =
          index.op === 'value' && typeof index.args === 'bigint' ? `${index.args}` : value(index, inLoop)
        return `dyn(${value(target, inLoop)})[dyn(${key})]`
      }
      case '/':
        return `quotient(${value(node.args[0], inLoop)}, ${value(node.args[1], inLoop)})`
      case '%':
        return `remainder(${value(node.args[0], inLoop)}, ${value(node.args[1], inLoop)})`
      case '==':
      case '!=':
        return `(dyn(${bounded(value(node.args[0], inLoop))}) ${node.op} dyn(${bounded(value(node.args[1], inLoop))}))`
      case 'in': {
        const list = value(node.args[1], inLoop)
        return `(dyn(${value(node.args[0], inLoop)}) in dyn(${inLoop ? `limited(${list})` : list}))`
      }
      case '<':
      case '<=':
      case '>':
      case '>=':
      case '+':
      case '-':
      case '*':
        return `(dyn(${value(node.args[0], inLoop)}) ${node.op} dyn(${value(node.args[1], inLoop)}))`
      case '-_':
        return `-(${value(node.args, inLoop)})`
      case 'list':
        return `[${node.args.map((element) => value(element, inLoop)).join(', ')}]`
      case 'map':
        return `{${node.args.map(([key, entry]) => `${plain(key, inLoop)}: ${value(entry, inLoop)}`).join(', ')}}`
      case 'call': {
        const [name, given] = node.args
        if (name === 'has') return `has(${given.map((path) => plain(path, inLoop)).join(', ')})`
        const text = given.map((argument) => `dyn(${value(argument, inLoop)})`).join(', ')
        if (name === 'timestamp') return `moment(${text}, ${zoneName})`
        if (name === 'duration') return `span(${text})`
        if (name === 'string') return `written(${text})`
        return name === 'size' || name === 'int' ? `double(${name}(${text}))` : `${name}(${text})`
      }
      case 'rcall':
        return called(node.args[0], node.args[1], node.args[2], loopVariable(node), inLoop)
      default:
        return truth(node, inLoop)
    }
  }

  const called = (name: string, on: Node, given: Node[], variable: Node | undefined, inLoop: boolean) => {
    const shape = methods.get(name)
    if (variable) {
      const rest = given.slice(1).map((part, index) => {
        const isTransform = name === 'map' && index === given.length - 2
        return isTransform ? value(part, true) : truth(part, true)
      })
      return `limited(${value(on, inLoop)}).${name}(${[plain(variable, inLoop), ...rest].join(', ')})`
    }
    if (shape?.on?.includes('instant'))
      return `calendar(${[on, ...given].map((part) => `dyn(${value(part, inLoop)})`).join(', ')}, ${JSON.stringify(name)})`
    const receiver = value(on, inLoop)
    const rest = given.map((argument) => {
      const text = value(argument, inLoop)
      if (shape?.integerArguments) return `int(dyn(${text}))`
      return `dyn(${inLoop ? `brief(${text})` : text})`
    })
    // What is allowed once only makes as many pieces as its operand is long, and a separator stands between all of them.
    const operand = shape?.once ? `compact(${receiver})` : inLoop ? `brief(${receiver})` : receiver
    const others = shape?.once ? rest.map((argument) => `brief(${argument})`) : rest
    const text = `dyn(${operand}).${name}(${others.join(', ')})`
    return shape?.integerResult ? `double(${text})` : text
  }

  return { text: kind === 'condition' ? truth(root, false) : value(root, false), guards }
}
