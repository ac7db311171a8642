/** The work queue of the embedded cloud: FIFO groups, one batch of a group in flight, dead letters, on disk. */
import { createHash, randomUUID } from 'node:crypto'
import { Heap } from './heap.ts'
import type { Change, Store } from './store.ts'

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

export interface DeadLetter {
  id: string
  group: string
  body: string
  dedupId: string
  sentAt: number
  diedAt: number
  receiveCount: number
  /** What the last failure said; a crash leaves none. */
  reason: string
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

interface Message {
  seq: string
  id: string
  group: string
  body: string
  dedupId: string
  sentAt: number
  receiveCount: number
  reason: string
}

interface Group {
  name: string
  /** In order; those in flight stand at the front. */
  messages: Message[]
  inFlight: number
  /** Set while the first message waits for another try, in business time. */
  delayedUntil: number | undefined
}

interface Flight {
  message: Message
  group: Group
  /** In process time. */
  deadline: number
}

interface Sent {
  at: number
  seq: string
  id: string
  /** Set while the message is being written: who sends a duplicate waits for the same write. */
  writing?: Promise<void>
}

const dedupMs = 5 * 60_000
const messages = 'q~'
const counts = 'qn~'
const dedups = 'qd~'
const deads = 'qx~'

export class FifoQueue {
  readonly #options: FifoOptions
  readonly #groups = new Map<string, Group>()
  /** Groups with something to hand out, in the order in which they became so. */
  readonly #ready = new Set<Group>()
  readonly #flights = new Map<string, Flight>()
  readonly #delayed = new Heap<Group>()
  readonly #dead = new Map<string, DeadLetter>()
  /** Deduplication id → what it was answered with, oldest first. */
  readonly #sent = new Map<string, Sent>()
  readonly #listeners = new Set<() => void>()
  #nextSeq = 1
  #count = 0
  #delayedCount = 0

  private constructor(options: FifoOptions) {
    this.#options = options
  }

  static async open(options: FifoOptions): Promise<FifoQueue> {
    const queue = new FifoQueue(options)
    const received = new Map<string, { receiveCount: number; reason: string }>()
    await options.store.read({ gte: counts, lt: `${counts}\x7f` }, (key, text) => {
      received.set(key.slice(counts.length), JSON.parse(text))
      return true
    })
    // What was in flight lost its consumer with the process: all of it is visible again, in its old order.
    await options.store.read({ gte: messages, lt: `${messages}\x7f` }, (key, text) => {
      const seq = key.slice(messages.length)
      queue.#append({ receiveCount: 0, reason: '', ...JSON.parse(text), ...received.get(seq), seq })
      return true
    })
    await options.store.read({ gte: dedups, lt: `${dedups}\x7f` }, (_, text) => {
      const { dedupId, ...answer }: Sent & { dedupId: string } = JSON.parse(text)
      queue.#sent.set(dedupId, answer)
      queue.#nextSeq = Math.max(queue.#nextSeq, Number.parseInt(answer.seq, 36) + 1)
      return true
    })
    await options.store.read({ gte: deads, lt: `${deads}\x7f` }, (key, text) => {
      queue.#dead.set(key.slice(deads.length), JSON.parse(text))
      queue.#nextSeq = Math.max(queue.#nextSeq, Number.parseInt(key.slice(deads.length), 36) + 1)
      return true
    })
    await queue.#buryKillers()
    return queue
  }

