/** What is answered without dynalite is answered as with it: the same items, refusals and bills, whoever wrote before. */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { dynamodbClient } from '../../aws/clients.ts'
import { names } from '../../local/cloud/cloud.ts'
import { openEmbedded } from '../ports/embedded.ts'

const TableName = names.table
/** Mostly the same few, so that calls meet. */
const mostly = (usual: string[], others: string[]) =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...usual), weight: 6 },
    { arbitrary: fc.constantFrom(...others), weight: 1 },
  )
const pk = mostly(['C#anna'], ['C#à', 'C#anna2'])
const sk = mostly(['!', '#w#1'], ['#w#10', '#w#è', '#w', 'E#1', '\u{10ffff}', ''])
const seconds = mostly(['5', '12', '100'], ['0', '007', '1.5', '-3'])

const item = fc.record(
  {
    b: fc.record({ S: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('x'.repeat(3000))) }),
    r: fc.record({ N: seconds }),
    x: fc.record({ N: seconds }),
    '+sent': fc.record({ N: fc.integer().map(String) }),
  },
  { requiredKeys: [] },
)

const condition = fc.oneof(
  fc.constant({}),
  seconds.map((N) => ({ ConditionExpression: 'r = :r', ExpressionAttributeValues: { ':r': { N } } })),
  seconds.map((N) => ({
    ConditionExpression: 'attribute_not_exists(pk) OR x <= :n',
    ExpressionAttributeValues: { ':n': { N } },
  })),
  // Not known by heart.
  fc.constant({ ConditionExpression: 'attribute_exists(pk)' }),
  fc.constant({ ConditionExpression: 'r = :r', ExpressionAttributeValues: { ':r': { S: '5' } } }),
)

const returning = fc.constantFrom({}, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const })

const put = fc.tuple(pk, sk, item, condition, returning).map(([p, s, rest, holds, back]) => {
  const input: PutItemCommandInput = {
    TableName,
    Item: { pk: { S: p }, sk: { S: s }, ...rest },
    ...holds,
    ...back,
  }
  return (client: DynamoDBClient) => client.send(new PutItemCommand(input))
})

const get = fc.tuple(pk, sk, fc.boolean()).map(([p, s, ConsistentRead]) => {
  return (client: DynamoDBClient) =>
    client.send(new GetItemCommand({ TableName, Key: { pk: { S: p }, sk: { S: s } }, ConsistentRead }))
})

const between = fc.oneof(
  fc.constant({ text: '', values: {} }),
  sk.map((f) => ({ text: ' AND begins_with(sk, :f)', values: { ':f': { S: f } } })),
  sk.map((f) => ({ text: ' AND sk >= :f', values: { ':f': { S: f } } })),
  sk.map((t) => ({ text: ' AND sk <= :t', values: { ':t': { S: t } } })),
  fc
    .tuple(sk, sk)
    .map(([f, t]) => ({ text: ' AND sk BETWEEN :f AND :t', values: { ':f': { S: f }, ':t': { S: t } } })),
  sk.map((f) => ({ text: ' AND sk = :f', values: { ':f': { S: f } } })),
)

const query = fc
  .tuple(pk, between, fc.option(fc.integer({ min: 0, max: 4 })), fc.boolean(), fc.boolean(), fc.option(sk))
  .map(([p, { text, values }, Limit, ScanIndexForward, ConsistentRead, after]) => {
    const input: QueryCommandInput = {
      TableName,
      KeyConditionExpression: `pk = :p${text}`,
      ExpressionAttributeValues: { ':p': { S: p }, ...values },
      ScanIndexForward,
      ConsistentRead,
      ...(Limit !== null && { Limit }),
      ...(after !== null && { ExclusiveStartKey: { pk: { S: p }, sk: { S: after } } }),
    }
    return (client: DynamoDBClient) => client.send(new QueryCommand(input))
  })

const remove = fc.tuple(pk, sk).map(([p, s]) => {
  return (client: DynamoDBClient) =>
    client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: p }, sk: { S: s } } }))
})

const add = fc.tuple(pk, sk).map(([p, s]) => {
  return (client: DynamoDBClient) =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: p }, sk: { S: s } },
        UpdateExpression: 'ADD #a :a',
        ExpressionAttributeNames: { '#a': '+sent' },
        ExpressionAttributeValues: { ':a': { N: '2' } },
      }),
    )
})

const call = fc.oneof(
  { arbitrary: put, weight: 5 },
  { arbitrary: get, weight: 2 },
  { arbitrary: query, weight: 4 },
  { arbitrary: remove, weight: 1 },
  { arbitrary: add, weight: 1 },
)

async function answerOf(answering: Promise<object>): Promise<unknown> {
  try {
    const { $metadata: _, ...answer }: { $metadata?: unknown } = await answering
    return answer
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const found = 'Item' in error ? { Item: error.Item } : {}
    return { refused: error.name, message: error.message, ...found }
  }
}

test('directly or as a request: the same answers, refusals and units', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), fc.boolean(), async (calls, onDisk) => {
      const storage = onDisk ? 'disk' : 'memory'
      const direct = await openEmbedded(storage, 'in process')
      const asked = await openEmbedded('memory', 'as requests')
      try {
        const [one, other] = [dynamodbClient(direct.clients), dynamodbClient(asked.clients)]
        for (const ask of calls) {
          expect(await answerOf(ask(one))).toEqual(await answerOf(ask(other)))
          expect(direct.cloud.meter.read()).toEqual(asked.cloud.meter.read())
        }
      } finally {
        await direct.close()
        await asked.close()
      }
    }),
    { numRuns: 60 },
  )
})

test.each(['absent', undefined, '4', '5', '6', '10'].flatMap((x) => ['5', '-1'].map((n) => [x, n] as const)))(
  'an item that expires at %s is in the way at %s, or is not, by both alike',
  async (x, n) => {
    const clouds = [await openEmbedded('memory', 'in process'), await openEmbedded('memory', 'as requests')]
    const key = { pk: { S: 'C#anna' }, sk: { S: '!' } }
    const answers = await Promise.all(
      clouds.map(async ({ clients, cloud }) => {
        const client = dynamodbClient(clients)
        const Item = { ...key, ...(x !== undefined && { x: { N: x } }), b: { S: 'before' } }
        if (x !== 'absent') await client.send(new PutItemCommand({ TableName, Item }))
        const again = client.send(
          new PutItemCommand({
            TableName,
            Item: { ...key, b: { S: 'after' } },
            ConditionExpression: 'attribute_not_exists(pk) OR x <= :n',
            ExpressionAttributeValues: { ':n': { N: n } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
        return [await answerOf(again), cloud.meter.read().dynamodb]
      }),
    )
    expect(answers[0]).toEqual(answers[1])
    await Promise.all(clouds.map((one) => one.close()))
  },
)

test('of ten who write the same row at once under its revision, one gets through', async () => {
  const { clients, close } = await openEmbedded('disk', 'in process')
  const client = dynamodbClient(clients)
  const row = (r: number) => ({ pk: { S: 'C#anna' }, sk: { S: '!' }, r: { N: String(r) } })
  await client.send(new PutItemCommand({ TableName, Item: row(1) }))
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      answerOf(
        client.send(
          new PutItemCommand({
            TableName,
            Item: row(2 + n),
            ConditionExpression: 'r = :r',
            ExpressionAttributeValues: { ':r': { N: '1' } },
          }),
        ),
      ),
    ),
  )
  expect(answers.filter((answer) => JSON.stringify(answer) === '{}')).toHaveLength(1)
  await close()
})
