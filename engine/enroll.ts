/** Whether an event starts a journey, and which one. */
import { HELD_OUT } from './held-out.ts'
import { BECAME } from './becoming.ts'
import { isDue, momentOf, occurrenceDueAt } from './calendar.ts'
import { DAY_REACHED, dayDueAt, isCalendarDay } from './calendar-day.ts'
import { evaluateCondition, evaluateValue } from './condition.ts'
import { compact } from './decision-values.ts'
import { drawn } from './hash.ts'
import type { Context, Decision, Enrollment } from './journey.ts'
import type { CareEvent, Customer, Instant, JsonObject, Settings } from './model.ts'
import type { Program } from './program.ts'
import { addDuration, localDate, zoneOf } from './time.ts'
import { markOf, variablesFor } from './variables.ts'

export interface EnrollInput {
  program: Program
  version: number
  event: CareEvent
  customer: Customer
  settings: Settings
  /** This customer's journeys of this workflow, those that have ended included. */
  runs: Enrollment[]
  now: Instant
  paused: boolean
  /** Says for a workflow with a holdout who is kept out, where that is not to be left to the customer's id. */
  heldOut?: boolean
}

/** A key is part of a row's name in the store. */
const LONGEST_KEY = 200

type Question = (input: EnrollInput, variables: JsonObject, kept: Decision[]) => Decision | undefined

/** In this order: what makes the event none of the workflow's business first, what stands in its way after. */
const QUESTIONS: Question[] = [
  stillTheDate,
  stillTheDay,
  stillSo,
  notTooOften,
  condition('when'),
  condition('audience'),
  running,
]

/**
 * Decides on entry.
 * @returns a journey that stands before its first step (advance it with `entered`), or the decision that kept the
 * customer out; undefined when the trigger does not concern this event at all. A customer who is held out gets a journey
 * that has ended: goals are counted for it as for any other.
 */
export function enroll(input: EnrollInput): { enrollment: Enrollment } | { decision: Decision } | undefined {
  const { program, event, customer, settings, now } = input
  if (!concerns(program, event)) return undefined
  const context: Context = { now, customer, settings, event, sent: [], paused: input.paused }
  const variables = variablesFor(context, program, undefined, event)
  const kept: Decision[] = []
  for (const question of QUESTIONS) {
    const decision = question(input, variables, kept)
    if (decision) return { decision }
  }
  const key = keyOf(input, variables)
  if (key === undefined) return { decision: refusal(now, 'enroll.per', 'no-key') }
  const again = mayEnter(input, key)
  if ('decision' in again) return again
  const enrollment: Enrollment = {
    workflow: program.workflow,
    version: input.version,
    customerId: customer.profile.id,
    key,
    run: again.run,
    enteredAt: now,
    entry: markOf(event),
    phase: 'waiting',
    step: program.first,
    dueAt: now,
    seenEventId: event.id,
    ...(event.hops !== undefined && { hops: event.hops }),
    log: kept,
  }
  return { enrollment: isHeldOut(input) ? heldOut(enrollment, program.enroll.holdout ?? 0) : enrollment }
}

/** The same customers every time, and other ones in every workflow. A larger share keeps those of a smaller one. */
export function heldOutOf(program: Program, customerId: string): boolean {
  const { workflow, enroll: rules } = program
  return drawn(['holdout', workflow, customerId], FINEST_SHARE) < ((rules.holdout ?? 0) / 100) * FINEST_SHARE
}

const FINEST_SHARE = 100_000

function isHeldOut({ program, customer, heldOut: said }: EnrollInput): boolean {
  if (program.enroll.holdout === undefined) return false
  return said ?? heldOutOf(program, customer.profile.id)
}

function heldOut({ dueAt: at = 0, ...enrollment }: Enrollment, share: number): Enrollment {
  const said: Decision = { at, rule: 'enroll.holdout', outcome: HELD_OUT, values: { percent: share } }
  const log = [...enrollment.log, said]
  return { ...enrollment, phase: 'ended', step: null, endedAt: at, reason: HELD_OUT, log }
}

function concerns({ trigger, workflow }: Program, event: CareEvent): boolean {
  if (trigger.kind === 'event') return event.type === trigger.event
  // What Premura notices itself is addressed to one workflow by its id, which starts as its own ids do.
  if (trigger.kind === 'becomes') return event.type === BECAME && event.id.startsWith(`becomes:${workflow}:`)
  if (trigger.kind === 'calendar')
    return event.type === DAY_REACHED && event.id.startsWith(`calendar:${workflow}:`)
  return event.type === 'date.reached' && event.id.startsWith(`date:${workflow}:`)
}

/** The profile may have changed again since. */
function stillSo(
  { program, now }: EnrollInput,
  variables: JsonObject,
  kept: Decision[],
): Decision | undefined {
  const { trigger } = program
  if (trigger.kind !== 'becomes') return undefined
  const { value, values } = evaluateCondition(trigger.condition, variables)
  if (!value) return refusal(now, 'trigger.becomes', 'not-matched', values)
  kept.push({ at: now, rule: 'trigger.becomes', outcome: 'matched', values: compact(values) })
  return undefined
}

