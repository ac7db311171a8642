/** The folder that a process owns while it runs: its lock, and what must be the same at every start. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'

/** What a person can mend; shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

const identity = z.object({
  linkSecret: z.string().min(32),
  /** The library was published and there is an admin key: set last, so that an interrupted first start is one again. */
  prepared: z.boolean(),
  /** Where the virtual clock stood when it was last moved: a later start does not go back behind it. */
  virtualAt: z.number().optional(),
})
export type Identity = z.infer<typeof identity>

const PATIENCE_MS = 2_000
const POLL_MS = 100

/** Folders that this very process has taken: a lock with our number may also be of a process before us. */
const heldHere = new Set<string>()

const lockBody = z.object({ pid: z.int().positive(), startedAt: z.string().nullable() })

export class DataFolder {
  /** Where the embedded cloud keeps its database. */
  readonly database: string
  /** Where it notes beside it what it has acknowledged. */
  readonly note: string
  readonly dir: string
  readonly #lock: string

  private constructor(dir: string) {
    this.dir = dir
    this.database = join(dir, 'db')
    this.note = join(dir, 'acknowledged.json')
    this.#lock = resolve(dir, 'lock')
  }

  /** Makes the folder and takes it for this process; one that is just stopping is given the time. */
  static async take(dir: string): Promise<DataFolder> {
    const folder = new DataFolder(dir)
    const until = performance.now() + PATIENCE_MS
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      while (performance.now() < until && folder.#holder() !== undefined) await sleep(POLL_MS)
      folder.#takeLock()
    } catch (error) {
      if (error instanceof StartError) throw error
      throw new StartError(`the data folder ${dir} cannot be used: ${messageOf(error)}`)
    }
    return folder
  }

  identity(): Identity {
    const path = join(this.dir, 'identity.json')
    let text: string | undefined
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw new StartError(`${path} cannot be read: ${messageOf(error)}`)
    }
    if (text === undefined) {
      const fresh: Identity = { linkSecret: randomBytes(32).toString('base64url'), prepared: false }
      this.saveIdentity(fresh)
      return fresh
    }
    try {
      return identity.parse(JSON.parse(text))
    } catch {
      // A new secret would break every link that was mailed, so nobody but a person decides on one.
      throw new StartError(`${path} is damaged; restore it, or delete it to start with a new link secret`)
    }
  }

  saveIdentity(value: Identity): void {
    const path = join(this.dir, 'identity.json')
    writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 })
    chmodSync(`${path}.new`, 0o600)
    renameSync(`${path}.new`, path)
  }

  release(): void {
    heldHere.delete(this.#lock)
    rmSync(this.#lock, { force: true })
  }

  /**
   * The file names a process and when it began, because process numbers come round again. LevelDB's own lock stands behind
   * it, should two processes find the same stale file at the same moment.
   */
  #takeLock(): void {
    const body = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) })
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(this.#lock, body, { flag: 'wx', mode: 0o600 })
        heldHere.add(this.#lock)
        return
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
      const holder = this.#holder()
      if (holder !== undefined)
        throw new StartError(
          `the data folder ${this.dir} is in use by process ${holder}; stop it first, or name another folder with --data`,
        )
      rmSync(this.#lock, { force: true })
    }
    throw new StartError(`the data folder ${this.dir} is being taken by another process`)
  }

  /** The process that holds the lock; undefined when it is gone. */
  #holder(): number | undefined {
    let held: z.infer<typeof lockBody>
    try {
      held = lockBody.parse(JSON.parse(readFileSync(this.#lock, 'utf8')))
    } catch {
      return undefined
    }
    if (held.pid === process.pid) return heldHere.has(this.#lock) ? held.pid : undefined
    try {
      process.kill(held.pid, 0)
    } catch (error) {
      // Somebody else's process is a process; only one that does not exist holds nothing.
      if (codeOf(error) === 'ESRCH') return undefined
    }
    const startedAt = startOf(held.pid)
    return startedAt !== null && held.startedAt !== null && startedAt !== held.startedAt
      ? undefined
      : held.pid
  }
}

/** When a process began, in the kernel's own count; null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything; fields are counted from behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
