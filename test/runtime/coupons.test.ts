import { describe, expect, test } from 'vitest'
import { loadPool } from '../../runtime/coupons.ts'
import { loadCustomer } from '../../runtime/customers.ts'
import { readJourney } from '../../runtime/journeys.ts'
import { MemoryTable } from '../memory-world.ts'
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

describe('after a restore', () => {
  const FROM = Date.parse('2026-03-26T10:00:00Z')
  const HOUR = 3_600_000

  /** Six codes, of which anna had one before the restore point and bea another in the hour that was lost. */
  async function restored() {
    const deployment = new Deployment({ at: new Date(FROM - HOUR).toISOString() })
    const { world } = deployment
    await deployment.publish(gift)
    await loadPool(deployment.runtime, 'gifts', ['A', 'B', 'C', 'D', 'E', 'F'])
    await buys(deployment, 'anna')
    world.clock.set(FROM)
    const copy = structuredClone(world.table.all())
    world.clock.advance(60_000)
    const bea = await buys(deployment, 'bea')
    const table = new MemoryTable()
    for (const row of copy) await table.put(row, { kind: 'any' })
    Object.assign(world, { table })
    deployment.start()
    world.clock.set(FROM + HOUR)
    return {
      deployment,
      bea,
      free: ['A', 'B', 'C', 'D', 'E', 'F'].filter((code) => !codes(deployment).used.includes(code)),
    }
  }

  async function buys(deployment: Deployment, customerId: string): Promise<string | undefined> {
    await deployment.post({ id: `e-${customerId}`, customerId, data: { orderId: 'o-1' } }, anna)
    await deployment.deliver()
    const { journeys } = await loadCustomer(deployment.runtime, customerId)
    return journeys[0]?.enrollment.coupons?.gift?.code
  }

  const mark = ({ runtime }: Deployment, keepCodes = false) =>
    runtime.restores.mark({ from: FROM, to: FROM + HOUR / 2, ask: false, by: 'ada', keepCodes })

  test('what was free then is drawn by nobody, and what is loaded since is', async () => {
    const { deployment } = await restored()
    await mark(deployment)
    expect(await buys(deployment, 'carl')).toBeUndefined()
    expect(deployment.subjects().at(-1)).toBe('thanks for carl')
    expect(await loadPool(deployment.runtime, 'gifts', ['X', 'Y'])).toBe(2)
    const drawn = [
      await buys(deployment, 'dora'),
      await buys(deployment, 'emil'),
      await buys(deployment, 'fay'),
    ]
    expect(drawn.slice(0, 2).sort()).toEqual(['X', 'Y'])
    expect(drawn[2]).toBeUndefined()
  })

  test('whoever loads a code again says that it is good', async () => {
    const { deployment, bea = '', free } = await restored()
    await mark(deployment)
    const [good = ''] = free.filter((code) => code !== bea)
    const [used = ''] = codes(deployment).used
    expect(await loadPool(deployment.runtime, 'gifts', [good, used])).toBe(1)
    expect(await loadPool(deployment.runtime, 'gifts', [good, used])).toBe(0)
    expect(await buys(deployment, 'carl')).toBe(good)
    expect(await buys(deployment, 'dora')).toBeUndefined()
  })

  test('all are drawn again, each once, once somebody says that nobody was given one', async () => {
    const { deployment, free } = await restored()
    await mark(deployment)
    await loadPool(deployment.runtime, 'gifts', ['X', free[0] ?? ''])
    await mark(deployment, true)
    const drawn: (string | undefined)[] = []
    for (let n = 0; n < 7; n++) drawn.push(await buys(deployment, `carl-${n}`))
    expect(drawn.slice(0, 6).sort()).toEqual([...free, 'X'].sort())
    expect(drawn[6]).toBeUndefined()
  })

  test('a second restore sets aside what was loaded after the first', async () => {
    const { deployment } = await restored()
    await mark(deployment)
    await loadPool(deployment.runtime, 'gifts', ['X'])
    await deployment.runtime.restores.mark({
      from: FROM + 2 * HOUR,
      to: FROM + 3 * HOUR,
      ask: false,
      by: 'ada',
    })
    expect(await buys(deployment, 'carl')).toBeUndefined()
    await loadPool(deployment.runtime, 'gifts', ['Y'])
    expect(await buys(deployment, 'dora')).toBe('Y')
  })

  test('a journey that had noted its code before the restore point gets that one', async () => {
    const { deployment, free } = await restored()
    const [code = ''] = free
    const place = { pk: 'C#gus', sk: 'K#care#o-1#1#gift', body: code }
    await deployment.world.table.put(place, { kind: 'absent' })
    await mark(deployment)
    expect(await buys(deployment, 'gus')).toBe(code)
  })
})
