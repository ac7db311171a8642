/** The store on disk: LevelDB, with what it needs to say of itself when something was lost. */
import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { codeOf, messageOf } from '../data-folder.ts'
import { Acknowledged } from './acknowledged.ts'
import { findDamage } from './damage.ts'
import { takeBack } from './failed-batch.ts'
import type { Change, Range, Store } from './store.ts'

/** What is missing of a database, found before anything of it was used. */
export interface Loss {
  /** Sentences for a person. */
  findings: string[]
  /** False: LevelDB would answer with what the damage made of the data. */
  bearable: boolean
}

/** Who looks after what was acknowledged. */
export interface Custody {
  /** The file beside the database that says how many writes were acknowledged. */
  note: string
  /** Something that was acknowledged is missing. Throws, unless somebody has said that it may go on. */
  onLoss(loss: Loss): void
}

type Level = ClassicLevel<string, string>

/** Put by every batch, so that a database can say up to which write it holds them. */
const counter = '!writes'
/** A database that is opened again after a fault writes its log into a table first. */
const roomBytes = 64 * 1024 * 1024
const retryMs = 1000

/**
 * Writes that are asked for in one turn of the event loop, or while another write is under way, share one batch.
 * LevelDB hands every batch to the kernel before it answers, so that an acknowledged write survives SIGKILL; without
 * `sync` it need not survive a power cut, which is right for a process on a desk and the reason it is fast.
 */
export class LevelStore implements Store {
  readonly #dir: string
  readonly #db: Level
  readonly #acknowledged: Acknowledged | undefined
  #writes: number
  #pending: Change[] = []
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  #flushing: Promise<void> | undefined
  /** The count of a batch that failed: LevelDB's log is not to be written on behind it. */
  #failed: number | undefined
  #mending: Promise<void> | undefined
  #triedAt = Number.NEGATIVE_INFINITY

  private constructor(dir: string, db: Level, writes: number, custody: Custody | undefined) {
    this.#dir = dir
    this.#db = db
    this.#writes = writes
    this.#acknowledged = custody && new Acknowledged(custody.note, writes)
  }

  static async open(dir: string, custody?: Custody): Promise<LevelStore> {
    mkdirSync(dir, { recursive: true })
    // LevelDB leaves out what is damaged and tidies up behind itself, so that only a look before it finds anything.
    const damage = custody && (await findDamage(dir))
    const said = custody && Acknowledged.read(custody.note)
    const tables = damage?.tables ?? []
    const logs = damage?.logs.map(({ finding, before }) => finding + behind(before, said)) ?? []
    if (tables.length > 0) custody?.onLoss({ findings: [...tables, ...logs], bearable: false })
    else if (logs.length > 0) custody?.onLoss({ findings: logs, bearable: true })
    // One lock file per directory: a second process on the same data fails here instead of damaging it.
    const db: Level = new ClassicLevel(dir, {
      keyEncoding: 'utf8',
      valueEncoding: 'utf8',
      writeBufferSize: 16 * 1024 * 1024,
      cacheSize: 64 * 1024 * 1024,
      maxFileSize: 16 * 1024 * 1024,
    })
    try {
      await db.open()
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined
      if (codeOf(cause) === 'LEVEL_CORRUPTION')
        custody?.onLoss({ findings: [messageOf(cause)], bearable: false })
      throw error
    }
    try {
      const found = Number(db.getSync(counter) ?? 0)
      const findings = missing(said, found)
      if (findings.length > 0) custody?.onLoss({ findings, bearable: true })
      const store = new LevelStore(dir, db, Math.max(found, typeof said === 'number' ? said : 0), custody)
      // Whoever went on knowing it is not asked again.
      if (findings.length + logs.length > 0) await store.#count()
      return store
    } catch (error) {
      await db.close()
      throw error
    }
  }

  get(key: string): string | undefined {
    try {
      return this.#db.getSync(key)
    } catch (error) {
      throw this.#explained(error)
    }
  }

