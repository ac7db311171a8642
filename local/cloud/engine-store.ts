/**
 * The storage that dynalite's actions work on: one object per request, over our own store. It lets us see what an
 * action found (for conditions and the meter), makes the writes of one action one atomic batch, and catches whatever
 * an action throws later than its call.
 */
import type { EventEmitter } from 'node:events'
import { Stream } from 'node:stream'
import type { Callback, EngineDb, EngineStore, KeyRange } from 'dynalite/engine'
import { itemSize, writeUnits } from './item-size.ts'
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
  /** The item that the action last looked at. */
  found: object | undefined
  foundSize = 0
  readonly shared: Shared
  readonly fail: (error: unknown) => void
  /** What the writes cost so far. */
  writeUnits = 0
  /** The size of the items that were read and not only looked up. */
  readBytes = 0
  /** Index entries, which are written together with their item. */
  #changes: Change[] = []
  #held: string[] = []

  constructor(shared: Shared, fail: (error: unknown) => void) {
    this.shared = shared
    this.fail = fail
  }

  get tableDb(): EngineDb {
    return new TableDb(this)
  }

  getTable(name: string, checkStatus: boolean | Callback<object>, done?: Callback<object>): void {
    const answer = typeof checkStatus === 'function' ? checkStatus : done
    const table = this.shared.tables.get(name)
    if (table) answer?.(undefined, table)
    else answer?.(absent)
  }

  getItemDb(table: string): EngineDb {
    return new ItemDb(this, `item~${table}~`)
  }

  getIndexDb(kind: string, table: string, index: string): EngineDb {
    return new IndexDb(this, `index~${kind.toLowerCase()}~${table}~${index}~`)
  }

  getTagDb(table: string): EngineDb {
    return new ItemDb(this, `tag~${table}~`)
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

  later(change: Change): void {
    this.#changes.push(change)
  }

  write(changes: Change[], done: Callback): void {
    const all = this.#changes.length === 0 ? changes : [...this.#changes, ...changes]
    this.#changes = []
    this.shared.store
      .write(all)
      .then(() => done(), done)
      .catch(this.fail)
  }

  lock(key: string, run: (release: (done: Callback) => Callback) => void): void {
    const waiting = this.shared.locks.get(key)
    if (!waiting) {
      this.shared.locks.set(key, [])
      this.#enter(key, run)
      return
    }
    waiting.push(() => {
      try {
        this.#enter(key, run)
      } catch (error) {
        this.fail(error)
      }
    })
  }

  /** Frees what an action that threw did not free. */
  release(): void {
    for (const key of [...this.#held]) this.#unlock(key)
  }

  #enter(key: string, run: (release: (done: Callback) => Callback) => void): void {
    this.#held.push(key)
    run((done) => (error, value) => {
      this.#unlock(key)
      done(error, value)
    })
  }

  #unlock(key: string): void {
    const held = this.#held.indexOf(key)
    if (held < 0) return
    this.#held.splice(held, 1)
    const next = this.shared.locks.get(key)?.shift()
    if (next) queueMicrotask(next)
    else this.shared.locks.delete(key)
  }

  #clear(prefix: string, done: Callback): void {
    const changes: Change[] = []
    const reading = this.shared.store.read({ gte: prefix, lt: `${prefix}\x7f` }, (key) => {
      changes.push({ type: 'del', key })
      return true
    })
    reading.then(() => this.write(changes, done)).catch(this.fail)
  }
}

class ItemDb implements EngineDb {
  readonly request: EngineRequest
  readonly prefix: string

  constructor(request: EngineRequest, prefix: string) {
    this.request = request
    this.prefix = prefix
  }

  get(key: string, done: Callback): void {
    const text = this.request.shared.store.get(this.prefix + key)
    if (text === undefined) {
      this.request.found = undefined
      this.request.foundSize = 0
      done(absent)
      return
    }
    const item: object = JSON.parse(text)
    this.request.found = item
    this.request.foundSize = itemSize(item)
    this.request.readBytes += this.request.foundSize
    done(undefined, item)
  }

