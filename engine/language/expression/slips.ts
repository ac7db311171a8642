/** What people write who have not written CEL before, and what to tell them. */
import { ParseError } from '@marcbachmann/cel-js'
import type { Problem } from './syntax.ts'

interface Slip {
  pattern: RegExp
  message: (found: string) => string
  hint: string
}

/** Looked for outside of quoted texts, in this order, where the text does not parse. */
const slips: Slip[] = [
  {
    pattern: /[“”„‟‘’«»]/,
    message: (found) => `\`${found}\` is a typographic quote`,
    hint: 'Use straight quotes: "gold".',
  },
  {
    pattern: /\{\{|\}\}/,
    message: (found) => `\`${found}\` belongs into mails, not into conditions`,
    hint: 'Write the name alone: customer.tier.',
  },
  {
    pattern: /\$\{/,
    message: () => '`${` is not part of the language',
    hint: 'Write the name alone: customer.tier.',
  },
  { pattern: /===/, message: () => '`===` is not a comparison', hint: 'Write `==` for "is equal to".' },
  { pattern: /!==/, message: () => '`!==` is not a comparison', hint: 'Write `!=` for "is not equal to".' },
  { pattern: /<>/, message: () => '`<>` is not a comparison', hint: 'Write `!=` for "is not equal to".' },
  {
    pattern: /=>|=</,
    message: (found) => `\`${found}\` is not a comparison`,
    hint: 'Write `>=` or `<=`, the equals sign last.',
  },
  {
    pattern: /=~|(?<=[=(,]\s*)\/[^/]+\/i?/,
    message: (found) => `\`${found}\` is a regular expression, which is not part of the language`,
    hint: 'Use startsWith, endsWith or contains.',
  },
  {
    pattern: /\+\+|--/,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Write what the value becomes: customer.visits + 1.',
  },
  {
    pattern: /[+\-*/]=/,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Write what the value becomes: customer.visits + 1.',
  },
  {
    pattern: /(?<![\w.])between(?!\w)/i,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Compare twice: event.total >= 10 && event.total <= 50.',
  },
  {
    pattern: /(?<![\w.])is\s+(?:not\s+)?(?:null|empty|set|missing)(?!\w)/i,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Write has(customer.tier) for "there is one", !has(customer.tier) for "there is none".',
  },
  {
    pattern: /(?<![\w.])not\s+in(?!\w)/i,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Put `!` before brackets around it: !(customer.tier in ["gold"]).',
  },
  {
    pattern: /(?<=(?<![\w.])in\s*)\([^()]*,/,
    message: () => 'A list does not stand in round brackets',
    hint: 'Use square ones: customer.tier in ["gold", "silver"].',
  },
  {
    pattern: /(?<![\w.])\d+\s+(?:minute|hour|day|week|month|year)s?(?!\w)/i,
    message: (found) => `\`${found}\` is not a value`,
    hint: 'Durations are counted in hours, minutes or seconds: duration("72h").',
  },
  {
    pattern: /(?<![\w.])if(?!\w)/i,
    message: (found) => `\`${found}\` cannot stand in a condition`,
    hint: 'Write the condition alone; for one of two values write `condition ? one : other`.',
  },
  {
    pattern: /(?<![=!<>])=(?!=)/,
    message: () => '`=` does not compare',
    hint: 'Write `==` for "is equal to".',
  },
  { pattern: /(?<!&)&(?!&)/, message: () => '`&` is not an operator', hint: 'Write `&&` for "and".' },
  { pattern: /(?<!\|)\|(?!\|)/, message: () => '`|` is not an operator', hint: 'Write `||` for "or".' },
  { pattern: /`/, message: () => 'A backtick is not a quote', hint: 'Use straight quotes: "gold".' },
  {
    pattern: /(?<![\w.])and(?!\w)/i,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Write `&&` for "and".',
  },
  {
    pattern: /(?<![\w.])or(?!\w)/i,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Write `||` for "or".',
  },
  {
    pattern: /(?<![\w.])not(?!\w)/i,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Write `!( … )` for "not", or `!=` for "is not equal to".',
  },
  {
    pattern: /(?<![\w.])is(?!\w)/i,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Write `==` for "is equal to".',
  },
  {
    pattern: /(?<![\w.])(contains|startsWith|endsWith|matches)(?=\s)/,
    message: (found) => `\`${found}\` is not an operator`,
    hint: 'Call it on a text: customer.email.endsWith("@example.com"). For a list: "vip" in customer.tags.',
  },
  {
    pattern: /[\d.]+,\d+/,
    message: (found) => `\`${found}\` is not a number`,
    hint: 'Decimals are written with a point: 49.90.',
  },
  {
    pattern: /[€$£%]/,
    message: (found) => `\`${found}\` cannot stand here`,
    hint: 'Write the number alone: 50.',
  },
]

/** Blanks out what is quoted, keeping every position. */
function unquoted(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (quoted) => ' '.repeat(quoted.length))
}

/** A day without quotes is a subtraction: it parses, and says something that nobody meant. */
export function bareDate(text: string): Problem | undefined {
  const found = /(?<![\w.-])\d{4}-\d{1,2}-\d{1,2}(?!\w)/.exec(unquoted(text))
  if (!found) return undefined
  return {
    message: `\`${found[0]}\` is a subtraction without quotes`,
    hint:
      found[0] === text.trim()
        ? `Write '"${found[0]}"', with two pairs of quotes.`
        : `Write the date as a text: "${found[0]}".`,
    offset: found.index,
    length: found[0].length,
  }
}

const brackets: { [open: string]: string } = { '(': ')', '[': ']', '{': '}' }

function unbalanced(text: string): Problem | undefined {
  const open: { character: string; offset: number }[] = []
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset] ?? ''
    if (brackets[character]) open.push({ character, offset })
    else if (')]}'.includes(character) && character !== '') {
      const last = open.pop()
      if (!last || brackets[last.character] !== character)
        return {
          message: `This \`${character}\` closes nothing`,
          hint: 'Remove it, or open it before.',
          offset,
          length: 1,
        }
    }
  }
  const last = open.pop()
  if (!last) return undefined
  const closing = brackets[last.character] ?? ''
  return {
    message: `This \`${last.character}\` is never closed`,
    hint: `Add \`${closing}\`.`,
    offset: last.offset,
    length: 1,
  }
}

