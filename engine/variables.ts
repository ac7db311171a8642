/** What expressions and templates see: one object, built from a journey and what it may look at. */
import type { CareEvent, Json, JsonObject, Profile } from './model.ts'
import type { Context, Enrollment, EventMark } from './journey.ts'
import type { Program } from './program.ts'
import { formatInstant, localDate, zoneOf } from './time.ts'
import { outcomesByStep, wentOut } from './step-outcomes.ts'

/** Data beyond this many characters of JSON stays in the event's own row. */
const SMALL_DATA = 256

/**
 * @param looking the event that a `when` is about; everywhere else `event` is the one that started the journey.
 */
export function variablesFor(
  context: Context,
  program: Program,
  enrollment?: Enrollment,
  looking?: CareEvent,
): JsonObject {
  const subject = looking ?? context.event
  const timezone = zoneOf(context.customer, context.settings)
  return {
    event: subject.data,
    entry: context.event.data,
    meta: { id: subject.id, type: subject.type, time: formatInstant(subject.at) },
    awaited: context.awaited?.data ?? enrollment?.awaited?.data ?? {},
    customer: attributesOf(context.customer.profile),
    enrollment: enrollment ? enrollmentFacts(enrollment) : { workflow: program.workflow },
    coupons: enrollment ? couponFacts(enrollment) : {},
    webhooks: enrollment ? answerFacts(enrollment) : {},
    steps: enrollment ? outcomesByStep(enrollment) : {},
    repeat: enrollment ? roundFacts(program, enrollment) : {},
    now: formatInstant(context.now),
    today: localDate(context.now, timezone),
    timezone,
  }
}

/** How a journey refers to an event. */
export function markOf(event: CareEvent): EventMark {
  const mark = { id: event.id, type: event.type, at: event.at }
  return JSON.stringify(event.data).length <= SMALL_DATA ? { ...mark, data: event.data } : mark
}

/** The profile without the attributes that are there in name only. */
export function attributesOf(profile: Profile): JsonObject {
  const attributes: JsonObject = {}
  for (const [name, value] of Object.entries(profile)) if (value !== undefined) attributes[name] = value
  return attributes
}

function enrollmentFacts(enrollment: Enrollment): JsonObject {
  const sent = enrollment.log.filter(wentOut).length
  return {
    workflow: enrollment.workflow,
    version: enrollment.version,
    key: enrollment.key,
    run: enrollment.run,
    enteredAt: formatInstant(enrollment.enteredAt),
    counts: { sent },
  }
}

function couponFacts(enrollment: Enrollment): JsonObject {
  const facts: JsonObject = {}
  for (const [name, { code, expiresAt }] of Object.entries(enrollment.coupons ?? {})) {
    const expires: { [name: string]: Json } =
      expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }
    facts[name] = { code, ...expires }
  }
  return facts
}

function roundFacts(program: Program, { round }: Enrollment): JsonObject {
  const repeat = round && program.steps[round.step]
  return repeat?.verb === 'repeat' ? { index: round?.index ?? 1, count: repeat.times } : {}
}

function answerFacts({ webhooks = {} }: Enrollment): JsonObject {
  return Object.fromEntries(
    Object.entries(webhooks).map(([name, { status, body }]) => [
      name,
      { status, ...(body !== undefined && { body }) },
    ]),
  )
}
