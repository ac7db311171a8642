/** DynamoDB on one machine: dynalite's validations and actions behind a front of our own. */
import createTable from 'dynalite/actions/createTable.js'
import deleteItem from 'dynalite/actions/deleteItem.js'
import deleteTable from 'dynalite/actions/deleteTable.js'
import describeTable from 'dynalite/actions/describeTable.js'
import getItem from 'dynalite/actions/getItem.js'
import listTables from 'dynalite/actions/listTables.js'
import putItem from 'dynalite/actions/putItem.js'
import query from 'dynalite/actions/query.js'
import scan from 'dynalite/actions/scan.js'
import updateItem from 'dynalite/actions/updateItem.js'
import type { Action, Types } from 'dynalite/engine'
import createTableRules from 'dynalite/validations/createTable.js'
import deleteItemRules from 'dynalite/validations/deleteItem.js'
import deleteTableRules from 'dynalite/validations/deleteTable.js'
import describeTableRules from 'dynalite/validations/describeTable.js'
import getItemRules from 'dynalite/validations/getItem.js'
import validations from 'dynalite/validations/index.js'
import listTablesRules from 'dynalite/validations/listTables.js'
import putItemRules from 'dynalite/validations/putItem.js'
import queryRules from 'dynalite/validations/query.js'
import scanRules from 'dynalite/validations/scan.js'
import updateItemRules from 'dynalite/validations/updateItem.js'
import { EngineRequest, type Shared } from './engine-store.ts'
import { readUnits, writeUnits } from './item-size.ts'
import type { Meter } from './meter.ts'
import {
  type Answer,
  type Call,
  json,
  parseBody,
  type Request,
  type Service,
  ServiceError,
  target,
} from './service.ts'
import { Shortcut } from './shortcut.ts'
import type { Store } from './store.ts'

const contentType = 'application/x-amz-json-1.0'

interface Operation {
  run: Action
  rules: { types: Types; custom?: object }
  /** What its consumed capacity is counted as; tables are free. */
  units: 'read' | 'write' | 'none'
}

const operations = new Map<string, Operation>([
  ['PutItem', { run: putItem, rules: putItemRules, units: 'write' }],
  ['GetItem', { run: getItem, rules: getItemRules, units: 'read' }],
  ['UpdateItem', { run: updateItem, rules: updateItemRules, units: 'write' }],
  ['DeleteItem', { run: deleteItem, rules: deleteItemRules, units: 'write' }],
  ['Query', { run: query, rules: queryRules, units: 'read' }],
  ['Scan', { run: scan, rules: scanRules, units: 'read' }],
  ['CreateTable', { run: createTable, rules: createTableRules, units: 'none' }],
  ['DescribeTable', { run: describeTable, rules: describeTableRules, units: 'none' }],
  ['ListTables', { run: listTables, rules: listTablesRules, units: 'none' }],
  ['DeleteTable', { run: deleteTable, rules: deleteTableRules, units: 'none' }],
])

const blank: Request = { method: 'POST', path: '/', query: {}, headers: {}, body: '' }

type Data = { [name: string]: unknown }

export class DynamoDb implements Service {
  readonly #shared: Shared
  readonly #meter: Meter
  readonly #shortcut: Shortcut

  private constructor(shared: Shared, meter: Meter) {
    this.#shared = shared
    this.#meter = meter
    this.#shortcut = new Shortcut(shared, meter)
  }

  static async open(store: Store, meter: Meter, region: string): Promise<DynamoDb> {
    const tables = new Map<string, object>()
    await store.read({ gte: 'table~', lt: 'table~\x7f' }, (key, text) => {
      tables.set(key.slice('table~'.length), JSON.parse(text))
      return true
    })
    return new DynamoDb({ store, tables, locks: new Map(), region }, meter)
  }

  hasTable(name: string): boolean {
    return this.#shared.tables.has(name)
  }

  /** For the table that nobody deploys here. */
  async create(definition: object): Promise<void> {
    const operation = operations.get('CreateTable')
    if (operation) await this.#run(operation, { ...blank, body: JSON.stringify(definition) })
  }

