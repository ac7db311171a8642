/** The head of a text message's file, which may be missing: YAML between two lines of `---`. */
import { isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { nearest } from '../language/nearest.ts'
import { syntaxSlips } from '../language/yaml-slips.ts'
import type { Problem } from '../mail/markup.ts'

export interface Line {
  value: string
  /** Where the value begins in the file. */
  at: number
}

export interface TextHead {
  from?: Line
  template?: Line
  language?: Line
  parameters: Line[]
  /** Where the message begins in the file. */
  bodyAt: number
  problems: Problem[]
}

const known = ['from', 'template', 'language', 'parameters']

/** What each key must look like. */
const forms = {
  from: {
    pattern: /^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$|^\+?[0-9]{3,15}$/,
    expects: 'expects a sender ID of at most 11 letters and digits, or a number',
    hint: 'For example: from: LUME',
  },
  template: {
    pattern: /^[a-z0-9_]{1,512}$/,
    expects: 'expects the name of a template that WhatsApp has approved',
    hint: 'Small letters, digits and underscores: template: appointment_reminder',
  },
  language: {
    pattern: /^[a-z]{2,3}(?:_[A-Z]{2})?$/,
    expects: 'expects the language under which WhatsApp has the template',
    hint: 'For example: language: it, or en_US',
  },
} as const

const isForm = (key: string): key is keyof typeof forms => Object.hasOwn(forms, key)

export function readTextHead(text: string): TextHead {
  const head: TextHead = { parameters: [], bodyAt: 0, problems: [] }
  if (!/^---[ \t]*\n/.test(text)) return head
  const fence = /^---[ \t]*\n([\s\S]*?)^---[ \t]*(?:\n|$)/m.exec(text)
  if (fence?.index !== 0) {
    head.problems.push({
      offset: 0,
      message: 'The head of the message is never closed',
      hint: 'Put a second line of `---` before the text.',
    })
    return head
  }
  head.bodyAt = fence[0].length
  const yaml = fence[1] ?? ''
  const yamlAt = fence[0].indexOf('\n') + 1
  const document = parseDocument(yaml, { lineCounter: new LineCounter(), prettyErrors: false })
  const [slip] = syntaxSlips(document, yaml)
  if (slip) {
    const { offset, message, hint = 'Put a text that holds Liquid or a colon between quotes.' } = slip
    head.problems.push({ offset: yamlAt + offset, message, hint })
    return head
  }
  const { contents } = document
  if (!contents || !('items' in contents)) return head
  for (const item of contents.items) {
    if (!('key' in item) || !isScalar(item.key)) continue
    const key = String(item.key.value)
    const at = yamlAt + (item.key.range?.[0] ?? 0)
    const refuse = (message: string, hint: string) => head.problems.push({ offset: at, message, hint })
    if (key === 'parameters') {
      const lines = isSeq(item.value) ? item.value.items.map((one) => lineOf(one, yamlAt)) : [undefined]
      const read = lines.filter((line) => line !== undefined)
      if (read.length < lines.length)
        refuse('`parameters` must be a list of texts', 'parameters: ["{{ customer.firstName }}"]')
      else head.parameters = read
    } else if (isForm(key)) {
      const { pattern, expects, hint } = forms[key]
      const line = lineOf(item.value, yamlAt)
      if (line && pattern.test(line.value)) head[key] = line
      else refuse(`\`${key}\` ${expects}`, hint)
    } else {
      const meant = nearest(key, known)
      refuse(
        `\`${key}\` is not known here`,
        key === 'subject'
          ? 'A text message has no subject.'
          : meant
            ? `Did you mean \`${meant}\`?`
            : `Known are ${known.join(', ')}.`,
      )
    }
  }
  return head
}

function lineOf(node: unknown, yamlAt: number): Line | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || node.value.trim() === '') return undefined
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0
  return { value: node.value.trim(), at: yamlAt + (node.range?.[0] ?? 0) + quoted }
}
