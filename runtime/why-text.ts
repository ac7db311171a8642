/** The words of "why?": decisions as sentences that a marketer understands. */
import type { Decision, Enrollment } from '../engine/journey.ts'
import type { Instant, Json, JsonObject } from '../engine/model.ts'
import type { ChooseStep, Program, Step } from '../engine/program.ts'

/** What the sentences are made from. */
export interface Case {
  who: string
  title: string
  /** Tells an instant in the customer's own zone. */
  when(at: Instant): string
  /** Why the journey has left, as the end of a sentence. */
  cause?: string
}

export function nameOf(step: Step): string {
  return step.verb === 'send' ? `the mail “${step.template}”` : `to the step “${step.id}”`
}

/** `event.score was 4, customer.tier was missing`. */
function readings(values: JsonObject): string {
  const missing = Array.isArray(values.missing) ? values.missing : []
  const read = Object.entries(values)
    .filter(([name]) => name !== 'missing' && name !== 'undecided' && !missing.includes(name))
    .map(([name, value]) => `${name} was ${plainly(value)}`)
  return [...read, ...missing.map((name) => `${plainly(name)} was missing`)].join(', ')
}

const plainly = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

const withReadings = (values: JsonObject): string => {
  const said = readings(values)
  return said === '' ? '' : ` (${said})`
}

/** Why a customer was kept out. */
export function refusalText({ who, when }: Case, program: Program, decision: Decision): string {
  const { rule, outcome, values = {} } = decision
  const { key, from } = values
  const sameKey =
    typeof key === 'string' && program.enroll.per !== undefined ? ` for ${program.enroll.per} ${key}` : ''
  switch (rule) {
    case 'trigger.when':
      return `the condition ${program.trigger.when ?? ''} was not met${withReadings(values)}`
    case 'trigger.audience':
      return `${who} is not in the audience ${program.trigger.audience ?? ''}${withReadings(values)}`
    case 'trigger.becomes':
      if (outcome === 'too-often')
        return 'it had started many times within the hour, each time by the last one'
      return `the profile had changed again by then${withReadings(values)}`
    case 'trigger.calendar':
      return 'a version was published meanwhile that means another day'
    case 'trigger.date':
      return `the date had been changed or removed by then${withReadings(values)}`
    case 'trigger.past':
      return 'the day was over before it could be handled, and the workflow skips days gone by'
    case 'enroll.per':
      return `the event has no usable ${program.enroll.per ?? 'key'}, which tells journeys apart`
    case 'enroll.under-way':
      return `a journey of ${who}${sameKey} was still under way`
    case 'enroll.again':
      if (outcome === 'same-event') return 'this very event had started a journey already'
      return typeof from === 'number'
        ? `${who} had been in it before${sameKey}, and may enter again only from ${when(from)}`
        : `${who} had been in it before${sameKey}, and it lets nobody in twice`
    case 'paused':
      return 'the workflow was paused'
    default:
      return `${rule} said ${outcome}${withReadings(values)}`
  }
}

/** The condition of the branch that a `choose` took; undefined for its `else`. */
export function chosenCondition({ cases }: ChooseStep, outcome: string): string | undefined {
  return cases[Number(/^when-(\d+)$/.exec(outcome)?.[1] ?? 0) - 1]?.when
}

/** Why a journey went the way it went at a step that has several. */
export function forkText(program: Program, { step: id, outcome, values = {} }: Decision): string {
  const step = id === undefined ? undefined : program.steps[id]
  switch (step?.verb) {
    case 'if':
      return `${step.condition} was ${outcome === 'then' ? 'true' : 'false'}`
    case 'choose': {
      const held = chosenCondition(step, outcome)
      return held === undefined ? 'none of its conditions held' : `${held} was the first to hold`
    }
    case 'wait':
      if (typeof values.reason === 'string')
        return `what it was to wait for never comes: ${ended(values.reason)}`
      return `the date to wait for had gone by, or was not known${withReadings(values)}`
    case 'split': {
      const share = step.arms[Number(outcome.slice('arm-'.length)) - 1]?.share
      return `${share === undefined ? 'one share' : `a share of ${share}%`} of its journeys goes that way (${outcome})`
    }
    default:
      return `${step?.verb === 'await' ? step.event : 'the event'} ${outcome === 'timed-out' ? 'did not come in time' : 'came'}`
  }
}

/** The end of a sentence. */
const ended = (text: string): string => text.replace(/\.$/, '')

