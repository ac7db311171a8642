/**
 * The whole interpreter: a journey and what happened in, the journey after and at most one command out.
 * Pure: its only time is `context.now`, and it never changes what it is given.
 */
import { doneBy, effectOf, enterStep, toldBy, unsettled, wakeStep } from './advance/behaviors.ts'
import { Course, stepAt } from './advance/course.ts'
import { follow } from './advance/following.ts'
import { isPastGoal, reachGoal } from './advance/goal.ts'
import type { Outcome } from './advance/outcome.ts'
import { type Since, sinceAfter, toDecideAnew } from './advance/put-off.ts'
import { wasShown } from './advance/shown.ts'
import { replanned } from './advance/waits.ts'
import { holdUntil, IN_DOUBT_GRACE_MS, mayTryAgain, retryAt } from './advance/retry.ts'
import { evaluateCondition } from './condition.ts'
import type {
  Advance,
  Claim,
  Context,
  EffectCommand,
  Enrollment,
  Input,
  Performed,
  WebhookAnswer,
} from './journey.ts'
import type { CareEvent, Instant, JsonObject } from './model.ts'
import type { AwaitStep, EventMatch, Program, Step, StepId } from './program.ts'
import { variablesFor } from './variables.ts'

/**
 * Moves a journey on.
 * @returns the same enrollment, untouched, when the input changes nothing.
 */
export function advance(program: Program, enrollment: Enrollment, input: Input, context: Context): Advance {
  const course = new Course(program, context, enrollment)
  switch (input.kind) {
    case 'entered':
      return entered(course)
    case 'woken':
      return woken(course)
    case 'event':
      return shown(course, input.event)
    case 'profile':
      return lookedAtAgain(course)
    case 'performed':
      return performed(course, input.outcome)
    case 'arrived':
      return enrollment.phase === 'waiting' ? walk(course, enrollment.step) : course.done()
    case 'cancelled':
      if (enrollment.phase === 'ended') return course.done()
      return end(
        course.say({ rule: 'end', outcome: 'cancelled', values: { reason: input.reason, ...input.values } }),
        input.reason,
      )
  }
}

function entered(course: Course): Advance {
  const { phase, log, step } = course.enrollment
  const begun = log.some((each) => each.step !== undefined)
  return phase === 'waiting' && !begun ? walk(course, step) : course.done()
}

function woken(course: Course): Advance {
  const { enrollment, context } = course
  const { phase, step, dueAt } = enrollment
  if (phase === 'ended' || phase === 'performing' || step === null || dueAt === undefined)
    return course.done()
  if (context.now < dueAt) return course.done({ kind: 'wait', step, dueAt })
  // Resuming the workflow wakes what is overdue; until then it stands, with the time that it was due.
  if (context.paused) return course.done()
  if (phase === 'in-doubt') return settleDoubt(course)
  return decidedAnew(course) ?? walk(course, step, wakeStep)
}

/** What was put off rests on a date or on conditions that are not what they were. */
function decidedAnew(course: Course): Advance | undefined {
  const anew = toDecideAnew(course)
  if (!anew) return undefined
  // It stands at the step that it goes back to, so that a mail which is handed out again has another number of tries.
  const outcome = anew.woken ? 'date-moved' : 'asked-again'
  const back = course.say({ rule: 'put-off', outcome }, course.enrollment.step).with({ step: anew.from })
  return walk(back, anew.from, anew.woken ? wakeStep : enterStep, anew.since)
}

/** A date that a journey waits for, or waited for before what is put off, is another one now, or is gone. */
function lookedAtAgain(course: Course): Advance {
  const { step, context, enrollment } = course
  if (enrollment.phase !== 'waiting') return course.done()
  if (step?.verb !== 'wait') {
    // Its conditions are asked when it comes to it again, and so is a paused journey.
    const anew = context.paused ? undefined : toDecideAnew(course)
    return (anew?.woken && decidedAnew(course)) || course.done()
  }
  const dueAt = replanned(step, course)
  if (dueAt === undefined) return course.done()
  // Resuming wakes what is overdue.
  const held = context.paused && (dueAt === 'gone' || dueAt <= context.now)
  if (!held) return walk(course, step.id, wakeStep)
  return (enrollment.dueAt ?? 0) <= context.now ? course.done() : course.with({ dueAt: context.now }).done()
}

