/** A deployment in a story: workers, ticks, sweeps, reports and requests, each in processes that may be gone any moment. */
import type { ScheduledEvent, SQSRecord } from 'aws-lambda'
import { LAST_TRY } from '../../functions/worker.ts'
import type { SesEventInput } from '../../functions/ses-event.ts'
import { type Delivery, StoryQueue } from './fifo.ts'
import { Outside } from './outside.ts'
import { kindOf, worldOf } from './ports.ts'
import type * as Harnessed from './product.ts'
import type { Invocation, Process, Simulation } from './simulation.ts'

export type Product = typeof Harnessed
type Runtime = ReturnType<Product['createRuntime']>

export interface Shape {
  /** One process does everything, and its mailbox can be asked; or each kind of work has processes of its own. */
  kind: 'embedded' | 'cloud' | 'hasty'
  workers: number
  batch: number
}

interface Running {
  process: Process
  runtime: Runtime
  tick: ReturnType<Product['tick']>
}

const HOUR = 3_600_000
export const LINK_SECRET = 'a-secret-for-stories-of-more-than-thirty-two-bytes'

export class Deployment {
  readonly outside: Outside
  readonly #sim: Simulation
  readonly #product: Product
  readonly #shape: Shape
  readonly #idle = new Map<string, Running[]>()
  #sole: Running | undefined
  #busyWorkers = 0
  #polls = 0
  /** Customers whose work was disturbed: what is in doubt of theirs may be. */
  readonly disturbed = new Set<string>()
  /** How long anything queued was on its way, at most. */
  slowestMs = 0
  /** When the message of an event was first worked on, and when it was done with. */
  readonly handled = new Map<string, { from: number; to: number }>()
  /** Looks on: told of every message that was worked on to its end, for the first time, and when it was begun. */
  onDone: (body: string, from: number) => void = () => {}
  /** Messages that were tried, in order; one of them may be doomed. */
  readonly #tried: string[] = []
  #emptying = false
  #asleepUntil = 0
  /** Customers of whose erasure the batch's deletion is lost. */
  readonly #losing = new Set<string>()
  /** A planted bug: messages are deleted before they are worked on. */
  readonly deletesFirst: boolean

  constructor(sim: Simulation, product: Product, shape: Shape, deletesFirst = false) {
    this.#sim = sim
    this.#product = product
    this.#shape = shape
    this.deletesFirst = deletesFirst
    const hasty = shape.kind === 'hasty'
    // Hasty: a message is given to somebody else while the first is still at it.
    const queue = hasty ? new StoryQueue(15_000, 25) : new StoryQueue(180_000, LAST_TRY)
    this.outside = new Outside(sim, queue)
    this.outside.onMessage = () => this.#poll()
    this.outside.onReport = (event) => this.#report(event, 3)
    // A message that fails for good is one that the story means to: of the others none is tried too often.
    sim.spared = () => sim.plan.doom === undefined && queue.strained
    for (const letters of [queue.letters, this.outside.deadTimers])
      letters.onLetter = () => this.#letterCame()
    sim.posthumous = shape.kind !== 'embedded'
    if (shape.kind !== 'embedded') sim.limitMs = 30_000
  }

  /** Whether a message may be in two hands at once. */
  get hasty(): boolean {
    return this.#shape.kind === 'hasty'
  }

  get now(): number {
    return this.#sim.now
  }

  get atRest(): boolean {
    const { queue, deadTimers } = this.outside
    return queue.length + queue.letters.length + deadTimers.length === 0 && !this.#sim.busy
  }

  #start(kind: string): Running {
    const { kind: shape } = this.#shape
    const process = this.#sim.start(shape === 'embedded' ? 'process' : kind)
    const config = {
      publicUrl: 'https://care.example.com',
      linkSecret: LINK_SECRET,
      claimLeaseMs: 60_000,
      inDoubtGraceMs: 900_000,
      owner: process.name,
      soleOwner: shape === 'embedded',
      // A story is short: whatever has been quiet for an hour is put away by the night.
      shelving: { quietMs: HOUR, fromBytes: 0 },
    }
    const { outside } = this
    const world = worldOf({
      sim: this.#sim,
      outside,
      process,
      config,
      knows: shape === 'embedded',
      shares: this.#shape.kind !== 'embedded' && outside.limits ? this.#shape.workers : undefined,
    })
    const runtime = this.#product.createRuntime(world)
    return { process, runtime, tick: this.#product.tick(runtime) }
  }

