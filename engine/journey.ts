/**
 * One customer's way through one workflow, and the language between the pure engine and its surroundings:
 * inputs tell the engine what happened, commands tell the surroundings what to do.
 */
import type { ComingSend } from './coming-send.ts'
import type { Followed } from './follow.ts'
import type { CareEvent, Customer, Instant, Json, JsonObject, Settings } from './model.ts'
import type { Channel, StepId } from './program.ts'

/** Why something was done or not done: the rule, the values at that moment, what came of it. */
export interface Decision {
  at: Instant
  /** The step it belongs to; absent for what concerns the whole journey (entry, goal, exit). */
  step?: StepId
  /**
   * What was asked: `trigger.when`, `trigger.audience`, `trigger.date`, `trigger.becomes`, `trigger.calendar`, `trigger.past`, `enroll.per`, `enroll.again`,
   * `enroll.under-way`, `enroll.holdout`, `if`, `choose`, `split`, `repeat`, `wait`, `await`, `gate.address`, `gate.suppression`, `gate.consent`, `gate.cap`,
   * `gate.quiet-hours`, `send`, `coupon`, `task`, `set`, `emit`, `webhook` (what came of the effect), `retry`, `in-doubt`, `stop`, `goal`,
   * `exit`, `follow`, `end`, `paused`, `put-off` (what was to be done is decided anew), `version` (another one took it over).
   */
  rule: string
  /** What came of it: `then`, `else`, `sent`, `refused`, `moved`, `in-doubt`, `delivered`, `timed-out`, `matched` … */
  outcome: string
  values?: JsonObject
}

/** What stands between "claimed" and "recorded": the effect that a crash may have left unknown. */
export interface Claim {
  step: StepId
  /** 1 for the first try; counts every time the effect is handed out again. */
  attempt: number
  at: Instant
  /** What to do again after a crash, exactly as it was decided the first time (the values of a `set`, a coupon's code …). */
  command: EffectCommand
}

/** An event that a journey refers to. Small data travels with the journey; larger data stays in the event's own row. */
export interface EventMark {
  id: string
  type: string
  at: Instant
  data?: JsonObject
}

/**
 * `waiting` until `dueAt` · `awaiting` an event, at most until `dueAt` · `performing` the claimed effect ·
 * `in-doubt` whether the claimed effect happened · `ended`.
 */
export type Phase = 'waiting' | 'awaiting' | 'performing' | 'in-doubt' | 'ended'

/** What a webhook answered: the HTTP status, and the JSON where there is some and it is small. */
export interface WebhookAnswer {
  status: number
  body?: Json
}

export interface Round {
  step: StepId
  index: number
  at: Instant
}

export interface Enrollment {
  workflow: string
  version: number
  customerId: string
  /** Which journey of the customer in this workflow: the value of `enroll.per`, else the customer's id. */
  key: string
  /** 1 for the first time this key entered, 2 for the next. */
  run: number
  enteredAt: Instant
  /** The event that started it. */
  entry: EventMark
  /** Events about the same thing since, the earliest first: what each says that no later one has said. */
  followed?: EventMark[]
  phase: Phase
  /** The step it stands at; null once it has ended. */
  step: StepId | null
  /** Set in the phases `waiting`, `awaiting` and `in-doubt`. */
  dueAt?: Instant
  claim?: Claim
  /** Before an effect: the step from which the way here had no effect, and when it was gone. Absent where it is that step. */
  since?: { step: StepId; at: Instant }
  /** Tries so far at the step it stands at, kept over a backoff. */
  attempts?: number
  /** Id of the last event that this journey was shown, so that showing it again after a crash changes nothing. */
  seenEventId: string
  /** The event that the last `await` let through. */
  awaited?: EventMark
  /** Marks of the events that awaits let through before that one: a failure that is replayed may bring them once more. */
  awaitedBefore?: string[]
  /** Of the event that started it: how many journeys led to it. */
  hops?: number
  /** Inside of a `repeat`: which one, its how-manieth round from 1, and when that round began. */
  round?: Round
  coupons?: { [name: string]: { code: string; expiresAt?: Instant } }
  webhooks?: { [name: string]: WebhookAnswer }
  endedAt?: Instant
  /** `completed`, `converted`, `exited`, the reason of a `stop`, or of a cancellation. */
  reason?: string
  /** The goal was reached, within its window, before or after the end. */
  converted?: { at: Instant; eventId: string; value?: number }
  log: Decision[]
}

