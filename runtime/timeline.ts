/** What happened to one customer, told from the ledgers: newest first, a page at a time. */
import { HELD_OUT } from '../engine/held-out.ts'
import type { Decision, Enrollment } from '../engine/journey.ts'
import type { Instant, JsonObject } from '../engine/model.ts'
import type { Channel, Program } from '../engine/program.ts'
import { versionAtEntry } from '../engine/succession.ts'
import { answerText } from './appointments.ts'
import type { ConsentRecord } from './consent-marks.ts'
import { consentText, pendingText } from './consent-text.ts'
import { failureValues } from './failure-text.ts'
import type { Failure } from './failures.ts'
import { loadPerson, type Person } from './person.ts'
import type { Runtime } from './runtime.ts'
import type { Task } from './tasks.ts'

export const timelineKinds = ['event', 'decision', 'journey', 'message', 'answer', 'task', 'profile'] as const

export interface TimelineEntry {
  at: Instant
  kind: (typeof timelineKinds)[number]
  workflow?: string
  /** Which journey of the workflow. */
  key?: string
  run?: number
  version?: number
  step?: string
  rule?: string
  outcome?: string
  values?: JsonObject
  id?: string
  type?: string
  data?: JsonObject
  /** How far a message that arrived got with its reader: `opened`, `clicked`, `rated`. */
  engagement?: string
  survey?: string
  score?: number
  comment?: string
  title?: string
  queue?: string
  template?: string
  /** Of a message. */
  channel?: Channel
  /** The same in words, where they say more. */
  text?: string
}

export interface TimelinePage {
  entries: TimelineEntry[]
  /** Where the next page begins; absent on the last one. */
  cursor?: string
}

/** Undefined: nobody is known under this id. */
export async function timeline(
  runtime: Runtime,
  customerId: string,
  options: { limit: number; cursor?: string },
): Promise<TimelinePage | undefined> {
  const person = await loadPerson(runtime, customerId)
  if (!person) return undefined
  const programs = await programsOf(runtime, person.journeys)
  const entries = entriesOf(person, programs)
  const start = options.cursor === undefined ? 0 : placeAfter(entries, options.cursor)
  const shown = entries.slice(start, start + options.limit)
  const last = shown.at(-1)
  if (!last || start + shown.length >= entries.length) return { entries: shown }
  // A place is a moment and how many entries of that moment were shown: what is new since comes before it.
  const alike = entries.slice(0, start + shown.length).filter(({ at }) => at === last.at).length
  return { entries: shown, cursor: `${last.at}.${alike}` }
}

function placeAfter(entries: TimelineEntry[], cursor: string): number {
  const [at = 0, alike = 0] = cursor.split('.').map(Number)
  const newer = entries.filter((entry) => entry.at > at).length
  const same = entries.filter((entry) => entry.at === at).length
  return newer + Math.min(alike, same)
}

async function programsOf(runtime: Runtime, journeys: Enrollment[]): Promise<Map<string, Program>> {
  const programs = new Map<string, Program>()
  for (const { workflow, version } of journeys) {
    const name = `${workflow}@${version}`
    const program = programs.has(name) ? undefined : await runtime.catalog.program(workflow, version)
    if (program) programs.set(name, program)
  }
  return programs
}

/** In the order in which things follow from one another; entries of one moment keep it, reversed. */
function entriesOf(person: Person, programs: Map<string, Program>): TimelineEntry[] {
  const told = new Set<Task>()
  const oldestFirst = [
    ...person.events.flatMap(({ event: { id, type, at, data }, decisions }): TimelineEntry[] => [
      { at, kind: 'event', id, type, data, ...saidBehindLink(type, data) },
      ...decisions.map((one): TimelineEntry => ({ kind: 'decision', ...one })),
    ]),
    ...person.answers.map(
      ({ id, at, survey, score, data }): TimelineEntry => ({
        at,
        kind: 'answer',
        id,
        survey,
        score,
        outcome: 'rated',
        ...(typeof data.workflow === 'string' && { workflow: data.workflow }),
        ...(typeof data.comment === 'string' && { comment: data.comment }),
      }),
    ),
    ...person.journeys.flatMap((journey) => {
      const program = programs.get(`${journey.workflow}@${journey.version}`)
      const own = person.tasks.filter(
        ({ workflow, key }) => workflow === journey.workflow && key === journey.key,
      )
      return journeyEntries(journey, program, own, told)
    }),
    // Of a task whose journey has not recorded it yet, or is gone.
    ...person.tasks.filter((task) => !told.has(task)).map(created),
    ...person.tasks.flatMap((task): TimelineEntry[] =>
      task.closedAt === undefined ? [] : [{ ...created(task), at: task.closedAt, outcome: 'closed' }],
    ),
    ...person.failures.flatMap(failureEntries),
    ...person.consents.map(consentEntry),
    ...person.customer.suppressions.map(
      ({ at, reason }): TimelineEntry => ({
        at,
        kind: 'profile',
        outcome: 'suppressed',
        values: { reason },
      }),
    ),
  ]
  return oldestFirst
    .map((entry, order) => ({ entry, order }))
    .sort((left, right) => right.entry.at - left.entry.at || right.order - left.order)
    .map(({ entry }) => entry)
}

