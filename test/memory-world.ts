/** A World in memory for tests: every port by its contract, a clock and ids that never surprise. */
import { createHash } from 'node:crypto'
import type { Instant } from '../engine/model.ts'
import type {
  CallOutcome,
  Clock,
  Condition,
  Ids,
  MessageTags,
  OutgoingCall,
  OutgoingMail,
  OutgoingText,
  Page,
  QueryOptions,
  Queue,
  QueuedMessage,
  Row,
  RuntimeConfig,
  Sender,
  SendOutcome,
  Table,
  Texter,
  Timers,
  Tokens,
  Webhooks,
  World,
  WriteResult,
} from '../runtime/ports.ts'

/** The order of a DynamoDB sort key: by UTF-8 bytes, not by UTF-16 units. */
function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

const asCursor = (position: string): string => Buffer.from(position).toString('base64url')
const fromCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString()

/** Rows are copied on the way in and out, so that nobody can change a stored one by holding on to it. */
export class MemoryTable implements Table {
  /** Rows a page holds at most, whatever the caller asked: small values make tests meet paging. */
  pageSize = 1000
  /** How often each call was made. */
  readonly calls = { get: 0, query: 0, put: 0, delete: 0, add: 0, scan: 0 }
  /** Runs before every write: throw to play a store that is down, or write to play another process. */
  beforeWrite: ((pk: string, sk: string) => void) | undefined
  private readonly partitions = new Map<string, Map<string, Row>>()

  async get(pk: string, sk: string): Promise<Row | undefined> {
    this.calls.get++
    return structuredClone(this.row(pk, sk))
  }

  async query(pk: string, options: QueryOptions = {}): Promise<Page> {
    this.calls.query++
    const { from, to, prefix, newestFirst, cursor } = options
    const rows = [...(this.partitions.get(pk)?.values() ?? [])]
      .filter((row) => prefix === undefined || row.sk.startsWith(prefix))
      .filter((row) => from === undefined || byBytes(row.sk, from) >= 0)
      .filter((row) => to === undefined || byBytes(row.sk, to) <= 0)
      .sort((left, right) => byBytes(left.sk, right.sk) * (newestFirst ? -1 : 1))
    const after = cursor === undefined ? undefined : fromCursor(cursor)
    const rest =
      after === undefined ? rows : rows.filter((row) => byBytes(row.sk, after) * (newestFirst ? -1 : 1) > 0)
    return page(rest, Math.min(options.limit ?? this.pageSize, this.pageSize), (row) => row.sk)
  }

  async put(row: Row, condition: Condition): Promise<WriteResult> {
    this.calls.put++
    this.beforeWrite?.(row.pk, row.sk)
    const conflict = this.conflict(row.pk, row.sk, condition)
    if (conflict) return conflict
    const partition = this.partitions.get(row.pk) ?? new Map<string, Row>()
    this.partitions.set(row.pk, partition.set(row.sk, structuredClone(row)))
    return { ok: true }
  }

  async delete(pk: string, sk: string, condition: Condition = { kind: 'any' }): Promise<WriteResult> {
    this.calls.delete++
    this.beforeWrite?.(pk, sk)
    const conflict = this.conflict(pk, sk, condition)
    if (conflict) return conflict
    this.partitions.get(pk)?.delete(sk)
    return { ok: true }
  }

  async add(
    pk: string,
    sk: string,
    counters: { [name: string]: number },
  ): Promise<{ [name: string]: number }> {
    this.calls.add++
    this.beforeWrite?.(pk, sk)
    const row = this.row(pk, sk) ?? { pk, sk }
    const after = { ...row.counters }
    for (const [name, by] of Object.entries(counters)) after[name] = (after[name] ?? 0) + by
    const partition = this.partitions.get(pk) ?? new Map<string, Row>()
    this.partitions.set(pk, partition.set(sk, { ...row, counters: after }))
    return { ...after }
  }