const exceeded: { [limit: string]: string } = {
  maxAstNodes: 'It has too many parts',
  maxDepth: 'It is nested too deeply',
  maxListElements: 'It has a list with more than 100 elements',
  maxMapEntries: 'It has a map with more than 50 entries',
  maxCallArguments: 'A function in it has too many arguments',
}

export const UNCLOSED = 'This quote is never closed'

/** `'D'Angelo'`: the quote inside of a text ends it. */
function quoteInside(text: string, offset: number): Problem | undefined {
  for (const found of text.matchAll(/(["'])([^"']*)\1([\p{L}\d][^"']*)\1/gu)) {
    const [whole, quote = '', before = '', after = ''] = found
    const end = found.index + whole.length
    if (offset < found.index || offset > end) continue
    return {
      message:
        quote === "'"
          ? 'The apostrophe ends this text, which stands in single quotes'
          : 'The quote inside ends this text',
      hint:
        quote === "'"
          ? `Write "${before}'${after}".`
          : 'Put single quotes around the text that holds double ones.',
      offset: found.index,
      length: whole.length,
    }
  }
  return undefined
}

/** Turns the parser's error into one for people. */
export function explainSyntaxError(text: string, error: unknown): Problem {
  const range = error instanceof ParseError ? error.range : undefined
  const offset = Math.min(range?.start ?? 0, Math.max(0, text.length - 1))
  const at = { offset, length: Math.max(1, (range?.end ?? offset + 1) - offset) }
  if (!(error instanceof ParseError)) return { message: 'It is nested too deeply', ...at }

  const limit = Object.keys(exceeded).find((name) => error.summary.includes(name))
  if (limit) return { message: exceeded[limit] ?? '', hint: 'Split it over several steps.', ...at }
  if (error.code.startsWith('unterminated') || error.code === 'newline_in_string')
    return (
      quoteInside(text, offset) ?? { message: UNCLOSED, hint: 'Close the text with the same quote.', ...at }
    )
  const bare = unquoted(text)
  const bracket = unbalanced(bare)
  if (bracket) return bracket
  for (const { pattern, message, hint } of slips) {
    const found = pattern.exec(bare)
    if (found) return { message: message(found[0]), hint, offset: found.index, length: found[0].length }
  }
  if (error.code === 'reserved_identifier')
    return {
      message: `\`${text.slice(offset, offset + at.length)}\` is a reserved word`,
      hint: 'Choose another name.',
      ...at,
    }
  if (/EOF/.test(error.summary))
    return {
      message: 'Something is missing at the end',
      hint: 'Complete the comparison, for example: customer.tier == "gold".',
      ...at,
    }
  const inside = quoteInside(text, offset)
  if (inside) return inside
  const rest = text.slice(at.offset, at.offset + at.length).trim() || text.slice(at.offset).trim()
  return {
    message: `\`${rest.slice(0, 30)}\` cannot stand here`,
    hint: 'Join two comparisons with `&&` or `||`.',
    ...at,
  }
}
