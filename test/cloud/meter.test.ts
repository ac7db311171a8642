/** The meter against what AWS charges: a table of items of known size. */
import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dynamodbClient } from '../../aws/clients.ts'
import { names } from '../../local/cloud/cloud.ts'
import { type Embedded, openEmbedded } from '../ports/embedded.ts'
import { mailTo } from '../ports/mail.ts'

let cloud: Embedded
beforeEach(async () => {
  cloud = await openEmbedded()
})
afterEach(() => cloud.close())

/** A row that DynamoDB counts as `bytes` bytes: names and values in UTF-8, of `pk`, `sk` and `b`. */
function rowOf(bytes: number, sk = 'a') {
  const row = { pk: 'C#1', sk, body: '' }
  const others = 'pk'.length + row.pk.length + 'sk'.length + sk.length + 'b'.length
  return { ...row, body: 'x'.repeat(bytes - others) }
}

async function unitsOf(act: () => Promise<unknown>): Promise<{ readUnits: number; writeUnits: number }> {
  cloud.cloud.meter.reset()
  await act()
  return cloud.cloud.meter.read().dynamodb
}

const any = { kind: 'any' } as const

test.each([
  [100, 1],
  [1024, 1],
  [1025, 2],
  [2048, 2],
  [2049, 3],
  [300_000, 293],
])('an item of %i bytes costs %i write units to put, and the same to delete', async (bytes, units) => {
  const row = rowOf(bytes)
  expect(await unitsOf(() => cloud.table.put(row, any))).toEqual({ readUnits: 0, writeUnits: units })
  expect(await unitsOf(() => cloud.table.delete(row.pk, row.sk))).toEqual({ readUnits: 0, writeUnits: units })
})

test.each([
  [100, 1, 0.5],
  [4096, 1, 0.5],
  [4097, 2, 1],
  [12_289, 4, 2],
])(
  'an item of %i bytes costs %d read units, or %d eventually consistent',
  async (bytes, strong, eventual) => {
    const row = rowOf(bytes)
    await cloud.table.put(row, any)
    expect((await unitsOf(() => cloud.table.get(row.pk, row.sk))).readUnits).toBe(strong)
    expect((await unitsOf(() => cloud.table.get(row.pk, row.sk, { consistent: false }))).readUnits).toBe(
      eventual,
    )
    expect((await unitsOf(() => cloud.table.query(row.pk, { consistent: false }))).readUnits).toBe(eventual)
  },
)

test('letters count by their bytes, and a number less than its digits', async () => {
  // 'pk' 'C#1' 'sk' 'a' 'b' + 507 × 2 bytes = 1023; a revision is two bytes at least and does not fit any more.
  const row = { pk: 'C#1', sk: 'a', body: 'é'.repeat(507) }
  expect((await unitsOf(() => cloud.table.put(row, any))).writeUnits).toBe(1)
  expect((await unitsOf(() => cloud.table.put({ ...row, rev: 1 }, any))).writeUnits).toBe(2)
})

test('an update costs the larger of before and after', async () => {
  const large = rowOf(3000)
  await cloud.table.put(large, any)
  expect((await unitsOf(() => cloud.table.put(rowOf(100), any))).writeUnits).toBe(3)
  await cloud.table.put(large, any)
  expect((await unitsOf(() => cloud.table.add(large.pk, large.sk, { n: 1 }))).writeUnits).toBe(3)
})

test('a refused write costs what is in its way, and one when nothing is', async () => {
  await cloud.table.put(rowOf(3000), any)
  const absent = { kind: 'absent' } as const
  expect(await unitsOf(() => cloud.table.put(rowOf(100), absent))).toEqual({ readUnits: 0, writeUnits: 3 })
  const rev = { kind: 'rev', rev: 1 } as const
  expect((await unitsOf(() => cloud.table.put(rowOf(5000, 'none'), rev))).writeUnits).toBe(1)
})

test('a query costs by the sum of what it read, not by the number of items', async () => {
  for (let index = 0; index < 10; index++) await cloud.table.put(rowOf(500, `k${index}`), any)
  expect((await unitsOf(() => cloud.table.query('C#1'))).readUnits).toBe(2)
  expect((await unitsOf(() => cloud.table.query('C#1', { limit: 3 }))).readUnits).toBe(1)
  expect((await unitsOf(() => cloud.table.scan({ segment: 0, segments: 1 }))).readUnits).toBe(1)
})

test('reading nothing costs something', async () => {
  expect((await unitsOf(() => cloud.table.get('C#1', 'a'))).readUnits).toBe(1)
  expect((await unitsOf(() => cloud.table.get('C#1', 'a', { consistent: false }))).readUnits).toBe(0.5)
  expect((await unitsOf(() => cloud.table.query('C#1'))).readUnits).toBe(1)
})

test('counts calls by service and operation, also those that are refused', async () => {
  const absent = { kind: 'absent' } as const
  cloud.cloud.meter.reset()
  await cloud.table.put(rowOf(100), absent)
  await cloud.table.put(rowOf(100), absent)
  await cloud.queue.send([{ group: 'g', body: 'b', dedupId: '1' }])
  await cloud.timers.arm({ name: 't', at: cloud.clock.at + 1e6, group: 'g', body: 'b' })
  await cloud.sender.send(mailTo('anna@example.com'))
  await cloud.sender.send(mailTo('nobody'))
  expect(cloud.cloud.meter.read().calls).toEqual({
    'dynamodb.PutItem': 2,
    'scheduler.CreateSchedule': 1,
    'sesv2.SendEmail': 2,
    'sqs.SendMessage': 1,
  })
  cloud.cloud.meter.reset()
  expect(cloud.cloud.meter.read()).toEqual({ calls: {}, dynamodb: { readUnits: 0, writeUnits: 0 } })
})

test('what expired is purged for nothing', async () => {
  await cloud.table.put({ ...rowOf(100), expiresAt: cloud.clock.at + 1000 }, any)
  await cloud.table.put(rowOf(100, 'stays'), any)
  expect(await cloud.cloud.purge()).toBe(0)
  cloud.clock.at += 1000
  expect(await unitsOf(async () => expect(await cloud.cloud.purge()).toBe(1))).toEqual({
    readUnits: 0,
    writeUnits: 0,
  })
  expect((await cloud.table.scan({ segment: 0, segments: 1 })).rows).toEqual([rowOf(100, 'stays')])
})

test('answers consumed capacity to clients who ask, and only to them', async () => {
  const client = dynamodbClient(cloud.clients)
  const Item = { pk: { S: 'x' }, sk: { S: 'y' } }
  const put = { TableName: names.table, Item }
  expect((await client.send(new PutItemCommand(put))).ConsumedCapacity).toBeUndefined()
  const asked = await client.send(new PutItemCommand({ ...put, ReturnConsumedCapacity: 'TOTAL' }))
  expect(asked.ConsumedCapacity).toEqual({ CapacityUnits: 1, TableName: names.table })
  const query = new QueryCommand({
    TableName: names.table,
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'x' } },
    ReturnConsumedCapacity: 'TOTAL',
  })
  expect((await client.send(query)).ConsumedCapacity?.CapacityUnits).toBe(0.5)
})
