/** The queue port on an SQS FIFO queue. */
import { createHash } from 'node:crypto'
import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { Queue, QueuedMessage } from '../runtime/ports.ts'
import { available, Unavailable } from './unavailable.ts'

/** Of one message and of one batch. */
const maxBytes = 1_048_576
const maxEntries = 10
/** Batches under way at a time; the messages of a group always travel in the same lane, one batch after the other. */
const maxLanes = 8
const maxTries = 4

/** Group and deduplication ids hold 128 printable ASCII characters; whatever else a customer is called is hashed. */
export function messageId(text: string): string {
  return /^[\x21-\x7e]{1,128}$/.test(text)
    ? text
    : `~${createHash('sha256').update(text).digest('base64url')}`
}

export function createQueue({ client, queueUrl }: { client: SQSClient; queueUrl: string }): Queue {
  return {
    async send(messages) {
      const [only] = messages
      if (only && messages.length === 1) {
        await available('sqs.SendMessage', () =>
          client.send(
            new SendMessageCommand({
              QueueUrl: queueUrl,
              MessageBody: only.body,
              MessageGroupId: messageId(only.group),
              MessageDeduplicationId: messageId(only.dedupId),
            }),
          ),
        )
        return
      }
      await Promise.all(lanes(messages).map(sendInOrder))
    },
  }

  async function sendInOrder(messages: QueuedMessage[]): Promise<void> {
    for (const batch of batches(messages)) await sendBatch(batch)
  }

  /** Sends what failed again: the deduplication id makes the rest of a half-taken batch harmless. */
  async function sendBatch(batch: SendMessageBatchRequestEntry[]): Promise<void> {
    let left = batch
    for (let tries = 1; ; tries++) {
      const answer = await available('sqs.SendMessageBatch', () =>
        client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: left })),
      )
      const failed = answer.Failed ?? []
      if (failed.length === 0) return
      const ours = failed.find((entry) => entry.SenderFault)
      if (ours) throw new Error(`sqs.SendMessageBatch refused a message: ${ours.Code} ${ours.Message ?? ''}`)
      if (tries === maxTries) {
        throw new Unavailable(
          'sqs.SendMessageBatch',
          new Error(`${failed.length} messages: ${failed[0]?.Code}`),
        )
      }
      const ids = new Set(failed.map((entry) => entry.Id))
      left = left.filter((entry) => ids.has(entry.Id))
    }
  }
}

function lanes(messages: QueuedMessage[]): QueuedMessage[][] {
  const count = Math.min(maxLanes, Math.ceil(messages.length / maxEntries))
  const all = Array.from({ length: count }, (): QueuedMessage[] => [])
  const laneOf = new Map<string, QueuedMessage[]>()
  for (const message of messages) {
    let lane = laneOf.get(message.group)
    if (!lane) {
      lane = all.reduce((least, other) => (other.length < least.length ? other : least))
      laneOf.set(message.group, lane)
    }
    lane.push(message)
  }
  return all
}

function* batches(messages: QueuedMessage[]): Generator<SendMessageBatchRequestEntry[]> {
  let batch: SendMessageBatchRequestEntry[] = []
  let bytes = 0
  for (const { body, group, dedupId } of messages) {
    const size = Buffer.byteLength(body)
    if (size > maxBytes) throw new RangeError(`a message of ${size} bytes; the queue takes ${maxBytes}`)
    if (batch.length === maxEntries || bytes + size > maxBytes) {
      yield batch
      batch = []
      bytes = 0
    }
    bytes += size
    batch.push({
      Id: String(batch.length),
      MessageBody: body,
      MessageGroupId: messageId(group),
      MessageDeduplicationId: messageId(dedupId),
    })
  }
  if (batch.length > 0) yield batch
}
