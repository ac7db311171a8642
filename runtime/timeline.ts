/** What happened to one customer, told from the ledgers: newest first, a page at a time. */
import { HELD_OUT } from '../engine/held-out.ts'
import type { Decision, Enrollment } from '../engine/journey.ts'
import type { Instant, JsonObject } from '../engine/model.ts'
import { roundOf } from '../engine/occasion.ts'
import type { Channel, Program } from '../engine/program.ts'
import { versionAtEntry } from '../engine/succession.ts'
import { answerText } from './appointments.ts'
import type { ConsentRecord } from './consent-marks.ts'
import { consentText, pendingText } from './consent-text.ts'
import { failureValues } from './failure-text.ts'
import type { Failure } from './failures.ts'
import { loadPerson, type Person } from './person.ts'
import { idOfEmitted } from './emitted.ts'
import type { Runtime } from './runtime.ts'
import { closingId, type Task } from './tasks.ts'
import { inCausalOrder, type Placed } from './timeline-order.ts'

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

type Told = Placed<TimelineEntry>

/** Before the events of the same moment, which may have come of it. */
const FIRST = -1

/** In the order in which things follow from one another, reversed. */
function entriesOf(person: Person, programs: Map<string, Program>): TimelineEntry[] {
  const told = new Set<Task>()
  const takenUp = person.events.toSorted(
    (one, other) => one.receivedAt - other.receivedAt || (one.intake < other.intake ? -1 : 1),
  )
  const placed: Told[] = [
    ...takenUp.flatMap(({ event: { id, type, at, data }, decisions }, rank): Told[] => [
      {
        entry: { at, kind: 'event', id, type, data, ...saidBehindLink(type, data) },
        names: [`event ${id}`, `type ${type}`],
        after: [`queued ${id}`],
        rank,
        queued: true,
      },
      ...decisions.map((one): Told => {
        return { entry: { kind: 'decision', ...one }, after: [`event ${id}`], rank }
      }),
    ]),
    ...person.answers.map(
      ({ id, at, survey, score, data }): Told => ({
        entry: {
          at,
          kind: 'answer',
          id,
          survey,
          score,
          outcome: 'rated',
          ...(typeof data.workflow === 'string' && { workflow: data.workflow }),
          ...(typeof data.comment === 'string' && { comment: data.comment }),
        },
        after: [`type ${survey}.rated`],
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
    ...person.tasks
      .filter((task) => !told.has(task))
      .map((task): Told => ({ entry: created(task), names: [`task ${task.id}`] })),
    ...person.tasks.flatMap((task): Told[] =>
      task.closedAt === undefined
        ? []
        : [
            {
              entry: { ...created(task), at: task.closedAt, outcome: 'closed' },
              names: [`queued ${closingId(task.id)}`],
              after: [`task ${task.id}`],
              rank: FIRST,
            },
          ],
    ),
    ...person.failures.flatMap(failureEntries).map((entry): Told => ({ entry })),
    ...person.consents.map((record): Told => ({ entry: consentEntry(record) })),
    ...person.customer.suppressions.map(
      ({ at, reason }): Told => ({
        entry: { at, kind: 'profile', outcome: 'suppressed', values: { reason } },
      }),
    ),
  ]
  return inCausalOrder(placed).reverse()
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
): Told[] {
  const { workflow, key, run, enteredAt, endedAt, reason, converted, entry } = journey
  const about = { workflow, key, run }
  const told: { entry: TimelineEntry; decision?: Decision }[] = [
    ...(reason === HELD_OUT
      ? []
      : [
          {
            entry: {
              at: enteredAt,
              kind: 'journey' as const,
              ...about,
              version: versionAtEntry(journey),
              outcome: 'entered',
              values: { event: entry.id },
            },
          },
        ]),
    ...journey.log.flatMap((decision, index) => {
      const task =
        decision.rule === 'task' && tasks.find((one) => one.step === decision.step && !toldTasks.has(one))
      if (task) {
        toldTasks.add(task)
        return [{ entry: created(task), decision }]
      }
      const said = tell(decision, journey.log.slice(index + 1), program)
      return said ? [{ entry: { ...said, ...about }, decision }] : []
    }),
    ...(endedAt === undefined
      ? []
      : [{ entry: { at: endedAt, kind: 'journey' as const, ...about, outcome: reason ?? 'completed' } }]),
  ]
  const name = `journey ${workflow} ${run} ${key} `
  const placed = told.map(({ entry: one, decision }, index): Told => {
    const causes = index === 0 ? [`event ${entry.id}`] : [`${name}${index - 1}`]
    const by = decision && causeOf(decision, journey, program)
    const emitted = decision && emittedBy(decision, journey)
    return {
      entry: one,
      names: [
        `${name}${index}`,
        ...(emitted === undefined ? [] : [`queued ${emitted}`]),
        ...(one.kind === 'task' ? [`task ${one.id ?? ''}`] : []),
      ],
      after: [...causes, ...(by === undefined ? [] : [by])],
      // A timer, or an event of an earlier moment, has brought it here.
      ...(!(decision && isAnswerTo(decision)) && { rank: FIRST }),
    }
  })
  if (!converted || reason === 'converted') return placed
  const { at, eventId: event, value } = converted
  const values = { event, ...(value !== undefined && { value }) }
  const conversion = { at, kind: 'journey' as const, ...about, outcome: 'converted', values }
  return [...placed, { entry: conversion, after: [`event ${event}`] }]
}

/** Which event a decision was made on: the one that the journey remembers, else whatever it was asked about then. */
function causeOf(decision: Decision, journey: Enrollment, program: Program | undefined): string | undefined {
  const { rule, outcome, step: id, values } = decision
  if (!isAnswerTo(decision)) return undefined
  if (typeof values?.event === 'string') return `event ${values.event}`
  const last = decision === journey.log.findLast((one) => one.rule === rule && one.outcome === outcome)
  if (rule === 'exit' && outcome === 'matched') return `event ${journey.seenEventId}`
  if (rule === 'goal' && outcome === 'reached') return `event ${journey.converted?.eventId ?? ''}`
  if (rule === 'await' && outcome === 'matched' && last) return `event ${journey.awaited?.id ?? ''}`
  const step = id === undefined ? undefined : program?.steps[id]
  const asked = step?.verb === 'await' ? step.event : rule === 'goal' ? program?.goal?.event : undefined
  return asked === undefined ? undefined : `type ${asked}`
}

/** Whether something that was told to a journey made it decide. */
function isAnswerTo({ rule, outcome }: Decision): boolean {
  if (rule === 'await') return outcome !== 'waiting' && outcome !== 'timed-out'
  if (rule === 'wait') return outcome === 'moved' || outcome === 'skipped' || outcome === 'past'
  return ['goal', 'exit', 'follow', 'put-off', 'version'].includes(rule)
}

function emittedBy(decision: Decision, { workflow, key, run }: Enrollment): string | undefined {
  const { rule, outcome, step, at } = decision
  if (rule !== 'emit' || outcome !== 'emitted' || step === undefined) return undefined
  return idOfEmitted({ workflow, key, run, round: { step, index: roundOf(decision), at } }, step)
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
