/** The work queue of a story: groups in order, one after the other, and a message again when nobody deleted it in time. */
import type { DeadLetter, QueuedMessage } from '../../runtime/ports.ts'

export interface Delivery {
  id: string
  group: string
  body: string
  receives: number
  /** Names this hand-out: an older one can delete nothing any more. */
  receipt: number
}

const LETTER_HIDDEN_MS = 120_000

/** Where messages lie that were given up. */
export class Letters {
  readonly #tries: number
  /** All that ever came here, by id. */
  readonly known = new Map<string, { group: string; body: string }>()
  readonly #held: (DeadLetter & { hiddenUntil: number })[] = []
  /** Rings when there is another. */
  onLetter: () => void = () => {}

  constructor(tries: number) {
    this.#tries = tries
  }

  put({ id, group, body }: { id: string; group: string; body: string }, now: number): void {
    this.known.set(id, { group, body })
    this.#held.push({
      id,
      group,
      body,
      receivedAt: now,
      deadAt: now,
      tries: this.#tries,
      receipt: '',
      hiddenUntil: 0,
    })
    this.onLetter()
  }

  receive(now: number): DeadLetter[] {
    const visible = this.#held.filter(({ hiddenUntil }) => hiddenUntil <= now).slice(0, 10)
    return visible.map((letter) => {
      letter.hiddenUntil = now + LETTER_HIDDEN_MS
      letter.tries++
      letter.receipt = `${letter.id} ${letter.tries}`
      const { hiddenUntil: _, ...told } = letter
      return told
    })
  }

  delete({ receipt }: DeadLetter): void {
    const at = this.#held.findIndex((one) => one.receipt === receipt)
    if (at >= 0) this.#held.splice(at, 1)
  }

  get length(): number {
    return this.#held.length
  }
}

interface Held extends QueuedMessage {
  id: string
  sentAt: number
  receives: number
  receipt: number
  /** In somebody's hands until then. */
  hiddenUntil: number
}

const DEDUP_MS = 5 * 60_000

export class StoryQueue {
  /** Messages that were received too often, until somebody takes them out. */
  readonly letters: Letters
  readonly #groups = new Map<string, Held[]>()
  /** Every message that was ever here, by the queue's id. */
  readonly known = new Map<string, string>()
  readonly #seen = new Map<string, number>()
  #ids = 0
  readonly visibilityMs: number
  readonly mostReceives: number

  constructor(visibilityMs: number, mostReceives: number) {
    this.visibilityMs = visibilityMs
    this.mostReceives = mostReceives
    this.letters = new Letters(mostReceives)
  }

  send(message: QueuedMessage, now: number): void {
    const seenAt = this.#seen.get(message.dedupId)
    if (seenAt !== undefined && now - seenAt < DEDUP_MS) return
    this.#seen.set(message.dedupId, now)
    const held = { ...message, id: `q${++this.#ids}`, sentAt: now, receives: 0, receipt: 0, hiddenUntil: 0 }
    this.known.set(held.id, held.body)
    const group = this.#groups.get(message.group)
    if (group) group.push(held)
    else this.#groups.set(message.group, [held])
  }

  /** The heads of groups that nobody holds, up to `most` messages. */
  receive(most: number, now: number): Delivery[] {
    const taken: Delivery[] = []
    for (const [name, group] of this.#groups) {
      if (group.some(({ hiddenUntil }) => hiddenUntil > now)) continue
      while (group[0] && group[0].receives >= this.mostReceives) {
        const gone = group.shift()
        if (gone) this.letters.put(gone, now)
      }
      for (const held of group) {
        if (taken.length === most) return taken
        held.receives++
        held.receipt++
        held.hiddenUntil = now + this.visibilityMs
        const { id, body, receives, receipt } = held
        taken.push({ id, group: name, body, receives, receipt })
      }
    }
    return taken
  }

  /** False: it had been handed out again, and stays. */
  delete({ id, group: name, receipt }: Delivery): boolean {
    const group = this.#groups.get(name) ?? []
    const at = group.findIndex((one) => one.id === id)
    if (at < 0 || group[at]?.receipt !== receipt) return false
    group.splice(at, 1)
    if (group.length === 0) this.#groups.delete(name)
    return true
  }

  /** The message behind a delivery that is still there. */
  sentAt({ id, group }: Delivery): number | undefined {
    return this.#groups.get(group)?.find((one) => one.id === id)?.sentAt
  }

  /** When something can be received again; undefined: nothing is there. */
  nextAt(now: number): number | undefined {
    let next: number | undefined
    for (const group of this.#groups.values()) {
      const until = Math.max(now, ...group.map(({ hiddenUntil }) => hiddenUntil))
      next = next === undefined ? until : Math.min(next, until)
    }
    return next
  }

  get length(): number {
    return [...this.#groups.values()].reduce((sum, group) => sum + group.length, 0)
  }

  bodies(): string[] {
    return [...this.#groups.values()].flatMap((group) => group.map(({ body }) => body))
  }

  /** Whether a message in hand would be dead after a few more failures. */
  get strained(): boolean {
    return [...this.#groups.values()].some((group) =>
      group.some(({ receives }) => receives >= this.mostReceives - 2),
    )
  }
}
