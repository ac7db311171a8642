/**
 * The daily round: what is overdue is woken, what comes due before the next round has its timer armed again (a no-op where
 * it is armed), what a crash kept from being told of a profile is told, and the figures are recounted from the journeys.
 * After it, no lost timer, event or counter is older than a day.
 */
import type { Enrollment } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { pendingFor } from '../engine/succession.ts'
import { recallCrossings } from './becoming.ts'
import { recallConsent } from './consent-marks.ts'
import { parseProfile } from './customer-row.ts'
import { markDoubt } from './doubts.ts'
import { erasedLately } from './erasure-mark.ts'
import { addCounts, type CountsByDay, countsOfAnswer, totalOf } from './figures.ts'
import { fromRow } from './journeys.ts'
import { isShelved, PROFILE_SK } from './keys-of-rows.ts'
import type { QueuedMessage, Row } from './ports.ts'
import { wakeMessage, wantsWakingAt } from './round.ts'
import type { Runtime } from './runtime.ts'
import type { DeploymentSettings } from './settings.ts'
import { Shelving } from './shelving.ts'
import { forgetSuccessions, type WorkflowSummary } from './summaries.ts'
import { keepCount, Tally } from './under-way.ts'
import { tidyDate } from './stray-dates.ts'
import { arm } from './wakes.ts'
import { placeOfDate } from './zones.ts'

export interface SweepReport {
  journeys: number
  /** Journeys that should have woken before now, and how late the latest of them is. */
  overdue: number
  latestMs: number
  armed: number
  /** Journeys that a newer version has yet to take over; it waits for those that are in doubt. */
  behind: number
}

/** A wake that is this late was lost, or its queue is behind; waking it again harms nothing. */
const LATE_MS = 5 * 60_000
const ROUND_MS = 25 * 3_600_000
/** Parts of the table that are read side by side; timers that are armed, and dates that are looked at, side by side in each. */
const SEGMENTS = 4
const AT_ONCE = 16

interface Round {
  now: Instant
  settings: DeploymentSettings['settings']
  /** Their journeys stand still on purpose: nothing of theirs is overdue, and resuming wakes them. */
  paused: ReadonlySet<string>
  summaries: ReadonlyMap<string, WorkflowSummary>
  /** Where the journeys of each workflow stand. */
  tallies: ReadonlyMap<string, Tally>
  report: SweepReport
  counts: CountsByDay
  /**
   * Under which days and zones dates are filed, as many as there are customers or not; only a process that alone writes to
   * the table may rely on knowing them all.
   */
  dates: Set<string>
  /** Who was erased lately: of them nothing may be left, wherever a crash has put it. */
  erased: ReadonlySet<string>
}

/** Finds what is overdue or may have lost its timer, wakes it, and recounts the figures. */
export async function sweep(runtime: Runtime): Promise<SweepReport> {
  const list = await runtime.catalog.list()
  const round: Round = {
    now: runtime.world.clock.now(),
    settings: (await runtime.catalog.settings()).settings,
    paused: new Set(list.filter(({ state }) => state === 'paused').map(({ name }) => name)),
    summaries: new Map(list.map((summary) => [summary.name, summary])),
    tallies: new Map(list.map(({ name }) => [name, new Tally()])),
    report: { journeys: 0, overdue: 0, latestMs: 0, armed: 0, behind: 0 },
    counts: new Map(),
    dates: new Set(),
    erased: await erasedLately(runtime),
  }
  // Counts that are pending now are of journeys that the scan will see.
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => sweepSegment(runtime, round, segment)))
  for (const [name, tally] of round.tallies) {
    await keepCount(runtime, name, tally)
    await forgetSuccessions(runtime, name, tally.standing[0]?.version ?? Number.POSITIVE_INFINITY, round.now)
  }
  await runtime.figures.replace(round.counts)
  runtime.zones.learn(round.dates)
  return round.report
}

