/** The embedded queue beyond what every queue does: time, restarts, dead letters. */
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Embedded, openEmbedded } from '../ports/embedded.ts'

let cloud: Embedded
beforeEach(async () => {
  cloud = await openEmbedded('disk')
})
afterEach(() => cloud.close())

const minute = 60_000
let ids = 0
const message = (group: string, body: string) => ({ group, body, dedupId: `d${ids++}` })
const bodies = async (max = 10) => (await cloud.cloud.queue.receive(max)).map(({ body }) => body)

async function takeOne() {
  const [delivery] = await cloud.cloud.queue.receive(1)
  if (!delivery) throw new Error('nothing to take')
  return delivery
}

test('a consumer that goes silent loses its message after the time-out, and not before', async () => {
  await cloud.queue.send([message('anna', 'a')])
  const first = await takeOne()
  cloud.monotonic.ms += 5 * minute - 1
  expect(await bodies()).toEqual([])
  cloud.monotonic.ms += 1
  const second = await takeOne()
  expect(second).toMatchObject({ body: 'a', receiveCount: 2 })
  await cloud.cloud.queue.done([first.receipt])
  expect(cloud.cloud.queue.depth().inFlight).toBe(1)
  await cloud.cloud.queue.done([second.receipt])
  expect(cloud.cloud.queue.depth()).toMatchObject({ visible: 0, inFlight: 0 })
})

test('a virtual clock that jumps takes nothing out of the hands of a consumer', async () => {
  await cloud.queue.send([message('anna', 'a')])
  await takeOne()
  cloud.clock.at += 90 * 24 * 60 * minute
  expect(await bodies()).toEqual([])
})

test('a failure waits for its moment on the business clock, and its group with it', async () => {
  await cloud.queue.send([message('anna', 'a1'), message('anna', 'a2'), message('ben', 'b')])
  const { receipt } = await takeOne()
  await cloud.cloud.queue.retry(receipt, 10 * minute, 'no table')
  expect(cloud.cloud.queue.nextVisibleAt()).toBe(cloud.clock.at + 10 * minute)
  expect(await bodies()).toEqual(['b'])
  expect(cloud.cloud.queue.depth()).toMatchObject({ visible: 1, ready: 0, inFlight: 1, delayed: 1 })
  cloud.clock.at += 10 * minute
  expect(await bodies()).toEqual(['a1', 'a2'])
  expect(cloud.cloud.queue.nextVisibleAt()).toBeUndefined()
})

test('a dead letter keeps the reason of its last failure, over a restart, and can be sent again', async () => {
  await cloud.queue.send([message('anna', 'poison')])
  for (const reason of ['first', 'second', 'third']) {
    const { receipt } = await takeOne()
    await cloud.cloud.queue.retry(receipt, 0, reason)
  }
  expect(await bodies()).toEqual([])
  cloud = await cloud.reopen()
  const [letter] = cloud.cloud.queue.dead()
  expect(letter).toMatchObject({ group: 'anna', body: 'poison', receiveCount: 3, reason: 'third' })
  expect(cloud.cloud.queue.depth().dead).toBe(1)
  expect(await cloud.cloud.queue.replay(letter?.id ?? '')).toBe(true)
  expect(await cloud.cloud.queue.replay(letter?.id ?? '')).toBe(false)
  expect(cloud.cloud.queue.dead()).toEqual([])
  expect(await takeOne()).toMatchObject({ body: 'poison', receiveCount: 1 })
})

test('what was in hand at the end is visible at the start, in order, and its tries are counted', async () => {
  await cloud.queue.send([message('anna', 'a1'), message('anna', 'a2'), message('ben', 'b')])
  await cloud.cloud.queue.receive(10)
  cloud = await cloud.reopen()
  const taken = await cloud.cloud.queue.receive(10)
  expect(taken.map(({ body, receiveCount }) => [body, receiveCount]).sort()).toEqual([
    ['a1', 2],
    ['a2', 2],
    ['b', 2],
  ])
  expect(taken.filter(({ group }) => group === 'anna').map(({ body }) => body)).toEqual(['a1', 'a2'])
})

test('a message that ends its process every time becomes a dead letter too', async () => {
  await cloud.queue.send([message('anna', 'killer'), message('anna', 'after')])
  for (let start = 0; start < 3; start++) {
    expect((await takeOne()).body).toBe('killer')
    cloud = await cloud.reopen()
  }
  // Counted on the way in, buried when its last consumer is known to be gone.
  const taken = await takeOne()
  expect(taken.body).toBe('after')
  expect(cloud.cloud.queue.dead()).toMatchObject([{ body: 'killer' }])
})

