/** YAML or JSON text as plain data, with a way back from every value to its line and column. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import type { Issue } from '../issue.ts'
import type { Flaw } from './flaw.ts'

export interface SourceDocument {
  value: unknown
  /** Turns flaws into issues, in the order of the text. */
  issues(flaws: readonly Flaw[]): Issue[]
}

const maxLength = 200_000

/** Parses a file of definitions. Without a document, the issues say why. */
export function readDocument(text: string, file: string): { document: SourceDocument } | { issues: Issue[] } {
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
  if (text.length > maxLength) return { issues: [issue(0, `The file is larger than ${maxLength / 1000} KB`)] }
  try {
    const parsed = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      schema: 'core',
    })
    const isJson = /^\s*[{[]/.test(text)
    const wrong = [...parsed.errors, ...parsed.warnings].slice(0, isJson ? 1 : 20).map((error) => {
      const {
        message,
        hint,
        offset = error.pos[0],
      } = isJson ? invalidJson : explain(error, text, parsed.contents)
      return issue(offset, message, hint)
    })
    visit(parsed, {
      Node(_, node) {
        if (!isAlias(node) && !node.anchor) return
        const offset = node.range?.[0] ?? 0
        wrong.push(
          issue(
            offset,
            'Anchors (`&name`) and aliases (`*name`) are not part of the language',
            'Write the text out, or put a text that starts with `*` or `&` in quotes.',
          ),
        )
        return visit.SKIP
      },
    })
    if (wrong.length > 0) return { issues: inOrder(wrong) }
    if (parsed.contents === null) return { issues: [issue(0, 'The file is empty')] }
    const contents = parsed.contents
    const place = (flaw: Flaw) => offsetOf(contents, flaw, text)
    return {
      document: {
        value: parsed.toJS({ maxAliasCount: 0 }),
        issues: (flaws) =>
          inOrder(
            flaws.map((flaw) => ({
              ...issue(place(flaw), flaw.message, flaw.hint),
              severity: flaw.severity ?? 'error',
            })),
          ),
      },
    }
  } catch {
    // The parser recurses; only a hostile nesting gets it here.
    return { issues: [issue(0, 'The file is nested too deeply')] }
  }
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

interface Explained {
  message: string
  hint?: string
  offset?: number
}

const invalidJson: Explained = {
  message: 'This cannot stand here',
  hint: 'Look for a missing comma, quote or bracket just before it.',
}

/** The parser's errors in the words of somebody who has never read about YAML. */
function explain(error: YAMLError, text: string, contents: Node | null): Explained {
  const [start, end] = error.pos
  const lineStart = text.lastIndexOf('\n', Math.max(0, start - 1)) + 1
  const lineEnd = text.indexOf('\n', start)
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd)
  if (error.code === 'TAB_AS_INDENT' || /^[ ]*\t/.test(line))
    return { message: 'This line is indented with a tab', hint: 'Indent with spaces.' }
  if (/:\s+\{\{/.test(line))
    return { message: 'A text that starts with `{{` needs quotes', hint: 'Write it as "{{ … }}".' }
  const before = text.slice(text.lastIndexOf('\n', lineStart - 2) + 1, start)
  const comment = /:\s+#\S/.exec(before)
  if (comment && error.code !== 'DUPLICATE_KEY')
    return {
      message: 'What follows `#` is a comment',
      hint: 'Put a text that starts with `#` in quotes: "#8b2f2f".',
      offset: start - before.length + before.indexOf('#', comment.index),
    }
  if (error.code === 'DUPLICATE_KEY') {
    const word = /^["']?([^"':\s]+)/.exec(text.slice(start, Math.max(end, start + 60)))?.[1] ?? 'This key'
    return { message: `\`${word}\` stands here twice`, hint: 'Keep one of them.' }
  }
  if (error.code === 'NON_STRING_KEY') return { message: 'A key must be a word', hint: 'Write `key: value`.' }
  if (error.code === 'MULTIPLE_DOCS')
    return { message: 'The file holds more than one document', hint: 'Remove the line `---`.' }
  const quoted = /:\s+"[^"]*"\s*(\S.*)$/.exec(line)
  if (quoted && !quoted[1]?.startsWith('#') && error.code === 'UNEXPECTED_TOKEN')
    return {
      message: 'A text that goes on after its closing quote needs quotes around all of it',
      hint: `Write it as '"vip" in customer.tags'.`,
    }
  if (error.code === 'TAG_RESOLVE_FAILED')
    return {
      message: 'A text that starts with `!` needs quotes',
      hint: 'Write it as "!(customer.tier == \'gold\')".',
    }
  if (error.code === 'BAD_SCALAR_START')
    return {
      message: `A text cannot start with \`${text[start] ?? ''}\` without quotes`,
      hint: 'Put it in quotes.',
    }
  if (/closing.*quote/i.test(error.message)) {
    const offset = openQuote(contents)
    return {
      message: 'This quote is never closed',
      hint: 'Close the text with the same quote.',
      ...(offset === undefined ? {} : { offset }),
    }
  }
  if (/compact mappings/.test(error.message))
    return {
      message: 'A text that contains `: ` needs quotes',
      hint: 'Put the text after the first colon in quotes.',
    }
  if (error.code === 'MULTILINE_IMPLICIT_KEY' || /Implicit (map )?keys need/.test(error.message))
    return {
      message: 'This line is neither `key: value` nor a step',
      hint: 'Check for a missing colon, quote or dash.',
    }
  if (error.code === 'BAD_INDENT' || /without - indicator/.test(error.message))
    return {
      message: 'The indentation does not fit',
      hint: 'What belongs together starts in the same column.',
    }
  if (error.code === 'MISSING_CHAR') return { message: `A character is missing: ${plain(error.message)}` }
  return { message: `This cannot stand here: ${plain(error.message)}` }
}

/** Where the last quoted text starts: what is never closed runs to the end of the file. */
function openQuote(contents: Node | null): number | undefined {
  let last: number | undefined
  if (contents)
    visit(contents, {
      Scalar(_, node) {
        if (node.type?.startsWith('QUOTE')) last = Math.max(last ?? 0, node.range?.[0] ?? 0)
      },
    })
  return last
}

const plain = (message: string) => (message.split('\n')[0] ?? '').slice(0, 120)
