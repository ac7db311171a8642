/** Parts of the way by themselves: events that nobody listens to, customers written, and journeys that wake all at once. */
import * as z from 'zod'
import { onAllConnections, type Product, startProduct } from './product.ts'
import { MAIL, per1000, register } from './purchases.ts'

export interface Load {
  count: number
  perSecond: number
  cpuSecondsPer1000: number
}

const WAKING = `workflow: waking
title: Waking
topic: service
trigger: { event: waking.began }
enroll: { per: meta.id, again: never }
steps:
  - wait: 1 hour
  - { send: large, inDoubt: drop }
`
const NOW = '2026-03-26T09:00:00Z'
const fired = z.object({ fired: z.number() })

async function measured(product: Product, count: number, run: () => Promise<unknown>): Promise<Load> {
  const cpuBefore = product.cpuSeconds()
  const startedAt = performance.now()
  await run()
  const seconds = (performance.now() - startedAt) / 1000
  return {
    count,
    perSecond: Math.round(count / seconds),
    cpuSecondsPer1000: per1000(product.cpuSeconds() - cpuBefore, count),
  }
}

const visit = (customerId: string, n: number) => ({
  id: `visit-${n}`,
  type: 'page.viewed',
  customerId,
  data: { page: `/things/${n}` },
})

export interface LoadFigures {
  customers: Load
  /** One event a request; to the answer, and to the end of what it caused. */
  ingest: Load
  /** A hundred events a request. */
  ingestBatches: Load
  wakes: Load
}

export async function loadFigures(count: number): Promise<LoadFigures> {
  const product = await startProduct({ args: ['--now', NOW] })
  const { call } = product
  const settle = () => call('POST', '/local/settle')
  try {
    await register(call, 'warm', 500)
    const customers = await measured(product, count, () => register(call, 'load', count))
    await onAllConnections(500, (n) => call('POST', '/v1/events', visit(`warm-${n}`, n)))
    await settle()
    const ingest = await measured(product, count, async () => {
      await onAllConnections(count, (n) => call('POST', '/v1/events', visit(`load-${n}`, n)))
      await settle()
    })
    const ingestBatches = await measured(product, count, async () => {
      const events = Array.from({ length: count }, (_, n) => visit(`load-${n}`, count + n))
      await onAllConnections(Math.ceil(count / 100), (n) =>
        call('POST', '/v1/events', { events: events.slice(n * 100, n * 100 + 100) }),
      )
      await settle()
    })
    await call('PUT', '/v1/workflows/waking/draft', { definition: WAKING, templates: { 'large.mjml': MAIL } })
    await call('POST', '/v1/workflows/waking/publish', {})
    await onAllConnections(count, (n) =>
      call('POST', '/v1/events', {
        id: `began-${n}`,
        type: 'waking.began',
        customerId: `load-${n}`,
        data: { orderId: `O-${n}`, total: 20, currency: 'EUR' },
      }),
    )
    await settle()
    const wakes = await measured(product, count, async () => {
      const answer = fired.parse(await call('POST', '/local/clock', { advance: 'PT1H' }))
      if (answer.fired < count) throw new Error(`${answer.fired} of ${count} journeys woke`)
    })
    return { customers, ingest, ingestBatches, wakes }
  } finally {
    await product.stop()
  }
}
