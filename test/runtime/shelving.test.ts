/** Journeys that ended long ago go where no event reads them: when, in which order, and whatever stops in the middle. */
import { describe, expect, test } from 'vitest'
import { eraseCustomer } from '../../runtime/erase.ts'
import { loadPerson } from '../../runtime/person.ts'
import type { Program } from '../../engine/program.ts'
import { sweep } from '../../runtime/sweep.ts'
import { why } from '../../runtime/why.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const DAY = 24 * 3_600_000
const anna = { email: 'anna@example.it' }
const orders = programOf([send('thanks', null)], { enroll: { per: 'event.orderId', again: 'always' } })

async function deployed(program: Program = orders, shelving = { quietMs: DAY, fromBytes: 0 }) {
  const deployment = new Deployment({ config: { shelving, soleOwner: true } })
  await deployment.publish(program)
  await deployment.post({ id: 'hello', type: 'hello' }, anna)
  await deployment.deliver()
  return deployment
}

async function order(deployment: Deployment, orderId: string, id = `e-${deployment.world.clock.now()}`) {
  deployment.world.clock.advance(1000)
  await deployment.post({ id, data: { orderId } })
  await deployment.deliver()
}

async function night(deployment: Deployment, days = 2) {
  await deployment.live(deployment.world.clock.now() + days * DAY)
  await sweep(deployment.runtime)
  await deployment.deliver()
}

const rows = ({ world }: Deployment, prefix: string) =>
  world.table
    .all()
    .filter(({ pk, sk }) => pk === 'C#anna' && sk.startsWith(prefix))
    .map(({ sk }) => sk)
    .sort()

test('moves what has been quiet for long enough, and says so where every event reads it', async () => {
  const deployment = await deployed()
  await order(deployment, 'o 1')
  await night(deployment, 0.5)
  expect(rows(deployment, 'Z#')).toEqual([])
  await night(deployment, 1)
  expect(rows(deployment, '#')).toEqual([])
  expect(rows(deployment, 'Z#')).toEqual(['Z#care#o%201#00000001'])
  expect(rows(deployment, '"')).toEqual(['"shelf'])
})

test('of somebody without a profile, whose events have expired, it is still told what stands on the shelf', async () => {
  const deployment = new Deployment({ config: { shelving: { quietMs: DAY, fromBytes: 0 }, soleOwner: true } })
  await deployment.publish(orders)
  await order(deployment, 'o-1')
  await night(deployment)
  for (const sk of rows(deployment, 'E#')) await deployment.world.table.delete('C#anna', sk)
  expect([rows(deployment, '!'), rows(deployment, '#')]).toEqual([[], []])
  expect((await loadPerson(deployment.runtime, 'anna'))?.journeys).toMatchObject([{ key: 'o-1' }])
})

test('leaves customers alone whose journeys weigh little', async () => {
  const deployment = await deployed(orders, { quietMs: DAY, fromBytes: 1000 })
  for (const orderId of ['o-1', 'o-2']) await order(deployment, orderId)
  await night(deployment)
  expect(rows(deployment, '#')).toHaveLength(2)
  for (const orderId of ['o-3', 'o-4', 'o-5', 'o-6']) await order(deployment, orderId)
  await night(deployment)
  expect(rows(deployment, '#')).toEqual([])
  expect(rows(deployment, 'Z#')).toHaveLength(6)
})

test('an event of somebody with nothing there asks the table what it always has; an entry of others one query more', async () => {
  const deployment = await deployed()
  const asked = async (orderId: string) => {
    const before = { ...deployment.world.table.calls }
    await order(deployment, orderId)
    const { get, query, put } = deployment.world.table.calls
    return { get: get - before.get, query: query - before.query, put: put - before.put }
  }
  await order(deployment, 'first')
  expect(await asked('o-1')).toEqual({ get: 0, query: 1, put: 3 })
  await night(deployment)
  expect(await asked('o-2')).toEqual({ get: 0, query: 2, put: 3 })
  const before = deployment.world.table.calls.query
  await deployment.post({ id: 'nothing', type: 'page.viewed' })
  await deployment.deliver()
  expect(deployment.world.table.calls.query - before).toBe(1)
})

