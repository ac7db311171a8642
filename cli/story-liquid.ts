/** What a template would say, with the names of its values in their places: nobody reads Liquid. */
import { renderLine } from '../engine/mail/render.ts'
import type { JsonObject } from '../engine/model.ts'

/** What a filter makes of a value, where it is worth a word. */
const forms: ReadonlyMap<string, string> = new Map([
  ['date_weekday', 'as a weekday'],
  ['date_long', 'as a date'],
  ['date_short', 'as a short date'],
  ['time', 'as a time'],
  ['money', 'as money'],
  ['percent', 'as a percentage'],
])

/** `Happy birthday, ‹firstName›`, `Your appointment: ‹startsAt as a weekday›`; of conditions, the way that has all it asks for. */
export function readable(liquid: string): string {
  const told = liquid.replace(/\{\{-?(.*?)-?\}\}/gs, (_, inside: string) => outputWords(inside))
  try {
    return renderLine(told, sampleOf(liquid))
  } catch {
    return told
      .replace(/\{%.*?%\}/gs, ' ')
      .replace(/\s+/g, ' ')
      .trim()
  }
}

/** `customer.firstName | default: "friend"` → `‹firstName›`. */
function outputWords(inside: string): string {
  // A bar or a dot in quotes is none.
  const [value = '', ...filters] = inside.match(/(?:"[^"]*"|'[^']*'|[^|"'])+/g) ?? []
  const literal = /^\s*(?:"([^"]*)"|'([^']*)')\s*$/.exec(value)
  if (literal) return literal[1] ?? literal[2] ?? ''
  const names = value.match(/[a-z_]\w*/gi) ?? []
  const shape = filters.flatMap((filter) => forms.get(/\w+/.exec(filter)?.[0] ?? '') ?? []).at(-1)
  return `‹${names.at(-1) ?? value.trim()}${shape === undefined ? '' : ` ${shape}`}›`
}

/** Something for every path that a tag asks for. */
function sampleOf(liquid: string): JsonObject {
  const sample: JsonObject = {}
  for (const [tag] of liquid.matchAll(/\{%.*?%\}/gs))
    for (const [path] of tag.matchAll(/\b[a-z]\w*(?:\.\w+)+/gi)) {
      const names = path.split('.')
      const last = names.pop() ?? ''
      let place = sample
      for (const name of names) {
        const held = place[name]
        const inner = typeof held === 'object' && held !== null && !Array.isArray(held) ? held : {}
        place[name] = inner
        place = inner
      }
      place[last] ??= `‹${last}›`
    }
  return sample
}

/** `in Italian, and in English for everybody else`. */
export function languageWords(variants: readonly { locale: string | null }[], rest: string): string {
  const own = variants.flatMap(({ locale }) => locale ?? []).map(languageName)
  const others = variants.some(({ locale }) => locale === null) ? languageName(rest) : undefined
  if (own.length === 0) return others === undefined ? '' : `, in ${others}`
  const listed = new Intl.ListFormat('en', { type: 'conjunction' }).format(own.sort())
  return `, in ${listed}${others === undefined ? '' : `, and in ${others} for everybody else`}`
}

/** `it-CH` → `Italian (Switzerland)`; what no list of languages has, as it is written. */
function languageName(tag: string): string {
  try {
    const names = new Intl.DisplayNames(['en'], { type: 'language', languageDisplay: 'standard' })
    return names.of(tag.replaceAll('_', '-')) ?? tag
  } catch {
    return tag
  }
}
