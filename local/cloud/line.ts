/** First in, first out, for lines of a million: taking from the front moves nothing, and skips nothing that was taken. */

const compactFrom = 1024

export class Line<T> {
  #items: T[] = []
  #head = 0

  push(item: T): void {
    this.#items.push(item)
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  take(): T | undefined {
    const first = this.#items[this.#head]
    if (this.#head < this.#items.length) this.#head++
    // What was taken is let go once it is half of the line, so that each item is moved once on average.
    if (this.#head >= compactFrom && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return first
  }
}