  /** A process for this kind of work: one that is idle, or a new one. */
  #take(kind: string): Running {
    if (this.#shape.kind === 'embedded') {
      if (!this.#sole?.process.alive) {
        this.#sole = this.#start(kind)
        // As the embedded default does when it starts.
        this.sweep(() => {}, 1)
      }
      return this.#sole
    }
    const idle = this.#idle.get(kind) ?? []
    for (let one = idle.pop(); one; one = idle.pop()) if (one.process.alive) return one
    return this.#start(kind)
  }

  #giveBack(kind: string, running: Running): void {
    if (this.#shape.kind === 'embedded') return
    const idle = this.#idle.get(kind) ?? []
    // An execution environment is taken away when nobody needs it for long.
    if (this.#sim.draw.chance(`cold ${running.process.name} ${this.#sim.now}`, 0.2)) {
      this.#sim.kill(running.process)
      return
    }
    idle.push(running)
    this.#idle.set(kind, idle)
  }

  /** Does something in a process of this kind; answers by `then` whether it was done. */
  work(
    kind: string,
    name: string,
    what: (running: Running, invocation: Invocation) => Promise<unknown>,
    then: (done: boolean) => void,
  ) {
    const running = this.#take(kind)
    return this.#sim.invoke(running.process, name, (invocation) => what(running, invocation), {
      done: () => {
        this.#giveBack(kind, running)
        then(true)
      },
      failed: (error) => {
        this.#sim.note(
          running.process.name,
          `${name} fails: ${error instanceof Error ? error.name : 'unknown'}`,
        )
        this.#giveBack(kind, running)
        then(false)
      },
      gone: () => {
        this.#sim.note(running.process.name, `${name} is gone with its process`)
        then(false)
      },
    })
  }

  /** A client's request: made again until it is answered. */
  request(
    name: string,
    what: (runtime: Runtime) => Promise<unknown>,
    then: () => void = () => {},
    tries = 0,
  ): void {
    this.#sim.note('client', name)
    this.work(
      'api',
      name,
      ({ runtime }) => what(runtime),
      (done) => {
        if (done) return then()
        if (tries > 30) throw new Error(`the request "${name}" was never answered`)
        const afterMs = this.#sim.draw.whole(`again ${name} ${tries}`, 2_000, 60_000)
        this.slowestMs = Math.max(this.slowestMs, afterMs * (tries + 1))
        this.#sim.at(this.#sim.now + afterMs, () => this.request(name, what, then, tries + 1))
      },
    )
  }

  tick(): void {
    this.work(
      'tick',
      'tick',
      ({ tick }) => tick(scheduled),
      () => {},
    )
  }

  /** The tick that comes next takes out what is dead; those that would find nothing are left out. */
  #letterCame(): void {
    if (this.#emptying) return
    this.#emptying = true
    const { draw } = this.#sim
    const look = () => {
      this.work(
        'tick',
        'dead letters',
        ({ runtime }) => this.#product.emptyLetters(runtime),
        () => {
          this.#emptying = false
          const { queue, deadTimers } = this.outside
          if (queue.letters.length + deadTimers.length > 0) this.#letterCame()
        },
      )
    }
    const at = this.#sim.now + draw.whole(`letters ${this.#sim.now}`, 1, 15) * 60_000
    this.#sim.at(at, look)
    // Two ticks at once: one was thought to have failed.
    if (draw.chance(`letters twice ${this.#sim.now}`, 0.3)) this.#sim.at(at + 20, look)
  }

  /** As Lambda does with an asynchronous function, it is called again where it failed, twice. */
  sweep(then: () => void = () => {}, tries = 3): void {
    this.work(
      'sweep',
      'sweep',
      ({ runtime }) => this.#product.sweep(runtime)(scheduled),
      (done) => {
        if (done) then()
        else if (tries > 1) this.#sim.at(this.#sim.now + 60_000, () => this.sweep(then, tries - 1))
      },
    )
  }

  #report(event: SesEventInput, tries: number): void {
    const { detail, ...envelope } = event
    const given = { ...emptyEnvelope, ...envelope, detail }
    this.work(
      'feedback',
      `report ${detail.eventType}`,
      ({ runtime }) => this.#product.feedback(runtime)(given),
      (done) => {
        if (!done && tries > 1) this.#sim.at(this.#sim.now + 60_000, () => this.#report(event, tries - 1))
      },
    )
  }

  /** Looks for messages, now and whenever one may have come back. */
  #poll(): void {
    const round = ++this.#polls
    this.#sim.at(this.#sim.now + 5, () => {
      // A later look sees all that this one would.
      if (round !== this.#polls) return
      this.#receive()
    })
  }

  /** Nothing is received for a while: what comes meanwhile comes together. */
  sleep(ms: number): void {
    this.#asleepUntil = this.#sim.now + ms
    this.#sim.at(this.#asleepUntil, () => this.#poll())
  }

  /** What is received together with this customer's erasure is not deleted, and comes again. */
  loseWith(erased: string): void {
    this.#losing.add(erased)
  }

  #receive(): void {
    if (this.#sim.now < this.#asleepUntil) return
    const { queue } = this.outside
    while (this.#busyWorkers < this.#shape.workers) {
      const { key, fault } = queue.length > 0 ? this.#sim.plan.next('queue.receive', this.#sim.spared()) : {}
      if (fault === 'late') {
        this.#sim.note('poller', 'receives late', fault)
        this.#sim.at(this.#sim.now + this.#sim.draw.whole(`late ${key}`, 1_000, 120_000), () => this.#poll())
        return
      }
      const deliveries = queue.receive(this.#shape.batch, this.#sim.now)
      if (deliveries.length === 0) break
      if (fault === 'crash-before') {
        this.#sim.note('poller', 'loses what it received', fault)
        continue
      }
      this.#handle(deliveries)
    }
    const next = queue.nextAt(this.#sim.now)
    if (next !== undefined && next > this.#sim.now) this.#sim.at(next + 1, () => this.#poll())
  }

  #handle(deliveries: Delivery[]): void {
    const { queue } = this.outside
    const startedAt = this.#sim.now
    for (const { body } of deliveries) this.#begun(body)
    for (const { id } of deliveries) if (!this.#tried.includes(id)) this.#tried.push(id)
    const { doom } = this.#sim.plan
    const doomed = doom && !this.hasty ? this.#tried[doom.message - 1] : undefined
    const ways = deliveries.map((one) => ({ one, sentAt: queue.sentAt(one) ?? startedAt }))
    if (this.deletesFirst) for (const one of deliveries) queue.delete(one)
    this.#busyWorkers++
    let failed: Set<string> | undefined
    const names = deliveries.map(({ group, body }) => `${kindOf(body)} of ${group}`).join(', ')
    const invocation = this.work(
      'worker',
      names,
      async ({ runtime }, own) => {
        own.doomed = deliveries.some(({ id }) => id === doomed)
        const records = deliveries.map((one) => recordOf(one, queue.mostReceives))
        const left = () => startedAt + this.#sim.limitMs - this.#sim.now
        const context = Number.isFinite(this.#sim.limitMs) ? { getRemainingTimeInMillis: left } : undefined
        const answer = await this.#product.worker(runtime)({ Records: records }, context)
        failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
      },
      () => {
        this.#busyWorkers--
        const kept = new Set<string>()
        const lost = new Set(
          deliveries.flatMap(({ group, body }) =>
            kindOf(body) === 'erase' && this.#losing.delete(group) ? [group] : [],
          ),
        )
        for (const { one, sentAt } of ways) {
          if (invocation.disturbed || !failed) this.disturbed.add(one.group)
          if (!failed || failed.has(one.id)) continue
          this.slowestMs = Math.max(this.slowestMs, this.#sim.now - sentAt)
          this.#done(one, kept, lost.has(one.group))
        }
        this.#poll()
      },
    )
    this.#sim.note(invocation.process.name, `receives ${names}`)
  }

  #begun(body: string): void {
    if (!this.handled.has(body)) this.handled.set(body, { from: this.#sim.now, to: Number.POSITIVE_INFINITY })
  }

  /**
   * `kept`: groups of which the batch's deletion has left a message, and all that stand behind it; `lost`: it is to leave
   * this one.
   */
  #done(one: Delivery, kept: Set<string>, lost: boolean): void {
    const known = this.handled.get(one.body)
    // Given up is not done with.
    if (known && !this.outside.givenUp.has(one.id) && known.to === Number.POSITIVE_INFINITY) {
      known.to = this.#sim.now
      this.onDone(one.body, known.from)
    }
    const { fault } = this.#sim.plan.next('queue.delete', this.#sim.spared(), {
      ...(lost && { meant: 'missing' }),
    })
    if (fault === 'missing' || kept.has(one.group)) {
      kept.add(one.group)
      this.#sim.note('poller', `does not delete ${kindOf(one.body)} of ${one.group}`, fault)
      return
    }
    const remove = () => {
      if (!this.outside.queue.delete(one) && !this.deletesFirst)
        this.#sim.note('poller', `comes too late to delete ${kindOf(one.body)} of ${one.group}`)
      this.#poll()
    }
    if (fault === 'late') this.#sim.at(this.#sim.now + HOUR / 30, remove)
    else remove()
  }
}

/** Where a message is handed out too soon on purpose, its tries count for less. */
function recordOf({ id, group, body, receives, receipt }: Delivery, most: number): SQSRecord {
  return {
    messageId: id,
    receiptHandle: `${id}-${receipt}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(Math.ceil((receives * LAST_TRY) / most)),
      SentTimestamp: '0',
      SenderId: 'story',
      ApproximateFirstReceiveTimestamp: '0',
      MessageGroupId: group,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:premura.fifo',
    awsRegion: 'us-east-1',
  }
}

const emptyEnvelope = {
  version: '0',
  'detail-type': 'story',
  source: 'story',
  account: '000000000000',
  region: 'us-east-1',
  resources: [],
}
const scheduled: ScheduledEvent = {
  ...emptyEnvelope,
  'detail-type': 'Scheduled Event',
  id: 'story',
  time: '2026-05-04T00:00:00Z',
  detail: {},
}
