/** A batch of which SQS takes a part. The embedded queue takes all or nothing, so an answer to order stands in for it. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { type HttpHandler, sqsClient } from '../../aws/clients.ts'
import { createQueue } from '../../aws/sqs.ts'
import { Unavailable } from '../../aws/unavailable.ts'

const asked = z.object({ Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })) })
type Entry = z.output<typeof asked>['Entries'][number]
interface Failed {
  Id: string
  SenderFault: boolean
  Code: string
}

/** A queue whose SendMessageBatch answers what `fail` says of each call. */
function queueThat(fail: (entries: Entry[], call: number) => Failed[]) {
  const calls: string[][] = []
  const handler: HttpHandler = {
    async handle({ body }: { body?: unknown }) {
      const { Entries } = asked.parse(JSON.parse(String(body)))
      const failed = fail(Entries, calls.push(Entries.map((entry) => entry.MessageBody)))
      const ids = new Set(failed.map(({ Id }) => Id))
      const Successful = Entries.filter(({ Id }) => !ids.has(Id)).map(({ Id }) => ({
        Id,
        MessageId: 'm',
        MD5OfMessageBody: 'x',
      }))
      const answer = JSON.stringify({ Successful, Failed: failed })
      return { response: { statusCode: 200, headers: {}, body: Buffer.from(answer) } }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
  const queue = createQueue({ client: sqsClient({ handler: () => handler }), queueUrl: 'http://x/1/q.fifo' })
  return { queue, calls }
}

const messages = ['a', 'b', 'c'].map((body) => ({ group: body, body, dedupId: body }))
const failing = (Id = '', SenderFault = false): Failed => ({
  Id,
  SenderFault,
  Code: SenderFault ? 'InvalidX' : 'InternalError',
})

test('what was not taken is sent again, the rest is not', async () => {
  const { queue, calls } = queueThat((entries, call) => (call === 1 ? [failing(entries[1]?.Id)] : []))
  await queue.send(messages)
  expect(calls).toEqual([['a', 'b', 'c'], ['b']])
})

test('of several that were not taken none is forgotten', async () => {
  const { queue, calls } = queueThat((entries, call) =>
    call === 1 ? entries.slice(1).map(({ Id }) => failing(Id)) : [],
  )
  await queue.send(messages)
  expect(calls).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c'],
  ])
})

test('what is never taken is Unavailable in the end', async () => {
  const { queue, calls } = queueThat((entries) =>
    entries.filter(({ MessageBody }) => MessageBody === 'c').map(({ Id }) => failing(Id)),
  )
  await expect(queue.send(messages)).rejects.toBeInstanceOf(Unavailable)
  expect(calls.length).toBeGreaterThan(2)
})

test('a fault of ours is thrown and not tried again', async () => {
  const { queue, calls } = queueThat((entries) => [failing(entries[0]?.Id, true)])
  await expect(queue.send(messages)).rejects.toThrow(/InvalidX/)
  expect(calls).toHaveLength(1)
})
