/**
 * Reads JSON as the outside sends it, strictly: says where it is broken, and refuses what JSON.parse would take
 * and change in silence (a name given twice, digits that do not fit, half a surrogate pair), or nest so deep that
 * walking the value would fail.
 */

export interface JsonFlaw {
  message: string
  /** 0-based, in UTF-16 units. */
  position: number
  /** 1-based. */
  line: number
  /** 1-based. */
  column: number
}

export type JsonReading = { ok: true; value: unknown } | { ok: false; flaw: JsonFlaw }

const deepest = 64

class Flaw extends Error {
  readonly position: number
  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

/** Parses `text`; never throws. */
export function readJson(text: string): JsonReading {
  try {
    scan(text)
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof Flaw) return { ok: false, flaw: place(text, error.message, error.position) }
    return { ok: false, flaw: place(text, 'is not JSON', 0) }
  }
}

function place(text: string, message: string, position: number): JsonFlaw {
  const before = text.slice(0, position)
  const line = before.split('\n').length
  return { message, position, line, column: position - (before.lastIndexOf('\n') + 1) + 1 }
}

const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
// Everything up to a quote, an escape or a character that must be escaped.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these
const plainText = /[^"\\\u0000-\u001f\ud800-\udfff]*/y
const words = ['true', 'false', 'null']

function scan(text: string): void {
  let at = 0

  function blank(): void {
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      at++
    }
  }

  function expected(what: string): Flaw {
    const found = at >= text.length ? 'the end' : JSON.stringify(text[at])
    return new Flaw(`expected ${what}, found ${found}`, at)
  }

  /** Answers where the text stands in `text`, quotes included. */
  function string(what: string): string {
    const start = at
    if (text[at] !== '"') throw expected(what)
    at++
    for (;;) {
      plainText.lastIndex = at
      plainText.test(text)
      at = plainText.lastIndex
      const code = text.charCodeAt(at)
      if (Number.isNaN(code)) throw expected('the closing quote of a text')
      if (code === 0x22) break
      if (code === 0x5c) escaped()
      else if (code >= 0xd800) at += pair(code, text.charCodeAt(at + 1), at, 2)
      else throw new Flaw('a control character in a text must be escaped', at)
    }
    at++
    return text.slice(start, at)
  }

  function escaped(): void {
    const kind = text[at + 1]
    if (kind === 'u') {
      const unit = unitAt(at)
      if (unit < 0xd800 || unit > 0xdfff) at += 6
      else at += pair(unit, text[at + 6] === '\\' && text[at + 7] === 'u' ? unitAt(at + 6) : 0, at, 12)
    } else if (kind !== undefined && '"\\/bfnrt'.includes(kind)) at += 2
    else throw new Flaw('unknown escape in a text', at)
  }

  function unitAt(position: number): number {
    const digits = text.slice(position + 2, position + 6)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new Flaw('expected four hex digits after \\u', position)
    return Number.parseInt(digits, 16)
  }

  function pair(high: number, low: number, position: number, length: number): number {
    if (high > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff))
      throw new Flaw('half a surrogate pair is not a character', position)
    return length
  }

  function value(depth: number): void {
    blank()
    if (depth > deepest) throw new Flaw(`nested deeper than ${deepest} levels`, at)
    const first = text[at]
    if (first === '{') object(depth)
    else if (first === '[') array(depth)
    else if (first === '"') string('a text')
    else literal()
  }

  function literal(): void {
    const word = words.find((candidate) => text.startsWith(candidate, at))
    if (word) {
      at += word.length
      return
    }
    number.lastIndex = at
    const found = number.exec(text)
    if (!found) throw expected('a value')
    const [digits, fraction, exponent] = found
    if (!fraction && !exponent && digits.length > 15 && String(Number(digits)) !== digits)
      throw new Flaw('an integer with more digits than a number can hold: send it as a text', at)
    if (!Number.isFinite(Number(digits))) throw new Flaw('a number out of range', at)
    at += digits.length
  }

  function object(depth: number): void {
    at++
    const names = new Set<string>()
    blank()
    if (text[at] === '}') {
      at++
      return
    }
    for (;;) {
      blank()
      const start = at
      const written = string('a name in quotes')
      const name: unknown = written.includes('\\') ? JSON.parse(written) : written.slice(1, -1)
      if (names.has(String(name))) throw new Flaw(`${written} is given twice`, start)
      names.add(String(name))
      blank()
      if (text[at] !== ':') throw expected('":"')
      at++
      value(depth + 1)
      blank()
      if (text[at] === '}') break
      if (text[at] !== ',') throw expected('"," or "}"')
      at++
    }
    at++
  }

  function array(depth: number): void {
    at++
    blank()
    if (text[at] === ']') {
      at++
      return
    }
    for (;;) {
      value(depth + 1)
      blank()
      if (text[at] === ']') break
      if (text[at] !== ',') throw expected('"," or "]"')
      at++
    }
    at++
  }

  value(0)
  blank()
  if (at < text.length) throw expected('the end of the body')
}
