/** Which deduplication ids were sent in the last five minutes: the ids in memory, what they were answered with on disk. */
import { Line } from './line.ts'
import { type Change, readOrFail, type Store } from './store.ts'

/** What a sender is told of a message. */
export interface Answer {
  id: string
  seq: string
}

interface Sent {
  dedupId: string
  at: number
  seq: string
}

const dedupMs = 5 * 60_000
const dedups = 'qd~'
/**
 * Forgotten with one write at most, and with each message of it, so that whoever sends the first after a flood does not pay
 * for the flood, and what is forgotten keeps up with what comes.
 */
const mostForgotten = 100
const forgottenAMessage = 2

export class SentLately {
  readonly #store: Store
  readonly #byId = new Map<string, Sent>()
  /** Oldest first. */
  readonly #line = new Line<Sent>()
  /** What is being written: who sends a duplicate waits for the same write. */
  readonly #writing = new Map<string, { answer: Answer; written: Promise<void> | undefined }>()

  private constructor(store: Store) {
    this.#store = store
  }

  /** Shows the sequence number of each that is remembered. */
  static async open(store: Store, visit: (seq: string) => void): Promise<SentLately> {
    const lately = new SentLately(store)
    await store.read({ gte: dedups, lt: `${dedups}\x7f` }, (_, text) => {
      const { dedupId, at, seq }: Sent = JSON.parse(text)
      lately.#remember({ dedupId, at, seq })
      visit(seq)
      return true
    })
    return lately
  }

  /** What the first of this id was answered with, and the write to wait for, if it has not ended. */
  find(dedupId: string, now: number): { answer: Answer; written: Promise<void> | undefined } | undefined {
    const writing = this.#writing.get(dedupId)
    if (writing) return writing
    const sent = this.#byId.get(dedupId)
    if (!sent || now - sent.at >= dedupMs) return undefined
    const { id, seq }: Answer = JSON.parse(readOrFail(this.#store, dedups + sent.seq))
    return { answer: { id, seq }, written: undefined }
  }

  /** To be written together with its message. */
  note(dedupId: string, at: number, answer: Answer): Change {
    const { id, seq } = answer
    this.#remember({ dedupId, at, seq })
    this.#writing.set(dedupId, { answer, written: undefined })
    return { type: 'put', key: dedups + seq, value: JSON.stringify({ dedupId, at, seq, id }) }
  }

  /** `written` is the write of what was noted. When it fails, nothing was sent. */
  writing(dedupIds: readonly string[], written: Promise<void>): void {
    for (const dedupId of dedupIds) {
      const one = this.#writing.get(dedupId)
      if (one) one.written = written
    }
  }

  written(dedupIds: readonly string[], well: boolean): void {
    for (const dedupId of dedupIds) {
      this.#writing.delete(dedupId)
      if (!well) this.#byId.delete(dedupId)
    }
  }

  /** The next message of this id is no repeat. */
  allowAgain(dedupId: string): void {
    this.#byId.delete(dedupId)
  }

  /** Forgets what is too old, a part at a time: `sent` messages are about to be written. */
  forget(now: number, sent: number): Change[] {
    const most = mostForgotten + sent * forgottenAMessage
    const changes: Change[] = []
    for (let oldest = this.#line.peek(); oldest && changes.length < most; oldest = this.#line.peek()) {
      if (now - oldest.at < dedupMs) break
      this.#line.take()
      // A later message may have taken the id.
      if (this.#byId.get(oldest.dedupId) === oldest) this.#byId.delete(oldest.dedupId)
      changes.push({ type: 'del', key: dedups + oldest.seq })
    }
    return changes
  }

  #remember(sent: Sent): void {
    this.#byId.set(sent.dedupId, sent)
    this.#line.push(sent)
  }
}
