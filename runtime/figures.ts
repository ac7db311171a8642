/**
 * Counters by workflow and day. They are gathered in the process and written together, because a write per journey step
 * would cost as much as the journey itself. What a crash takes with it is at most {@link FLUSH_MS} of counts, and the
 * daily sweep recounts from the journeys, which are the truth.
 */
import { HELD_OUT } from '../engine/held-out.ts'
import type { Decision, Enrollment } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import type { Program } from '../engine/program.ts'
import { figuresPk } from './keys-of-rows.ts'
import type { World } from './ports.ts'

/** A deployment with little to do counts at once; a busy one every minute. */
const FLUSH_MS = 60_000
/** Where there is one process, whoever asks it hears what it has not written yet, and its start recounts. */
const SOLE_FLUSH_MS = 60 * 60_000

/** The pseudo-workflow under which answers to surveys are counted. */
const ANSWERS = '!answers'

export type Counts = { [name: string]: number }
/** `<workflow>\n<day>` → counts */
export type CountsByDay = Map<string, Counts>

export interface Kpis {
  from: string
  to: string
  /** `satisfied`: the share of answers that were 4 or 5. */
  csat: { answers: number; average: number | null; satisfied: number | null; distribution: Counts }
  /** Of the journeys that a bad rating started: how many came back (bought, or were recovered). */
  recovered: { badRatings: number; recovered: number; rate: number | null }
  messages: number
  journeys: number
  converted: number
  revenue: number
  /** Of the workflows that hold somebody out: what came of those who entered, and of those who did not. */
  holdouts: Holdout[]
}

export interface Holdout {
  workflow: string
  entered: number
  converted: number
  /** Shares of those who reached the goal; null where there is nobody to count. */
  rate: number | null
  heldOut: number
  heldOutConverted: number
  heldOutRate: number | null
}

export class Figures {
  readonly #world: World
  #pending: CountsByDay = new Map()
  #flushedAtMs: number

  constructor(world: World) {
    this.#world = world
    this.#flushedAtMs = world.config.soleOwner ? world.clock.monotonicMs() : Number.NEGATIVE_INFINITY
  }

  count(counts: CountsByDay): void {
    addCounts(this.#pending, counts)
  }

  /** Called at the end of every batch of work. */
  async flushIfDue(): Promise<void> {
    const { clock, config } = this.#world
    const everyMs = config.soleOwner ? SOLE_FLUSH_MS : FLUSH_MS
    if (clock.monotonicMs() - this.#flushedAtMs >= everyMs) await this.flush()
  }

  async flush(): Promise<void> {
    const pending = this.#pending
    if (pending.size === 0) return
    this.#pending = new Map()
    this.#flushedAtMs = this.#world.clock.monotonicMs()
    for (const [slot, counts] of pending) {
      const [workflow = '', day = ''] = slot.split('\n')
      await this.#world.table.add(figuresPk(workflow), day, counts)
    }
  }

  /** Replaces what was counted by what the journeys say. What is still pending is part of that truth. */
  async replace(counts: CountsByDay): Promise<void> {
    this.#pending = new Map()
    for (const [slot, counters] of counts) {
      const [workflow = '', day = ''] = slot.split('\n')
      await this.#world.table.put({ pk: figuresPk(workflow), sk: day, counters }, { kind: 'any' })
    }
  }

  /** Counts of one workflow, summed over the days from `from` to `to` (`YYYY-MM-DD`, both included). */
  async workflow(name: string, from: string, to: string): Promise<Counts> {
    await this.flush()
    const sums: Counts = {}
    let cursor: string | undefined
    do {
      const page = await this.#world.table.query(figuresPk(name), {
        from,
        to,
        consistent: false,
        ...(cursor !== undefined && { cursor }),
      })
      for (const { counters } of page.rows)
        for (const [counter, n] of Object.entries(counters ?? {})) sums[counter] = (sums[counter] ?? 0) + n
      cursor = page.cursor
    } while (cursor !== undefined)
    return sums
  }

  async kpis(workflows: string[], from: string, to: string): Promise<Kpis> {
    const answers = await this.workflow(ANSWERS, from, to)
    const distribution: Counts = {}
    for (let score = 1; score <= 5; score++) distribution[score] = answers[`csat.${score}`] ?? 0
    const given = Object.values(distribution).reduce((sum, n) => sum + n, 0)
    const points = Object.entries(distribution).reduce((sum, [score, n]) => sum + Number(score) * n, 0)
    const satisfied = (distribution[4] ?? 0) + (distribution[5] ?? 0)
    const badRatings = answers['recovery.entered'] ?? 0
    const recovered = answers['recovery.recovered'] ?? 0
    const holdouts: Holdout[] = []
    const totals = { messages: 0, journeys: 0, converted: 0, revenue: 0 }
    for (const name of workflows) {
      const counts = await this.workflow(name, from, to)
      totals.messages += sumOf(counts, 'sent.')
      totals.journeys += counts.entered ?? 0
      totals.converted += counts.converted ?? 0
      totals.revenue += counts.revenueCents ?? 0
      if (counts.heldOut) holdouts.push(holdoutOf(name, counts))
    }
    return {
      from,
      to,
      csat: {
        answers: given,
        average: given ? round(points / given) : null,
        satisfied: given ? round(satisfied / given) : null,
        distribution,
      },
      recovered: { badRatings, recovered, rate: badRatings ? round(recovered / badRatings) : null },
      ...totals,
      revenue: totals.revenue / 100,
      holdouts,
    }
  }
}

