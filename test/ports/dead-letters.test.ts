/** Messages that their queue gave up: what the adapter tells of them, and that they stay until they are deleted. */
import { afterEach, describe, expect, test } from 'vitest'
import { sqsClient } from '../../aws/clients.ts'
import { createDeadLetters } from '../../aws/dead-letters.ts'
import { names } from '../../local/cloud/cloud.ts'
import { emptyDeadLetters } from '../../runtime/dead-letters.ts'
import { listFailures } from '../../runtime/failures.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'
import { type Embedded, openEmbedded, type Reach, type Storage } from './embedded.ts'

const TRIES = 3
const purchase = JSON.stringify({
  kind: 'event',
  intake: 'in-1',
  event: { id: 'o-1', type: 'purchase', customerId: 'anna', at: 1, data: {} },
})

const kinds: [Storage, Reach][] = [
  ['memory', 'in process'],
  ['disk', 'over loopback'],
]

describe.each(kinds)('%s, %s', (storage, reach) => {
  let under: Embedded
  afterEach(() => under.close())

  const lettersOf = ({ clients }: Embedded, queueUrl: string = names.deadLettersUrl) =>
    createDeadLetters({ client: sqsClient(clients), queueUrl })

  /** As a process that takes the message and never comes back, until the queue hands it out no more. */
  async function killedBy(body: string): Promise<string> {
    await under.queue.send([{ group: 'anna', body, dedupId: 'd-1' }])
    let messageId = ''
    for (let times = 0; times < TRIES; times++) {
      const [taken] = await under.cloud.queue.receive(1)
      messageId = taken?.messageId ?? ''
      under.monotonic.ms += 10 * 60_000
      under.clock.at += 10 * 60_000
      under.cloud.queue.depth()
    }
    return messageId
  }

  test('a letter keeps its id, its group and its text, and stays until it is deleted', async () => {
    under = await openEmbedded(storage, reach, { maxReceiveCount: TRIES })
    const letters = lettersOf(under)
    expect(await letters.receive()).toEqual([])
    const messageId = await killedBy(purchase)
    const [letter, ...more] = await letters.receive()
    expect(more).toEqual([])
    expect(letter).toEqual({
      id: messageId,
      group: 'anna',
      body: purchase,
      receivedAt: under.clock.at,
      deadAt: under.clock.at,
      tries: TRIES,
      reason: 'the consumer did not answer in time',
      receipt: expect.any(String),
    })
    expect(await letters.receive()).toHaveLength(1)
    if (letter) await letters.delete(letter)
    expect(await letters.receive()).toEqual([])
  })

  test('they are emptied into failures, also after a restart', async () => {
    under = await openEmbedded(storage, reach, { maxReceiveCount: TRIES })
    await killedBy(purchase)
    if (storage === 'disk') under = await under.reopen()
    const deadLetters = { work: lettersOf(under), timers: lettersOf(under, names.timersDeadUrl) }
    const world = { ...memoryWorld(), table: under.table, queue: under.queue, deadLetters }
    const runtime = createRuntime({
      ...world,
      clock: { ...world.clock, now: () => under.clock.at, monotonicMs: () => 0 },
    })
    expect(await emptyDeadLetters(runtime)).toEqual({ taken: 1, rearmed: 0, open: 1 })
    expect(await emptyDeadLetters(runtime)).toEqual({ taken: 0, rearmed: 0, open: 1 })
    const { failures } = await listFailures(runtime, { state: 'open', limit: 10 })
    expect(failures).toMatchObject([{ kind: 'event', customerId: 'anna', event: { id: 'o-1' } }])
  })
})
