import { expect, test } from 'vitest'
import { careFiles, openCareShop, openShop } from './shop.ts'

const at = (instant: string) => Date.parse(instant)

test('a wait of three days at ten ends at ten in the customer’s own zone, over the change to summer time', async () => {
  const shop = await openCareShop({ now: at('2026-03-27T08:00:00Z') })
  await shop.purchase('O-1', 'anna')
  // New York changed three weeks before, and waits for its own ten o'clock.
  await shop.call('POST', '/v1/events', {
    id: 'O-2',
    type: 'purchase',
    customerId: 'bob',
    customer: { email: 'bob@example.com', firstName: 'Bob', timezone: 'America/New_York' },
    data: { orderId: 'O-2', total: 20 },
  })
  await shop.advance({ to: '2026-03-31T00:00:00+02:00' })
  const tips = (await shop.mails()).filter(({ subject }) => subject === 'Tips')
  expect(tips.map(({ to, at }) => [to, at])).toEqual([
    ['anna@example.com', '2026-03-30T08:00:00.000Z'],
    ['bob@example.com', '2026-03-30T14:00:00.000Z'],
  ])
})

test('and over the change back to winter time', async () => {
  const shop = await openCareShop({ now: at('2026-10-23T07:00:00Z') })
  await shop.purchase('O-1', 'anna')
  await shop.advance({ advance: 'P4D' })
  const tips = (await shop.mails()).filter(({ subject }) => subject === 'Tips')
  expect(tips.map(({ at }) => at)).toEqual(['2026-10-26T09:00:00.000Z'])
})

test('everything on the way happens at its own moment and in order', async () => {
  const shop = await openCareShop()
  for (let day = 0; day < 5; day++) {
    await shop.purchase(`O-${day}`, `c${day}`)
    await shop.advance({ advance: 'P1D' })
  }
  const { json } = await shop.advance({ advance: 'P20D' })
  expect(json).toMatchObject({ now: '2026-04-20T10:00:00.000Z' })
  const mails = await shop.mails()
  expect(mails).toHaveLength(15)
  expect(mails.map(({ at }) => at)).toEqual(mails.map(({ at }) => at).sort())
  for (const { at, subject } of mails) if (subject === 'Tips') expect(at.slice(11)).toBe('08:00:00.000Z')
})

test('birthdays come up at nine where the customer lives', async () => {
  const shop = await openShop()
  await shop.publish('birthday', {
    'workflow.yaml': `workflow: birthday
title: Birthday wishes
topic: service
trigger:
  date: birthday
  every: year
  at: "09:00"
steps:
  - send: wishes
`,
    'wishes.mjml': careFiles['thanks.mjml'].replace('{{ event.orderId }}', 'you'),
  })
  const born = (customer: string, timezone: string, birthday: string) =>
    shop.call('PUT', `/v1/customers/${customer}`, {
      email: `${customer}@example.com`,
      firstName: 'X',
      timezone,
      birthday,
    })
  await born('rome', 'Europe/Rome', '1990-04-02')
  await born('tokyo', 'Asia/Tokyo', '1985-04-02')
  await born('leap', 'Europe/Rome', '1992-02-29')
  await shop.advance({ advance: 'P30D' })
  expect((await shop.mails()).map(({ customerId, at }) => [customerId, at])).toEqual([
    ['tokyo', '2026-04-02T00:00:00.000Z'],
    ['rome', '2026-04-02T07:00:00.000Z'],
  ])
})

test('three quiet months pass almost without a call to the cloud', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1')
  await shop.advance({ advance: 'P20D' })
  await shop.call('DELETE', '/local/meter')
  const { json } = await shop.advance({ advance: 'P90D' })
  expect(json).toMatchObject({ fired: 0 })
  // 8640 ticks, which mark once a month that nobody was overlooked.
  expect(shop.premura.cloud.meter.read()).toEqual({
    calls: { 'dynamodb.PutItem': 3 },
    dynamodb: { readUnits: 0, writeUnits: 3 },
  })
})

test('a clock says what it is, and goes forward only', async () => {
  const shop = await openShop()
  expect((await shop.call('GET', '/local/clock')).json).toEqual({
    now: '2026-03-26T10:00:00.000Z',
    virtual: true,
  })
  const refused = [
    { to: '2026-03-26T09:59:59Z' },
    { advance: '-P1D' },
    { advance: '3 days' },
    { to: '2026-04-01' },
    { to: '2026-04-01T10:00:00' },
    { to: '2026-02-31T10:00:00Z' },
    { advance: 'P400Y' },
    { advance: 'P1D', to: '2026-04-01T00:00:00Z' },
    { advance: 3 },
    {},
  ]
  for (const body of refused) {
    const { status, headers } = await shop.call('POST', '/local/clock', body)
    expect([JSON.stringify(body), status]).toEqual([JSON.stringify(body), 422])
    expect(headers.get('content-type')).toBe('application/problem+json')
  }
  expect((await shop.call('POST', '/local/clock', { to: '2026-03-26T11:00:00+01:00' })).json).toEqual({
    now: '2026-03-26T10:00:00.000Z',
    fired: 0,
  })
})

test('the real clock cannot be moved, and says why', async () => {
  const shop = await openShop({ now: undefined })
  expect((await shop.call('GET', '/local/clock')).json).toMatchObject({ virtual: false })
  const { status, json } = await shop.call('POST', '/local/clock', { advance: 'P1D' })
  expect(status).toBe(409)
  expect(json).toMatchObject({ detail: expect.stringContaining('--now') })
})
