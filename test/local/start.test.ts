import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOptions } from '../../local/options.ts'
import { attempt, NPM_START, start, temporaryFolder } from './child.ts'
import { careFiles, KEY } from './shop.ts'

const START = 'local/start.ts'

test('the first start publishes the library and shows its key once; later ones go on with what is there', {
  timeout: 90_000,
}, async () => {
  const dir = await temporaryFolder()
  const first = await start(START, ['--port', '0', '--data', dir, '--now', '2026-03-26T10:00:00Z'])
  expect(first.stdout()).toBe(`ready ${first.url}\n`)
  const key = /(prm_\S+)/.exec(first.stderr())?.[1] ?? ''
  const headers = { authorization: `Bearer ${key}` }
  const { json, status } = await first.shop.call('GET', '/v1/workflows', undefined, headers)
  expect(status).toBe(200)
  expect(json).toMatchObject({
    workflows: expect.arrayContaining([expect.objectContaining({ state: 'live' })]),
  })
  expect((await first.shop.call('GET', '/local/clock')).status).toBe(403)
  expect((await first.shop.call('GET', '/local/clock', undefined, headers)).json).toMatchObject({
    now: '2026-03-26T10:00:00.000Z',
    virtual: true,
  })
  expect(statSync(join(dir, 'identity.json')).mode & 0o777).toBe(0o600)
  const secret = readFileSync(join(dir, 'identity.json'), 'utf8')

  // A second process on the same folder is told who has it, and does no harm.
  const second = await attempt(START, ['--port', '0', '--data', dir])
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`in use by process ${first.process.pid}`)
  expect(second.stdout).toBe('')
  // Nor does one on the same port.
  const port = new URL(first.url).port
  const third = await attempt(START, ['--port', port, '--data', await temporaryFolder()])
  expect(third.code).toBe(1)
  expect(third.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} is in use`))
  expect(third.stderr).not.toContain('    at ')

  expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(existsSync(join(dir, 'lock'))).toBe(false)

  const again = await start(START, ['--data', dir, '--key', KEY], { PORT: '0' })
  expect(again.stderr()).not.toContain('prm_')
  expect(readFileSync(join(dir, 'identity.json'), 'utf8')).toBe(secret)
  expect((await again.shop.call('GET', '/v1/workflows', undefined, headers)).json).toEqual(json)
  expect((await again.shop.call('GET', '/local/clock')).json).toMatchObject({ virtual: false })
  // A lock whose process was killed holds nobody off.
  expect(await again.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
  expect(existsSync(join(dir, 'lock'))).toBe(true)
  const last = await start(START, ['--data', dir, '--port', '0'], { PREMURA_ADMIN_KEY: KEY })
  expect((await last.shop.call('GET', '/v1/workflows')).json).toEqual(json)
  expect(await last.end('SIGINT')).toEqual({ code: 0, signal: null })
})

test('told to stop, it finishes what is in hand', { timeout: 60_000 }, async () => {
  const dir = await temporaryFolder()
  const SERVE = 'test/local/serve.ts'
  const child = await start(SERVE, [dir])
  await child.shop.publish('care', careFiles)
  const orders = Array.from({ length: 30 }, (_, index) => `O-${index}`)
  const posts = orders.map((order) =>
    child.shop.purchase(order, `c-${order}`).then(
      ({ status }) => status,
      () => 0,
    ),
  )
  await Promise.race(posts)
  expect(await child.end('SIGTERM')).toEqual({ code: 0, signal: null })
  const accepted = (await Promise.all(posts)).flatMap((status, index) =>
    status === 202 ? [orders[index]] : [],
  )
  expect(accepted.length).toBeGreaterThan(0)

  const next = await start(SERVE, [dir])
  await next.shop.settle()
  expect((await next.shop.mails()).map(({ key }) => key).sort()).toEqual(
    expect.arrayContaining([...accepted].sort()),
  )
  await next.end('SIGTERM')
})

test('npm start passes signals on, and leaves nothing behind when it is killed itself', {
  timeout: 60_000,
}, async () => {
  const dir = await temporaryFolder()
  const args = ['--port', '0', '--data', dir, '--key', KEY, '--now', '2026-03-26T10:00:00Z']
  const first = await start(NPM_START, args)
  expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null })
  const second = await start(NPM_START, args)
  // Its output is closed once nobody holds it any more, which is what this waits for.
  await second.end('SIGKILL')
  expect(existsSync(join(dir, 'lock'))).toBe(false)
})

test('a damaged identity is not replaced in silence', async () => {
  const dir = await temporaryFolder()
  writeFileSync(join(dir, 'identity.json'), '{"linkSecret":')
  const { code, stderr } = await attempt(START, ['--port', '0', '--data', dir])
  expect(code).toBe(1)
  expect(stderr).toContain('is damaged')
})

test.each([
  [['--key', 'eyJhbGciOiJSUzI1NiJ9.e30.x'], 'form of a JWT'],
  [['--prot', '1'], '--prot'],
  [['--port', 'http'], 'no port'],
  [['--port', '65536'], 'no port'],
  [['--now', 'yesterday'], 'no instant'],
  [['--now', '2027-02-30T00:00:00Z'], 'no instant'],
  [['--now', '2026-03-26T10:00:00'], 'no instant'],
  [['--smtp', 'mail.example.com'], '--smtp'],
  [['--key', 'two words'], '--key'],
  [['extra'], 'extra'],
])('%j is refused with a reason', (args, reason) => {
  expect(() => readOptions(args, {})).toThrow(reason)
})

test('options win over the environment, which wins over the defaults', () => {
  const env = { PORT: '9000', PREMURA_DATA: '/data', PREMURA_ADMIN_KEY: 'from-env' }
  expect(readOptions([], {})).toEqual({ dir: '.premura', host: '127.0.0.1', port: 8787 })
  expect(readOptions([], env)).toMatchObject({ dir: '/data', port: 9000, adminKey: 'from-env' })
  expect(
    readOptions(['--port=0', '--data', 'x', '--key', 'given', '--now', '2026-03-26'], env),
  ).toMatchObject({
    dir: 'x',
    port: 0,
    adminKey: 'given',
    now: Date.parse('2026-03-26T00:00:00Z'),
  })
  expect(readOptions(['--help'], env)).toBe('help')
})
