/** Static checks of a parsed expression: names, functions, and kinds of values that never fit together. */
import { canonicalZone } from '../../time.ts'
import { dateHint } from '../../date-slips.ts'
import { listed } from '../nearest.ts'
import { isMoment, isSpan } from './evaluation.ts'
import { type CallShape, calls, type Kind, methods } from './functions.ts'
import { roots, unknownFunctions, unknownNames } from './names.ts'
import { pathsIn } from './paths.ts'
import { kindOf, mainAttribute } from './shapes.ts'
import { forbidden, loopVariable, type Node, type Problem, problemAt } from './syntax.ts'

const article: { [kind in Kind]: string } = {
  number: 'a number',
  text: 'a text',
  'true or false': 'true or false',
  list: 'a list',
  map: 'a map',
  instant: 'an instant',
  duration: 'a duration',
  null: 'null',
  anything: 'anything',
}

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])
const ordered: ReadonlySet<Kind> = new Set(['number', 'text', 'instant', 'duration', 'anything'])

/** Everything that is wrong with a parsed expression. */
export function checkSyntaxTree(
  root: Node,
  text: string,
  options: { kind: 'condition' | 'value'; roots: string[] },
): Problem[] {
  const refused = [...unknownFunctions(root), ...forbidden(root)].filter(
    (problem, index, all) => all.findIndex((other) => other.offset === problem.offset) === index,
  )
  if (refused.length > 0) return refused
  const problems = [...unknownNames(root, options.roots, text)]
  const kinds = new KindCheck(text)
  const kind = kinds.of(root, new Set())
  problems.push(...kinds.problems)
  if (options.kind === 'condition' && kind !== 'anything' && kind !== 'true or false')
    problems.push(
      problemAt(
        root,
        `This is ${article[kind]}, not a condition`,
        kind === 'text' && root.op === 'value'
          ? 'Remove the quotes around the condition, or compare something: customer.tier == "gold".'
          : 'A condition compares something, for example: customer.tier == "gold".',
      ),
    )
  return problems.toSorted((a, b) => a.offset - b.offset)
}

const spanLetters: { [letter: string]: string } = { d: 'days', w: 'weeks' }

function spanHint(text: string): string {
  const [, count = '', letters = ''] = /^(\d+)\s*([a-z]+)$/i.exec(text.trim()) ?? []
  const unit = spanLetters[letters.toLowerCase()]
  if (unit !== undefined) return `Write duration("${count} ${unit}").`
  return /^(mo|y)/i.test(letters)
    ? 'Months and years are not always as long: count in days, duration("30 days").'
    : 'Write duration("3 days"), duration("36h") or duration("90m").'
}

/** The names of a node that is nothing but a path; nothing for any other. */
function pathOf(node: Node): (string | number)[] {
  const [path, second] = pathsIn(node)
  const whole = path && !second && path.offset === node.start && path.length === node.end - node.start
  return path && whole ? [path.root, ...path.rest] : []
}

/** What is known of an attribute that Premura itself fills. */
function kindOfPath(node: Node, loops: ReadonlySet<string>): Kind {
  const path = pathOf(node)
  return loops.has(String(path[0])) ? 'anything' : kindOf(path)
}

