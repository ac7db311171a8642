/** What goes wrong in YAML for somebody who has never read about it, in their words and where they made the slip. */
import { type Document, isScalar, visit, type YAMLError } from 'yaml'
import { keysOfConditions } from './other-words.ts'

export interface Slip {
  offset: number
  message: string
  hint?: string
}

/** `alone`: says nothing about how the rest of the file is read, so that what follows is worth telling, too. */
interface Explained extends Slip {
  alone?: true
}

/** What keeps a text from being YAML: each slip once, and nothing that only follows from an earlier one. */
export function syntaxSlips(parsed: Document, text: string): Slip[] {
  const before = textSlip(text)
  if (before) return [before]
  const told = [...parsed.errors, ...parsed.warnings]
    .toSorted((a, b) => a.pos[0] - b.pos[0])
    .map((error) => explain(error, text, parsed))
  const slips: Slip[] = []
  const lines = new Set<number>()
  let lost = false
  for (const { alone, ...slip } of told) {
    const line = text.lastIndexOf('\n', slip.offset - 1)
    if (lines.has(line) || (lost && slip.message !== tab.message)) continue
    lines.add(line)
    slips.push(slip)
    lost ||= alone === undefined
  }
  return slips.slice(0, 20).toSorted((a, b) => a.offset - b.offset)
}

/** JSON is read as YAML, whose errors would puzzle whoever wrote JSON. */
export function jsonSlip(error: YAMLError, text: string): Slip {
  const open = openBracket(text, text.length)
  if (open !== undefined && error.pos[0] >= text.trimEnd().length)
    return { offset: open, message: `This \`${text[open]}\` is never closed`, hint: closing(text, open) }
  return {
    offset: error.pos[0],
    message: 'This cannot stand here',
    hint: 'Look for a missing comma, quote or bracket just before it.',
  }
}

