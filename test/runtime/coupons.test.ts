import { expect, test } from 'vitest'
import { loadPool } from '../../runtime/coupons.ts'
import { loadCustomer } from '../../runtime/customers.ts'
import { readJourney } from '../../runtime/journeys.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const anna = { email: 'anna@example.it' }
const gift = programOf([
  { verb: 'coupon', id: 'coupon-1', next: 'thanks', name: 'gift', source: { pool: 'gifts' } },
  send('thanks', null),
])

/** Codes that are used up, and codes that somebody has. */
function codes({ world }: Deployment) {
  const rows = world.table.all()
  return {
    used: rows.flatMap(({ sk }) => (sk.startsWith('used#') ? [sk.slice(5)] : [])).sort(),
    held: rows.flatMap(({ sk, body }) => (sk.startsWith('K#') ? [String(body)] : [])).sort(),
  }
}

test.each(['before', 'after'] as const)(
  'a crash %s any call uses up no code that nobody has',
  async (when) => {
    let crashes = 0
    for (let n = 1; ; n++) {
      const deployment = new Deployment({ config: { soleOwner: true } })
      await deployment.publish(gift)
      await loadPool(deployment.runtime, 'gifts', ['A', 'B', 'C', 'D'])
      await deployment.post({ data: { orderId: 'o-1' } }, anna)
      deployment.start(crashAt(n, when))
      let crashed = false
      try {
        await deployment.deliver()
      } catch (error) {
        if (!(error instanceof Crash)) throw error
        crashed = true
      }
      if (!crashed) break
      crashes++
      deployment.start()
      // Somebody else is served from the pool before the message comes back, and looks at all codes.
      await deployment.post({ id: 'e2', customerId: 'bea', data: { orderId: 'o-2' } }, anna)
      await deployment.deliver()
      await deployment.post({ data: { orderId: 'o-1' } }, anna)
      await deployment.deliver()
      const { used, held } = codes(deployment)
      expect(held, `crash ${when} call ${n}`).toEqual(used)
    }
    expect(crashes).toBeGreaterThan(5)
  },
)

test('who finds the pool empty holds nothing', async () => {
  const deployment = new Deployment()
  await deployment.publish(gift)
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  expect(codes(deployment)).toEqual({ used: [], held: [] })
  expect(deployment.subjects()).toEqual(['thanks for anna'])
})

test('a journey with a long name in another script is kept, found again and given its code', async () => {
  const deployment = new Deployment()
  await deployment.publish(gift)
  await loadPool(deployment.runtime, 'gifts', ['A', 'B'])
  const names = ['注'.repeat(200), `${'注'.repeat(199)}文`]
  for (const [index, orderId] of names.entries())
    await deployment.post({ id: `e${index}`, data: { orderId } }, anna)
  await deployment.deliver()
  expect(codes(deployment).used).toEqual(['A', 'B'])
  const { journeys } = await loadCustomer(deployment.runtime, 'anna')
  expect(journeys.map(({ enrollment }) => enrollment.key).sort()).toEqual(names.toSorted())
  const bytes = deployment.world.table.all().map(({ sk }) => Buffer.byteLength(sk))
  // The most that DynamoDB takes.
  expect(Math.max(...bytes)).toBeLessThanOrEqual(1024)
  for (const key of names) {
    const name = { workflow: 'care', key, run: 1 }
    expect((await readJourney(deployment.world.table, 'anna', name))?.enrollment.key).toBe(key)
  }
})
