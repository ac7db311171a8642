/** Bytes to text, strictly: what is no text in the encoding is told by its line, and never replaced. */
import { Failure, UsageError } from '../command.ts'

/** What `--encoding` may name. */
const encodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-15',
  'windows-1250',
  'macintosh',
]
const also: { [name: string]: string } = {
  utf8: 'utf-8',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  cp1252: 'windows-1252',
}

const LF = 0x0a
const CR = 0x0d

/** @throws UsageError for an encoding that is not known */
export function encodingNamed(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const plain = name.toLowerCase()
  const known = Object.hasOwn(also, plain) ? also[plain] : plain
  if (known !== undefined && encodings.includes(known)) return known
  throw new UsageError(`${name} is no encoding that is known here.`, `Known are ${encodings.join(', ')}.`)
}

/** The text, a part at a time. @param named what the caller says that it is in; a mark at its beginning says more */
export async function* textOf(bytes: AsyncIterable<Uint8Array>, named?: string): AsyncGenerator<string> {
  const lines = new LineCount()
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let encoding = named ?? 'utf-8'
  let rest: Uint8Array = new Uint8Array()
  const decode = (block: Uint8Array, last: boolean): string => {
    if (!decoder) {
      encoding = markOf(block) ?? encoding
      if (encoding === 'utf-8' && manyNuls(block))
        throw new Failure('This looks like UTF-16 without a mark.', 'Say --encoding utf-16le (or utf-16be).')
      decoder = new TextDecoder(encoding, { fatal: true })
    }
    try {
      const text = decoder.decode(block, { stream: !last })
      lines.add(block)
      return text
    } catch {
      throw notText(encoding, encoding === 'utf-8' ? lines.at + badLine(block) : lines.at)
    }
  }
  for await (const chunk of bytes) {
    const block: Uint8Array = rest.byteLength > 0 ? Buffer.concat([rest, chunk]) : chunk
    // The first four bytes together, so that a mark is seen; and no character of UTF-8 in two blocks.
    const whole =
      !decoder && block.byteLength < 4 ? 0 : encoding === 'utf-8' ? wholeLength(block) : block.byteLength
    rest = block.subarray(whole)
    if (whole > 0) yield decode(block.subarray(0, whole), false)
  }
  yield decode(rest, true)
}

class LineCount {
  #feeds = 0
  #returns = 0

  add(block: Uint8Array): void {
    this.#feeds += count(block, LF)
    if (this.#feeds === 0) this.#returns += count(block, CR)
  }

  /** The line that comes next. */
  get at(): number {
    return 1 + (this.#feeds > 0 ? this.#feeds : this.#returns)
  }
}

function count(block: Uint8Array, byte: number): number {
  let found = 0
  for (let at = block.indexOf(byte); at >= 0; at = block.indexOf(byte, at + 1)) found++
  return found
}

function markOf(block: Uint8Array): string | undefined {
  const [first, second, third] = block
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return undefined
}

const manyNuls = (block: Uint8Array): boolean =>
  count(block.subarray(0, 4096), 0) > Math.min(block.byteLength, 4096) / 4

/** Up to where no character of UTF-8 is cut in two. */
function wholeLength(block: Uint8Array): number {
  const { byteLength } = block
  for (let back = 1; back <= Math.min(3, byteLength); back++) {
    const byte = block[byteLength - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needs > back ? byteLength - back : byteLength
  }
  return byteLength
}

/** How many lines of the block come before the first that is no UTF-8. */
function badLine(block: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const end = block.includes(LF) ? LF : CR
  let lines = 0
  for (let from = 0; from < block.byteLength; lines++) {
    const found = block.indexOf(end, from)
    const to = found < 0 ? block.byteLength : found + 1
    try {
      decoder.decode(block.subarray(from, to))
    } catch {
      return lines
    }
    from = to
  }
  return 0
}

function notText(encoding: string, line: number): Failure {
  return encoding === 'utf-8'
    ? new Failure(
        `Line ${line} is not UTF-8, so that its letters would be lost.`,
        'Say what it is in, for example --encoding windows-1252 (Excel’s plain CSV), or save it as CSV UTF-8.',
      )
    : new Failure(`Line ${line} is not ${encoding}.`, 'Say with --encoding what it is in.')
}