/** Comments of programs are keys to YAML. */
export function jsonComment(text: string): Slip | undefined {
  const found = /^\s*\/[/*]/m.exec(text)
  if (!found) return undefined
  const offset = found.index + found[0].length - 2
  return { offset, message: 'JSON has no comments', hint: 'Remove it, or start the line with `#`.' }
}

/** What word processors leave behind: it looks like a space and is none. */
function textSlip(text: string): Slip | undefined {
  const found = /^(?:[ -]*|[^"'#\n]*[:-] *)\u00a0/m.exec(text)
  if (!found) return undefined
  return {
    offset: found.index + found[0].length - 1,
    message: 'This is a no-break space, as word processors write it',
    hint: 'Replace it with a space of the keyboard.',
  }
}

/** Anchors, and aliases of what has none: a star or an ampersand that was meant as a character. */
export function anchorSlips(parsed: Document, text: string): Slip[] {
  const slips: Slip[] = []
  visit(parsed, {
    Node(_, node) {
      if (!('anchor' in node) || !node.anchor) return
      const start = node.range?.[0] ?? 0
      const at = text.lastIndexOf(`&${node.anchor}`, start)
      slips.push({
        offset: at < 0 ? start : at,
        message: `\`&${node.anchor}\` (an anchor) is not part of the language`,
        hint: `Write the text out wherever \`*${node.anchor}\` stands, or put a text that starts with \`&\` in quotes.`,
      })
    },
    Alias(_, node) {
      slips.push({
        offset: node.range?.[0] ?? 0,
        message: `\`*${node.source}\` (an alias) is not part of the language`,
        hint: 'Write the text out, or put a text that starts with `*` in quotes.',
      })
    },
  })
  const anchors = new Set(slips.map(({ message }) => /^`&(\S+)`/.exec(message)?.[1]))
  return slips.filter(({ message }) => !anchors.has(/^`\*(\S+)`/.exec(message)?.[1] ?? ''))
}

interface Line {
  start: number
  text: string
  /** Where its first character is. */
  indent: number
}

function lineAt(text: string, offset: number): Line {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', start)
  const line = text.slice(start, end < 0 ? text.length : end)
  return { start, text: line, indent: Math.max(0, line.search(/\S/)) }
}

const after = (text: string, line: Line): Line => lineAt(text, line.start + line.text.length + 1)
const tab = { message: 'This line is indented with a tab', hint: 'Indent with spaces.' }

function explain(error: YAMLError, text: string, parsed: Document): Explained {
  const [start, end] = error.pos
  const line = lineAt(text, start)
  const here = Math.max(start, line.start + line.indent)
  if (error.code === 'TAB_AS_INDENT' || /^[ ]*\t/.test(line.text))
    return { offset: line.start, ...tab, alone: true }
  return (
    quoting(line, start) ??
    comment(error, text, start, line) ??
    duplicate(error, text, start, end) ??
    placing(error, text, line) ??
    characters(error, text, here, parsed) ?? {
      offset: here,
      message: `This cannot stand here: ${plain(error.message)}`,
      hint: 'Compare the line with an example of the documentation.',
    }
  )
}

const plain = (message: string) => (message.split('\n')[0] ?? '').slice(0, 120)

/** Texts that need quotes, or other ones. */
function quoting({ start, text }: Line, offset: number): Explained | undefined {
  const value = /^\s*(?:- +)*(?:([\w.-]+):\s+)?(\S.*)$/.exec(text)
  const [, key = '', given = ''] = value ?? []
  const at = start + text.length - given.length
  if (given.startsWith('{{')) {
    const inCondition = keysOfConditions.has(key)
    return {
      offset: at,
      message: inCondition
        ? '`{{` belongs into mails, not into conditions'
        : 'A text that starts with `{{` needs quotes',
      hint: inCondition ? 'Write the name alone: customer.tier.' : `Write \`"${given.trim()}"\`.`,
      alone: true,
    }
  }
  const stripped = given.trim()
  const single = /^'[^']*'[^'\s,\]}]/.exec(given)
  if (single && offset >= at && stripped.endsWith("'") && !stripped.includes('"'))
    return {
      offset: at,
      message: 'The apostrophe ends this text, which stands in single quotes',
      hint: `Write \`"${stripped.slice(1, -1)}"\`, in double quotes.`,
    }
  const double = /^"[^"]*"\s*([^\s#,\]}].*)$/.exec(given)
  if (double?.[1] === undefined || offset < at) return undefined
  const whole = stripped.endsWith('"') && !/^"[^"]*" /.test(stripped) ? stripped.slice(1, -1) : stripped
  return {
    offset: at + given.length - double[1].length,
    message: 'A text that goes on after its closing quote needs quotes around all of it',
    hint: whole.includes("'") ? 'Put single quotes around all of it.' : `Write \`'${whole}'\`.`,
  }
}

const quoted = (value: string) => (value.includes('"') ? `Write \`'${value}'\`.` : `Write \`"${value}"\`.`)

function comment(error: YAMLError, text: string, start: number, line: Line): Explained | undefined {
  const above = text.slice(text.lastIndexOf('\n', line.start - 2) + 1, start)
  const found = /:\s+#\S/.exec(above)
  if (!found || error.code === 'DUPLICATE_KEY') return undefined
  return {
    offset: start - above.length + above.indexOf('#', found.index),
    message: 'What follows `#` is a comment',
    hint: 'Put a text that starts with `#` in quotes: "#8b2f2f".',
  }
}

