/** A Premura in a process of its own, which can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Shop } from './shop.ts'

export interface Child {
  process: ChildProcess
  url: string
  shop: Shop
  /** Everything it wrote so far. */
  stdout(): string
  stderr(): string
  /** Sends the signal and answers how it ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Instead of a script: what people type. */
export const NPM_START = 'npm start'

export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'premura-test-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

function launch(script: string, args: string[], env: { [name: string]: string } = {}) {
  const { PORT: _, PREMURA_DATA: __, PREMURA_ADMIN_KEY: ___, ...inherited } = process.env
  const [command, ...before] =
    script === NPM_START ? ['npm', 'start', '--'] : [process.execPath, '--import', 'tsx', script]
  const child = spawn(command, [...before, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...written })))
  return { child, written, ended }
}

/** Resolves at the ready line. */
export async function start(
  script: string,
  args: string[],
  env: { [name: string]: string } = {},
): Promise<Child> {
  const { child, written, ended } = launch(script, args, env)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const found = /^ready (\S+)$/m.exec(written.stdout)?.[1]
      if (found !== undefined) resolve(found)
    })
    ended.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)), reject)
  })
  return {
    process: child,
    url,
    shop: new Shop({ url }),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    async end(signal) {
      child.kill(signal)
      await ended
      return { code: child.exitCode, signal: child.signalCode }
    },
  }
}

/** For starts that are refused. */
export function attempt(
  script: string,
  args: string[],
  env: { [name: string]: string } = {},
): Promise<Ended> {
  return launch(script, args, env).ended
}
