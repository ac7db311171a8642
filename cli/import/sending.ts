/** Customers on their way to the deployment: hundreds in a request, few requests at a time, none out of order. */
import * as z from 'zod'
import { type Call, Failure } from '../command.ts'
import { type Deployment, NoAnswer, Refused } from '../deployment.ts'
import type { Row } from './row.ts'

/** What the API takes in one request, with room for what is around them. */
const MOST_ROWS = 500
const MOST_BYTES = 960 * 1024
/** Requests on their way: more would only wait at the other end. */
const AT_ONCE = 4
/** How often one is sent again, after 1, 2, 4, … seconds or as many as the deployment asks for. */
const TRIES = 8
const LONGEST_WAIT_MS = 60_000
/** As long as nobody has answered anything, it may well be the wrong address. */
const TRIES_AT_FIRST = 3

const answerShape = z.object({
  accepted: z.array(z.string()),
  rejected: z.array(
    z.object({ index: z.int(), errors: z.array(z.object({ path: z.string(), message: z.string() })) }),
  ),
})
type Answer = z.infer<typeof answerShape>

type Sendable = Row & { customer: NonNullable<Row['customer']> }

interface Batch {
  rows: Sendable[]
  ids: Set<string>
  bytes: number
}

const empty = (): Batch => ({ rows: [], ids: new Set(), bytes: 0 })

export interface Sent {
  rows: readonly Sendable[]
  rejected: Answer['rejected']
}

export class Sending {
  /** Why nothing more is sent. */
  trouble: Failure | undefined
  readonly #call: Call
  readonly #deployment: Deployment
  readonly #path: string
  readonly #onSent: (sent: Sent) => Promise<void>
  readonly #under = new Map<Batch, Promise<void>>()
  readonly #unsent: Batch[] = []
  #next = empty()
  #answered = false

  /** @param onSent is called once for each request that was answered */
  constructor(call: Call, deployment: Deployment, dryRun: boolean, onSent: (sent: Sent) => Promise<void>) {
    this.#call = call
    this.#deployment = deployment
    this.#path = `/v1/customers${dryRun ? '?dryRun=true' : ''}`
    this.#onSent = onSent
  }

  /** Waits while enough is on its way. @param bytes of the customer, as JSON */
  async add(row: Sendable, bytes: number): Promise<void> {
    if (this.#next.rows.length >= MOST_ROWS || this.#next.bytes + bytes > MOST_BYTES) await this.#send()
    this.#next.rows.push(row)
    this.#next.ids.add(row.customer.id)
    this.#next.bytes += bytes + 1
  }

  /** Everything is answered, or will not be. */
  async end(): Promise<void> {
    if (this.#next.rows.length > 0) await this.#send()
    await Promise.all(this.#under.values())
  }

  /** The first line that nobody knows to have arrived; undefined: all have. */
  get openFrom(): number | undefined {
    const lines = [...this.#under.keys(), ...this.#unsent, this.#next].flatMap(
      ({ rows }) => rows[0]?.line ?? [],
    )
    return lines.length > 0 ? Math.min(...lines) : undefined
  }

  async #send(): Promise<void> {
    const batch = this.#next
    this.#next = empty()
    // Of one customer the later row counts: what is on its way about them arrives first.
    const before = [...this.#under].filter(([other]) => shareOne(other.ids, batch.ids)).map(([, way]) => way)
    await Promise.all(before)
    while (this.#under.size >= AT_ONCE) await Promise.race(this.#under.values())
    if (this.trouble) {
      this.#unsent.push(batch)
      return
    }
    this.#under.set(batch, this.#carry(batch))
  }

  async #carry(batch: Batch): Promise<void> {
    try {
      const { rejected } = await this.#ask(batch)
      this.#under.delete(batch)
      await this.#onSent({ rows: batch.rows, rejected })
    } catch (error) {
      this.#under.delete(batch)
      this.#unsent.push(batch)
      this.trouble ??= error instanceof Failure ? error : new Failure(String(error))
    }
  }

  async #ask(batch: Batch): Promise<Answer> {
    const body = { customers: batch.rows.map(({ customer }) => customer) }
    for (let tried = 1; ; tried++) {
      try {
        const { value } = await this.#deployment.ask('POST', this.#path, answerShape, { body })
        this.#answered = true
        return value
      } catch (error) {
        if (error instanceof Refused) this.#answered = true
        const again = error instanceof NoAnswer || (error instanceof Refused && mayPass(error))
        const tries = this.#answered ? TRIES : TRIES_AT_FIRST
        if (!again || tried >= tries || this.trouble) throw explained(error)
        const asked = error instanceof Refused ? (error.retryAfterMs ?? 0) : 0
        this.#call.around.progress?.('The deployment does not take more at the moment: waiting')
        await this.#call.around.sleep(Math.min(LONGEST_WAIT_MS, Math.max(asked, 500 * 2 ** tried)))
      }
    }
  }
}

function shareOne(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const id of some) if (others.has(id)) return true
  return false
}

const mayPass = ({ status }: Refused): boolean => status === 429 || status >= 500

function explained(error: unknown): unknown {
  if (!(error instanceof Refused) || (error.status !== 404 && error.status !== 405)) return error
  return new Failure('This deployment does not take lists of customers.', 'Is it Premura, in this version?')
}
