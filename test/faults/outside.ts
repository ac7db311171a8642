/** The services of a story as they are on the other side of the calls: what they took, and what they say of it. */
import { encodeTags } from '../../aws/tags.ts'
import type { SesEventInput } from '../../functions/ses-event.ts'
import type { MailQuota, MessageTags, OutgoingCall, OutgoingMail, OutgoingText } from '../../runtime/ports.ts'
import type { Adapters } from './adapters.ts'
import { Letters, type StoryQueue } from './fifo.ts'
import type { Simulation } from './simulation.ts'
import { StoryTable } from './store.ts'

export interface Taken {
  tags: MessageTags
  at: number
  to: string
}

/** On AWS a schedule is not made for the next minute. */
const LEAD_MS = 60_000
const DAY_MS = 24 * 3_600_000

export class Outside {
  readonly table: StoryTable
  readonly queue: StoryQueue
  /** Mails and texts that a provider has taken. */
  readonly taken: Taken[] = []
  /** Webhooks that the other side has had, by their id. */
  readonly called: { id: string; at: number; body: string }[] = []
  readonly armed = new Set<string>()
  /** Wake-ups that the scheduler could not deliver. */
  readonly deadTimers = new Letters(1)
  /** Messages that the worker says have failed for the last time, by the queue's id. */
  readonly givenUp = new Set<string>()
  /** The account's limits; undefined: nobody counts. */
  limits: { perDay?: number; perSecond: number } | undefined
  /** How late a wake-up was by a fault, at most; infinite where one was lost. */
  latestTimerMs = 0
  /** Rings when there may be something to receive. */
  onMessage: () => void = () => {}
  /** Between the process and what is here, where a story goes through the real adapters. */
  adapters: Adapters | undefined
  onReport: (event: SesEventInput) => void = () => {}
  readonly #sim: Simulation
  #reports = 0

  constructor(sim: Simulation, queue: StoryQueue) {
    this.#sim = sim
    this.queue = queue
    this.table = new StoryTable(() => sim.now)
  }

  arm(timer: { name: string; at: number; group: string; body: string }): void {
    if (this.armed.has(timer.name)) return
    this.armed.add(timer.name)
    const dueAt = Math.ceil(Math.max(timer.at, this.#sim.now + LEAD_MS) / 1000) * 1000
    const { key, fault } = this.#sim.plan.next('timers.fire', false)
    const late = fault === 'late' ? this.#sim.draw.whole(`late ${key}`, 60_000, 3 * 3_600_000) : 0
    const early = fault === 'early' ? this.#sim.draw.whole(`early ${key}`, 1_000, 60 * 60_000) : 0
    if (late > 0) this.latestTimerMs = Math.max(this.latestTimerMs, late)
    if (fault === 'missing' || fault === 'undelivered') this.latestTimerMs = Number.POSITIVE_INFINITY
    const ring = () => {
      this.armed.delete(timer.name)
      if (fault === 'missing') return this.#sim.note('scheduler', `loses the timer of ${timer.group}`, fault)
      if (fault === 'undelivered') {
        this.#sim.note('scheduler', `cannot wake ${timer.group}`, fault)
        return this.deadTimers.put({ id: key, group: timer.group, body: timer.body }, this.#sim.now)
      }
      this.#sim.note('scheduler', `wakes ${timer.group}`, fault)
      this.queue.send({ group: timer.group, body: timer.body, dedupId: timer.body }, this.#sim.now)
      this.onMessage()
    }
    this.#sim.at(Math.max(this.#sim.now + 1000, dueAt + late - early), ring)
    if (fault === 'twice')
      this.#sim.at(dueAt + this.#sim.draw.whole(`again ${key}`, 6 * 60_000, 30 * 60_000), ring)
  }

  take({ tags, to }: OutgoingMail | OutgoingText, mail: boolean): string {
    this.taken.push({ tags, at: this.#sim.now, to })
    if (mail) this.#report(tags, to)
    return `m-${this.taken.length}`
  }

  quota(): MailQuota {
    const { perDay, perSecond } = this.limits ?? { perSecond: 0 }
    const from = this.#sim.now - DAY_MS
    // A text is none of the account's.
    const sentInLastDay = this.taken.filter(({ at, to }) => at > from && to.includes('@')).length
    return { ...(perDay !== undefined && { perDay }), sentInLastDay, perSecond }
  }

  has(tags: MessageTags): boolean {
    const wanted = nameOf(tags)
    return this.taken.some((one) => nameOf(one.tags) === wanted)
  }

  answer({ headers, body }: OutgoingCall): void {
    const id = headers.find(({ name }) => name === 'webhook-id')?.value ?? ''
    this.called.push({ id, at: this.#sim.now, body })
  }

  /** What SES would say about a mail: that it was sent, and what became of it. */
  #report(tags: MessageTags, to: string): void {
    const { draw } = this.#sim
    const said = draw.weighted(`report of ${nameOf(tags)}`, [
      ['Delivery', 12],
      ['Open', 4],
      ['Bounce', 1],
      ['Complaint', 1],
    ])
    for (const eventType of ['Send', said]) {
      const { key, fault } = this.#sim.plan.next('provider.report', false)
      if (fault === 'missing') continue
      const at = this.#sim.now + draw.whole(`report ${key}`, 500, 5_000)
      const times = fault === 'twice' ? 2 : 1
      for (let time = 0; time < times; time++) {
        const late = fault === 'late' || time > 0 ? draw.whole(`slow ${key}`, 60_000, 40 * 60_000) : 0
        this.#sim.at(at + late, () => this.onReport(this.#event(eventType, tags, to)))
      }
    }
  }

  #event(eventType: string, tags: MessageTags, to: string): SesEventInput {
    const time = new Date(this.#sim.now).toISOString()
    const named = Object.fromEntries(encodeTags(tags).map(({ Name = '', Value = '' }) => [Name, [Value]]))
    return {
      id: `report-${++this.#reports}`,
      time,
      detail: {
        eventType,
        mail: { timestamp: time, destination: [to], tags: named },
        ...(eventType === 'Bounce' && { bounce: { bounceType: 'Permanent', timestamp: time } }),
      },
    }
  }
}

const nameOf = ({ customerId, workflow, key, run, step, attempt }: MessageTags): string =>
  [customerId, workflow, key, run, step, attempt].join('/')