function holdoutOf(workflow: string, counts: Counts): Holdout {
  const { entered = 0, converted = 0, heldOut = 0 } = counts
  const heldOutConverted = counts['heldOut.converted'] ?? 0
  return {
    workflow,
    entered,
    converted,
    rate: entered ? round(converted / entered) : null,
    heldOut,
    heldOutConverted,
    heldOutRate: heldOut ? round(heldOutConverted / heldOut) : null,
  }
}

export const sumOf = (counts: Counts, prefix: string) =>
  Object.entries(counts).reduce((sum, [name, n]) => (name.startsWith(prefix) ? sum + n : sum), 0)

/** What a journey adds to the figures by going from one state to another. */
export function countsOf(program: Program, before: Enrollment | undefined, after: Enrollment): CountsByDay {
  const counts = totalOf(program, after)
  if (before) addCounts(counts, totalOf(program, before), -1)
  return counts
}

/** Everything that a journey, as it stands, has ever added. The recount is the sum of these. */
export function totalOf(program: Program, journey: Enrollment): CountsByDay {
  const counts: CountsByDay = new Map()
  const add = (at: Instant, name: string, n = 1) => bump(counts, slotOf(journey.workflow, at), name, n)
  // Who is held out is counted beside those who entered, never among them.
  const heldOut = journey.reason === HELD_OUT
  const beside = heldOut ? 'heldOut.' : ''
  add(journey.enteredAt, heldOut ? 'heldOut' : 'entered')
  for (const entry of journey.log) {
    const name = counterOf(entry)
    if (name) add(entry.at, name)
  }
  const { endedAt, reason, converted } = journey
  // What the arms of a split are compared by: how many went each way, and how many of these reached the goal.
  for (const { at, rule, step = '', outcome } of journey.log) {
    if (rule !== 'split') continue
    add(at, `split.${step}.${outcome}`)
    if (converted) add(converted.at, `split-converted.${step}.${outcome}`)
  }
  if (endedAt !== undefined && !heldOut) add(endedAt, `ended.${reason ?? 'completed'}`)
  if (converted) {
    add(converted.at, `${beside}converted`)
    if (converted.value !== undefined)
      add(converted.at, `${beside}revenueCents`, Math.round(converted.value * 100))
  }
  if (!heldOut && startedByBadRating(program, journey)) {
    bump(counts, slotOf(ANSWERS, journey.enteredAt), 'recovery.entered', 1)
    const recoveredAt = reason === 'recovered' ? endedAt : converted?.at
    if (recoveredAt !== undefined) bump(counts, slotOf(ANSWERS, recoveredAt), 'recovery.recovered', 1)
  }
  return counts
}

/** Good ratings start journeys, too: nobody needs to be recovered by those. */
function startedByBadRating({ trigger }: Program, { entry, log }: Enrollment): boolean {
  if (trigger.kind !== 'event' || trigger.event !== 'csat.rated') return false
  // A long comment keeps the data out of the journey; then the record of the trigger has seen the score.
  const seen = log.find(({ rule }) => rule === 'trigger.when')?.values?.['event.score']
  const score = entry.data?.score ?? seen
  return typeof score !== 'number' || score <= WORST_SCORES
}

/** Of a CSAT: 1 and 2. */
const WORST_SCORES = 2

/** An answer to a survey, whoever asked. */
export function countsOfAnswer(survey: string, score: number, at: Instant): CountsByDay {
  return new Map([[slotOf(ANSWERS, at), { [`${survey}.${score}`]: 1 }]])
}

export const dayOf = (at: Instant) => new Date(at).toISOString().slice(0, 10)
const slotOf = (workflow: string, at: Instant) => `${workflow}\n${dayOf(at)}`

/** Outcomes of a send that was accepted by the provider, whatever came of it later. */
const ACCEPTED = new Set(['sent', 'delivered', 'bounced', 'complained', 'opened', 'clicked', 'rated'])

function counterOf(entry: Decision | undefined): string | undefined {
  if (!entry?.step) return undefined
  if (entry.rule === 'send')
    return ACCEPTED.has(entry.outcome) ? `sent.${entry.step}` : `unsent.${entry.outcome}`
  if (entry.rule.startsWith('gate.')) return `gate.${entry.rule.slice(5)}`
  if (entry.rule === 'emit' || entry.rule === 'webhook') return `${entry.rule}.${entry.outcome}.${entry.step}`
  if (entry.rule === 'task' || entry.rule === 'coupon') return `${entry.rule}.${entry.step}`
  return undefined
}

export function addCounts(into: CountsByDay, more: CountsByDay, times = 1): void {
  for (const [slot, values] of more)
    for (const [name, n] of Object.entries(values)) bump(into, slot, name, n * times)
}

function bump(counts: CountsByDay, slot: string, name: string, n: number): void {
  const values = counts.get(slot) ?? {}
  const sum = (values[name] ?? 0) + n
  if (sum === 0) delete values[name]
  else values[name] = sum
  if (Object.keys(values).length > 0) counts.set(slot, values)
  else counts.delete(slot)
}

const round = (ratio: number) => Math.round(ratio * 10_000) / 10_000
