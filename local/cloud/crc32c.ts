/** The checksum that LevelDB puts on what it writes: CRC-32C, eight bytes a step, because a start reads the whole database. */

const polynomial = 0x82f63b78

function table(before?: Int32Array, first?: Int32Array): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    if (before && first) {
      const last = before[byte] ?? 0
      return (last >>> 8) ^ (first[last & 255] ?? 0)
    }
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1
    return rest
  })
}

const t0 = table()
const t1 = table(t0, t0)
const t2 = table(t1, t0)
const t3 = table(t2, t0)
const t4 = table(t3, t0)
const t5 = table(t4, t0)
const t6 = table(t5, t0)
const t7 = table(t6, t0)

/** Of the bytes from `from` to before `to`. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let sum = -1
  let at = from
  for (; at + 8 <= to; at += 8) {
    const low = sum ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    sum =
      entry(low & 255, t7) ^
      entry((low >>> 8) & 255, t6) ^
      entry((low >>> 16) & 255, t5) ^
      entry(low >>> 24, t4) ^
      entry(high & 255, t3) ^
      entry((high >>> 8) & 255, t2) ^
      entry((high >>> 16) & 255, t1) ^
      entry(high >>> 24, t0)
  }
  for (; at < to; at++) sum = entry((sum ^ view.getUint8(at)) & 255, t0) ^ (sum >>> 8)
  return ~sum >>> 0
}

const entry = (index: number, within: Int32Array): number => within[index] ?? 0

/** As it is stored: of bytes that hold checksums themselves a plain one would be weak. */
export function maskedCrc32c(bytes: Uint8Array, from: number, to: number): number {
  const sum = crc32c(bytes, from, to)
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0
}
