/** Why somebody did or did not enter a workflow, or get its mail: one sentence for people, and what it rests on. */
import { armsOf, comesBy } from '../engine/arms.ts'
import { HELD_OUT } from '../engine/held-out.ts'
import type { Decision, Enrollment } from '../engine/journey.ts'
import type { Instant, JsonObject } from '../engine/model.ts'
import type { Program, Step, StepId } from '../engine/program.ts'
import { neverComesUp } from '../engine/no-date.ts'
import { versionAtEntry, versionLeft } from '../engine/succession.ts'
import { zoneOf } from '../engine/time.ts'
import { keptId } from './event-ids.ts'
import { failureText, failureValues } from './failure-text.ts'
import { eventIn, type Failure, journeyIn, type KeptFailure } from './failures.ts'
import { loadPerson, type Person } from './person.ts'
import type { Runtime } from './runtime.ts'
import type { WorkflowSummary } from './summaries.ts'
import { type Case, chosenCondition, forkText, nameOf, refusalText, stepText } from './why-text.ts'

export interface Because {
  rule: string
  values: JsonObject
  /** null: it holds now, and was not decided at any moment. */
  at: Instant | null
  outcome: string
  step?: string
  /** The condition as it stands in the workflow. */
  expression?: string
}

export interface Why {
  answer: string
  because: Because[]
}

export interface Question {
  workflow: string
  event?: string | undefined
  step?: string | undefined
}

export type WhyReply = Why | { missing: 'workflow' } | { missing: 'step'; steps: string[] }

/** Reads what was decided at the time; decides nothing anew. */
export async function why(runtime: Runtime, customerId: string, question: Question): Promise<WhyReply> {
  const summary = (await runtime.catalog.list()).find(({ name }) => name === question.workflow)
  if (!summary) return { missing: 'workflow' }
  const person = await loadPerson(runtime, customerId)
  const journey = person && journeyFor(person, question)
  const version = journey?.version ?? summary.version
  const current = version === null ? undefined : await runtime.catalog.program(question.workflow, version)
  const program = current && ((await earlierWith(runtime, question, journey, current)) ?? current)
  const step = question.step === undefined || !program ? undefined : stepNamed(program, question.step)
  if (question.step !== undefined && program && !step)
    return { missing: 'step', steps: Object.keys(program.steps) }

  const { settings } = await runtime.catalog.settings()
  const zone = person ? zoneOf(person.customer, settings) : settings.defaultTimezone
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'long', timeStyle: 'short' })
  const about: Case = {
    who: person?.customer.profile.firstName ?? customerId,
    title: `“${summary.title}”`,
    when: (at) => clock.format(at),
  }
  if (journey && program) {
    const cause = causeOfExit(program, journey, person)
    const failed = person?.failures.filter((one) => concerns(one, journey)) ?? []
    const entered = withFailures(about, whyEntered({ ...about, cause }, program, journey), failed)
    return step ? whyStep({ ...about, cause }, program, journey, step, entered) : entered
  }
  const failed = person && program && failedEntry(person, program, question)
  if (failed)
    return withFailures(about, { answer: `${about.who} did not enter ${about.title}.`, because: [] }, [
      failed,
    ])
  if (!person || !program) return whyNothing(about, summary, program, person)
  return whyNotEntered(about, summary, program, person, question)
}

/** What made a journey leave, as far as its event is still kept. */
function causeOfExit({ exit }: Program, { reason, seenEventId }: Enrollment, person?: Person): string {
  if (reason !== 'exited') return ''
  const left = person?.events.find(({ event }) => event.id === seenEventId)?.event
  return left && exit.some(({ event }) => event === left.type)
    ? `, because ${left.type} (event ${left.id}) arrived`
    : ''
}

