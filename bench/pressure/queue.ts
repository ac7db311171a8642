/** Pressure on the embedded queue: a great many messages that wait on disk, a restart in their middle, and all of them handled. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FifoQueue } from '../../local/cloud/fifo.ts'
import { openStore, type Store } from '../../local/cloud/store.ts'
import { Memory, type MemoryFigures, type Progress, rounded, secondsSince } from './watch.ts'

export interface QueueFigures {
  messages: number
  groups: number
  /** In the one group that has a hundredth of all. */
  longestGroup: number
  takeInSeconds: number
  takenInPerSecond: number
  /**
   * Of memory in use for each message of the second half, its dedup id and its group included: what one more costs when
   * the few megabytes of bodies that are kept at hand are full.
   */
  bytesPerMessage: number
  /** With half of the messages in the queue, and a batch in somebody's hands. */
  restartSeconds: number
  waitingAtRestart: number
  drainSeconds: number
  drainedPerSecond: number
  lost: number
  twice: number
  /** Messages that came before an earlier one of their group. */
  outOfOrder: number
  memory: MemoryFigures
}

/** As many as SQS takes and gives at once. */
const BATCH = 10
/** Senders side by side, as connections of a shop are. */
const SENDERS = 16
const LONG_GROUP_EVERY = 100
const DEDUP_MS = 5 * 60_000
/** Of a purchase with a few fields. */
const PADDING = 'x'.repeat(250)

