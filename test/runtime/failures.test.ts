/** Messages that failed for good: written down once, replayed once, dropped once, and gone with their customer. */
import { describe, expect, test } from 'vitest'
import { emptyDeadLetters } from '../../runtime/dead-letters.ts'
import { dropFailed, eraseCustomer, onErase } from '../../runtime/erase.ts'
import {
  bury,
  type DeadMessage,
  dropFailure,
  failuresOf,
  getFailure,
  listFailures,
  replayFailure,
} from '../../runtime/failures.ts'
import type { DeadLetter, DeadLetterQueue } from '../../runtime/ports.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import type { Work } from '../../runtime/work.ts'
import { type MemoryWorld, memoryWorld } from '../memory-world.ts'
import { Crash, crashAt, Deployment, standard } from './deployment.ts'

const purchase = (id: string, customerId = 'anna'): string => {
  const event = { id, type: 'purchase', customerId, at: 1_774_519_200_000, data: { total: 7 } }
  const message: Work = { kind: 'event', intake: `in-${id}`, event }
  return JSON.stringify(message)
}
const wake: Work = {
  kind: 'wake',
  customerId: 'anna',
  workflow: 'care',
  key: 'o-1',
  run: 1,
  dueAt: 1,
  armedAt: 1,
}

function dead(world: MemoryWorld, messageId: string, body: string, group = 'anna'): DeadMessage {
  const deadAt = world.clock.now()
  const reason = 'TypeError: x is not a function'
  return { messageId, group, body, receivedAt: deadAt - 60_000, deadAt, tries: 5, reason }
}

const open = async (runtime: Runtime) => (await listFailures(runtime, { state: 'open', limit: 100 })).failures
const idOf = async (runtime: Runtime) => (await open(runtime))[0]?.id ?? ''
const by = { by: 'ada' }

/** A queue of dead letters that hands out what was not deleted again. */
class Letters implements DeadLetterQueue {
  letters: DeadLetter[] = []

  async receive() {
    return this.letters.slice(0, 10)
  }

  async delete({ receipt }: DeadLetter) {
    this.letters = this.letters.filter((one) => one.receipt !== receipt)
  }
}

function letter(id: string, body: string, deadAt: number, more: Partial<DeadLetter> = {}): DeadLetter {
  return { id, group: 'anna', body, receivedAt: deadAt, deadAt, tries: 6, receipt: `r-${id}`, ...more }
}

function withLetters() {
  const world = memoryWorld()
  const letters = { work: new Letters(), timers: new Letters() }
  return { world, letters, runtime: createRuntime({ ...world, deadLetters: letters }) }
}

test('each is written down once, wherever it turns up again, and listed by the time of its end', async () => {
  const world = memoryWorld()
  const runtime = createRuntime(world)
  await bury(runtime, dead(world, 'm-1', purchase('e1')))
  world.clock.advance(60_000)
  await bury(runtime, dead(world, 'm-2', JSON.stringify(wake)))
  await bury(runtime, dead(world, 'm-1', purchase('e1')))
  expect(await open(runtime)).toMatchObject([
    { kind: 'event', customerId: 'anna', event: { id: 'e1', type: 'purchase' } },
    { kind: 'wake', customerId: 'anna', workflow: 'care' },
  ])
  expect(await failuresOf(runtime, 'anna')).toHaveLength(2)
})

test('a crash between the row and its place in the list is made good by the next try', async () => {
  for (let point = 1; point <= 6; point++) {
    const world = memoryWorld()
    const message = dead(world, 'm-1', purchase('e1'))
    await bury(createRuntime(crashAt(point, 'after')(world)), message).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error
    })
    const runtime = createRuntime(world)
    await bury(runtime, message)
    expect(await open(runtime), `crash after call ${point}`).toHaveLength(1)
    expect(await getFailure(runtime, await idOf(runtime))).toMatchObject({ message: message.body })
  }
})

