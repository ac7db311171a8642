/**
 * What stands around the processes of a burst: table, queue, timers and a provider that counts. It is asked by calls that
 * can be made from another process, so that its memory need not be that of what is measured.
 */
import type { Instant } from '../../engine/model.ts'
import type { Step } from '../../engine/program.ts'
import type { CompiledText } from '../../engine/text/template.ts'
import { templateSk, workflowPk } from '../../runtime/keys-of-rows.ts'
import type { MailQuota, QueuedMessage, SendOutcome, Table, Timers } from '../../runtime/ports.ts'
import type { MemoryWorld } from '../memory-world.ts'
import { Deployment, programOf } from './deployment.ts'

const DAY_MS = 86_400_000

export interface BurstOptions {
  journeys: number
  processes: number
  perSecond: number
  perDay?: number
  /** Mails of others on the same account, a second. */
  others?: number
  /** By which way they go out; as mails unless it is said. */
  channel?: 'email' | 'sms'
  /** Whether processes keep to their share; without it the provider has to refuse. */
  paced?: boolean
}

/** The table, and what else the processes call. Times are theirs: there is one clock, and they have it. */
export interface Outside extends Table {
  /** Enrolls all journeys, up to their waits; answers when all of these end. */
  begin(options: BurstOptions): Promise<Instant>
  enqueue(messages: QueuedMessage[]): Promise<void>
  arm(timer: Parameters<Timers['arm']>[0]): Promise<void>
  /** A message, or when there may be one; neither: nobody waits for anything. */
  next(now: Instant): Promise<{ message?: QueuedMessage; dueAt?: Instant }>
  quota(now: Instant): Promise<MailQuota>
  deliver(to: string, now: Instant): Promise<SendOutcome>
  figures(): Promise<SentFigures>
}

export interface SentFigures {
  sent: number
  /** To somebody who had it already. */
  twice: number
  /** Refused because of the account's limits. */
  throttled: number
  lastAt?: Instant
  /** The most in any 24 hours. */
  mostInADay: number
}

/** In the memory of whoever makes it. */
export function outsideHere(): Outside {
  const deployment = new Deployment()
  const { world } = deployment
  const { table, queue, timers } = world
  let account: Account | undefined
  const asked = () => {
    if (!account) throw new Error('the burst was not begun')
    return account
  }
  return {
    get: (pk, sk) => table.get(pk, sk),
    query: (pk, options) => table.query(pk, options),
    put: (row, condition) => table.put(row, condition),
    delete: (pk, sk, condition) => table.delete(pk, sk, condition),
    add: (pk, sk, counters) => table.add(pk, sk, counters),
    scan: (options) => table.scan(options),
    async begin(options) {
      await enrolled(deployment, options)
      const dueAt = timers.nextAt() ?? 0
      account = new Account(options, dueAt)
      return dueAt
    },
    enqueue: (messages) => queue.send(messages),
    arm: (timer) => timers.arm(timer),
    next: async (now) => next(world, now),
    quota: async (now) => asked().quota(now),
    deliver: async (to, now) => asked().answer(to, now),
    figures: async () => asked().figures(),
  }
}

async function enrolled(
  deployment: Deployment,
  { journeys, channel = 'email' }: BurstOptions,
): Promise<void> {
  const wait = { verb: 'wait' as const, id: 'wait', next: 'tips', duration: 'P1D' }
  const tips: Step = {
    ...{ verb: 'send', id: 'tips', next: null, template: 'tips', inDoubt: 'drop' },
    ...{ channel, topic: 'service' },
  }
  const program = programOf([wait, tips])
  await deployment.publish(program)
  if (channel === 'sms') await textFor(deployment, program.workflow)
  for (let n = 0; n < journeys; n++) {
    const customerId = `c-${n}`
    const reached = { email: `${customerId}@example.it`, phone: `+39333${String(n).padStart(7, '0')}` }
    await deployment.post({ id: `e-${n}`, customerId, data: { orderId: `o-${n}` } }, reached)
  }
  await deployment.deliver()
}

async function textFor({ world }: Deployment, workflow: string): Promise<void> {
  const text: CompiledText = { form: 'text', name: 'tips', locale: null, body: 'Tips', variables: [] }
  await world.table.put(
    { pk: workflowPk(workflow), sk: templateSk(1, text), body: JSON.stringify(text) },
    { kind: 'any' },
  )
}

function next({ queue, timers }: MemoryWorld, now: Instant): { message?: QueuedMessage; dueAt?: Instant } {
  if (queue.messages.length === 0)
    for (const { name, group, body } of timers.takeDue(now))
      queue.messages.push({ group, body, dedupId: name })
  const message = queue.take()
  if (message) return { message }
  const dueAt = timers.nextAt()
  return dueAt === undefined ? {} : { dueAt }
}

/** The provider as far as it counts: a bucket that a second fills, and the messages of the last 24 hours. */
class Account {
  readonly #options: BurstOptions
  readonly #sentAt: Instant[] = []
  readonly #to = new Set<string>()
  #throttled = 0
  #tokens: number
  #filledAt: Instant
  #dayBegins = 0

  constructor(options: BurstOptions, now: Instant) {
    this.#options = options
    this.#tokens = options.perSecond
    this.#filledAt = now
  }

  quota(now: Instant): MailQuota {
    const { perSecond, perDay } = this.#options
    const sentInLastDay = this.#sentInLastDay(now)
    return { perSecond, sentInLastDay, ...(perDay !== undefined && { perDay }) }
  }

  answer(to: string, now: Instant): SendOutcome {
    const { perSecond, perDay, others = 0 } = this.#options
    const gained = ((now - this.#filledAt) / 1000) * Math.max(perSecond - others, 0)
    this.#tokens = Math.min(perSecond, this.#tokens + gained)
    this.#filledAt = now
    const limit = perDay !== undefined && this.#sentInLastDay(now) >= perDay ? 'day' : 'rate'
    // Times of a clock in whole milliseconds add up to a hair less than a turn.
    if (limit === 'day' || this.#tokens < 0.99) {
      this.#throttled++
      const afterMs = limit === 'day' ? 15 * 60_000 : 60_000
      return { status: 'retry', reason: 'TooManyRequestsException', hold: true, afterMs, limit }
    }
    this.#tokens--
    this.#sentAt.push(now)
    this.#to.add(to)
    return { status: 'sent', messageId: `m-${this.#sentAt.length}` }
  }

  figures(): SentFigures {
    const lastAt = this.#sentAt.at(-1)
    return {
      sent: this.#sentAt.length,
      twice: this.#sentAt.length - this.#to.size,
      throttled: this.#throttled,
      ...(lastAt !== undefined && { lastAt }),
      mostInADay: this.#mostInADay(),
    }
  }

  #sentInLastDay(now: Instant): number {
    const from = now - DAY_MS
    while ((this.#sentAt[this.#dayBegins] ?? Number.POSITIVE_INFINITY) <= from) this.#dayBegins++
    return this.#sentAt.length - this.#dayBegins
  }

  #mostInADay(): number {
    let most = 0
    for (let first = 0, last = 0; last < this.#sentAt.length; last++) {
      while ((this.#sentAt[first] ?? 0) <= (this.#sentAt[last] ?? 0) - DAY_MS) first++
      most = Math.max(most, last - first + 1)
    }
    return most
  }
}
