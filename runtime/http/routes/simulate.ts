/** Plays a workflow for an imagined customer: what would be sent, when and why. Sends nothing, keeps nothing. */
import * as z from 'zod'
import type { WorkflowFiles } from '../../../engine/language/compile.ts'
import type { JsonObject, Profile } from '../../../engine/model.ts'
import type { Program } from '../../../engine/program.ts'
import type { Simulation, TimelineEntry } from '../../../engine/simulate.ts'
import { parseDuration } from '../../../engine/time.ts'
import type { Runtime } from '../../runtime.ts'
import { eventInput } from '../event-input.ts'
import { isDay, isoTime, readInstant, shownValues } from '../instants.ts'
import { isError, issuesAsErrors } from '../issues.ts'
import { jsonObject, jsonValue, unkeepable } from '../json-value.ts'
import { type FieldError, invalid, must, pathText, Problem } from '../problem.ts'
import { asProfile, customerId, line, mergePatch, profileFlaws } from '../profile-input.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'
import { checkSize, definitionFile, definitionInput, filesOf, workflowName } from '../workflow-input.ts'

const mostEvents = 100
/** Whoever asks waits for the answer, and behind a gateway for no longer than half a minute. */
const patienceMs = 10_000
const farMs = 10 * 366 * 24 * 3_600_000

const given = z
  .strictObject({
    at: z
      .string(must('Must be a text.'))
      .refine(isMoment, 'Must be an ISO 8601 time; without an offset it is the customer’s local time.')
      .optional(),
    after: z
      .string(must('Must be a text.'))
      .refine((text) => parseDuration(text) !== undefined, 'Must be a duration, for example 3 days or P3D.')
      .optional()
      .describe('Since the event before; the first one counts from now.'),
    event: eventInput.shape.type.optional(),
    customer: jsonObject
      .optional()
      .describe('What becomes known of the customer then, as PATCH /v1/customers/{id} takes it.'),
    consent: z
      .record(
        z.string(),
        z.boolean('Must be true or false.'),
        'Must be an object of topics: { "news": true }.',
      )
      .optional()
      .describe('What the person answers then, behind a link of their own: it confirms.'),
    id: line(128).optional(),
    data: jsonObject.optional(),
  })
  .refine(({ at, after }) => (at === undefined) !== (after === undefined), 'Needs either "at" or "after".')
  .refine(
    ({ event, customer, consent }) => (event ?? customer ?? consent) !== undefined,
    'Needs an "event", a "customer" or a "consent".',
  )

const input = z.strictObject({
  customer: jsonObject.optional().describe('A profile, as PUT /v1/customers/{id} takes it.'),
  events: z.array(given).max(mostEvents, `Must not hold more than ${mostEvents} events.`).default([]),
  webhooks: z
    .record(
      z.string(),
      z.strictObject({
        status: z
          .int('Must be an HTTP status.')
          .min(100, 'Must be an HTTP status.')
          .max(599, 'Must be an HTTP status.'),
        body: jsonValue.optional(),
      }),
    )
    .default({})
    .describe('What webhooks answer, by name; the others answer 200 and nothing more.'),
  until: z
    .string(must('Must be a text.'))
    .optional()
    .describe('ISO 8601 with offset. Where to stop looking.'),
  definition: definitionInput.shape.definition
    .optional()
    .describe('Instead of the draft’s, or before there is one, the live version’s.'),
  templates: definitionInput.shape.templates.describe('Instead of those beside the definition.'),
})

export const simulateRoute: Route = route({
  ...plain,
  method: 'POST',
  path: '/v1/workflows/{name}/simulate',
  scope: 'workflows:read',
  summary: 'Play a workflow for an imagined customer',
  description: 'On the real engine, in virtual time. Sends nothing.',
  params: z.object({ name: workflowName }),
  body: jsonBody(input),
  answers: {
    200: {
      description: 'What would happen.',
      schema: z.object({
        timeline: z.array(
          z
            .object({
              at: z.string(),
              kind: z.string(),
              step: z.string().optional(),
              message: z
                .object({
                  channel: z.string(),
                  to: z.string(),
                  subject: z.string(),
                  html: z.string(),
                  text: z.string(),
                })
                .loose()
                .optional(),
              decision: jsonObject.optional(),
            })
            .loose(),
        ),
        ends: z.string().optional(),
      }),
    },
  },
  async handle({ runtime, params: { name }, body }) {
    const { compileWorkflow } = await import('../../../engine/language/compile.ts')
    const { simulate } = await import('../../../engine/simulate.ts')
    const { settings, layout } = await runtime.catalog.settings()
    const now = runtime.world.clock.now()
    const until = untilOf(body.until, now)
    const files = await filesFor(runtime, name, body)
    const { issues, workflow } = await compileWorkflow(files, { settings, layout })
    if (!workflow)
      throw new Problem(422, 'The workflow has errors and cannot be played.', {
        errors: issuesAsErrors(issues),
        members: { issues: issues.filter(isError) },
      })
    const topics = Object.keys(settings.topics)
    const harmful = [...unkeepable(body.events, ['events']), ...unkeepable(body.webhooks, ['webhooks'])]
    const flaws = [
      ...harmful,
      ...unknownTopics(body.events, topics),
      ...unknownWebhooks(body.webhooks, workflow.program),
    ]
    if (flaws.length > 0) throw invalid(flaws)
    const { clock } = runtime.world
    const startedAtMs = clock.monotonicMs()
    const first = body.events[0]
    const { timeline, ends } = simulate({
      workflow,
      settings,
      customer: customerOf(body.customer ?? {}, topics),
      events: body.events.map(asGiven),
      webhooks: answersOf(body.webhooks),
      tooLong: () => clock.monotonicMs() - startedAtMs > patienceMs,
      ...(until !== undefined && { until }),
      ...((first === undefined || first.at === undefined) && { start: now }),
    })
    return { json: { timeline: timeline.map(shown), ...(ends !== undefined && { ends }) } }
  },
})

