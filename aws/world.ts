/** Everything the runtime needs, on AWS, from the environment of a function. */
import { randomUUID } from 'node:crypto'
import type { Clock, Ids, Log, World } from '../runtime/ports.ts'
import { type ClientOptions, dynamodbClient, schedulerClient, sesClient, sqsClient } from './clients.ts'
import { createTable } from './dynamodb.ts'
import type { Environment } from './env.ts'
import { createTimers } from './scheduler.ts'
import { createSender } from './ses.ts'
import { createQueue } from './sqs.ts'
import { createWebhooks } from './webhooks.ts'

export interface WorldParts {
  clock: Clock
  ids: Ids
  log: Log
  clients?: ClientOptions
}

/** Call once per execution environment: the clients keep their connections, and `owner` names this one. */
export function createWorld(environment: Environment, { clock, ids, log, clients }: WorldParts): World {
  const now = () => clock.now()
  return {
    table: createTable({ client: dynamodbClient(clients), table: environment.PREMURA_TABLE, now }),
    queue: createQueue({ client: sqsClient(clients), queueUrl: environment.PREMURA_QUEUE_URL }),
    timers: createTimers({
      client: schedulerClient(clients),
      group: environment.PREMURA_SCHEDULE_GROUP,
      queueArn: environment.PREMURA_QUEUE_ARN,
      roleArn: environment.PREMURA_SCHEDULE_ROLE_ARN,
      deadLetterArn: environment.PREMURA_DLQ_ARN,
      now,
    }),
    sender: createSender({
      client: sesClient(clients),
      ...(environment.PREMURA_CONFIGURATION_SET !== undefined && {
        configurationSet: environment.PREMURA_CONFIGURATION_SET,
      }),
    }),
    webhooks: createWebhooks({ allowLoopback: false }),
    clock,
    ids,
    log,
    config: {
      publicUrl: environment.PREMURA_PUBLIC_URL,
      linkSecret: environment.PREMURA_LINK_SECRET,
      claimLeaseMs: environment.PREMURA_CLAIM_LEASE_MS,
      inDoubtGraceMs: environment.PREMURA_IN_DOUBT_GRACE_MS,
      owner: randomUUID(),
      soleOwner: false,
    },
  }
}
