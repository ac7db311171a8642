/** What the pressure proofs watch on the way: how far they are, and the memory that is left after a full collection. */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Called from time to time: what is under way, and how much of it is done. */
export type Progress = (doing: string, done: number, of: number) => void

/** In megabytes of 1,000,000 bytes. */
export interface MemoryFigures {
  /** What was in use before anything was done. */
  startHeap: number
  /** The most that was in use, and the most that the process held, garbage and caches of the database included. */
  peakHeap: number
  peakHeld: number
  /** Mean of what was in use in the first and in the last third of the samples. */
  firstThirdHeap: number
  lastThirdHeap: number
  endHeap: number
}

const collect = collector()

/** The collector is asked for by name, so that no flag is needed on the command line of whoever measures. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  return () => {
    if (typeof found === 'function') Reflect.apply(found, undefined, [])
  }
}

/** Samples of the memory in use, each after a full collection, so that garbage counts for nothing. */
export class Samples {
  readonly #samples: number[] = []
  #peakHeld = 0

  /** @param held what the process held before garbage was taken away is what its machine must have */
  add(heap: number, held = 0): void {
    this.#peakHeld = Math.max(this.#peakHeld, held)
    this.#samples.push(heap)
  }

  figures(): MemoryFigures {
    const third = Math.max(1, Math.floor(this.#samples.length / 3))
    return {
      startHeap: rounded(this.#samples[0] ?? 0),
      peakHeap: rounded(Math.max(0, ...this.#samples)),
      peakHeld: rounded(this.#peakHeld),
      firstThirdHeap: rounded(mean(this.#samples.slice(0, third))),
      lastThirdHeap: rounded(mean(this.#samples.slice(-third))),
      endHeap: rounded(this.#samples.at(-1) ?? 0),
    }
  }
}

/** Those of this process. */
export class Memory {
  readonly #start = heapNow()
  readonly #samples = new Samples()

  sample(): number {
    const before = held()
    const heap = heapNow()
    this.#samples.add(heap, before)
    return heap
  }

  figures(): MemoryFigures {
    this.sample()
    return { ...this.#samples.figures(), startHeap: rounded(this.#start) }
  }
}

/** What is in use beside the code: objects, and buffers outside of the heap. */
function heapNow(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

/** Of Linux, which says it, what is not a file's: the database maps its files, and the kernel may take those pages back. */
function held(): number {
  try {
    const own = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (own !== undefined) return Number(own) / 1000
  } catch {
    // Another system: all that is resident.
  }
  return process.memoryUsage.rss() / 1e6
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** To a tenth. */
export const rounded = (value: number) => Math.round(value * 10) / 10

/** Seconds since then, to a tenth. */
export const secondsSince = (startedAt: number) => rounded((performance.now() - startedAt) / 1000)
