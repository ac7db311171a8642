/**
 * The work queue of the embedded cloud: FIFO groups, one batch of a group in flight, dead letters, on disk. Of what waits
 * far back in the line, memory holds where it stands and disk what it says, so that a million messages may wait.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { DeadLetter } from './dead-letter.ts'
import { type Content, type Group, Groups, type Message } from './groups.ts'
import { countOf, emptyHand, forgetCount, type Hand, handOut, letGo, readCounts } from './receive-counts.ts'
import { type Answer, SentLately } from './sent-lately.ts'
import { type Change, readOrFail, type Store } from './store.ts'

export interface QueueDelivery {
  receipt: string
  messageId: string
  group: string
  body: string
  dedupId: string
  sentAt: number
  /** 1 for the first time. */
  receiveCount: number
}

export interface FifoOptions {
  store: Store
  /** Business time, perhaps virtual: ages, delays after a failure, deduplication. */
  now: () => number
  /** Time of this process: how long a consumer may keep a message. A moved clock must not take work from its hands. */
  monotonicMs: () => number
  maxReceiveCount: number
  visibilityTimeoutMs: number
}

interface Flight {
  message: Message
  group: Group
  hand: Hand
  /** In process time. */
  deadline: number
}

const messages = 'q~'
const deads = 'qx~'

export class FifoQueue {
  readonly #options: FifoOptions
  readonly #groups = new Groups()
  readonly #flights = new Map<string, Flight>()
  readonly #dead = new Map<string, DeadLetter>()
  readonly #lately: SentLately
  readonly #listeners = new Set<() => void>()
  #nextSeq: number

  private constructor(options: FifoOptions, lately: SentLately, nextSeq: number) {
    this.#options = options
    this.#lately = lately
    this.#nextSeq = nextSeq
  }

  static async open(options: FifoOptions): Promise<FifoQueue> {
    let nextSeq = 1
    const lately = await SentLately.open(options.store, (seq) => {
      nextSeq = Math.max(nextSeq, Number.parseInt(seq, 36) + 1)
    })
    const queue = new FifoQueue(options, lately, nextSeq)
    const { received, takeBack } = await readCounts(options.store, messages)
    // What was in flight lost its consumer with the process: all of it is visible again, in its old order.
    await options.store.read({ gte: messages, lt: `${messages}\x7f` }, (key, text) => {
      const seq = key.slice(messages.length)
      const before = received.get(seq)
      const content: Content = JSON.parse(text)
      queue.#append(seq, content, before)
      return true
    })
    await options.store.read({ gte: deads, lt: `${deads}\x7f` }, (key, text) => {
      queue.#dead.set(key.slice(deads.length), JSON.parse(text))
      queue.#nextSeq = Math.max(queue.#nextSeq, Number.parseInt(key.slice(deads.length), 36) + 1)
      return true
    })
    if (takeBack.length > 0) await options.store.write(takeBack)
    await queue.#buryKillers()
    return queue
  }

  /** What was in hand for its last try when the process ended has had that try, and may be why it ended. */
  async #buryKillers(): Promise<void> {
    for (const group of this.#groups.all()) {
      for (let message = group.first; message; message = message.next) {
        if (message.receiveCount < this.#options.maxReceiveCount) continue
        message.reason ||= 'the process ended while it was handled'
        await this.#bury(message, group)
      }
    }
  }