function shown(course: Course, event: CareEvent): Advance {
  if (wasShown(course.enrollment, event.id)) return course.done()
  const { program, enrollment, step } = course
  const goal = enrollment.converted || isPastGoal(course, event) ? undefined : program.goal
  const asked =
    goal?.event === event.type ||
    (enrollment.phase !== 'ended' &&
      ([...program.exit, ...follows(program)].some((one) => one.event === event.type) ||
        awaits(enrollment, step, event)))
  if (!asked) return course.done()

  let now = reachGoal(course.with({ seenEventId: event.id }), event)
  if (enrollment.phase === 'ended') return now.done()
  for (const exit of program.exit) {
    if (exit.event !== event.type) continue
    const [left, matched] = match(now, exit, event, 'exit')
    if (matched) return end(left, left.enrollment.converted && !enrollment.converted ? 'converted' : 'exited')
    now = left
  }
  const before = now.context.event
  now = broughtUpToDate(now, event)
  if (awaits(enrollment, step, event)) {
    const [met, matched] = awaitMet(now, step, event)
    // The author said what is to happen now, so it does, although the goal was reached by the same event.
    if (matched) return walk(met.letThrough(event), step.then ?? step.next)
    now = met
  }
  if (now.enrollment.converted && !enrollment.converted) return end(now, 'converted')
  return now.context.event === before ? now.done() : lookedAtAgain(now)
}

const follows = ({ enroll }: Program): EventMatch[] => enroll.follow ?? []

/** Follows what the journey is about, by the first rule that the event meets. */
function broughtUpToDate(course: Course, event: CareEvent): Course {
  let now = course
  for (const rule of follows(course.program)) {
    if (rule.event !== event.type) continue
    const [asked, matched] = match(now, rule, event, 'follow')
    if (matched) return follow(now, event)
    now = asked
  }
  return now
}

function awaits({ phase }: Enrollment, step: Step | undefined, event: CareEvent): step is AwaitStep {
  return phase === 'awaiting' && step?.verb === 'await' && step.event === event.type
}

function awaitMet(course: Course, step: AwaitStep, event: CareEvent): [Course, boolean] {
  const { dueAt } = course.enrollment
  // Late by the customer's own clock: the time-out is the answer, and the timer, which may be behind, gives it.
  if (dueAt !== undefined && event.at >= dueAt) {
    return [course.say({ rule: 'await', outcome: 'too-late', values: { event: event.id } }, step.id), false]
  }
  return match(course, step, event, 'await', step.id)
}

/** Asks a clause about an event, and records the answer. */
function match(
  course: Course,
  clause: EventMatch,
  event: CareEvent,
  rule: string,
  step?: StepId,
): [Course, boolean] {
  let values: JsonObject = {}
  let matched = true
  if (clause.when !== undefined) {
    const { program, context, enrollment } = course
    const asked = evaluateCondition(clause.when, variablesFor(context, program, enrollment, event))
    matched = asked.value
    values = asked.values
  }
  return [course.say({ rule, outcome: matched ? 'matched' : 'not-matched', values }, step), matched]
}

function performed(course: Course, outcome: Performed): Advance {
  const { enrollment } = course
  const { claim, phase } = enrollment
  if (!claim) return course.done()
  const step = stepAt(course.program, claim.step)
  if ((phase !== 'performing' && phase !== 'in-doubt') || !step) return course.done()
  const { command } = claim
  const tries = (enrollment.attempts ?? 0) + 1
  switch (outcome.status) {
    case 'done':
      return happened(course, step, command, outcome)
    case 'refused':
      return refused(heard(course, command, outcome.answer), step, outcome.reason, outcome.values)
    case 'drop':
      return walk(course.say(toldBy(unsettled(step), outcome.by), step.id), step.next)
    case 'resend': {
      const said = toldBy({ rule: 'in-doubt', outcome: 'resend' }, outcome.by)
      return again(course.say(said, step.id), step, claim, tries)
    }
    case 'retry': {
      const { now } = course.context
      const { afterMs, hold, reason } = outcome
      const dueAt = hold ? holdUntil(now, afterMs) : retryAt(now, tries, afterMs)
      if (dueAt === undefined) return refused(course, step, 'gave-up', { last: reason, tries })
      const counted = hold ? tries - 1 : tries
      const said = { rule: 'retry', outcome: 'postponed', values: { reason, tries: counted } }
      const waiting = course.without('claim').with({ phase: 'waiting', dueAt, attempts: counted })
      return waiting.say(said, step.id).done({ kind: 'wait', step: step.id, dueAt })
    }
    case 'unknown':
      return doubted(course, step, tries, outcome)
  }
}