describe('a replay', () => {
  test('puts the message back once, and says who did', async () => {
    const world = memoryWorld()
    const runtime = createRuntime(world)
    await bury(runtime, dead(world, 'm-1', purchase('e1')))
    const id = await idOf(runtime)
    expect(await replayFailure(runtime, id, by)).toMatchObject({ state: 'replayed', closedBy: 'ada' })
    expect(await replayFailure(runtime, id, { by: 'bea' })).toMatchObject({ closedBy: 'ada' })
    const again = JSON.stringify({ ...JSON.parse(purchase('e1')), replayed: true })
    expect(world.queue.messages).toMatchObject([{ group: 'anna', body: again }])
    expect(await open(runtime)).toEqual([])
    expect(await dropFailure(runtime, id, by)).toMatchObject({ state: 'replayed' })
    expect(await replayFailure(runtime, 'dead_0_x', by)).toBeUndefined()
  })

  test('that is interrupted anywhere is completed by the next, and loses nothing', async () => {
    for (let point = 1; point <= 12; point++) {
      const world = memoryWorld()
      const runtime = createRuntime(world)
      await bury(runtime, dead(world, 'm-1', purchase('e1')))
      const id = await idOf(runtime)
      await replayFailure(createRuntime(crashAt(point, 'after')(world)), id, by).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error
      })
      expect(await replayFailure(runtime, id, by)).toMatchObject({ state: 'replayed' })
      // The queue drops the second of two messages with one id.
      expect(new Set(world.queue.messages.map(({ dedupId }) => dedupId)).size, `at ${point}`).toBe(1)
      expect(await open(runtime)).toEqual([])
    }
  })
})

test('what was dropped stays dropped', async () => {
  const world = memoryWorld()
  const runtime = createRuntime(world)
  await bury(runtime, dead(world, 'm-1', purchase('e1')))
  const id = await idOf(runtime)
  expect(await dropFailure(runtime, id, { by: 'ada', note: 'a test order' })).toMatchObject({
    state: 'dropped',
    note: 'a test order',
  })
  expect(await replayFailure(runtime, id, by)).toMatchObject({ state: 'dropped' })
  expect(world.queue.messages).toEqual([])
  expect(await open(runtime)).toEqual([])
  const { failures } = await listFailures(runtime, { state: 'closed', limit: 10 })
  expect(failures).toMatchObject([{ id, state: 'dropped' }])
})