/** Journeys that change the profile back and forth must not start each other for ever. */
function notTooOften({ program, runs, now }: EnrollInput): Decision | undefined {
  if (program.trigger.kind !== 'becomes') return undefined
  const lately = runs.filter(({ enteredAt }) => enteredAt > now - HOUR_MS).length
  if (lately < MOST_IN_AN_HOUR) return undefined
  return refusal(now, 'trigger.becomes', 'too-often', { lately, most: MOST_IN_AN_HOUR })
}

const HOUR_MS = 3_600_000
const MOST_IN_AN_HOUR = 10

/** A date may have been edited or removed since the day's rows were read, or its day may be gone by. */
function stillTheDate({
  program: { trigger },
  event,
  customer,
  settings,
  now,
}: EnrollInput): Decision | undefined {
  if (trigger.kind !== 'date') return undefined
  const zone = zoneOf(customer, settings)
  const occurrence = String(event.data.occurrence ?? '')
  const value = customer.profile[trigger.attribute]
  if (!isDue(trigger, value, zone, occurrence)) {
    return refusal(now, 'trigger.date', 'not-due', { [trigger.attribute]: value ?? null, occurrence })
  }
  const dueAt = occurrenceDueAt(trigger, occurrence, zone)
  const gone = dueAt !== undefined && isGone(dueAt, momentOf(occurrence, zone), now, zone)
  return gone && trigger.past === 'skip' ? refusal(now, 'trigger.past', 'skipped', { occurrence }) : undefined
}

/** A version that was published since may mean another day. */
function stillTheDay({ program, event, customer, settings, now }: EnrollInput): Decision | undefined {
  const { trigger } = program
  if (trigger.kind !== 'calendar') return undefined
  const occurrence = String(event.data.occurrence ?? '')
  if (!isCalendarDay(trigger, occurrence)) {
    return refusal(now, 'trigger.calendar', 'not-due', { calendar: trigger.calendar, occurrence })
  }
  const zone = zoneOf(customer, settings)
  const dueAt = dayDueAt(trigger, occurrence, zone)
  const gone = dueAt !== undefined && isGone(dueAt, undefined, now, zone)
  return gone && trigger.past === 'skip' ? refusal(now, 'trigger.past', 'skipped', { occurrence }) : undefined
}

/** The day that it was due on is over; or it was to come before a moment, and that has come. */
function isGone(dueAt: Instant, momentAt: Instant | undefined, now: Instant, zone: string): boolean {
  if (localDate(now, zone) > localDate(dueAt, zone)) return true
  return momentAt !== undefined && dueAt < momentAt && now >= momentAt
}

function condition(clause: 'when' | 'audience'): Question {
  return ({ program, now }, variables, kept) => {
    const text = program.trigger[clause]
    if (text === undefined) return undefined
    const { value, values } = evaluateCondition(text, variables)
    if (!value) return refusal(now, `trigger.${clause}`, 'not-matched', values)
    kept.push({ at: now, rule: `trigger.${clause}`, outcome: 'matched', values: compact(values) })
    return undefined
  }
}

function running({ paused, now }: EnrollInput): Decision | undefined {
  return paused ? refusal(now, 'paused', 'refused') : undefined
}

function keyOf({ program, customer }: EnrollInput, variables: JsonObject): string | undefined {
  if (program.enroll.per === undefined) return customer.profile.id
  const value = evaluateValue(program.enroll.per, variables)
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  const key = String(value).trim()
  return key && key.length <= LONGEST_KEY ? key : undefined
}

function mayEnter(
  { program, event, customer, settings, runs, now }: EnrollInput,
  key: string,
): { run: number } | { decision: Decision } {
  if (runs.some(({ entry }) => entry.id === event.id)) {
    return { decision: refusal(now, 'enroll.again', 'same-event', { key }) }
  }
  const earlier = runs.filter((each) => each.key === key)
  const zone = zoneOf(customer, settings)
  if (earlier.some((each) => each.phase !== 'ended' || isWatched(each, program, zone, now))) {
    return { decision: refusal(now, 'enroll.under-way', 'refused', { key }) }
  }
  const last = earlier.reduce<Enrollment | undefined>((a, b) => (a && a.run > b.run ? a : b), undefined)
  if (!last) return { run: 1 }
  const { again } = program.enroll
  if (again === 'never') return { decision: refusal(now, 'enroll.again', 'refused', { key, again: 'never' }) }
  if (again !== 'always') {
    const fromAt = addDuration(last.enteredAt, again.after, zone)
    if (fromAt > now) return { decision: refusal(now, 'enroll.again', 'refused', { key, from: fromAt }) }
  }
  return { run: last.run + 1 }
}

/** Who is held out is looked at for as long as the goal counts, as one who is under way is. */
function isWatched(
  { reason, enteredAt }: Enrollment,
  { goal }: Program,
  zone: string,
  now: Instant,
): boolean {
  return reason === HELD_OUT && goal !== undefined && now < addDuration(enteredAt, goal.within, zone)
}

function refusal(at: Instant, rule: string, outcome: string, values?: JsonObject): Decision {
  return values ? { at, rule, outcome, values: compact(values) } : { at, rule, outcome }
}
