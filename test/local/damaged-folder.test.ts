import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readOptions } from '../../local/options.ts'
import { attempt, start, temporaryFolder } from './child.ts'
import { KEY } from './shop.ts'

const START = 'local/start.ts'
const SERVE = 'test/local/serve.ts'

test('a start on a folder that has lost what was acknowledged is refused, until somebody accepts it', {
  timeout: 60_000,
}, async () => {
  const dir = await temporaryFolder()
  const child = await start(SERVE, [dir])
  for (let n = 0; n < 40; n++) expect((await child.shop.purchase(`O-${n}`, `c${n}`)).status).toBe(202)
  expect(await child.end('SIGTERM')).toEqual({ code: 0, signal: null })

  const db = join(dir, 'db')
  const [log = ''] = readdirSync(db).filter((name) => name.endsWith('.log'))
  const bytes = readFileSync(join(db, log))
  bytes.set(Buffer.alloc(14, 0x55), Math.floor(bytes.length / 2))
  writeFileSync(join(db, log), bytes)

  const args = ['--port', '0', '--data', dir, '--key', KEY]
  for (const _ of ['once', 'again']) {
    const refused = await attempt(START, args)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(`premura: the database in ${resolve(dir)} has lost something`)
    expect(refused.stderr).toMatch(
      /damaged at byte \d+ of \d+, and with it up to \d+ of \d+ acknowledged writes/,
    )
    for (const way of ['--restored-from', '--accept-loss']) expect(refused.stderr).toContain(way)
    expect(refused.stderr).not.toContain('    at ')
  }
  const accepted = await start(START, [...args, '--accept-loss'])
  expect(accepted.stderr()).toContain('Accepted: the database in')
  expect(await accepted.end('SIGTERM')).toEqual({ code: 0, signal: null })
  const later = await start(START, args)
  expect(later.stderr()).toBe('')
  await later.end('SIGTERM')
})

test('a loss is accepted by name', () => {
  expect(readOptions(['--accept-loss'], {})).toMatchObject({ acceptLoss: true })
  expect(readOptions([], {})).not.toHaveProperty('acceptLoss')
})
