/**
 * An appointment as it is now, put together from all that has been said about it: by the booking system, which owns the
 * truth, and by the customer behind a link. The order in which events arrive makes no difference.
 */
import { evaluateValue, pathsRead } from './condition.ts'
import { dayOf, isoOf, parseHeld } from './held-date.ts'
import type { Context } from './journey.ts'
import type { AppointmentLinks } from './mail/render.ts'
import type { CareEvent, Customer, Instant, Json, JsonObject } from './model.ts'
import type { AppointmentRule, Program } from './program.ts'
import { instantOf, localDate } from './time.ts'
import { attributesOf } from './variables.ts'

/** What a customer can answer, and the event that each answer is. */
export const ANSWERS = {
  confirm: 'appointment.confirmed',
  move: 'appointment.move-requested',
  cancel: 'appointment.cancelled',
} as const

export type Answer = keyof typeof ANSWERS
export const answers: readonly Answer[] = ['confirm', 'move', 'cancel']
export const isAnswer = (word: unknown): word is Answer => answers.some((one) => one === word)

/** The page itself, and with each choice ready. */
export const appointmentLinks = (page: string): AppointmentLinks => ({
  link: page,
  confirm: `${page}?choose=confirm`,
  move: `${page}?choose=move`,
  cancel: `${page}?choose=cancel`,
})

/** When an appointment begins. A mere day begins at its midnight and lasts all day. */
export interface Start {
  at: Instant
  timed: boolean
  /** As it was written. */
  text: string
}

export interface Booked {
  /** The appointment's own name among the customer's appointments. */
  id: string
  /** Absent while no time is known. */
  start?: Start
  title?: string
  /** What is known of it: the data of the events that set it, the latest word of each field. */
  data: JsonObject
  /** What the customer has said about the time that it has now. */
  said?: 'confirmed' | 'move-requested'
  /** What was wished for instead: a time that was offered, or words. */
  wished?: { start?: Start; words?: string }
  cancelled: boolean
  /** Somebody has noted that it took place, or that nobody came. */
  closed: boolean
  /** The last event that changed anything: what a form was shown is named by it. */
  lastId: string
  lastAt: Instant
}

/** An event. Of two at the same moment the one whose `intake` sorts later came later. */
export type Known = Pick<CareEvent, 'id' | 'type' | 'at' | 'data'> & { intake: string }

interface About {
  rule: AppointmentRule
  customer: Customer
  zone: string
}

const valueIn = (
  expression: string,
  { data, id, type }: Pick<CareEvent, 'data' | 'id' | 'type'>,
  customer: Customer,
  timezone: string,
): Json | undefined =>
  evaluateValue(expression, {
    event: data,
    entry: data,
    meta: { id, type },
    customer: attributesOf(customer.profile),
    timezone,
  })

/** The name of the appointment that an event is about. */
function appointmentOf(
  { rule, customer, zone }: About,
  event: Pick<CareEvent, 'data' | 'id' | 'type'>,
): string | undefined {
  const id = valueIn(rule.id, event, customer, zone)
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
}

/** Reads a start: an instant, a local time or a day of the zone. */
export function readStart(value: Json | undefined, zone: string): Start | undefined {
  const held = parseHeld(value)
  if (!held || typeof value !== 'string') return undefined
  const text = value.trim()
  if ('instant' in held) return { at: held.instant.epochMilliseconds, timed: true, text }
  if ('local' in held) return { at: instantOf(held.local, zone), timed: true, text }
  const { year, month, day } = dayOf(held, zone)
  if (year === undefined) return undefined
  const midnight = readStart(`${isoOf({ year, month, day })}T00:00`, zone)
  return midnight && { ...midnight, timed: false, text }
}

/** When the appointment of a journey begins, as it is known now. */
export function startOf(
  { starts }: AppointmentRule,
  { event, customer }: Pick<Context, 'event' | 'customer'>,
  zone: string,
): { startsAt?: Instant } {
  const start = readStart(valueIn(starts, event, customer, zone), zone)
  return start ? { startsAt: start.at } : {}
}

/** An appointment that has begun can no longer be confirmed, moved or cancelled; one of a mere day lasts until midnight. */
const hasBegun = ({ at, timed }: Start, now: Instant, zone: string): boolean =>
  timed ? at <= now : localDate(at, zone) < localDate(now, zone)

/** Whether there is still something to answer. */
export const isOpen = ({ start, cancelled, closed }: Booked, zone: string, now: Instant): boolean =>
  !cancelled && !closed && !(start && hasBegun(start, now, zone))

/** Types of events that say when an appointment is and what it is for. */
const settersOf = ({ trigger, enroll }: Pick<Program, 'trigger' | 'enroll'>): ReadonlySet<string> =>
  new Set([
    'appointment.booked',
    'appointment.moved',
    ...(trigger.kind === 'event' ? [trigger.event] : []),
    ...(enroll.follow ?? []).map(({ event }) => event),
  ])

const CLOSING: ReadonlySet<string> = new Set(['appointment.attended', 'appointment.missed'])
const ANSWERING: ReadonlySet<string> = new Set(Object.values(ANSWERS))

