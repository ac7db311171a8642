/** The table port on DynamoDB: single-item calls, conditional writes, no transactions. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type CreateTableCommandInput,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { Condition, Page, QueryOptions, Row, Table, WriteResult } from '../runtime/ports.ts'
import { attribute, fromItem, keyOf, type Item, toItem } from './row.ts'
import { available, failureOf } from './unavailable.ts'

export interface TableOptions {
  client: DynamoDBClient
  table: string
  /** What expiry is compared with. The store deletes late (on AWS within days), so that readers have to. */
  now: () => number
}

/** The table as Premura needs it, for endpoints where nobody deployed it. */
export function tableDefinition(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: attribute.pk, AttributeType: 'S' },
      { AttributeName: attribute.sk, AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: attribute.pk, KeyType: 'HASH' },
      { AttributeName: attribute.sk, KeyType: 'RANGE' },
    ],
  }
}

export function createTable({ client, table, now }: TableOptions): Table {
  const live = (item: Item | undefined): Row | undefined => {
    if (!item) return undefined
    const row = fromItem(item)
    return row.expiresAt !== undefined && row.expiresAt <= now() ? undefined : row
  }

  /** A write whose answer was lost is tried again by the SDK, and then stands in its own way. */
  const refused = (error: unknown, wrote: Item | undefined): WriteResult => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    if (failureOf(error).attempts > 1 && sameItem(error.Item, wrote)) return { ok: true }
    return { ok: false, conflict: live(error.Item) }
  }

  return {
    async get(pk, sk, options) {
      const answer = await available('dynamodb.GetItem', () =>
        client.send(
          new GetItemCommand({
            TableName: table,
            Key: keyOf(pk, sk),
            ConsistentRead: options?.consistent ?? true,
          }),
        ),
      )
      return live(answer.Item)
    },

    async put(row, condition) {
      const item = toItem(row)
      try {
        await available('dynamodb.PutItem', () =>
          client.send(new PutItemCommand({ TableName: table, Item: item, ...holds(condition, now()) })),
        )
        return { ok: true }
      } catch (error) {
        return refused(error, item)
      }
    },

    async delete(pk, sk, condition) {
      try {
        await available('dynamodb.DeleteItem', () =>
          client.send(
            new DeleteItemCommand({
              TableName: table,
              Key: keyOf(pk, sk),
              ...holds(condition ?? { kind: 'any' }, now()),
            }),
          ),
        )
        return { ok: true }
      } catch (error) {
        return refused(error, undefined)
      }
    },

    async add(pk, sk, counters) {
      const names: Record<string, string> = {}
      const values: Record<string, AttributeValue> = {}
      const parts = Object.entries(counters).map(([name, by], index) => {
        names[`#${index}`] = attribute.counter + name
        values[`:${index}`] = { N: String(by) }
        return `#${index} :${index}`
      })
      if (parts.length === 0) return (await this.get(pk, sk))?.counters ?? {}
      const answer = await available('dynamodb.UpdateItem', () =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(pk, sk),
            UpdateExpression: `ADD ${parts.join(', ')}`,
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: values,
            ReturnValues: 'ALL_NEW',
          }),
        ),
      )
      return (answer.Attributes && fromItem(answer.Attributes).counters) ?? {}
    },

    async query(pk, options = {}) {
      const range = sortKeys(options)
      if (!range) return { rows: [] }
      const values: Item = { ':p': { S: pk }, ...range.values }
      const answer = await available('dynamodb.Query', () =>
        client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: `${attribute.pk} = :p${range.condition}`,
            ExpressionAttributeValues: values,
            ConsistentRead: options.consistent ?? true,
            ScanIndexForward: !options.newestFirst,
            ...(options.limit !== undefined && { Limit: options.limit }),
            ...(options.cursor !== undefined && {
              ExclusiveStartKey: keyOf(pk, cursorText(options.cursor)),
            }),
          }),
        ),
      )
      const last = answer.LastEvaluatedKey?.[attribute.sk]?.S
      return page(answer.Items, last === undefined ? undefined : toCursor(last))
    },

    async scan({ segment, segments, cursor }) {
      const start = cursor === undefined ? undefined : scanCursor(cursor)
      const answer = await available('dynamodb.Scan', () =>
        client.send(
          new ScanCommand({
            TableName: table,
            Segment: segment,
            TotalSegments: segments,
            ...(start && { ExclusiveStartKey: start }),
          }),
        ),
      )
      const last = answer.LastEvaluatedKey
      const pk = last?.[attribute.pk]?.S
      const sk = last?.[attribute.sk]?.S
      const next = pk === undefined || sk === undefined ? undefined : toCursor(JSON.stringify([pk, sk]))
      return page(answer.Items, next)
    },
  }

  function page(items: Item[] | undefined, cursor: string | undefined): Page {
    const rows: Row[] = []
    for (const item of items ?? []) {
      const row = live(item)
      if (row) rows.push(row)
    }
    return cursor === undefined ? { rows } : { rows, cursor }
  }
}

