/**
 * The round through one workflow's journeys, for whoever has changed something that concerns all of them: what came due
 * in a pause, what a new version takes over. A message is a few pages of the table and asks for the next, so that a
 * million journeys need no long invocation; each journey is woken in its customer's group, where nobody else touches it.
 */
import type { Enrollment } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { pendingFor } from '../engine/succession.ts'
import { digest, groupOf } from './ingest.ts'
import { fromRow } from './journeys.ts'
import type { QueuedMessage, Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import type { WorkflowSummary } from './summaries.ts'
import { arm, wakeFor } from './wakes.ts'
import type { Work } from './work.ts'

export type Round = Extract<Work, { kind: 'sweep' }>

/** Walked side by side. The number travels with the messages: another one would be another division of the table. */
const SEGMENTS = 8
/** One message ends after so many wakes or pages (of 1 MB each on DynamoDB), well within an invocation's time. */
const MOST_WAKES = 500
const MOST_PAGES = 5
/** What comes due later than the next daily sweep has its timer armed by that. */
const AHEAD_MS = 25 * 3_600_000

/** Queues a round through the journeys of a workflow whose state has just become this. */
export async function requestRound({ world }: Runtime, { name, rev }: WorkflowSummary): Promise<void> {
  const id = world.ids.next('round_')
  const about = { kind: 'sweep' as const, workflow: name, rev, id, segments: SEGMENTS }
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => segment)
  await world.queue.send(segments.map((segment) => messageOf({ ...about, segment })))
}

/** The next pages of a round. Doing them again wakes the same journeys again, which find nothing to do. */
export async function goRound(runtime: Runtime, round: Round): Promise<void> {
  const { segment = 0, segments = 1, workflow, rev } = round
  if (rev !== undefined) await runtime.catalog.hear(workflow, rev)
  const { table, queue } = runtime.world
  let { cursor } = round
  let woken = 0
  for (let pages = 0; pages < MOST_PAGES && woken < MOST_WAKES; pages++) {
    const page = await table.scan({ segment, segments, ...(cursor !== undefined && { cursor }) })
    const wakes = await wakesOf(runtime, round, page.rows)
    if (wakes.length > 0) await queue.send(wakes)
    woken += wakes.length
    cursor = page.cursor
    if (cursor === undefined) return
  }
  await queue.send([messageOf({ ...round, ...(cursor !== undefined && { cursor }) })])
}

async function wakesOf(runtime: Runtime, round: Round, rows: Row[]): Promise<QueuedMessage[]> {
  const { clock, config } = runtime.world
  const now = clock.now()
  const successions = (await runtime.catalog.successions()).get(round.workflow) ?? []
  const wakes: QueuedMessage[] = []
  for (const row of rows) {
    if (!row.pk.startsWith('C#') || !row.sk.startsWith(`#${round.workflow}#`)) continue
    const { enrollment } = fromRow(row)
    const dueAt = wantsWakingAt(enrollment, config.claimLeaseMs)
    const taken = pendingFor(successions, enrollment.version).length > 0 && enrollment.phase !== 'ended'
    if (taken || (dueAt !== undefined && dueAt <= now))
      wakes.push(wakeMessage(enrollment, dueAt ?? now, now, round.rev))
    else if (dueAt !== undefined && dueAt <= now + AHEAD_MS) await arm(runtime, enrollment, dueAt)
  }
  return wakes
}

/** When a journey wants to be looked at; undefined: only an event or a person moves it. */
export function wantsWakingAt(enrollment: Enrollment, leaseMs: number): Instant | undefined {
  if (enrollment.phase === 'ended') return undefined
  if (enrollment.phase === 'performing') return (enrollment.claim?.at ?? 0) + leaseMs
  return enrollment.dueAt
}

export function wakeMessage(
  enrollment: Enrollment,
  dueAt: Instant,
  now: Instant,
  rev?: number,
): QueuedMessage {
  const body = wakeFor(enrollment, dueAt, now, rev)
  return { group: groupOf(enrollment.customerId), body, dedupId: digest(body) }
}

/** A segment's messages follow one another; segments go side by side. */
function messageOf(round: Round): QueuedMessage {
  const { workflow, id = '', segment = 0, cursor = '' } = round
  return {
    group: `sweep.${workflow}.${segment}`,
    body: JSON.stringify(round),
    dedupId: digest([id, segment, cursor].join('\n')),
  }
}