/**
 * @param entry the event that started the journey whose message was sent; it counts even if it is no longer kept
 * @param events everything that is known of the customer; what concerns other things is left aside
 * @returns undefined when the entry names no appointment
 */
export function bookedNow(
  program: Pick<Program, 'trigger' | 'enroll'>,
  about: About,
  entry: Known,
  events: readonly Known[],
): Booked | undefined {
  const id = appointmentOf(about, entry)
  if (id === undefined) return undefined
  const setters = settersOf(program)
  const concerns = ({ type }: Known) => ANSWERING.has(type) || CLOSING.has(type) || setters.has(type)
  const known = new Map([...events, entry].map((event) => [event.id, event]))
  const own = [...known.values()]
    .filter((event) => concerns(event) && appointmentOf(about, event) === id)
    .sort((one, other) => one.at - other.at || compared(one.intake, other.intake))
  let booked: Booked = { id, data: {}, cancelled: false, closed: false, lastId: entry.id, lastAt: entry.at }
  // An answer is one also where a workflow starts with it.
  for (const event of own) {
    const next = ANSWERING.has(event.type)
      ? answered(booked, event, about)
      : CLOSING.has(event.type)
        ? { ...booked, closed: true }
        : set(booked, event, about)
    booked =
      next === booked ? { ...booked, lastAt: event.at } : { ...next, lastId: event.id, lastAt: event.at }
  }
  return booked
}

const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** A later word on the same appointment. One that takes its time away says nothing about the time. */
function set(before: Booked, event: Known, { rule, customer, zone }: About): Booked {
  const merged = new Map(Object.entries(before.data))
  for (const [field, value] of Object.entries(event.data))
    if (value === null) merged.delete(field)
    else merged.set(field, value)
  const data = Object.fromEntries(merged)
  const start = readStart(valueIn(rule.starts, { ...event, data }, customer, zone), zone)
  if (!start && before.start) return before
  const title = rule.title === undefined ? undefined : valueIn(rule.title, { ...event, data }, customer, zone)
  const { said, wished, start: _, title: __, ...rest } = before
  const stands = before.start?.at === start?.at && before.start?.timed === start?.timed && !before.cancelled
  return {
    ...rest,
    data,
    ...(start && { start }),
    ...(typeof title === 'string' && title.trim() !== '' && { title }),
    // What was said about another time says nothing about this one.
    ...(stands && said && { said }),
    ...(stands && wished && { wished }),
    cancelled: false,
    closed: false,
  }
}

function answered(before: Booked, event: Known, { rule, customer, zone }: About): Booked {
  const { type, data } = event
  const { said: _, wished: __, ...rest } = before
  if (type === ANSWERS.cancel) return { ...rest, cancelled: true }
  if (before.cancelled) return before
  if (type === ANSWERS.confirm) {
    // A yes that names another time was given to that one.
    const to = readStart(valueIn(rule.starts, event, customer, zone), zone)
    if (to && before.start && to.at !== before.start.at) return before
    return { ...rest, said: 'confirmed' }
  }
  const start = readStart(data.startsAt, zone)
  const wished = { ...(start && { start }), ...(typeof data.wish === 'string' && { words: data.wish }) }
  return { ...rest, said: 'move-requested', wished }
}

/**
 * What is known of the appointment, for the event of an answer: enough for a workflow to know it by, and nothing large. A
 * request to move names the present time as `movesFrom`, so that `startsAt` is the time that is wished for or is not there.
 */
export function factsOf(rule: AppointmentRule, { data, start }: Booked, answer: Answer): JsonObject {
  const names = new Set([rule.id, rule.starts].flatMap(pathsRead).map((path) => path.split(/[.[]/)[1]))
  const plain = Object.entries(data).filter(
    ([field, value]) => names.has(field) || (value !== null && typeof value !== 'object'),
  )
  if (answer !== 'move') return { ...Object.fromEntries(plain), by: 'customer' }
  const others = plain.filter(([field]) => field !== 'startsAt')
  return { ...Object.fromEntries(others), ...(start && { movesFrom: start.text }), by: 'customer' }
}

/** What the booking system offers instead: times that are still to come, and not the one that it has. */
export function alternativesOf({ data, start }: Booked, now: Instant, zone: string): Start[] {
  const offered = Array.isArray(data.alternatives) ? data.alternatives : []
  const read = offered.flatMap((value) => readStart(value, zone) ?? [])
  const distinct = new Map(read.map((one) => [one.at, one]))
  return [...distinct.values()]
    .filter((one) => !hasBegun(one, now, zone) && one.at !== start?.at)
    .sort((one, other) => one.at - other.at)
    .slice(0, MOST_ALTERNATIVES)
}

/** More is a calendar, for which there is the booking page. */
const MOST_ALTERNATIVES = 12

/** The page where the shop's own system changes a booking; only where a browser goes that is told to. */
export function bookingPage({ data }: Pick<Booked, 'data'>): string | undefined {
  const address = typeof data.manageUrl === 'string' ? data.manageUrl.trim() : ''
  return /^https?:\/\/[^\s/]/i.test(address) && URL.canParse(address) ? address : undefined
}
