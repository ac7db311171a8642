/** YAML or JSON text as plain data, with a way back from every value to its line and column. */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Issue } from '../issue.ts'
import { UNCLOSED } from './expression/slips.ts'
import type { Flaw } from './flaw.ts'
import { anchorSlips, jsonComment, jsonSlip, type Slip, syntaxSlips } from './yaml-slips.ts'

export interface SourceDocument {
  value: unknown
  /** Turns flaws into issues, in the order of the text. */
  issues(flaws: readonly Flaw[]): Issue[]
}

const maxLength = 200_000

/** Parses a file of definitions. Without a document, the issues say why. */
export function readDocument(
  written: string,
  file: string,
): { document: SourceDocument } | { issues: Issue[] } {
  // A mark that editors put before the text and nobody sees.
  const text = written.replace(/^\uFEFF/, '')
  const lines = new LineCounter()
  const issue = (offset: number, message: string, hint?: string): Issue => {
    const { line, col } = lines.linePos(offset)
    return {
      severity: 'error',
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      message,
      ...(hint ? { hint } : {}),
    }
  }
  if (text.length > maxLength)
    return {
      issues: [
        issue(0, `The file is larger than ${maxLength / 1000} KB`, 'Split it into several workflows.'),
      ],
    }
  try {
    const parsed = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      schema: 'core',
    })
    const wrong = slipsOf(parsed, text).map(({ offset, message, hint }) => issue(offset, message, hint))
    if (wrong.length > 0) return { issues: inOrder(wrong) }
    if (parsed.contents === null)
      return { issues: [issue(0, 'The file is empty', 'Write it, or remove it.')] }
    const contents = parsed.contents
    const place = (flaw: Flaw) => offsetOf(contents, flaw, text)
    return {
      document: {
        value: parsed.toJS({ maxAliasCount: 0 }),
        issues: (flaws) =>
          inOrder(
            flaws.map((flaw) => {
              const offset = place(flaw)
              const { message, hint } = asWritten(contents, flaw, text, offset)
              return { ...issue(offset, message, hint), severity: flaw.severity ?? 'error' }
            }),
          ),
      },
    }
  } catch {
    // The parser recurses; only a hostile nesting gets it here.
    return {
      issues: [
        issue(
          0,
          'The file is nested too deeply',
          'Look for brackets or lines that go ever further to the right.',
        ),
      ],
    }
  }
}

function slipsOf(parsed: Document, text: string): Slip[] {
  if (!/^\s*[{[]/.test(text)) {
    const slips = syntaxSlips(parsed, text)
    return slips.length > 0 ? slips : anchorSlips(parsed, text)
  }
  const comment = jsonComment(text)
  if (comment) return [comment]
  const [error] = [...parsed.errors, ...parsed.warnings]
  return error ? [jsonSlip(error, text)] : anchorSlips(parsed, text)
}

function inOrder(issues: Issue[]): Issue[] {
  const seen = new Set<string>()
  return issues
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .filter(({ line, column, message }) => {
      const key = `${line}:${column}:${message}`
      return seen.has(key) ? false : seen.add(key)
    })
}

/** What YAML has made of a text, told of what was written. */
function asWritten(
  contents: Node,
  flaw: Flaw,
  text: string,
  offset: number,
): { message: string; hint?: string } {
  const { message, hint } = flaw
  const told = { message, ...(hint === undefined ? {} : { hint }) }
  if (message.endsWith(' is empty')) return { ...told, hint: commentHint(text, offset) ?? hint ?? '' }
  if (message === UNCLOSED) return cutByComment(contents, flaw, text) ?? told
  const node = nodeAt(contents, flaw.path)
  // `1.0` is the number 1.
  if (isScalar(node) && typeof node.value === 'number' && node.source !== undefined) {
    const [value, source] = [String(node.value), shortened(node.source)]
    const changed = { message: message.replace(`the number ${value}`, `the number ${source}`) }
    return { ...changed, ...(hint === undefined ? {} : { hint: hint.replace(`"${value}"`, `"${source}"`) }) }
  }
  return told
}

/** No message repeats more than this of what somebody wrote. */
const shortened = (source: string): string => (source.length > 40 ? `${source.slice(0, 39)}…` : source)

/** A quote inside of a text that has none around it does not keep ` #` from beginning a comment. */
function cutByComment(
  contents: Node,
  { path }: Flaw,
  text: string,
): { message: string; hint: string } | undefined {
  const node = nodeAt(contents, path)
  if (!isScalar(node) || node.type !== 'PLAIN' || !node.range) return undefined
  const [start, end] = node.range
  const rest = /^ +#[^\n]*/.exec(text.slice(end))?.[0]
  if (rest === undefined) return undefined
  const whole = (text.slice(start, end) + rest).trim()
  return {
    message: 'This quote is never closed, because ` #` begins a comment',
    hint: whole.includes("'") ? 'Put the whole text in quotes.' : `Write \`'${whole}'\`, in single quotes.`,
  }
}

function nodeAt(contents: Node, path: Flaw['path']): unknown {
  let node: unknown = contents
  for (const part of path)
    if (isMap(node))
      node = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))?.value
    else if (isSeq(node) && typeof part === 'number') node = node.items[part]
    else return undefined
  return node
}

/** A value that starts with `#` is a comment, and nothing is left of it. */
function commentHint(text: string, offset: number): string | undefined {
  const line = text.slice(offset, text.indexOf('\n', offset) < 0 ? text.length : text.indexOf('\n', offset))
  const value = /^[\w-]+:\s+(#\S.*)$/.exec(line.trim())?.[1]
  return value === undefined
    ? undefined
    : `What follows \`#\` is a comment. Put a text that starts with it in quotes: "${value}".`
}

/** Where in the text a flaw is. What is missing is reported where it would have to stand: at its parent. */
function offsetOf(contents: Node, flaw: Flaw, text: string): number {
  let node: unknown = contents
  let key: unknown
  for (const part of flaw.path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
      if (!pair) return startOf(key) ?? startOf(node) ?? 0
      key = pair.key
      node = pair.value
    } else if (isSeq(node) && typeof part === 'number') {
      const item = node.items[part]
      if (item === undefined) break
      key = undefined
      node = item
    } else break
  }
  const empty = !isNode(node) || (isScalar(node) && node.value === null)
  const start =
    (flaw.part === 'key' || empty ? startOf(key) : undefined) ?? startOf(node) ?? startOf(key) ?? 0
  if (flaw.offset === undefined || !isScalar(node) || typeof node.value !== 'string') return start
  return insideOf(node.value, flaw.offset, text, start, node.range?.[1] ?? start)
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

/** The place of a character of a scalar's value; its start where quoting or folding changed the text. */
function insideOf(value: string, offset: number, text: string, start: number, end: number): number {
  const raw = text.slice(start, end)
  const whole = raw.indexOf(value)
  if (whole >= 0) return start + whole + offset
  // Folded or escaped: look for what follows the place, as far as it is unchanged.
  for (const length of [24, 12, 6, 3]) {
    const rest = value.slice(offset, offset + length)
    const at = rest.length >= Math.min(3, length) ? raw.indexOf(rest) : -1
    if (at >= 0 && raw.indexOf(rest, at + 1) < 0) return start + at
  }
  return start
}
