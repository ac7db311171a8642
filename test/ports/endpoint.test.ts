/**
 * The same suites against whatever AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_DYNAMODB, _SQS, _SCHEDULER, _SESV2) names:
 * another emulator, or AWS itself. Without one of them there is nothing to test here.
 */
import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { ConflictException, CreateScheduleGroupCommand } from '@aws-sdk/client-scheduler'
import { CreateQueueCommand } from '@aws-sdk/client-sqs'
import { describe } from 'vitest'
import { dynamodbClient, schedulerClient, sesClient, sqsClient } from '../../aws/clients.ts'
import { createTable, tableDefinition } from '../../aws/dynamodb.ts'
import { createTimers } from '../../aws/scheduler.ts'
import { createSender } from '../../aws/ses.ts'
import { createQueue } from '../../aws/sqs.ts'
import { queueSuite } from './queue.suite.ts'
import { senderSuite } from './sender.suite.ts'
import { tableSuite } from './table.suite.ts'
import { timersSuite } from './timers.suite.ts'

const { env } = process
const named = (service: string) => Boolean(env.AWS_ENDPOINT_URL ?? env[`AWS_ENDPOINT_URL_${service}`])
const name = `premura-test-${Date.now()}`
const close = async () => {}

describe.runIf(named('DYNAMODB'))('endpoint', () => {
  tableSuite('endpoint', async () => {
    const client = dynamodbClient()
    await client.send(new CreateTableCommand(tableDefinition(name)))
    await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName: name })
    let at = 0
    const setNow = (now: number) => {
      at = now
    }
    return { table: createTable({ client, table: name, now: () => at }), setNow, close }
  })
})

describe.runIf(named('SQS'))('endpoint', () => {
  queueSuite('endpoint', async () => {
    const client = sqsClient()
    const maxReceiveCount = 3
    const dead = await client.send(
      new CreateQueueCommand({ QueueName: `${name}-dead.fifo`, Attributes: { FifoQueue: 'true' } }),
    )
    const [account, deadName] = (dead.QueueUrl ?? '').split('/').slice(-2)
    const deadLetterTargetArn = `arn:aws:sqs:${await client.config.region()}:${account}:${deadName}`
    const { QueueUrl: queueUrl = '' } = await client.send(
      new CreateQueueCommand({
        QueueName: `${name}.fifo`,
        Attributes: {
          FifoQueue: 'true',
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
        },
      }),
    )
    return { queue: createQueue({ client, queueUrl }), client, queueUrl, maxReceiveCount, close }
  })
})

describe.runIf(named('SCHEDULER'))('endpoint', () => {
  timersSuite('endpoint', async () => {
    const client = schedulerClient()
    try {
      await client.send(new CreateScheduleGroupCommand({ Name: name }))
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error
    }
    const timers = createTimers({
      client,
      group: name,
      queueArn: env.PREMURA_TEST_QUEUE_ARN ?? 'arn:aws:sqs:us-east-1:000000000000:premura.fifo',
      roleArn: env.PREMURA_TEST_ROLE_ARN ?? 'arn:aws:iam::000000000000:role/premura-scheduler',
      deadLetterArn: env.PREMURA_TEST_DLQ_ARN ?? 'arn:aws:sqs:us-east-1:000000000000:premura-timers-dead',
      now: Date.now,
    })
    return { timers, client, group: name, now: Date.now, close }
  })
})

describe.runIf(named('SESV2'))('endpoint', () => {
  senderSuite('endpoint', async () => {
    const from = env.PREMURA_TEST_FROM ?? 'care@example.com'
    const to = env.PREMURA_TEST_TO ?? 'success@simulator.amazonses.com'
    return { sender: createSender({ client: sesClient() }), from, to, close }
  })
})
