/** Says what is wrong with the Liquid of a mail, before it is ever rendered, and which variables it reads. */
import { analyzeSync, type Liquid, type Variable } from 'liquidjs'
import { misspeltAttribute } from '../language/expression/names.ts'
import { lackingAttribute, messageShapes } from '../language/expression/shapes.ts'
import { nearest } from '../language/nearest.ts'
import { textLiquid } from './liquid.ts'
import { explainLiquid } from './liquid-slips.ts'
import { type LiquidTag, liquidTags, type Problem } from './markup.ts'

/** What a mail can know. */
const knownRoots = [
  'customer',
  'event',
  'entry',
  'meta',
  'awaited',
  'enrollment',
  'coupons',
  'webhooks',
  'steps',
  'repeat',
  'brand',
  'topic',
  'links',
  'survey',
  'appointment',
  'now',
  'today',
  'locale',
  'timezone',
]

/** `survey.link(4)` reads well and is not Liquid; the same number of characters later it is. */
export const rewriteSurveyLinks = (source: string): string =>
  source.replace(
    /(\{\{-?\s*)survey\.link\(([^(){}]*)\)/g,
    (_, open: string, score: string) => `${open}${score}|survey_link `,
  )

const asksForRating = (source: string): boolean => /\|\s*survey_link\b/.test(source)

/** 1-based line and column → offset. */
export function offsetOf(text: string, line: number, column: number): number {
  let at = 0
  for (let left = line; left > 1; left--) {
    const next = text.indexOf('\n', at)
    if (next < 0) break
    at = next + 1
  }
  return at + column - 1
}

/** Characters between all braces of one text. The library's mails have some hundreds; the time to read them grows as the square. */
const MOST_LIQUID = 10_000

class TooMuchLiquid extends Error {}

/** Liquid's own error, as a problem. */
export function liquidProblem(error: unknown, source: string): Problem {
  if (error instanceof TooMuchLiquid)
    return {
      offset: 0,
      message: `There are more than ${MOST_LIQUID / 1000},000 characters of Liquid in this text`,
      hint: 'Split it, or work the values out before: in the step `set`, or in the event.',
    }
  const message = error instanceof Error ? error.message : String(error)
  const place = /, line:(\d+), col:(\d+)$/.exec(message)
  const bare = message.replace(/, line:\d+, col:\d+$/, '')
  const at = place ? offsetOf(source, Number(place[1]), Number(place[2])) : 0
  const { part, ...slip } = explainLiquid(
    bare,
    source.slice(Math.max(0, at - 3)),
    Object.keys(textLiquid.filters),
  )
  const inside = part === undefined ? -1 : source.indexOf(part, Math.max(0, at - 3))
  return { ...slip, offset: inside < 0 ? at : inside }
}

/** More than any mail needs, far less than the stack of those who read it bears. */
const deepest = 30

/** Blocks that stand too deep inside one another to be read at all. */
export function deepBlocks(source: string, tags: LiquidTag[]): Problem[] {
  let depth = 0
  for (const { start, end } of tags) {
    const name = /^\{%-?\s*(\w+)/.exec(source.slice(start, end))?.[1] ?? ''
    if (/^(?:if|unless|case|for)$/.test(name) && ++depth > deepest)
      return [{ offset: start, message: `Liquid may be ${deepest} blocks deep at most` }]
    if (/^end(?:if|unless|case|for)$/.test(name)) depth--
  }
  return []
}

/** Two loops inside one another are a table; a third is a way to make a mail that never ends. */
export function deepLoops(source: string, tags: LiquidTag[]): Problem[] {
  const problems: Problem[] = []
  let depth = 0
  for (const { start, end } of tags) {
    const name = /^\{%-?\s*(\w+)/.exec(source.slice(start, end))?.[1]
    if (name === 'for' && ++depth > 2)
      problems.push({ offset: start, message: 'Loops may be two deep at most' })
    if (name === 'endfor') depth--
  }
  return problems
}

/** The names of a variable, up to what is worked out when the mail is sent. */
function namesOf(variable: Variable): string[] {
  const segments: string[] = []
  for (const segment of variable.segments) {
    if (typeof segment !== 'string') break
    segments.push(segment)
  }
  return segments
}

const pathOf = (variable: Variable): string => namesOf(variable).join('.')

/** Liquid itself gives these to every text and list. */
const ofLiquid = new Set(['size', 'first', 'last'])

function ownAttributes(variable: Variable): string[] {
  const names = namesOf(variable)
  const end = names.findIndex((name) => ofLiquid.has(name))
  return end < 0 ? names : names.slice(0, end)
}

/** Blocks that somebody has put into the braces of values. */
const blocks = new Set(['if', 'endif', 'else', 'elsif', 'for', 'endfor', 'unless', 'endunless', 'assign'])

function unknownHint(path: string, root: string): string {
  if (blocks.has(root)) return `Write {% ${root} … %}, with a percent sign, for what is no value.`
  const meant = nearest(root, knownRoots)
  const near = meant !== undefined && (root.length > 5 || path !== root) ? `Did you mean \`${meant}\`? ` : ''
  const field = near === '' ? `Say where it stands: customer.${path} or event.${path}. ` : near
  return `${field}Known are ${knownRoots.join(', ')}.`
}

interface Reading {
  paths: string[]
  /** Names that no mail can know. */
  unknown: Problem[]
}

/** What a template reads from outside. Throws Liquid's syntax error, and for more Liquid than can be read soon. */
export function readVariables(source: string, liquid: Liquid = textLiquid): Reading {
  const written = liquidTags(source).reduce((sum, { start, end }) => sum + end - start, 0)
  if (written > MOST_LIQUID) throw new TooMuchLiquid()
  const globals = analyzeSync(liquid.parse(source), { partials: false }).globals
  const found = Object.values(globals).flat()
  const unknown = found
    .filter((variable) => !knownRoots.includes(String(variable.segments[0])))
    .map((variable) => {
      const offset = offsetOf(source, variable.location.row, variable.location.col)
      const path = pathOf(variable)
      return {
        offset,
        message: `\`${path}\` is not known to a mail, and sending it would fail`,
        hint: /(?:[=!<>]=|[<>]|contains)\s*$/.test(source.slice(0, offset))
          ? `A text is written in quotes: "${path}". Known are ${knownRoots.join(', ')}.`
          : unknownHint(path, String(variable.segments[0])),
      }
    })
  for (const variable of found) {
    const offset = offsetOf(source, variable.location.row, variable.location.col)
    const [root, name] = variable.segments
    const lacking = lackingAttribute(ownAttributes(variable), messageShapes)
    if (lacking) unknown.push({ offset, ...lacking })
    const meant = root === 'customer' && typeof name === 'string' ? misspeltAttribute(name) : undefined
    if (meant !== undefined)
      unknown.push({
        offset,
        message: `\`customer.${String(name)}\` looks like a slip of the pen`,
        hint: `Did you mean \`customer.${meant}\`? Leave it if the attribute is one of your own.`,
      })
  }
  const paths = [...new Set(found.map(pathOf))]
  if (asksForRating(source)) paths.push('survey.link')
  return { paths, unknown }
}
