import type { SQSRecord } from 'aws-lambda'
import { expect, test } from 'vitest'
import { LAST_TRY, worker } from '../../functions/worker.ts'
import { listFailures } from '../../runtime/failures.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import type { Work } from '../../runtime/work.ts'
import { memoryWorld } from '../memory-world.ts'

/** A worker that only notes what it is given, and fails for the customers that are named. */
function listening(failing: string[] = []) {
  const world = memoryWorld()
  const handled: string[] = []
  const runtime = createRuntime(world)
  const handle = worker(runtime, async (_runtime, work) => {
    const id = work.kind === 'event' ? work.event.id : work.kind
    // Lets the other groups in between, as a call over the network does.
    await Promise.resolve()
    if (failing.includes(id)) throw new Error(`${id} of anna@example.com does not work`)
    handled.push(id)
  })
  return { handle, runtime, handled, world }
}

let count = 0
function record(group: string, body: string, receiveCount = 1): SQSRecord {
  count++
  return {
    messageId: `m-${count}`,
    receiptHandle: `r-${count}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '1774519200000',
      SenderId: 'AIDAEXAMPLE',
      ApproximateFirstReceiveTimestamp: '1774519200001',
      SequenceNumber: '18849496460467696128',
      MessageGroupId: group,
      MessageDeduplicationId: `d-${count}`,
    },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:premura-work.fifo',
    awsRegion: 'eu-central-1',
  }
}

function purchase(id: string, customerId: string): string {
  const event = { id, type: 'purchase', customerId, at: 1_774_519_200_000, data: {} }
  const message: Work = { kind: 'event', intake: `in-${id}`, event }
  return JSON.stringify(message)
}

test('the first failure of a group fails the rest of it, and nobody else', async () => {
  const { handle, handled, world } = listening(['a2'])
  const records = [
    record('anna', purchase('a1', 'anna')),
    record('anna', purchase('a2', 'anna')),
    record('bea', purchase('b1', 'bea')),
    record('anna', purchase('a3', 'anna')),
    record('bea', purchase('b2', 'bea')),
  ]
  const { batchItemFailures } = await handle({ Records: records })
  expect(batchItemFailures).toEqual([
    { itemIdentifier: records[1]?.messageId },
    { itemIdentifier: records[3]?.messageId },
  ])
  expect(handled.filter((id) => id.startsWith('a'))).toEqual(['a1'])
  expect(handled.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2'])
  expect(JSON.stringify(world.lines)).toContain('work.failed')
  expect(JSON.stringify(world.lines)).not.toContain('anna')
})

test('messages of a group are handled one after the other, groups side by side', async () => {
  const open: string[] = []
  const together: number[] = []
  const slow = worker(createRuntime(memoryWorld()), async (_runtime, work) => {
    const customer = work.kind === 'event' ? work.event.customerId : ''
    expect(open).not.toContain(customer)
    open.push(customer)
    together.push(open.length)
    await new Promise((resolve) => setImmediate(resolve))
    open.splice(open.indexOf(customer), 1)
  })
  const records = ['anna', 'bea', 'anna', 'carl', 'bea'].map((customer, index) =>
    record(customer, purchase(`p${index}`, customer)),
  )
  const { batchItemFailures } = await slow({ Records: records })
  expect(batchItemFailures).toEqual([])
  expect(Math.max(...together)).toBe(3)
})

test.each([
  ['no JSON', '{"kind":"event"'],
  ['an unknown kind', '{"kind":"surprise"}'],
  ['a shape that is not ours', JSON.stringify({ kind: 'wake', customerId: 7 })],
])('a body that is %s fails alone', async (_, body) => {
  const { handle, handled } = listening()
  const records = [
    record('anna', purchase('a1', 'anna')),
    record('anna', body),
    record('anna', purchase('a2', 'anna')),
  ]
  const { batchItemFailures } = await handle({ Records: records })
  expect(batchItemFailures).toEqual([{ itemIdentifier: records[1]?.messageId }])
  expect(handled).toEqual(['a1', 'a2'])
})

test('poison on its last try is written down, and does not take what stands behind it along', async () => {
  const { handle, handled, runtime, world } = listening(['a1'])
  const records = [
    record('anna', purchase('a1', 'anna'), LAST_TRY),
    record('anna', purchase('a2', 'anna'), LAST_TRY),
  ]
  expect(await handle({ Records: records })).toEqual({ batchItemFailures: [] })
  expect(handled).toEqual(['a2'])
  const { failures } = await listFailures(runtime, { state: 'open', limit: 10 })
  expect(failures).toMatchObject([
    {
      kind: 'event',
      customerId: 'anna',
      event: { id: 'a1', type: 'purchase' },
      receivedAt: 1_774_519_200_000,
      deadAt: world.clock.now(),
      tries: LAST_TRY,
      reason: 'Error: a1 of anna@example.com does not work',
      state: 'open',
    },
  ])
  expect(world.lines.map(({ message }) => message)).toContain('work.dead')
  expect(JSON.stringify(world.lines)).not.toContain('anna')
})

test('what cannot be written down is left to the dead letters of the queue', async () => {
  const { handle, world } = listening(['a1'])
  world.table.beforeWrite = () => {
    throw new Error('the table is away')
  }
  const [poison, ...others] = [record('anna', purchase('a1', 'anna'), LAST_TRY)]
  const { batchItemFailures } = await handle({ Records: [poison ?? record('', ''), ...others] })
  expect(batchItemFailures).toEqual([{ itemIdentifier: poison?.messageId }])
  expect(world.lines.map(({ message }) => message)).toContain('work.unburied')
})

test('what cannot be written down on its last try fails alone, and what stands behind it is tried', async () => {
  const { handle, handled, world } = listening(['a2'])
  world.table.beforeWrite = () => {
    throw new Error('the table does not answer')
  }
  const records = [
    record('anna', purchase('a1', 'anna'), LAST_TRY),
    record('anna', purchase('a2', 'anna'), LAST_TRY),
    record('anna', purchase('a3', 'anna'), LAST_TRY),
    record('anna', '{"kind":"surprise"}', LAST_TRY),
    record('anna', purchase('a4', 'anna'), LAST_TRY),
  ]
  expect(await handle({ Records: records })).toEqual({
    batchItemFailures: [records[1], records[3]].map((one) => ({ itemIdentifier: one?.messageId })),
  })
  expect(handled).toEqual(['a1', 'a3', 'a4'])
})

test('what failed before the one that fails the rest is told of, too', async () => {
  const { handle, handled } = listening(['a2'])
  const records = [
    record('anna', '{"kind":"surprise"}'),
    record('anna', purchase('a1', 'anna')),
    record('anna', purchase('a2', 'anna')),
    record('anna', purchase('a3', 'anna')),
  ]
  expect(await handle({ Records: records })).toEqual({
    batchItemFailures: [records[0], records[2], records[3]].map((one) => ({
      itemIdentifier: one?.messageId,
    })),
  })
  expect(handled).toEqual(['a1'])
})

test('what nobody of ours wrote is written down on its last try, too', async () => {
  const { handle, runtime } = listening()
  expect(await handle({ Records: [record('anna', '{"kind":"surprise"}', LAST_TRY)] })).toEqual({
    batchItemFailures: [],
  })
  const { failures } = await listFailures(runtime, { state: 'open', limit: 10 })
  expect(failures).toMatchObject([{ kind: 'unreadable', tries: LAST_TRY }])
})

test('figures are written at the end, and what is handled stays handled when that fails', async () => {
  const { handle, runtime, world } = listening()
  runtime.figures.count(new Map([['care\n2026-03-26', { entered: 1 }]]))
  world.table.beforeWrite = () => {
    throw new Error('the table is away')
  }
  const records = [record('anna', purchase('a1', 'anna'))]
  expect(await handle({ Records: records })).toEqual({ batchItemFailures: [] })
  expect(world.lines.map(({ message }) => message)).toContain('figures.unwritten')

  const healthy = listening()
  healthy.runtime.figures.count(new Map([['care\n2026-03-26', { entered: 1 }]]))
  await healthy.handle({ Records: [record('anna', purchase('a1', 'anna'))] })
  expect(healthy.world.table.all()).toMatchObject([{ pk: 'S#care', counters: { entered: 1 } }])
})

test('what cannot be finished any more is not begun, and comes again with what stands behind it', async () => {
  const { handle, handled } = listening()
  const records = ['a', 'b', 'c'].map((id) => record('anna', purchase(id, 'anna')))
  const other = record('bruno', purchase('d', 'bruno'))
  // Each look at the clock takes four seconds off the invocation.
  let leftMs = 26_000
  const context = { getRemainingTimeInMillis: () => (leftMs -= 4_000) }
  const { batchItemFailures } = await handle({ Records: [...records, other] }, context)
  expect(handled).toEqual(['a', 'd'])
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
    records.slice(1).map(({ messageId }) => messageId),
  )
})

test('on its last try a message is begun however late it is', async () => {
  const { handle, handled } = listening()
  await handle(
    { Records: [record('anna', purchase('a', 'anna'), LAST_TRY)] },
    { getRemainingTimeInMillis: () => 1 },
  )
  expect(handled).toEqual(['a'])
})
