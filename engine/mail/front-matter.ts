/** The head of a mail file: YAML between two lines of `---`. */
import { isScalar, LineCounter, parseDocument } from 'yaml'
import { syntaxSlips } from '../language/yaml-slips.ts'
import type { Problem } from './markup.ts'

export interface Entry {
  value: string
  /** Where the value begins in the file. */
  at: number
}

export interface FrontMatter {
  entries: { subject?: Entry; preheader?: Entry; from?: Entry; replyTo?: Entry }
  /** Where the MJML begins in the file. */
  bodyAt: number
  problems: Problem[]
}

const keys = ['subject', 'preheader', 'from', 'replyTo'] as const
type Key = (typeof keys)[number]
const isKey = (text: string): text is Key => keys.some((key) => key === text)

export function readFrontMatter(text: string): FrontMatter {
  const fence = /^---[ \t]*\n([\s\S]*?)^---[ \t]*(?:\n|$)/m.exec(text)
  if (fence?.index !== 0) {
    const begun = /^---[ \t]*\n/.test(text)
    return {
      entries: {},
      bodyAt: 0,
      problems: [
        begun
          ? {
              offset: 0,
              message: 'The head of the mail is never closed',
              hint: 'Put a second line of `---` between the subject and the MJML.',
            }
          : {
              offset: 0,
              message: 'A mail begins with its subject between two lines of `---`',
              hint: 'Begin the file with `---`, `subject: …`, and a second `---`',
            },
      ],
    }
  }
  const yaml = fence[1] ?? ''
  const yamlAt = fence[0].indexOf('\n') + 1
  const problems: Problem[] = []
  const entries: FrontMatter['entries'] = {}
  const document = parseDocument(yaml, { lineCounter: new LineCounter(), prettyErrors: false })
  const [slip] = syntaxSlips(document, yaml)
  if (slip) {
    const {
      offset,
      message,
      hint = 'Put a text that holds Liquid or a colon between quotes: subject: "…"',
    } = slip
    return { entries, bodyAt: fence[0].length, problems: [{ offset: yamlAt + offset, message, hint }] }
  }
  const contents = document.contents
  if (contents && 'items' in contents) {
    for (const item of contents.items) {
      if (!('key' in item) || !isScalar(item.key)) continue
      const key = String(item.key.value)
      const keyAt = yamlAt + (item.key.range?.[0] ?? 0)
      if (!isKey(key)) {
        problems.push({
          offset: keyAt,
          message: `\`${key}\` is not known here`,
          hint:
            key === 'topic' ? 'The step that sends the mail names its topic' : `Known are ${keys.join(', ')}`,
        })
      } else if (
        !isScalar(item.value) ||
        typeof item.value.value !== 'string' ||
        item.value.value.trim() === ''
      ) {
        problems.push({
          offset: keyAt,
          message: `\`${key}\` must be a text`,
          hint: isScalar(item.value) ? 'Put it between quotes' : `Put it between quotes: ${key}: "{{ … }}"`,
        })
      } else {
        const quoted = item.value.type === 'QUOTE_DOUBLE' || item.value.type === 'QUOTE_SINGLE' ? 1 : 0
        entries[key] = { value: item.value.value.trim(), at: yamlAt + (item.value.range?.[0] ?? 0) + quoted }
      }
    }
  }
  if (!entries.subject && problems.length === 0) {
    problems.push({
      offset: 0,
      message: '`subject` is missing',
      hint: 'Add `subject: …` between the lines of `---`',
    })
  }
  return { entries, bodyAt: fence[0].length, problems }
}
