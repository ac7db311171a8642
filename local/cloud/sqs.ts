/** SQS's JSON protocol in front of the queue. */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { DeadLetter } from './dead-letter.ts'
import type { FifoQueue, QueueDelivery } from './fifo.ts'
import { type Call, json, parseBody, type Request, type Service, ServiceError, target } from './service.ts'

const contentType = 'application/x-amz-json-1.0'
const maxBytes = 1_048_576
const id = z.string().regex(/^[\x21-\x7e]{1,128}$/)
const QueueUrl = z.string()

const message = {
  MessageBody: z.string().min(1),
  MessageGroupId: id,
  MessageDeduplicationId: id.optional(),
  DelaySeconds: z.literal(0).optional(),
}
const entries = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(10)
const receipt = { ReceiptHandle: z.string() }
const entryId = { Id: z.string().regex(/^[\w-]{1,80}$/) }
// Made once: zod compiles a schema when it is first used.
const named = z.object({ QueueUrl })
const single = z.object(message)
const batch = z.object({ Entries: entries(z.object({ ...entryId, ...message })) })

type Operations = { [name: string]: (body: unknown) => Promise<object> }

export class Sqs implements Service {
  readonly #queue: FifoQueue
  readonly #url: string
  readonly #arn: string
  readonly #deadUrl: string
  readonly #timersDeadUrl: string

  constructor(
    queue: FifoQueue,
    options: { url: string; arn: string; deadUrl: string; timersDeadUrl: string },
  ) {
    this.#queue = queue
    this.#url = options.url
    this.#arn = options.arn
    this.#deadUrl = options.deadUrl
    this.#timersDeadUrl = options.timersDeadUrl
  }

