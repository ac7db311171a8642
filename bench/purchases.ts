/**
 * From POST to mail: a shop on 16 connections posts purchases of distinct customers; each starts a journey with one branch
 * and one mail. Client and product are two processes on the same cores, talking over loopback.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'

const KEY = 'bench-key-bench-key-bench-key-bench'
const CONNECTIONS = 16
const WARM = 500

export const WORKFLOW = `workflow: bench
title: Bench
topic: service
trigger: { event: bench.bought }
enroll: { per: event.orderId, again: never }
steps:
  - if: event.total > 50
    then:
      - { send: large, inDoubt: drop }
    else:
      - { send: small, inDoubt: drop }
`
export const MAIL = `---
subject: 'Thank you, {{ customer.firstName }}'
---
<mj-section><mj-column><mj-text><h1>Thank you</h1>
<p>{{ customer.firstName }}, your order {{ event.orderId }} of {{ event.total | money: event.currency }} is on its way.</p>
</mj-text></mj-column></mj-section>
`

const meterShape = z.object({
  calls: z.record(z.string(), z.number()),
  dynamodb: z.object({ readUnits: z.number(), writeUnits: z.number() }),
})
const mailsShape = z.array(z.object({ customerId: z.string(), at: z.string() }))

export interface PurchaseFigures {
  purchases: number
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Of the product's process alone, the client's not counted. */
  cpuSecondsPer1000: number
  peakMegabytes: number
  /** What the product asked of DynamoDB, SQS and SES. */
  calls: { [name: string]: number }
  readUnits: number
  writeUnits: number
}

export async function purchaseFigures(purchases: number): Promise<PurchaseFigures> {
  const data = mkdtempSync(join(tmpdir(), 'premura-bench-'))
  const product = spawn(
    process.execPath,
    ['--max-semi-space-size=32', 'local/run.mjs', 'start', '--port', '0', '--data', data, '--key', KEY],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const base = await readyUrl(product)
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
    const call = caller(base, agent)
    await call('PUT', '/v1/workflows/bench/draft', {
      definition: WORKFLOW,
      templates: { 'large.mjml': MAIL, 'small.mjml': MAIL },
    })
    await call('POST', '/v1/workflows/bench/publish', {})
    // The code is compiled by the engine on the way: the first hundreds are not measured.
    await register(call, 'warm', WARM)
    await shop(call, 'warm', WARM)
    await register(call, 'bench', purchases)
    await call('POST', '/local/settle')
    await call('DELETE', '/local/meter')

    const cpuBefore = cpuSeconds(product)
    const startedAt = Date.now()
    const postedAt = await shop(call, 'bench', purchases)
    await call('POST', '/local/settle')
    const cpu = cpuSeconds(product) - cpuBefore
    // Before the mails are read back, which is the bench's own doing.
    const peak = peakMegabytes(product)
    const meter = meterShape.parse(await call('GET', '/local/meter'))
    const mails = mailsShape.parse(await call('GET', '/local/messages?workflow=bench'))
    const latencies: number[] = []
    let lastAt = startedAt
    for (const { customerId, at } of mails) {
      const posted = postedAt.get(customerId)
      if (posted === undefined) continue
      const sentAt = Date.parse(at)
      latencies.push(sentAt - posted)
      lastAt = Math.max(lastAt, sentAt)
    }
    if (latencies.length !== purchases)
      throw new Error(`${latencies.length} mails for ${purchases} purchases`)
    latencies.sort((a, b) => a - b)
    const at = (share: number) =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
    agent.destroy()
    return {
      purchases,
      perSecond: Math.round(purchases / ((lastAt - startedAt) / 1000)),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      cpuSecondsPer1000: Math.round((cpu / purchases) * 1000 * 100) / 100,
      peakMegabytes: peak,
      calls: meter.calls,
      readUnits: meter.dynamodb.readUnits,
      writeUnits: meter.dynamodb.writeUnits,
    }
  } finally {
    product.kill('SIGTERM')
    await new Promise((resolve) => product.once('exit', resolve))
    rmSync(data, { recursive: true, force: true })
  }
}

type Call = ReturnType<typeof caller>

/** The shop's customers, known before they buy. */
async function register(call: Call, run: string, customers: number): Promise<void> {
  let next = 0
  const connection = async () => {
    while (next < customers) {
      const id = `${run}-${next++}`
      const profile = { email: `${id}@example.com`, firstName: 'Anna', timezone: 'Europe/Rome' }
      await call('PUT', `/v1/customers/${id}`, profile)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
}

/** Posts as fast as the connections allow; answers when each post was begun. */
async function shop(call: Call, run: string, purchases: number): Promise<Map<string, number>> {
  const postedAt = new Map<string, number>()
  let next = 0
  const connection = async () => {
    while (next < purchases) {
      const n = next++
      const customerId = `${run}-${n}`
      postedAt.set(customerId, Date.now())
      await call('POST', '/v1/events', {
        id: `order-${n}`,
        type: 'bench.bought',
        customerId,
        data: { orderId: `${run}-${n}`, total: 20 + (n % 80), currency: 'EUR' },
      })
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  return postedAt
}

function caller(base: string, agent: Agent) {
  return (method: string, path: string, body?: object): Promise<unknown> =>
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

function readyUrl(product: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    product.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const url = /^ready (\S+)$/m.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    })
    product.once('exit', (code) => reject(new Error(`the product stopped with ${code} before it was ready`)))
  })
}

/** Linux alone tells this of another process without a tool; elsewhere the figure is missing. */
function cpuSeconds({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}

function peakMegabytes({ pid }: ChildProcess): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
  } catch {
    return Number.NaN
  }
}
