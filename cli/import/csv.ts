/** CSV as rows: streamed by a library, held to bounds here. */
import { pipeline, Readable } from 'node:stream'
import { parse } from 'csv-parse'
import * as z from 'zod'
import { Failure } from '../command.ts'
import type { DateOrder } from './cells.ts'
import { Columns, type Mapping } from './columns.ts'
import { unharmed } from './harmless.ts'
import { LONGEST_ROW, REASON, type Row, type Table } from './row.ts'

const candidates = [',', ';', '\t', '|']

export interface CsvOptions {
  mappings: readonly Mapping[]
  dates: DateOrder | undefined
  delimiter: string | undefined
  /** Rows that begin before this line are passed over. */
  from: number
}

const recordShape = z.object({
  record: z.array(z.string()),
  info: z.object({ lines: z.number() }),
})

/** @param text with its beginning at hand, `start`, which holds the whole first line or is longer than any */
export async function csvTable(
  start: string,
  text: AsyncIterable<string>,
  options: CsvOptions,
): Promise<Table> {
  // What Excel writes before the header for itself.
  const said = /^sep=([^\r\n])(?:\r\n|\r|\n)/i.exec(start)
  const delimiter = options.delimiter ?? said?.[1] ?? delimiterOf(start)
  const records = recordsOf(withoutFirst(text, said?.[0].length ?? 0), delimiter, said ? 1 : 0)
  const first = await firstOf(records)
  if (!first) throw new Failure('It is empty.', 'The first line of a CSV names its columns.')
  const rejects = first.cells[0] === REASON
  const header = rejects ? first.cells.map(unharmed) : first.cells
  const columns = new Columns(header, options.mappings, options.dates)
  return {
    csv: { header: columns.header, delimiter },
    columnOf: (path) => columns.columnOf(path),
    rows: rowsOf(records, columns, rejects, options.from),
  }
}

interface RecordRead {
  line: number
  cells: string[]
}

async function* rowsOf(
  records: AsyncGenerator<RecordRead>,
  columns: Columns,
  rejects: boolean,
  from: number,
): AsyncGenerator<Row> {
  for await (const { line, cells: given } of records) {
    if (line < from || given.every((cell) => cell === '')) continue
    const cells = rejects ? given.map(unharmed) : given
    const { fields, errors } = columns.read(cells)
    const { id } = fields
    if (errors.length === 0 && typeof id === 'string')
      yield { line, given: cells, customer: { ...fields, id }, errors }
    else {
      if (id === undefined && errors.length === 0)
        errors.push({ column: columns.columnOf('id') ?? 'id', message: 'Is empty.' })
      yield { line, given: cells, errors }
    }
  }
}

async function* recordsOf(
  text: AsyncIterable<string>,
  delimiter: string,
  before: number,
): AsyncGenerator<RecordRead> {
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: LONGEST_ROW,
    record_delimiter: ['\r\n', '\n', '\r'],
  })
  // In bytes: the library cuts text into bytes, too, and waits for whole ones.
  const read: Readable = pipeline(Readable.from(inBytes(text), { objectMode: false }), parser, () => {})
  let line = before + 1
  try {
    for await (const one of read) {
      const { record, info } = recordShape.parse(one)
      yield { line, cells: record }
      line = before + info.lines + 1
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'CSV_QUOTE_NOT_CLOSED')
      throw new Failure(
        `A quote opens in the row of line ${line} and is never closed.`,
        'Close it, or double it ("") where it is part of the text.',
      )
    if (code === 'CSV_MAX_RECORD_SIZE')
      throw new Failure(
        `The row that begins on line ${line} goes on for more than a megabyte.`,
        'A quote that opens there is probably not closed. Close it, or double it ("") where it is part of the text.',
      )
    throw error
  }
}

async function* inBytes(text: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const part of text) if (part !== '') yield Buffer.from(part)
}

async function* withoutFirst(text: AsyncIterable<string>, characters: number): AsyncGenerator<string> {
  let left = characters
  for await (const part of text) {
    if (left < part.length) yield part.slice(left)
    left = Math.max(0, left - part.length)
  }
}

async function firstOf(records: AsyncGenerator<RecordRead>): Promise<RecordRead | undefined> {
  const { done, value } = await records.next()
  return done ? undefined : value
}

/** What parts the names of the first line, outside of quotes. */
function delimiterOf(start: string): string {
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(start)?.[0].replace(/"(?:[^"]|"")*"/g, '') ?? ''
  const counted = candidates.map((one) => ({ one, count: line.split(one).length - 1 }))
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).one
}
