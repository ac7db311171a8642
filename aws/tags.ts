/**
 * Message tags as SES takes them ([A-Za-z0-9_-], 256 characters a value), and back from SES's events; and back from the JSON
 * that texts carry along.
 */
import type { MessageTag } from '@aws-sdk/client-sesv2'
import * as z from 'zod'
import type { MessageTags } from '../runtime/ports.ts'

const maxValue = 256
const names = {
  customerId: 'customer',
  workflow: 'workflow',
  key: 'key',
  run: 'run',
  step: 'step',
  attempt: 'attempt',
}

/**
 * Other bytes are written `_hh`, so that ids stay readable in the console and nothing has to be stored to read them
 * back. A value longer than a tag goes on in `customer-2`, `customer-3` …
 */
export function encodeTags(tags: MessageTags): MessageTag[] {
  return [
    ...pieces(names.customerId, tags.customerId),
    ...pieces(names.workflow, tags.workflow),
    ...pieces(names.key, tags.key),
    { Name: names.run, Value: String(tags.run) },
    ...pieces(names.step, tags.step),
    { Name: names.attempt, Value: String(tags.attempt) },
  ]
}

/** Reads the `tags` of an SES event (name → values). Undefined for a message that is not ours. */
export function decodeTags(tags: { [name: string]: string[] | undefined }): MessageTags | undefined {
  const customerId = joined(tags, names.customerId)
  const workflow = joined(tags, names.workflow)
  const key = joined(tags, names.key)
  const step = joined(tags, names.step)
  const run = Number(tags[names.run]?.[0])
  const attempt = Number(tags[names.attempt]?.[0])
  if (customerId === undefined || workflow === undefined || key === undefined || step === undefined)
    return undefined
  if (!Number.isInteger(run) || !Number.isInteger(attempt)) return undefined
  return { customerId, workflow, key, run, step, attempt }
}

const shape = z.object({
  customerId: z.string(),
  workflow: z.string(),
  key: z.string(),
  run: z.number(),
  step: z.string(),
  attempt: z.number(),
})

/** Reads tags that were written as JSON. Undefined for what is none of ours. */
export function readTags(text: string): MessageTags | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function pieces(name: string, text: string): MessageTag[] {
  const encoded = encode(text)
  const tags: MessageTag[] = []
  for (let start = 0; start < encoded.length; start += maxValue) {
    const suffix = start === 0 ? '' : `-${start / maxValue + 1}`
    tags.push({ Name: name + suffix, Value: encoded.slice(start, start + maxValue) })
  }
  return tags
}

function joined(tags: { [name: string]: string[] | undefined }, name: string): string | undefined {
  let text = tags[name]?.[0]
  if (text === undefined) return undefined
  for (let piece = 2; ; piece++) {
    const next = tags[`${name}-${piece}`]?.[0]
    if (next === undefined) return decode(text)
    text += next
  }
}

/** A value may not be empty: `_` alone is the empty text. */
function encode(text: string): string {
  if (/^[A-Za-z0-9-]+$/.test(text)) return text
  if (text === '') return '_'
  let encoded = ''
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte)
    encoded += /[A-Za-z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`
  }
  return encoded
}

function decode(encoded: string): string | undefined {
  if (!encoded.includes('_')) return encoded
  if (encoded === '_') return ''
  if (!/^(?:[A-Za-z0-9-]|_[0-9a-f]{2})*$/.test(encoded)) return undefined
  const hex = encoded.replace(
    /_(..)|([\s\S])/g,
    (_, byte: string | undefined, character: string) => byte ?? character.charCodeAt(0).toString(16),
  )
  return Buffer.from(hex, 'hex').toString()
}
