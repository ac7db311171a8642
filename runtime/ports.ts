/**
 * The whole outside of the runtime. Each port has one suite of tests (`test/ports/*.suite.ts`) that every adapter passes.
 * Ports only persist, carry and deliver: the rules stand in `runtime/` and `engine/`, once.
 */
import type { Instant } from '../engine/model.ts'

/**
 * One row of the table. `body` is JSON text that nobody but its owner reads; the other attributes exist for conditions,
 * counting and expiry.
 */
export interface Row {
  pk: string
  sk: string
  body?: string
  /** Counts the writes of this row; a write that names the revision it read fails when another came first. */
  rev?: number
  /** When the row may be deleted by the store, some time later. Readers ignore rows past it. */
  expiresAt?: Instant
  counters?: { [name: string]: number }
}

/** What must hold for a write to take effect. */
export type Condition = { kind: 'absent' } | { kind: 'rev'; rev: number } | { kind: 'any' }

/** `conflict` carries the row that stood in the way (undefined: there was none), so that no second read is needed. */
export type WriteResult = { ok: true } | { ok: false; conflict: Row | undefined }

export interface QueryOptions {
  /** Sort keys `from` ≤ sk ≤ `to`. */
  from?: string
  to?: string
  prefix?: string
  newestFirst?: boolean
  limit?: number
  /** Opaque; from an earlier page. */
  cursor?: string
  /** Default true. Eventually consistent reads cost half. */
  consistent?: boolean
}

export interface Page {
  rows: Row[]
  cursor?: string
}

/** A key-value table with sorted partitions; on AWS it is DynamoDB. */
export interface Table {
  get(pk: string, sk: string, options?: { consistent?: boolean }): Promise<Row | undefined>
  query(pk: string, options?: QueryOptions): Promise<Page>
  put(row: Row, condition: Condition): Promise<WriteResult>
  delete(pk: string, sk: string, condition?: Condition): Promise<WriteResult>
  /** Adds to counters, creating row and counters as needed; answers the counters after. */
  add(pk: string, sk: string, counters: { [name: string]: number }): Promise<{ [name: string]: number }>
  /**
   * Every row, segment by segment. Partitions come in no order; rows of one come one behind the other, as they are stored,
   * but no more than a cost may hang on that. For sweeps and exports.
   */
  scan(options: { segment: number; segments: number; cursor?: string }): Promise<Page>
}

export interface QueuedMessage {
  /** Messages of a group are handled one after the other, in order; groups side by side. The customer's id. */
  group: string
  body: string
  /** The queue drops a second message with the same id for five minutes. A courtesy: nothing may rely on it. */
  dedupId: string
}

/** The one work queue (SQS FIFO on AWS). Resolves only once the message is durable. */
export interface Queue {
  send(messages: QueuedMessage[]): Promise<void>
}

/** A message that its queue gave up. */
export interface DeadLetter {
  /** What the queue called it while it was under way. */
  id: string
  group?: string
  body: string
  /** As far as the queue still knows: when it got the message, and when it gave it up. */
  receivedAt: Instant
  deadAt: Instant
  /** How often it was handed out, this time included. */
  tries: number
  /** Where the queue says one. */
  reason?: string
  /** Names it to the queue, until it is deleted. */
  receipt: string
}

/** Where messages lie that were given up. They can be taken out, and not be looked through. */
export interface DeadLetterQueue {
  /** Some of them; none: there are none. Received, and not deleted, they come again. */
  receive(): Promise<DeadLetter[]>
  delete(letter: DeadLetter): Promise<void>
}

/** One-time wake-ups that put `body` into the queue. Arming a name twice is arming it once. */
export interface Timers {
  arm(timer: { name: string; at: Instant; group: string; body: string }): Promise<void>
}

export interface OutgoingMail {
  /** Travels with the message as tags, and comes back in the provider's events. */
  tags: MessageTags
  from: string
  replyTo?: string
  to: string
  subject: string
  html: string
  text: string
  headers: { name: string; value: string }[]
}

/** Who and what a message was: enough to find its journey without an index. */
export interface MessageTags {
  customerId: string
  workflow: string
  key: string
  run: number
  step: string
  attempt: number
}

export type SendOutcome =
  | { status: 'sent'; messageId: string }
  /** The provider said no; it never will for this message. `optedOut`: nor for any other to this number. */
  | { status: 'refused'; reason: string; optedOut?: boolean }
  /**
   * The provider said not now. `hold`: it is the account's fault, tries are not to be counted. `limit`: which of the
   * account's limits was met.
   */
  | { status: 'retry'; reason: string; hold?: boolean; afterMs?: number; limit?: 'rate' | 'day' }
  /** No answer, or one that proves nothing. The message may have been taken. */
  | { status: 'unknown'; reason: string }

/** The mail provider (SES on AWS). Never retries by itself and never throws for what a provider answers. */
export interface Sender {
  send(mail: OutgoingMail): Promise<SendOutcome>
  /**
   * Asks whether a message with these tags was taken. SES has no such question, so there the answer is `unknown`;
   * the embedded mailbox knows.
   */
  find(tags: MessageTags): Promise<'sent' | 'unsent' | 'unknown'>
}

