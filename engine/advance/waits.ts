/** What waiting means: until when, and what to do where that moves, is taken away or has gone by. */
import { appointment, dateOfWait, isOver } from '../appointment.ts'
import { compact } from '../decision-values.ts'
import type { Enrollment } from '../journey.ts'
import type { Instant, Json, JsonObject } from '../model.ts'
import { noDate } from '../no-date.ts'
import type { AwaitStep, WaitStep } from '../program.ts'
import { addDuration, countsDays, localDate, nextLocalTime, zoneOf, zoneWithNote } from '../time.ts'
import { variablesFor } from '../variables.ts'
import type { Moment, Outcome, Said } from './outcome.ts'

export function wait(step: WaitStep, moment: Moment): Outcome {
  const { context } = moment
  const { zone, ignored } = zoneWithNote(context.customer, context.settings)
  const plan = planOf(step, moment, context.now, zone)
  const { dueAt, date } = plan
  if (dueAt === undefined || plan.over) return passedBy(step, date)
  if (dueAt <= context.now) return { kind: 'go', next: step.next }
  const values: JsonObject = {
    until: dueAt,
    ...(isLocal(step) && { zone, ...(ignored !== undefined && { ignored }) }),
    ...(date !== undefined && { date }),
  }
  return { kind: 'stay', phase: 'waiting', dueAt, said: { rule: 'wait', outcome: 'waiting', values } }
}

/** The time that was set has come, or what it was worked out from has changed. */
export function waited(step: WaitStep, moment: Moment): Outcome {
  const { context } = moment
  const begun = begunAt(step, moment)
  if (begun === undefined) return wait(step, moment)
  const zone = zoneOf(context.customer, context.settings)
  return step.until ? untilNow(step, moment, begun.at, zone) : forNow(step, moment, begun.at, zone)
}

/** Whether the customer's clock has a say in how long it is: hours and shorter are the same everywhere. */
const isLocal = ({ at, on, until, duration }: WaitStep): boolean =>
  at !== undefined || on !== undefined || until !== undefined || countsDays(duration)

/** Whether a wait for a length of time was planned on the clock of another zone than the customer has now. */
export function plannedElsewhere(step: WaitStep, enrollment: Enrollment, zone: string): boolean {
  const planned = plannedWith(step, enrollment).zone
  return !step.until && planned !== undefined && planned !== zone
}

/** Whether it waits for another moment than when it began. */
export const isMoved = ({ id }: WaitStep, { log }: Enrollment): boolean =>
  log.findLast(({ step, rule }) => step === id && rule === 'wait')?.outcome === 'moved'

/** 10:00 shall be 10:00 where the customer is now: in another zone than before, the wait is counted once more. */
function forNow(step: WaitStep, moment: Moment, from: Instant, zone: string): Outcome {
  const { context, enrollment } = moment
  if (!plannedElsewhere(step, enrollment, zone)) return { kind: 'go', next: step.next }
  const dueAt = plannedAnew(step, moment, from, zone)
  const before = plannedAt(step, moment)
  if (dueAt > context.now) return moved(dueAt, { until: dueAt, zone })
  const early = typeof before === 'number' && before > context.now
  return { kind: 'go', next: step.next, ...(early && { said: movedTo({ until: dueAt, zone }) }) }
}

/**
 * From where the wait began, in the zone of now. What is over there already has missed its time of day, and takes the
 * next; a moment that was planned for another zone and is right in this one as well has not.
 */
function plannedAnew(step: WaitStep, moment: Moment, from: Instant, zone: string): Instant {
  const { now } = moment.context
  const dueAt = waitDueAt(step, from, zone)
  if (dueAt > now) return dueAt
  const { at, on } = step
  const before = plannedAt(step, moment)
  if (typeof before === 'number' && before <= now && nextLocalTime(before, zone, { at, on }) === before)
    return before
  return nextLocalTime(now, zone, { at, on })
}

function untilNow(step: WaitStep, moment: Moment, from: Instant, zone: string): Outcome {
  const { now } = moment.context
  const plan = planOf(step, moment, from, zone)
  const { dueAt, date, over } = plan
  // Another date, and gone by: whatever else the wait is for cannot bring it back.
  if (dueAt === undefined || (over && isAnother(date, step, moment))) return passedBy(step, date)
  if (dueAt > now) return moved(dueAt, { until: dueAt, zone, ...(date !== undefined && { date }) })
  // Woken as planned, it has the day: an outage shall not make it too late by a second.
  const asPlanned = dueAt === plannedAt(step, moment)
  const late = asPlanned ? localDate(now, zone) > localDate(dueAt, zone) : over
  return late ? passedBy(step, date) : { kind: 'go', next: step.next }
}

function moved(dueAt: Instant, values: JsonObject): Outcome {
  return { kind: 'stay', phase: 'waiting', dueAt, said: movedTo(values) }
}

