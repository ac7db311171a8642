/** Every single place where the Liquid of a file reads a variable, and whether it asks first if there is one. */
import { analyzeSync } from 'liquidjs'
import { textLiquid } from './liquid.ts'
import { offsetOf, rewriteSurveyLinks } from './liquid-check.ts'
import { liquidTags } from './markup.ts'

export interface LiquidRead {
  /** Its names, up to what is worked out when the message is sent: `['coupons', 'offer', 'code']`. */
  path: string[]
  offset: number
  /** It stands below a condition, in one, or before `default`: it may be missing. */
  guarded: boolean
  /** The file itself asks whether there is one. */
  asked: boolean
}

/** The text of a file as places in it are counted. */
export const asCounted = (text: string): string => text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')

/** Nothing for what cannot be read, which is told elsewhere. */
export function liquidReads(source: string): LiquidRead[] {
  const text = rewriteSurveyLinks(source)
  try {
    const { blocks, questions } = guardsOf(text)
    const globals = analyzeSync(textLiquid.parse(text), { partials: false }).globals
    const reads = Object.values(globals)
      .flat()
      .map(({ segments, location }) => {
        const end = segments.findIndex((segment) => typeof segment !== 'string')
        return {
          path: segments.slice(0, end < 0 ? segments.length : end).map(String),
          offset: offsetOf(text, location.row, location.col),
        }
      })
    const askedFor = new Set(
      reads.flatMap(({ path, offset }) => (within(questions, offset) ? [path.join('.')] : [])),
    )
    return reads.map(({ path, offset }) => {
      const asked = askedFor.has(path.join('.'))
      return { path, offset, asked, guarded: asked || within(blocks, offset) }
    })
  } catch {
    return []
  }
}

interface Span {
  start: number
  end: number
}

const within = (spans: readonly Span[], offset: number): boolean =>
  spans.some(({ start, end }) => start <= offset && offset < end)

/** The tags that ask whether there is something, and the blocks that depend on a condition. */
function guardsOf(text: string): { blocks: Span[]; questions: Span[] } {
  const [blocks, questions]: [Span[], Span[]] = [[], []]
  const open: number[] = []
  for (const { start, end } of liquidTags(text)) {
    const tag = text.slice(start, end)
    const name = /^\{%-?\s*(\w+)/.exec(tag)?.[1] ?? ''
    if (/\|\s*default\b/.test(tag) || /^(?:if|elsif|unless)$/.test(name)) questions.push({ start, end })
    if (/^(?:if|unless|case)$/.test(name)) open.push(end)
    const opened = /^end(?:if|unless|case)$/.test(name) ? open.pop() : undefined
    if (opened !== undefined) blocks.push({ start: opened, end })
  }
  return { blocks, questions }
}
