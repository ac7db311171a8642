/** What every work queue does. Its messages are taken as Lambda takes them: in batches, by receipt. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Queue } from '../../runtime/ports.ts'

export interface QueueUnderTest {
  queue: Queue
  client: SQSClient
  queueUrl: string
  /** After so many receptions a message is a dead letter. */
  maxReceiveCount: number
  close(): Promise<void>
}

export interface Taken {
  group: string
  body: string
  receipt: string
  count: number
}

/** Takes messages like a consumer. */
class Consumer {
  readonly #client: SQSClient
  readonly #url: string

  constructor(client: SQSClient, url: string) {
    this.#client = client
    this.#url = url
  }

  async take(max = 10): Promise<Taken[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: max,
        VisibilityTimeout: 60,
        MessageSystemAttributeNames: ['MessageGroupId', 'ApproximateReceiveCount'],
      }),
    )
    return Messages.map((message) => ({
      group: message.Attributes?.MessageGroupId ?? '',
      body: message.Body ?? '',
      receipt: message.ReceiptHandle ?? '',
      count: Number(message.Attributes?.ApproximateReceiveCount),
    }))
  }

  async done({ receipt }: Taken): Promise<void> {
    await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle: receipt }))
  }

  async fail({ receipt }: Taken): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#url,
        ReceiptHandle: receipt,
        VisibilityTimeout: 0,
      }),
    )
  }

  /** Handles everything there is, in the order it comes. */
  async drain(): Promise<Taken[]> {
    const all: Taken[] = []
    for (;;) {
      const taken = await this.take()
      if (taken.length === 0) return all
      for (const message of taken) await this.done(message)
      all.push(...taken)
    }
  }
}

export function queueSuite(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(`queue: ${name}`, () => {
    let under: QueueUnderTest
    let consumer: Consumer
    const run = Math.random().toString(36).slice(2)
    let ids = 0
    const message = (group: string, body: string) => ({ group, body, dedupId: `${run}-${ids++}` })

    beforeAll(async () => {
      under = await open()
      consumer = new Consumer(under.client, under.queueUrl)
    })
    afterAll(() => under.close())

    test('a message arrives as it was sent, until it is done', async () => {
      await under.queue.send([message('anna', '{"name":"Zoë 🌷"}')])
      const [taken] = await consumer.take()
      expect(taken).toMatchObject({ group: 'anna', body: '{"name":"Zoë 🌷"}', count: 1 })
      if (taken) await consumer.done(taken)
      expect(await consumer.take()).toEqual([])
    })

    test('sending nothing sends nothing', async () => {
      await under.queue.send([])
      expect(await consumer.take()).toEqual([])
    })

    test('five hundred messages arrive once each, those of a group in their order', async () => {
      const sent = Array.from({ length: 500 }, (_, index) => message(`g${index % 7}`, String(index)))
      await under.queue.send(sent)
      const taken = await consumer.drain()
      expect(taken.map(({ body }) => Number(body)).sort((a, b) => a - b)).toEqual([...Array(500).keys()])
      for (let group = 0; group < 7; group++) {
        const order = taken.filter((one) => one.group === `g${group}`).map(({ body }) => Number(body))
        expect(order).toEqual([...order].sort((a, b) => a - b))
      }
    })

    test('sends that follow one another keep the order of a group', async () => {
      for (const body of ['1', '2', '3']) await under.queue.send([message('anna', body)])
      expect((await consumer.drain()).map(({ body }) => body)).toEqual(['1', '2', '3'])
    })

    test('while a message of a group is in hand, the rest of the group waits and other groups do not', async () => {
      await under.queue.send([message('anna', 'a1'), message('anna', 'a2')])
      const [first] = await consumer.take(1)
      await under.queue.send([message('ben', 'b1')])
      const others = await consumer.take()
      expect(others.map(({ body }) => body)).toEqual(['b1'])
      for (const one of others) await consumer.done(one)
      if (first) await consumer.done(first)
      expect((await consumer.drain()).map(({ body }) => body)).toEqual(['a2'])
    })

    test('a message that fails comes again before what stands behind it', async () => {
      await under.queue.send([message('anna', 'a1'), message('anna', 'a2')])
      const [first] = await consumer.take(1)
      if (first) await consumer.fail(first)
      const taken = await consumer.drain()
      expect(taken.map(({ body, count }) => [body, count])).toEqual([
        ['a1', 2],
        ['a2', 1],
      ])
    })

    test('a message with the id of an earlier one is dropped', async () => {
      const first = message('anna', 'once')
      await under.queue.send([first])
      await under.queue.send([{ ...first, body: 'twice' }])
      await under.queue.send([{ ...first, body: 'thrice' }, message('anna', 'other')])
      expect((await consumer.drain()).map(({ body }) => body)).toEqual(['once', 'other'])
    })

    test('groups and ids of any length and language are kept apart', async () => {
      const names = ['x'.repeat(300), `${'x'.repeat(299)}y`, 'Ζωή', 'zoë@example.com', 'a b', '~']
      await under.queue.send(names.map((name) => ({ group: name, body: name, dedupId: `${run} ${name}` })))
      const taken = await consumer.drain()
      expect(taken.map(({ body }) => body).sort()).toEqual([...names].sort())
      expect(new Set(taken.map(({ group }) => group)).size).toBe(names.length)
    })

    test('a poison message ends after its tries, delays no other group and lets its own go on', async () => {
      await under.queue.send([message('anna', 'poison'), message('anna', 'after'), message('ben', 'b1')])
      const bodies: string[] = []
      for (let round = 0; round < under.maxReceiveCount * 3; round++) {
        const taken = await consumer.take()
        for (const one of taken) {
          bodies.push(one.body)
          if (one.body === 'poison') await consumer.fail(one)
          else if (one.group === 'anna' && taken.some(({ body }) => body === 'poison'))
            await consumer.fail(one)
          else await consumer.done(one)
        }
      }
      expect(bodies.filter((body) => body === 'poison')).toHaveLength(under.maxReceiveCount)
      expect(bodies.indexOf('b1')).toBeLessThan(under.maxReceiveCount)
      expect(bodies.at(-1)).toBe('after')
      expect(await consumer.take()).toEqual([])
    })

    test('refuses a message that is too large before it sends any', async () => {
      const large = [message('anna', 'small'), message('anna', 'x'.repeat(1_100_000))]
      await expect(under.queue.send(large)).rejects.toThrow()
      await consumer.drain()
    })

    test('splits batches whose messages are too large together', async () => {
      await under.queue.send(
        Array.from({ length: 6 }, (_, index) => message('anna', `${index}${'x'.repeat(300_000)}`)),
      )
      expect((await consumer.drain()).map(({ body }) => body[0])).toEqual(['0', '1', '2', '3', '4', '5'])
    })
  })
}
