/** Whatever happens, nothing that is written down for operators says whom it happened to, nor holds what opens a door. */
import { onTestFinished, describe, expect, it, vi } from 'vitest'
import { withoutWords } from '../../functions/on-aws.ts'
import { worker } from '../../functions/worker.ts'
import { play } from '../../local/demo/play.ts'
import { shoppers, STARTS_AT } from '../../local/demo/shop.ts'
import { Faults } from '../../local/cloud/faults.ts'
import { openPremura } from '../../local/process.ts'
import { framesOf } from '../../runtime/errors.ts'
import { routes } from '../../runtime/http/app.ts'
import { Api } from '../http/api.ts'

const KEY = 'Canarykey-of-the-admin'
/** In every name, address, number, attribute, order, comment, id, query and key of this test. */
const canary = /canary|\+3933312|@example\.com/i

/** All that the process writes while the test runs. */
function listen(): { written: () => string } {
  let text = ''
  const take = (chunk: unknown) => {
    text +=
      typeof chunk === 'string' ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : ''
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(take),
    vi.spyOn(process.stderr, 'write').mockImplementation(take),
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...words) => void take(`${words.map(String).join(' ')}\n`)),
    ),
  ]
  const stop = () => {
    for (const spy of spies) spy.mockRestore()
  }
  onTestFinished(stop)
  return { written: () => text }
}

it('three months of a shop, every route, every error and every failure', { timeout: 240_000 }, async () => {
  const heard = listen()
  const faults = new Faults()
  const premura = await openPremura({
    dir: null,
    port: 0,
    now: STARTS_AT,
    adminKey: KEY,
    log: 'debug',
    faults,
  })
  onTestFinished(() => premura.close())
  const people = shoppers(1, 12).map(({ profile }, nr) => ({
    id: `canary-${nr}`,
    profile: {
      ...profile,
      email: `canary.${nr}@example.com`,
      phone: `+3933312${String(nr).padStart(5, '0')}`,
      firstName: `Canaryfirst${nr}`,
      lastName: 'Canarylast',
      note: 'Canarynote\n    at canary (/canary:1:1)',
    },
  }))
  await play({ premura, key: KEY, seed: 1, people, onProgress: () => undefined })
  const { url, runtime } = premura
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: { [name: string]: string } = {},
  ) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, text: await response.text() }
  }

  // Pages, with good links and with broken ones.
  const mails = await premura.cloud.mailbox.list()
  expect(mails.length).toBeGreaterThan(20)
  const links = [...new Set(mails.flatMap(({ html }) => html.match(/\/[rupo]\/[\w-]+\.[\w-]+/g) ?? []))]
  for (const link of links.slice(-12)) {
    await call('GET', link)
    await call('GET', link.replace(/.$/, 'x'))
    await call('POST', link, 'score=9&comment=Canarycomment', {
      'content-type': 'application/x-www-form-urlencoded',
    })
  }

  // Every route, with what it does not take.
  for (const { method, path } of routes) {
    const at = path.replace('{id}', 'canary-1').replace('{name}', 'canary-flow').replace('{pool}', 'canary')
    for (const query of ['', '?canary=Canary', '?workflow=canary'])
      await call(
        method,
        at + query,
        method === 'GET' || method === 'DELETE' ? undefined : '{"canary": "Canary"',
      )
    await call(method, at, method === 'GET' || method === 'DELETE' ? undefined : { canary: ['Canary'] })
    await call(method, at, undefined, { authorization: 'Bearer Canary.Canary.Canary' })
  }

  // Failures of everything that is asked: in the routes, in the worker until it gives up, in the pages.
  const failure = {
    kind: 'error',
    name: 'Canary',
    message: 'canary.1@example.com\n    at canary (/canary:1:1)',
  } as const
  for (const operation of ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan'])
    faults.next('dynamodb', operation, { ...failure, name: 'ValidationException' }, 40)
  faults.next('sqs', 'SendMessageBatch', { ...failure, name: 'AccessDenied' }, 3)
  faults.next('sqs', 'SendMessage', { ...failure, name: 'AccessDenied' }, 3)
  faults.next('sesv2', 'SendEmail', { ...failure, name: 'MessageRejected' }, 2)
  faults.next('sesv2', 'SendEmail', { ...failure, name: 'LimitExceededException' }, 2)
  faults.next('sesv2', 'SendEmail', { kind: 'lost-after' }, 2)
  for (let nr = 0; nr < 8; nr++) {
    const event = {
      id: `canary-${nr}`,
      type: 'purchase',
      customerId: 'canary-1',
      data: { orderId: 'Canary', total: 1 },
    }
    await call('POST', '/v1/events', event)
    await call('GET', '/v1/customers/canary-1')
    await call('GET', links[0] ?? '/')
    await call('DELETE', '/v1/customers/canary-2')
  }
  await premura.settle()
  await premura.advanceTo(premura.clock.now() + 7 * 24 * 3_600_000)
  faults.clear()
  // A message that nobody wrote, and a rule that breaks over a value.
  const broken = async () => {
    throw new TypeError('Canarynote\n    at canary.1@example.com (/canary:1:1)')
  }
  const { get } = runtime.world.table
  runtime.world.table.get = broken
  await call('GET', '/v1/customers/canary-1')
  runtime.world.table.get = get
  await runtime.world.queue.send([{ group: 'canary', body: '{"kind":"Canary"}', dedupId: 'canary' }])
  await premura.settle()
  await call('DELETE', '/v1/customers/canary-1')
  await premura.settle()
  await premura.close()

  const lines = heard.written().split('\n')
  for (const said of ['http.failed', 'work.failed', 'work.unreadable'])
    expect(
      lines.filter((line) => line.includes(said)),
      said,
    ).not.toEqual([])
  expect(lines.filter((line) => canary.test(line))).toEqual([])
  const tokens = links.map((link) => link.split('.').at(-1) ?? '').filter((mac) => mac.length > 10)
  expect(tokens.length).toBeGreaterThan(20)
  expect(lines.filter((line) => tokens.some((mac) => line.includes(mac)))).toEqual([])
  expect(lines.filter((line) => /prm_|bearer|authorization/i.test(line))).toEqual([])
  expect(lines.filter((line) => line.includes(runtime.world.config.linkSecret))).toEqual([])
})

