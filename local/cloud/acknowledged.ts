/**
 * Up to which write the process has said that it keeps them, noted in a file beside the database: a database that is
 * behind it has lost what somebody was told is safe. Damage inside its files it shows by itself (`damage.ts`); this shows
 * what is missing at the end, as after a power cut, or when the folder was put together from several moments.
 */
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import * as z from 'zod'

const body = z.object({ writes: z.int().nonnegative() })

/** No more often than this; the last second before a kill is not in it. */
const everyMs = 1000

export class Acknowledged {
  readonly #path: string
  #writes: number
  #noted: number
  #timer: NodeJS.Timeout | undefined
  #noting: Promise<void> | undefined

  constructor(path: string, writes: number) {
    this.#path = path
    this.#writes = writes
    this.#noted = -1
  }

  /** How many writes a database must hold; undefined where none was ever noted. `damaged`: the note is not readable. */
  static read(path: string): number | undefined | 'damaged' {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
    try {
      return body.parse(JSON.parse(text)).writes
    } catch {
      return 'damaged'
    }
  }

  /** Said to be safe from now on. */
  say(writes: number): void {
    this.#writes = Math.max(this.#writes, writes)
    if (this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#noted < this.#writes) this.say(this.#writes)
    }, everyMs).unref()
    // A note that a full disk does not take comes with the next second.
    this.#note().catch(() => undefined)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#note().catch(() => undefined)
    // It may have been under way with an older number. Without it the next start only knows a little less.
    if (this.#noted < this.#writes) await this.#note().catch(() => undefined)
  }

  async #note(): Promise<void> {
    this.#noting ??= this.#put(this.#writes).finally(() => {
      this.#noting = undefined
    })
    await this.#noting
  }

  /** Replaced as a whole, and on disk before it is: a note of nothing would be worth nothing. */
  async #put(writes: number): Promise<void> {
    const fresh = `${this.#path}.new`
    const file = await open(fresh, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify({ writes }))
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(fresh, this.#path)
    this.#noted = writes
  }
}