function happened(
  course: Course,
  step: Step,
  command: EffectCommand,
  { code, answer, by }: { code?: string; answer?: WebhookAnswer; by?: string },
): Advance {
  if (command.kind !== 'coupon') {
    const values = answer && { status: answer.status }
    return walk(
      heard(course, command, answer).say(toldBy({ ...doneBy(step), ...(values && { values }) }, by), step.id),
      step.next,
    )
  }
  if (code === undefined) return refused(course, step, 'no-code')
  const { name, expiresAt } = command
  const held = { code, ...(expiresAt !== undefined && { expiresAt }) }
  const coupons = { ...course.enrollment.coupons, [name]: held }
  return walk(course.with({ coupons }).say(doneBy(step), step.id), step.next)
}

/** What a webhook answered can be read from here on; no answer leaves none of an earlier call behind. */
function heard(course: Course, command: EffectCommand, answer: WebhookAnswer | undefined): Course {
  if (command.kind !== 'webhook') return course
  const { [command.name]: _, ...others } = course.enrollment.webhooks ?? {}
  return course.with({ webhooks: answer ? { ...others, [command.name]: answer } : others })
}

function refused(course: Course, step: Step, reason: string, values?: JsonObject): Advance {
  const said = { rule: step.verb, outcome: 'refused', values: { reason, ...values } }
  return walk(course.say(said, step.id), step.next)
}

function doubted(
  course: Course,
  step: Step,
  tries: number,
  { reason, asks }: { reason: string; asks?: true },
): Advance {
  const unknown = { rule: 'in-doubt', outcome: 'unknown', values: { reason } }
  if (asks) {
    const asking = course.without('dueAt').with({ phase: 'in-doubt' }).say(unknown, step.id)
    return asking.say({ rule: 'in-doubt', outcome: 'ask' }, step.id).done()
  }
  const { now, inDoubtGraceMs } = course.context
  const repeat = effectOf(step)?.inDoubt === 'repeat'
  const dueAt = repeat ? retryAt(now, tries, undefined) : now + (inDoubtGraceMs ?? IN_DOUBT_GRACE_MS)
  if (dueAt === undefined) return refused(course, step, 'gave-up', { last: reason, tries })
  return course
    .with({ phase: 'in-doubt', dueAt })
    .say(unknown, step.id)
    .done({ kind: 'wait', step: step.id, dueAt })
}

/** The grace is over and nobody could say what became of the effect: the step's own rule decides. */
function settleDoubt(course: Course): Advance {
  const { enrollment, step } = course
  const { claim } = enrollment
  if (!step || !claim) return walk(course, enrollment.step)
  const tries = (enrollment.attempts ?? 0) + 1
  switch (effectOf(step)?.inDoubt) {
    case 'ask':
      // Without a due time: only a person, or the provider's word, moves it now.
      return course.without('dueAt').say({ rule: 'in-doubt', outcome: 'ask' }, step.id).done()
    case 'resend':
      return again(course.say({ rule: 'in-doubt', outcome: 'resend' }, step.id), step, claim, tries)
    case 'repeat':
      return again(course, step, claim, tries)
    default:
      return walk(course.say(unsettled(step), step.id), step.next)
  }
}

/** Hands the effect out once more: a send through all gates, anything else exactly as it was decided. */
function again(course: Course, step: Step, claim: Claim, tries: number): Advance {
  if (!mayTryAgain(tries)) return refused(course, step, 'gave-up', { tries })
  const counted = course.with({ attempts: tries })
  if (effectOf(step)?.inDoubt !== 'repeat' || course.context.paused) {
    return decidedAnew(counted) ?? walk(counted, step.id)
  }
  return hand(counted, step, claim.command)
}

