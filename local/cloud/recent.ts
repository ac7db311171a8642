/**
 * Keeps the partitions that were read lately in memory: a customer's rows are read before they are written, and mostly
 * again soon after. In front of a store whose reads in ranges take turns of the event loop.
 */
import type { Change, Range, Store } from './store.ts'

/** Of keys and values, in UTF-16 units; each takes a byte or two. */
const mostUnits = 24 * 1024 * 1024
/** A customer with a longer history is read from the store. */
const partitionUnits = 128 * 1024
const mostLarge = 1000

interface Partition {
  /** What was asked for when it was read: of the rest of its keys nothing is known. */
  known: Bounds
  /** In order of keys. */
  rows: { key: string; value: string }[]
  units: number
}

interface Bounds {
  gte: string
  /** One of the two. */
  lt?: string
  lte?: string
}

/** Items have keys of `item~table~hash/pk/sk/`; what stands before the sort key is their partition. */
function partitionOf(key: string): string | undefined {
  if (!key.startsWith('item~')) return undefined
  const end = key.lastIndexOf('/', key.length - 2)
  return end < 0 ? undefined : key.slice(0, end + 1)
}

/** What was acknowledged is seen from then on, as by the store itself. */
export class RecentPartitions implements Store {
  readonly #store: Store
  /** The one used longest ago first. */
  readonly #kept = new Map<string, Partition>()
  /** Partitions that are being read; what is written to them meanwhile may or may not be among what was read. */
  readonly #loading = new Map<string, { stale: boolean }>()
  /** Too large to keep: not tried again, for as long as this set is small. */
  readonly #large = new Set<string>()
  #units = 0

  constructor(store: Store) {
    this.#store = store
  }

  get(key: string): string | undefined {
    const name = partitionOf(key)
    const kept = name === undefined ? undefined : this.#kept.get(name)
    if (!kept || !contains(kept.known, key)) return this.#store.get(key)
    const row = kept.rows[indexOf(kept, key)]
    return row?.key === key ? row.value : undefined
  }

  async read(range: Range, visit: (key: string, value: string) => boolean): Promise<void> {
    const name = this.#within(range)
    const kept = name === undefined ? undefined : (this.#use(name, range) ?? (await this.#load(name, range)))
    if (!kept) return await this.#store.read(range, visit)
    const { rows } = kept
    // A copy: who visits may write.
    const inRange = rows.filter(({ key }) => contains(range, key))
    if (range.reverse) inRange.reverse()
    for (const { key, value } of inRange) if (!visit(key, value)) return
  }

  async write(changes: Change[]): Promise<void> {
    await this.#store.write(changes)
    for (const change of changes) {
      const name = partitionOf(change.key)
      if (name === undefined) continue
      const loading = this.#loading.get(name)
      if (loading) loading.stale = true
      const kept = this.#kept.get(name)
      if (kept && contains(kept.known, change.key)) this.#apply(name, kept, change)
    }
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  /** The partition that a range lies in. */
  #within({ gt, gte, lt, lte }: Range): string | undefined {
    const low = gte ?? gt
    const high = lte ?? lt
    if (low === undefined || high === undefined) return undefined
    // A range that begins with a partition itself has no sort key yet.
    const name = low.endsWith('/') && high.startsWith(low) && depth(low) === 2 ? low : partitionOf(low)
    return name !== undefined && depth(name) === 2 && low.startsWith(name) && high.startsWith(name)
      ? name
      : undefined
  }

  #use(name: string, range: Range): Partition | undefined {
    const kept = this.#kept.get(name)
    if (!kept || !covers(kept.known, range)) return undefined
    this.#kept.delete(name)
    this.#kept.set(name, kept)
    return kept
  }

  /** Reads all that is asked for, and keeps it unless somebody wrote meanwhile. */
  async #load(name: string, { gte, lt, lte }: Range): Promise<Partition | undefined> {
    if (gte === undefined || this.#loading.has(name) || this.#large.has(name)) return undefined
    const known: Bounds = { gte, ...(lt !== undefined && { lt }), ...(lte !== undefined && { lte }) }
    const loading = { stale: false }
    this.#loading.set(name, loading)
    const partition: Partition = { known, rows: [], units: name.length }
    try {
      await this.#store.read(known, (key, value) => {
        partition.rows.push({ key, value })
        partition.units += key.length + value.length
        return partition.units <= partitionUnits
      })
    } finally {
      this.#loading.delete(name)
    }
    if (partition.units > partitionUnits) this.#passOver(name)
    if (loading.stale || partition.units > partitionUnits) return undefined
    const before = this.#kept.get(name)
    if (before) this.#drop(name, before)
    this.#kept.set(name, partition)
    this.#units += partition.units
    this.#forget()
    return partition
  }

  #apply(name: string, kept: Partition, change: Change): void {
    const at = indexOf(kept, change.key)
    const before = kept.rows[at]
    const known = before?.key === change.key
    const size = ({ key, value }: { key: string; value: string }) => key.length + value.length
    let units = known && before ? -size(before) : 0
    if (change.type === 'del') {
      if (known) kept.rows.splice(at, 1)
    } else {
      const row = { key: change.key, value: change.value }
      units += size(row)
      kept.rows.splice(at, known ? 1 : 0, row)
    }
    kept.units += units
    this.#units += units
    if (kept.units > partitionUnits) this.#drop(name, kept)
    else this.#forget()
  }

  #passOver(name: string): void {
    if (this.#large.size >= mostLarge) this.#large.clear()
    this.#large.add(name)
  }

  #drop(name: string, kept: Partition): void {
    this.#kept.delete(name)
    this.#units -= kept.units
  }

  #forget(): void {
    for (const [name, kept] of this.#kept) {
      if (this.#units <= mostUnits) return
      this.#drop(name, kept)
    }
  }
}

const depth = (key: string) => key.split('/').length - 1

function covers(known: Bounds, { gt, gte, lt, lte }: Range): boolean {
  const low = gte ?? gt
  const high = lt ?? lte
  if (low === undefined || high === undefined || low < known.gte) return false
  if (known.lte !== undefined) return high <= known.lte
  return known.lt !== undefined && (lt !== undefined ? high <= known.lt : high < known.lt)
}

function contains({ gt, gte, lt, lte }: Range, key: string): boolean {
  return (
    (gt === undefined || key > gt) &&
    (gte === undefined || key >= gte) &&
    (lt === undefined || key < lt) &&
    (lte === undefined || key <= lte)
  )
}

/** The first row whose key is not before the given one. */
function indexOf({ rows }: Partition, key: string): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle]?.key ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
