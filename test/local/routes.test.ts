import { request } from 'node:http'
import { expect, test } from 'vitest'
import { KEY, openCareShop, openShop } from './shop.ts'

test('messages are found by recipient and workflow, oldest first, with everything that was sent', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1', 'anna')
  await shop.settle()
  await shop.advance({ advance: 'PT1H' })
  await shop.purchase('O-2', 'bea')
  await shop.settle()
  expect((await shop.mails()).map(({ to }) => to)).toEqual(['anna@example.com', 'bea@example.com'])
  expect((await shop.mails('?to=bea@example.com')).map(({ key }) => key)).toEqual(['O-2'])
  expect(await shop.mails('?to=bea@example.com&workflow=other')).toEqual([])
  expect(await shop.mails('?to=&workflow=care')).toHaveLength(2)
  const [first] = await shop.mails()
  expect(Object.keys(first ?? {}).sort()).toEqual([
    'at',
    'channel',
    'customerId',
    'from',
    'headers',
    'html',
    'id',
    'key',
    'step',
    'subject',
    'text',
    'to',
    'workflow',
  ])
  expect(first?.html).toContain('O-1')
  expect(first?.text).toContain('O-1')
  expect((await shop.call('GET', '/local/messages?from=x')).status).toBe(422)

  const second = await shop.call('GET', `/local/messages?view=summary&after=${first?.id}`)
  expect(second.json).toMatchObject([{ key: 'O-2' }])
  expect(second.text).not.toContain('html')
})

test('a message’s source is the mail as it would travel', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1')
  await shop.settle()
  const [mail] = await shop.mails()
  const { status, headers, text } = await shop.call('GET', `/local/messages/${mail?.id}.eml`)
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('message/rfc822')
  expect(text).toMatch(/^To: anna@example\.com\r$/m)
  expect(text).toMatch(/^List-Unsubscribe:\s+<http/m)
  expect(text).toContain('multipart/alternative')
  expect((await shop.call('GET', '/local/messages/nothing.eml')).status).toBe(404)
  expect((await shop.call('GET', '/local/messages/%E0%A4%A.eml')).status).toBe(400)
})

test('a bounce that SES would report closes the address, and the next mail stays unsent', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1')
  await shop.settle()
  const [mail] = await shop.mails()
  const reported = await shop.call('POST', '/local/feedback', {
    messageId: mail?.id,
    type: 'bounce',
    reason: 'no such user',
  })
  expect(reported.status).toBe(202)
  await shop.settle()
  await shop.advance({ advance: 'P14D' })
  expect(await shop.mails()).toHaveLength(1)
  const { json } = await shop.call('GET', '/v1/customers/anna/timeline')
  expect(json).toMatchObject({
    entries: expect.arrayContaining([expect.objectContaining({ kind: 'message', outcome: 'bounced' })]),
  })
})

test.each([
  ['delivery', {}, 'delivered'],
  ['complaint', {}, 'complained'],
  ['bounce', { bounceType: 'Transient' }, 'sent'],
])('after a %s %o the message is %s', async (type, more, outcome) => {
  const shop = await openCareShop()
  await shop.purchase('O-1')
  await shop.settle()
  const [mail] = await shop.mails()
  await shop.call('POST', '/local/feedback', { messageId: mail?.id, type, ...more })
  await shop.settle()
  const { json } = await shop.call('GET', '/v1/customers/anna/timeline')
  expect(json).toMatchObject({
    entries: expect.arrayContaining([expect.objectContaining({ kind: 'message', outcome })]),
  })
})

test('feedback on nothing, or of no kind, is refused', async () => {
  const shop = await openShop()
  const status = async (body: unknown) => (await shop.call('POST', '/local/feedback', body)).status
  expect(await status({ messageId: 'none', type: 'bounce' })).toBe(404)
  expect(await status({ messageId: 'none', type: 'applause' })).toBe(422)
  expect(await status({ type: 'bounce' })).toBe(422)
})

