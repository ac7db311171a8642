/** The embedded cloud over HTTP: whatever a client says, it answers and goes on. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Embedded, openEmbedded } from '../ports/embedded.ts'

let cloud: Embedded
let url: string
beforeAll(async () => {
  cloud = await openEmbedded()
  url = await cloud.cloud.listen()
})
afterAll(() => cloud.close())

const post = (target: string, body: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' },
    body,
  })

test.each([
  ['GET', '/', 404],
  ['POST', '/nothing', 404],
  ['PUT', '/schedules/a/b', 404],
  ['GET', '/schedules/missing', 404],
  ['POST', '/schedules/a', 400],
  ['POST', '/v2/email/outbound-emails', 400],
  ['GET', '/v2/email/unknown', 404],
])('%s %s is answered with %i', async (method, path, status) => {
  const answer = await fetch(url + path, { method, ...(method === 'POST' && { body: '{}' }) })
  expect(answer.status).toBe(status)
  expect(await answer.json()).toHaveProperty('message')
})

test.each([
  ['DynamoDB_20120810.PutItem', '{', 'SerializationException'],
  ['DynamoDB_20120810.PutItem', 'null', 'SerializationException'],
  [
    'DynamoDB_20120810.PutItem',
    '{"TableName":"missing-table","Item":{"pk":{"S":"a"}}}',
    'ResourceNotFoundException',
  ],
  ['DynamoDB_20120810.PutItem', '{"TableName":"premura","Item":{"pk":{"S":"a"}}}', 'ValidationException'],
  ['DynamoDB_20120810.TransactWriteItems', '{}', 'UnknownOperationException'],
  ['AmazonSQS.SendMessage', '{"QueueUrl":"http://x/1/other.fifo"}', 'QueueDoesNotExist'],
  ['AmazonSQS.SendMessage', '{"QueueUrl":"http://x/1/premura.fifo"}', 'InvalidParameterValue'],
])('%s %s is refused as %s', async (target, body, name) => {
  const answer = await post(target, body)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toHaveProperty('__type', name)
})

test('no nonsense ends the process or is answered with a fault of ours', async () => {
  const attribute = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.record({ S: fc.string() }),
      fc.record({ N: fc.oneof(fc.string(), fc.integer().map(String)) }),
      fc.record({ L: fc.array(tie('value'), { maxLength: 2 }) }),
      fc.record({ M: fc.dictionary(fc.string(), tie('value'), { maxKeys: 2 }) }),
      fc.jsonValue({ maxDepth: 2 }),
    ),
  })).value
  const item = fc.dictionary(fc.constantFrom('pk', 'sk', 'b', '', '__proto__'), attribute)
  const expression = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'b = :v',
      'attribute_not_exists(pk)',
      'SET b = :v',
      'ADD #n :v',
      'pk = :v',
      'size(b) > :v',
      '(',
    ),
  )
  const body = fc.record(
    {
      TableName: fc.oneof(fc.constant('premura'), fc.jsonValue({ maxDepth: 1 })),
      Item: item,
      Key: item,
      ConditionExpression: expression,
      UpdateExpression: expression,
      KeyConditionExpression: expression,
      ExpressionAttributeValues: fc.dictionary(fc.constantFrom(':v', ':w', 'x'), attribute),
      ExpressionAttributeNames: fc.dictionary(fc.constantFrom('#n', 'n'), fc.jsonValue({ maxDepth: 1 })),
      ExclusiveStartKey: item,
      Limit: fc.jsonValue({ maxDepth: 1 }),
      ReturnValues: fc.jsonValue({ maxDepth: 1 }),
    },
    { requiredKeys: ['TableName'] },
  )
  const operation = fc.constantFrom('PutItem', 'GetItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan')
  await fc.assert(
    fc.asyncProperty(operation, body, async (name, given) => {
      const answer = await post(`DynamoDB_20120810.${name}`, JSON.stringify(given))
      await answer.text()
      expect([200, 400, 500]).toContain(answer.status)
    }),
    { numRuns: 400 },
  )
  expect(await cloud.table.put({ pk: 'still', sk: 'there' }, { kind: 'any' })).toEqual({ ok: true })
})