/** Goes from step to step until something has to happen outside, or time has to pass. */
function walk(
  course: Course,
  from: StepId | null,
  first: typeof enterStep = enterStep,
  anew?: Since,
): Advance {
  if (course.context.leaving) return leave(course, from)
  const { now } = course.context
  let at = from
  let visit = first
  // Before an effect again: what it was put off with still holds.
  const same = from !== null && from === course.enrollment.step ? course.enrollment.since : undefined
  let since = anew ?? same ?? (from === null ? undefined : { step: from, at: now })
  course = course.without('claim', 'dueAt', 'since').with({ phase: 'waiting' })
  // One walk ends a round and begins another at most; a program that goes on was not made by the compiler.
  const most = 2 * Object.keys(course.program.steps).length + 2
  for (let visited = 0; visited <= most; visited++) {
    if (at === null) return end(course.say({ rule: 'end', outcome: 'completed' }), 'completed')
    const step = stepAt(course.program, at)
    if (!step)
      return end(course.say({ rule: 'end', outcome: 'step-missing', values: { step: at } }), 'step-missing')
    course = arrive(course, step)
    const decided: Course =
      effectOf(step) && since && since.step !== step.id ? course.with({ since }) : course
    if (course.context.paused && effectOf(step)) return holdBefore(decided, step)
    const outcome: Outcome = visit(step, course)
    visit = enterStep
    course = course.say(outcome.said, step.id)
    if (outcome.kind === 'end') return end(course, outcome.reason)
    if (outcome.kind === 'claim') return hand(decided.say(outcome.said, step.id), step, outcome.command)
    if (outcome.kind === 'stay')
      return stay(decided.say(outcome.said, step.id), step, outcome.phase, outcome.dueAt)
    if (outcome.round !== undefined) course = course.turn(outcome.round)
    since = sinceAfter(step, outcome, since ?? { step: step.id, at: now }, now)
    at = outcome.next
  }
  return end(course.say({ rule: 'end', outcome: 'too-many-steps' }), 'too-many-steps')
}

/** Stays before what would come next; the wake that is asked for finds the version that takes it over. */
function leave(course: Course, next: StepId | null): Advance {
  const { step } = course.enrollment
  const { now } = course.context
  const left = course.without('claim', 'since').with({ phase: 'waiting', dueAt: now })
  if (step === null) return left.done()
  const settled = next !== step && { rule: 'version', outcome: 'leaving', values: { settled: step } }
  return left.say(settled || undefined).done({ kind: 'wait', step, dueAt: now })
}

/** Tries are counted for an effect, and for nothing else that a journey stands at: they outlast a way back to it. */
function arrive(course: Course, { id }: Step): Course {
  const before = course.step
  const other = before !== undefined && effectOf(before) !== undefined && before.id !== id
  return (other ? course.without('attempts') : course).with({ step: id })
}

function holdBefore(course: Course, step: Step): Advance {
  const held = course.with({ phase: 'waiting', dueAt: course.context.now })
  return held.say({ rule: 'paused', outcome: 'held' }, step.id).done()
}

function hand(course: Course, step: Step, command: EffectCommand): Advance {
  const attempt = (course.enrollment.attempts ?? 0) + 1
  const claim = { step: step.id, attempt, at: course.context.now, command }
  return course.without('dueAt').with({ phase: 'performing', step: step.id, claim }).done(command)
}

function stay(course: Course, step: Step, phase: 'waiting' | 'awaiting', dueAt: Instant): Advance {
  return course.with({ phase, dueAt }).done({ kind: 'wait', step: step.id, dueAt })
}

function end(course: Course, reason: string): Advance {
  const { phase, claim } = course.enrollment
  const step = course.step
  const out = claim && step && (phase === 'performing' || phase === 'in-doubt')
  // It ends while an effect is out. The provider's report may still say what became of it.
  const told = out ? course.say(unsettled(step), step.id) : course
  return told
    .without('claim', 'dueAt', 'attempts', 'round', 'since')
    .with({ phase: 'ended', step: null, endedAt: course.context.now, reason })
    .done({ kind: 'end', reason })
}