export interface OutgoingText {
  channel: 'sms' | 'whatsapp'
  tags: MessageTags
  /** E.164. */
  to: string
  /** By SMS: another sender than the deployment's own. */
  from?: string
  /** What goes out by SMS; by WhatsApp the words of the template do, and these are for people who look on. */
  body: string
  /** There whenever the channel is `whatsapp`. */
  whatsapp?: { template: string; language: string; parameters: string[] }
}

/**
 * The providers of text messages (End User Messaging on AWS). As the sender of mails, it never retries by itself and never
 * throws for what a provider answers. Nobody can be asked afterwards whether a message was taken.
 */
export interface Texter {
  send(text: OutgoingText): Promise<SendOutcome>
}

/** How much the account may send, and how much it has. */
export interface MailQuota {
  /** In any 24 hours; undefined: without limit. */
  perDay?: number
  sentInLastDay: number
  perSecond: number
}

/** The account with the mail provider. */
export interface MailAccount {
  quota(): Promise<MailQuota>
}

/** How the processes of a deployment keep to the account's limits together. */
export interface Pace {
  account: MailAccount
  /** How many processes send at the same time at most. */
  shares: number
  /** Lets that much of the process's own time go by. */
  sleep(ms: number): Promise<void>
}

export interface OutgoingCall {
  url: string
  headers: { name: string; value: string }[]
  body: string
}

export type CallOutcome =
  /** `body` is missing where it is larger than anybody reads. */
  | { status: 'answered'; code: number; body?: string; retryAfterMs?: number }
  /** The address may not be called. */
  | { status: 'refused'; reason: string }
  /** No answer. The other side may have had the call. */
  | { status: 'unreachable'; reason: string }

/** Calls to other systems (HTTPS). Answers whatever happens, never follows, never retries. */
export interface Webhooks {
  call(outgoing: OutgoingCall): Promise<CallOutcome>
}

export interface Clock {
  /** Business time: what journeys, mails and decisions are dated with. May be virtual. */
  now(): Instant
  /** Time of this process, for the age of caches and buffers. Never virtual, never stored. */
  monotonicMs(): number
}

/** Dice, for ids that must not be guessed or repeated. Never used for a decision. */
export interface Ids {
  /** Sortable by creation; unique. */
  next(prefix: string): string
  /** URL-safe, with at least 256 bits. */
  secret(): string
}

/** What people sign in with; on AWS the access tokens of a Cognito user pool. */
export interface Tokens {
  /**
   * Whose token this is, in which groups of the pool; undefined for one that proves nothing, whatever is wrong with it.
   * Throws when it cannot be said now. A name is one line of at most 200 characters.
   */
  verify(token: string): Promise<{ subject: string; groups: string[]; name?: string } | undefined>
}

/** Facts, not prose: `log('journey.committed', { workflow })`. Never personal data: no addresses, names or texts. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  facts?: { [name: string]: string | number | boolean | undefined },
) => void

/** Everything a deployment hands to the runtime. */
export interface World {
  table: Table
  queue: Queue
  timers: Timers
  /** Of the work queue, and of the timers. Only whoever empties them has them. */
  deadLetters?: { work: DeadLetterQueue; timers: DeadLetterQueue }
  sender: Sender
  /** Absent: no step can send by SMS or WhatsApp, and each says so. */
  texter?: Texter
  /** Where it is watched; the embedded mailbox has no account. */
  mailAccount?: MailAccount
  /** Absent: mails leave as they come. */
  mailPace?: Pace
  /** Absent: texts of this channel leave as they come. */
  textPace?: { [channel in OutgoingText['channel']]?: Pace }
  webhooks: Webhooks
  clock: Clock
  ids: Ids
  log: Log
  /**
   * Forgets what lies of a person beside the table, in their group of the queue and in the mailbox. Absent on AWS, where
   * nothing of it can be found by person: it runs out by itself.
   */
  forget?(customerId: string, group: string): Promise<void>
  /** Absent: nobody can sign in, and keys are all there is. */
  tokens?: Tokens
  config: RuntimeConfig
}

export interface RuntimeConfig {
  /** Where the public pages are reached, without a trailing slash: `https://care.example.com`. */
  publicUrl: string
  /** Signs the links in mails, and is what the secrets of webhooks follow from. At least 32 bytes. */
  linkSecret: string
  /** Signed them before; links in mails that are out there are still believed. */
  formerLinkSecrets?: string[]
  /** A claim older than this was left by a process that is gone: longer than any invocation may last. */
  claimLeaseMs: number
  /** How long a message may stay in doubt before its step's `inDoubt` rule decides. */
  inDoubtGraceMs: number
  /** How many requests a second one key or person may send to this process; absent: as many as they like. */
  requestsPerSecond?: number
  /** Names this process in the claims it makes. */
  owner: string
  /** When journeys that have ended are put where no event reads them; absent: as `runtime/shelving.ts` says. */
  shelving?: { quietMs: number; fromBytes: number }
  /**
   * Only one process ever works on this table (the embedded default), so that a claim by another owner was left by
   * a process that is gone, whatever its age.
   */
  soleOwner: boolean
}
