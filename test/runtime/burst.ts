/**
 * Journeys that are all due at once, several processes that work on them, and a provider that counts: on a clock that moves
 * on by itself whenever everybody waits. For tests, and for the benchmark with more of them.
 */
import { handle } from '../../runtime/handle.ts'
import type { Pace, QueuedMessage, World } from '../../runtime/ports.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import { work } from '../../runtime/work.ts'
import { type FixedClock, type MemoryWorld, memoryWorld } from '../memory-world.ts'
import { type BurstOptions, type Outside, outsideHere, type SentFigures } from './burst-outside.ts'

/** As the queue's `maxReceiveCount`. */
const LAST_TRY = 5
/** Customers of a batch, side by side. */
const LANES = 10

export interface BurstFigures extends Omit<SentFigures, 'lastAt'> {
  dead: number
  /** Postponed, by whomever. */
  held: number
  /** From the first moment at which they were due to the last mail. */
  drainMs: number
}

/** Time that goes on to the next moment for which somebody waits, once everybody does. */
class Waiting {
  readonly #clock: FixedClock
  readonly #sleepers: { at: number; wake: () => void }[] = []
  awake = 0

  constructor(clock: FixedClock) {
    this.#clock = clock
  }

  sleep(ms: number): Promise<void> {
    const at = this.#clock.now() + Math.max(1, Math.ceil(ms))
    const woken = new Promise<void>((resolve) => {
      const after = this.#sleepers.findIndex((one) => one.at > at)
      this.#sleepers.splice(after < 0 ? this.#sleepers.length : after, 0, { at, wake: resolve })
    })
    this.awake--
    this.goOn()
    return woken
  }

  goOn(): void {
    if (this.awake > 0) return
    const [first] = this.#sleepers
    if (!first) return
    if (first.at > this.#clock.now()) this.#clock.advance(first.at - this.#clock.now())
    for (let next = this.#sleepers[0]; next && next.at <= this.#clock.now(); next = this.#sleepers[0]) {
      this.#sleepers.shift()
      this.awake++
      next.wake()
    }
  }
}

export interface BurstPlace {
  /** Another process's, if its memory is not to be this one's. */
  outside?: Outside
  /** How many messages have been handled. */
  onHandled?: (messages: number) => void
}

interface Drain {
  readonly outside: Outside
  readonly waiting: Waiting
  readonly clock: FixedClock
  readonly onHandled: (messages: number) => void
  handled: number
  dead: number
  held: number
}

/** Enrolls them, lets all come due at one moment, and works until nobody waits for anything. */
export async function burst(
  options: BurstOptions,
  { outside = outsideHere(), onHandled = () => {} }: BurstPlace = {},
): Promise<BurstFigures> {
  const world = memoryWorld()
  const { clock } = world
  const dueAt = await outside.begin(options)
  clock.set(dueAt)
  const waiting = new Waiting(clock)
  const drain: Drain = { outside, waiting, clock, onHandled, handled: 0, dead: 0, held: 0 }
  const lanes: Promise<void>[] = []
  for (let n = 0; n < options.processes; n++) {
    const runtime = createRuntime(processOf(n, options, world, drain))
    for (let place = 0; place < LANES; place++) {
      waiting.awake++
      lanes.push(lane(runtime, drain))
    }
  }
  await Promise.all(lanes)
  const { lastAt = dueAt, ...sent } = await outside.figures()
  return { ...sent, dead: drain.dead, held: drain.held, drainMs: lastAt - dueAt }
}

/** What one process knows of the outside. */
function processOf(n: number, options: BurstOptions, world: MemoryWorld, drain: Drain): World {
  const { outside, waiting, clock } = drain
  const pace: Pace = {
    account: { quota: () => outside.quota(clock.now()) },
    shares: options.processes,
    sleep: (ms: number) => waiting.sleep(ms),
  }
  return {
    ...world,
    table: outside,
    queue: { send: (messages) => outside.enqueue(messages) },
    timers: { arm: (timer) => outside.arm(timer) },
    texter: { send: ({ to }) => outside.deliver(to, clock.now()) },
    sender: { send: ({ to }) => outside.deliver(to, clock.now()), find: async () => 'unknown' },
    // Lines are counted, and not kept.
    log: (_, message) => {
      if (message === 'mail.held') drain.held++
    },
    config: { ...world.config, owner: `process-${n}` },
    ...(options.paced !== false && { mailPace: pace, textPace: { sms: pace } }),
  }
}

/** One place in one process's batches: takes what is there, and waits for what comes due. */
async function lane(runtime: Runtime, drain: Drain): Promise<void> {
  const { outside, waiting, clock } = drain
  for (;;) {
    const { message, dueAt } = await outside.next(clock.now())
    if (message) {
      if (!(await tried(runtime, message))) drain.dead++
      drain.onHandled(++drain.handled)
    } else if (dueAt === undefined) break
    else await waiting.sleep(dueAt - clock.now())
  }
  waiting.awake--
  waiting.goOn()
}

async function tried(runtime: Runtime, { body }: QueuedMessage): Promise<boolean> {
  for (let attempt = 1; attempt <= LAST_TRY; attempt++) {
    try {
      await handle(runtime, work.parse(JSON.parse(body)))
      return true
    } catch {
      // As the queue does: it comes again.
    }
  }
  return false
}
