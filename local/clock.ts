/** The two clocks of the embedded default: the wall's, and one that only moves when it is told. */
import type { Clock } from '../runtime/ports.ts'
import type { Instant } from '../engine/model.ts'

export interface LocalClock extends Clock {
  readonly virtual: boolean
}

/** Moved by `POST /local/clock` alone; mails, decisions and due moments are dated by it. */
export class VirtualClock implements LocalClock {
  readonly virtual = true
  #at: Instant

  constructor(at: Instant) {
    this.#at = at
  }

  now(): Instant {
    return this.#at
  }

  monotonicMs(): number {
    return performance.now()
  }

  /** Forward only: what has happened cannot happen later. */
  moveTo(at: Instant): void {
    if (at < this.#at) throw new RangeError('a clock does not go back')
    this.#at = at
  }
}

export const realClock: LocalClock = {
  virtual: false,
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
}
