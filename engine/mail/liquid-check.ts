/** Says what is wrong with the Liquid of a mail, before it is ever rendered, and which variables it reads. */
import { analyzeSync, type Liquid, type Variable } from 'liquidjs'
import { textLiquid } from './liquid.ts'
import type { LiquidTag, Problem } from './markup.ts'

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
  'now',
  'today',
  'locale',
  'timezone',
]

const hints: { [name: string]: string } = {
  raw: 'Values are always escaped, so that a customer’s name can never become markup',
  date: 'Use date_long, date_short, date_weekday or time',
  include: 'A mail is one file; what all mails share is in the layout',
  render: 'A mail is one file; what all mails share is in the layout',
  layout: 'The shared layout is put around the mail by itself',
  capture: 'Use assign',
}

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

/** Liquid's own error, as a problem. */
export function liquidProblem(error: unknown, source: string): Problem {
  const message = error instanceof Error ? error.message : String(error)
  const place = /, line:(\d+), col:(\d+)$/.exec(message)
  const bare = message.replace(/, line:\d+, col:\d+$/, '')
  const name = /(?:tag "|undefined filter: )([\w#]+)/.exec(bare)?.[1] ?? ''
  const hint = hints[name]
  return {
    offset: place ? offsetOf(source, Number(place[1]), Number(place[2])) : 0,
    message: `Liquid: ${bare}`,
    ...(hint === undefined ? {} : { hint }),
  }
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

function pathOf(variable: Variable): string {
  const segments: string[] = []
  for (const segment of variable.segments) {
    if (typeof segment !== 'string') break
    segments.push(segment)
  }
  return segments.join('.')
}

interface Reading {
  paths: string[]
  /** Names that no mail can know. */
  unknown: Problem[]
}

/** What a template reads from outside. Throws Liquid's syntax error. */
export function readVariables(source: string, liquid: Liquid = textLiquid): Reading {
  const globals = analyzeSync(liquid.parse(source), { partials: false }).globals
  const found = Object.values(globals).flat()
  const unknown = found
    .filter((variable) => !knownRoots.includes(String(variable.segments[0])))
    .map((variable) => ({
      offset: offsetOf(source, variable.location.row, variable.location.col),
      message: `\`${pathOf(variable)}\` is not known to a mail, and sending it would fail`,
      hint: `Known are ${knownRoots.join(', ')}`,
    }))
  const paths = [...new Set(found.map(pathOf))]
  if (asksForRating(source)) paths.push('survey.link')
  return { paths, unknown }
}