test('the meter counts since it was set back', async () => {
  const shop = await openCareShop()
  expect(shop.premura.cloud.meter.read().dynamodb.writeUnits).toBeGreaterThan(0)
  const zero = { calls: {}, dynamodb: { readUnits: 0, writeUnits: 0 } }
  expect((await shop.call('DELETE', '/local/meter')).json).toEqual(zero)
  await shop.purchase('O-1')
  await shop.settle()
  expect((await shop.call('GET', '/local/meter')).json).toMatchObject({
    calls: { 'sesv2.SendEmail': 1, 'sqs.SendMessage': 1, 'scheduler.CreateSchedule': 1 },
  })
})

test('unknown paths and methods are told apart', async () => {
  const shop = await openShop()
  expect((await shop.call('GET', '/local/nothing')).status).toBe(404)
  const wrong = await shop.call('DELETE', '/local/clock')
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST'])
  expect((await shop.call('GET', '/v1/nothing')).status).toBe(404)
  expect((await shop.call('POST', '/local/clock', '{"advance":')).status).toBe(400)
})

test('a body is refused by its size, whatever it says it is', async () => {
  const shop = await openShop()
  const large = { id: 'x', type: 'purchase', customerId: 'anna', data: { text: 'x'.repeat(1024 * 1024) } }
  expect((await shop.call('POST', '/v1/events', large)).status).toBe(413)
  const chunked = await new Promise<number>((resolve, reject) => {
    const sending = request(`${shop.premura.url}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'transfer-encoding': 'chunked',
      },
    })
    sending.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sending.on('error', reject)
    for (let part = 0; part < 40; part++) sending.write('x'.repeat(64 * 1024))
    sending.end()
  })
  expect(chunked).toBe(413)
})

/** fetch decides on these headers itself, an attacker's client does not. */
function ask(url: string, headers: { [name: string]: string }, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/local/clock`, { method, headers })
    asking.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asking.on('error', reject)
    asking.end(method === 'POST' ? '{"advance":"P1D"}' : undefined)
  })
}

test('the /local routes answer to this machine and to no web page', async () => {
  const { premura } = await openShop()
  const { url } = premura
  const { host } = new URL(url)
  expect(await ask(url, {})).toBe(200)
  expect(await ask(url, { host: 'localhost:8787' })).toBe(200)
  expect(await ask(url, { host: 'mailbox.localhost' })).toBe(200)
  // A name of the attacker's that resolves to 127.0.0.1.
  expect(await ask(url, { host: 'rebound.example' })).toBe(403)
  expect(await ask(url, { host: '127.0.0.1.rebound.example' })).toBe(403)
  expect(await ask(url, { origin: 'https://attacker.example' }, 'POST')).toBe(403)
  expect(await ask(url, { origin: 'null' }, 'POST')).toBe(403)
  expect(await ask(url, { 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await ask(url, { 'sec-fetch-site': 'same-origin', origin: `http://${host}` }, 'POST')).toBe(200)
})

test('bound to every address, they want the admin key', async () => {
  const shop = await openShop({ host: '0.0.0.0' })
  const { url } = shop.premura
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/)
  expect(await ask(url, {})).toBe(403)
  expect(await ask(url, { authorization: 'Bearer guessed' })).toBe(403)
  expect(await ask(url, { authorization: `Bearer ${KEY}` })).toBe(200)
})

test('the mailbox page runs no script but its own', async () => {
  const shop = await openShop()
  for (const path of ['/', '/local/mailbox']) {
    const { status, headers, text } = await shop.call('GET', path)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(text).not.toMatch(/<script(?! type="module" src=)/)
    for (const [, file] of text.matchAll(/(?:src|href)="(\/local\/[^"]+)"/g))
      expect([file, (await shop.call('GET', file ?? '')).status]).toEqual([file, 200])
  }
})
