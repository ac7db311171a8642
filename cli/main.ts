/** The `premura` command on a real terminal. */
import { Resolver } from 'node:dns/promises'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { dispatch } from './dispatch.ts'
import { render } from './terminal.ts'

const { env, stdin, stdout, stderr } = process

// A reader that has seen enough (`| head`) is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const plain = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
const writer = (stream: NodeJS.WriteStream) => (text: string) => {
  stream.write(`${render(text, !plain && stream.isTTY === true)}\n`)
}

/** One line that is written over and over, as wide as the terminal at most. */
function progress(text = ''): void {
  stderr.write(`\r\u001B[K${render([...text].slice(0, (stderr.columns || 80) - 1).join(''), !plain)}`)
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

process.exitCode = await dispatch(process.argv.slice(2), {
  cwd: process.cwd(),
  env,
  out: writer(stdout),
  err: writer(stderr),
  columns: Math.max(40, Math.min(stdout.columns ?? 100, 120)),
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
  now: () => Date.now(),
  sleep: (ms) => setTimeout(ms),
  input: stdin,
  progress: stderr.isTTY && env.TERM !== 'dumb' ? progress : undefined,
  fetch,
  dns: new Resolver({ timeout: 2_000, tries: 2 }),
})
