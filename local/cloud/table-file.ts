/**
 * Checks LevelDB's table files: LevelDB itself verifies their checksums only under options that its binding does not offer,
 * and would answer with what the damage made of the data, or with nothing.
 * The format: https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
import { Bytes, OutOfBytes } from './bytes.ts'
import { maskedCrc32c } from './crc32c.ts'

const footerBytes = 48
const trailerBytes = 5
const magic = 0xdb4775248b80fb57n

interface Handle {
  offset: number
  size: number
}

/** Whether every block, the index and the filter are as they were written. */
export function isWhole(file: Buffer): boolean {
  if (file.length < footerBytes || file.readBigUInt64LE(file.length - 8) !== magic) return false
  try {
    const footer = new Bytes(file.subarray(file.length - footerBytes))
    const meta = readHandle(footer)
    const index = readHandle(footer)
    return [meta, index].every((directory) => {
      if (!isIntact(file, directory)) return false
      return handlesIn(contentOf(file, directory)).every((handle) => isIntact(file, handle))
    })
  } catch (error) {
    if (error instanceof OutOfBytes) return false
    throw error
  }
}

function readHandle(bytes: Bytes): Handle {
  return { offset: bytes.varint(), size: bytes.varint() }
}

function isIntact(file: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size + 1
  return end + 4 <= file.length && maskedCrc32c(file, offset, end) === file.readUInt32LE(end)
}

function contentOf(file: Buffer, { offset, size }: Handle): Buffer {
  const stored = new Bytes(file.subarray(offset, offset + size + trailerBytes)).take(size)
  return file.readUInt8(offset + size) === 0 ? stored : inflate(stored)
}

/** Of a block whose values are places of other blocks. */
function handlesIn(block: Buffer): Handle[] {
  if (block.length < 4) throw new OutOfBytes('a block without an end')
  const restarts = block.readUInt32LE(block.length - 4)
  const entries = new Bytes(new Bytes(block).take(block.length - 4 - 4 * restarts))
  const handles: Handle[] = []
  while (entries.left > 0) {
    entries.varint()
    const keyBytes = entries.varint()
    const valueBytes = entries.varint()
    entries.take(keyBytes)
    handles.push(readHandle(new Bytes(entries.take(valueBytes))))
  }
  return handles
}

/** Snappy, as https://github.com/google/snappy/blob/main/format_description.txt describes it. */
function inflate(packed: Buffer): Buffer {
  const from = new Bytes(packed)
  const whole = Buffer.alloc(from.varint())
  let at = 0
  while (from.left > 0) {
    const tag = from.take(1).readUInt8()
    const more = tag >>> 2
    if ((tag & 3) === 0) {
      const length = 1 + (more < 60 ? more : from.take(more - 59).readUIntLE(0, more - 59))
      const literal = from.take(length)
      if (at + length > whole.length) throw new OutOfBytes('more than was announced')
      literal.copy(whole, at)
      at += length
      continue
    }
    const short = (tag & 3) === 1
    const length = short ? 4 + (more & 7) : 1 + more
    const back = short
      ? ((tag >>> 5) << 8) | from.take(1).readUInt8()
      : from.take((tag & 3) === 2 ? 2 : 4).readUIntLE(0, (tag & 3) === 2 ? 2 : 4)
    if (back === 0 || back > at || at + length > whole.length) throw new OutOfBytes('a copy of nothing')
    // Byte by byte, because a copy may reach into what it writes.
    for (const end = at + length; at < end; at++) whole.writeUInt8(whole.readUInt8(at - back), at)
  }
  if (at !== whole.length) throw new OutOfBytes('less than was announced')
  return whole
}