  /** What time to live does on AWS, where it costs nothing: deletes the items whose `attribute` (epoch seconds) has passed. */
  async purge(table: string, attribute: string, now: number): Promise<number> {
    const prefix = `item~${table}~`
    const before = Math.floor(now / 1000)
    const keys: string[] = []
    await this.#shared.store.read({ gte: prefix, lt: `${prefix}\x7f` }, (key, text) => {
      if (text.includes(`"${attribute}":`) && expiryOf(text, attribute) <= before) keys.push(key)
      return true
    })
    const purged = await Promise.all(keys.map((key) => this.#purgeOne(key, attribute, before)))
    return purged.filter(Boolean).length
  }

  /** Looks again with the item in hand: it may have been written meanwhile. */
  #purgeOne(key: string, attribute: string, before: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const request = new EngineRequest(this.#shared, reject)
      request.lock(key, (release) => {
        const text = this.#shared.store.get(key)
        const expired = text !== undefined && expiryOf(text, attribute) <= before
        const done = release((error) => (error ? reject(error) : resolve(expired)))
        if (expired) request.write([{ type: 'del', key }], done)
        else done()
      })
    })
  }

  call(request: Request): Call {
    const operation = target(request)
    const known = operations.get(operation)
    if (!known) throw new ServiceError('UnknownOperationException', `not a call we know: ${operation}`)
    return { operation, run: () => this.#run(known, request) }
  }

  direct(operation: string, input: object) {
    return this.#shortcut.call(operation, input)
  }

  async #run(operation: Operation, request: Request): Promise<Answer> {
    const raw = parseBody(request)
    if (!isData(raw)) throw new ServiceError('SerializationException', 'the body is not an object')
    const {
      ReturnConsumedCapacity: asked,
      ReturnValuesOnConditionCheckFailure: onFailure,
      ConsistentRead,
      TableName,
    } = raw
    // We count ourselves, and dynalite need not.
    delete raw.ReturnConsumedCapacity

    let units = 0
    const answer = await new Promise<object>((resolve, reject) => {
      const fail = (error: unknown) => {
        engine.release()
        const failure = failureOf(error)
        if (failure.name === 'ConditionalCheckFailedException') {
          // A refused write is billed by the size of the item that was in the way.
          this.#meter.addWriteUnits(writeUnits(engine.foundSize))
          if (onFailure === 'ALL_OLD' && engine.found) failure.more = { Item: engine.found }
        }
        reject(failure)
      }
      const engine = new EngineRequest(this.#shared, fail)
      try {
        const data = validations.checkTypes(raw, operation.rules.types)
        validations.checkValidations(data, operation.rules.types, operation.rules.custom, engine)
        operation.run(engine, data, (error, value) => {
          if (error) return fail(error)
          if (operation.units === 'write') units = engine.writeUnits
          if (operation.units === 'read') units = readUnits(engine.readBytes, ConsistentRead === true)
          resolve(value ?? {})
        })
      } catch (error) {
        fail(error)
      }
    })

    if (operation.units === 'write') this.#meter.addWriteUnits(units)
    if (operation.units === 'read') this.#meter.addReadUnits(units)
    const told = operation.units !== 'none' && (asked === 'TOTAL' || asked === 'INDEXES')
    return json(
      told ? { ...answer, ConsumedCapacity: { CapacityUnits: units, TableName } } : answer,
      contentType,
    )
  }
}

/** What dynalite refuses is answered as AWS does; what it throws is a fault of ours and never ends the process. */
function failureOf(error: unknown): ServiceError {
  if (!isData(error) || typeof error.statusCode !== 'number' || !isData(error.body)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return new ServiceError('InternalServerError', detail, 500)
  }
  const type = String(error.body.__type).split('#')[1] ?? 'ValidationException'
  return new ServiceError(type, String(error.body.message ?? error.body.Message ?? type), error.statusCode)
}

function expiryOf(item: string, attribute: string): number {
  const value: unknown = JSON.parse(item)[attribute]
  return isData(value) ? Number(value.N) : Number.NaN
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null
}
