/**
 * That the table was restored to an earlier moment: between then and the restore lies a span of which it knows nothing,
 * while its mails are out. What comes due in the span is worked off at the moment at which it was due, so that each
 * journey comes to stand where it stood; what it would have sent on the way is in doubt, and nobody sends it blindly.
 */
import * as z from 'zod'
import type { Enrollment, Input } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { freshFor } from './freshness.ts'
import { RESTORED_SK, SETTINGS_PK } from './keys-of-rows.ts'
import type { World } from './ports.ts'

const span = z.object({
  /** The restore point: the table is as it was then. */
  from: z.number(),
  /** Until then mails went out that the table knows nothing of. */
  to: z.number(),
  /** Every such message waits for a person; else the rule of its step decides. */
  ask: z.boolean(),
  by: z.string(),
  at: z.number(),
})
/** A span that a restore has taken out of the table. */
export type LostSpan = z.infer<typeof span>

const body = z.object({ spans: z.array(span) })

/** The moment in a lost span at which something was due, and who decides on its messages. */
export interface LostMoment {
  at: Instant
  ask: boolean
}

/** What stands in the ledger of a message that may have gone out in a lost span. */
export const RESTORED = 'restored'

const FRESH_MS = 10_000
/** A wait does not end earlier than it began: what is due now was not due before the oldest of so many restores. */
const MOST_KEPT = 20

export class Restores {
  readonly #world: World
  #cached: { spans: LostSpan[]; readAt: Instant } | undefined

  constructor(world: World) {
    this.#world = world
  }

  /** The oldest first. */
  async list(): Promise<LostSpan[]> {
    const { table, clock } = this.#world
    const row = await table.get(SETTINGS_PK, RESTORED_SK)
    const spans = row?.body ? body.parse(JSON.parse(row.body)).spans : []
    this.#cached = { spans, readAt: clock.now() }
    return spans
  }

  /** Says that this table was restored. Saying it again, for the same restore point, says it anew. */
  async mark(lost: Omit<LostSpan, 'at'>): Promise<LostSpan> {
    const { table, clock } = this.#world
    const said = { ...lost, at: clock.now() }
    const others = (await this.list()).filter(({ from }) => from !== lost.from)
    const spans = [...others, said].slice(-MOST_KEPT)
    const text = JSON.stringify({ spans } satisfies z.input<typeof body>)
    await table.put({ pk: SETTINGS_PK, sk: RESTORED_SK, body: text }, { kind: 'any' })
    this.#cached = { spans, readAt: clock.now() }
    return said
  }

  /** Where in a lost span an event lies; undefined: in none. */
  async lostAt(at: Instant): Promise<LostMoment | undefined> {
    const found = (await this.#known()).find(({ from, to }) => from <= at && at <= to)
    return found && { at, ask: found.ask }
  }

  /** Where in a lost span lies what this input sets off; undefined: it belongs to now. */
  async momentOf(enrollment: Enrollment, input: Input): Promise<LostMoment | undefined> {
    const spans = await this.#known()
    if (spans.length === 0) return undefined
    const { phase, dueAt, claim, entry, log } = enrollment
    switch (input.kind) {
      case 'event':
        return await this.lostAt(input.event.at)
      case 'entered':
        return await this.lostAt(entry.at)
      case 'woken': {
        // Whoever was due before the restore point was woken soon after it.
        const found = dueAt === undefined ? undefined : spans.find(({ to }) => dueAt <= to)
        return found && dueAt !== undefined ? { at: dueAt, ask: found.ask } : undefined
      }
      case 'performed': {
        // A person has settled what was in doubt since the restore: the journey goes on from where it was then.
        const doubt = log.findLast(({ rule, outcome }) => rule === 'in-doubt' && outcome === 'unknown')
        if (phase !== 'in-doubt' || !claim || doubt?.values?.reason !== RESTORED) return undefined
        const found = spans.find(({ to }) => claim.at <= to)
        return found && { at: claim.at, ask: found.ask }
      }
      default:
        return undefined
    }
  }

  async #known(): Promise<readonly LostSpan[]> {
    // By the calendar: the time of a process that was frozen may have stood still.
    const age = this.#cached ? this.#world.clock.now() - this.#cached.readAt : Number.POSITIVE_INFINITY
    if (this.#cached && age >= 0 && age < freshFor(this.#world, FRESH_MS)) return this.#cached.spans
    return await this.list()
  }
}