  put(key: string, value: object, done: Callback): void {
    const size = itemSize(value)
    if (size > options.maxItemSize) {
      done(tooLarge)
      return
    }
    this.request.writeUnits += writeUnits(size, this.request.foundSize)
    this.request.write([{ type: 'put', key: this.prefix + key, value: JSON.stringify(value) }], done)
  }

  del(key: string, done: Callback): void {
    this.request.writeUnits += writeUnits(this.request.foundSize)
    this.request.write([{ type: 'del', key: this.prefix + key }], done)
  }

  batch(changes: { type: 'put' | 'del'; key: string; value?: object }[], done: Callback): void {
    const all = changes.map(({ type, key, value }): Change => {
      const full = this.prefix + key
      return type === 'put' ? { type, key: full, value: JSON.stringify(value) } : { type, key: full }
    })
    this.request.write(all, done)
  }

  lock(key: string, run: (release: (done: Callback) => Callback) => void): void {
    this.request.lock(this.prefix + key, run)
  }

  createKeyStream(): EventEmitter {
    throw new Error('nobody asks for the keys of items')
  }

  /** A `Stream` by name: dynalite listens to anything else twice. */
  createValueStream(range: KeyRange): EventEmitter {
    let stopped = false
    const stream = Object.assign(new Stream(), {
      destroy: () => {
        stopped = true
      },
    })
    const { gt, gte, lt, lte, reverse } = range
    const bounds = {
      ...(gte !== undefined ? { gte: this.prefix + gte } : { gt: this.prefix + (gt ?? '') }),
      ...(lte !== undefined ? { lte: this.prefix + lte } : { lt: this.prefix + (lt ?? '\x7f') }),
      ...(reverse && { reverse }),
    }
    const { shared, fail } = this.request
    queueMicrotask(() => {
      const reading = shared.store.read(bounds, (_, text) => {
        const item: object = JSON.parse(text)
        stream.emit('data', item)
        // dynalite stops at the first item that it does not want any more.
        if (!stopped) this.request.readBytes += itemSize(item)
        return !stopped
      })
      reading.then(() => stream.emit('end')).catch(fail)
    })
    return stream
  }
}

class IndexDb extends ItemDb {
  override put(key: string, value: object, done: Callback): void {
    const before = this.request.shared.store.get(this.prefix + key)
    const text = JSON.stringify(value)
    if (text !== before) {
      this.request.writeUnits += writeUnits(
        itemSize(value),
        before === undefined ? 0 : itemSize(JSON.parse(before)),
      )
      this.request.later({ type: 'put', key: this.prefix + key, value: text })
    }
    done()
  }

  override del(key: string, done: Callback): void {
    const before = this.request.shared.store.get(this.prefix + key)
    this.request.writeUnits += writeUnits(before === undefined ? 0 : itemSize(JSON.parse(before)))
    this.request.later({ type: 'del', key: this.prefix + key })
    done()
  }
}

/** Table descriptions, which are in memory too. */
class TableDb extends ItemDb {
  readonly awsAccountId = '000000000000'
  readonly awsRegion: string

  constructor(request: EngineRequest) {
    super(request, 'table~')
    this.awsRegion = request.shared.region
  }

  override get(name: string, done: Callback): void {
    this.request.getTable(name, done)
  }

  override put(name: string, value: object, done: Callback): void {
    this.request.shared.tables.set(name, value)
    super.put(name, value, done)
  }

  override del(name: string, done: Callback): void {
    this.request.shared.tables.delete(name)
    super.del(name, done)
  }

  override createKeyStream(): EventEmitter {
    const stream = new Stream()
    const names = [...this.request.shared.tables.keys()].sort()
    queueMicrotask(() => {
      for (const name of names) stream.emit('data', name)
      stream.emit('end')
    })
    return stream
  }
}

const tooLarge = {
  statusCode: 400,
  body: {
    __type: 'com.amazon.coral.validate#ValidationException',
    message: 'Item size has exceeded the maximum allowed size',
  },
}

/** One for all: an `Error` for every item that is absent would be dear, and nobody looks at its stack. */
const absent = {
  name: 'NotFoundError',
  statusCode: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
    message: 'Requested resource not found',
  },
}
