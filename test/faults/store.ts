/** The table of a story: as the port says, sorted as it is written, and cheap enough for thousands of stories. */
import type { Condition, Page, QueryOptions, Row, Table, WriteResult } from '../../runtime/ports.ts'

const copy = (row: Row): Row => (row.counters ? { ...row, counters: { ...row.counters } } : { ...row })

/** Keys of a story are ASCII: the order of UTF-16 is that of the bytes. */
function placeOf(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}

interface Partition {
  keys: string[]
  rows: Map<string, Row>
}

export class StoryTable implements Table {
  pageSize = 1000
  /** They look on: told of every row that was put or deleted, after it was. */
  readonly watchers: ((row: Row) => void)[] = []
  readonly #partitions = new Map<string, Partition>()
  /** Partitions in order, until there is another. */
  #order: string[] | undefined
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  async get(pk: string, sk: string): Promise<Row | undefined> {
    const row = this.#row(pk, sk)
    return row && copy(row)
  }

  async query(pk: string, options: QueryOptions = {}): Promise<Page> {
    const { from = '', to, prefix = '', newestFirst = false, cursor, limit = this.pageSize } = options
    const partition = this.#partitions.get(pk)
    if (!partition) return { rows: [] }
    const rows: Row[] = []
    const { keys } = partition
    const most = Math.min(limit, this.pageSize)
    const first = prefix > from ? prefix : from
    const step = newestFirst ? -1 : 1
    for (
      let at = newestFirst ? keys.length - 1 : placeOf(keys, first);
      at >= 0 && at < keys.length;
      at += step
    ) {
      const key = keys[at] ?? ''
      if (!newestFirst && to !== undefined && key > to) break
      if (key < first || (to !== undefined && key > to) || !key.startsWith(prefix)) continue
      if (cursor !== undefined && (newestFirst ? key >= cursor : key <= cursor)) continue
      const row = this.#row(pk, key)
      if (!row) continue
      if (rows.length === most) return { rows, cursor: rows.at(-1)?.sk ?? '' }
      rows.push(copy(row))
    }
    return { rows }
  }

  async put(row: Row, condition: Condition): Promise<WriteResult> {
    const conflict = this.#conflict(row.pk, row.sk, condition)
    if (conflict) return conflict
    const written = copy(row)
    // DynamoDB's time to live counts in seconds.
    if (row.expiresAt !== undefined) written.expiresAt = Math.ceil(row.expiresAt / 1000) * 1000
    this.#write(written)
    for (const tell of this.watchers) tell(written)
    return { ok: true }
  }

  async delete(pk: string, sk: string, condition: Condition = { kind: 'any' }): Promise<WriteResult> {
    const conflict = this.#conflict(pk, sk, condition)
    if (conflict) return conflict
    const partition = this.#partitions.get(pk)
    const row = partition?.rows.get(sk)
    if (!partition || !row) return { ok: true }
    partition.rows.delete(sk)
    partition.keys.splice(placeOf(partition.keys, sk), 1)
    for (const tell of this.watchers) tell(row)
    return { ok: true }
  }

  async add(
    pk: string,
    sk: string,
    counters: { [name: string]: number },
  ): Promise<{ [name: string]: number }> {
    const row = this.#row(pk, sk) ?? { pk, sk }
    const after = { ...row.counters }
    for (const [name, by] of Object.entries(counters)) after[name] = (after[name] ?? 0) + by
    this.#write({ ...row, counters: after })
    return { ...after }
  }

  async scan(options: { segment: number; segments: number; cursor?: string }): Promise<Page> {
    const { segment, segments, cursor } = options
    const rows: Row[] = []
    for (const pk of this.#sorted()) {
      if (segmentOf(pk, segments) !== segment) continue
      for (const row of this.under(pk)) {
        if (cursor !== undefined && placeIn(row) <= cursor) continue
        const last = rows.at(-1)
        if (last && rows.length === this.pageSize) return { rows, cursor: placeIn(last) }
        rows.push(copy(row))
      }
    }
    return { rows }
  }

  /** Every row there is, in order. */
  all(): Row[] {
    return this.#sorted().flatMap((pk) => this.under(pk))
  }

  /** Rows of a partition, for the laws. */
  under(pk: string): Row[] {
    return (this.#partitions.get(pk)?.keys ?? []).flatMap((sk) => this.#row(pk, sk) ?? [])
  }

  /** Before the story: rows that nobody changes in place. */
  lay(rows: readonly Row[]): void {
    for (const row of rows) this.#write(row)
  }

  #sorted(): string[] {
    this.#order ??= [...this.#partitions.keys()].sort()
    return this.#order
  }

  #row(pk: string, sk: string): Row | undefined {
    const row = this.#partitions.get(pk)?.rows.get(sk)
    return row?.expiresAt !== undefined && row.expiresAt <= this.#now() ? undefined : row
  }

  #write(row: Row): void {
    let partition = this.#partitions.get(row.pk)
    if (!partition) {
      partition = { keys: [], rows: new Map() }
      this.#partitions.set(row.pk, partition)
      this.#order = undefined
    }
    if (!partition.rows.has(row.sk)) partition.keys.splice(placeOf(partition.keys, row.sk), 0, row.sk)
    partition.rows.set(row.sk, row)
  }

  #conflict(pk: string, sk: string, condition: Condition): WriteResult | undefined {
    if (condition.kind === 'any') return undefined
    const row = this.#row(pk, sk)
    const holds = condition.kind === 'absent' ? row === undefined : row?.rev === condition.rev
    return holds ? undefined : { ok: false, conflict: row && copy(row) }
  }
}

const placeIn = ({ pk, sk }: Row): string => `${pk}\u0000${sk}`

function segmentOf(pk: string, segments: number): number {
  let sum = 0
  for (let i = 0; i < pk.length; i++) sum = (sum * 31 + pk.charCodeAt(i)) >>> 0
  return sum % segments
}
