/** A queue ordered by time, for what becomes due. Entries that were overtaken are skipped by whoever takes them out. */
export class Heap<T> {
  readonly #entries: { at: number; value: T }[] = []

  get size(): number {
    return this.#entries.length
  }

  peek(): { at: number; value: T } | undefined {
    return this.#entries[0]
  }

  push(at: number, value: T): void {
    const entries = this.#entries
    const entry = { at, value }
    let index = entries.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = entries[parent]
      if (!above || above.at <= at) break
      entries[index] = above
      index = parent
    }
    entries[index] = entry
  }

  pop(): { at: number; value: T } | undefined {
    const entries = this.#entries
    const first = entries[0]
    const last = entries.pop()
    if (!last || entries.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      let below = entries[child]
      const right = entries[child + 1]
      if (below && right && right.at < below.at) {
        below = right
        child++
      }
      if (!below || below.at >= last.at) break
      entries[index] = below
      index = child
    }
    entries[index] = last
    return first
  }
}
