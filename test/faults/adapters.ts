/**
 * A share of the stories goes through the real adapters and the embedded cloud: what they keep, carry and answer is held
 * against the services in memory, call by call.
 */
import { dynamodbClient, schedulerClient, sesClient, sqsClient } from '../../aws/clients.ts'
import { createTable } from '../../aws/dynamodb.ts'
import { createTimers } from '../../aws/scheduler.ts'
import { createSender } from '../../aws/ses.ts'
import { createQueue } from '../../aws/sqs.ts'
import { names, openCloud } from '../../local/cloud/cloud.ts'
import type { QueuedMessage, Row, Sender, Table, Timers } from '../../runtime/ports.ts'
import type { Simulation } from './simulation.ts'
import type { StoryTable } from './store.ts'

export interface Adapters {
  table: Table
  timers: Timers
  sender: Sender
  /** Sends through the adapter; answers what came out at the other end. */
  send(messages: QueuedMessage[]): Promise<QueuedMessage[]>
  /** Where they did otherwise than the services in memory. */
  differences: string[]
  /** Compares all that is kept, at the end. */
  close(): Promise<void>
}

export async function openAdapters(sim: Simulation, memory: StoryTable): Promise<Adapters> {
  const now = () => sim.now
  const cloud = await openCloud({ dir: null, clock: { now }, monotonicMs: now })
  const clients = { handler: cloud.requestHandler, region: names.region, maxAttempts: 1 }
  const real = createTable({ client: dynamodbClient(clients), table: names.table, now })
  const queue = createQueue({ client: sqsClient(clients), queueUrl: names.queueUrl })
  const differences: string[] = []
  const same = <T>(what: string, is: T, should: T): T => {
    if (plain(is) !== plain(should))
      differences.push(`${what} is ${plain(is)}, and in memory ${plain(should)}`)
    return is
  }
  for (const row of memory.all()) await real.put(row, { kind: 'any' })

  return {
    differences,
    table: {
      get: async (pk, sk) => same(`get ${pk} ${sk}`, await real.get(pk, sk), await memory.get(pk, sk)),
      query: async (pk, options) => {
        const [is, should] = [await real.query(pk, options), await memory.query(pk, options)]
        // DynamoDB names a place to go on from also where nothing follows.
        same(`query ${pk}`, is.rows, should.rows)
        return is
      },
      put: async (row, condition) =>
        same(`put ${row.pk} ${row.sk}`, await real.put(row, condition), await memory.put(row, condition)),
      delete: async (pk, sk, condition) =>
        same(
          `delete ${pk} ${sk}`,
          await real.delete(pk, sk, condition),
          await memory.delete(pk, sk, condition),
        ),
      add: async (pk, sk, counters) =>
        same(`add ${pk} ${sk}`, await real.add(pk, sk, counters), await memory.add(pk, sk, counters)),
      // Segments are cut otherwise, so that only the whole can be compared.
      scan: (options) => real.scan(options),
    },
    timers: createTimers({
      client: schedulerClient(clients),
      group: names.scheduleGroup,
      queueArn: names.queueArn,
      roleArn: names.scheduleRoleArn,
      deadLetterArn: names.deadLetterArn,
      now,
    }),
    sender: createSender({
      client: sesClient(clients),
      find: async (tags) => (cloud.mailbox.has(tags) ? 'sent' : 'unsent'),
    }),
    async send(messages) {
      await queue.send(messages)
      const came: QueuedMessage[] = []
      for (
        let batch = await cloud.queue.receive(10);
        batch.length > 0;
        batch = await cloud.queue.receive(10)
      ) {
        for (const { group, body } of batch) {
          const known = messages.find((one) => one.body === body && one.group === group)
          if (known) came.push(known)
          else differences.push(`a message of ${group} came out that nobody put in`)
        }
        await cloud.queue.done(batch.map(({ receipt }) => receipt))
      }
      return came
    },
    async close() {
      const kept: Row[] = []
      let cursor: string | undefined
      do {
        const page = await real.scan({ segment: 0, segments: 1, ...(cursor !== undefined && { cursor }) })
        kept.push(...page.rows)
        cursor = page.cursor
      } while (cursor !== undefined)
      same('all that is kept', inOrder(kept), inOrder(memory.all()))
      await cloud.close()
    },
  }
}

const inOrder = (rows: readonly Row[]): string[] => rows.map(plain).sort()

/** The same text for the same thing, in whatever order its parts were named. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
}