/** An unhandled message that would have started the journey, unless another one has been decided on since. */
function failedEntry(person: Person, { trigger }: Program, question: Question): Failure | undefined {
  const decidedAt = person.events.flatMap(({ decisions }) =>
    decisions.filter(({ workflow }) => workflow === question.workflow).map(({ at }) => at),
  )
  return person.failures
    .filter((one) => {
      const event = eventIn(one)
      if (!event || one.state === 'replayed') return false
      if (question.event !== undefined) return [question.event, keptId(question.event)].includes(event.id)
      if (decidedAt.some((at) => at > one.deadAt)) return false
      return one.workflow === question.workflow || (trigger.kind === 'event' && trigger.event === event.type)
    })
    .toSorted((one, other) => other.deadAt - one.deadAt)[0]
}

/** A message about this very journey, such as the end of its wait, which nobody has replayed. */
function concerns(one: KeptFailure, { workflow, key, run }: Enrollment): boolean {
  const about = journeyIn(one)
  return one.state !== 'replayed' && about?.workflow === workflow && about.key === key && about.run === run
}

function withFailures({ when }: Case, { answer, because }: Why, failed: Failure[]): Why {
  const told = failed.map((one) => {
    const text = failureText(one, when)
    return ` ${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  })
  return {
    answer: `${answer}${told.join('')}`,
    because: [
      ...failed.map((one) => ({
        rule: 'message',
        values: failureValues(one),
        at: one.closedAt ?? one.deadAt,
        outcome: one.state === 'dropped' ? 'dropped' : 'failed',
      })),
      ...because,
    ],
  }
}

/** The version that had the step, when the journey has been moved since. */
async function earlierWith(
  { catalog }: Runtime,
  { workflow, step }: Question,
  journey: Enrollment | undefined,
  current: Program,
): Promise<Program | undefined> {
  if (!journey || step === undefined || stepNamed(current, step)) return undefined
  for (const version of journey.log.map(versionLeft).reverse()) {
    const program = version === undefined ? undefined : await catalog.program(workflow, version)
    if (program && stepNamed(program, step)) return program
  }
  return undefined
}

/** The journey that the event started, else the latest one. */
function journeyFor(person: Person, { workflow, event }: Question): Enrollment | undefined {
  return person.journeys
    .filter((one) => one.workflow === workflow && (event === undefined || one.entry.id === event))
    .reduce<Enrollment | undefined>(
      (last, one) => (last && last.enteredAt > one.enteredAt ? last : one),
      undefined,
    )
}

function stepNamed(program: Program, name: string): Step | undefined {
  return (
    program.steps[name] ??
    Object.values(program.steps).find((step) => step.verb === 'send' && step.template === name)
  )
}

function whyEntered({ who, title, when, cause = '' }: Case, program: Program, journey: Enrollment): Why {
  const { entry, enteredAt, phase, reason, endedAt, dueAt, step } = journey
  const decisions = journey.log.filter(
    (one) => one.step === undefined && /^(trigger|enroll)\./.test(one.rule),
  )
  const condition = program.trigger.when
  const trigger =
    program.trigger.kind === 'date'
      ? `the date in ${program.trigger.attribute} came up`
      : program.trigger.kind === 'becomes'
        ? `the profile came to satisfy ${program.trigger.condition}`
        : program.trigger.kind === 'calendar'
          ? `the day ${String(entry.data?.occurrence ?? program.trigger.calendar)} had come`
          : `${entry.type} (event ${entry.id}) arrived${condition === undefined ? '' : ` and ${condition} held`}`
  const ending =
    phase === 'ended'
      ? `The journey ended as ${reason ?? 'completed'}${endedAt === undefined ? '' : ` on ${when(endedAt)}`}${cause}.`
      : `It stands at ${step ?? 'its first step'}${dueAt === undefined ? '' : `, until ${when(dueAt)}`}.`
  if (reason === HELD_OUT)
    return {
      answer: `${who} would have entered ${title} on ${when(enteredAt)}, because ${trigger}, but is one of the ${program.enroll.holdout ?? 0} percent of customers who are kept out of it, always the same ones, to measure what it does.`,
      because: journey.log.map((one) => evidence(one, program)),
    }
  return {
    answer: `${who} entered ${title} on ${when(enteredAt)}, because ${trigger}. ${ending}`,
    because: [
      {
        rule: 'trigger',
        values: { event: entry.id, type: entry.type, version: versionAtEntry(journey) },
        at: enteredAt,
        outcome: 'entered',
      },
      ...decisions.map((one) => evidence(one, program)),
      ...journey.log
        .filter((one) => one.step === undefined && !decisions.includes(one))
        .map((one) => evidence(one, program)),
    ],
  }
}

function whyStep(about: Case, program: Program, journey: Enrollment, step: Step, entered: Why): Why {
  if (journey.reason === HELD_OUT) return entered
  const own = journey.log.filter((one) => one.step === step.id)
  const told = own.map((one) => evidence(one, program))
  const said = stepText(about, journey, step, own)
  if (said) return { answer: said, because: told }
  const name = nameOf(step)
  const fork = journey.log.find((one) => one.step !== undefined && leadsAway(program, one, step.id))
  if (fork) {
    return {
      answer: `${about.who} did not get ${name}: at ${fork.step} the journey took the other way on ${about.when(fork.at)}, because ${forkText(program, fork)}.`,
      because: [evidence(fork, program)],
    }
  }
  const { phase, reason, endedAt, dueAt } = journey
  if (phase === 'ended')
    return {
      answer: `${about.who} did not get ${name}: the journey ended before it, as ${reason ?? 'completed'}${endedAt === undefined ? '' : ` on ${about.when(endedAt)}`}${about.cause ?? ''}.`,
      because: journey.log.slice(-2).map((one) => evidence(one, program)),
    }
  return {
    answer: `${about.who} has not got ${name} yet: the journey stands at ${journey.step}${dueAt === undefined ? '' : ` until ${about.when(dueAt)}`}.`,
    because: [...entered.because.slice(0, 1), ...journey.log.slice(-1).map((one) => evidence(one, program))],
  }
}

function whyNotEntered(
  about: Case,
  summary: WorkflowSummary,
  program: Program,
  person: Person,
  question: Question,
): Why {
  const { who, title, when } = about
  const { event: eventId } = question
  const named = (wanted: string) => person.events.find(({ event }) => event.id === wanted)
  const stored = eventId === undefined ? undefined : (named(eventId) ?? named(keptId(eventId)))
  if (eventId !== undefined && !stored)
    return {
      answer: `${who} did not enter ${title}: no event ${eventId} is held for ${who}. It was never posted, is still in the queue, or is older than events are kept.`,
      because: [{ rule: 'event', values: { event: eventId }, at: null, outcome: 'not-found' }],
    }
  const decided = (stored ? [stored] : person.events)
    .flatMap(({ event, decisions }) => decisions.map((decision) => ({ event, decision })))
    .filter(({ decision }) => decision.workflow === question.workflow)
    .sort((left, right) => right.decision.at - left.decision.at)
  const latest = decided[0]
  if (latest) {
    const { event, decision } = latest
    return {
      answer: `${who} did not enter ${title} with ${event.type} (event ${event.id}) on ${when(decision.at)}: ${refusalText(about, program, decision)}.`,
      because: decided.slice(0, 5).map((one) => {
        const told = evidence(one.decision, program)
        return { ...told, values: { event: one.event.id, ...told.values } }
      }),
    }
  }
  if (stored && program.trigger.kind === 'event' && stored.event.type !== program.trigger.event)
    return {
      answer: `${who} did not enter ${title} with event ${stored.event.id}: it is a ${stored.event.type}, and the workflow starts on ${program.trigger.event}.`,
      because: [
        {
          rule: 'trigger.event',
          values: { type: stored.event.type, wanted: program.trigger.event },
          at: stored.receivedAt,
          outcome: 'not-matched',
        },
      ],
    }
  return whyNothing(about, summary, program, person)
}

/** Nothing was ever decided: what is, and what would have to be. */
function whyNothing(
  { who, title, when }: Case,
  { state, publishedAt }: WorkflowSummary,
  program: Program | undefined,
  person: Person | undefined,
): Why {
  const one = (answer: string, rule: string, outcome: string, values: JsonObject): Why => ({
    answer: `${who} never entered ${title}: ${answer}.`,
    because: [{ rule, values, at: null, outcome }],
  })
  if (!program) return one('it has never been published', 'workflow', 'draft', { state })
  if (state === 'archived') return one('it is archived', 'workflow', 'archived', { state })
  const { trigger } = program
  if (trigger.kind === 'date') {
    const value = person?.customer.profile[trigger.attribute]
    const { attribute } = trigger
    if (value === undefined)
      return one(`no ${attribute} is known of ${who}`, 'trigger.date', 'missing', { [attribute]: null })
    const never = value === null ? undefined : neverComesUp(trigger, value)
    if (never !== undefined)
      return one(`${attribute} never comes up: ${never.replace(/\.$/, '')}`, 'trigger.date', 'no-date', {
        [attribute]: value,
        reason: never,
      })
    return one(
      `the date in ${attribute} (${String(value)}) has not come up since it was published`,
      'trigger.date',
      'not-due',
      { [attribute]: value, at: trigger.at ?? 'its own time', every: trigger.every },
    )
  }
  if (trigger.kind === 'becomes')
    return one(
      `nothing that was learned of ${who} since it was published has made ${trigger.condition} true`,
      'trigger.becomes',
      'not-become',
      { state },
    )
  if (trigger.kind === 'calendar')
    return one(
      `no day of ${trigger.calendar} has come since it was published for which ${who} was in the audience`,
      'trigger.calendar',
      'not-due',
      { calendar: trigger.calendar, at: trigger.at, state },
    )
  const values = { wanted: trigger.event, state }
  if (!person) return one(`nothing was ever heard of ${who}`, 'trigger.event', 'unknown-customer', values)
  const earlier = person.events.findLast(({ event }) => event.type === trigger.event)
  if (earlier)
    return one(
      `the ${trigger.event} of ${when(earlier.event.at)} came ${publishedAt !== null && earlier.receivedAt < publishedAt ? 'before the workflow was published' : 'while the workflow was not live'}`,
      'trigger.event',
      'not-live',
      { ...values, event: earlier.event.id },
    )
  return one(`no ${trigger.event} has arrived for ${who}`, 'trigger.event', 'never-arrived', values)
}

function evidence(decision: Decision, program: Program): Because {
  const { rule, values = {}, at, outcome, step } = decision
  const expression = expressionOf(program, decision)
  return {
    rule,
    values,
    at,
    outcome,
    ...(step !== undefined && { step }),
    ...(expression !== undefined && { expression }),
  }
}

function expressionOf(program: Program, { rule, outcome, step: id }: Decision): string | undefined {
  const step = id === undefined ? undefined : program.steps[id]
  switch (rule) {
    case 'trigger.when':
      return program.trigger.when
    case 'trigger.becomes':
      return program.trigger.kind === 'becomes' ? program.trigger.condition : undefined
    case 'trigger.audience':
      return program.trigger.audience
    case 'enroll.per':
      return program.enroll.per
    case 'goal':
      return program.goal?.when
    case 'follow':
      return program.enroll.follow?.length === 1 ? program.enroll.follow[0]?.when : undefined
    case 'if':
      return step?.verb === 'if' ? step.condition : undefined
    case 'choose':
      return step?.verb === 'choose' ? chosenCondition(step, outcome) : undefined
    case 'await':
      return step?.verb === 'await' ? step.when : undefined
    default:
      return undefined
  }
}

/** Did this choice take an arm that does not come by the step, while another one does? */
function leadsAway(program: Program, { step: id, outcome }: Decision, wanted: StepId): boolean {
  const fork = id === undefined ? undefined : program.steps[id]
  const arms = fork ? armsOf(fork) : []
  const took = arms.find((arm) => arm.outcome === outcome)
  return (
    took !== undefined &&
    !comesBy(program, took.first, wanted) &&
    arms.some((arm) => comesBy(program, arm.first, wanted))
  )
}
