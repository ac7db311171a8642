/** The ordered key-value store under the embedded cloud: LevelDB on disk (`level-store.ts`), or a sorted list in memory. */
import { type Custody, LevelStore } from './level-store.ts'
import { RecentPartitions } from './recent.ts'

export type Change = { type: 'put'; key: string; value: string } | { type: 'del'; key: string }

/** A range of keys, in the byte order of their UTF-8. */
export interface Range {
  gt?: string
  gte?: string
  lt?: string
  lte?: string
  reverse?: boolean
}

export interface Store {
  /** What the last acknowledged writes left. Reads without a turn of the event loop: the page cache answers. */
  get(key: string): string | undefined
  /** Shows entries in order until `visit` answers false. */
  read(range: Range, visit: (key: string, value: string) => boolean): Promise<void>
  /** All of the changes or none of them; resolves once they survive the end of the process. */
  write(changes: Change[]): Promise<void>
  close(): Promise<void>
}

/** What must be there because it was written, and is taken away by its reader alone. */
export function readOrFail(store: Store, key: string): string {
  const value = store.get(key)
  if (value === undefined)
    throw new Error(`${key} is missing in the data folder, which was changed from outside`)
  return value
}

/** Without a folder in memory, gone at the end. */
export async function openStore(dir: string | null, custody?: Custody): Promise<Store> {
  if (dir === null) return new MemoryStore()
  return new RecentPartitions(await LevelStore.open(dir, custody))
}

class MemoryStore implements Store {
  readonly #values = new Map<string, string>()
  /** Sorted by UTF-16 units, which for keys that are read in ranges (all of them ASCII) is the order on disk. An insertion moves pointers only, which is nothing beside the work around it. */
  readonly #keys: string[] = []

  get(key: string): string | undefined {
    return this.#values.get(key)
  }

  async read(range: Range, visit: (key: string, value: string) => boolean): Promise<void> {
    const start = this.#indexOf(
      range.gte ?? range.gt ?? '',
      range.gte === undefined && range.gt !== undefined,
    )
    const last = range.lte ?? range.lt
    const end = last === undefined ? this.#keys.length : this.#indexOf(last, range.lte !== undefined)
    const keys = this.#keys.slice(start, Math.max(start, end))
    if (range.reverse) keys.reverse()
    for (const key of keys) {
      const value = this.#values.get(key)
      if (value !== undefined && !visit(key, value)) return
    }
  }

  async write(changes: Change[]): Promise<void> {
    for (const change of changes) {
      const known = this.#values.has(change.key)
      if (change.type === 'put') {
        this.#values.set(change.key, change.value)
        if (!known) this.#keys.splice(this.#indexOf(change.key, false), 0, change.key)
      } else if (known) {
        this.#values.delete(change.key)
        this.#keys.splice(this.#indexOf(change.key, false), 1)
      }
    }
  }

  async close(): Promise<void> {}

  /** The first index whose key is not before (or, `after`: is behind) the given one. */
  #indexOf(key: string, after: boolean): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = this.#keys[middle] ?? ''
      if (found < key || (after && found === key)) low = middle + 1
      else high = middle
    }
    return low
  }
}
