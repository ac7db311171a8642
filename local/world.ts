/** The World of the embedded default: the same adapters as on AWS, asking the cloud in this process. */
import { randomUUID } from 'node:crypto'
import { dynamodbClient, schedulerClient, sesClient, sqsClient } from '../aws/clients.ts'
import { createDeadLetters } from '../aws/dead-letters.ts'
import { createTable } from '../aws/dynamodb.ts'
import { createTimers } from '../aws/scheduler.ts'
import { createSender } from '../aws/ses.ts'
import { createQueue } from '../aws/sqs.ts'
import { createSms, createTexter, createWhatsApp, smsClient, whatsAppClient } from '../aws/texts.ts'
import { createWebhooks } from '../aws/webhooks.ts'
import { systemIds } from '../functions/ids.ts'
import type { Log, World } from '../runtime/ports.ts'
import type { LocalClock } from './clock.ts'
import { type Cloud, names } from './cloud/cloud.ts'

export interface LocalWorldOptions {
  cloud: Cloud
  clock: LocalClock
  log: Log
  publicUrl: string
  linkSecret: string
  /** How many requests a second one key may send. */
  requestsPerSecond?: number
}

/** More than this machine answers: it stops nothing but a client that has gone wild beside others. */
const REQUESTS_PER_SECOND = 20_000

export function localWorld(options: LocalWorldOptions): World {
  const { cloud, clock, log, publicUrl, linkSecret, requestsPerSecond = REQUESTS_PER_SECOND } = options
  const clients = { handler: cloud.requestHandler, direct: cloud.direct, region: names.region }
  const now = () => clock.now()
  return {
    table: createTable({ client: dynamodbClient(clients), table: names.table, now }),
    queue: createQueue({ client: sqsClient(clients), queueUrl: names.queueUrl }),
    deadLetters: {
      work: createDeadLetters({ client: sqsClient(clients), queueUrl: names.deadLettersUrl }),
      timers: createDeadLetters({ client: sqsClient(clients), queueUrl: names.timersDeadUrl }),
    },
    timers: createTimers({
      client: schedulerClient(clients),
      group: names.scheduleGroup,
      queueArn: names.queueArn,
      roleArn: names.scheduleRoleArn,
      deadLetterArn: names.deadLetterArn,
      now,
      // This scheduler fires what is overdue; on a virtual clock a lead would hold a wake-up back until it is moved.
      leadMs: 0,
    }),
    sender: createSender({
      client: sesClient(clients),
      find: cloud.find,
    }),
    texter: createTexter({
      sms: createSms({ client: smsClient(clients), origination: names.smsOrigination }),
      whatsapp: createWhatsApp({ client: whatsAppClient(clients), phoneNumberId: names.whatsAppNumber }),
    }),
    webhooks: createWebhooks({ allowLoopback: true }),
    forget: (customerId, group) => cloud.forget(customerId, group),
    clock,
    ids: systemIds(),
    log,
    config: {
      publicUrl,
      linkSecret,
      requestsPerSecond,
      claimLeaseMs: 60_000,
      inDoubtGraceMs: 900_000,
      // A new one each start: a claim of an earlier owner was left by a process that is gone.
      owner: randomUUID(),
      soleOwner: true,
    },
  }
}
