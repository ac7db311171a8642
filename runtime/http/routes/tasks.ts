/** The care inbox. */
import * as z from 'zod'
import type { Caller } from '../../caller.ts'
import { assignTask, closeTask, listTasks, type Task } from '../../tasks.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { isoTime } from '../instants.ts'
import { jsonObject } from '../json-value.ts'
import { pageQuery } from '../paging.ts'
import { invalid, must, Problem } from '../problem.ts'
import { line } from '../profile-input.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'

const taskOutput = z
  .object({
    id: z.string(),
    customerId: z.string(),
    workflow: z.string(),
    key: z.string(),
    step: z.string(),
    name: z.string(),
    queue: z.string(),
    title: z.string(),
    createdAt: z.string(),
    dueAt: z.string().optional(),
    state: z.enum(['open', 'closed']),
    assignee: z.string().optional(),
    closedAt: z.string().optional(),
    closedBy: z.string().optional(),
    note: z.string().optional(),
    context: z.object({
      event: z.object({ id: z.string(), type: z.string(), time: z.string(), data: jsonObject }),
    }),
  })
  .meta({ id: 'Task' })

const params = z.object({ id: line(64) })

/** A note is prose: unlike other texts it may have lines. */
const note = z.string(must('Must be a text.')).max(4000, 'Must not be longer than 4000 characters.')

export const taskRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/tasks',
    scope: 'customers:read',
    summary: 'Tasks for people, oldest first',
    query: pageQuery(200).extend({
      state: z.enum(['open', 'closed'], 'Must be open or closed.').default('open'),
      queue: line(100).optional(),
    }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ tasks: z.array(taskOutput), cursor: z.string().optional() }),
      },
    },
    async handle({ runtime, query }) {
      const { state, queue, limit, cursor } = query
      const list = `tasks ${state}`
      const page = await listTasks(runtime, {
        state,
        limit,
        ...(queue !== undefined && { queue }),
        ...(cursor !== undefined && { cursor: openCursor(runtime, list, cursor) }),
      })
      const next = page.cursor === undefined ? {} : { cursor: sealCursor(runtime, list, page.cursor) }
      return { json: { tasks: page.tasks.map(shown), ...next } }
    },
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/tasks/{id}/close',
    scope: 'customers:write',
    summary: 'Close a task',
    description:
      'Closing is an event of the customer’s: task.closed. Closing a closed task changes nothing. A key says by whom; a person closes it in their own name.',
    params,
    body: jsonBody(z.strictObject({ note: note.optional(), by: line(200).optional() }), { optional: true }),
    answers: { 200: { description: 'The task.', schema: taskOutput } },
    async handle({ runtime, caller, params: { id }, body }) {
      const said = body.note
      const by = closerOf(caller, body.by)
      return found(
        await closeTask(runtime, id, {
          ...(said !== undefined && { note: said }),
          ...(by !== undefined && { by }),
        }),
      )
    },
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/tasks/{id}/assign',
    scope: 'customers:write',
    summary: 'Give a task to somebody',
    params,
    body: jsonBody(z.strictObject({ to: line(200) })),
    answers: { 200: { description: 'The task.', schema: taskOutput } },
    handle: async ({ runtime, params: { id }, body }) => found(await assignTask(runtime, id, body)),
  }),
]

/** A key acts for somebody else and is believed; a person signs for nobody but themselves. */
function closerOf(caller: Caller, by: string | undefined): string | undefined {
  if (caller.kind === 'key') return by
  if (by !== undefined && by !== caller.name)
    throw invalid([{ path: 'by', message: `Must be left out, or be your own name: ${caller.name}.` }])
  return caller.name
}

function found(task: Task | undefined) {
  if (!task) throw new Problem(404, 'There is no such task.')
  return { json: shown(task) }
}

function shown({ createdAt, dueAt, closedAt, context, ...rest }: Task): z.input<typeof taskOutput> {
  const { at, ...event } = context.event
  return {
    ...rest,
    createdAt: isoTime(createdAt),
    ...(dueAt !== undefined && { dueAt: isoTime(dueAt) }),
    ...(closedAt !== undefined && { closedAt: isoTime(closedAt) }),
    context: { event: { ...event, time: isoTime(at) } },
  }
}