/** Works out what each part is, as far as the text tells, and notes what can never be true or never be worked out. */
class KindCheck {
  readonly problems: Problem[] = []
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  of(node: Node, loops: ReadonlySet<string>): Kind {
    switch (node.op) {
      case 'value':
        if (node.args === null) return 'null'
        if (typeof node.args === 'string') return 'text'
        return typeof node.args === 'boolean' ? 'true or false' : 'number'
      case 'id':
        if (loops.has(node.args)) return 'anything'
        return roots.get(node.args) ?? 'anything'
      case '.':
        this.of(node.args[0], loops)
        return kindOfPath(node, loops)
      case '[]':
        this.of(node.args[0], loops)
        this.of(node.args[1], loops)
        return kindOfPath(node, loops)
      case 'list':
        for (const element of node.args) this.of(element, loops)
        return 'list'
      case 'map':
        for (const [, value] of node.args) this.of(value, loops)
        return 'map'
      case '&&':
      case '||':
        for (const side of node.args) this.#truth(side, loops, `\`${node.op}\` joins conditions`)
        return 'true or false'
      case '!_':
        this.#truth(node.args, loops, '`!` turns a condition around')
        return 'true or false'
      case '?:': {
        this.#truth(node.args[0], loops, '`?` asks a condition')
        const then = this.of(node.args[1], loops)
        return then === this.of(node.args[2], loops) ? then : 'anything'
      }
      case '-_':
        this.#number(node.args, loops, '-')
        return 'number'
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        this.#compare(node, node.op, this.of(node.args[0], loops), this.of(node.args[1], loops))
        return 'true or false'
      case 'in': {
        this.of(node.args[0], loops)
        const list = this.of(node.args[1], loops)
        if (list !== 'anything' && list !== 'list' && list !== 'map')
          this.#note(
            node,
            `\`in\` looks into a list, and this is ${article[list]}`,
            list === 'text'
              ? 'For a part of a text write customer.email.contains("…").'
              : 'Write a list: ["gold", "silver"].',
          )
        return 'true or false'
      }
      case '+':
      case '-':
        return this.#sum(node, node.op, this.#term(node.args[0], loops), this.#term(node.args[1], loops))
      case '*':
      case '/':
      case '%':
        for (const side of node.args) this.#number(side, loops, node.op)
        return 'number'
      case 'call':
        return this.#call(node, node.args[0], calls.get(node.args[0]), undefined, node.args[1], loops)
      case 'rcall':
        return this.#call(node, node.args[0], methods.get(node.args[0]), node.args[1], node.args[2], loops)
      default:
        return 'anything'
    }
  }

  #note(node: Node, message: string, hint?: string, severity?: 'warning') {
    this.problems.push(problemAt(node, message, hint, severity))
  }

  #source(node: Node): string {
    const source = this.#text.slice(node.start, node.end)
    return source.length > 40 ? `${source.slice(0, 40)}…` : source
  }

  /** In `steps.thank-you` there is no sum, which is told with the name. */
  #term(node: Node, loops: ReadonlySet<string>): Kind {
    const kind = this.of(node, loops)
    return kind === 'map' && node.op === '.' ? 'anything' : kind
  }

  #truth(node: Node, loops: ReadonlySet<string>, rule: string) {
    const kind = this.of(node, loops)
    if (kind === 'anything' || kind === 'true or false') return
    this.#note(
      node,
      `${rule}, and \`${this.#source(node)}\` is ${article[kind]}`,
      'Compare it with something: customer.tier == "gold".',
    )
  }

  #number(node: Node, loops: ReadonlySet<string>, operator: string) {
    const kind = this.of(node, loops)
    if (kind === 'anything' || kind === 'number') return
    this.#note(
      node,
      `\`${operator}\` calculates with numbers, and \`${this.#source(node)}\` is ${article[kind]}`,
    )
  }

  #compare(node: Node & { args: [Node, Node] }, operator: string, left: Kind, right: Kind) {
    const equality = operator === '==' || operator === '!='
    const known = left !== 'anything' && right !== 'anything'
    const quotedNumber = node.args.find(
      (side) => side.op === 'value' && typeof side.args === 'string' && /^\d+([.,]\d+)?$/.test(side.args),
    )
    const [first, second] = node.args
    if (
      known &&
      left === 'true or false' &&
      comparisons.has(first.op) &&
      right !== left &&
      first.op !== 'in'
    ) {
      const middle = 'args' in first && Array.isArray(first.args) ? first.args[1] : undefined
      const shown = typeof middle === 'object' && 'start' in middle ? this.#source(middle) : 'event.total'
      this.#note(
        node,
        `\`${operator}\` compares two values, and here are three`,
        `Compare twice: ${this.#source(first)} && ${shown} ${operator} ${this.#source(second)}.`,
      )
    } else if (known && left !== right && !(equality && (left === 'null' || right === 'null'))) {
      const outcome = operator === '!=' ? 'which is always true' : 'which is never true'
      const [map, other] = left === 'map' ? [first, second] : [second, first]
      const attribute = mainAttribute(pathOf(map))
      const hint =
        left === 'map' || right === 'map'
          ? attribute === undefined
            ? 'Compare one of its attributes.'
            : attribute === 'offers'
              ? 'It holds one answer for each topic: customer.consent.offers == true.'
              : `Compare one of its attributes: ${this.#source(map)}.${attribute} ${operator} ${this.#source(other)}.`
          : left === 'true or false' || right === 'true or false'
            ? 'Compare what is of one kind.'
            : left === 'instant' || right === 'instant'
              ? 'Write the instant as timestamp("2026-12-24T18:00:00Z"), or compare `today` with "2026-12-24".'
              : left === 'number' || right === 'number'
                ? 'Write the number without quotes.'
                : undefined
      this.#note(node, `\`${operator}\` compares ${article[left]} with ${article[right]}, ${outcome}`, hint)
    } else if (operator === '==' && (left === 'null' || right === 'null') && first.op !== second.op) {
      const asked = this.#source(left === 'null' ? second : first)
      if (/^(customer|event|entry|awaited)\./.test(asked))
        this.#note(
          node,
          `Who has no \`${asked}\` does not meet this: a comparison with what is missing is false`,
          `Write !has(${asked}).`,
          'warning',
        )
    } else if (!equality && (!ordered.has(left) || !ordered.has(right))) {
      const kind = ordered.has(left) ? right : left
      this.#note(
        node,
        `\`${operator}\` cannot compare ${article[kind]}`,
        kind === 'null' ? 'Write has(customer.tier) for "there is one".' : 'Write `==` or `!=`.',
      )
    } else if (!equality && quotedNumber && !known)
      this.#note(
        quotedNumber,
        `This compares with the text ${this.#source(quotedNumber)}, not with the number`,
        'Write the number without quotes.',
        'warning',
      )
  }

  #sum(node: Node, operator: '+' | '-', left: Kind, right: Kind): Kind {
    if (left === 'anything' || right === 'anything') {
      const other = left === 'anything' ? right : left
      if (
        ['true or false', 'null', 'map'].includes(other) ||
        (operator === '-' && ['text', 'list'].includes(other))
      )
        this.#note(node, `\`${operator}\` cannot calculate with ${article[other]}`)
      return operator === '-' || other === 'instant' || other === 'duration' || other === 'anything'
        ? 'anything'
        : other
    }
    if (left === 'number' && right === 'number') return 'number'
    if (left === right && operator === '+' && (left === 'text' || left === 'list')) return left
    if (left === 'duration' && right === 'duration') return 'duration'
    if (left === 'instant' && right === 'duration') return 'instant'
    if (operator === '+' && left === 'duration' && right === 'instant') return 'instant'
    if (operator === '-' && left === 'instant' && right === 'instant') return 'duration'
    const mixed = [left, right].includes('text') && [left, right].includes('number')
    this.#note(
      node,
      `\`${operator}\` cannot put together ${article[left]} and ${article[right]}`,
      mixed ? 'Turn the number into a text with string(…).' : undefined,
    )
    return 'anything'
  }

  #call(
    node: Node,
    name: string,
    shape: CallShape | undefined,
    on: Node | undefined,
    given: Node[],
    loops: ReadonlySet<string>,
  ): Kind {
    if (!shape) return 'anything'
    const least = shape.takes.length - (shape.optional ?? 0)
    const most = shape.takes.length + (name === 'map' ? 1 : 0)
    if (given.length < least || given.length > most) {
      const expected = least === most ? `${least}` : `${least} to ${most}`
      this.#note(
        node,
        `\`${name}\` takes ${expected} argument${expected === '1' ? '' : 's'}, and here are ${given.length}`,
      )
      return shape.gives
    }
    if (on) {
      const kind = this.of(on, loops)
      if (kind !== 'anything' && !shape.on?.includes(kind))
        this.#note(
          on,
          `\`.${name}(…)\` works on ${listed((shape.on ?? []).map((one) => article[one]))}, and this is ${article[kind]}`,
        )
    }
    const argument = given[0]
    if (name === 'has' && argument?.op !== '.')
      this.#note(node, '`has(…)` asks for an attribute', 'Write it with a dot: has(customer.tier).')
    const variable = loopVariable(node)
    if (variable) return this.#loop(node, name, variable, given, shape, loops)
    given.forEach((part, index) => {
      const kind = this.of(part, loops)
      const expected = shape.takes[index] ?? 'anything'
      const instantAgain = expected === 'text' && name === 'timestamp' && kind === 'instant'
      if (kind !== 'anything' && expected !== 'anything' && kind !== expected && !instantAgain)
        this.#note(
          part,
          `\`${name}\` takes ${article[expected]}, and \`${this.#source(part)}\` is ${article[kind]}`,
        )
    })
    this.#literal(name, given[0], on !== undefined && shape.on?.[0] === 'instant')
    return shape.gives
  }

  /** Texts of which a function can never make anything. */
  #literal(name: string, argument: Node | undefined, zoned: boolean) {
    if (argument?.op !== 'value' || typeof argument.args !== 'string') return
    const text = argument.args
    if (name === 'duration' && !isSpan(text))
      this.#note(argument, `\`duration\` cannot read ${this.#source(argument)}`, spanHint(text))
    if (name === 'timestamp' && !isMoment(text))
      this.#note(
        argument,
        `\`timestamp\` cannot read ${this.#source(argument)}`,
        dateHint(text) ?? 'Write an instant with its offset, "2026-12-24T18:00:00Z", or a day, "2026-12-24".',
      )
    if (zoned && canonicalZone(text) === undefined)
      this.#note(
        argument,
        `There is no time zone ${this.#source(argument)}`,
        'Zones are named after cities: "Europe/Rome".',
      )
  }

  #loop(
    node: Node,
    name: string,
    variable: Node,
    given: Node[],
    shape: CallShape,
    loops: ReadonlySet<string>,
  ): Kind {
    if (variable.op !== 'id') {
      this.#note(
        variable,
        `The first argument of \`${name}\` is a name for the elements`,
        'For example: event.items.exists(i, i.category == "shoes").',
      )
      return shape.gives
    }
    const inner = new Set([...loops, variable.args])
    given.slice(1).forEach((part, index) => {
      const transforms = name === 'map' && index === given.length - 2
      if (transforms) this.of(part, inner)
      else this.#truth(part, inner, `\`${name}\` asks a condition of each element`)
    })
    if (given.length < 2) this.#note(node, `\`${name}\` needs a condition`)
    return shape.gives
  }
}