  /**
   * Takes messages in, and `also` in the same atomic write (the schedule that fired, for example). Answers each
   * message's id and sequence number; a duplicate gets those of the first.
   */
  async send(
    sent: { group: string; body: string; dedupId?: string | undefined }[],
    also: Change[] = [],
  ): Promise<{ id: string; seq: string }[]> {
    const now = this.#options.now()
    const changes: Change[] = this.#lately.forget(now, sent.length)
    const fresh: { seq: string; content: Content }[] = []
    const waits: (Promise<void> | undefined)[] = []
    const answers = sent.map(({ group, body, dedupId = contentId(body) }): Answer => {
      const before = this.#lately.find(dedupId, now)
      if (before) {
        waits.push(before.written)
        return before.answer
      }
      const seq = (this.#nextSeq++).toString(36).padStart(10, '0')
      const content: Content = { id: randomUUID(), group, body, dedupId, sentAt: now }
      const answer = { id: content.id, seq }
      changes.push({ type: 'put', key: messages + seq, value: JSON.stringify(content) })
      changes.push(this.#lately.note(dedupId, now, answer))
      fresh.push({ seq, content })
      return answer
    })
    const writing = this.#write([...changes, ...also], fresh)
    this.#lately.writing(
      fresh.map(({ content }) => content.dedupId),
      writing,
    )
    await Promise.all([writing, ...waits])
    return answers
  }

  /** Concurrent writes end in the order in which they began, and so the messages of a group keep theirs. */
  async #write(changes: Change[], fresh: { seq: string; content: Content }[]): Promise<void> {
    const dedupIds = fresh.map(({ content }) => content.dedupId)
    try {
      if (changes.length > 0) await this.#options.store.write(changes)
    } catch (error) {
      this.#lately.written(dedupIds, false)
      throw error
    }
    this.#lately.written(dedupIds, true)
    for (const { seq, content } of fresh) this.#append(seq, content)
    if (fresh.length > 0) this.#notify()
  }

  /** Up to `max` messages, at most one batch of a group at a time: first one of each group, then more of the same. */
  receive(max: number, visibilityTimeoutMs = this.#options.visibilityTimeoutMs): QueueDelivery[] {
    this.#expire()
    const places = this.#groups.take(max).map((group) => ({ group, message: group.first }))
    const deliveries: QueueDelivery[] = []
    const hand = emptyHand()
    const handed: Message[] = []
    try {
      for (let more = true; more && deliveries.length < max; ) {
        more = false
        for (const place of places) {
          const { group, message } = place
          if (!message || deliveries.length === max) continue
          more = true
          place.message = message.next
          const { id: messageId, body, dedupId, sentAt } = this.#contentOf(message)
          group.inFlight++
          message.receiveCount++
          const receipt = `${message.seq}.${message.receiveCount}`
          const deadline = this.#options.monotonicMs() + visibilityTimeoutMs
          this.#flights.set(receipt, { message, group, hand, deadline })
          handed.push(message)
          const { receiveCount } = message
          deliveries.push({ receipt, messageId, group: group.name, body, dedupId, sentAt, receiveCount })
        }
      }
    } finally {
      // Only a disk that fails leaves a group here with nothing in flight.
      for (const { group } of places) this.#groups.settle(group)
    }
    // Not waited for: it only matters that a message which kills its consumer is counted some time before it dies.
    if (handed.length > 0) this.#options.store.write([handOut(hand, handed)]).catch(() => {})
    return deliveries
  }

  /** Handled: gone for good. A receipt that is not in flight any more is ignored, as SQS does. */
  async done(receipts: string[]): Promise<void> {
    const changes: Change[] = []
    for (const receipt of receipts) {
      const flight = this.#land(receipt)
      if (!flight) continue
      this.#groups.remove(flight.message, flight.group)
      changes.push({ type: 'del', key: messages + flight.message.seq })
      if (flight.message.counted) changes.push(forgetCount(flight.message.seq))
      changes.push(...letGo(flight.hand))
      this.#settle(flight.group)
    }
    if (changes.length > 0) await this.#options.store.write(changes)
  }

  /** Failed: visible again after a while, before everything behind it in its group; or a dead letter. */
  async retry(receipt: string, afterMs: number, reason = ''): Promise<void> {
    const flight = this.#land(receipt)
    if (!flight) return
    const { message, group, hand } = flight
    const put = letGo(hand)
    message.reason = reason
    if (message.receiveCount >= this.#options.maxReceiveCount) {
      await this.#bury(message, group, put)
      return
    }
    if (afterMs > 0 && group.first === message) this.#groups.delay(group, this.#options.now() + afterMs)
    this.#settle(group)
    message.counted = true
    await this.#options.store.write([countOf(message), ...put])
  }