  async scan(options: { segment: number; segments: number; cursor?: string }): Promise<Page> {
    this.calls.scan++
    const place = (row: Row): string => `${row.pk}\u0000${row.sk}`
    const rows = this.all()
      .filter(
        (row) =>
          createHash('sha256').update(row.pk).digest().readUInt32BE(0) % options.segments === options.segment,
      )
      .sort((left, right) => byBytes(place(left), place(right)))
    const after = options.cursor === undefined ? undefined : fromCursor(options.cursor)
    const rest = after === undefined ? rows : rows.filter((row) => byBytes(place(row), after) > 0)
    return page(rest, this.pageSize, place)
  }

  /** Every row there is, for assertions. */
  all(): Row[] {
    return [...this.partitions.values()].flatMap((partition) => [...partition.values()])
  }

  private row(pk: string, sk: string): Row | undefined {
    return this.partitions.get(pk)?.get(sk)
  }

  private conflict(pk: string, sk: string, condition: Condition): WriteResult | undefined {
    const row = this.row(pk, sk)
    const holds =
      condition.kind === 'any' ||
      (condition.kind === 'absent' ? row === undefined : row !== undefined && row.rev === condition.rev)
    return holds ? undefined : { ok: false, conflict: structuredClone(row) }
  }
}

function page(rows: Row[], limit: number, position: (row: Row) => string): Page {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: structuredClone(shown),
    ...(rows.length > shown.length && last ? { cursor: asCursor(position(last)) } : {}),
  }
}

/** Keeps messages until they are taken. Does not drop repeats: nothing may rely on that. */
export class MemoryQueue implements Queue {
  messages: QueuedMessage[] = []
  /** Set to make the next sends fail, as when the queue cannot be reached. */
  failure: Error | undefined

  async send(messages: QueuedMessage[]): Promise<void> {
    if (this.failure) throw this.failure
    this.messages.push(...structuredClone(messages))
  }

  take(): QueuedMessage | undefined {
    return this.messages.shift()
  }
}

export interface ArmedTimer {
  name: string
  at: Instant
  group: string
  body: string
}

export class MemoryTimers implements Timers {
  readonly armed = new Map<string, ArmedTimer>()

  async arm(timer: ArmedTimer): Promise<void> {
    if (!this.armed.has(timer.name)) this.armed.set(timer.name, { ...timer })
  }

  nextAt(): Instant | undefined {
    return this.armed.size === 0 ? undefined : Math.min(...[...this.armed.values()].map((timer) => timer.at))
  }

  /** Takes what is due, earliest first. */
  takeDue(now: Instant): ArmedTimer[] {
    const due = [...this.armed.values()].filter((timer) => timer.at <= now).sort((a, b) => a.at - b.at)
    for (const timer of due) this.armed.delete(timer.name)
    return due
  }
}

export class MemorySender implements Sender {
  readonly mails: (OutgoingMail & { messageId: string })[] = []
  /** Decides what the provider answers; only `sent` keeps the mail. */
  answer: (mail: OutgoingMail) => SendOutcome = () => ({
    status: 'sent',
    messageId: `m-${this.mails.length + 1}`,
  })

  async send(mail: OutgoingMail): Promise<SendOutcome> {
    const outcome = this.answer(mail)
    if (outcome.status === 'sent') this.mails.push({ ...structuredClone(mail), messageId: outcome.messageId })
    return outcome
  }

  async find(tags: MessageTags): Promise<'sent' | 'unsent' | 'unknown'> {
    const wanted = JSON.stringify(Object.entries(tags).sort())
    const found = this.mails.some((mail) => JSON.stringify(Object.entries(mail.tags).sort()) === wanted)
    return found ? 'sent' : 'unsent'
  }
}

export class MemoryTexter implements Texter {
  readonly texts: OutgoingText[] = []
  /** How often it was called, whatever came of it. */
  calls = 0
  /** Decides what the provider answers; only `sent` keeps the text. */
  answer: (text: OutgoingText) => SendOutcome = () => ({ status: 'sent', messageId: `t-${this.calls}` })

  async send(text: OutgoingText): Promise<SendOutcome> {
    this.calls++
    const outcome = this.answer(text)
    if (outcome.status === 'sent') this.texts.push(structuredClone(text))
    return outcome
  }
}

export class MemoryWebhooks implements Webhooks {
  readonly calls: OutgoingCall[] = []
  /** Decides what the other side says. */
  answer: (call: OutgoingCall) => CallOutcome = () => ({ status: 'answered', code: 200, body: '' })