  /** What was in hand for its last try when the process ended has had that try, and may be why it ended. */
  async #buryKillers(): Promise<void> {
    for (const group of [...this.#groups.values()]) {
      for (const message of [...group.messages]) {
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
    const changes: Change[] = this.#forgetDedups(now)
    const fresh: Message[] = []
    const answers = sent.map(({ group, body, dedupId = contentId(body) }): Sent => {
      const before = this.#sent.get(dedupId)
      if (before) return before
      const seq = (this.#nextSeq++).toString(36).padStart(10, '0')
      const message = { id: randomUUID(), group, body, dedupId, sentAt: now }
      const answer: Sent = { at: now, seq, id: message.id }
      changes.push({ type: 'put', key: messages + seq, value: JSON.stringify(message) })
      changes.push({ type: 'put', key: dedups + seq, value: JSON.stringify({ dedupId, ...answer }) })
      this.#sent.delete(dedupId)
      this.#sent.set(dedupId, answer)
      fresh.push({ ...message, seq, receiveCount: 0, reason: '' })
      return answer
    })
    const duplicatesOf = answers.map((answer) => answer.writing)
    const writing = this.#write([...changes, ...also], fresh)
    for (const { dedupId } of fresh) {
      const answer = this.#sent.get(dedupId)
      if (answer) answer.writing = writing
    }
    await Promise.all([writing, ...duplicatesOf])
    for (const answer of answers) delete answer.writing
    return answers.map(({ id, seq }) => ({ id, seq }))
  }

  /** Concurrent writes end in the order in which they began, and so the messages of a group keep theirs. */
  async #write(changes: Change[], fresh: Message[]): Promise<void> {
    try {
      if (changes.length > 0) await this.#options.store.write(changes)
    } catch (error) {
      for (const { dedupId } of fresh) this.#sent.delete(dedupId)
      throw error
    }
    for (const message of fresh) this.#append(message)
    if (fresh.length > 0) this.#notify()
  }

  /** Up to `max` messages, at most one batch of a group at a time: first one of each group, then more of the same. */
  receive(max: number, visibilityTimeoutMs = this.#options.visibilityTimeoutMs): QueueDelivery[] {
    this.#expire()
    const taken: Group[] = []
    for (const group of this.#ready) {
      if (taken.length === max) break
      this.#ready.delete(group)
      taken.push(group)
    }
    const deliveries: QueueDelivery[] = []
    const changes: Change[] = []
    for (let round = 0; deliveries.length < max; round++) {
      let more = false
      for (const group of taken) {
        const message = group.messages[round]
        if (!message || deliveries.length === max) continue
        more = true
        group.inFlight++
        message.receiveCount++
        const receipt = `${message.seq}.${message.receiveCount}`
        this.#flights.set(receipt, {
          message,
          group,
          deadline: this.#options.monotonicMs() + visibilityTimeoutMs,
        })
        changes.push(countOf(message))
        const { id: messageId, group: name, body, dedupId, sentAt, receiveCount } = message
        deliveries.push({ receipt, messageId, group: name, body, dedupId, sentAt, receiveCount })
      }
      if (!more) break
    }
    // Not waited for: it only matters that a message which kills its consumer is counted some time before it dies.
    if (changes.length > 0) this.#options.store.write(changes).catch(() => {})
    return deliveries
  }

  /** Handled: gone for good. A receipt that is not in flight any more is ignored, as SQS does. */
  async done(receipts: string[]): Promise<void> {
    const changes: Change[] = []
    for (const receipt of receipts) {
      const flight = this.#land(receipt)
      if (!flight) continue
      flight.group.messages.splice(flight.group.messages.indexOf(flight.message), 1)
      this.#count--
      changes.push({ type: 'del', key: messages + flight.message.seq })
      changes.push({ type: 'del', key: counts + flight.message.seq })
      this.#settle(flight.group)
    }
    if (changes.length > 0) await this.#options.store.write(changes)
  }

  /** Failed: visible again after a while, before everything behind it in its group; or a dead letter. */
  async retry(receipt: string, afterMs: number, reason = ''): Promise<void> {
    const flight = this.#land(receipt)
    if (!flight) return
    const { message, group } = flight
    message.reason = reason
    if (message.receiveCount >= this.#options.maxReceiveCount) {
      await this.#bury(message, group)
      return
    }
    if (afterMs > 0 && group.messages[0] === message) this.#delay(group, this.#options.now() + afterMs)
    this.#settle(group)
    await this.#options.store.write([countOf(message)])
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
      visible: this.#count - inFlight - this.#delayedCount,
      ready: this.#ready.size,
      inFlight,
      delayed: this.#delayedCount,
      dead: this.#dead.size,
    }
  }

