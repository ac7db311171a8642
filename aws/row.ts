/** How a row becomes a DynamoDB item and comes back. Names are one letter: every started KB of an item is a write unit. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Row } from '../runtime/ports.ts'

export type Item = Record<string, AttributeValue>

export const attribute = {
  pk: 'pk',
  sk: 'sk',
  body: 'b',
  rev: 'r',
  /** Epoch seconds, as DynamoDB's time to live wants it. */
  expires: 'x',
  /** Prefix of the counters, which stand at the top so that ADD reaches them. */
  counter: '+',
} as const

export function keyOf(pk: string, sk: string): Item {
  return { pk: { S: pk }, sk: { S: sk } }
}

export function toItem(row: Row): Item {
  const item: Item = { pk: { S: row.pk }, sk: { S: row.sk } }
  if (row.body !== undefined) item[attribute.body] = { S: row.body }
  if (row.rev !== undefined) item[attribute.rev] = { N: String(row.rev) }
  if (row.expiresAt !== undefined) item[attribute.expires] = { N: String(Math.ceil(row.expiresAt / 1000)) }
  for (const name in row.counters) {
    item[attribute.counter + name] = { N: String(row.counters[name]) }
  }
  return item
}

export function fromItem(item: Item): Row {
  const row: Row = { pk: item.pk?.S ?? '', sk: item.sk?.S ?? '' }
  let counters: { [name: string]: number } | undefined
  for (const name in item) {
    const value = item[name]
    if (name === attribute.body) {
      if (value?.S !== undefined) row.body = value.S
    } else if (name === attribute.rev) {
      row.rev = Number(value?.N)
    } else if (name === attribute.expires) {
      row.expiresAt = Number(value?.N) * 1000
    } else if (name.startsWith(attribute.counter)) {
      counters ??= {}
      counters[name.slice(attribute.counter.length)] = Number(value?.N)
    }
  }
  if (counters) row.counters = counters
  return row
}
