/** What EventBridge does on AWS: fires schedules, ticks every quarter of an hour, sweeps daily. And moves a virtual clock. */
import type { ScheduledEvent } from 'aws-lambda'
import type { Instant } from '../engine/model.ts'
import type { SweepReport } from '../runtime/sweep.ts'
import type { TickReport } from '../runtime/tick.ts'
import { type LocalClock, VirtualClock } from './clock.ts'
import { type Cloud, names } from './cloud/cloud.ts'
import type { Poller } from './poller.ts'

const QUARTER_MS = 15 * 60_000
const DAY_MS = 24 * 3_600_000
const BEAT_MS = 1000

export interface TimekeeperOptions {
  cloud: Cloud
  clock: LocalClock
  poller: Poller
  tick: (event: ScheduledEvent) => Promise<TickReport>
  sweep: (event: ScheduledEvent) => Promise<SweepReport>
  onError: (what: string, error: unknown) => void
  /** The virtual clock has come to rest somewhere. */
  onMoved: (at: Instant) => void
}

export class Timekeeper {
  readonly #options: TimekeeperOptions
  #tickedQuarter = Number.NEGATIVE_INFINITY
  #sweptAtMs = Number.NEGATIVE_INFINITY
  #turn: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #beating = false
  #stopped = false

  constructor(options: TimekeeperOptions) {
    this.#options = options
  }

  /** Repairs what an earlier process left, before anything is worked on: then the recount of the figures is exact. */
  async sweep(): Promise<void> {
    await this.#inTurn(() => this.#sweep()).catch((error: unknown) => this.#options.onError('sweep', error))
  }

  start(): void {
    if (this.#stopped) return
    this.#timer = setInterval(() => {
      // Not in turn: who waits for the queue to run dry holds the turn, and waits for this.
      this.#options.poller.wake()
      if (this.#beating) return
      this.#beating = true
      this.#inTurn(() => this.#beat())
        .catch((error: unknown) => this.#options.onError('beat', error))
        .finally(() => {
          this.#beating = false
        })
    }, BEAT_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#turn.catch(() => undefined)
  }

  /** Resolves when nothing is queued, in hand or due. */
  settle(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#settle()
    })
  }

  /** Moves the virtual clock from due moment to due moment, each settled before the next. Answers how many came due. */
  advanceTo(until: Instant): Promise<{ fired: number }> {
    const { cloud, clock } = this.#options
    return this.#inTurn(async () => {
      if (!(clock instanceof VirtualClock)) throw new TypeError('the real clock moves by itself')
      if (until < clock.now()) throw new RangeError('a clock does not go back')
      let fired = await this.#settle()
      while (!this.#stopped) {
        const nextQuarterAt = (Math.floor(clock.now() / QUARTER_MS) + 1) * QUARTER_MS
        const nextAt = Math.min(
          cloud.schedules.nextAt() ?? Number.POSITIVE_INFINITY,
          cloud.queue.nextVisibleAt() ?? Number.POSITIVE_INFINITY,
          nextQuarterAt,
        )
        if (nextAt > until) break
        clock.moveTo(Math.max(nextAt, clock.now()))
        fired += await this.#settle()
      }
      clock.moveTo(until)
      fired += await this.#settle()
      this.#options.onMoved(until)
      return { fired }
    })
  }

  async #settle(): Promise<number> {
    const { cloud, clock, poller } = this.#options
    let fired = await this.#fireDue()
    for (;;) {
      await poller.idle()
      const nextAt = cloud.schedules.nextAt()
      if (this.#stopped || nextAt === undefined || nextAt > clock.now()) return fired
      fired += await this.#fireDue()
    }
  }

  async #beat(): Promise<void> {
    if (this.#stopped) return
    await this.#fireDue()
    // Repairs mend what failed in the world, and the world's failures age by the wall: a clock that somebody moves by a
    // month has lost nothing on the way.
    if (this.#options.clock.monotonicMs() - this.#sweptAtMs >= DAY_MS) await this.#sweep()
  }

  async #fireDue(): Promise<number> {
    const { cloud, clock, tick } = this.#options
    const now = clock.now()
    let fired = 0
    const nextAt = cloud.schedules.nextAt()
    if (nextAt !== undefined && nextAt <= now) fired += await cloud.schedules.fireDue(now)
    const quarter = Math.floor(now / QUARTER_MS)
    if (quarter > this.#tickedQuarter) {
      fired += (await tick(scheduled('premura-tick', now))).due
      this.#tickedQuarter = quarter
    }
    return fired
  }

  async #sweep(): Promise<void> {
    const { clock, sweep } = this.#options
    this.#sweptAtMs = clock.monotonicMs()
    await sweep(scheduled('premura-sweep', clock.now()))
  }

  /** One at a time: two that move the clock would each fire the other's moments too late. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

/** As EventBridge invokes a function by a schedule. */
function scheduled(rule: string, now: Instant): ScheduledEvent {
  return {
    version: '0',
    id: `${rule}-${now}`,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: new Date(now).toISOString(),
    region: names.region,
    resources: [`arn:aws:events:${names.region}:000000000000:rule/${rule}`],
    detail: {},
  }
}