function duplicate(error: YAMLError, text: string, start: number, end: number): Explained | undefined {
  if (error.code !== 'DUPLICATE_KEY') return undefined
  const word = /^["']?([^"':\s]+)/.exec(text.slice(start, Math.max(end, start + 60)))?.[1] ?? 'This key'
  const twice = { offset: start, message: `\`${word}\` stands here twice`, alone: true as const }
  const column = start - text.lastIndexOf('\n', start - 1) - 1
  const ways = new RegExp(`^ {${column}}(else ?if|els?if)\\b`, 'gm')
  const way = [...text.slice(0, start).matchAll(ways)].at(-1)
  if (word === 'then' && way)
    return {
      ...twice,
      offset: way.index + column,
      message: `\`${way[1]}\` is not part of the language`,
      hint: 'For several ways use `choose` with a `when` for each, or put an `if` below `else:`.',
    }
  return { ...twice, hint: word.endsWith('%') ? 'Put a dash before each share.' : 'Keep one of them.' }
}

/** Lines that stand in the wrong column, and brackets that nobody closed. */
function placing(error: YAMLError, text: string, line: Line): Explained | undefined {
  if (/^Flow .* end with/.test(error.message)) {
    const open = openBracket(text, Math.max(error.pos[0], 1))
    if (open !== undefined)
      return { offset: open, message: `This \`${text[open]}\` is never closed`, hint: closing(text, open) }
  }
  const at = line.start + line.indent
  if (
    /block sequence/.test(error.message) ||
    (/sequence items/.test(error.message) && /^\s*-/.test(line.text))
  )
    return {
      offset: at,
      message: 'This dash stands under no other dash',
      hint: 'Put the dashes of steps that follow one another into the same column.',
    }
  const inline = /^\s*(?:- +)?(then|else|steps):\s+(\w+:.*)$/.exec(line.text)
  if (inline?.[2] !== undefined)
    return {
      offset: line.start + line.text.length - inline[2].length,
      message: 'Steps start in a line of their own',
      hint: `Write \`- ${inline[2].trim()}\` in a line below \`${inline[1]}:\`, further to the right.`,
    }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY' || error.code === 'MULTILINE_IMPLICIT_KEY') {
    const next = after(text, line)
    const own = /^(?:- +)*([\w-]+):/.exec(line.text.trimStart())
    const deeper = /^([\w-]+):(?:\s|$)/.exec(next.text.trimStart())
    const column = line.indent + (own ? own[0].length - (own[1]?.length ?? 0) : 0)
    const colon = colonInside(line)
    if (colon) return colon
    if (own && deeper && next.indent > line.indent && next.indent + 1 !== column) {
      return {
        offset: next.start + next.indent,
        message: `\`${deeper[1]}\` stands too far to the right`,
        hint: `Start it in the column of \`${own[1]}\`: column ${column}.`,
      }
    }
  }
  if (error.code === 'BAD_INDENT' || /without - indicator/.test(error.message))
    return { offset: at, message: 'The indentation does not fit', hint: columnHint(text, line) }
  return undefined
}