/** Takes `messages` in, handles half of them, opens the queue anew, and handles the rest. */
export async function queuePressure(messages: number, progress: Progress): Promise<QueueFigures> {
  const dir = mkdtempSync(join(tmpdir(), 'premura-pressure-'))
  let store = await openStore(dir)
  try {
    const clock = { at: Date.UTC(2027, 2, 14, 9) }
    const open = (on: Store) =>
      FifoQueue.open({
        store: on,
        now: () => clock.at,
        monotonicMs: () => 0,
        maxReceiveCount: 5,
        visibilityTimeoutMs: 60_000,
      })
    const memory = new Memory()
    const seen = new Seen(messages)
    // In a function of its own, so that nothing holds on to the first queue while it is opened again.
    const first = await firstHalf(await open(store), seen, memory, progress)
    await store.close()
    const reopenedAt = performance.now()
    store = await openStore(dir)
    const queue = await open(store)
    const restartSeconds = secondsSince(reopenedAt)
    const { visible: waitingAtRestart } = queue.depth()

    const againAt = performance.now()
    await drain(queue, messages, seen, memory, progress)
    const drainSeconds = rounded(first.drainSeconds + secondsSince(againAt))

    // Repeats are remembered for five minutes, and forgotten a part with each message that comes after.
    clock.at += DEDUP_MS
    for (let n = 0; n < messages / 90; n++) {
      await queue.send([{ group: 'after', body: `after ${n}` }])
      await queue.done(queue.receive(1).map(({ receipt }) => receipt))
    }
    return {
      messages,
      groups: groupsOf(messages) + 1,
      longestGroup: Math.ceil(messages / LONG_GROUP_EVERY),
      takeInSeconds: first.takeInSeconds,
      takenInPerSecond: Math.round(messages / Math.max(first.takeInSeconds, 0.1)),
      bytesPerMessage: first.bytesPerMessage,
      restartSeconds,
      waitingAtRestart,
      drainSeconds,
      drainedPerSecond: Math.round(messages / Math.max(drainSeconds, 0.1)),
      ...seen.figures(),
      memory: memory.figures(),
    }
  } finally {
    await store.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** All of them taken in, and half of them handled. */
async function firstHalf(queue: FifoQueue, seen: Seen, memory: Memory, progress: Progress) {
  const { messages } = seen
  const half = Math.floor(messages / 2)
  memory.sample()
  let takeInSeconds = 0
  const takeIn = async (from: number, to: number) => {
    const startedAt = performance.now()
    await send(queue, { from, to, messages }, progress)
    takeInSeconds += secondsSince(startedAt)
    return memory.sample()
  }
  const halfWaiting = await takeIn(0, half)
  const allWaiting = await takeIn(half, messages)
  const drainedAt = performance.now()
  await drain(queue, half, seen, memory, progress)
  const drainSeconds = secondsSince(drainedAt)
  // Somebody has a batch in hand, as when a process ends in the middle of its work.
  queue.receive(BATCH)
  return {
    takeInSeconds: rounded(takeInSeconds),
    bytesPerMessage: Math.round(((allWaiting - halfWaiting) * 1e6) / (messages - half)),
    drainSeconds,
  }
}

/** Two messages of each customer, half of the queue apart. */
const groupsOf = (messages: number) => Math.ceil(messages / 2)

function groupOf(n: number, messages: number): number {
  return n % LONG_GROUP_EVERY === 0 ? groupsOf(messages) : n % groupsOf(messages)
}

async function send(
  queue: FifoQueue,
  { from, to, messages }: { from: number; to: number; messages: number },
  progress: Progress,
): Promise<void> {
  const step = BATCH * SENDERS
  for (let first = from; first < to; first += step) {
    const batches = Array.from({ length: SENDERS }, (_, sender) => {
      const start = first + sender * BATCH
      const size = Math.max(0, Math.min(BATCH, to - start))
      return Array.from({ length: size }, (__, n) => messageOf(start + n, messages))
    })
    await Promise.all(batches.filter(({ length }) => length > 0).map((batch) => queue.send(batch)))
    progress('taking messages in', Math.min(first + step, to), messages)
  }
}

const messageOf = (n: number, messages: number) => ({
  group: `customer-${groupOf(n, messages)}`,
  body: JSON.stringify({ n, event: { type: 'purchase', data: { note: PADDING } } }),
  // As long as the ones that Premura makes.
  dedupId: `d-${n}`.padEnd(43, '-'),
})

/** Handles what is there until `until` messages have been handled in all, or nothing comes any more. */
async function drain(
  queue: FifoQueue,
  until: number,
  seen: Seen,
  memory: Memory,
  progress: Progress,
): Promise<void> {
  const every = Math.max(BATCH, Math.floor(seen.messages / 20))
  let sampledAt = seen.handled
  while (seen.handled < until) {
    const batch = queue.receive(BATCH)
    if (batch.length === 0) return
    for (const { body } of batch) seen.note(body)
    await queue.done(batch.map(({ receipt }) => receipt))
    if (seen.handled - sampledAt >= every) {
      sampledAt = seen.handled
      memory.sample()
    }
    progress('handling them', seen.handled, seen.messages)
  }
}

/** Which messages were handled, and in which order those of a group. In arrays of numbers, which weigh next to nothing. */
class Seen {
  readonly messages: number
  handled = 0
  readonly #times: Uint8Array
  /** The last message of each group, by number from 1 on. */
  readonly #last: Uint32Array
  #outOfOrder = 0

  constructor(messages: number) {
    this.messages = messages
    this.#times = new Uint8Array(messages)
    this.#last = new Uint32Array(groupsOf(messages) + 1)
  }

  note(body: string): void {
    const n = Number(/^\{"n":(\d+),/.exec(body)?.[1] ?? Number.NaN)
    if (!(n < this.messages)) throw new Error(`a message came that nobody sent: ${body.slice(0, 60)}`)
    const group = groupOf(n, this.messages)
    if ((this.#last[group] ?? 0) > n) this.#outOfOrder++
    this.#last[group] = n + 1
    this.#times[n] = (this.#times[n] ?? 0) + 1
    this.handled++
  }

  figures(): { lost: number; twice: number; outOfOrder: number } {
    const count = (is: (times: number) => boolean) =>
      this.#times.reduce((n, times) => n + (is(times) ? 1 : 0), 0)
    return {
      lost: count((times) => times === 0),
      twice: count((times) => times > 1),
      outOfOrder: this.#outOfOrder,
    }
  }
}