describe('an error', () => {
  const error = new TypeError('canary@example.com is no date\n    at canary (/canary:1:1)')

  it('gives its frames without its words, also where these look like frames', () => {
    const frames = framesOf(error, 5)
    expect(frames.length).toBeGreaterThan(0)
    expect(frames.join()).toContain('logs.test.ts')
    expect(frames.join()).not.toMatch(canary)
    const rewritten = new Error('before')
    void rewritten.stack
    rewritten.message = 'canary'
    expect(framesOf(rewritten, 5)).toEqual([])
  })

  it('that a function throws is told to Lambda by its name and its place', () => {
    const bare = withoutWords(Object.assign(error, { code: 'not-a-date' }))
    expect(bare).toMatchObject({ name: 'TypeError', message: 'the function failed (not-a-date)' })
    expect(bare.stack).toContain('logs.test.ts')
    expect(`${bare.stack}`).not.toMatch(canary)
    expect(withoutWords('canary').message).toBe('the function failed')
  })

  it('in a message of the queue is told by its name and its place', async () => {
    const api = new Api()
    api.world.table.query = async () => {
      throw error
    }
    const body = JSON.stringify({ kind: 'profile', customerId: 'canary' })
    const attributes = { ApproximateReceiveCount: '5' }
    const record = { messageId: 'm-1', body, attributes }
    await worker(api.runtime)({ Records: [record] } as never)
    expect(api.world.lines.map(({ message }) => message)).toContain('work.failed')
    expect(JSON.stringify(api.world.lines)).not.toMatch(canary)
  })
})