  /** When the first delayed message becomes visible; undefined when none is delayed. */
  nextVisibleAt(): number | undefined {
    this.#expire()
    for (;;) {
      const first = this.#delayed.peek()
      if (!first) return undefined
      if (first.value.delayedUntil === first.at) return first.at
      this.#delayed.pop()
    }
  }

  dead(): DeadLetter[] {
    return [...this.#dead.values()]
  }

  /** Back into the queue with its count at zero; behind what its group got meanwhile. */
  async replay(id: string): Promise<boolean> {
    const letter = this.#dead.get(id)
    if (!letter) return false
    this.#dead.delete(id)
    this.#sent.delete(letter.dedupId)
    await this.send([letter], [{ type: 'del', key: deads + id }])
    return true
  }

  /** A dead letter goes for good. */
  async drop(id: string): Promise<void> {
    if (this.#dead.delete(id)) await this.#options.store.write([{ type: 'del', key: deads + id }])
  }

  /** Calls back whenever there may be something to receive. */
  onMessage(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #append(message: Message): void {
    this.#nextSeq = Math.max(this.#nextSeq, Number.parseInt(message.seq, 36) + 1)
    let group = this.#groups.get(message.group)
    if (!group) {
      group = { name: message.group, messages: [], inFlight: 0, delayedUntil: undefined }
      this.#groups.set(message.group, group)
    }
    group.messages.push(message)
    this.#count++
    this.#settle(group, false)
  }

  /** Ends a flight. */
  #land(receipt: string): Flight | undefined {
    const flight = this.#flights.get(receipt)
    if (!flight) return undefined
    this.#flights.delete(receipt)
    flight.group.inFlight--
    return flight
  }

  /** Puts a group where it belongs after it changed. */
  #settle(group: Group, notify = true): void {
    if (group.messages.length === 0) {
      this.#groups.delete(group.name)
      this.#ready.delete(group)
    } else if (group.inFlight === 0 && group.delayedUntil === undefined && !this.#ready.has(group)) {
      this.#ready.add(group)
      if (notify) this.#notify()
    }
  }

  #delay(group: Group, until: number): void {
    if (group.delayedUntil === undefined) this.#delayedCount++
    group.delayedUntil = until
    this.#delayed.push(until, group)
  }

  async #bury(message: Message, group: Group): Promise<void> {
    group.messages.splice(group.messages.indexOf(message), 1)
    this.#count--
    const { seq, receiveCount, reason, body, dedupId, sentAt } = message
    const diedAt = this.#options.now()
    const letter = { id: seq, group: group.name, body, dedupId, sentAt, diedAt, receiveCount, reason }
    this.#dead.set(seq, letter)
    this.#settle(group)
    await this.#options.store.write([
      { type: 'del', key: messages + seq },
      { type: 'del', key: counts + seq },
      { type: 'put', key: deads + seq, value: JSON.stringify(letter) },
    ])
  }

  /** Takes back what consumers kept too long, and lets delayed groups go on. */
  #expire(): void {
    const now = this.#options.now()
    for (let first = this.#delayed.peek(); first && first.at <= now; first = this.#delayed.peek()) {
      this.#delayed.pop()
      if (first.value.delayedUntil !== first.at) continue
      first.value.delayedUntil = undefined
      this.#delayedCount--
      this.#settle(first.value, false)
    }
    const monotonic = this.#options.monotonicMs()
    for (const [receipt, flight] of this.#flights) {
      if (flight.deadline > monotonic) continue
      this.retry(receipt, 0, flight.message.reason || 'the consumer did not answer in time').catch(() => {})
    }
  }

  #forgetDedups(now: number): Change[] {
    const changes: Change[] = []
    for (const [dedupId, { at, seq }] of this.#sent) {
      if (now - at < dedupMs) break
      this.#sent.delete(dedupId)
      changes.push({ type: 'del', key: dedups + seq })
    }
    return changes
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

function countOf({ seq, receiveCount, reason }: Message): Change {
  return { type: 'put', key: counts + seq, value: JSON.stringify({ receiveCount, reason }) }
}

function contentId(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}
