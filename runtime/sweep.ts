/**
 * The daily round: what is overdue is woken, what comes due before the next round has its timer armed again (a no-op where
 * it is armed), and the figures are recounted from the journeys. After it, no lost timer or counter is older than a day.
 */
import { addCounts, type CountsByDay, countsOfAnswer, totalOf } from './figures.ts'
import { fromRow, type StoredJourney } from './journeys.ts'
import type { QueuedMessage, Row } from './ports.ts'
import { wakeMessage, wantsWakingAt } from './round.ts'
import type { Runtime } from './runtime.ts'
import { arm } from './wakes.ts'

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

/** Finds what is overdue or may have lost its timer, wakes it, and recounts the figures. */
export async function sweep(runtime: Runtime): Promise<SweepReport> {
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
      if (!row.sk.startsWith('#')) continue
      const stored = fromRow(row)
      report.journeys++
      await countJourney(runtime, counts, stored)
      const dueAt = wantsWakingAt(stored.enrollment, runtime.world.config.claimLeaseMs)
      if (dueAt === undefined || dueAt > now + ROUND_MS) continue
      if (now - dueAt > LATE_MS) {
        report.overdue++
        report.latestMs = Math.max(report.latestMs, now - dueAt)
        wakes.push(wakeMessage(stored.enrollment, dueAt, now))
        continue
      }
      await arm(runtime, stored.enrollment, dueAt)
      report.armed++
    }
    if (wakes.length > 0) await runtime.world.queue.send(wakes)
    cursor = page.cursor
  } while (cursor !== undefined)
  await runtime.figures.replace(counts)
  runtime.zones.learn(dates)
  return report
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