describe('an erasure', () => {
  const left = (world: MemoryWorld) => world.table.all().filter(({ body = '' }) => body.includes('anna'))

  test('takes the failures of the person along, out of the lists as well', async () => {
    const world = memoryWorld()
    const runtime = createRuntime(world)
    await bury(runtime, dead(world, 'm-1', purchase('e1')))
    await bury(runtime, dead(world, 'm-2', JSON.stringify(wake)))
    await dropFailure(runtime, await idOf(runtime), by)
    await eraseCustomer(runtime, 'anna')
    await onErase(runtime, { customerId: 'anna' })
    expect(await open(runtime)).toEqual([])
    expect((await listFailures(runtime, { state: 'closed', limit: 10 })).failures).toEqual([])
    expect(left(world)).toEqual([])
  })

  test.each([
    ['while it is under way', false],
    ['after it is done', true],
  ])('reaches what still lies among the dead letters, emptied %s', async (_, done) => {
    const { world, letters, runtime } = withLetters()
    const diedAt = world.clock.now()
    letters.work.letters = [letter('m-1', purchase('e1'), diedAt)]
    world.clock.advance(60_000)
    await world.table.put({ pk: 'C#anna', sk: 'E#e0', body: '{}' }, { kind: 'any' })
    await eraseCustomer(runtime, 'anna')
    if (done) await onErase(runtime, { customerId: 'anna' })
    await emptyDeadLetters(runtime)
    expect(letters.work.letters).toEqual([])
    expect(left(world)).toEqual([])
  })

  test('that comes while a failure is being written down takes it along', async () => {
    const world = memoryWorld()
    const runtime = createRuntime(world)
    await world.table.put({ pk: 'C#anna', sk: 'E#e0', body: '{}' }, { kind: 'any' })
    const put = world.table.put.bind(world.table)
    world.table.put = async (row, condition) => {
      world.table.put = put
      await eraseCustomer(runtime, 'anna')
      return await put(row, condition)
    }
    expect(await bury(runtime, dead(world, 'm-1', purchase('e1')))).toBe('erased')
    expect(left(world)).toEqual([])
  })

  test('does not touch what the same person did later', async () => {
    const { world, letters, runtime } = withLetters()
    await world.table.put({ pk: 'C#anna', sk: 'E#e0', body: '{}' }, { kind: 'any' })
    await eraseCustomer(runtime, 'anna')
    await onErase(runtime, { customerId: 'anna' })
    world.clock.advance(60_000)
    letters.work.letters = [letter('m-1', purchase('e2'), world.clock.now())]
    expect(await emptyDeadLetters(runtime)).toMatchObject({ taken: 1, open: 1 })
  })

  test('that failed itself is a failure that names whom it is about, and comes back by a replay', async () => {
    const world = memoryWorld()
    const runtime = createRuntime(world)
    await eraseCustomer(runtime, 'anna')
    const body = JSON.stringify({ kind: 'erase', customerId: 'anna' })
    expect(await bury(runtime, dead(world, 'm-1', body))).toBe('buried')
    expect(await open(runtime)).toMatchObject([{ kind: 'erase', customerId: 'anna' }])
    world.queue.messages = []
    await replayFailure(runtime, await idOf(runtime), by)
    expect(world.queue.messages).toMatchObject([{ body }])
    expect(left(world)).toEqual([])
  })

  describe('whose last message failed', () => {
    /** Somebody comes back while the message behind their erasure is given up. */
    async function half() {
      const deployment = new Deployment()
      const { world } = deployment
      await deployment.publish(standard)
      await deployment.post({ id: 'e0', data: { orderId: 'o-0' } }, { email: 'anna@example.it' })
      await deployment.deliver()
      await eraseCustomer(deployment.runtime, 'anna')
      const [message] = world.queue.messages.splice(0)
      world.clock.advance(5 * 60_000)
      const { receivedAt: _, ...given } = dead(world, 'm-1', message?.body ?? '')
      await bury(deployment.runtime, { ...given, receivedAt: world.clock.now() - 5 * 60_000 })
      await world.table.put({ pk: 'C#anna', sk: 'R#left', body: '{}' }, { kind: 'any' })
      return { deployment, id: await idOf(deployment.runtime) }
    }
    const comesBack = async (deployment: Deployment) => {
      await deployment.post({ id: 'e9', data: { orderId: 'o-9' } }, { email: 'anna@example.it' })
      await deployment.deliver()
      return deployment.world.sender.mails.filter(({ tags }) => tags.key === 'o-9').length
    }
    const isMarked = async ({ world }: Deployment) => (await world.table.get('C#anna', '"')) !== undefined

    test('is finished by a replay', async () => {
      const { deployment, id } = await half()
      expect(await isMarked(deployment)).toBe(true)
      await replayFailure(deployment.runtime, id, by)
      await deployment.deliver()
      expect(deployment.world.table.all().filter(({ pk }) => pk === 'C#anna')).toEqual([])
      expect(await comesBack(deployment)).toBe(1)
    })

    test('shuts nobody out any more once it is dropped, as often as somebody says so', async () => {
      const { deployment, id } = await half()
      expect(await comesBack(deployment)).toBe(0)
      expect(await dropFailed(deployment.runtime, id, by)).toMatchObject({ state: 'dropped' })
      expect(await isMarked(deployment)).toBe(false)
      expect(await dropFailed(deployment.runtime, id, by)).toMatchObject({ state: 'dropped' })
      expect(await comesBack(deployment)).toBe(1)
    })

    test('takes no mark of a later erasure along, nor does any other message', async () => {
      const { deployment, id } = await half()
      await eraseCustomer(deployment.runtime, 'anna')
      await dropFailed(deployment.runtime, id, by)
      expect(await isMarked(deployment)).toBe(true)
      await bury(deployment.runtime, dead(deployment.world, 'm-2', purchase('e5', 'bea')))
      const other = await idOf(deployment.runtime)
      await deployment.world.table.put({ pk: 'C#bea', sk: '"' }, { kind: 'any' })
      await dropFailed(deployment.runtime, other, by)
      expect(await deployment.world.table.get('C#bea', '"')).toBeDefined()
    })
  })
})