function asGiven({
  at,
  after,
  event,
  customer,
  consent,
  id,
  data,
}: z.output<typeof given>): Simulation['events'][number] {
  const what = {
    ...(event !== undefined && { event }),
    ...(customer && { customer }),
    ...(consent && { consent }),
    ...(id !== undefined && { id }),
    ...(data && { data }),
  }
  return at === undefined ? { after: after ?? 'PT0S', ...what } : { at, ...what }
}

/** Nobody can answer what nobody asks: a slip of the pen would be an answer to nothing. */
function unknownTopics(events: z.output<typeof given>[], topics: string[]): FieldError[] {
  return events.flatMap(({ consent = {} }, index) =>
    Object.keys(consent)
      .filter((topic) => !topics.includes(topic))
      .map((topic) => ({
        path: pathText(['events', index, 'consent', topic]),
        message: `There is no such topic; there are ${topics.join(', ')}.`,
      })),
  )
}

function unknownWebhooks(given: z.output<typeof input>['webhooks'], { steps }: Program): FieldError[] {
  const called = Object.values(steps).flatMap((step) => (step.verb === 'webhook' ? [step.name] : []))
  return Object.keys(given)
    .filter((name) => !called.includes(name))
    .map((name) => ({
      path: pathText(['webhooks', name]),
      message: `No step calls it; ${called.length === 0 ? 'the workflow calls none' : `the workflow calls ${called.join(', ')}`}.`,
    }))
}

const answersOf = (given: z.output<typeof input>['webhooks']): NonNullable<Simulation['webhooks']> =>
  Object.fromEntries(
    Object.entries(given).map(([name, { status, body }]) => [
      name,
      { status, ...(body !== undefined && { body }) },
    ]),
  )

async function filesFor(
  runtime: Runtime,
  name: string,
  { definition, templates }: Pick<z.output<typeof input>, 'definition' | 'templates'>,
): Promise<WorkflowFiles> {
  const standing = await runtime.catalog.get(name)
  if (!standing && definition === undefined) throw new Problem(404, 'There is no such workflow.')
  const kept: WorkflowFiles = standing?.draft?.files ?? standing?.files ?? {}
  const sent = filesOf({ definition: definition ?? kept[definitionFile] ?? '', templates })
  const files = { ...kept, ...sent }
  checkSize(files)
  return files
}

function customerOf(fields: JsonObject, topics: string[]): Profile {
  const id = customerId.safeParse(fields.id)
  const flaws = profileFlaws(fields, undefined, topics, ['customer'])
  if (flaws.length > 0) throw invalid(flaws)
  return asProfile(id.success ? id.data : 'somebody', mergePatch({}, fields))
}

function untilOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const reading = readInstant(text)
  if ('flaw' in reading) throw invalid([{ path: 'until', message: reading.flaw }])
  if (Math.abs(reading.at - now) > farMs)
    throw invalid([{ path: 'until', message: 'Is more than ten years away.' }])
  return reading.at
}

function isMoment(text: string): boolean {
  if ('at' in readInstant(text)) return true
  const [, day = '', time = ''] = /^(\d{4}-\d{2}-\d{2})(?:[T ]([\d:]+))?$/.exec(text) ?? []
  return isDay(day) && (time === '' || /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/.test(time))
}

function shown({ at, dueAt, decision, task, coupon, ...rest }: TimelineEntry) {
  return {
    at: isoTime(at),
    ...rest,
    ...(dueAt !== undefined && { dueAt: isoTime(dueAt) }),
    ...(task && { task: { ...task, ...(task.dueAt !== undefined && { dueAt: isoTime(task.dueAt) }) } }),
    ...(coupon && {
      coupon: { ...coupon, ...(coupon.expiresAt !== undefined && { expiresAt: isoTime(coupon.expiresAt) }) },
    }),
    ...(decision && {
      decision: {
        ...decision,
        at: isoTime(decision.at),
        ...(decision.values && { values: shownValues(decision.values) }),
      },
    }),
  }
}
