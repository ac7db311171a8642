/**
 * That the table was restored to an earlier moment: between then and the restore lies a span of which it knows nothing,
 * while its mails are out. What comes due in the span is worked off at the moment at which it was due, so that each
 * journey comes to stand where it stood; what it would have sent on the way is in doubt, and nobody sends it blindly.
 */
import type { Enrollment, Input } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import type { Catalog } from './catalog.ts'
import { RESTORED_SK, SUMMARIES_PK } from './keys-of-rows.ts'
import { codesGoodSince, type LostSpan, lostSpansBody, lostSpansIn } from './lost-spans.ts'
import type { World } from './ports.ts'

/** The moment in a lost span at which something was due, and who decides on its messages. */
export interface LostMoment {
  at: Instant
  ask: boolean
}

/** What stands in the ledger of a message that may have gone out in a lost span. */
export const RESTORED = 'restored'

const MOST_KEPT = 20

export class Restores {
  readonly #world: World
  readonly #catalog: Catalog

  constructor(world: World, catalog: Catalog) {
    this.#world = world
    this.#catalog = catalog
  }

  /** The oldest restore first. */
  async list(): Promise<LostSpan[]> {
    return lostSpansIn(await this.#world.table.get(SUMMARIES_PK, RESTORED_SK))
  }

  /**
   * Says that this table was restored. Saying it again, for the same restore point, says it anew. `keepCodes`: what the
   * pools hold was given to nobody in the span.
   */
  async mark({
    keepCodes = false,
    ...lost
  }: Omit<LostSpan, 'at' | 'codesAside'> & { keepCodes?: boolean }): Promise<LostSpan> {
    const said = { ...lost, codesAside: !keepCodes, at: this.#world.clock.now() }
    const others = (await this.list()).filter(({ from }) => from !== lost.from)
    const spans = [...others, said].slice(-MOST_KEPT)
    const row = { pk: SUMMARIES_PK, sk: RESTORED_SK, body: lostSpansBody(spans) }
    await this.#world.table.put(row, { kind: 'any' })
    this.#catalog.forgetLive()
    return said
  }

  /** Which codes of pools may be drawn: see {@link codesGoodSince}. */
  async codesGoodSince(): Promise<Instant | undefined> {
    return codesGoodSince(await this.#catalog.lostSpans())
  }

  /** Where in a lost span an event lies; undefined: in none. */
  async lostAt(at: Instant): Promise<LostMoment | undefined> {
    const found = (await this.#catalog.lostSpans()).find(({ from, to }) => from <= at && at <= to)
    return found && { at, ask: found.ask }
  }

  /** Whether a message was out at a restore point of which a person wants to be asked: no rule decides on it any more. */
  async asksAbout({ phase, claim }: Enrollment): Promise<boolean> {
    if ((phase !== 'performing' && phase !== 'in-doubt') || claim?.command.kind !== 'send') return false
    return (await this.#catalog.lostSpans()).some(({ to, ask }) => ask && claim.at <= to)
  }

  /** Where in a lost span lies what this input sets off; undefined: it belongs to now. */
  async momentOf(enrollment: Enrollment, input: Input): Promise<LostMoment | undefined> {
    const spans = await this.#catalog.lostSpans()
    if (spans.length === 0) return undefined
    const { phase, dueAt, claim, entry } = enrollment
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
        // What was out at the restore point, or in doubt since the restore, is settled: the journey goes on from where it
        // was then.
        if ((phase !== 'performing' && phase !== 'in-doubt') || !claim) return undefined
        const found = spans.find(({ to }) => claim.at <= to)
        return found && { at: claim.at, ask: found.ask }
      }
      default:
        return undefined
    }
  }
}
