/**
 * The daily round: what is overdue is woken, what comes due before the next round has its timer armed again (a no-op where
 * it is armed), what a crash kept from being told of a profile is told, and the figures are recounted from the journeys.
 * After it, no lost timer, event or counter is older than a day.
 */
import type { Instant } from '../engine/model.ts'
import { recallCrossings } from './becoming.ts'
import { parseProfile } from './customer-row.ts'
import { arm, wakeFor } from './drive.ts'
import { addCounts, type CountsByDay, countsOfAnswer, totalOf } from './figures.ts'
import { digest, groupOf } from './ingest.ts'
import { fromRow, type StoredJourney } from './journeys.ts'
import { PROFILE_SK } from './keys-of-rows.ts'
import type { QueuedMessage, Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

export interface SweepReport {
  journeys: number
  /** Journeys that should have woken before now, and how late the latest of them is. */
  overdue: number
  latestMs: number
  armed: number
}

/** A wake that is this late was lost, or its queue is behind; waking it again harms nothing. */
const LATE_MS = 5 * 60_000
const ROUND_MS = 25 * 3_600_000

export async function sweep(runtime: Runtime, options: { workflow?: string } = {}): Promise<SweepReport> {
  const { table, clock } = runtime.world
  const now = clock.now()
  const report: SweepReport = { journeys: 0, overdue: 0, latestMs: 0, armed: 0 }
  const counts: CountsByDay = new Map()
  const dates: { pk: string; sk: string }[] = []
  // Counts that are pending now are of journeys that the scan will see.
  let cursor: string | undefined
  do {
    const page = await table.scan({ segment: 0, segments: 1, ...(cursor !== undefined && { cursor }) })
    const wakes: QueuedMessage[] = []
    for (const { pk, sk } of page.rows) if (pk.startsWith('D#')) dates.push({ pk, sk })
    for (const row of page.rows) {
      if (!row.pk.startsWith('C#')) continue
      if (row.sk.startsWith('R#')) countAnswer(counts, row)
      if (row.sk === PROFILE_SK && options.workflow === undefined) {
        const id = row.pk.slice(2)
        await recallCrossings(runtime, id, parseProfile(id, row).became)
      }
      if (!row.sk.startsWith('#')) continue
      const stored = fromRow(row)
      if (options.workflow !== undefined && stored.enrollment.workflow !== options.workflow) continue
      report.journeys++
      await countJourney(runtime, counts, stored)
      const dueAt = wantsWakingAt(stored, runtime.world.config.claimLeaseMs)
      if (dueAt === undefined || dueAt > now + ROUND_MS) continue
      if (options.workflow !== undefined || now - dueAt > LATE_MS) {
        if (dueAt <= now) {
          report.overdue++
          report.latestMs = Math.max(report.latestMs, now - dueAt)
          wakes.push(wake(stored, dueAt, now))
          continue
        }
      }
      await arm(runtime, stored.enrollment, dueAt)
      report.armed++
    }
    if (wakes.length > 0) await runtime.world.queue.send(wakes)
    cursor = page.cursor
  } while (cursor !== undefined)
  if (options.workflow === undefined) {
    await runtime.figures.replace(counts)
    runtime.zones.learn(dates)
  }
  return report
}

/** After a resume: wakes what came due while the workflow was paused. */
export async function requestSweep(runtime: Runtime, workflow: string): Promise<void> {
  const work: Work = { kind: 'sweep', workflow }
  const dedupId = runtime.world.ids.next('sweep')
  await runtime.world.queue.send([{ group: 'sweep', body: JSON.stringify(work), dedupId }])
}

function wantsWakingAt({ enrollment }: StoredJourney, leaseMs: number): Instant | undefined {
  if (enrollment.phase === 'ended') return undefined
  if (enrollment.phase === 'performing') return (enrollment.claim?.at ?? 0) + leaseMs
  return enrollment.dueAt
}

function wake({ enrollment }: StoredJourney, dueAt: Instant, now: Instant): QueuedMessage {
  const body = wakeFor(enrollment, dueAt, now)
  return { group: groupOf(enrollment.customerId), body, dedupId: digest(body) }
}

async function countJourney(
  runtime: Runtime,
  counts: CountsByDay,
  { enrollment }: StoredJourney,
): Promise<void> {
  const program = await runtime.catalog.program(enrollment.workflow, enrollment.version)
  if (!program) return
  addCounts(counts, totalOf(program, enrollment))
}

function countAnswer(counts: CountsByDay, row: Row): void {
  const answer: unknown = JSON.parse(row.body ?? '{}')
  if (typeof answer !== 'object' || answer === null) return
  const { survey, score, at } = { survey: undefined, score: undefined, at: undefined, ...answer }
  if (typeof survey === 'string' && typeof score === 'number' && typeof at === 'number')
    addCounts(counts, countsOfAnswer(survey, score, at))
}
