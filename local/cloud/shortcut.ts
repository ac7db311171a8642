/**
 * The calls that Premura makes for every journey, answered without dynalite: the same items under the same keys, the same
 * answers and refusals. Whatever is not known by heart here is left to dynalite, and test/cloud/shortcut.test.ts holds the
 * two to each other.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { createHash } from 'node:crypto'
import type { Shared } from './engine-store.ts'
import { itemSize, readUnits, writeUnits } from './item-size.ts'
import type { Meter } from './meter.ts'
import { ServiceError } from './service.ts'
import type { Range } from './store.ts'

type Item = Record<string, AttributeValue>
type Run = () => Promise<object>

/** Longest sort key of DynamoDB is 1,024 bytes, longest hash key 2,048; far below it, dynalite need not be asked. */
const longestKey = 1024
/** An item may have 400 KB, a page of a query 1 MB: from here on dynalite counts. */
const largest = 100_000

const pageBytes = 1024 * 1024

export class Shortcut {
  readonly #shared: Shared
  readonly #meter: Meter

  constructor(shared: Shared, meter: Meter) {
    this.#shared = shared
    this.#meter = meter
  }

  /** @returns undefined for what dynalite has to do. */
  call(operation: string, input: object): Run | undefined {
    if (operation === 'PutItem') return this.#put(input)
    if (operation === 'GetItem') return this.#get(input)
    if (operation === 'Query') return this.#query(input)
    return undefined
  }

  #put(input: object): Run | undefined {
    const asked = only(input, putNames)
    const table = asked && this.#table(asked.TableName)
    const { Item: item, ConditionExpression, ExpressionAttributeValues: values } = asked ?? {}
    if (!table || !isPlain(item)) return undefined
    const key = keyOf(table, item.pk?.S, item.sk?.S)
    const holds = conditionOf(ConditionExpression, values)
    if (key === undefined || !holds) return undefined
    const text = JSON.stringify(item)
    if (text.length > largest) return undefined
    const { store, locks } = this.#shared
    return () =>
      locked(locks, key, async () => {
        const before = store.get(key)
        const found: Item | undefined = before === undefined ? undefined : JSON.parse(before)
        const foundSize = found === undefined ? 0 : itemSize(found)
        if (!holds(found)) {
          // A refused write is billed by the size of the item that was in the way.
          this.#meter.addWriteUnits(writeUnits(foundSize))
          const shown = found && asked?.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
          throw new ServiceError(
            'ConditionalCheckFailedException',
            'The conditional request failed',
            400,
            shown ? { Item: found } : {},
          )
        }
        await store.write([{ type: 'put', key, value: text }])
        this.#meter.addWriteUnits(writeUnits(itemSize(item), foundSize))
        return {}
      })
  }

  #get(input: object): Run | undefined {
    const asked = only(input, getNames)
    const table = asked && this.#table(asked.TableName)
    const { Key: names, ConsistentRead } = asked ?? {}
    if (!table || !isPlain(names) || Object.keys(names).length !== 2) return undefined
    const key = keyOf(table, names.pk?.S, names.sk?.S)
    if (key === undefined) return undefined
    return async () => {
      const text = this.#shared.store.get(key)
      const item: Item | undefined = text === undefined ? undefined : JSON.parse(text)
      this.#meter.addReadUnits(readUnits(item === undefined ? 0 : itemSize(item), ConsistentRead === true))
      return item === undefined ? {} : { Item: item }
    }
  }

  #query(input: object): Run | undefined {
    const asked = only(input, queryNames)
    const table = asked && this.#table(asked.TableName)
    const { ExpressionAttributeValues: values, Limit: limit, ConsistentRead } = asked ?? {}
    if (!table || !isPlain(values) || !(limit === undefined || (typeof limit === 'number' && limit > 0)))
      return undefined
    const range = rangeOf(table, asked?.KeyConditionExpression, values)
    if (!range || asked?.ExclusiveStartKey !== undefined) return undefined
    return async () => {
      const Items: Item[] = []
      let size = 0
      let more = false
      await this.#shared.store.read({ ...range, reverse: asked?.ScanIndexForward === false }, (_, text) => {
        if (Items.length === limit || size >= pageBytes) {
          more = true
          return false
        }
        const item: Item = JSON.parse(text)
        Items.push(item)
        size += itemSize(item)
        return true
      })
      this.#meter.addReadUnits(readUnits(size, ConsistentRead === true))
      const last = Items.at(-1)
      const full = more || Items.length === limit
      return {
        Items,
        Count: Items.length,
        ScannedCount: Items.length,
        ...(full && last?.pk && last.sk && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }),
      }
    }
  }

  /** The prefix of a table's items; only of a table with Premura's keys. */
  #table(name: unknown): string | undefined {
    if (typeof name !== 'string') return undefined
    let prefix = this.#prefixes.get(name)
    if (prefix === undefined) {
      const table = this.#shared.tables.get(name)
      if (!table || !hasOurKeys(table)) return undefined
      prefix = `item~${name}~`
      this.#prefixes.set(name, prefix)
    }
    return this.#shared.tables.has(name) ? prefix : undefined
  }

  readonly #prefixes = new Map<string, string>()
}