test('a repeat is dropped for five minutes, over a restart, and not longer', async () => {
  const once = message('anna', 'a')
  await cloud.queue.send([once])
  await cloud.cloud.queue.done([(await takeOne()).receipt])
  cloud = await cloud.reopen()
  cloud.clock.at += 5 * minute - 1
  await cloud.queue.send([once])
  expect(await bodies()).toEqual([])
  cloud.clock.at += 1
  await cloud.queue.send([once])
  expect(await bodies()).toEqual(['a'])
})

test('what waits far back in the line is on disk alone, and comes whole and in order', async () => {
  // Together more than is kept at hand.
  const large = Array.from({ length: 14 }, (_, n) => `${n} é `.padEnd(900_000, 'x'))
  for (const body of large) await cloud.queue.send([message('anna', body)])
  const told = async () => {
    const [delivery] = await cloud.cloud.queue.receive(1)
    if (delivery) await cloud.cloud.queue.done([delivery.receipt])
    return delivery?.body
  }
  expect(await told()).toBe(large[0])
  cloud = await cloud.reopen()
  for (const body of large.slice(1, 12)) expect(await told()).toBe(body)
  // Failing for good, too, it is told whole.
  for (let tries = 0; tries < 3; tries++)
    await cloud.cloud.queue.retry((await takeOne()).receipt, 0, 'failed')
  expect(cloud.cloud.queue.dead()).toMatchObject([{ group: 'anna', body: large[12], receiveCount: 3 }])
  expect(await told()).toBe(large[13])
  expect(cloud.cloud.queue.depth()).toMatchObject({ visible: 0, ready: 0, inFlight: 0 })
})

test('tells who listens when there is something to take', async () => {
  let told = 0
  const stop = cloud.cloud.queue.onMessage(() => told++)
  await cloud.queue.send([message('anna', 'a1'), message('anna', 'a2')])
  expect(told).toBeGreaterThan(0)
  const before = told
  const { receipt } = await takeOne()
  await cloud.cloud.queue.done([receipt])
  expect(told).toBeGreaterThan(before)
  stop()
  const after = told
  await cloud.queue.send([message('ben', 'b')])
  expect(told).toBe(after)
})

test('whatever consumers do: a group goes on in order, one batch at a time, and nothing is lost', async () => {
  const groups = ['a', 'b', 'c']
  const step = fc.oneof(
    fc.record({ do: fc.constant('send' as const), group: fc.constantFrom(...groups) }),
    fc.record({ do: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ do: fc.constantFrom('done' as const, 'fail' as const, 'silence' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const one = await openEmbedded('memory', 'in process', { maxReceiveCount: 1_000_000 })
      const { queue } = one.cloud
      const sent = new Map(groups.map((group) => [group, [] as string[]]))
      const handled = new Map(groups.map((group) => [group, [] as string[]]))
      let hand: { group: string; body: string; receipt: string }[][] = []

      const settle = async (batch: (typeof hand)[number], how: 'done' | 'fail') => {
        // As the worker does: the first failure of a group fails the rest of it.
        const failed = new Set<string>()
        for (const [index, delivery] of batch.entries()) {
          if (how === 'fail' && index % 2 === 1) failed.add(delivery.group)
          if (failed.has(delivery.group)) await queue.retry(delivery.receipt, 0, 'failed')
          else {
            handled.get(delivery.group)?.push(delivery.body)
            await queue.done([delivery.receipt])
          }
        }
      }
      for (const action of steps) {
        if (action.do === 'send') {
          const body = `${action.group}${sent.get(action.group)?.length}`
          sent.get(action.group)?.push(body)
          await one.queue.send([{ group: action.group, body, dedupId: body }])
        } else if (action.do === 'receive') {
          const inHand = new Set(hand.flat().map(({ group }) => group))
          const batch = await queue.receive(action.max)
          for (const { group } of batch) expect(inHand).not.toContain(group)
          if (batch.length > 0) hand.push(batch)
        } else if (action.do === 'silence') {
          one.monotonic.ms += 60 * minute
          hand = []
        } else {
          const batch = hand.shift()
          if (batch) await settle(batch, action.do)
        }
      }
      one.monotonic.ms += 60 * minute
      for (let batch = await queue.receive(10); batch.length > 0; batch = await queue.receive(10)) {
        await settle(batch, 'done')
      }
      expect(handled).toEqual(sent)
      expect(queue.depth()).toEqual({ visible: 0, ready: 0, inFlight: 0, delayed: 0, dead: 0 })
      await one.close()
    }),
    { numRuns: 150 },
  )
})