async function sweepSegment(runtime: Runtime, round: Round, segment: number): Promise<void> {
  const { table, queue, clock, config } = runtime.world
  const shelving = new Shelving(runtime, round.settings, round.now)
  let cursor: string | undefined
  do {
    const readAt = clock.now()
    const page = await table.scan({
      segment,
      segments: SEGMENTS,
      ...(cursor !== undefined && { cursor }),
    })
    const wakes: QueuedMessage[] = []
    const arms: { enrollment: Enrollment; dueAt: Instant }[] = []
    const dates = page.rows.filter(({ pk }) => pk.startsWith('D#'))
    if (config.soleOwner) for (const row of dates) round.dates.add(placeOfDate(row))
    await sideBySide(dates, (row) => tidyDate(runtime, row, round))
    for (const row of page.rows) {
      if (!row.pk.startsWith('C#')) continue
      if (row.sk === PROFILE_SK) await recall(runtime, row, readAt)
      if (row.sk.startsWith('R#')) countAnswer(round.counts, row)
      if (!row.sk.startsWith('#') && !isShelved(row.sk)) continue
      const stored = fromRow(row)
      const program = await runtime.catalog.program(stored.enrollment.workflow, stored.enrollment.version)
      if (!shelving.meet(row, stored, program)) continue
      round.report.journeys++
      if (program) addCounts(round.counts, totalOf(program, stored.enrollment))
      await markDoubt(runtime, stored.enrollment)
      const { workflow, version, step } = stored.enrollment
      if (step !== null) round.tallies.get(workflow)?.add(version, step)
      const dueAt = wantsWakingAt(stored.enrollment, config.claimLeaseMs)
      const behind = takenOver(round, stored.enrollment, dueAt)
      if (behind) wakes.push(behind)
      if (dueAt === undefined || dueAt > round.now + ROUND_MS) continue
      if (round.now - dueAt <= LATE_MS) arms.push({ enrollment: stored.enrollment, dueAt })
      else if (!round.paused.has(stored.enrollment.workflow))
        wakes.push(overdue(round, stored.enrollment, dueAt))
    }
    await sideBySide(arms, ({ enrollment, dueAt }) => arm(runtime, enrollment, dueAt))
    round.report.armed += arms.length
    if (wakes.length > 0) await queue.send(wakes)
    cursor = page.cursor
    const shelves = shelving.messages(cursor === undefined)
    if (shelves.length > 0) await queue.send(shelves)
  } while (cursor !== undefined)
}

async function sideBySide<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < all.length; first += AT_ONCE)
    await Promise.all(all.slice(first, first + AT_ONCE).map(act))
}

/** What the last changes of a profile set off, and nobody was told of. */
async function recall(runtime: Runtime, row: Row, readAt: Instant): Promise<void> {
  const id = row.pk.slice(2)
  const { customer, became } = parseProfile(id, row)
  await recallCrossings(runtime, id, became, readAt)
  await recallConsent(runtime, customer, readAt)
}

/** What the round of a publish has missed (somebody entered late, a doubt was open, it was interrupted). */
function takenOver(
  { summaries, report, now }: Round,
  enrollment: Enrollment,
  dueAt: Instant | undefined,
): QueuedMessage | undefined {
  const summary = summaries.get(enrollment.workflow)
  if (!summary || enrollment.phase === 'ended') return undefined
  if (pendingFor(summary.successions, enrollment.version).length === 0) return undefined
  report.behind++
  return wakeMessage(enrollment, dueAt ?? now, now, summary.rev)
}

function overdue({ report, now }: Round, enrollment: Enrollment, dueAt: Instant): QueuedMessage {
  report.overdue++
  report.latestMs = Math.max(report.latestMs, now - dueAt)
  return wakeMessage(enrollment, dueAt, now)
}

function countAnswer(counts: CountsByDay, row: Row): void {
  const answer: unknown = JSON.parse(row.body ?? '{}')
  if (typeof answer !== 'object' || answer === null) return
  const { survey, score, at } = { survey: undefined, score: undefined, at: undefined, ...answer }
  if (typeof survey === 'string' && typeof score === 'number' && typeof at === 'number')
    addCounts(counts, countsOfAnswer(survey, score, at))
}
