/**
 * Reads the tags of a mail's source with their places. MJML reports lines only, repairs what is mis-nested without
 * a word, and drops text and Liquid that stand between components; a person who writes mails has to be told.
 */
import { Tokenizer } from 'liquidjs'

/** Stands for every character of a Liquid tag while the markup is read, so that offsets stay what they are. */
const filler = '\uE000'

export interface LiquidTag {
  start: number
  end: number
  output: boolean
}

export interface Attribute {
  name: string
  value: string
  at: number
}

export interface Tag {
  name: string
  kind: 'open' | 'close' | 'self'
  start: number
  end: number
  attributes: Attribute[]
}

export interface Problem {
  offset: number
  message: string
  hint?: string
}

export interface Markup {
  tags: Tag[]
  comments: { start: number; end: number }[]
  problems: Problem[]
}

/** Where Liquid stands, as Liquid itself cuts the text. Throws its syntax error. */
export function liquidTags(source: string): LiquidTag[] {
  return new Tokenizer(source)
    .readTopLevelTokens()
    .map((token) => ({
      start: token.begin,
      end: token.end,
      text: source.slice(token.begin, token.begin + 2),
    }))
    .filter(({ text }) => text === '{{' || text === '{%')
    .map(({ start, end, text }) => ({ start, end, output: text === '{{' }))
}

/** The source with every Liquid tag blanked out, character by character, line breaks kept. */
export function maskLiquid(source: string, liquid: LiquidTag[]): string {
  let masked = ''
  let at = 0
  for (const { start, end } of liquid) {
    masked += source.slice(at, start) + source.slice(start, end).replace(/[^\n]/g, filler)
    at = end
  }
  return masked + source.slice(at)
}

const voidElements = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
)

const nameFromValue = new RegExp(`</?${filler}`, 'g')

/** The tags of a masked source; `source` gives the attribute values their Liquid back. */
export function readMarkup(source: string, masked: string): Markup {
  const tags: Tag[] = []
  const comments: Markup['comments'] = []
  const problems: Problem[] = []
  const open = /<(?:(!--)|(!)|(\/)?([a-z][\w:-]*))/gi
  for (const { index } of masked.matchAll(nameFromValue))
    problems.push({
      offset: index,
      message: 'Liquid cannot name a tag: a value could make any element of it',
      hint: 'Write the name, or `&lt;` for the character',
    })
  for (let found = open.exec(masked); found; found = open.exec(masked)) {
    const start = found.index
    if (found[1]) {
      const close = masked.indexOf('-->', open.lastIndex)
      if (close < 0)
        problems.push({ offset: start, message: 'This comment is never closed', hint: 'End it with `-->`' })
      const end = close < 0 ? masked.length : close + 3
      comments.push({ start, end })
      open.lastIndex = end
      continue
    }
    const name = (found[4] ?? '').toLowerCase()
    if (found[2]) {
      problems.push({
        offset: start,
        message: 'Only tags and comments may begin with `<`',
        hint: 'Write `&lt;` for the character',
      })
      continue
    }
    const tag = readTag(source, masked, open.lastIndex, problems)
    if (!tag) {
      problems.push({ offset: start, message: `The tag <${name}> is never closed`, hint: 'A `>` is missing' })
      break
    }
    const self = tag.selfClosing || (voidElements.has(name) && !found[3])
    tags.push({
      name,
      kind: found[3] ? 'close' : self ? 'self' : 'open',
      start,
      end: tag.end,
      attributes: tag.attributes,
    })
    open.lastIndex = tag.end
  }
  return { tags, comments, problems: [...problems, ...unbalanced(tags)] }
}

function readTag(
  source: string,
  masked: string,
  from: number,
  problems: Problem[],
): { end: number; selfClosing: boolean; attributes: Attribute[] } | undefined {
  const attributes: Attribute[] = []
  const piece = /\s+|\/?>|([^\s=>"'/<]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?|[\s\S]/y
  piece.lastIndex = from
  for (let found = piece.exec(masked); found; found = piece.exec(masked)) {
    const [text, name, double, single, bare] = found
    if (text.endsWith('>') && name === undefined) {
      return { end: piece.lastIndex, selfClosing: text === '/>', attributes }
    }
    if (name === undefined) {
      if (text === '<') return undefined
      continue
    }
    if (name.includes(filler) || bare?.includes(filler)) {
      problems.push({
        offset: found.index,
        message: 'Liquid inside a tag must stand between quotes',
        hint: 'Put the condition around the whole element, or inside an attribute’s value: class="{{ … }}"',
      })
      continue
    }
    const value = double ?? single ?? bare
    const at = value === undefined ? found.index : found.index + text.lastIndexOf(value)
    attributes.push({
      name: name.toLowerCase(),
      value: value === undefined ? '' : source.slice(at, at + value.length),
      at: found.index,
    })
  }
  return undefined
}

/** HTML lets these end without a closing tag; here too, as long as their parent ends. */
const optionalEnd = new Set('p li tr td th tbody thead tfoot dd dt'.split(' '))

/** What reads the tree later calls itself for every level. */
const deepest = 100

/** Elements without contents end themselves. */
const endOf = (name: string): string =>
  /^mj-(image|divider|spacer)$/.test(name) ? `End it with \`/>\` instead of \`>\`` : `Add </${name}>`

function unbalanced(tags: Tag[]): Problem[] {
  const problems: Problem[] = []
  const stack: Tag[] = []
  for (const tag of tags) {
    if (tag.kind === 'open') {
      stack.push(tag)
      if (stack.length > deepest)
        return [{ offset: tag.start, message: `Elements may be ${deepest} deep at most` }]
    }
    if (tag.kind !== 'close') continue
    while (stack.length > 0 && stack.at(-1)?.name !== tag.name && optionalEnd.has(stack.at(-1)?.name ?? ''))
      stack.pop()
    const last = stack.at(-1)
    if (last?.name === tag.name) {
      stack.pop()
      continue
    }
    const known = stack.some((opened) => opened.name === tag.name)
    problems.push(
      known && last
        ? {
            offset: last.start,
            message: `<${last.name}> is not closed before </${tag.name}>`,
            hint: endOf(last.name),
          }
        : {
            offset: tag.start,
            message: `</${tag.name}> closes nothing`,
            hint: `Remove it, or open <${tag.name}> before`,
          },
    )
    while (known && stack.length > 0 && stack.pop()?.name !== tag.name);
  }
  for (const tag of stack) {
    if (!optionalEnd.has(tag.name)) {
      problems.push({
        offset: tag.start,
        message: `<${tag.name}> is never closed`,
        hint: endOf(tag.name),
      })
    }
  }
  return problems
}
