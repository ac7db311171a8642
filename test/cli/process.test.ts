import { spawn } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { apology, shell } from './shell.ts'

const command = fileURLToPath(new URL('../../cli/premura.mjs', import.meta.url))
const linked = fileURLToPath(new URL('../../node_modules/.bin/premura', import.meta.url))

/** The command as a person starts it. `deaf`: whoever reads its output has seen enough at once. */
function run(words: string[], cwd: string, more: { env?: NodeJS.ProcessEnv; deaf?: boolean } = {}) {
  const child = spawn(process.execPath, [command, ...words], {
    cwd,
    env: { ...process.env, PREMURA_URL: '', PREMURA_KEY: '', ...more.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const told = { out: '', err: '' }
  child.stderr.on('data', (data) => (told.err += data))
  if (more.deaf) child.stdout.destroy()
  else child.stdout.on('data', (data) => (told.out += data))
  return new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...told }))
  })
}

test('npx finds the command in a fresh installation, without asking a registry', async () => {
  expect(await realpath(linked)).toBe(await realpath(command))
})

test('it runs in any folder, with an exit code for scripts and no colors in a pipe', async () => {
  const { cwd, write } = await shell(apology)
  expect(await run(['validate'], cwd)).toEqual({
    code: 0,
    out: '1 workflow checked: nothing wrong.\n',
    err: '',
  })
  expect(await run(['validat'], cwd)).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('premura validate'),
  })
  await write({ 'workflows/apology/workflow.yaml': 'workflow: apology\n' })
  const { code, out, err } = await run(['validate'], cwd)
  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(out).not.toContain('\u001B')
})

test('a reader that goes away is no failure', async () => {
  const { cwd } = await shell(apology)
  expect(
    await run(['simulate', 'apology', '--customer', 'anna.json', '--event', 'rating.json', '--json'], cwd, {
      deaf: true,
    }),
  ).toMatchObject({
    code: 0,
    err: '',
  })
})

test('it speaks to the deployment of the environment, and follows no redirect with the key', async () => {
  const { cwd } = await shell()
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    if (request.url === '/v1/keys') response.writeHead(307, { location: '/elsewhere' })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const env = { PREMURA_URL: `http://127.0.0.1:${port}`, PREMURA_KEY: 'prm_secret' }
  const { code, err } = await run(['keys', 'list'], cwd, { env })
  expect(code).toBe(1)
  expect(err).toContain(`No deployment answers at http://127.0.0.1:${port} (`)
  expect(seen).toEqual(['Bearer prm_secret'])
})