test('the next run of a key has the next number, whatever the number and the key', async () => {
  const deployment = await deployed()
  const keys = ['a', 'a#2', 'a$', '~', 'ü'.repeat(200)]
  const runs = () => deployment.world.sender.mails.map(({ tags: { key, run } }) => `${key} ${run}`)
  for (let n = 0; n < 12; n++) {
    for (const key of keys) await order(deployment, key, `${key} ${n}`)
    await night(deployment)
  }
  expect(runs()).toEqual(Array.from({ length: 12 }, (_, n) => keys.map((key) => `${key} ${n + 1}`)).flat())
})

test('a run whose goal still counts keeps the later ones of its key', async () => {
  const goal = { event: 'paid', within: 'P30D' }
  const deployment = await deployed({ ...orders, goal, listensTo: ['paid'] })
  await order(deployment, 'o-1', 'e-1')
  await order(deployment, 'o-1', 'e-2')
  // The second counts at once, and waits for nothing any more.
  const second = (await deployment.world.table.get('C#anna', '#care#o-1#2')) ?? { pk: '', sk: '', body: '{}' }
  const body = JSON.stringify({ ...JSON.parse(second.body ?? '{}'), g: [0, 'e-3', null] })
  await deployment.world.table.put({ ...second, body }, { kind: 'any' })
  await night(deployment)
  expect(rows(deployment, '#')).toEqual(['#care#o-1', '#care#o-1#2'])
  await night(deployment, 40)
  expect(rows(deployment, '#')).toEqual([])
})

test.each([1e15, DAY])(
  'who was held out is watched again when the goal counts for longer (%d)',
  async (quietMs) => {
    const version = (holdout: number, within: string): Program => ({
      ...orders,
      enroll: { again: 'always', holdout },
      goal: { event: 'paid', within },
    })
    const deployment = await deployed(version(100, 'P1D'), { quietMs, fromBytes: 0 })
    await order(deployment, 'o-1', 'e1')
    await deployment.publish(version(0, 'P1D'), 2)
    deployment.start()
    await night(deployment, 9)
    await order(deployment, 'o-2', 'e2')
    await night(deployment, 9)
    expect(rows(deployment, 'Z#')).toHaveLength(quietMs === DAY ? 2 : 0)
    await deployment.publish(version(0, 'P90D'), 3)
    deployment.start()
    await order(deployment, 'o-3', 'e3')
    expect(deployment.world.sender.mails.map(({ tags }) => tags.run)).toEqual([2])
    const told = await why(deployment.runtime, 'anna', { workflow: 'care', event: 'e3' })
    expect(told).toMatchObject({ because: [{ rule: 'enroll.under-way' }] })
  },
)

test('however many there are, all are moved', async () => {
  const deployment = await deployed()
  await order(deployment, 'o-0')
  const first = (await deployment.world.table.get('C#anna', '#care#o-0')) ?? { pk: '', sk: '', body: '{}' }
  for (let n = 1; n < 501; n++) {
    const body = JSON.stringify({ ...JSON.parse(first.body ?? '{}'), k: `o-${n}` })
    await deployment.world.table.put({ ...first, sk: `#care#o-${n}`, body }, { kind: 'any' })
  }
  await night(deployment)
  expect(rows(deployment, '#')).toEqual([])
  expect(rows(deployment, 'Z#')).toHaveLength(501)
})

