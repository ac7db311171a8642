/** The bytes of what is imported: from a file or standard input, unpacked where they are packed, never all at once. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Call, Failure } from '../command.ts'

export interface Source {
  bytes: AsyncIterable<Uint8Array>
  /** How far the reading is, of how much; undefined where nobody knows. */
  done(): { read: number; size: number | undefined }
  /** Did the file become another one while it was read? */
  changed(): Promise<boolean>
  close(): Promise<void>
}

/** Of what is packed: text that people write is never smaller than that. */
const MOST_RATIO = 200
/** From here on the ratio is asked for: a short list may well repeat itself. */
const RATIO_FROM = 16 * 1024 * 1024
/** Far beyond the customers of any shop. */
const MOST_UNPACKED = 64 * 1024 ** 3

/** @throws Failure for what is no file to be read */
export async function openSource(call: Call, name: string): Promise<Source> {
  const { input, cwd } = call.around
  let read = 0
  const counted = async function* (bytes: AsyncIterable<Uint8Array>) {
    for await (const chunk of bytes) {
      read += chunk.byteLength
      yield chunk
    }
  }
  if (name === '-') {
    if (!input) throw new Failure('There is no standard input here.')
    const parts = input[Symbol.asyncIterator]()
    return {
      bytes: counted({ [Symbol.asyncIterator]: () => parts }),
      done: () => ({ read, size: undefined }),
      changed: async () => false,
      // Whoever writes into the pipe is not left waiting for a reader.
      close: async () => void (await parts.return?.()),
    }
  }
  const path = resolve(cwd, name)
  const before = await stat(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new Failure(code === 'ENOENT' ? `There is no file ${name}.` : `${name} cannot be read (${code}).`)
  })
  if (before.isDirectory()) throw new Failure(`${name} is a folder.`, 'Name the file in it.')
  // A pipe (`<(…)` of a shell) ends by itself, which no device promises.
  if (!before.isFile() && !before.isFIFO())
    throw new Failure(`${name} is no file.`, 'Name a file, or - for standard input.')
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 })
  return {
    bytes: counted(stream),
    close: async () => void stream.destroy(),
    done: () => ({ read, size: before.isFile() ? before.size : undefined }),
    async changed() {
      if (!before.isFile()) return false
      const after = await stat(path).catch(() => undefined)
      return after?.mtimeMs !== before.mtimeMs || after.size !== before.size || after.ino !== before.ino
    },
  }
}

/** What files begin with that hold no lines of text, and what to do about it. */
const others: [start: string, kind: string, hint: string][] = [
  [
    '504b0304',
    'a ZIP archive or an Excel workbook (.xlsx)',
    'In a spreadsheet, save it as CSV (UTF-8); a ZIP, unpack first.',
  ],
  ['d0cf11e0', 'an Excel workbook (.xls)', 'In a spreadsheet, save it as CSV (UTF-8).'],
  ['25504446', 'a PDF', 'Ask for the data as CSV.'],
  ['425a68', 'packed with bzip2', 'Unpack it first, or pack it with gzip.'],
  ['fd377a58', 'packed with xz', 'Unpack it first, or pack it with gzip.'],
  ['28b52ffd', 'packed with zstd', 'Unpack it first, or pack it with gzip.'],
  ['377abcaf', 'a 7z archive', 'Unpack it first.'],
  ['52617221', 'a RAR archive', 'Unpack it first.'],
  ['50415231', 'a Parquet file', 'Export it as CSV or NDJSON.'],
]
const GZIP = '1f8b'
const LONGEST_START = 4

/** The same bytes without their packing. */
export async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { start, all } = await startOf(bytes)
  if (!start.startsWith(GZIP)) {
    refuseOthers(start)
    yield* all
    return
  }
  const inner = await startOf(gunzipped(all))
  refuseOthers(inner.start)
  if (inner.start.startsWith(GZIP)) throw new Failure('It is packed twice.', 'Unpack it once.')
  yield* inner.all
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let packed = 0
  let size = 0
  const counted = async function* () {
    for await (const chunk of bytes) {
      packed += chunk.byteLength
      yield chunk
    }
  }
  const gunzip = createGunzip({ chunkSize: 64 * 1024 })
  const unpacking: Readable = pipeline(Readable.from(counted(), { objectMode: false }), gunzip, () => {})
  try {
    for await (const chunk of unpacking) {
      if (!(chunk instanceof Uint8Array)) continue
      size += chunk.byteLength
      if ((size > RATIO_FROM && size > packed * MOST_RATIO) || size > MOST_UNPACKED)
        throw new Failure(
          'It unpacks to far more than a list of customers would.',
          'If it is one all the same, unpack it and import that.',
        )
      yield chunk
    }
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error)) throw error
    const cut = 'code' in error && error.code === 'Z_BUF_ERROR'
    throw new Failure(
      cut ? 'It is cut off: the packed file ends too early.' : `It cannot be unpacked (${error.message}).`,
    )
  }
}

function refuseOthers(start: string): void {
  const other = others.find(([first]) => start.startsWith(first))
  if (other) throw new Failure(`This is ${other[1]}, and no CSV or JSON.`, other[2])
}

/** How it begins, in hexadecimal digits, and everything from there. */
async function startOf(bytes: AsyncIterable<Uint8Array>) {
  const source = bytes[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let length = 0
  while (length < LONGEST_START) {
    const { done, value } = await source.next()
    if (done) break
    first.push(value)
    length += value.byteLength
  }
  const start = Buffer.concat(first).subarray(0, LONGEST_START).toString('hex')
  const all = async function* () {
    try {
      yield* first
      yield* { [Symbol.asyncIterator]: () => source }
    } finally {
      await source.return?.()
    }
  }
  return { start, all: all() }
}
