/**
 * Reads LevelDB's logs as they lie on disk, to say what LevelDB does not: it passes over a damaged record and whatever
 * follows it in its block without a word. The format: https://github.com/google/leveldb/blob/main/doc/log_format.md
 */
import { maskedCrc32c } from './crc32c.ts'

const blockBytes = 32 * 1024
const headerBytes = 7
const first = 2
const last = 4

export interface LogFile {
  /** Put together from their fragments. */
  records: { at: number; bytes: Buffer }[]
  /** Where it cannot be read on; undefined: it ends as a file ends that was being written, if need be inside a record. */
  damagedAt: number | undefined
}

export function readLog(bytes: Buffer): LogFile {
  const records: LogFile['records'] = []
  let fragments: Buffer[] = []
  let begin = 0
  const damaged = (damagedAt: number): LogFile => ({ records, damagedAt })
  for (let at = 0; at + headerBytes <= bytes.length; ) {
    const room = blockBytes - (at % blockBytes)
    if (room < headerBytes) {
      at += room
      continue
    }
    const length = bytes.readUInt16LE(at + 4)
    const type = bytes.readUInt8(at + 6)
    const end = at + headerBytes + length
    if (type === 0 && length === 0) {
      // After a power cut a file may be longer than what was written into it: how much is missing its reader cannot say.
      return bytes.subarray(at).some((byte) => byte !== 0) ? damaged(at) : { records, damagedAt: undefined }
    }
    if (headerBytes + length > room) return damaged(at)
    if (end > bytes.length) break
    if (type > last || maskedCrc32c(bytes, at + 6, end) !== bytes.readUInt32LE(at)) return damaged(at)
    if (type <= first) {
      fragments = []
      begin = at
    }
    fragments.push(bytes.subarray(at + headerBytes, end))
    if (type === 1 || type === last) records.push({ at: begin, bytes: Buffer.concat(fragments) })
    at = end
  }
  return { records, damagedAt: undefined }
}
