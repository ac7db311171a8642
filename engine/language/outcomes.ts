/** Which outcomes a step can have, and conditions that ask for one that it never has. */
import { armsOf } from '../arms.ts'
import type { Program, Step, StepId } from '../program.ts'
import { pathsIn } from './expression/paths.ts'
import { childrenOf, type Node, parseSyntax } from './expression/syntax.ts'
import type { Flaw, Path } from './flaw.ts'
import { listed, nearest } from './nearest.ts'
import { expressionsOf } from './references.ts'

const reports = ['delivered', 'opened', 'clicked', 'rated', 'bounced', 'complained']
const unsure = ['refused', 'in-doubt']

/** In the order in which they are mostly asked for. */
function outcomesOf(step: Step): string[] {
  switch (step.verb) {
    case 'send':
      return ['sent', ...reports, ...unsure]
    case 'set':
      return ['changed', 'nothing', ...unsure]
    case 'task':
      return ['created', ...unsure]
    case 'coupon':
      return ['issued', ...unsure]
    case 'emit':
      return ['emitted', ...unsure]
    case 'webhook':
      return ['answered', ...unsure]
    case 'wait':
      return ['skipped', 'past']
    case 'repeat':
      return Array.from({ length: step.times }, (_, index) => `round-${index + 1}`)
    case 'stop':
      return [step.reason]
    default:
      return armsOf(step).map(({ outcome }) => outcome)
  }
}

/** Conditions that compare `steps.ID.outcome` with what never comes of that step. */
export function outcomeFlaws(program: Program, pathOf: ReadonlyMap<StepId, Path>): Flaw[] {
  return expressionsOf(program, pathOf).flatMap(({ text, path }) =>
    comparisonsIn(text).flatMap(({ id, outcome, offset }): Flaw[] => {
      const step = Object.hasOwn(program.steps, id) ? program.steps[id] : undefined
      const known = step ? outcomesOf(step) : []
      if (!step || known.includes(outcome)) return []
      const meant = nearest(outcome, known)
      const shown = known.slice(0, 10).map((one) => `"${one}"`)
      return [
        {
          path,
          offset,
          severity: 'warning',
          message: `"${outcome}" is no outcome of the step \`${id}\``,
          hint:
            meant === undefined
              ? `It can be ${listed(shown)}${known.length > shown.length ? ' and so on' : ''}.`
              : `Did you mean "${meant}"? It can be ${listed(shown)}.`,
        },
      ]
    }),
  )
}

interface Comparison {
  id: string
  outcome: string
  offset: number
}

function comparisonsIn(text: string): Comparison[] {
  const found: Comparison[] = []
  const visit = (node: Node) => {
    if (node.op === '==' || node.op === '!=' || node.op === 'in') {
      const [left, right] = node.args
      for (const [asked, given] of [
        [left, right],
        [right, left],
      ] as const) {
        const id = stepAsked(asked)
        for (const value of given.op === 'list' ? given.args : [given])
          if (id !== undefined && value.op === 'value' && typeof value.args === 'string')
            found.push({ id, outcome: value.args, offset: value.start })
      }
    }
    for (const child of childrenOf(node)) visit(child)
  }
  try {
    visit(parseSyntax(text))
  } catch {
    return []
  }
  return found
}

/** The step of `steps.ID.outcome`. */
function stepAsked(node: Node): string | undefined {
  const [path] = node.op === '.' || node.op === '[]' ? pathsIn(node) : []
  const [id, attribute, further] = path?.rest ?? []
  return path?.root === 'steps' && attribute === 'outcome' && further === undefined && typeof id === 'string'
    ? id
    : undefined
}
