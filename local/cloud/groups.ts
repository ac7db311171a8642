/** What waits in the queue, by group: which group may be received from next, and which waits for its moment. */
import { Heap } from './heap.ts'
import { Line } from './line.ts'

/** As a message is stored. */
export interface Content {
  id: string
  group: string
  body: string
  dedupId: string
  sentAt: number
}

export interface Message {
  seq: string
  /** The one behind it in its group. */
  next: Message | undefined
  /** Undefined: it stands far back in the line, and is read from disk when its turn comes. */
  content: Content | undefined
  receiveCount: number
  reason: string
  /** Its count has a row of its own: it failed before. */
  counted: boolean
}

export interface Group {
  name: string
  /** In order; those in flight stand at the front. */
  first: Message | undefined
  last: Message | undefined
  inFlight: number
  /** Set while the first message waits for another try, in business time. */
  delayedUntil: number | undefined
  /** It stands in the line of those that can be received from. */
  ready: boolean
}

/** Of the bodies of waiting messages, in UTF-16 units: enough for a queue that is kept up with never to read one back. */
const mostUnits = 8 * 1024 * 1024

export class Groups {
  readonly #byName = new Map<string, Group>()
  /** Groups with something to hand out, in the order in which they became so. */
  readonly #ready = new Line<Group>()
  readonly #delayed = new Heap<Group>()
  #messages = 0
  #readyCount = 0
  #delayedCount = 0
  #units = 0

  /** Messages, those in flight included. */
  get messages(): number {
    return this.#messages
  }

  get readyCount(): number {
    return this.#readyCount
  }

  get delayedCount(): number {
    return this.#delayedCount
  }

  all(): Group[] {
    return [...this.#byName.values()]
  }

  append(seq: string, content: Content, before?: { receiveCount: number; reason: string }): void {
    const { group: name, body } = content
    let group = this.#byName.get(name)
    if (!group) {
      group = { name, first: undefined, last: undefined, inFlight: 0, delayedUntil: undefined, ready: false }
      this.#byName.set(name, group)
    }
    const held = this.#units + body.length <= mostUnits
    if (held) this.#units += body.length
    const message: Message = {
      seq,
      next: undefined,
      content: held ? content : undefined,
      receiveCount: before?.receiveCount ?? 0,
      reason: before?.reason ?? '',
      counted: before !== undefined,
    }
    if (group.last) group.last.next = message
    else group.first = message
    group.last = message
    this.#messages++
    this.settle(group)
  }

  /** A message at the front of its group, or behind others of its batch. */
  remove(message: Message, group: Group): void {
    let before: Message | undefined
    for (let one = group.first; one && one !== message; one = one.next) before = one
    if (before) before.next = message.next
    else group.first = message.next
    if (group.last === message) group.last = before
    this.#units -= message.content?.body.length ?? 0
    this.#messages--
  }

  /** Takes up to `most` groups out of the line; {@link settle} puts them back. */
  take(most: number): Group[] {
    const taken: Group[] = []
    while (taken.length < most) {
      const group = this.#ready.take()
      if (!group) break
      // It may have lost all its messages since it was put in line.
      if (!group.ready) continue
      group.ready = false
      this.#readyCount--
      taken.push(group)
    }
    return taken
  }

  /** Puts a group where it belongs after it changed. True: there is something to receive that was not before. */
  settle(group: Group): boolean {
    if (!group.first) {
      this.#byName.delete(group.name)
      if (group.ready) this.#readyCount--
      group.ready = false
      return false
    }
    if (group.inFlight > 0 || group.delayedUntil !== undefined || group.ready) return false
    group.ready = true
    this.#readyCount++
    this.#ready.push(group)
    return true
  }

  delay(group: Group, until: number): void {
    if (group.delayedUntil === undefined) this.#delayedCount++
    group.delayedUntil = until
    this.#delayed.push(until, group)
  }

  /** Lets delayed groups go on whose moment has come. */
  wake(now: number): void {
    for (let first = this.#delayed.peek(); first && first.at <= now; first = this.#delayed.peek()) {
      this.#delayed.pop()
      if (first.value.delayedUntil !== first.at) continue
      first.value.delayedUntil = undefined
      this.#delayedCount--
      this.settle(first.value)
    }
  }

  /** When the first delayed group goes on. */
  nextAt(): number | undefined {
    for (let first = this.#delayed.peek(); first; first = this.#delayed.peek()) {
      if (first.value.delayedUntil === first.at) return first.at
      this.#delayed.pop()
    }
    return undefined
  }
}
