/** The embedded cloud and the adapters on it, in process or over loopback, for the suites and the tests beside them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ClientOptions,
  dynamodbClient,
  schedulerClient,
  sesClient,
  sqsClient,
} from '../../aws/clients.ts'
import { createTable } from '../../aws/dynamodb.ts'
import { createTimers } from '../../aws/scheduler.ts'
import { createSender } from '../../aws/ses.ts'
import { createQueue } from '../../aws/sqs.ts'
import type { Queue, Sender, Table, Timers } from '../../runtime/ports.ts'
import { type Cloud, type CloudOptions, names, openCloud } from '../../local/cloud/cloud.ts'

export interface Embedded {
  cloud: Cloud
  clients: ClientOptions
  clock: { now(): number; at: number }
  /** Process time, which only moves when a test moves it. */
  monotonic: { ms: number }
  table: Table
  queue: Queue
  timers: Timers
  sender: Sender
  /** Closes and opens again on the same data: what a restart finds. */
  reopen(): Promise<Embedded>
  close(): Promise<void>
}

export type Storage = 'memory' | 'disk'
/** In process calls are answered directly where they can be; as requests, never. */
export type Reach = 'in process' | 'as requests' | 'over loopback'

export interface EmbeddedOptions extends Partial<CloudOptions> {
  /** 1: what fails once has failed, without the pauses of the SDK. */
  maxAttempts?: number
}

export async function openEmbedded(
  storage: Storage = 'memory',
  reach: Reach = 'in process',
  options: EmbeddedOptions = {},
): Promise<Embedded> {
  const dir = storage === 'memory' ? null : mkdtempSync(join(tmpdir(), 'premura-test-'))
  return open(dir, reach, options)
}

async function open(dir: string | null, reach: Reach, options: EmbeddedOptions): Promise<Embedded> {
  const clock = {
    at: Date.UTC(2027, 2, 14, 9),
    now: () => clock.at,
  }
  const monotonic = { ms: 0 }
  const cloud = await openCloud({
    dir,
    clock,
    monotonicMs: () => monotonic.ms,
    maxReceiveCount: 3,
    ...options,
  })
  const clients = {
    ...(await clientsOf(cloud, reach)),
    ...(options.maxAttempts !== undefined && { maxAttempts: options.maxAttempts }),
  }
  const now = () => clock.now()
  return {
    cloud,
    clients,
    clock,
    monotonic,
    table: createTable({ client: dynamodbClient(clients), table: names.table, now }),
    queue: createQueue({ client: sqsClient(clients), queueUrl: names.queueUrl }),
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
    async reopen() {
      await cloud.close()
      return open(dir, reach, options)
    },
    async close() {
      await cloud.close()
      if (dir !== null) rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function clientsOf(cloud: Cloud, reach: Reach): Promise<ClientOptions> {
  if (reach === 'in process') return { handler: cloud.requestHandler, direct: cloud.direct }
  if (reach === 'as requests') return { handler: cloud.requestHandler }
  process.env.AWS_ACCESS_KEY_ID ??= 'embedded'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'embedded'
  return { endpoint: await cloud.listen(), region: names.region }
}
