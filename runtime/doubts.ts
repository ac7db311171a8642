/**
 * Which messages are in doubt: a mark for each, so that listing them reads as many rows as there are doubts. The journey
 * is the truth. A mark is written before the doubt is, and taken away after it was settled, so that a crash leaves one too
 * many, which whoever reads it sees through, and never one too few.
 */
import * as z from 'zod'
import type { Enrollment, SendCommand } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { loadCustomer } from './customers.ts'
import { digest } from './ingest.ts'
import { fromRow, readJourney } from './journeys.ts'
import { DOUBTS_PK } from './keys-of-rows.ts'
import type { Row, Table } from './ports.ts'
import type { Runtime } from './runtime.ts'

export interface Doubt {
  customerId: string
  workflow: string
  key: string
  run: number
  step: string
  channel: SendCommand['channel']
  template: string
  /** When it was tried. */
  sinceAt: Instant
  /** When the step's rule decides, if nobody else does before; absent: it waits for a person. */
  decidesAt?: Instant
  /** What the rule is. */
  rule: 'drop' | 'resend' | 'ask'
}

const markBody = z.object({
  customerId: z.string(),
  workflow: z.string(),
  key: z.string(),
  run: z.number(),
})

/** The nightly sweep writes the marks of doubts that last; one of nothing ends by itself. */
const KEPT_MS = 35 * 24 * 3_600_000

/** The mark of a journey whose message is in doubt; undefined for any other. */
export function markOf(enrollment: Enrollment, now: Instant): Row | undefined {
  const { phase, claim, customerId, workflow, key, run } = enrollment
  if (phase !== 'in-doubt' || claim?.command.kind !== 'send') return undefined
  const name = digest([customerId, workflow, key, run].join('\n')).slice(0, 20)
  return {
    pk: DOUBTS_PK,
    sk: `${claim.at.toString(36).padStart(9, '0')}#${name}`,
    body: JSON.stringify({ customerId, workflow, key, run } satisfies z.input<typeof markBody>),
    expiresAt: now + KEPT_MS,
  }
}

/** Before a journey is written: marks a doubt that is new. */
export async function markDoubt(
  { world: { table, clock } }: Runtime,
  after: Enrollment,
  before?: Enrollment,
): Promise<void> {
  const mark = markOf(after, clock.now())
  if (mark && mark.sk !== (before && markOf(before, 0)?.sk)) await table.put(mark, { kind: 'any' })
}

/** After a journey was written: takes away the mark of a doubt that is over. */
export async function unmarkDoubt(
  { world: { table } }: Runtime,
  before: Enrollment,
  after?: Enrollment,
): Promise<void> {
  const mark = markOf(before, 0)
  if (mark && mark.sk !== (after && markOf(after, 0)?.sk)) await table.delete(mark.pk, mark.sk)
}

/** The mark of a journey that goes with its customer. A row that cannot be read has none that could be told. */
export async function forgetDoubt(table: Table, row: Row): Promise<void> {
  const mark = readable(row)
  if (mark) await table.delete(mark.pk, mark.sk)
}

function readable(row: Row): Row | undefined {
  try {
    return markOf(fromRow(row).enrollment, 0)
  } catch {
    return undefined
  }
}

/** A page of all there are, those in doubt for longest first. It may hold fewer than asked for. */
export async function listDoubts(
  runtime: Runtime,
  options: { limit: number; cursor?: string },
): Promise<{ doubts: Doubt[]; cursor?: string }> {
  const { table } = runtime.world
  const page = await table.query(DOUBTS_PK, {
    limit: options.limit,
    ...(options.cursor !== undefined && { cursor: options.cursor }),
  })
  const doubts = await Promise.all(page.rows.map((row) => doubtMarked(runtime, row)))
  return {
    doubts: doubts.filter((one) => one !== undefined),
    ...(page.cursor !== undefined && { cursor: page.cursor }),
  }
}

/** Those of one customer. */
export async function doubtsOf(runtime: Runtime, customerId: string): Promise<Doubt[]> {
  const { journeys } = await loadCustomer(runtime, customerId)
  const doubts = await Promise.all(journeys.map(({ enrollment }) => doubtIn(runtime, enrollment)))
  return doubts.filter((one) => one !== undefined)
}

async function doubtMarked(runtime: Runtime, row: Row): Promise<Doubt | undefined> {
  const { table, clock, config } = runtime.world
  const { customerId, ...name } = markBody.parse(JSON.parse(row.body ?? '{}'))
  const journey = await readJourney(table, customerId, name)
  if (journey && markOf(journey.enrollment, 0)?.sk === row.sk)
    return await doubtIn(runtime, journey.enrollment)
  // A doubt that is just arising has its mark already: only an old one is of nothing.
  const writtenAt = (row.expiresAt ?? 0) - KEPT_MS
  if (clock.now() - writtenAt > config.claimLeaseMs) await table.delete(row.pk, row.sk)
  return undefined
}

async function doubtIn({ catalog }: Runtime, enrollment: Enrollment): Promise<Doubt | undefined> {
  const { phase, claim, customerId, workflow, version, key, run, dueAt } = enrollment
  if (phase !== 'in-doubt' || claim?.command.kind !== 'send') return undefined
  const { step, command, at: sinceAt } = claim
  const sender = (await catalog.program(workflow, version))?.steps[step]
  return {
    customerId,
    workflow,
    key,
    run,
    step,
    channel: command.channel,
    template: command.template,
    sinceAt,
    ...(dueAt !== undefined && { decidesAt: dueAt }),
    rule: sender?.verb === 'send' ? sender.inDoubt : 'drop',
  }
}
