/**
 * A publish that moves or ends the journeys under way may stop between any two calls to the outside, and so may whoever
 * carries it out. What comes of it in the end is the same.
 */
import { describe, expect, test } from 'vitest'
import { loadCustomer } from '../../runtime/customers.ts'
import { publish, saveDraft } from '../../runtime/publishing.ts'
import { sweep } from '../../runtime/sweep.ts'
import { Crash, crashAt, Deployment } from './deployment.ts'

const DAY = 24 * 3_600_000
const customers = ['anna', 'bea', 'carl', 'dora']

/** Without mails, which take long to compile: tasks and coupons are effects as well. */
const definition = (wait: string, more: string) => `workflow: care
title: Care
topic: service
trigger:
  event: purchase
enroll:
  per: event.orderId
steps:
  - set: { orders: customer.orders + 1 }
  - coupon: gift
    id: gift
    pattern: GIFT-????-##
  - if: event.total > 50
    id: large
    then:
      - await: visit
        id: visited
        for: 10 days
        then:
          - task: visitor
            queue: care
            title: They came
        else:
          - task: stranger
            queue: care
            title: They did not
  - wait: 3 days
    id: ${wait}
  - task: call
    queue: care
    title: Call them
${more}`

const before = definition('pause', '')
const after = definition('rest', `  - wait: 1 day\n  - task: again\n    queue: care\n    title: Call again\n`)

interface Run {
  journeys: unknown[]
  tasks: string[]
  coupons: number
  orders: unknown[]
}

/** The first process crashes at call `n`, if it gets that far. */
async function run(
  options: { inFlight: 'move' | 'end'; map?: { [step: string]: string } },
  n: number,
  when: 'before' | 'after',
): Promise<{ outcome: Run; crashed: boolean }> {
  const deployment = new Deployment({ at: '2026-04-06T06:00:00Z', config: { soleOwner: true } })
  await saveDraft(deployment.runtime, 'care', { 'workflow.yaml': before })
  await publish(deployment.runtime, 'care')
  for (const [index, customerId] of customers.entries())
    await deployment.post(
      { id: `e-${customerId}`, customerId, data: { orderId: 'o', total: index < 2 ? 80 : 10 } },
      { orders: 0 },
    )
  await deployment.deliver()
  await saveDraft(deployment.runtime, 'care', { 'workflow.yaml': after })
  // The last to enter is met in the middle of it.
  await deployment.post(
    { id: 'e-late', customerId: 'late', data: { orderId: 'o', total: 10 } },
    { orders: 0 },
  )

  let crashed = false
  const stop = (error: unknown) => {
    if (!(error instanceof Crash)) throw error
    crashed = true
    deployment.start()
  }
  deployment.start(crashAt(n, when))
  try {
    await deployment.deliver(stop)
    expect(await publish(deployment.runtime, 'care', options)).toMatchObject({ ok: true })
  } catch (error) {
    stop(error)
    // Whoever got no answer asks again.
    expect(await publish(deployment.runtime, 'care', options)).toMatchObject({ ok: true })
  }
  await deployment.deliver(stop)
  if (!crashed) deployment.start()
  // What no message brings back, the daily round does.
  deployment.world.clock.advance(DAY)
  await sweep(deployment.runtime)
  await deployment.post({ id: 'v', type: 'visit', customerId: 'bea' })
  await deployment.live()
  const rows = deployment.world.table.all()
  const outcome: Run = { journeys: [], tasks: [], coupons: 0, orders: [] }
  for (const customerId of [...customers, 'late']) {
    const { journeys, customer } = await loadCustomer(deployment.runtime, customerId)
    outcome.orders.push(customer.profile.orders)
    for (const { enrollment } of journeys) {
      // How often it was published, and so how often somebody moved, is not the journey's business.
      const log = enrollment.log.flatMap(({ rule, step, outcome: came }) =>
        rule === 'version' ? [] : [`${step} ${rule} ${came}`],
      )
      const { phase, reason, coupons } = enrollment
      outcome.journeys.push({ customerId, phase, reason, coupons: Object.keys(coupons ?? {}), log })
    }
  }
  outcome.tasks = rows
    .filter(({ pk, sk }) => pk.startsWith('C#') && sk.startsWith('T#'))
    .map(({ pk, body = '{}' }) => `${pk} ${JSON.parse(body).step}`)
    .sort()
  outcome.coupons = rows.filter(({ sk }) => sk.startsWith('K#')).length
  return { outcome, crashed }
}

describe.each([
  ['moves', { inFlight: 'move' as const, map: { pause: 'rest' } }],
  ['ends', { inFlight: 'end' as const }],
])('a publish that %s the journeys under way', (_, options) => {
  test.each(['before', 'after'] as const)(
    'ends the same when it crashes %s any call',
    async (when) => {
      const { outcome: expected } = await run(options, Number.POSITIVE_INFINITY, when)
      expect(expected.journeys).toHaveLength(5)
      expect(expected.journeys).toContainEqual(
        expect.objectContaining({
          customerId: 'anna',
          phase: 'ended',
          reason: options.inFlight === 'move' ? 'completed' : 'replaced',
        }),
      )
      if (options.inFlight === 'move') expect(expected.tasks).toContain('C#bea task-again')
      let points = 0
      for (let n = 1; n < 1000; n++) {
        const { outcome, crashed } = await run(options, n, when)
        if (!crashed) break
        points++
        expect(outcome, `crash ${when} call ${n}`).toEqual(expected)
      }
      expect(points).toBeGreaterThan(40)
      expect(points).toBeLessThan(900)
    },
    120_000,
  )
})
