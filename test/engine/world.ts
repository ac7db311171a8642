/** Programs, customers and settings by hand, so that engine tests need no compiler. */
import { advance } from '../../engine/advance.ts'
import { enroll } from '../../engine/enroll.ts'
import type { Advance, Context, Enrollment, Input } from '../../engine/journey.ts'
import type { CareEvent, Customer, Instant, JsonObject, Profile, Settings } from '../../engine/model.ts'
import type { Program, Step } from '../../engine/program.ts'
import { instantOf } from '../../engine/time.ts'
import { Temporal } from 'temporal-polyfill'

export const ROME = 'Europe/Rome'

/** A wall-clock time as an instant. */
export function local(text: string, zone = ROME): Instant {
  return instantOf(Temporal.PlainDateTime.from(text), zone)
}

export const settings: Settings = {
  brand: { name: 'Bottega', url: 'https://bottega.example', color: '#aa3300' },
  postalAddress: 'Via Roma 1, Torino',
  senders: { default: { from: 'Bottega <care@bottega.example>' } },
  defaultLocale: 'en',
  defaultTimezone: 'UTC',
  topics: {
    service: { title: { en: 'Service' }, basis: 'service' },
    offers: { title: { en: 'Offers' }, basis: 'consent' },
    news: {
      title: { en: 'News' },
      basis: 'consent',
      cap: { max: 2, withinMs: 86_400_000 },
      quietHours: null,
    },
  },
}

export function customer(profile: Partial<Profile> = {}): Customer {
  return { profile: { id: 'anna', email: 'anna@example.it', timezone: ROME, ...profile }, suppressions: [] }
}

export function event(type: string, at: Instant, data: JsonObject = {}, id = `${type}@${at}`): CareEvent {
  return { id, type, customerId: 'anna', at, data }
}

/** Steps in order; `next` may be left out where the following step in the list is meant. */
export function program(steps: Step[], more: Partial<Program> = {}): Program {
  return {
    workflow: 'win-back',
    title: 'Win back',
    topic: 'service',
    trigger: { kind: 'event', event: 'csat.rated' },
    enroll: { again: 'never' },
    exit: [],
    first: steps[0]?.id ?? null,
    steps: Object.fromEntries(steps.map((step) => [step.id, step])),
    listensTo: [],
    ...more,
  }
}

export const send = (id: string, next: string | null, more: object = {}): Step => ({
  id,
  next,
  verb: 'send',
  template: id,
  channel: 'email',
  inDoubt: 'drop',
  ...more,
})

/** Where a branch goes. `then` is a word of the language; nobody awaits a step. */
const arms = (yes: string | null, no: string | null) => {
  return { then: yes, else: no }
}

export const branch = (
  id: string,
  condition: string,
  yes: string | null,
  no: string | null,
  next: string | null = null,
): Step => ({ id, next, verb: 'if', condition, ...arms(yes, no) })

export const awaitStep = (
  id: string,
  more: { event: string; when?: string; for: string },
  yes: string | null,
  no: string | null,
  next: string | null = null,
): Step => ({ id, next, verb: 'await', ...more, ...arms(yes, no) })

export function contextAt(now: Instant, more: Partial<Context> = {}): Context {
  return {
    now,
    customer: customer(),
    settings,
    event: event('csat.rated', now, { score: 1, ticketId: 'T-1' }, 'e1'),
    sent: [],
    paused: false,
    ...more,
  }
}

/** A journey that stands before its first step. */
export function entered(of: Program, context: Context): Enrollment {
  const result = enroll({
    program: of,
    version: 1,
    event: context.event,
    customer: context.customer,
    settings: context.settings,
    runs: [],
    now: context.now,
    paused: false,
  })
  if (!result || 'decision' in result) throw new Error(`not enrolled: ${JSON.stringify(result)}`)
  return result.enrollment
}

/** Freezes what goes in, so that a mutation throws. */
export function frozenAdvance(of: Program, enrollment: Enrollment, input: Input, context: Context): Advance {
  return advance(of, deepFreeze(enrollment), deepFreeze(input), deepFreeze(context))
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const each of Object.values(value)) deepFreeze(each)
  }
  return value
}
