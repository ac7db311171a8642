/** What is wrong at a place of a document, before the place is turned into a line and a column. */
import * as z from 'zod'
import { listed, nearest } from './nearest.ts'
import { homeOf, saidElsewhere } from './other-words.ts'

export type Path = readonly (string | number)[]

export interface Flaw {
  path: Path
  /** Points at the key instead of its value. */
  part?: 'key'
  /** Characters from the start of the text at `path`. */
  offset?: number
  message: string
  hint?: string
  severity?: 'warning'
  /** Where the key would stand that was probably meant. */
  meant?: Path
}

/** What a leaf says about its value; the place is known to whoever asked. */
export type Note = Omit<Flaw, 'path'> & {
  /** The key or the entry inside of a value that the leaf reads whole. */
  inside?: string | number
  /** Another part has written the message, and a percent sign in it is one. */
  literal?: true
}

const flawInIssue = z.object({ flaw: z.custom<Note>((value) => typeof value === 'object' && value !== null) })

/** A value, in the words of a message. */
export function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'keys with values'
  if (typeof value !== 'number') return String(value)
  return Number.isFinite(value) ? `the number ${value}` : 'something that is no number'
}

export interface LeafForm {
  /** Completes "expects …": `a duration`. */
  expects: string
  /** A value as it would be written in YAML. */
  example: string
  /** The form in the JSON Schema for editors. */
  json: { [keyword: string]: unknown }
}

/**
 * A schema for one value. `read` answers the value as the program needs it, or undefined after it has noted
 * why it cannot.
 */
export function leaf<T>(
  form: LeafForm,
  read: (value: NonNullable<unknown>, note: (flaw: Note) => void) => T | undefined,
  /** What an empty value (`wait:` and nothing more) stands for, where that is allowed. */
  empty?: T,
) {
  return z
    .unknown()
    .transform((value, context): T => {
      if (value === null && empty !== undefined) return empty
      const note = (flaw: Note) => context.issues.push({ code: 'custom', input: value, params: { flaw } })
      if (value !== null && value !== undefined) return read(value, note) ?? z.NEVER
      const message = value === null ? '% is empty' : '% is missing'
      note({ message, hint: `For example: %: ${form.example}`, part: 'key' })
      return z.NEVER
    })
    .meta({ form: { title: form.expects, ...form.json, examples: [form.example] } })
}

/** A leaf that must be a text. `odd` explains other values where people are known to write them. */
export function textLeaf<T>(
  form: LeafForm,
  read: (text: string, note: (flaw: Note) => void) => T | undefined,
  odd?: (value: NonNullable<unknown>) => string | undefined,
) {
  return leaf<T>({ ...form, json: { type: 'string', ...form.json } }, (value, note) => {
    if (typeof value === 'string' && value.trim() !== '') return readText(value, read, note)
    if (typeof value === 'string') note({ message: '% is empty', hint: `For example: %: ${form.example}` })
    else
      note({
        message: `% expects ${form.expects}, not ${found(value)}`,
        hint: odd?.(value) ?? `For example: %: ${form.example}`,
      })
    return undefined
  })
}

/** What looks like a space or like nothing, and how people call it. */
const unseen: { name: string; pattern: RegExp }[] = [
  { name: 'a no-break space', pattern: /[\u00a0\u202f]/g },
  { name: 'a wide or thin space', pattern: /[\u2000-\u200a\u205f\u3000]/g },
  { name: 'a character of no width', pattern: /[\u200b-\u200f\u2060\ufeff\u00ad]/g },
]

const typographic = /^[“”„‟‘’«»](.*)[“”„‟‘’«»]$/s

/** Reads a text. The quotes of a word processor are part of it to YAML, and never meant to be. */
export function readText<T>(
  text: string,
  read: (text: string, note: (flaw: Note) => void) => T | undefined,
  note: (flaw: Note) => void,
): T | undefined {
  const notes: Note[] = []
  const value = read(text, (flaw) => notes.push(flaw))
  const inner = typographic.exec(text.trim())?.[1]
  if (notes.length > 0 && inner !== undefined && read(inner, () => undefined) !== undefined)
    note({ message: '% stands between the quotes of a word processor', hint: `Write "${inner}".` })
  else if (notes.length > 0) for (const flaw of unseenIn(text, read) ?? notes) note(flaw)
  return value
}

/** Says which character nobody sees, where without it all is right. */
function unseenIn<T>(
  text: string,
  read: (text: string, note: (flaw: Note) => void) => T | undefined,
): Note[] | undefined {
  const found = unseen.find(({ pattern }) => text.search(pattern) >= 0)
  if (!found) return undefined
  for (const instead of [' ', '']) {
    const clean = unseen.reduce((rest, { pattern }) => rest.replace(pattern, instead), text)
    if (read(clean, () => undefined) !== undefined)
      return [
        {
          message: `% holds ${found.name}, which nobody sees`,
          hint: `Write it anew, with the keys of the keyboard: \`${clean}\`.`,
          offset: text.search(found.pattern),
        },
      ]
  }
  return undefined
}

