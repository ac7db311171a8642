/**
 * How fast messages leave, so that the provider has no reason to refuse one: mails, SMS and WhatsApp apart. Every process
 * takes its share of the account's rate: turns that are equally far apart, one for each message, waited for where they are
 * near. What would have to wait longer is held, with a time of its own to try again; so is everything once the quota of 24
 * hours is used up. The first half is pure and is given the time; the second keeps what one process knows.
 */
import { drawn } from '../engine/hash.ts'
import type { Instant } from '../engine/model.ts'
import type { Channel } from '../engine/program.ts'
import type { MailQuota, Pace, SendOutcome, World } from './ports.ts'

/** Not now: why, and after how long to ask again. Tries are not counted. */
export interface Hold {
  reason: string
  afterMs: number
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/**
 * Longer than this nobody waits with a message in hand: an invocation has other customers' messages in its batch. Where
 * turns are further apart, for the next one and no other, so that a slow account is never idle.
 */
const LONGEST_WAIT_MS = 3_000
const LONGEST_SLOW_WAIT_MS = 6_000
const LEAST_DAILY_HOLD_MS = 15 * MINUTE_MS
/** The account's figures are asked for this often; where they say that nothing is left, somewhat more often. */
const FRESH_MS = 5 * MINUTE_MS
const RECHECK_MS = MINUTE_MS / 2
/** A refused mail says that others send, too: the next one of this process waits a while. */
const SLOW_DOWN_MS = 1_000

/** How far apart the turns of one of `shares` processes are. 0: nobody counts. */
export function spacingMs({ perSecond }: Pick<MailQuota, 'perSecond'>, shares: number): number {
  return perSecond > 0 ? (1_000 * shares) / perSecond : 0
}

/** The next turn: at `atMs`, and the one after it not before `nextMs`; or none that is worth waiting for. */
export function takeTurn(
  nextMs: number,
  everyMs: number,
  nowMs: number,
): { atMs: number; nextMs: number } | undefined {
  const atMs = Math.max(nowMs, nextMs)
  const mostMs = Math.min(Math.max(LONGEST_WAIT_MS, everyMs), LONGEST_SLOW_WAIT_MS)
  return atMs - nowMs > mostMs ? undefined : { atMs, nextMs: atMs + everyMs }
}

/**
 * When a mail for which there is no room now is to be tried again: each at a moment of its own, as far apart as the limit
 * lets mails through in the long run, in the order in which they came. A line of more than a day begins again at its
 * front, where room may have come up.
 */
export function heldUntil(
  nextAt: Instant,
  everyMs: number,
  leastMs: number,
  now: Instant,
): { at: Instant; nextAt: Instant } {
  const from = now + leastMs
  const slot = Math.max(from, nextAt)
  return { at: from + ((slot - from) % (DAY_MS - leastMs)), nextAt: slot + everyMs }
}

interface Known {
  quota: MailQuota
  /** By this process, since. */
  sent: number
}

/** What one process knows of the account, and when its next turn is; for the messages of one channel. */
export class Pacing {
  readonly #world: World
  readonly #pace: Pace | undefined
  /** What people call these messages. */
  readonly #noun: string
  #nextMs = Number.NEGATIVE_INFINITY
  #slowUntilMs = Number.NEGATIVE_INFINITY
  #nextHeldAt = Number.NEGATIVE_INFINITY
  #nextDailyAt = Number.NEGATIVE_INFINITY
  #known: Known | undefined
  #askedAtMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(world: World, pace: Pace | undefined, noun = 'mails') {
    this.#world = world
    this.#pace = pace
    this.#noun = noun
  }

