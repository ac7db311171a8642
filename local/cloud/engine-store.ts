/**
 * The storage that dynalite's actions work on: one object per request, over our own store. It lets us see what an
 * action found (for conditions and the meter), makes the writes of one action one atomic batch, and catches whatever
 * an action throws later than its call.
 */
import type { EventEmitter } from 'node:events'
import { Stream } from 'node:stream'
import type { Callback, EngineDb, EngineStore, KeyRange } from 'dynalite/engine'
import type { Change, Store } from './store.ts'

/** What all requests share. */
export interface Shared {
  store: Store
  /** Table descriptions, by name. */
  tables: Map<string, object>
  /** Who waits for an item, by key. */
  locks: Map<string, (() => void)[]>
  region: string
}

const options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, maxItemSize: 409_600 }

export class EngineRequest implements EngineStore {
  readonly options = options
  readonly tableDb: EngineDb
  /** The item that the action last looked at. */
  found: object | undefined
  readonly #shared: Shared
  readonly #fail: (error: unknown) => void
  readonly #held = new Set<string>()
  /** Index entries, which are written together with their item. */
  #changes: Change[] = []

  constructor(shared: Shared, fail: (error: unknown) => void) {
    this.#shared = shared
    this.#fail = fail
    this.tableDb = { ...this.#db('table~'), awsAccountId: '000000000000', awsRegion: shared.region }
    this.tableDb.put = (name, value, done) => {
      shared.tables.set(name, value)
      this.#write([{ type: 'put', key: `table~${name}`, value: JSON.stringify(value) }], done)
    }
    this.tableDb.del = (name, done) => {
      shared.tables.delete(name)
      this.#write([{ type: 'del', key: `table~${name}` }], done)
    }
    this.tableDb.get = (name, done) => this.getTable(name, done)
    this.tableDb.createKeyStream = () => {
      const stream = new Stream()
      queueMicrotask(() => {
        for (const name of [...shared.tables.keys()].sort()) stream.emit('data', name)
        stream.emit('end')
      })
      return stream
    }
  }

  getTable(name: string, checkStatus: boolean | Callback<object>, done?: Callback<object>): void {
    const answer = typeof checkStatus === 'function' ? checkStatus : done
    const table = this.#shared.tables.get(name)
    if (table) answer?.(undefined, table)
    else answer?.(Object.assign(new Error('no such table'), notFound))
  }

  getItemDb(table: string): EngineDb {
    return this.#db(`item~${table}~`)
  }

  getIndexDb(kind: string, table: string, index: string): EngineDb {
    const prefix = `index~${kind.toLowerCase()}~${table}~${index}~`
    return {
      ...this.#db(prefix),
      put: (key, value, done) => {
        this.#changes.push({ type: 'put', key: prefix + key, value: JSON.stringify(value) })
        done()
      },
      del: (key, done) => {
        this.#changes.push({ type: 'del', key: prefix + key })
        done()
      },
    }
  }

  getTagDb(table: string): EngineDb {
    return this.#db(`tag~${table}~`)
  }

  deleteItemDb(table: string, done: Callback): void {
    this.#clear(`item~${table}~`, done)
  }

  deleteIndexDb(kind: string, table: string, index: string, done: Callback): void {
    this.#clear(`index~${kind.toLowerCase()}~${table}~${index}~`, done)
  }

  deleteTagDb(table: string, done: Callback): void {
    this.#clear(`tag~${table}~`, done)
  }

  /** Frees what an action that threw did not free. */
  release(): void {
    for (const key of this.#held) this.#unlock(key)
  }

  #db(prefix: string): EngineDb {
    return {
      get: (key, done) => {
        const text = this.#shared.store.get(prefix + key)
        if (text === undefined) {
          this.found = undefined
          done(Object.assign(new Error('no such key'), notFound))
          return
        }
        this.found = JSON.parse(text)
        done(undefined, this.found)
      },
      put: (key, value, done) =>
        this.#write([{ type: 'put', key: prefix + key, value: JSON.stringify(value) }], done),
      del: (key, done) => this.#write([{ type: 'del', key: prefix + key }], done),
      batch: (changes, done) =>
        this.#write(
          changes.map(({ type, key, value }) =>
            type === 'put'
              ? { type, key: prefix + key, value: JSON.stringify(value) }
              : { type, key: prefix + key },
          ),
          done,
        ),
      lock: (key, run) => this.#lock(prefix + key, run),
      createValueStream: (range) => this.#stream(prefix, range),
      createKeyStream: () => new Stream(),
    }
  }

  #write(changes: Change[], done: Callback): void {
    const all = this.#changes.length === 0 ? changes : [...this.#changes, ...changes]
    this.#changes = []
    this.#shared.store
      .write(all)
      .then(() => done(), done)
      .catch(this.#fail)
  }

  #lock(key: string, run: (release: (done: Callback) => Callback) => void): void {
    const enter = () => {
      this.#held.add(key)
      run((done) => (error, value) => {
        this.#unlock(key)
        done(error, value)
      })
    }
    const waiting = this.#shared.locks.get(key)
    if (waiting) {
      waiting.push(() => {
        try {
          enter()
        } catch (error) {
          this.#fail(error)
        }
      })
    } else {
      this.#shared.locks.set(key, [])
      enter()
    }
  }

  #unlock(key: string): void {
    if (!this.#held.delete(key)) return
    const next = this.#shared.locks.get(key)?.shift()
    if (next) queueMicrotask(next)
    else this.#shared.locks.delete(key)
  }

  /** A `Stream` by name: dynalite listens to anything else twice. */
  #stream(prefix: string, range: KeyRange): EventEmitter {
    let stopped = false
    const stream = Object.assign(new Stream(), {
      destroy: () => {
        stopped = true
      },
    })
    const { gt, gte, lt, lte, reverse } = range
    const bounds = {
      ...(gte !== undefined ? { gte: prefix + gte } : { gt: prefix + (gt ?? '') }),
      ...(lte !== undefined ? { lte: prefix + lte } : { lt: prefix + (lt ?? '\x7f') }),
      ...(reverse && { reverse }),
    }
    queueMicrotask(() => {
      const reading = this.#shared.store.read(bounds, (_, text) => {
        stream.emit('data', JSON.parse(text))
        return !stopped
      })
      reading.then(() => stream.emit('end')).catch(this.#fail)
    })
    return stream
  }

  #clear(prefix: string, done: Callback): void {
    const changes: Change[] = []
    const reading = this.#shared.store.read({ gte: prefix, lt: `${prefix}\x7f` }, (key) => {
      changes.push({ type: 'del', key })
      return true
    })
    reading.then(() => this.#write(changes, done)).catch(this.#fail)
  }
}

const notFound = {
  name: 'NotFoundError',
  statusCode: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
    message: 'Requested resource not found',
  },
}
