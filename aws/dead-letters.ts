/** The port of dead letters on an SQS queue, FIFO or standard. */
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { DeadLetter, DeadLetterQueue } from '../runtime/ports.ts'
import { available } from './unavailable.ts'

/** Longer than ten of them take; what is not deleted by then is visible again. */
const visibilitySeconds = 120

export interface DeadLettersOptions {
  client: SQSClient
  queueUrl: string
}

export function createDeadLetters({ client, queueUrl: QueueUrl }: DeadLettersOptions): DeadLetterQueue {
  return {
    async receive() {
      const { Messages = [] } = await available('sqs.ReceiveMessage', () =>
        client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: visibilitySeconds,
            MessageSystemAttributeNames: ['All'],
            MessageAttributeNames: ['All'],
          }),
        ),
      )
      return Messages.flatMap(letterOf)
    },
    async delete({ receipt }) {
      await available('sqs.DeleteMessage', () =>
        client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receipt })),
      )
    },
  }
}

/**
 * What the move to a FIFO queue of dead letters keeps: the message's id, also as its deduplication id, and its group. Its
 * time is the one of the move:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
 */
function letterOf({
  MessageId,
  Body,
  ReceiptHandle,
  Attributes = {},
  MessageAttributes,
}: Message): DeadLetter[] {
  if (MessageId === undefined || ReceiptHandle === undefined) return []
  const movedAt = Number(Attributes.SentTimestamp)
  // Scheduler says why in attributes of its own.
  const code = MessageAttributes?.ERROR_CODE?.StringValue
  const message = MessageAttributes?.ERROR_MESSAGE?.StringValue
  const reason = [code, message].filter((one) => one !== undefined).join(': ')
  return [
    {
      id: Attributes.MessageDeduplicationId ?? MessageId,
      ...(Attributes.MessageGroupId !== undefined && { group: Attributes.MessageGroupId }),
      body: Body ?? '',
      receivedAt: movedAt,
      deadAt: movedAt,
      tries: Number(Attributes.ApproximateReceiveCount ?? 1),
      ...(reason !== '' && { reason }),
      receipt: ReceiptHandle,
    },
  ]
}
