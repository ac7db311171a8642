/** When what failed is tried again, and that nobody else waits for it. Time moves by the second, as the timekeeper's beat. */
import type { SQSEvent } from 'aws-lambda'
import { expect, onTestFinished, test } from 'vitest'
import { type CloudQueue, names, openCloud } from '../../local/cloud/cloud.ts'
import { createQueue } from '../../aws/sqs.ts'
import { sqsClient } from '../../aws/clients.ts'
import { Poller } from '../../local/poller.ts'

const MINUTE = 60_000

interface Try {
  body: string
  at: number
}

/** What `works` says no to fails, with the rest of its group. */
async function polled(
  works: (one: Try) => boolean,
  { virtual = false, faulty = (queue: CloudQueue): CloudQueue => queue } = {},
) {
  const clock = { virtual, at: 0, now: () => clock.at, monotonicMs: () => clock.at }
  const cloud = await openCloud({ dir: null, clock, monotonicMs: clock.monotonicMs })
  const queue = createQueue({
    client: sqsClient({ handler: cloud.requestHandler, direct: cloud.direct, region: names.region }),
    queueUrl: names.queueUrl,
  })
  const tries: Try[] = []
  const logged: string[] = []
  const worker = async ({ Records }: SQSEvent) => {
    const failed = Records.filter(({ body }) => {
      tries.push({ body, at: clock.at })
      return !works({ body, at: clock.at })
    })
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
  }
  const poller = new Poller({
    queue: faulty(cloud.queue),
    worker,
    clock,
    log: (_, event) => void logged.push(event),
  })
  onTestFinished(async () => {
    await poller.stop()
    await cloud.close()
  })
  const rest = async () => {
    for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    cloud,
    tries,
    logged,
    triesOf: (body: string) => tries.filter((one) => one.body === body).map(({ at }) => at),
    post: (body: string, group = body) => queue.send([{ group, body, dedupId: body }]),
    start: async () => {
      poller.start()
      await rest()
    },
    async pass(ms: number) {
      for (const until = clock.at + ms; clock.at < until; ) {
        clock.at += 1000
        poller.wake()
        await rest()
      }
    },
  }
}

test.each([20_000, 2 * MINUTE, 10 * MINUTE])(
  'a fault that passes after %i ms makes no failure of a message, and others wait for nothing',
  async (until) => {
    const { post, pass, start, triesOf, cloud } = await polled(
      ({ body, at }) => body !== 'unlucky' || at >= until,
    )
    await post('unlucky')
    await start()
    await pass(5000)
    await post('other')
    await pass(15 * MINUTE)
    expect(triesOf('other')).toEqual([5000])
    expect(triesOf('unlucky').length).toBeLessThanOrEqual(5)
    expect(triesOf('unlucky').at(-1)).toBeGreaterThanOrEqual(until)
    expect(cloud.queue.depth()).toMatchObject({ visible: 0, delayed: 0, inFlight: 0, dead: 0 })
  },
)

test('a hiccup costs a second; what fails for good is given up after as long as on AWS', async () => {
  const { post, pass, start, triesOf, cloud } = await polled(() => false)
  await post('poison')
  await start()
  await pass(15 * MINUTE)
  const tries = triesOf('poison')
  expect(tries).toHaveLength(5)
  expect(tries[1]).toBe(1000)
  // Four visibility time-outs of six times a worker's 30 seconds.
  expect(tries[4]).toBeGreaterThanOrEqual(12 * MINUTE)
  expect(cloud.queue.depth().dead).toBe(1)
})

test('a virtual clock waits for nothing', async () => {
  const { post, start, triesOf } = await polled(() => false, { virtual: true })
  await post('poison')
  await start()
  expect(triesOf('poison')).toEqual([0, 0, 0, 0, 0])
})

test('a disk that does not take what was done holds up nothing that failed', async () => {
  let left = 1
  const { post, pass, start, triesOf, logged } = await polled(({ body, at }) => body === 'good' || at > 0, {
    faulty: (queue) => ({
      ...queue,
      async done(receipts) {
        if (left-- > 0) throw new Error('the disk is full')
        await queue.done(receipts)
      },
      async retry(receipt, afterMs) {
        await queue.retry(receipt, afterMs)
        if (left-- > -2) throw new Error('the disk is full')
      },
    }),
  })
  for (const body of ['good', 'bad', 'worse']) await post(body)
  await start()
  await pass(5000)
  expect(triesOf('bad')).toEqual([0, 1000])
  expect(triesOf('worse')).toEqual([0, 1000])
  expect(new Set(logged)).toEqual(new Set(['queue.unwritten']))
})

test('a database that cannot be read for a moment stops nothing', async () => {
  let left = 1
  const { post, pass, start, triesOf, logged } = await polled(() => true, {
    faulty: (queue) => ({
      ...queue,
      async receive(max) {
        if (left-- > 0) throw new Error('the database is not open')
        return await queue.receive(max)
      },
    }),
  })
  await post('late')
  await start()
  await pass(1000)
  expect(triesOf('late')).toEqual([1000])
  expect(logged).toEqual(['queue.unread'])
})