const movedTo = (values: JsonObject): Said => ({ rule: 'wait', outcome: 'moved', values })

/** The date has gone by, or there is none: the step below is left out, or has its turn at once. */
function passedBy({ past, next, beyond = next }: WaitStep, date: Json | undefined): Outcome {
  const reason = date === undefined || date === null ? undefined : noDate(date)
  const values = { date: date ?? null, ...(reason !== undefined && { reason }) }
  return past === 'now'
    ? { kind: 'go', next, said: { rule: 'wait', outcome: 'past', values } }
    : { kind: 'go', next: beyond, said: { rule: 'wait', outcome: 'skipped', values } }
}

/**
 * Whether a waiting journey's time is another one now than the one that it waits for.
 * @returns the new time, or `gone` where there is none any more.
 */
export function replanned(step: WaitStep, moment: Moment): Instant | 'gone' | undefined {
  const begun = begunAt(step, moment)
  if (begun === undefined) return undefined
  const { customer, settings } = moment.context
  const zone = zoneOf(customer, settings)
  if (!step.until)
    return plannedElsewhere(step, moment.enrollment, zone)
      ? plannedAnew(step, moment, begun.at, zone)
      : undefined
  const plan = planOf(step, moment, begun.at, zone)
  if (plan.dueAt === undefined || (plan.over && isAnother(plan.date, step, moment))) return 'gone'
  return plan.dueAt === plannedAt(step, moment) ? undefined : plan.dueAt
}

/**
 * Whether what was to follow a date has to wait for it again, or is not to follow any more. What is late already may be
 * late: before a date it may come until that is over, and behind one it is off only where the date is another now.
 */
export function movedAway(step: WaitStep, moment: Moment, passedAt: Instant): boolean {
  const { customer, settings, now } = moment.context
  const zone = zoneOf(customer, settings)
  const { dueAt, date } = planOf(step, moment, begunAt(step, moment)?.at ?? passedAt, zone)
  if (dueAt === undefined || dueAt > now) return true
  const { offset, ...itself } = step
  if (offset?.startsWith('-')) {
    const last = appointment(itself, date, zone, now)
    return last === undefined || isOver(last, now, zone)
  }
  // Without a record it went by at once, and nobody knows what the date was.
  if (plannedAt(step, moment) === undefined || !isAnother(date, step, moment)) return false
  const last = appointment(step, date, zone, now)
  return last === undefined || isOver(last, now, zone)
}

const begunAt = ({ id }: WaitStep, { enrollment }: Moment) =>
  enrollment.log.findLast((one) => one.step === id && one.rule === 'wait' && one.outcome === 'waiting')

const plannedWith = ({ id }: WaitStep, { log }: Enrollment): JsonObject =>
  log.findLast((one) => one.step === id && one.rule === 'wait')?.values ?? {}

const plannedAt = (step: WaitStep, { enrollment }: Moment): Json | undefined =>
  plannedWith(step, enrollment).until

/** Whether the wait was planned for another date than this. */
const isAnother = (date: Json | undefined, step: WaitStep, moment: Moment): boolean =>
  date !== undefined && compact({ date }).date !== plannedWith(step, moment.enrollment).date

/** Until when a wait that began at `from` lasts; without `dueAt` where it is for a date and there is none. */
function planOf(
  step: WaitStep,
  { program, context, enrollment }: Moment,
  from: Instant,
  zone: string,
): { dueAt?: Instant; over: boolean; date?: Json } {
  if (!step.until) return { dueAt: waitDueAt(step, from, zone), over: false }
  const date = dateOfWait(step, variablesFor(context, program, enrollment))
  const found = appointment(step, date, zone, from)
  if (date === undefined) return { over: true }
  if (found === undefined) return { over: true, date }
  const reached = step.duration === undefined ? from : addDuration(from, step.duration, zone)
  const both = Math.max(found.dueAt, reached)
  const { at, on } = step
  const dueAt = at === undefined && on === undefined ? both : nextLocalTime(both, zone, { at, on })
  return { dueAt, over: isOver(found, context.now, zone), date }
}

function waitDueAt(step: WaitStep, from: Instant, zone: string): Instant {
  const reached = step.duration === undefined ? from : addDuration(from, step.duration, zone)
  if (step.at === undefined && step.on === undefined) return reached
  return nextLocalTime(reached, zone, { at: step.at, on: step.on })
}

export function awaitEvent(step: AwaitStep, { context }: Moment): Outcome {
  const dueAt = addDuration(context.now, step.for, zoneOf(context.customer, context.settings))
  const said = { rule: 'await', outcome: 'waiting', values: { until: dueAt } }
  return { kind: 'stay', phase: 'awaiting', dueAt, said }
}

export function timedOut(step: AwaitStep): Outcome {
  // An arm without steps of its own goes on where the arms join.
  return { kind: 'go', next: step.else ?? step.next, said: { rule: 'await', outcome: 'timed-out' } }
}