describe('dead letters', () => {
  test('are written down and only then taken out', async () => {
    const { world, letters, runtime } = withLetters()
    const at = world.clock.now()
    letters.work.letters = Array.from({ length: 25 }, (_, n) => letter(`m-${n}`, purchase(`e${n}`), at + n))
    world.table.beforeWrite = () => {
      throw new Error('the table is away')
    }
    await expect(emptyDeadLetters(runtime)).rejects.toThrow('the table is away')
    expect(letters.work.letters).toHaveLength(25)
    world.table.beforeWrite = undefined
    expect(await emptyDeadLetters(runtime)).toEqual({ taken: 25, rearmed: 0, open: 25 })
    expect(letters.work.letters).toEqual([])
    const [first] = await open(runtime)
    expect(first).toMatchObject({ tries: 6, reason: expect.stringContaining('the worker stopped each time') })
    expect(JSON.stringify(world.lines)).not.toContain('anna')
  })

  test('of which one cannot be written down hold up none of the others', async () => {
    const { world, letters, runtime } = withLetters()
    const at = world.clock.now()
    letters.work.letters = ['anna', 'bea', 'carl'].map((name) =>
      letter(`m-${name}`, purchase('e1', name), at),
    )
    world.table.beforeWrite = (pk) => {
      if (pk === 'C#bea') throw new Error('a row that the table does not take')
    }
    await expect(emptyDeadLetters(runtime)).rejects.toThrow('does not take')
    expect(letters.work.letters.map(({ id }) => id)).toEqual(['m-bea'])
    expect((await open(runtime)).map(({ customerId }) => customerId)).toEqual(['anna', 'carl'])
  })

  test('whatever their size, fit into a row', async () => {
    const world = memoryWorld()
    const runtime = createRuntime(world)
    await bury(runtime, dead(world, 'm-1', '"€'.repeat(300_000)))
    const row = world.table.all().find(({ sk }) => sk.startsWith('X#'))
    expect(Buffer.byteLength(row?.body ?? '')).toBeLessThan(400_000)
  })

  test('of timers go back into their customer’s group, and what is none of ours is a failure', async () => {
    const { world, letters, runtime } = withLetters()
    const at = world.clock.now()
    const reason = 'AWS.Scheduler.InternalServerError: no'
    letters.timers.letters = [
      letter('t-1', JSON.stringify(wake), at, { group: '' }),
      letter('t-2', 'garbled', at, { reason }),
    ]
    expect(await emptyDeadLetters(runtime)).toEqual({ taken: 1, rearmed: 1, open: 1 })
    expect(world.queue.messages).toMatchObject([{ group: 'anna', body: JSON.stringify(wake) }])
    expect(await open(runtime)).toMatchObject([{ kind: 'unreadable', reason }])
  })
})

test.each(['replayed', 'dropped'])(
  'one that is being %s while its customer is erased is on no list afterwards',
  async (becomes) => {
    const world = memoryWorld()
    const runtime = createRuntime(world)
    await bury(runtime, dead(world, 'm-1', purchase('e1')))
    world.clock.advance(1_000)
    let found: boolean | undefined
    const table = new Proxy(world.table, {
      get(target, property, receiver) {
        if (property !== 'put') return Reflect.get(target, property, receiver)
        const put: typeof target.put = async (row, condition) => {
          if (row.pk === 'X!closed') found = await eraseCustomer(runtime, 'anna')
          return await target.put(row, condition)
        }
        return put
      },
    })
    const close = becomes === 'replayed' ? replayFailure : dropFailure
    await close(createRuntime({ ...world, table }), await idOf(runtime), by)
    expect(found).toBe(true)
    expect(world.table.all().filter(({ pk }) => pk.startsWith('X'))).toEqual([])
  },
)