/** What one step of the interpreter may look at. `now` is its only clock. */
export interface Context {
  now: Instant
  customer: Customer
  settings: Settings
  /** The event that started the journey, with what it has followed since. */
  event: CareEvent
  /** What `event` was put together from, where the journey has followed something. */
  followed?: Followed
  /** The event that the last `await` let through, once there is one. */
  awaited?: CareEvent
  /** Messages already sent to this customer by other journeys, for frequency caps. */
  sent: { topic: string; at: Instant }[]
  /** Messages that this customer's other journeys are about to send. */
  coming?: ComingSend[]
  /** A paused workflow holds its journeys where they stand. */
  paused: boolean
  /** Another version is to take the journey over: what is out is settled, and nothing more begins in this one. */
  leaving?: boolean
  /** How long a message may stay in doubt before its step's `inDoubt` rule decides. Default: an hour. */
  inDoubtGraceMs?: number
}

export type Input =
  | { kind: 'entered' }
  /** A timer fired. A hint only: nothing happens unless the journey is due. */
  | { kind: 'woken' }
  | { kind: 'event'; event: CareEvent }
  /** What is known of the customer may have changed: a wait for a date is looked at again. */
  | { kind: 'profile' }
  | { kind: 'performed'; outcome: Performed }
  /** It was put before the step at which it stands, and is to begin with it. */
  | { kind: 'arrived' }
  /** `values` are recorded with the reason. */
  | { kind: 'cancelled'; reason: string; values?: JsonObject }

/** What came of the claimed effect. */
export type Performed =
  /** It happened. `code` is the coupon's, `answer` what the other side of a webhook said; `by` is a person's word. */
  | { status: 'done'; code?: string; answer?: WebhookAnswer; by?: string }
  /** It definitely did not happen and never will: rejected address, empty pool, a template that does not render. */
  | { status: 'refused'; reason: string; values?: JsonObject; answer?: WebhookAnswer }
  /** It definitely did not happen, and may be tried again. `hold`: not the step's fault (quota), do not count the try. */
  | { status: 'retry'; reason: string; afterMs?: number; hold?: boolean }
  /** Nobody knows whether it happened. `asks`: and no rule decides it, but a person. */
  | { status: 'unknown'; reason: string; asks?: true }
  /** A person or the provider settled what was in doubt: it did not happen, do it again / leave it. */
  | { status: 'resend'; by?: string }
  | { status: 'drop'; by?: string }

export interface SendCommand {
  kind: 'send'
  step: StepId
  template: string
  channel: Channel
  topic: string
  to: string
  from?: string
  replyTo?: string
  survey?: 'csat' | 'nps' | 'ces'
}

export interface CouponCommand {
  kind: 'coupon'
  step: StepId
  name: string
  source: { pool: string } | { pattern: string }
  expiresAt?: Instant
}

export interface TaskCommand {
  kind: 'task'
  step: StepId
  name: string
  queue: string
  title: string
  dueAt?: Instant
}

export interface SetCommand {
  kind: 'set'
  step: StepId
  /** Values, not expressions: doing it twice is doing it once. `null` removes the attribute. */
  values: { [attribute: string]: Json }
}

export interface EmitCommand {
  kind: 'emit'
  step: StepId
  event: string
  data: JsonObject
  hops: number
}

export interface WebhookCommand {
  kind: 'webhook'
  step: StepId
  name: string
  data: JsonObject
}

/** Commands that touch the world: claimed in the journey before, recorded in it after. */
export type EffectCommand =
  | SendCommand
  | CouponCommand
  | TaskCommand
  | SetCommand
  | EmitCommand
  | WebhookCommand

export type Command =
  | EffectCommand
  | { kind: 'wait'; step: StepId; dueAt: Instant }
  | { kind: 'end'; reason: string }

/**
 * At most one effect is outstanding at a time: `commands` is empty (nothing to do), or one of
 * an effect to perform (the enrollment holds its claim), a `wait` to arm, or `end`.
 */
export interface Advance {
  enrollment: Enrollment
  commands: Command[]
  /** What was decided on the way; also appended to the enrollment's log. */
  decisions: Decision[]
}