  async call(outgoing: OutgoingCall): Promise<CallOutcome> {
    this.calls.push(structuredClone(outgoing))
    return this.answer(outgoing)
  }
}

/** Stands still until it is told otherwise; the process's own time moves apart from it. */
export class FixedClock implements Clock {
  private at: Instant
  private elapsedMs = 0

  constructor(at: Instant) {
    this.at = at
  }

  now(): Instant {
    return this.at
  }

  monotonicMs(): number {
    return this.elapsedMs
  }

  set(at: Instant): void {
    this.at = at
  }

  advance(ms: number): void {
    this.at += ms
    this.elapsedMs += ms
  }

  /** Process time alone: caches grow old, the calendar does not move. */
  age(ms: number): void {
    this.elapsedMs += ms
  }
}

export class CountingIds implements Ids {
  private count = 0

  next(prefix: string): string {
    this.count++
    return `${prefix}${String(this.count).padStart(8, '0')}`
  }

  secret(): string {
    this.count++
    return createHash('sha256').update(`secret ${this.count}`).digest('base64url')
  }
}

type Person = NonNullable<Awaited<ReturnType<Tokens['verify']>>>

/** A user pool whose tokens have the form of real ones and prove nothing to anybody else. */
export class MemoryTokens implements Tokens {
  /** Thrown instead of an answer: the pool's keys are not to be had. */
  failing: Error | undefined
  private readonly people = new Map<string, Person>()

  signIn(person: Person): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'RS256' })}.${part(person)}.${part(this.people.size)}`
    this.people.set(token, person)
    return token
  }

  async verify(token: string): Promise<Person | undefined> {
    if (this.failing) throw this.failing
    return structuredClone(this.people.get(token))
  }
}

export interface LogLine {
  level: string
  message: string
  facts: { [name: string]: string | number | boolean | undefined }
}

export interface MemoryWorld extends World {
  table: MemoryTable
  queue: MemoryQueue
  timers: MemoryTimers
  sender: MemorySender
  webhooks: MemoryWebhooks
  clock: FixedClock
  ids: CountingIds
  /** What was logged, oldest first. */
  lines: LogLine[]
}

/** A fresh world whose clock stands at `at`. */
export function memoryWorld(options: { at?: string; config?: Partial<RuntimeConfig> } = {}): MemoryWorld {
  const lines: LogLine[] = []
  return {
    table: new MemoryTable(),
    queue: new MemoryQueue(),
    timers: new MemoryTimers(),
    sender: new MemorySender(),
    webhooks: new MemoryWebhooks(),
    clock: new FixedClock(Date.parse(options.at ?? '2026-03-26T10:00:00Z')),
    ids: new CountingIds(),
    lines,
    log: (level, message, facts = {}) => lines.push({ level, message, facts }),
    config: {
      publicUrl: 'https://care.test',
      linkSecret: 'a-secret-for-tests-of-more-than-thirty-two-bytes',
      claimLeaseMs: 120_000,
      inDoubtGraceMs: 900_000,
      owner: 'test',
      soleOwner: false,
      ...options.config,
    },
  }
}

/** Handles what is queued, in order, until nothing is left; answers how many messages that were. */
export async function drain(world: MemoryWorld, handle: (body: string) => Promise<void>): Promise<number> {
  let handled = 0
  for (let message = world.queue.take(); message; message = world.queue.take()) {
    await handle(message.body)
    handled++
  }
  return handled
}

/** Moves the clock to `until`, stopping at every timer on the way to let the queue run dry. */
export async function advanceTo(
  world: MemoryWorld,
  until: Instant,
  handle: (body: string) => Promise<void>,
): Promise<void> {
  await drain(world, handle)
  for (let next = world.timers.nextAt(); next !== undefined && next <= until; next = world.timers.nextAt()) {
    if (next > world.clock.now()) world.clock.advance(next - world.clock.now())
    for (const timer of world.timers.takeDue(world.clock.now()))
      await world.queue.send([{ group: timer.group, body: timer.body, dedupId: timer.name }])
    await drain(world, handle)
  }
  if (until > world.clock.now()) world.clock.advance(until - world.clock.now())
}