/** What became of a step, from its own decisions; undefined: the journey never came to it. */
export function stepText(about: Case, journey: Enrollment, step: Step, own: Decision[]): string | undefined {
  const { who, when } = about
  const name = nameOf(step)
  const last = own.at(-1)
  const happened = own.findLast(({ rule }) => rule === step.verb)
  if (journey.claim?.step === step.id && journey.phase === 'performing')
    return `${who} is being sent ${name} right now.`
  if (!last) return undefined
  const values = last.values ?? {}
  if (step.verb === 'wait' && typeof values.reason === 'string')
    return `${who} came to the step “${step.id}” on ${when(last.at)}: ${last.outcome}, because ${ended(values.reason)}.`
  if (step.verb !== 'send')
    return `${who} came to the step “${step.id}” on ${when(last.at)}: ${last.outcome}${withReadings(values)}.`
  if (happened?.outcome === 'in-doubt' && happened.values?.by === 'restored')
    return `Nobody knows whether ${who} got ${name}: it was due on ${when(happened.at)}, in a time that a restore has taken out of the table, and it was left at that, so as not to send it twice.`
  if (happened?.outcome === 'in-doubt')
    return `Nobody knows whether ${who} got ${name}: the provider’s answer was lost, and on ${when(happened.at)} it was left at that, so as not to send it twice.`
  if (happened && happened.outcome !== 'refused')
    return `${who} got ${name} on ${when(happened.at)}${reception(happened.outcome)}.`
  const did = `${who} did not get ${name}`
  switch (last.rule) {
    case 'gate.address':
      return `${did}: no ${values.reason === 'no-phone' ? 'phone number' : 'email address'} was known on ${when(last.at)}.`
    case 'gate.suppression':
      return `${did}: ${suppressedWords(values.reason)}, so nothing is sent to it.`
    case 'gate.consent':
      if (values.reason === 'consent-pending')
        return `${did}: by ${when(last.at)}, the yes to ${plainly(values.topic ?? 'the topic')} had not been confirmed from their own mailbox.`
      return `${did}: ${who} had ${values.answer === false ? 'opted out of' : 'not opted in to'} ${plainly(values.topic ?? 'the topic')}.`
    case 'gate.cap':
      if (typeof values.ahead === 'number')
        return `${did}: on ${plainly(values.topic ?? 'the topic')} there was room for ${Number(values.max ?? 0) - Number(values.sent ?? 0)} more, which was kept for a message of a higher priority that was due the same day.`
      return `${did}: ${who} had already got ${plainly(values.sent ?? 'enough')} messages on ${plainly(values.topic ?? 'the topic')}, and ${plainly(values.max ?? 'that')} is the limit.`
    case 'gate.quiet-hours':
      return `${who} has not got ${name} yet: it came up in quiet hours${typeof values.until === 'number' ? ` and waits until ${when(values.until)}` : ''}.`
    case 'in-doubt':
      if (own.findLast(({ outcome }) => outcome === 'unknown')?.values?.reason === 'restored')
        return `Nobody knows whether ${who} got ${name}: it was due on ${when(last.at)}, in a time that a restore has taken out of the table, and a person has to decide.`
      return `Nobody knows yet whether ${who} got ${name}: the provider’s answer of ${when(last.at)} was lost${last.outcome === 'ask' ? ', and a person has to decide' : journey.dueAt === undefined ? '' : `, and the step’s rule decides on ${when(journey.dueAt)}`}.`
    case 'retry':
      return `${who} has not got ${name} yet: the provider did not take it on ${when(last.at)} (${plainly(values.reason ?? 'no reason given')}), and it is being tried again${journey.dueAt === undefined ? '' : ` on ${when(journey.dueAt)}`}.`
    case 'put-off':
      return last.outcome === 'date-moved'
        ? `${who} has not got ${name}: it was put off, then its date moved or was over (${when(last.at)}).`
        : `${who} has not got ${name}: it was put off, and on ${when(last.at)} its conditions were asked again.`
    case 'paused':
      return `${who} has not got ${name} yet: the workflow is paused.`
    default:
      return `${did}: it was refused on ${when(last.at)} (${plainly(values.reason ?? 'no reason given')}).`
  }
}

function suppressedWords(reason: unknown): string {
  if (reason === 'opt-out') return 'the owner of the number has opted out with the provider'
  return `the address ${reason === 'complaint' ? 'belongs to somebody who reported a mail as spam' : 'bounced before'}`
}

function reception(outcome: string): string {
  switch (outcome) {
    case 'sent':
      return ''
    case 'bounced':
      return ', but it bounced'
    case 'complained':
      return ', and reported it as spam'
    default:
      return `, and it was ${outcome}`
  }
}
