import { expect, test } from 'vitest'
import { openCareShop } from './shop.ts'

test('a purchase becomes a mail, and later the next ones', async () => {
  const shop = await openCareShop()
  const accepted = await shop.purchase('O-1')
  expect(accepted.status).toBe(202)
  expect(accepted.json).toEqual({ accepted: ['O-1'], rejected: [] })
  await shop.settle()
  const [mail, ...more] = await shop.mails('?to=anna@example.com&workflow=care')
  expect(more).toEqual([])
  expect(mail).toMatchObject({
    to: 'anna@example.com',
    subject: 'Thank you, Anna',
    at: '2026-03-26T10:00:00.000Z',
    customerId: 'anna',
    workflow: 'care',
    key: 'O-1',
  })
  expect(mail?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')

  const moved = await shop.advance({ advance: 'P14D' })
  expect(moved.json).toMatchObject({ now: '2026-04-09T10:00:00.000Z', fired: 2 })
  const subjects = (await shop.mails()).map(({ subject, at }) => [at, subject])
  // Summer time begins in Rome on the 29th: three days later is 11:00 there still, so that the next 10:00 is tomorrow's,
  // which is 08:00 UTC by then and would have been 09:00.
  expect(subjects).toEqual([
    ['2026-03-26T10:00:00.000Z', 'Thank you, Anna'],
    ['2026-03-30T08:00:00.000Z', 'Tips'],
    ['2026-04-06T08:00:00.000Z', 'See you soon'],
  ])
})
