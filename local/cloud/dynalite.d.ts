// What we use of dynalite's inside. Not its API: the version is pinned, and test/ports shows what changed.

declare module 'dynalite/actions/*' {
  import type { Action } from 'dynalite/engine'
  const action: Action
  export default action
}

declare module 'dynalite/validations/index.js' {
  import type { EngineStore, Types } from 'dynalite/engine'
  const validations: {
    checkTypes(data: object, types: Types): { [name: string]: unknown }
    checkValidations(data: object, types: Types, custom: object | undefined, store: EngineStore): void
  }
  export default validations
}

declare module 'dynalite/validations/*' {
  import type { Types } from 'dynalite/engine'
  const validation: { types: Types; custom?: object }
  export default validation
}

declare module 'dynalite/engine' {
  type Types = { readonly [name: string]: unknown }
  type Callback<T = unknown> = (error?: unknown, value?: T) => void
  type Action = (store: EngineStore, data: { [name: string]: unknown }, done: Callback<object>) => void
  interface KeyRange {
    gt?: string
    gte?: string
    lt?: string
    lte?: string
    reverse?: boolean
    limit?: number
  }
  /** One namespace of keys with JSON values. */
  interface EngineDb {
    get(key: string, done: Callback): void
    put(key: string, value: object, done: Callback): void
    del(key: string, done: Callback): void
    batch(changes: { type: 'put' | 'del'; key: string; value?: object }[], done: Callback): void
    lock(key: string, run: (release: (done: Callback) => Callback) => void): void
    createValueStream(range: KeyRange): NodeJS.EventEmitter
    createKeyStream(range?: KeyRange): NodeJS.EventEmitter
    awsAccountId?: string
    awsRegion?: string
  }
  interface EngineStore {
    options: { createTableMs: number; deleteTableMs: number; updateTableMs: number; maxItemSize: number }
    tableDb: EngineDb
    getItemDb(table: string): EngineDb
    getIndexDb(kind: string, table: string, index: string): EngineDb
    getTagDb(table: string): EngineDb
    deleteItemDb(table: string, done: Callback): void
    deleteIndexDb(kind: string, table: string, index: string, done: Callback): void
    deleteTagDb(table: string, done: Callback): void
    getTable(name: string, checkStatus: boolean | Callback<object>, done?: Callback<object>): void
  }
}
