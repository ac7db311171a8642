/** Calls to other systems: what arrives there, what comes back, and which addresses are never called. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import type { Address } from '../../aws/addresses.ts'
import { createWebhooks } from '../../aws/webhooks.ts'
import type { OutgoingCall } from '../../runtime/ports.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A receiver on this machine; answers its address. */
async function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  const server = createServer(answer)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  open.push(
    () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  )
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return new URL(`http://127.0.0.1:${address.port}/hook?from=here`)
}

const call = (url: string | URL): OutgoingCall => ({
  url: String(url),
  headers: [{ name: 'webhook-id', value: 'msg_1' }],
  body: '{"total":"12 €"}',
})
const near = createWebhooks({ allowLoopback: true, timeoutMs: 2000 })

describe('a receiver', () => {
  test('gets the body and the headers as they are, and its answer comes back', async () => {
    let got = ''
    let about: unknown
    const url = await receiver((request, response) => {
      about = [request.method, request.url, request.headers['webhook-id'], request.headers['content-length']]
      request.setEncoding('utf8').on('data', (text: string) => {
        got += text
      })
      request.on('end', () => response.writeHead(201, { 'retry-after': '7' }).end('{"ok":true}'))
    })
    expect(await near.call(call(url))).toEqual({
      status: 'answered',
      code: 201,
      body: '{"ok":true}',
      retryAfterMs: 7000,
    })
    expect(got).toBe('{"total":"12 €"}')
    expect(about).toEqual(['POST', '/hook?from=here', 'msg_1', '18'])
  })

  test('that sends the caller elsewhere is not followed', async () => {
    let calls = 0
    const url = await receiver((_, response) => {
      calls++
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    expect(await near.call(call(url))).toMatchObject({ status: 'answered', code: 307 })
    expect(calls).toBe(1)
  })

  test('that talks too much is not listened to', async () => {
    const url = await receiver((_, response) => {
      response.writeHead(200)
      response.end('x'.repeat(17 * 1024))
    })
    expect(await near.call(call(url))).toEqual({ status: 'answered', code: 200 })
  })

  test('that never answers is given up', async () => {
    const url = await receiver(() => {})
    const hasty = createWebhooks({ allowLoopback: true, timeoutMs: 50 })
    expect(await hasty.call(call(url))).toMatchObject({ status: 'unreachable' })
  })

  test('that hangs up, or is not there, is unreachable', async () => {
    const url = await receiver((request) => request.destroy())
    expect(await near.call(call(url))).toMatchObject({
      status: 'unreachable',
      reason: expect.stringMatching(/ECONNRESET/),
    })
    await open.pop()?.()
    expect(await near.call(call(url))).toMatchObject({
      status: 'unreachable',
      reason: expect.stringMatching(/ECONNREFUSED/),
    })
  })
})

describe('an address that is not of the public internet', () => {
  const strict = createWebhooks({ allowLoopback: false })

  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://10.1.2.3/',
    'https://172.31.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://[64:ff9b::a00:1]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[2002:a00:1::]/',
    'https://[2001:db8::1]/',
  ])('%s is refused', async (url) => {
    expect(await strict.call(call(url))).toMatchObject({
      status: 'refused',
      reason: expect.stringMatching(/public internet/),
    })
  })

  const resolving = (addresses: Address[], allowLoopback = false) => {
    const asked: string[] = []
    const lookup = async (name: string) => {
      asked.push(name)
      return addresses
    }
    return { asked, webhooks: createWebhooks({ allowLoopback, timeoutMs: 2000, lookup }) }
  }

  test('is refused behind a name, also where only one of several is', async () => {
    const { webhooks } = resolving([
      { address: '93.184.215.14', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ])
    expect(await webhooks.call(call('https://crm.example.com/'))).toMatchObject({ status: 'refused' })
  })

  test('is not reached by a name that changes its mind: it is looked up once, and connected to as it was checked', async () => {
    let host: unknown
    const url = await receiver((request, response) => {
      host = request.headers.host
      response.end()
    })
    const { asked, webhooks } = resolving([{ address: '127.0.0.1', family: 4 }], true)
    const named = `http://crm.example.com:${url.port}/`
    expect(await webhooks.call(call(named))).toMatchObject({ status: 'answered', code: 200 })
    expect(asked).toEqual(['crm.example.com'])
    expect(host).toBe(`crm.example.com:${url.port}`)
  })

  test('may be this machine in the embedded default, and no other one inside', async () => {
    expect(await near.call(call('https://10.0.0.1/'))).toMatchObject({ status: 'refused' })
    expect(await near.call(call('http://10.0.0.1/'))).toMatchObject({
      status: 'refused',
      reason: expect.stringMatching(/https/),
    })
  })
})

test('plain http is refused, and so is what is no web address', async () => {
  const strict = createWebhooks({
    allowLoopback: false,
    lookup: async () => [{ address: '93.184.215.14', family: 4 }],
  })
  for (const url of ['http://crm.example.com/', 'ftp://crm.example.com/', 'file:///etc/passwd', 'nonsense'])
    expect(await strict.call(call(url)), url).toMatchObject({ status: 'refused' })
})

test('a name that nobody knows is unreachable', async () => {
  const none = createWebhooks({ allowLoopback: false, lookup: async () => [] })
  expect(await none.call(call('https://crm.example.com/'))).toMatchObject({ status: 'unreachable' })
  const failing = createWebhooks({
    allowLoopback: false,
    lookup: async () => {
      throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    },
  })
  expect(await failing.call(call('https://crm.example.com/'))).toEqual({
    status: 'unreachable',
    reason: 'crm.example.com cannot be looked up (ENOTFOUND)',
  })
})
