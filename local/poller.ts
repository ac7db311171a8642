/** What Lambda's poller does on AWS: takes batches from the work queue and invokes the worker with them. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { Log } from '../runtime/ports.ts'
import type { LocalClock } from './clock.ts'
import { type CloudQueue, names } from './cloud/cloud.ts'
import type { QueueDelivery } from './cloud/fifo.ts'

const BATCH = 10
/** Batches in hand at a time; more only wait for the same processor. */
const BATCHES = 8
/**
 * After the first try, the second and so on. What lasts for minutes (a full disk, a server that restarts) is to be over by the
 * last one; together they are as long as the four visibility time-outs of a deployment (`stacks/messaging.ts`). What passes at
 * once costs a second.
 */
const PAUSES_MS = [1000, 20_000, 3 * 60_000, 9 * 60_000]
const LONGEST_PAUSE_MS = 9 * 60_000

export interface PollerOptions {
  queue: CloudQueue
  worker: (event: SQSEvent) => Promise<SQSBatchResponse>
  clock: LocalClock
  log: Log
}

export class Poller {
  readonly #options: PollerOptions
  readonly #inHand = new Set<Promise<void>>()
  #running = false
  #stopped = false
  #filling = false
  #refill = false
  #waiting: (() => void)[] = []
  #unsubscribe: (() => void) | undefined

  constructor(options: PollerOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#stopped) return
    this.#running = true
    this.#unsubscribe = this.#options.queue.onMessage(() => this.#fill())
    this.#fill()
  }

  /** Finishes what is in hand and takes nothing more. */
  async stop(): Promise<void> {
    this.#running = false
    this.#stopped = true
    this.#unsubscribe?.()
    while (this.#inHand.size > 0) await Promise.all(this.#inHand)
    this.#answerWaiting()
  }

  /** Looks for what became visible by the passing of time. */
  wake(): void {
    this.#fill()
  }

  /** Resolves when nothing can be received and nothing is in hand, or at the end. */
  idle(): Promise<void> {
    if (this.#stopped || this.#isIdle()) return Promise.resolve()
    this.#fill()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #isIdle(): boolean {
    if (this.#inHand.size > 0) return false
    const { ready, inFlight, delayed } = this.#options.queue.depth()
    // A virtual clock stands still: what waits for a later moment waits until somebody moves it.
    return ready === 0 && inFlight === 0 && (delayed === 0 || this.#options.clock.virtual)
  }

  #answerWaiting(): void {
    if (this.#waiting.length === 0 || (!this.#stopped && !this.#isIdle())) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #fill(): void {
    this.#refill = true
    if (this.#filling || !this.#running) return
    this.#filling = true
    void this.#fillUp()
      // The next beat asks again.
      .catch((error: unknown) => this.#options.log('error', 'queue.unread', { error: nameOf(error) }))
      .finally(() => {
        this.#filling = false
        this.#answerWaiting()
      })
  }

  async #fillUp(): Promise<void> {
    const { queue } = this.#options
    while (this.#refill) {
      this.#refill = false
      while (this.#running && this.#inHand.size < BATCHES) {
        const deliveries = await queue.receive(BATCH)
        if (deliveries.length === 0) break
        const batch = this.#invoke(deliveries).finally(() => {
          this.#inHand.delete(batch)
          this.#fill()
        })
        this.#inHand.add(batch)
      }
    }
  }

  async #invoke(deliveries: QueueDelivery[]): Promise<void> {
    const { queue } = this.#options
    const failed = await this.#work(deliveries)
    const done = deliveries.filter(({ messageId }) => !failed.has(messageId))
    await this.#noted(queue.done(done.map(({ receipt }) => receipt)))
    for (const { messageId, receipt, receiveCount } of deliveries)
      if (failed.has(messageId)) await this.#noted(queue.retry(receipt, this.#pauseMs(receiveCount)))
  }

  /** Where the disk is full, or worse, what was not noted comes again after a start at the latest, and is then found done. */
  async #noted(noting: Promise<void>): Promise<void> {
    try {
      await noting
    } catch (error) {
      this.#options.log('error', 'queue.unwritten', { error: nameOf(error) })
    }
  }

  async #work(deliveries: QueueDelivery[]): Promise<Set<string>> {
    const { worker, log } = this.#options
    try {
      const { batchItemFailures } = await worker({ Records: deliveries.map(toRecord) })
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    } catch (error) {
      // As Lambda does: a function that throws has handled none of its batch.
      log('error', 'worker.threw', { error: nameOf(error) })
      return new Set(deliveries.map(({ messageId }) => messageId))
    }
  }

  #pauseMs(receiveCount: number): number {
    return this.#options.clock.virtual ? 0 : (PAUSES_MS[receiveCount - 1] ?? LONGEST_PAUSE_MS)
  }
}

function toRecord(delivery: QueueDelivery): SQSEvent['Records'][number] {
  return {
    messageId: delivery.messageId,
    receiptHandle: delivery.receipt,
    body: delivery.body,
    attributes: {
      ApproximateReceiveCount: String(delivery.receiveCount),
      ApproximateFirstReceiveTimestamp: String(delivery.sentAt),
      SentTimestamp: String(delivery.sentAt),
      SenderId: 'embedded',
      MessageGroupId: delivery.group,
      MessageDeduplicationId: delivery.dedupId,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: names.queueArn,
    awsRegion: names.region,
  }
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : 'unknown')