/** Runs a schema and answers its value, or everything that is wrong in the words of the language. */
export function check<T>(schema: z.ZodType<T>, value: unknown, path: Path): { value: T } | { flaws: Flaw[] } {
  const flaws: Flaw[] = []
  const result = schema.safeParse(value, {
    error: (issue) => {
      const at = [...path, ...(issue.path ?? []).map((key) => (typeof key === 'symbol' ? String(key) : key))]
      const about = describe(issue.inst, at)
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) flaws.push(unknownKey(about, key, at, issue.input))
        return ''
      }
      const custom = flawInIssue.safeParse(issue.code === 'custom' ? issue.params : undefined)
      if (custom.success) {
        const { inside, literal, ...flaw } = custom.data.flaw
        const placed = { ...flaw, path: inside === undefined ? at : [...at, inside] }
        flaws.push(literal ? placed : named(placed))
        return ''
      }
      const missing = issue.input === undefined || issue.input === null
      const expected = (issue.code === 'invalid_type' && kinds[issue.expected]) || 'keys with values'
      const flaw: Flaw = missing
        ? { path: at, part: 'key', message: issue.input === null ? '% is empty' : '% is missing' }
        : { path: at, message: `% expects ${expected}, not ${found(issue.input)}` }
      if (about.example) flaw.hint = `For example: ${about.example}`
      if (!missing) flaw.hint = dashHint(issue.input, expected) ?? flaw.hint ?? `Write ${expected}.`
      flaws.push(named(flaw))
      return ''
    },
  })
  // Reading the error is what runs the function above.
  return result.error === undefined ? { value: result.data } : { flaws: withoutEchoes(flaws) }
}

/** What zod expects, in the words of a message. */
const kinds: { [type: string]: string } = {
  array: 'a list',
  boolean: 'true or false',
  string: 'a text',
  number: 'a number',
}

function dashHint(given: unknown, expected: string): string | undefined {
  if (expected === 'a list' && typeof given === 'object') return 'Put a dash before each entry.'
  return expected === 'keys with values' && Array.isArray(given) && given.length === 1
    ? 'Remove the dash.'
    : undefined
}

/** A misspelt key is not missing as well. */
function withoutEchoes(flaws: readonly Flaw[]): Flaw[] {
  const meant = new Set(flaws.flatMap(({ meant: path }) => (path ? [path.join('\n')] : [])))
  return flaws
    .filter(({ path, message }) => !(message.endsWith(' is missing') && meant.has(path.join('\n'))))
    .map(({ meant: _, ...flaw }) => flaw)
}

const keySign = /(?<!\d)%/

/** `%` stands for the key that a flaw is about, unless it is a percentage. */
function named(flaw: Flaw): Flaw {
  const key = flaw.path.findLast((part) => typeof part === 'string')
  const entry = typeof flaw.path.at(-1) === 'number'
  const name = key === undefined ? 'The file' : entry ? `An entry of \`${key}\`` : `\`${key}\``
  const message = flaw.message.replace(keySign, name)
  if (flaw.hint === undefined) return { ...flaw, message }
  return { ...flaw, message, hint: flaw.hint.replace(keySign, String(key)) }
}

interface About {
  name: string
  keys: string[]
  example?: string
}

const aboutMeta = z.object({ about: z.string().optional(), example: z.string().optional() })

function describe(schema: unknown, path: Path): About {
  const key = path.findLast((part) => typeof part === 'string')
  const about: About = { name: key === undefined ? 'The file' : `\`${key}\``, keys: [] }
  if (!(schema instanceof z.ZodType)) return about
  const meta = aboutMeta.safeParse(schema.meta() ?? {})
  if (meta.data?.about) about.name = meta.data.about
  if (meta.data?.example) about.example = meta.data.example
  if (schema instanceof z.ZodObject) about.keys = Object.keys(schema.shape)
  return about
}

function unknownKey({ name, keys }: About, key: string, path: Path, given: unknown): Flaw {
  const at = { path: [...path, key], part: 'key' as const }
  const entries: { [key: string]: unknown } = { ...(typeof given === 'object' ? given : {}) }
  const free = keys.filter((word) => !Object.hasOwn(entries, word))
  const meant = known(key, free)
  const steps = Array.isArray(entries[key])
    ? free.filter((word) => ['then', 'else', 'steps'].includes(word))
    : []
  if (/^(else ?if|els?if)$/.test(key))
    return {
      ...at,
      message: `${code(key)} is not part of the language`,
      hint: 'For several ways use `choose` with a `when` for each, or put an `if` below `else:`.',
    }
  const home = meant === undefined ? homeOf(name, key) : undefined
  const hint =
    home !== undefined
      ? home
      : meant
        ? `Did you mean ${code(meant)}?`
        : steps.length > 0
          ? `Steps stand under ${listed(steps.map(code))}.`
          : `It knows ${listed(keys.map(code), 'and')}.`
  return {
    ...at,
    message: `${name} does not know ${code(key)}`,
    hint,
    ...(meant ? { meant: [...path, meant] } : {}),
  }
}

/** The word that was meant: a misspelt one, or one that people know from elsewhere. */
function known(word: string, free: readonly string[]): string | undefined {
  const elsewhere = saidElsewhere(word, free)
  const near = nearest(word, free)
  // A short word is near to many.
  return near !== undefined && (elsewhere === undefined || near.toLowerCase() === word.toLowerCase())
    ? near
    : elsewhere
}

const code = (word: string) => `\`${word}\``
