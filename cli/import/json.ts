/** JSON as rows: one object a line, or one array of objects, streamed. */
import type { JsonObject } from '../../engine/model.ts'
import { Failure } from '../command.ts'
import type { Mapping } from './columns.ts'
import { LONGEST_ROW, REASON, type Row, type Table } from './row.ts'

export interface JsonOptions {
  mappings: readonly Mapping[]
  from: number
}

interface Piece {
  line: number
  text: string
}

export function jsonTable(array: boolean, text: AsyncIterable<string>, options: JsonOptions): Table {
  const named = new Map(options.mappings.map(({ column, field }) => [column, field]))
  return {
    csv: undefined,
    columnOf: (path) => options.mappings.find(({ field }) => field === path)?.column,
    rows: rowsOf(array ? elementsOf(text) : linesOf(text), named, options.from),
  }
}

async function* rowsOf(
  pieces: AsyncIterable<Piece>,
  named: ReadonlyMap<string, string>,
  from: number,
): AsyncGenerator<Row> {
  for await (const { line, text } of pieces) {
    if (line < from || text.trim() === '') continue
    const read = parsed(text)
    if ('flaw' in read) {
      yield { line, given: text, errors: [{ message: read.flaw }] }
      continue
    }
    const given = read.object
    const fields: JsonObject = Object.fromEntries(
      Object.entries(given)
        .filter(([name]) => name !== REASON && named.get(name) !== '')
        .map(([name, value]) => [named.get(name) ?? name, value]),
    )
    const { id } = fields
    if (typeof id === 'string') yield { line, given, customer: { ...fields, id }, errors: [] }
    else {
      const message =
        id === undefined ? 'Is missing (--map NAME=id, if it is called otherwise).' : 'Must be a text.'
      yield { line, given, errors: [{ column: 'id', message }] }
    }
  }
}

function parsed(text: string): { object: JsonObject } | { flaw: string } {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? { object: value } : { flaw: 'Is no JSON object.' }
  } catch {
    return { flaw: 'Is no JSON.' }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<Piece> {
  let rest = ''
  let line = 1
  for await (const part of text) {
    let from = 0
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', from)) {
      yield { line: line++, text: rest + part.slice(from, at) }
      rest = ''
      from = at + 1
    }
    rest += part.slice(from)
    if (rest.length > LONGEST_ROW) throw tooLong(line)
  }
  yield { line, text: rest }
}

/** The elements of one array. What stands between them is looked at as far as it has to be to find them. */
async function* elementsOf(text: AsyncIterable<string>): AsyncGenerator<Piece> {
  let line = 1
  let began = 0
  let depth = 0
  let quoted = false
  let escaped = false
  let closed = false
  let element = ''
  for await (const part of text) {
    let from = 0
    for (let at = 0; at < part.length; at++) {
      const code = part.charCodeAt(at)
      if (code === 10) line++
      if (quoted) {
        if (escaped) escaped = false
        else if (code === 92) escaped = true
        else if (code === 34) quoted = false
        continue
      }
      if (code <= 32) continue
      if (closed) throw new Failure(`Something follows the end of the list, on line ${line}.`)
      if (depth === 0) {
        depth = 1
        from = at + 1
        continue
      }
      const ends = depth === 1 && (code === 44 || code === 93)
      if (ends) {
        const whole = element + part.slice(from, at)
        // A comma before the end, or two of them, hold nothing.
        yield { line: began, text: whole }
        element = ''
        began = 0
        from = at + 1
        closed = code === 93
        continue
      }
      if (began === 0) began = line
      if (code === 34) quoted = true
      else if (code === 123 || code === 91) depth++
      else if (code === 125 || code === 93) depth--
    }
    element = closed || depth === 0 ? '' : element + part.slice(from)
    if (element.length > LONGEST_ROW) throw tooLong(began || line)
  }
  if (!closed) throw new Failure(`The list is cut off: it does not end before line ${line} does.`)
}

const tooLong = (line: number): Failure =>
  new Failure(
    `What begins on line ${line} goes on for more than a megabyte.`,
    'Customers are one JSON object a line, or one JSON array of objects.',
  )
