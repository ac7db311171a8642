/** What reaches the function is what was sent. */
import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import type { HttpEvent, HttpResult } from '../../functions/api.ts'
import { listen } from '../../local/server.ts'

async function listening(result: Partial<HttpResult> = {}) {
  const events: HttpEvent[] = []
  const server = await listen('127.0.0.1', 0)
  onTestFinished(() => server.close())
  server.serve({
    async api(event) {
      events.push(event)
      return { statusCode: 200, body: 'ok', isBase64Encoded: false, ...result }
    },
    local: async () => ({ body: '' }),
    log: () => undefined,
  })
  return { events, url: `http://127.0.0.1:${server.port}` }
}

function send(
  url: string,
  options: { method: string; headers?: { [name: string]: string | string[] }; body?: Buffer },
) {
  return new Promise<{ status: number; headers: { [name: string]: unknown }; body: Buffer }>(
    (resolve, reject) => {
      const { body, ...rest } = options
      const sending = request(url, rest, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        )
      })
      sending.on('error', reject)
      sending.end(body)
    },
  )
}

test('path and query travel as they were written', async () => {
  const { events, url } = await listening()
  await send(`${url}/v1/customers/Stra%C3%9Fe%2F1?limit=2&cursor=a%2Bb&empty=`, { method: 'GET' })
  expect(events).toMatchObject([
    {
      version: '2.0',
      rawPath: '/v1/customers/Stra%C3%9Fe%2F1',
      rawQueryString: 'limit=2&cursor=a%2Bb&empty=',
      body: null,
      requestContext: {
        http: { method: 'GET', path: '/v1/customers/Stra%C3%9Fe%2F1', sourceIp: '127.0.0.1' },
      },
    },
  ])
})

test('headers are lower case and joined, cookies stand apart', async () => {
  const { events, url } = await listening()
  await send(`${url}/v1/x`, { method: 'GET', headers: { 'X-Shop': ['a', 'b'], Cookie: 'one=1; two=2' } })
  expect(events[0]?.headers['x-shop']).toBe('a, b')
  expect(events[0]?.headers.cookie).toBeUndefined()
  expect(events[0]?.cookies).toEqual(['one=1', 'two=2'])
})

test('text travels as text and bytes as base64, so that a signature over them still holds', async () => {
  const { events, url } = await listening()
  const text = Buffer.from('{"name":"Zoë"}')
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80])
  await send(`${url}/v1/x`, { method: 'POST', body: text })
  await send(`${url}/v1/x`, { method: 'POST', body: bytes })
  expect(events[0]).toMatchObject({ body: '{"name":"Zoë"}', isBase64Encoded: false })
  expect(events[1]).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true })
})

test('the function’s result is the response', async () => {
  const bytes = Buffer.from([1, 2, 255])
  const { url } = await listening({
    statusCode: 418,
    headers: { 'x-tea': 'green' },
    cookies: ['a=1; HttpOnly', 'b=2'],
    body: bytes.toString('base64'),
    isBase64Encoded: true,
  })
  const { status, headers, body } = await send(`${url}/v1/x`, { method: 'GET' })
  expect(status).toBe(418)
  expect(headers).toMatchObject({ 'x-tea': 'green', 'set-cookie': ['a=1; HttpOnly', 'b=2'] })
  expect(body).toEqual(bytes)
})

test('a request that comes before the process is ready is answered when it is', async () => {
  const server = await listen('127.0.0.1', 0)
  onTestFinished(() => server.close())
  const early = send(`http://127.0.0.1:${server.port}/health`, { method: 'GET' })
  server.serve({
    api: async () => ({ statusCode: 200, body: 'ready', isBase64Encoded: false }),
    local: async () => ({ body: '' }),
    log: () => undefined,
  })
  expect((await early).body.toString()).toBe('ready')
})

test('closing lets a request in hand end, and then the connection that its client keeps open', async () => {
  const server = await listen('127.0.0.1', 0)
  let closed: Promise<void> | undefined
  server.serve({
    async api() {
      closed = server.close()
      await new Promise((resolve) => setImmediate(resolve))
      return { statusCode: 200, body: 'done', isBase64Encoded: false }
    },
    local: async () => ({ body: '' }),
    log: () => undefined,
  })
  const answer = await fetch(`http://127.0.0.1:${server.port}/slow`)
  expect(await answer.text()).toBe('done')
  await closed
  await expect(fetch(`http://127.0.0.1:${server.port}/late`)).rejects.toThrow()
})