describe('whatever stops in the middle of a move', () => {
  /** Two keys, one of two runs, of which the process that moves them crashes at call `n`. */
  async function moved(n: number, when: 'before' | 'after', meanwhile: (one: Deployment) => Promise<void>) {
    const deployment = await deployed()
    for (const [id, orderId] of Object.entries({ e1: 'o-1', e2: 'o-2', e3: 'o-1' }))
      await order(deployment, orderId, id)
    await deployment.live(deployment.world.clock.now() + 2 * DAY)
    await sweep(deployment.runtime)
    let crashed = false
    deployment.start(crashAt(n, when))
    await deployment.deliver((error) => {
      if (!(error instanceof Crash)) throw error
      crashed = true
      deployment.start()
    })
    // What the crash left is counted once.
    deployment.start()
    await meanwhile(deployment)
    await sweep(deployment.runtime)
    const counted = await deployment.runtime.figures.workflow('care', '2026-01-01', '2027-01-01')
    await deployment.deliver()
    return { deployment, crashed, counted }
  }

  test.each(['before', 'after'] as const)('%s any call, all come to stand once', async (when) => {
    let calls = 1
    for (; calls < 50; calls++) {
      const { deployment, crashed, counted } = await moved(calls, when, async () => {})
      expect(counted).toMatchObject({ entered: 3, 'sent.thanks': 3 })
      expect(rows(deployment, '#')).toEqual([])
      expect(rows(deployment, 'Z#')).toEqual([
        'Z#care#o-1#00000001',
        'Z#care#o-1#00000002',
        'Z#care#o-2#00000001',
      ])
      await order(deployment, 'o-1', 'e4')
      expect(deployment.world.sender.mails.at(-1)?.tags).toMatchObject({ key: 'o-1', run: 3 })
      if (!crashed) break
    }
    // The settings, what is live, the customer, the mark, and two writes for each of three.
    expect(calls).toBeGreaterThan(8)
    expect(calls).toBeLessThan(50)
  })

  test('a message that is given up leaves a journey twice: it counts where it was, and the next night moves it as it is then', async () => {
    const deployment = await deployed()
    await order(deployment, 'o-1', 'e1')
    await deployment.live(deployment.world.clock.now() + 2 * DAY)
    await sweep(deployment.runtime)
    const [message] = deployment.world.queue.messages
    deployment.start(crashAt('table.delete', 'before'))
    await expect(deployment.deliver()).rejects.toThrow(Crash)
    deployment.start()
    expect(message?.body).toBe('{"kind":"shelve","customerId":"anna"}')
    expect([rows(deployment, '#'), rows(deployment, 'Z#')]).toEqual([['#care#o-1'], ['Z#care#o-1#00000001']])
    const report = { kind: 'feedback', customerId: 'anna', workflow: 'care', key: 'o-1', run: 1 }
    const body = JSON.stringify({
      ...report,
      step: 'thanks',
      type: 'bounce',
      at: 0,
      address: 'anna@example.it',
    })
    await deployment.world.queue.send([{ group: 'anna', body, dedupId: 'b' }])
    await deployment.deliver()
    expect(await sweep(deployment.runtime)).toMatchObject({ journeys: 1 })
    await deployment.deliver()
    expect(rows(deployment, '#')).toEqual([])
    const row = await deployment.world.table.get('C#anna', 'Z#care#o-1#00000001')
    expect(row).toMatchObject({ body: expect.stringContaining('"bounced"') })
  })

  test('an erasure at any of its calls leaves nothing', async () => {
    for (let n = 1; n < 12; n++) {
      const deployment = await deployed()
      for (const orderId of ['o-1', 'o-2']) await order(deployment, orderId)
      await deployment.live(deployment.world.clock.now() + 2 * DAY)
      await sweep(deployment.runtime)
      const { table } = deployment.world
      let writes = 0
      let erased: Promise<boolean> | undefined
      table.beforeWrite = () => {
        if (++writes === n) erased = eraseCustomer(deployment.runtime, 'anna')
      }
      await deployment.deliver()
      await (erased ?? eraseCustomer(deployment.runtime, 'anna'))
      await deployment.deliver()
      expect(table.all().filter(({ pk }) => pk === 'C#anna')).toEqual([])
    }
  })
})