  async read(range: Range, visit: (key: string, value: string) => boolean): Promise<void> {
    await this.#mending
    const iterator = this.#db.iterator({ ...range, highWaterMarkBytes: 256 * 1024 })
    try {
      for (let size = 64; ; size = 1000) {
        const entries = await iterator.nextv(size)
        if (entries.length === 0) return
        for (const [key, value] of entries) if (key !== counter && !visit(key, value)) return
      }
    } catch (error) {
      throw this.#explained(error)
    } finally {
      await iterator.close()
    }
  }

  async write(changes: Change[]): Promise<void> {
    if (changes.length === 0) return
    for (const change of changes) this.#pending.push(change)
    this.#flushing ??= new Promise((resolve) => setImmediate(() => resolve(this.#flush())))
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const changes = this.#pending
      const waiting = this.#waiting
      this.#pending = []
      this.#waiting = []
      try {
        if (this.#failed !== undefined) await this.#mend()
        this.#writes += waiting.length
        changes.push({ type: 'put', key: counter, value: String(this.#writes) })
        await this.#batch(changes)
        this.#acknowledged?.say(this.#writes)
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        const explained = this.#explained(error)
        for (const { reject } of waiting) reject(explained)
      }
    }
    this.#flushing = undefined
  }

  async #batch(changes: Change[]): Promise<void> {
    try {
      await this.#db.batch(changes)
    } catch (error) {
      this.#failed = this.#writes
      throw error
    }
  }

  async #count(): Promise<void> {
    await this.#batch([{ type: 'put', key: counter, value: String(this.#writes) }])
    this.#acknowledged?.say(this.#writes)
  }

  /**
   * After a write that failed (a full disk, most of the time) LevelDB goes on in the middle of a block, where no later start
   * reads it, and after a compaction that failed it takes no write at all. Opened again, it begins a new log.
   */
  async #mend(): Promise<void> {
    const now = performance.now()
    const { bavail, bsize } = await statfs(this.#dir)
    if (bavail * bsize < roomBytes || now - this.#triedAt < retryMs)
      throw new Error('the database could not be written, and has not been opened again yet')
    this.#triedAt = now
    this.#mending = this.#reopen().finally(() => {
      this.#mending = undefined
    })
    await this.#mending
  }

  async #reopen(): Promise<void> {
    await this.#db.close()
    if (this.#failed !== undefined) await takeBack(this.#dir, counterPut(this.#failed))
    await this.#db.open()
    this.#failed = undefined
  }

  async close(): Promise<void> {
    await this.#flushing
    await this.#db.close()
    if (this.#failed !== undefined) await takeBack(this.#dir, counterPut(this.#failed))
    await this.#acknowledged?.close()
  }

  #explained(error: unknown): unknown {
    if (codeOf(error) !== 'LEVEL_CORRUPTION') return error
    return new Error(
      `the database in ${this.#dir} is damaged, and what was asked for cannot be read: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

/** As LevelDB writes it: a put, and the lengths of key and value before them. */
function counterPut(writes: number): Buffer {
  const value = String(writes)
  const [keyBytes, valueBytes] = [counter, value].map(({ length }) => String.fromCharCode(length))
  return Buffer.from(`\x01${keyBytes}${counter}${valueBytes}${value}`)
}

type Said = ReturnType<typeof Acknowledged.read>

/** What a damaged log may have taken with it. */
function behind(batch: Buffer | undefined, said: Said): string {
  const at = batch?.lastIndexOf(counter) ?? -1
  if (!batch || at < 0 || typeof said !== 'number') return ''
  const value = at + counter.length
  const count = Number(batch.toString('latin1', value + 1, value + 1 + batch.readUInt8(value)))
  return count < said ? `, and with it up to ${said - count} of ${said} acknowledged writes` : ''
}

function missing(said: Said, found: number): string[] {
  if (said === undefined) return []
  if (said === 'damaged')
    return [
      'the note beside it of what was acknowledged is damaged, so that nobody knows whether all of it is there',
    ]
  if (said <= found) return []
  return [
    `${said - found} of the last writes that were acknowledged are missing (${said} were, ${found} are there)`,
  ]
}
