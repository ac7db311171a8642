/** Lambda on this machine: a function's bundle, out of its asset, in a process that has its environment and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process'

/** What the process runs. The clock is ours: a function never sees another one than `Date.now`. */
const host = `
  let now = 0
  Date.now = () => now
  process.on('message', async ({ id, entry, event, at }) => {
    now = at
    try {
      const module = await import(process.env.BUNDLE)
      process.send({ id, result: await module[entry](event) })
    } catch (error) {
      process.send({ id, error: String(error && error.stack) })
    }
  })
  process.send({ id: 0 })
`

interface Answer {
  id: number
  result?: unknown
  error?: string
}

export class LambdaFunction {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  /** What it wrote. */
  log = ''
  #count = 0

  constructor(bundle: string, environment: { [name: string]: string }, cwd: string) {
    this.#child = spawn(process.execPath, ['--input-type=module', '-e', host], {
      cwd,
      env: { PATH: process.env.PATH ?? '', BUNDLE: bundle, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text) => {
        this.log += String(text)
      })
    this.#child.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    this.#child.on('exit', () => {
      for (const [id, answer] of this.#waiting) answer({ id, error: `the process ended: ${this.log}` })
    })
  }

  /** @throws what the function threw, with its stack */
  async invoke(event: unknown, at: number, entry = 'handler'): Promise<unknown> {
    const id = ++this.#count
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.send({ id, entry, event, at })
    })
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.result
  }

  stop(): void {
    this.#child.kill()
  }
}
