import { expect, test } from 'vitest'
import * as z from 'zod'
import { openCareShop } from './shop.ts'

const meter = z.object({
  calls: z.record(z.string(), z.number()),
  dynamodb: z.object({ readUnits: z.number(), writeUnits: z.number() }),
})

test('a journey of 3 mails, 2 waits and a branch costs at most 8 write units and 4 read units, all told', async () => {
  const shop = await openCareShop()
  const profile = {
    email: 'anna@example.com',
    firstName: 'Anna',
    timezone: 'Europe/Rome',
    birthday: '1990-03-14',
  }
  expect((await shop.call('PUT', '/v1/customers/anna', profile)).status).toBeLessThan(300)
  await shop.settle()
  await shop.call('DELETE', '/local/meter')
  await shop.purchase('O-1', 'anna')
  await shop.advance({ advance: 'P14D' })
  expect((await shop.mails()).map(({ subject }) => subject)).toEqual([
    'Thank you, Anna',
    'Tips',
    'See you soon',
  ])
  const { json } = await shop.call('GET', '/local/meter')
  const { calls, dynamodb } = meter.parse(json)
  expect(calls['sesv2.SendEmail']).toBe(3)
  expect(dynamodb.writeUnits).toBeLessThanOrEqual(8)
  expect(dynamodb.readUnits).toBeLessThanOrEqual(4)
})