/** `if: customer.note == "a: 1"`: to YAML the second colon makes another key. */
function colonInside({ start, text }: Line): Explained | undefined {
  const [, before = '', value = ''] = /^(\s*(?:- +)*[\w-]+:\s+)([^\s"'[{|>&*!].*)$/.exec(text) ?? []
  if (!/:(?:\s|$)/.test(value)) return undefined
  return {
    offset: start + before.length,
    message: 'A text that contains `: ` needs quotes',
    hint: aroundAll(value.trim()),
    alone: true,
  }
}

/** Quotes around a text that may hold some itself. */
function aroundAll(value: string): string {
  if (!value.includes("'")) return `Write \`'${value}'\`, in single quotes.`
  return value.includes('"')
    ? `Put it in double quotes, and write \`\\"\` for each of its own.`
    : `Write \`"${value}"\`, in double quotes.`
}

/** Where a key that stands left of its neighbors would have to start. */
function columnHint(text: string, line: Line): string {
  const key = /^([\w-]+):/.exec(line.text.trimStart())?.[1]
  const steps = [...text.slice(0, line.start).matchAll(/^( *)(-(?: +-)* +)([\w-]+):/gm)]
  const step = steps.findLast(([, dash = '', gap = '']) => {
    const column = dash.length + gap.length
    return line.indent >= dash.length && line.indent < column + 2 && line.indent !== column
  })
  if (key === undefined || !step) return 'What belongs together starts in the same column.'
  const [, dash = '', gap = '', own] = step
  return `Start \`${key}\` in the column of \`${own}\`: column ${dash.length + gap.length + 1}.`
}

/** Single characters: what a text may not start with, what is missing, what was left open. */
function characters(error: YAMLError, text: string, offset: number, parsed: Document): Explained | undefined {
  const line = lineAt(text, offset)
  const trimmed = line.text.trim()
  const start = line.start + line.indent
  if (error.code === 'MULTIPLE_DOCS')
    return { offset, message: 'The file holds more than one document', hint: 'Remove the line `---`.' }
  if (/^\* /.test(trimmed))
    return {
      offset: start,
      message: 'Lists are written with dashes, not with stars',
      hint: `Write \`- ${trimmed.slice(2)}\`.`,
    }
  if (error.code === 'TAG_RESOLVE_FAILED')
    return {
      offset,
      message: 'A text that starts with `!` needs quotes',
      hint: quoted(line.text.slice(offset - line.start).trim()),
      alone: true,
    }
  if (error.code === 'BAD_ALIAS') {
    const rest = line.text.slice(offset - line.start)
    const value = (
      /^\s*(?:- +)*(?:[\w-]+:\s+)?\*/.test(line.text) ? rest : (/^[^,}\]]*/.exec(rest)?.[0] ?? rest)
    )
      .replace(/\s#.*$/, '')
      .trim()
    return {
      offset,
      message: 'A text that starts with `*` needs quotes',
      hint: quoted(value),
      alone: true,
    }
  }
  if (error.code === 'BAD_SCALAR_START')
    return {
      offset,
      message: `A text cannot start with \`${text[offset] ?? ''}\` without quotes`,
      hint: 'Put it in quotes.',
    }
  if (error.code === 'NON_STRING_KEY')
    return { offset, message: 'A key must be a word', hint: 'Write `key: value`.' }
  if (/closing.*quote/i.test(error.message))
    return {
      offset: openQuote(parsed) ?? offset,
      message: 'This quote is never closed',
      hint: 'Close the text with the same quote.',
    }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY')
    return {
      offset,
      message: 'A text that contains `: ` needs quotes',
      hint: 'Put the text after the first colon in quotes.',
      alone: true,
    }
  if (error.code === 'MULTILINE_IMPLICIT_KEY' || /Implicit (map )?keys need/.test(error.message)) {
    const [, dash = '', word = '', rest = ''] = /^((?:- +)*)([\w%.-]+)(?:\s+(.*))?$/.exec(trimmed) ?? []
    if (word !== '' && !trimmed.includes(':'))
      return {
        offset: start + dash.length,
        message: `There is no colon after \`${word}\``,
        hint: `Write \`${word}:${rest === '' ? '' : ` ${rest}`}\`.`,
        alone: true,
      }
    return {
      offset,
      message: 'This line is neither `key: value` nor a step',
      hint: 'Check for a missing colon, quote or dash.',
    }
  }
  if (error.code === 'MISSING_CHAR')
    return { offset, message: `A character is missing: ${plain(error.message)}`, hint: 'Add it just before.' }
  return undefined
}

/** Where the last quoted text starts: what is never closed runs to the end of the file. */
function openQuote(parsed: Document): number | undefined {
  let last: number | undefined
  visit(parsed, {
    Scalar(_, node) {
      if (isScalar(node) && node.type?.startsWith('QUOTE')) last = Math.max(last ?? 0, node.range?.[0] ?? 0)
    },
  })
  return last
}

const pairs: { [open: string]: string } = { '[': ']', '{': '}' }
const closing = (text: string, open: number) => `Add \`${pairs[text[open] ?? ''] ?? ''}\`.`

/** The last bracket before a place that is not closed before it. */
function openBracket(text: string, end: number): number | undefined {
  const bare = text
    .slice(0, end)
    .replace(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|(?<=\s)#.*/g, (quoted) => ' '.repeat(quoted.length))
  const open: number[] = []
  for (let offset = 0; offset < bare.length; offset++) {
    const character = bare[offset] ?? ''
    if (pairs[character] !== undefined) open.push(offset)
    else if (character === ']' || character === '}') open.pop()
  }
  return open.at(-1)
}