  /** Gives a message in flight more or less time; 0 makes it visible at once. */
  async changeVisibility(receipt: string, timeoutMs: number): Promise<boolean> {
    const flight = this.#flights.get(receipt)
    if (!flight) return false
    if (timeoutMs === 0) await this.retry(receipt, 0, flight.message.reason)
    else flight.deadline = this.#options.monotonicMs() + timeoutMs
    return true
  }

  /** `visible` counts what waits behind others of its group too; `ready` is how many groups could be received from. */
  depth(): { visible: number; ready: number; inFlight: number; delayed: number; dead: number } {
    this.#expire()
    const inFlight = this.#flights.size
    return {
      visible: this.#groups.messages - inFlight - this.#groups.delayedCount,
      ready: this.#groups.readyCount,
      inFlight,
      delayed: this.#groups.delayedCount,
      dead: this.#dead.size,
    }
  }

  /** When the first delayed message becomes visible; undefined when none is delayed. */
  nextVisibleAt(): number | undefined {
    this.#expire()
    return this.#groups.nextAt()
  }

  dead(): DeadLetter[] {
    return [...this.#dead.values()]
  }

  /** Gone for good. */
  async forget(id: string): Promise<void> {
    if (this.#dead.delete(id)) await this.#options.store.write([{ type: 'del', key: deads + id }])
  }

  /** Back into the queue with its count at zero; behind what its group got meanwhile. */
  async replay(id: string): Promise<boolean> {
    const letter = this.#dead.get(id)
    if (!letter) return false
    this.#dead.delete(id)
    this.#lately.allowAgain(letter.dedupId)
    await this.send([letter], [{ type: 'del', key: deads + id }])
    return true
  }

  /** Calls back whenever there may be something to receive. */
  onMessage(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #append(seq: string, content: Content, before?: { receiveCount: number; reason: string }): void {
    this.#nextSeq = Math.max(this.#nextSeq, Number.parseInt(seq, 36) + 1)
    this.#groups.append(seq, content, before)
  }

  #contentOf({ seq, content }: Message): Content {
    return content ?? JSON.parse(readOrFail(this.#options.store, messages + seq))
  }

  /** Ends a flight. */
  #land(receipt: string): Flight | undefined {
    const flight = this.#flights.get(receipt)
    if (!flight) return undefined
    this.#flights.delete(receipt)
    flight.group.inFlight--
    return flight
  }

  #settle(group: Group): void {
    if (this.#groups.settle(group)) this.#notify()
  }

  async #bury(message: Message, group: Group, also: Change[] = []): Promise<void> {
    const { id: messageId, body, dedupId, sentAt } = this.#contentOf(message)
    this.#groups.remove(message, group)
    const { seq, receiveCount, reason } = message
    const diedAt = this.#options.now()
    const letter = {
      id: seq,
      messageId,
      group: group.name,
      body,
      dedupId,
      sentAt,
      diedAt,
      receiveCount,
      reason,
    }
    this.#dead.set(seq, letter)
    this.#settle(group)
    await this.#options.store.write([
      { type: 'del', key: messages + seq },
      forgetCount(seq),
      { type: 'put', key: deads + seq, value: JSON.stringify(letter) },
      ...also,
    ])
  }

  /** Takes back what consumers kept too long, and lets delayed groups go on. */
  #expire(): void {
    this.#groups.wake(this.#options.now())
    const monotonic = this.#options.monotonicMs()
    for (const [receipt, flight] of this.#flights) {
      if (flight.deadline > monotonic) continue
      this.retry(receipt, 0, flight.message.reason || 'the consumer did not answer in time').catch(() => {})
    }
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

const contentId = (body: string): string => createHash('sha256').update(body).digest('hex')