/** The one condition on sort keys that DynamoDB takes; undefined when no key can meet what was asked. */
function sortKeys({
  from = '',
  to,
  prefix = '',
}: QueryOptions): { condition: string; values: Item } | undefined {
  const { sk } = attribute
  if (prefix !== '' && later(from, prefix) === prefix && to === undefined) {
    return { condition: ` AND begins_with(${sk}, :f)`, values: { ':f': { S: prefix } } }
  }
  const first = later(from, prefix)
  const afterPrefix = prefix === '' ? undefined : prefix + lastCharacter
  const last =
    to !== undefined && (afterPrefix === undefined || later(afterPrefix, to) === afterPrefix)
      ? to
      : afterPrefix
  if (last === '' || (last !== undefined && first !== last && later(first, last) === first)) return undefined
  if (first !== '' && last !== undefined) {
    return { condition: ` AND ${sk} BETWEEN :f AND :t`, values: { ':f': { S: first }, ':t': { S: last } } }
  }
  if (first !== '') return { condition: ` AND ${sk} >= :f`, values: { ':f': { S: first } } }
  if (last !== undefined) return { condition: ` AND ${sk} <= :t`, values: { ':t': { S: last } } }
  return { condition: '', values: {} }
}

/** No key goes on with it: it sorts behind everything else that follows a prefix. */
const lastCharacter = '\u{10ffff}'

/** By the bytes of UTF-8, as DynamoDB sorts. */
function later(one: string, other: string): string {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0 ? one : other
}

/** An expired row that the store has not deleted yet counts as absent. */
function holds(condition: Condition, now: number) {
  if (condition.kind === 'any') return {}
  if (condition.kind === 'rev') {
    return {
      ConditionExpression: `${attribute.rev} = :r`,
      ExpressionAttributeValues: { ':r': { N: String(condition.rev) } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    }
  }
  return {
    ConditionExpression: `attribute_not_exists(${attribute.pk}) OR ${attribute.expires} <= :n`,
    ExpressionAttributeValues: { ':n': { N: String(Math.floor(now / 1000)) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  }
}

function sameItem(found: Item | undefined, wrote: Item | undefined): boolean {
  if (!found || !wrote) return found === wrote
  const names = Object.keys(found)
  return (
    names.length === Object.keys(wrote).length &&
    names.every((name) => found[name]?.S === wrote[name]?.S && found[name]?.N === wrote[name]?.N)
  )
}

function toCursor(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function cursorText(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString()
}

function scanCursor(cursor: string): Item {
  const parts: unknown = JSON.parse(cursorText(cursor))
  if (!Array.isArray(parts)) throw new TypeError('not a cursor of this scan')
  return keyOf(String(parts[0]), String(parts[1]))
}
