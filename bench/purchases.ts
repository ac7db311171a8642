/**
 * From POST to mail: a shop on 16 connections posts purchases of distinct customers; each starts a journey with one branch
 * and one mail. Client and product are two processes on the same cores, talking over loopback.
 */
import * as z from 'zod'
import { type Call, onAllConnections, startProduct } from './product.ts'

const WARM = 2000

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
  const product = await startProduct()
  const { call } = product
  try {
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

    const cpuBefore = product.cpuSeconds()
    const startedAt = Date.now()
    const postedAt = await shop(call, 'bench', purchases)
    await call('POST', '/local/settle')
    const cpu = product.cpuSeconds() - cpuBefore
    // Before the mails are read back, which is the bench's own doing.
    const peakMegabytes = product.peakMegabytes()
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
    return {
      purchases,
      perSecond: Math.round(purchases / ((lastAt - startedAt) / 1000)),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      cpuSecondsPer1000: per1000(cpu, purchases),
      peakMegabytes,
      calls: meter.calls,
      readUnits: meter.dynamodb.readUnits,
      writeUnits: meter.dynamodb.writeUnits,
    }
  } finally {
    await product.stop()
  }
}

export const per1000 = (seconds: number, count: number): number =>
  Math.round((seconds / count) * 1000 * 100) / 100

/** The shop's customers, known before they buy. */
export const register = (call: Call, run: string, customers: number): Promise<void> =>
  onAllConnections(customers, (n) => {
    const id = `${run}-${n}`
    const profile = { email: `${id}@example.com`, firstName: 'Anna', timezone: 'Europe/Rome' }
    return call('PUT', `/v1/customers/${id}`, profile)
  })

/** Posts as fast as the connections allow; answers when each post was begun. */
async function shop(call: Call, run: string, purchases: number): Promise<Map<string, number>> {
  const postedAt = new Map<string, number>()
  await onAllConnections(purchases, (n) => {
    const customerId = `${run}-${n}`
    postedAt.set(customerId, Date.now())
    return call('POST', '/v1/events', {
      id: `order-${n}`,
      type: 'bench.bought',
      customerId,
      data: { orderId: `${run}-${n}`, total: 20 + (n % 80), currency: 'EUR' },
    })
  })
  return postedAt
}
