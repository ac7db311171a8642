/** Which files make up a LevelDB database: what its manifest says, for a look at them before LevelDB has changed anything. */
import { Bytes } from './bytes.ts'
import { readLog } from './log-file.ts'

export interface Manifest {
  /** Logs with a lower number are over, and only wait to be deleted. */
  firstLog: number
  /** An older LevelDB kept one more. */
  formerLog: number
  /** Numbers of the table files, and how large each is. */
  tables: Map<number, number>
}

/** Undefined: it cannot be read, which LevelDB says itself. */
export function readManifest(file: Buffer): Manifest | undefined {
  const { records, damagedAt } = readLog(file)
  if (damagedAt !== undefined) return undefined
  const manifest: Manifest = { firstLog: 0, formerLog: 0, tables: new Map() }
  try {
    for (const { bytes: record } of records) apply(manifest, new Bytes(record))
  } catch {
    return undefined
  }
  return manifest
}

/** The edits that LevelDB 1.20 writes, by their tags. */
function apply(manifest: Manifest, edit: Bytes): void {
  while (edit.left > 0) {
    const tag = edit.varint()
    switch (tag) {
      case 1: // the comparator
        edit.text()
        break
      case 2:
        manifest.firstLog = edit.varint()
        break
      case 3: // the next number of a file
      case 4: // the last number of a change
        edit.varint()
        break
      case 5: // where the next compaction of a level begins
        edit.varint()
        edit.text()
        break
      case 6:
        edit.varint()
        manifest.tables.delete(edit.varint())
        break
      case 7: {
        edit.varint()
        const number = edit.varint()
        manifest.tables.set(number, edit.varint())
        edit.text()
        edit.text()
        break
      }
      case 9:
        manifest.formerLog = edit.varint()
        break
      default:
        throw new TypeError(`an edit of kind ${tag}`)
    }
  }
}
