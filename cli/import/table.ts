/** What kind of list it is: found by how it begins, whatever the file is called. */
import { Failure } from '../command.ts'
import { type CsvOptions, csvTable } from './csv.ts'
import { jsonTable } from './json.ts'
import type { Table } from './row.ts'

/** Enough for the names of a thousand columns. */
const START = 256 * 1024

/** @throws Failure for what is no list of customers */
export async function openTable(text: AsyncIterable<string>, options: CsvOptions): Promise<Table> {
  const { start, all } = await startOf(text)
  const [first = ''] = start.trimStart()
  if (first === '') throw new Failure('It is empty.')
  if (first === '<') throw new Failure('This is HTML or XML, and no CSV or JSON.', 'Save it as CSV (UTF-8).')
  if (first !== '{' && first !== '[') return await csvTable(start, all, options)
  if (options.mappings.some(({ type }) => type !== undefined))
    throw new Failure('In JSON a value says itself what it is.', 'Leave the type out: --map NAME=FIELD.')
  if (first === '{' && !isObject(start.trimStart().split('\n')[0] ?? ''))
    throw new Failure(
      'This is JSON, and neither one object a line nor an array of objects.',
      'jq -c can make it so.',
    )
  return jsonTable(first === '[', all, options)
}

function isObject(line: string): boolean {
  // A first line that is longer than what is at hand is judged with the rest.
  if (line.length >= START) return true
  try {
    JSON.parse(line)
    return true
  } catch {
    // Nobody can tell a broken first line from the first of many of one object but by its end.
    return /\}\s*$/.test(line) && line.trim().length > 1
  }
}

/** The first line, or as much as may be needed to know it, and everything from there. */
async function startOf(text: AsyncIterable<string>) {
  const source = text[Symbol.asyncIterator]()
  let start = ''
  while (start.length < START && !/[\r\n]/.test(start.trimStart())) {
    const { done, value } = await source.next()
    if (done) break
    start += value
  }
  const all = async function* () {
    try {
      yield start
      yield* { [Symbol.asyncIterator]: () => source }
    } finally {
      await source.return?.()
    }
  }
  return { start, all: all() }
}
