/**
 * Whether a message may go out, asked in a fixed order before every send:
 * suppression → consent → frequency cap → quiet hours. The first three refuse, the last one moves.
 */
import { isPending } from './consent.ts'
import type { Context, Enrollment } from './journey.ts'
import type { Instant, JsonObject, Topic } from './model.ts'
import type { Program, SendStep } from './program.ts'
import { wentOut } from './step-outcomes.ts'
import { instantOf, localDate, localDateTime, parseTimeOfDay, zoneOf } from './time.ts'

export type Passage =
  | { verdict: 'pass'; to: string; topic: string }
  | { verdict: 'refuse'; rule: string; values: JsonObject }
  | { verdict: 'move'; rule: string; values: JsonObject; untilAt: Instant }

/** What is asked about: one send of one journey. */
export interface SendRequest {
  step: SendStep
  program: Program
  enrollment: Enrollment
  context: Context
}

interface Asked extends SendRequest {
  topicName: string
  topic: Topic | undefined
  to: string
}

type Gate = (asked: Asked) => Passage | undefined

/** Holds for topics on consent that do not say otherwise. */
const DEFAULT_QUIET_HOURS = { from: '21:00', to: '08:00' }

const GATES: Gate[] = [address, suppression, consent, cap, quietHours]

export function passGates(request: SendRequest): Passage {
  const topicName = request.step.topic ?? request.program.topic
  const settings = request.context.settings
  const asked: Asked = {
    ...request,
    topicName,
    topic: Object.hasOwn(settings.topics, topicName) ? settings.topics[topicName] : undefined,
    to: addressOf(request),
  }
  for (const gate of GATES) {
    const stopped = gate(asked)
    if (stopped) return stopped
  }
  return { verdict: 'pass', to: asked.to, topic: topicName }
}

/** E.164: what providers take, and nothing that they would have to guess at. */
const PHONE = /^\+[1-9]\d{6,14}$/

function addressOf({ step, context }: SendRequest): string {
  const { email, phone } = context.customer.profile
  const address = ((step.channel === 'email' ? email : phone) ?? '').trim()
  return step.channel === 'email' || PHONE.test(address) ? address : ''
}

function address({ to, step }: Asked): Passage | undefined {
  if (to) return undefined
  const reason = step.channel === 'email' ? 'no-address' : 'no-phone'
  return { verdict: 'refuse', rule: 'gate.address', values: { reason } }
}

function suppression({ to, context }: Asked): Passage | undefined {
  const found = context.customer.suppressions.find((each) => sameAddress(each.address, to))
  return found && { verdict: 'refuse', rule: 'gate.suppression', values: { reason: found.reason } }
}

function consent({ topic, topicName, context }: Asked): Passage | undefined {
  const answer = context.customer.profile.consent?.[topicName]
  // A topic that is gone from the settings proves no ground for writing unasked.
  const basis = topic?.basis ?? 'consent'
  const allowed = basis === 'service' ? answer !== false : answer === true
  if (allowed) return undefined
  const pending = isPending(context.customer, topicName)
  return {
    verdict: 'refuse',
    rule: 'gate.consent',
    values: {
      topic: topicName,
      basis,
      answer: answer ?? null,
      ...(pending && { reason: 'consent-pending' }),
    },
  }
}

function cap({ topic, topicName, context, enrollment, program }: Asked): Passage | undefined {
  if (!topic?.cap) return undefined
  const since = context.now - topic.cap.withinMs
  const elsewhere = context.sent.filter((message) => message.topic === topicName && message.at > since).length
  const own = enrollment.log.filter((decision) => {
    const about = decision.step === undefined ? undefined : program.steps[decision.step]
    const same = about?.verb === 'send' && (about.topic ?? program.topic) === topicName
    // A message in doubt may have arrived, so it counts.
    return same && decision.at > since && wentOut(decision)
  }).length
  const count = elsewhere + own
  const values = { topic: topicName, sent: count, max: topic.cap.max }
  if (count >= topic.cap.max) return { verdict: 'refuse', rule: 'gate.cap', values }
  const ahead = goesAhead(context, topicName, program.priority ?? 0)
  if (count + ahead < topic.cap.max) return undefined
  return { verdict: 'refuse', rule: 'gate.cap', values: { ...values, ahead } }
}

/** How many messages of a higher priority this customer is to get under the topic on the same day, where they live. */
function goesAhead(
  { coming = [], customer, settings, now }: Context,
  topic: string,
  priority: number,
): number {
  const zone = zoneOf(customer, settings)
  const today = localDate(now, zone)
  return coming.filter(
    (other) => other.topic === topic && other.priority > priority && localDate(other.at, zone) === today,
  ).length
}

function quietHours({ topic, context }: Asked): Passage | undefined {
  const standard = topic?.basis === 'consent' || !topic ? DEFAULT_QUIET_HOURS : null
  const hours = topic?.quietHours === undefined ? standard : topic.quietHours
  if (!hours) return undefined
  const zone = zoneOf(context.customer, context.settings)
  const untilAt = quietUntil(context.now, zone, hours)
  return untilAt === undefined
    ? undefined
    : { verdict: 'move', rule: 'gate.quiet-hours', values: { until: untilAt, zone }, untilAt }
}

/**
 * When the quiet span around `now` ends, if there is one. The span may go over midnight; it holds from `from` until,
 * and without, `to`. Its ends are instants, so that an hour that comes twice is quiet once.
 */
function quietUntil(now: Instant, zone: string, hours: { from: string; to: string }): Instant | undefined {
  const [from, to] = [parseTimeOfDay(hours.from), parseTimeOfDay(hours.to)]
  if (!from || !to || from.equals(to)) return undefined
  const overMidnight = from.since(to).sign > 0
  const today = localDateTime(now, zone)
  for (const day of [today, today.subtract({ days: 1 })]) {
    const startAt = instantOf(day.withPlainTime(from), zone)
    const endAt = instantOf((overMidnight ? day.add({ days: 1 }) : day).withPlainTime(to), zone)
    if (startAt <= now && now < endAt) return endAt
  }
  return undefined
}

function sameAddress(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}