function hasOurKeys(table: object): boolean {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes }: Asked = {
    ...table,
  }
  return (
    GlobalSecondaryIndexes === undefined &&
    LocalSecondaryIndexes === undefined &&
    JSON.stringify(KeySchema) ===
      '[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]' &&
    Array.isArray(AttributeDefinitions) &&
    AttributeDefinitions.every(({ AttributeType }) => AttributeType === 'S')
  )
}

type Asked = { [name: string]: unknown }

const putNames = new Set([
  'TableName',
  'Item',
  'ConditionExpression',
  'ExpressionAttributeValues',
  'ReturnValuesOnConditionCheckFailure',
])
const getNames = new Set(['TableName', 'Key', 'ConsistentRead'])
const queryNames = new Set([
  'TableName',
  'KeyConditionExpression',
  'ExpressionAttributeValues',
  'ConsistentRead',
  'ScanIndexForward',
  'Limit',
  'ExclusiveStartKey',
])

/** The input, when it asks for nothing else than these. */
function only(input: object, names: ReadonlySet<string>): Asked | undefined {
  const asked: Asked = { ...input }
  for (const name in asked) if (!names.has(name)) return undefined
  return asked
}

/** Strings and numbers as they are stored; dynalite puts other numbers right, and knows the other types. */
function isPlain(item: unknown): item is Item {
  if (typeof item !== 'object' || item === null) return false
  for (const value of Object.values(item)) {
    if (typeof value !== 'object' || value === null) return false
    const { S, N, ...rest }: Asked = value
    for (const _ in rest) return false
    if ((typeof S === 'string') === (typeof N === 'string')) return false
    if (typeof N === 'string' && !/^(?:0|-?[1-9]\d{0,30})$/.test(N)) return false
  }
  return true
}

/** As dynalite lays keys out, so that both find what the other wrote. */
function keyOf(table: string, pk: string | undefined, sk: string | undefined): string | undefined {
  if (!fits(pk) || !fits(sk)) return undefined
  return `${partitionOf(table, pk)}${hex(sk)}/`
}

function partitionOf(table: string, pk: string): string {
  const bytes = Buffer.from(pk)
  const hash = createHash('md5').update('Outliers').update(bytes).digest('hex').slice(0, 6)
  return `${table}${hash}/${bytes.toString('hex')}/`
}

const hex = (text: string) => Buffer.from(text).toString('hex')
const fits = (key: unknown): key is string =>
  typeof key === 'string' && key !== '' && key.length * 3 <= longestKey

type Condition = (found: Item | undefined) => boolean

/** The conditions of the table port; undefined for any other. */
function conditionOf(expression: unknown, values: unknown): Condition | undefined {
  if (expression === undefined) return values === undefined ? () => true : undefined
  if (!isPlain(values)) return undefined
  const names = Object.keys(values)
  if (expression === 'r = :r' && names.length === 1 && values[':r']?.N !== undefined) {
    const wanted = values[':r'].N
    return (found) => found?.r?.N === wanted
  }
  if (
    expression === 'attribute_not_exists(pk) OR x <= :n' &&
    names.length === 1 &&
    values[':n']?.N !== undefined
  ) {
    const now = Number(values[':n'].N)
    return (found) => found === undefined || (found.x?.N !== undefined && Number(found.x.N) <= now)
  }
  return undefined
}

/** The ranges of the table port; undefined for any other. */
function rangeOf(table: string, expression: unknown, values: Item): Range | undefined {
  if (typeof expression !== 'string' || !expression.startsWith('pk = :p')) return undefined
  const pk = values[':p']?.S
  const from = values[':f']?.S
  const to = values[':t']?.S
  if (!fits(pk)) return undefined
  const start = partitionOf(table, pk)
  const count = Object.keys(values).length
  const rest = expression.slice('pk = :p'.length)
  if (rest === '' && count === 1) return { gte: start, lt: `${start}~` }
  if (rest === ' AND begins_with(sk, :f)' && count === 2 && fits(from))
    return { gte: start + hex(from), lt: `${start}${hex(from)}~` }
  if (rest === ' AND sk >= :f' && count === 2 && fits(from))
    return { gte: `${start}${hex(from)}/`, lt: `${start}~` }
  if (rest === ' AND sk <= :t' && count === 2 && fits(to)) return { gte: start, lte: `${start}${hex(to)}/~` }
  if (rest === ' AND sk BETWEEN :f AND :t' && count === 3 && fits(from) && fits(to) && hex(from) <= hex(to))
    return { gte: `${start}${hex(from)}/`, lte: `${start}${hex(to)}/~` }
  return undefined
}

/** One at a time for a key, together with what dynalite does with it. */
async function locked<T>(locks: Shared['locks'], key: string, run: () => Promise<T>): Promise<T> {
  const waiting = locks.get(key)
  if (waiting) await new Promise<void>((resolve) => waiting.push(resolve))
  else locks.set(key, [])
  try {
    return await run()
  } finally {
    const next = locks.get(key)?.shift()
    if (next) queueMicrotask(next)
    else locks.delete(key)
  }
}