  /** Before a message is claimed: waits for its turn, or says that it is none now. */
  async turn(): Promise<Hold | undefined> {
    const { clock } = this.#world
    const pace = this.#pace
    if (!pace) return undefined
    await this.#ask(pace, FRESH_MS)
    if (this.#isUsedUp(pace)) {
      await this.#ask(pace, RECHECK_MS)
      if (this.#isUsedUp(pace)) return this.#untilThereIsRoom(pace)
    }
    const known = this.#known
    if (!known) return undefined
    const nowMs = clock.monotonicMs()
    const turn = takeTurn(this.#nextMs, spacingMs(known.quota, pace.shares), nowMs)
    if (!turn)
      return {
        reason: `SendRate: more ${this.#noun} are due than the ${known.quota.perSecond} a second that the account may send`,
        afterMs: this.#untilItsTurn(pace),
      }
    this.#nextMs = turn.nextMs
    known.sent++
    if (turn.atMs > nowMs) await pace.sleep(turn.atMs - nowMs)
    return undefined
  }

  /** What was sent has taken the room of so many turns more: an SMS that goes out in parts. */
  took(turns: number): void {
    if (this.#pace && this.#known) this.#nextMs += turns * spacingMs(this.#known.quota, this.#pace.shares)
  }

  /** What the provider said all the same: others use the account, too. Says when to try again; `key` names the message, so that each has a time of its own. */
  heard(outcome: SendOutcome, key: string): SendOutcome {
    if (outcome.status !== 'retry' || !outcome.hold || outcome.afterMs === undefined) return outcome
    const pace = this.#pace
    if (outcome.limit === 'rate' && pace) this.#slowDown(pace, key)
    const { quota } = this.#known ?? {}
    if (outcome.limit === 'day' && pace && quota?.perDay !== undefined) {
      quota.sentInLastDay = Math.max(quota.sentInLastDay, quota.perDay)
      return { ...outcome, afterMs: this.#untilThereIsRoom(pace).afterMs }
    }
    return { ...outcome, afterMs: spread(outcome.afterMs, key) }
  }

  /** Once for those that were refused together; and out of step with the other processes, which may all send at once. */
  #slowDown({ shares }: Pace, key: string): void {
    const nowMs = this.#world.clock.monotonicMs()
    if (nowMs < this.#slowUntilMs) return
    const everyMs = this.#known ? Math.ceil(spacingMs(this.#known.quota, shares)) : 0
    this.#nextMs = Math.max(this.#nextMs, nowMs + SLOW_DOWN_MS) + drawn([key], everyMs)
    this.#slowUntilMs = this.#nextMs
  }

  #isUsedUp({ shares }: Pace): boolean {
    const { quota, sent } = this.#known ?? { quota: undefined, sent: 0 }
    // The other processes have sent as many, or fewer: a look at the account tells.
    return quota?.perDay !== undefined && quota.sentInLastDay + sent * shares >= quota.perDay
  }

  #untilItsTurn({ shares }: Pace): number {
    const now = this.#world.clock.now()
    const everyMs = this.#known ? spacingMs(this.#known.quota, shares) : 0
    const { at, nextAt } = heldUntil(this.#nextHeldAt, everyMs, LONGEST_WAIT_MS, now)
    this.#nextHeldAt = nextAt
    return wholeMs(at - now)
  }

  #untilThereIsRoom({ shares }: Pace): Hold {
    const perDay = this.#known?.quota.perDay ?? 0
    const now = this.#world.clock.now()
    const everyMs = perDay > 0 ? (shares * DAY_MS) / perDay : DAY_MS
    const { at, nextAt } = heldUntil(this.#nextDailyAt, everyMs, LEAST_DAILY_HOLD_MS, now)
    this.#nextDailyAt = nextAt
    return {
      reason: `DailyQuota: the account's ${perDay} ${this.#noun} in 24 hours are used up`,
      afterMs: wholeMs(at - now),
    }
  }

  /** Looks at the account, unless somebody did within `freshMs`. Whoever cannot goes by what was known. */
  async #ask(pace: Pace, freshMs: number): Promise<void> {
    if (this.#world.clock.monotonicMs() - this.#askedAtMs >= freshMs) {
      this.#asking ??= this.#read(pace).finally(() => {
        this.#asking = undefined
      })
    }
    await this.#asking
  }

  async #read({ account }: Pace): Promise<void> {
    const { clock, log } = this.#world
    this.#askedAtMs = clock.monotonicMs()
    try {
      this.#known = { quota: { ...(await account.quota()) }, sent: 0 }
    } catch (error) {
      log('warn', 'mail.quota-unknown', { error: error instanceof Error ? error.name : typeof error })
    }
  }
}

/** Turns are parts of milliseconds apart; what a journey is dated with is not. Rounded up, so that none comes before its turn. */
const wholeMs = (ms: number): number => Math.ceil(ms)

/** Once to twice as long, so that what was refused together does not come back together; the same for the same mail. */
const spread = (ms: number, key: string): number => ms + drawn([key], ms)

/** One for each way out: what one of them may send is none of the others' business. */
export type Pacings = { [channel in Channel]: Pacing }

export const pacingsOf = (world: World): Pacings => ({
  email: new Pacing(world, world.mailPace),
  sms: new Pacing(world, world.textPace?.sms, 'texts'),
  whatsapp: new Pacing(world, world.textPace?.whatsapp, 'texts'),
})
