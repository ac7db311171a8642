/**
 * Words that stand for Liquid tags while MJML and the text converter work, so that neither can touch what is in them:
 * no re-encoded quotes, no upper case, no tag taken for HTML.
 */
import type { LiquidTag } from './markup.ts'

const word = (index: number): string => `LQ7X${index}X7QL`
const words = /LQ7X(\d+)X7QL/gi

export const holdsPlaceholder = (source: string): boolean => /LQ7X\d/i.test(source)

/** Line breaks inside a tag are put behind its word, so that line numbers stay what they are. */
export function withPlaceholders(source: string, liquid: LiquidTag[]): { text: string; tags: string[] } {
  const tags: string[] = []
  let text = ''
  let at = 0
  for (const { start, end } of liquid) {
    const tag = source.slice(start, end)
    text += source.slice(at, start) + word(tags.length) + tag.replace(/[^\n]/g, '')
    tags.push(tag)
    at = end
  }
  return { text: text + source.slice(at), tags }
}

export const restore = (text: string, tags: string[]): string =>
  text.replace(words, (_, index: string) => tags[Number(index)] ?? '')

/**
 * A line that holds nothing but conditions and loops takes its line break with it, so that what they enclose
 * is neither torn apart nor glued together.
 */
export function closeUpTagLines(text: string, tags: string[]): string {
  const isTagLine = (line: string) =>
    /^\s*(?:LQ7X\d+X7QL\s*)+$/i.test(line) &&
    [...line.matchAll(words)].every(([, index]) => tags[Number(index)]?.startsWith('{%'))
  let out = ''
  for (const line of text.split('\n')) out += isTagLine(line) ? line.trim() : `${line}\n`
  return out
}
