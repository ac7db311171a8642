/** What a mail may not contain: programs, other files, forms, and text that MJML would drop without a word. */
import { runsProgram } from './links.ts'
import type { Markup, Problem, Tag } from './markup.ts'

const forbidden: { [element: string]: string } = {
  'mj-include': 'A mail is one file: write the content here, or in the shared layout',
  script: 'Mail programs never run scripts',
  iframe: 'Mail programs show no frames: link to the page',
  object: 'Mail programs show no embedded objects: link to it',
  embed: 'Mail programs show no embedded objects: link to it',
  form: 'Mail programs do not send forms: link to a page',
  base: 'Write whole addresses',
  'mj-carousel': 'It needs what few mail programs have: use mj-image',
}

const linkAttributes = new Set('href src action formaction background background-url xlink:href'.split(' '))

/** Elements and attributes that are refused. */
export function unsafeMarkup(source: string, { tags, comments }: Markup): Problem[] {
  const problems: Problem[] = []
  for (const tag of tags) {
    const why = tag.kind === 'close' ? undefined : forbidden[tag.name]
    if (why !== undefined)
      problems.push({ offset: tag.start, message: `<${tag.name}> is not allowed in a mail`, hint: why })
    for (const { name, value, at } of tag.attributes) {
      if (name === 'http-equiv') {
        problems.push({
          offset: at,
          message: '`http-equiv` is not allowed in a mail',
          hint: 'A mail leads nowhere by itself: link to the page',
        })
      }
      if (/^on[a-z]+$/.test(name)) {
        problems.push({
          offset: at,
          message: `\`${name}\` is not allowed in a mail`,
          hint: 'Mail programs never run scripts',
        })
      }
      if (linkAttributes.has(name) && runsProgram(value)) {
        problems.push({
          offset: at,
          message: 'A link may not run a program',
          hint: 'Link to an https address',
        })
      }
    }
  }
  for (const { start, end } of comments) {
    // Outlook reads conditional comments as markup.
    const hidden = /<\s*\/?\s*(script|iframe|object|embed|form|base|mj-include)\b/i.exec(
      source.slice(start, end),
    )
    if (hidden) {
      problems.push({
        offset: start + hidden.index,
        message: `<${hidden[1]}> is not allowed in a mail, nor in a comment`,
      })
    }
  }
  return problems
}

/** Pictures that say nothing to those who do not see them. */
export function silentPictures({ tags }: Markup): Problem[] {
  // In the head, mj-image only sets what pictures have in common.
  const head = tags.find(({ name, kind }) => name === 'mj-head' && kind === 'close')?.end ?? 0
  return tags
    .filter(({ start }) => start >= head)
    .filter((tag) => tag.kind !== 'close' && (tag.name === 'img' || tag.name === 'mj-image'))
    .filter((tag) => !tag.attributes.some(({ name }) => name === 'alt'))
    .map((tag) => ({
      offset: tag.start,
      message: `<${tag.name}> has no alt text`,
      hint: 'Say what the picture tells, or write alt="" if it only decorates',
    }))
}

/** MJML elements whose content is components. Text between those is lost, and Liquid with it. */
const containers = new Set(
  'mjml mj-body mj-wrapper mj-section mj-group mj-column mj-hero mj-navbar mj-social mj-accordion'.split(' '),
)
/** Where Liquid between components can be kept, as mj-raw. */
const takesRaw = new Set('mj-body mj-wrapper mj-section mj-group mj-column mj-hero'.split(' '))

export interface Gap {
  start: number
  end: number
  /** Liquid may be kept here as mj-raw. */
  raw: boolean
}

/** The stretches between components, of a text whose parent is `root`. */
export function gaps(length: number, { tags, comments }: Markup, root: string): Gap[] {
  const found: Gap[] = []
  const stack = [root]
  let from = 0
  const close = (at: number) => {
    const parent = stack.at(-1) ?? ''
    if (containers.has(parent) && at > from) found.push({ start: from, end: at, raw: takesRaw.has(parent) })
  }
  const pieces: ({ start: number; end: number } & Partial<Tag>)[] = [...tags, ...comments].sort(
    (a, b) => a.start - b.start,
  )
  for (const piece of pieces) {
    close(piece.start)
    if (piece.kind === 'open') stack.push(piece.name ?? '')
    if (piece.kind === 'close' && stack.length > 1) stack.pop()
    from = piece.end
  }
  close(length)
  return found
}
