/** The embedded product in a process of its own, with a client that keeps its connections, and what Linux knows of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const KEY = 'bench-key-bench-key-bench-key-bench'

/** Requests under way at a time. */
const CONNECTIONS = 16

export type Call = (method: string, path: string, body?: object) => Promise<unknown>

export interface Product {
  /** Where it keeps them. */
  data: string
  call: Call
  /** Of its process alone, all threads; NaN where the system does not tell. */
  cpuSeconds(): number
  peakMegabytes(): number
  /** What it has in use after a full collection, in megabytes of 1,000,000 bytes. Only of one that is `watched`. */
  heapMegabytes(): Promise<number>
  url: string
  key: string
  /** Ends it as an accident does; its data stay. */
  kill(): Promise<void>
  /** Lets it finish, and takes its data away. */
  stop(): Promise<void>
}

export interface ProductOptions {
  args?: string[]
  /** The folder of one that was killed, to go on from there. */
  data?: string
  /** Its log is not shown. */
  quiet?: boolean
  /** It tells what it has in use. */
  watched?: boolean
}

export async function startProduct({
  args = [],
  data = mkdtempSync(join(tmpdir(), 'premura-bench-')),
  quiet = false,
  watched = false,
}: ProductOptions = {}): Promise<Product> {
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=32',
      ...(watched ? tellingHeap : []),
      'local/run.mjs',
      'start',
      '--port',
      '0',
      '--data',
      data,
      '--key',
      KEY,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', quiet ? 'ignore' : 'inherit'] },
  )
  const base = await readyUrl(child)
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const end = async (signal: NodeJS.Signals) => {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
    agent.destroy()
  }
  return {
    data,
    call: caller(base, agent),
    cpuSeconds: () => cpuSecondsOf(child),
    peakMegabytes: () => peakMegabytesOf(child),
    heapMegabytes: () => heapMegabytesOf(child),
    url: base,
    key: KEY,
    kill: () => end('SIGKILL'),
    async stop() {
      agent.destroy()
      await end('SIGTERM')
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** For a process that {@link heapMegabytesOf} asks. */
export const tellingHeap = [
  '--expose-gc',
  '--import',
  new URL('./pressure/heap-teller.mjs', import.meta.url).href,
]

export function heapMegabytesOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ''
    const settle = (megabytes: number | undefined) => {
      child.stdout?.off('data', hear)
      child.off('exit', gone)
      if (megabytes === undefined) reject(new Error('the process ended before it told what it has in use'))
      else resolve(megabytes)
    }
    const gone = () => settle(undefined)
    const hear = (chunk: Buffer) => {
      text += chunk.toString()
      const bytes = /^heap (\d+)$/m.exec(text)?.[1]
      if (bytes !== undefined) settle(Number(bytes) / 1e6)
    }
    child.stdout?.on('data', hear)
    child.once('exit', gone)
    child.kill('SIGUSR2')
  })
}

/** Does each of a number of things, on all connections, in order of their numbers. */
export async function onAllConnections(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const connection = async () => {
    while (next < count) await one(next++)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
}

function caller(base: string, agent: Agent): Call {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        authorization: `Bearer ${KEY}`,
        ...(text !== undefined && { 'content-type': 'application/json' }),
      }
      const sent = request(`${base}${path}`, { method, agent, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const read = Buffer.concat(chunks).toString()
          if ((answer.statusCode ?? 500) >= 300)
            reject(new Error(`${method} ${path}: ${answer.statusCode} ${read}`))
          else resolve(read === '' ? undefined : JSON.parse(read))
        })
      })
      sent.on('error', reject)
      sent.end(text)
    })
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const url = /^ready (\S+)$/m.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`the product stopped with ${code} before it was ready`)))
  })
}

/** Linux alone tells this of another process without a tool; elsewhere the figure is missing. */
function cpuSecondsOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}

export function peakMegabytesOf({ pid }: Pick<ChildProcess, 'pid'>): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
  } catch {
    return Number.NaN
  }
}
