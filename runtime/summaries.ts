/** The list of workflows, a row each: which version is live, and whether it is. The last write of a publish is here. */
import * as z from 'zod'
import type { Instant } from '../engine/model.ts'
import type { Succession } from '../engine/succession.ts'
import { Conflict } from './errors.ts'
import { SUMMARIES_PK } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'

export type WorkflowState = 'draft' | 'live' | 'paused' | 'archived'

export interface WorkflowSummary {
  name: string
  /** Counts its changes. */
  rev: number
  title: string
  state: WorkflowState
  /** The version that new journeys enter with; null before the first publish. */
  version: number | null
  publishedAt: Instant | null
  /** Since when it has been live without a break; a new version is no break. */
  liveSince: Instant | null
  /** What publishes have said about journeys of earlier versions, as far as any may still be under way. */
  successions: Succession[]
  /** Who brought it into this state, and when: the name of a key or of a person. */
  changed: { by: string; at: Instant } | null
}

export type StateChange =
  | { ok: true; summary: WorkflowSummary }
  | { ok: false; reason: 'missing' | 'not-published' }

const succession = z.object({
  to: z.number(),
  kind: z.enum(['move', 'end']),
  map: z.record(z.string(), z.string()).exactOptional(),
  at: z.number(),
})

const body = z.object({
  title: z.string(),
  state: z.enum(['draft', 'live', 'paused', 'archived']),
  version: z.number().nullable(),
  publishedAt: z.number().nullable(),
  liveSince: z.number().nullable().default(null),
  successions: z.array(succession).default([]),
  changed: z.object({ by: z.string(), at: z.number() }).nullable().default(null),
})

type Told = Omit<WorkflowSummary, 'name' | 'rev'>

export function summaryFrom(row: Row): WorkflowSummary {
  return { name: row.sk, rev: row.rev ?? 0, ...body.parse(JSON.parse(row.body ?? '{}')) }
}

/** Undefined: there is no such workflow. */
export async function readSummary({ world }: Runtime, name: string): Promise<WorkflowSummary | undefined> {
  const row = await world.table.get(SUMMARIES_PK, name)
  return row && summaryFrom(row)
}

/** What stands in the list before the first publish. */
const unpublished = (title: string): Told => ({
  title,
  state: 'draft',
  version: null,
  publishedAt: null,
  liveSince: null,
  successions: [],
  changed: null,
})

/** Puts a workflow on the list that is not there yet. */
export async function enlist({ world }: Runtime, name: string, title: string): Promise<void> {
  const row = { pk: SUMMARIES_PK, sk: name, rev: 1, body: JSON.stringify(unpublished(title)) }
  await world.table.put(row, { kind: 'absent' })
}

export function pause(runtime: Runtime, name: string, by?: string): Promise<StateChange> {
  return changeState(runtime, name, 'paused', by)
}

export function resume(runtime: Runtime, name: string, by?: string): Promise<StateChange> {
  return changeState(runtime, name, 'live', by)
}

export function archive(runtime: Runtime, name: string, by?: string): Promise<StateChange> {
  return changeState(runtime, name, 'archived', by)
}

async function changeState(
  runtime: Runtime,
  name: string,
  state: WorkflowState,
  by: string | undefined,
): Promise<StateChange> {
  const { table, clock } = runtime.world
  const row = await table.get(SUMMARIES_PK, name)
  if (!row) return { ok: false, reason: 'missing' }
  if (summaryFrom(row).version === null) return { ok: false, reason: 'not-published' }
  const summary = await changeSummary(runtime, name, (before) => ({
    ...before,
    state,
    // Dates that came up while it was archived are over; those of a pause were answered with the pause.
    liveSince: before.state === 'archived' ? clock.now() : before.liveSince,
    changed: by === undefined ? null : { by, at: clock.now() },
  }))
  return { ok: true, summary }
}

/** Longer than any process remembers what is live, so that nobody enters an earlier version any more. */
const SETTLED_MS = 24 * 3_600_000

/** What was said about versions that nobody is in any more is forgotten. `least`: the earliest with somebody in it. */
export async function forgetSuccessions(
  runtime: Runtime,
  name: string,
  least: number,
  now: Instant,
): Promise<void> {
  const over = ({ to, at }: Succession) => to <= least && at < now - SETTLED_MS
  const summary = await readSummary(runtime, name)
  if (!summary?.successions.some(over)) return
  await changeSummary(runtime, name, (before) => ({
    ...before,
    successions: before.successions.filter((one) => !over(one)),
  }))
}

/** Each write names the revision it read; when another came first, `change` is asked again about what stands there now. */
export async function changeSummary(
  { world, catalog }: Runtime,
  name: string,
  change: (before: Told) => Told,
): Promise<WorkflowSummary> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const row = await world.table.get(SUMMARIES_PK, name)
    const { name: _, rev, ...before } = row ? summaryFrom(row) : { name, rev: 0, ...unpublished(name) }
    const after = change(before)
    const result = await world.table.put(
      { pk: SUMMARIES_PK, sk: name, rev: rev + 1, body: JSON.stringify(after) },
      row ? { kind: 'rev', rev } : { kind: 'absent' },
    )
    catalog.forgetLive()
    if (result.ok) return { name, rev: rev + 1, ...after }
  }
  throw new Conflict(`workflow ${name} is being changed by too many at once`)
}
