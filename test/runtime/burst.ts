/**
 * Journeys that are all due at once, several processes that work on them, and a provider that counts: on a clock that moves
 * on by itself whenever everybody waits. For tests, and for the benchmark with more of them.
 */
import { handle } from '../../runtime/handle.ts'
import type { MailQuota, QueuedMessage, SendOutcome, World } from '../../runtime/ports.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import { work } from '../../runtime/work.ts'
import type { MemoryWorld } from '../memory-world.ts'
import { Deployment, programOf, send } from './deployment.ts'

const DAY_MS = 86_400_000
/** As the queue's `maxReceiveCount`. */
const LAST_TRY = 5
/** Customers of a batch, side by side. */
const LANES = 10

export interface BurstOptions {
  journeys: number
  processes: number
  perSecond: number
  perDay?: number
  /** Mails of others on the same account, a second. */
  others?: number
  /** Whether processes keep to their share; without it the provider has to refuse. */
  paced?: boolean
}

export interface BurstFigures {
  sent: number
  /** To somebody who had it already. */
  twice: number
  dead: number
  /** Refused by the provider because of its limits. */
  throttled: number
  /** Postponed, by whomever. */
  held: number
  /** From the first moment at which they were due to the last mail. */
  drainMs: number
  /** The most in any 24 hours. */
  mostInADay: number
}

/** SES as far as it counts: a bucket that a second fills, and the mails of the last 24 hours. */
class Account {
  readonly sentAt: number[] = []
  throttled = 0
  readonly #options: BurstOptions
  readonly #world: MemoryWorld
  #tokens: number
  #filledAt: number
  #dayBegins = 0

  constructor(options: BurstOptions, world: MemoryWorld) {
    this.#options = options
    this.#world = world
    this.#tokens = options.perSecond
    this.#filledAt = world.clock.now()
  }

  quota(): MailQuota {
    const { perSecond, perDay } = this.#options
    const sentInLastDay = this.sentInLastDay()
    return { perSecond, sentInLastDay, ...(perDay !== undefined && { perDay }) }
  }

  sentInLastDay(): number {
    const from = this.#world.clock.now() - DAY_MS
    while ((this.sentAt[this.#dayBegins] ?? Number.POSITIVE_INFINITY) <= from) this.#dayBegins++
    return this.sentAt.length - this.#dayBegins
  }

  answer(): SendOutcome {
    const { perSecond, perDay, others = 0 } = this.#options
    const now = this.#world.clock.now()
    const gained = ((now - this.#filledAt) / 1000) * Math.max(perSecond - others, 0)
    this.#tokens = Math.min(perSecond, this.#tokens + gained)
    this.#filledAt = now
    const limit = perDay !== undefined && this.sentInLastDay() >= perDay ? 'day' : 'rate'
    // Times of a clock in whole milliseconds add up to a hair less than a turn.
    if (limit === 'day' || this.#tokens < 0.99) {
      this.throttled++
      const afterMs = limit === 'day' ? 15 * 60_000 : 60_000
      return { status: 'retry', reason: 'TooManyRequestsException', hold: true, afterMs, limit }
    }
    this.#tokens--
    this.sentAt.push(now)
    return { status: 'sent', messageId: `m-${this.sentAt.length}` }
  }
}

/** Time that goes on to the next moment for which somebody waits, once everybody does. */
class Waiting {
  readonly #world: MemoryWorld
  readonly #sleepers: { at: number; wake: () => void }[] = []
  awake = 0

  constructor(world: MemoryWorld) {
    this.#world = world
  }

  sleep(ms: number): Promise<void> {
    const at = this.#world.clock.now() + Math.max(1, Math.ceil(ms))
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
    const { clock } = this.#world
    if (first.at > clock.now()) clock.advance(first.at - clock.now())
    for (let next = this.#sleepers[0]; next && next.at <= clock.now(); next = this.#sleepers[0]) {
      this.#sleepers.shift()
      this.awake++
      next.wake()
    }
  }
}

/** Enrolls them, lets all come due at one moment, and works until nobody waits for anything. */
export async function burst(options: BurstOptions): Promise<BurstFigures> {
  const deployment = new Deployment()
  const { world } = deployment
  const wait = { verb: 'wait' as const, id: 'wait', next: 'tips', duration: 'P1D' }
  await deployment.publish(programOf([wait, send('tips', null)]))
  for (let n = 0; n < options.journeys; n++) {
    const customerId = `c-${n}`
    const email = `${customerId}@example.it`
    await deployment.post({ id: `e-${n}`, customerId, data: { orderId: `o-${n}` } }, { email })
  }
  await deployment.deliver()
  const dueAt = world.timers.nextAt() ?? 0
  world.clock.advance(dueAt - world.clock.now())

  const account = new Account(options, world)
  const waiting = new Waiting(world)
  world.sender.answer = () => account.answer()
  // A sender that remembers each mail would be asked about all of them each time.
  world.sender.find = async () => 'unknown'
  const counts = { dead: 0 }
  const lanes: Promise<void>[] = []
  for (let n = 0; n < options.processes; n++) {
    const mailPace = {
      account: { quota: async () => account.quota() },
      shares: options.processes,
      sleep: (ms: number) => waiting.sleep(ms),
    }
    const config = { ...world.config, owner: `process-${n}` }
    const own: World = { ...world, config, ...(options.paced !== false && { mailPace }) }
    const runtime = createRuntime(own)
    for (let place = 0; place < LANES; place++) {
      waiting.awake++
      lanes.push(lane(world, runtime, waiting, counts))
    }
  }
  await Promise.all(lanes)
  return figuresOf(world, account, dueAt, counts.dead)
}

/** One place in one process's batches: takes what is there, and waits for what comes due. */
async function lane(
  world: MemoryWorld,
  runtime: Runtime,
  waiting: Waiting,
  counts: { dead: number },
): Promise<void> {
  for (;;) {
    const message = next(world)
    if (message) {
      if (!(await tried(runtime, message))) counts.dead++
      continue
    }
    const dueAt = world.timers.nextAt()
    if (dueAt === undefined) break
    await waiting.sleep(dueAt - world.clock.now())
  }
  waiting.awake--
  waiting.goOn()
}

/** At once: a place that finds neither message nor timer is done. */
function next({ queue, timers, clock }: MemoryWorld): QueuedMessage | undefined {
  if (queue.messages.length === 0)
    for (const { name, group, body } of timers.takeDue(clock.now()))
      queue.messages.push({ group, body, dedupId: name })
  return queue.take()
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

function figuresOf(world: MemoryWorld, account: Account, dueAt: number, dead: number): BurstFigures {
  const { sentAt, throttled } = account
  const to = new Set(world.sender.mails.map((mail) => mail.to))
  let mostInADay = 0
  for (let first = 0, last = 0; last < sentAt.length; last++) {
    while ((sentAt[first] ?? 0) <= (sentAt[last] ?? 0) - DAY_MS) first++
    mostInADay = Math.max(mostInADay, last - first + 1)
  }
  const held = world.lines.filter(({ message }) => message === 'mail.held').length
  const drainMs = (sentAt.at(-1) ?? dueAt) - dueAt
  return { sent: sentAt.length, twice: sentAt.length - to.size, dead, throttled, held, drainMs, mostInADay }
}
