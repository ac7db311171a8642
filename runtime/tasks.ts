/** Tasks for people: kept with the customer they concern, and listed for the care team. Closing one is an event. */
import * as z from 'zod'
import type { Enrollment, TaskCommand } from '../engine/journey.ts'
import type { CareEvent, Instant, JsonObject } from '../engine/model.ts'
import { occasionAt } from '../engine/occasion.ts'
import { Conflict } from './errors.ts'
import { undoIfErased } from './erase.ts'
import { accept, digest } from './ingest.ts'
import { CLOSED_TASKS_PK, customerPk, OPEN_TASKS_PK, taskSk } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json())
const task = z.object({
  id: z.string(),
  customerId: z.string(),
  workflow: z.string(),
  key: z.string(),
  step: z.string(),
  name: z.string(),
  queue: z.string(),
  title: z.string(),
  createdAt: z.number(),
  dueAt: z.number().optional(),
  state: z.enum(['open', 'closed']),
  assignee: z.string().optional(),
  closedAt: z.number().optional(),
  closedBy: z.string().optional(),
  note: z.string().optional(),
  /** What the person needs to know without asking again. */
  context: z.object({
    event: z.object({ id: z.string(), type: z.string(), at: z.number(), data: jsonObject }),
  }),
})
export type Task = z.infer<typeof task>

const CLOSED_LISTED_MS = 90 * 24 * 3_600_000

/** Opens the task of a journey's step. Asking again opens nothing new. */
export async function openTask(
  runtime: Runtime,
  enrollment: Enrollment,
  command: TaskCommand,
  event: CareEvent,
  at: Instant,
): Promise<void> {
  const { customerId, workflow, key, run } = enrollment
  // Sortable by age, and the same for the same step of the same journey.
  const id = `tsk_${enrollment.enteredAt.toString(36)}_${digest(`${customerId}\n${workflow}\n${key}\n${run}\n${occasionAt(enrollment, command.step)}`).slice(0, 20)}`
  const opened: Task = {
    id,
    customerId,
    workflow,
    key,
    step: command.step,
    name: command.name,
    queue: command.queue,
    title: command.title,
    createdAt: at,
    ...(command.dueAt !== undefined && { dueAt: command.dueAt }),
    state: 'open',
    context: { event: { id: event.id, type: event.type, at: event.at, data: event.data } },
  }
  const { table } = runtime.world
  const result = await table.put(rowOf(opened, 1), { kind: 'absent' })
  const standing = result.ok ? opened : result.conflict && fromRow(result.conflict)
  // The list may lack the task after a crash between the two writes: asking again mends it, unless it was closed since.
  if (standing?.state === 'open')
    await table.put({ pk: OPEN_TASKS_PK, sk: id, body: customerId }, { kind: 'any' })
}

export async function listTasks(
  runtime: Runtime,
  options: { state?: 'open' | 'closed'; queue?: string; limit?: number; cursor?: string } = {},
): Promise<{ tasks: Task[]; cursor?: string }> {
  const { table } = runtime.world
  const page = await table.query(options.state === 'closed' ? CLOSED_TASKS_PK : OPEN_TASKS_PK, {
    limit: options.limit ?? 50,
    ...(options.cursor !== undefined && { cursor: options.cursor }),
  })
  const rows = await Promise.all(
    page.rows.map(({ body, sk }) => table.get(customerPk(body ?? ''), taskSk(sk))),
  )
  const tasks = rows
    .flatMap((row) => (row ? [fromRow(row)] : []))
    .filter((one) => options.queue === undefined || one.queue === options.queue)
  return { tasks, ...(page.cursor !== undefined && { cursor: page.cursor }) }
}

/** Undefined: there is no such task. Closing a closed task changes nothing. */
export async function closeTask(
  runtime: Runtime,
  id: string,
  { note, by }: { note?: string; by?: string },
): Promise<Task | undefined> {
  const { table, clock } = runtime.world
  const knownAt = clock.now()
  const closed = await changeTask(runtime, id, (before) =>
    before.state === 'closed'
      ? before
      : {
          ...before,
          state: 'closed',
          closedAt: clock.now(),
          ...(note !== undefined && { note }),
          ...(by !== undefined && { closedBy: by }),
        },
  )
  if (!closed) return undefined
  const { customerId, closedAt = clock.now(), name, queue, workflow, key } = closed
  const data = {
    taskId: id,
    task: name,
    queue,
    workflow,
    key,
    ...(closed.note !== undefined && { note: closed.note }),
  }
  const event = { id: closingId(id), type: 'task.closed', customerId, at: closedAt, data }
  // Event first, list last: after a crash in between the task is still listed, and closing it again completes it.
  await accept(runtime, [{ event }], knownAt)
  const row = { pk: CLOSED_TASKS_PK, sk: id, body: customerId, expiresAt: clock.now() + CLOSED_LISTED_MS }
  await table.put(row, { kind: 'any' })
  await undoIfErased(runtime, customerId, row, knownAt)
  await table.delete(OPEN_TASKS_PK, id)
  return closed
}

export function assignTask(runtime: Runtime, id: string, { to }: { to: string }): Promise<Task | undefined> {
  return changeTask(runtime, id, (before) => ({ ...before, assignee: to }))
}

export function fromRow(row: Row): Task {
  return task.parse(JSON.parse(row.body ?? '{}'))
}

const rowOf = (one: Task, rev: number): Row => ({
  pk: customerPk(one.customerId),
  sk: taskSk(one.id),
  rev,
  body: JSON.stringify(one),
})

async function changeTask(
  runtime: Runtime,
  id: string,
  change: (before: Task) => Task,
): Promise<Task | undefined> {
  const { table } = runtime.world
  const listed = (await table.get(OPEN_TASKS_PK, id)) ?? (await table.get(CLOSED_TASKS_PK, id))
  if (!listed?.body) return undefined
  for (let attempt = 0; attempt < 5; attempt++) {
    const row = await table.get(customerPk(listed.body), taskSk(id))
    if (!row) return undefined
    const after = change(fromRow(row))
    const result = await table.put(rowOf(after, (row.rev ?? 0) + 1), { kind: 'rev', rev: row.rev ?? 0 })
    if (result.ok) return after
  }
  throw new Conflict('the task is being changed by too many at once')
}

/** The id of the event that says that a task was closed. */
export const closingId = (task: string): string => `${task}.closed`