  call(request: Request): Call {
    const operation = target(request)
    if (!this.#operations[operation])
      throw new ServiceError('UnknownOperationException', `not a call we know: ${operation}`)
    return {
      operation,
      run: async () => json(await this.#run(operation, parseBody(request)), contentType),
    }
  }

  direct(operation: string, asked: object) {
    return operation.startsWith('SendMessage') ? () => this.#run(operation, asked) : undefined
  }

  async #run(operation: string, body: unknown): Promise<object> {
    const run = this.#operationsOf(input(named, body).QueueUrl)[operation]
    if (!run) throw new ServiceError('UnknownOperationException', `not on this queue: ${operation}`)
    return await run(body)
  }

  #operationsOf(url: string): Operations {
    switch (lastPart(url)) {
      case lastPart(this.#url):
        return this.#operations
      case lastPart(this.#deadUrl):
        return this.#ofDeadLetters
      case lastPart(this.#timersDeadUrl):
        // This scheduler writes into the same database: there is nothing that it could not deliver.
        return { ReceiveMessage: async () => ({}) }
      default:
        throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.')
    }
  }

  /** Taken out by one reader at a time: what was received and not deleted is received again at once. */
  readonly #ofDeadLetters: Operations = {
    ReceiveMessage: async () => ({ Messages: this.#queue.dead().slice(0, 10).map(toLetter) }),
    DeleteMessage: async (body) => {
      await this.#queue.forget(input(z.object(receipt), body).ReceiptHandle)
      return {}
    },
  }

  readonly #operations: Operations = {
    SendMessage: async (body) => {
      const asked = input(single, body)
      if (Buffer.byteLength(asked.MessageBody) > maxBytes) {
        throw new ServiceError('InvalidParameterValue', `a message takes ${maxBytes} bytes`)
      }
      const [sent] = await this.#queue.send([toSend(asked)])
      return {
        MessageId: sent?.id,
        SequenceNumber: sequence(sent?.seq),
        MD5OfMessageBody: md5(asked.MessageBody),
      }
    },

    SendMessageBatch: async (body) => {
      const { Entries } = input(batch, body)
      if (new Set(Entries.map((entry) => entry.Id)).size < Entries.length) {
        throw new ServiceError('BatchEntryIdsNotDistinct', 'two entries have the same id')
      }
      if (Entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.MessageBody), 0) > maxBytes) {
        throw new ServiceError('BatchRequestTooLong', `a batch takes ${maxBytes} bytes`)
      }
      const sent = await this.#queue.send(Entries.map(toSend))
      const Successful = Entries.map((entry, index) => ({
        Id: entry.Id,
        MessageId: sent[index]?.id,
        SequenceNumber: sequence(sent[index]?.seq),
        MD5OfMessageBody: md5(entry.MessageBody),
      }))
      return { Successful, Failed: [] }
    },

    ReceiveMessage: async (body) => {
      const shape = z.object({
        MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
        VisibilityTimeout: z.number().min(0).optional(),
      })
      const { MaxNumberOfMessages, VisibilityTimeout } = input(shape, body)
      const timeout = VisibilityTimeout === undefined ? undefined : VisibilityTimeout * 1000
      return { Messages: this.#queue.receive(MaxNumberOfMessages, timeout).map(toMessage) }
    },

    DeleteMessage: async (body) => {
      await this.#queue.done([input(z.object(receipt), body).ReceiptHandle])
      return {}
    },

    DeleteMessageBatch: async (body) => {
      const { Entries } = input(z.object({ Entries: entries(z.object({ ...entryId, ...receipt })) }), body)
      await this.#queue.done(Entries.map((entry) => entry.ReceiptHandle))
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] }
    },

    ChangeMessageVisibility: async (body) => {
      const shape = z.object({ ...receipt, VisibilityTimeout: z.number().min(0).max(43_200) })
      const { ReceiptHandle, VisibilityTimeout } = input(shape, body)
      if (!(await this.#queue.changeVisibility(ReceiptHandle, VisibilityTimeout * 1000))) {
        throw new ServiceError('MessageNotInflight', 'The message is not in flight.')
      }
      return {}
    },

    GetQueueAttributes: async () => {
      const depth = this.#queue.depth()
      return {
        Attributes: {
          QueueArn: this.#arn,
          FifoQueue: 'true',
          ContentBasedDeduplication: 'true',
          ApproximateNumberOfMessages: String(depth.visible),
          ApproximateNumberOfMessagesNotVisible: String(depth.inFlight + depth.delayed),
          ApproximateNumberOfMessagesDelayed: '0',
        },
      }
    },
  }
}

function input<T extends z.ZodType>(shape: T, body: unknown): z.output<T> {
  const parsed = shape.safeParse(body)
  if (!parsed.success) throw new ServiceError('InvalidParameterValue', z.prettifyError(parsed.error))
  return parsed.data
}

function toSend(entry: {
  MessageBody: string
  MessageGroupId: string
  MessageDeduplicationId?: string | undefined
}) {
  return { group: entry.MessageGroupId, body: entry.MessageBody, dedupId: entry.MessageDeduplicationId }
}

function toMessage(delivery: QueueDelivery) {
  return {
    MessageId: delivery.messageId,
    ReceiptHandle: delivery.receipt,
    Body: delivery.body,
    MD5OfBody: md5(delivery.body),
    Attributes: {
      MessageGroupId: delivery.group,
      MessageDeduplicationId: delivery.dedupId,
      SentTimestamp: String(delivery.sentAt),
      ApproximateReceiveCount: String(delivery.receiveCount),
    },
  }
}

/** As a message looks after SQS has moved it: its id is its deduplication id, its time the one of the move. */
function toLetter({ id: handle, messageId = handle, group, body, diedAt, receiveCount, reason }: DeadLetter) {
  return {
    MessageId: messageId,
    ReceiptHandle: handle,
    Body: body,
    MD5OfBody: md5(body),
    Attributes: {
      MessageGroupId: group,
      MessageDeduplicationId: messageId,
      SentTimestamp: String(diedAt),
      ApproximateReceiveCount: String(receiveCount),
    },
    ...(reason !== '' && {
      MessageAttributes: { ERROR_MESSAGE: { DataType: 'String', StringValue: reason } },
    }),
  }
}

/** SQS's sequence numbers have 20 digits. */
function sequence(seq: string | undefined): string {
  return Number.parseInt(seq ?? '0', 36)
    .toString()
    .padStart(20, '0')
}

function lastPart(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