const saidBehindLink = (type: string, data: JsonObject): { text?: string } => {
  const text = answerText(type, data)
  return text === undefined ? {} : { text }
}

function created({ id, createdAt, workflow, key, step, title, queue }: Task): TimelineEntry {
  return { at: createdAt, kind: 'task', outcome: 'created', id, workflow, key, step, title, queue }
}

/** That it failed for good, and what a person made of it. */
function failureEntries(failed: Failure): TimelineEntry[] {
  const { deadAt, state, closedAt, closedBy, note, workflow, event } = failed
  const about = {
    kind: 'decision' as const,
    rule: 'message',
    ...(workflow !== undefined && { workflow }),
    ...(event && { type: event.type }),
  }
  const values = failureValues(failed)
  const by = { by: closedBy ?? '', ...(note !== undefined && { note }) }
  return [
    { at: deadAt, ...about, outcome: 'failed', values },
    ...(closedAt === undefined
      ? []
      : [{ at: closedAt, ...about, outcome: state, values: { ...values, ...by } }]),
  ]
}

function consentEntry(record: ConsentRecord): TimelineEntry {
  const { at, state, topic, source, by, address } = record
  const values = {
    topic,
    source,
    ...(by !== undefined && { by }),
    ...(address !== undefined && { address }),
  }
  return { at, kind: 'profile', outcome: `consent-${state}`, values, text: consentText(record) }
}

function journeyEntries(
  journey: Enrollment,
  program: Program | undefined,
  tasks: Task[],
  toldTasks: Set<Task>,
): TimelineEntry[] {
  const { workflow, key, run, enteredAt, endedAt, reason, converted, entry } = journey
  const about = { workflow, key, run }
  return [
    ...(reason === HELD_OUT
      ? []
      : [
          {
            at: enteredAt,
            kind: 'journey' as const,
            ...about,
            version: versionAtEntry(journey),
            outcome: 'entered',
            values: { event: entry.id },
          },
        ]),
    ...journey.log.flatMap((decision, index) => {
      const task =
        decision.rule === 'task' && tasks.find((one) => one.step === decision.step && !toldTasks.has(one))
      if (task) {
        toldTasks.add(task)
        return [created(task)]
      }
      const told = tell(decision, journey.log.slice(index + 1), program)
      return told ? [{ ...told, ...about }] : []
    }),
    ...(converted && reason !== 'converted'
      ? [
          {
            at: converted.at,
            kind: 'journey' as const,
            ...about,
            outcome: 'converted',
            values: {
              event: converted.eventId,
              ...(converted.value !== undefined && { value: converted.value }),
            },
          },
        ]
      : []),
    ...(endedAt === undefined
      ? []
      : [{ at: endedAt, kind: 'journey' as const, ...about, outcome: reason ?? 'completed' }]),
  ]
}

/** Outcomes of a message that its reader caused: it was delivered, and more. */
const engagements = new Set(['opened', 'clicked', 'rated'])
const messageOutcomes = new Set(['sent', 'in-doubt', 'refused', 'delivered', 'bounced', 'complained'])

function tell(
  decision: Decision,
  later: Decision[],
  program: Program | undefined,
): TimelineEntry | undefined {
  const { rule, outcome, step: at } = decision
  // The journey's end has its own entry.
  if (rule === 'end') return undefined
  if (rule === 'set' && outcome === 'changed') return { kind: 'profile', ...decision }
  const step = at === undefined ? undefined : program?.steps[at]
  const message = (said: string): TimelineEntry => ({
    kind: 'message',
    ...decision,
    outcome: said,
    ...(step?.verb === 'send' && { template: step.template, channel: step.channel }),
  })
  if (rule === 'send' && engagements.has(outcome)) return { ...message('delivered'), engagement: outcome }
  if (rule === 'send' && messageOutcomes.has(outcome)) return message(outcome)
  if (rule.startsWith('gate.') && outcome === 'refused') {
    const { reason, topic } = decision.values ?? {}
    const pending = reason === 'consent-pending' && typeof topic === 'string'
    return { ...message('refused'), ...(pending && { text: pendingText(topic) }) }
  }
  if (rule === 'in-doubt' && outcome === 'unknown' && (!step || step.verb === 'send')) {
    const settled = later.some((one) => one.step === at && one.rule === 'send')
    if (!settled) return message('in-doubt')
  }
  return { kind: 'decision', ...decision }
}
