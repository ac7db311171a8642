/**
 * Appointments that customers answer for behind a link: how one is now, and how an answer becomes an event. What was
 * answered counts at once, though its event is stored only when the queue has come to it.
 */
import * as z from 'zod'
import { ANSWERS, type Answer, type Booked, bookedNow, factsOf, type Known } from '../engine/booked.ts'
import { asItIsNow } from '../engine/follow.ts'
import type { CareEvent, Customer, Instant, JsonObject } from '../engine/model.ts'
import type { AppointmentRule } from '../engine/program.ts'
import { undoIfErased } from './erase.ts'
import { listEvents } from './events.ts'
import { eventMarked, followedBy } from './followed.ts'
import { accept, digest } from './ingest.ts'
import type { StoredJourney } from './journeys.ts'
import { loadCustomer } from './customers.ts'
import { answerMarkSk, customerPk } from './keys-of-rows.ts'
import type { Runtime } from './runtime.ts'
import { latestShelved } from './shelf.ts'

export interface AppointmentNow {
  rule: AppointmentRule
  booked: Booked
  /** The ids of what the customer has answered for it behind links. */
  given: ReadonlySet<string>
  /** From before any of it was read. */
  readAt: Instant
}

const day = 24 * 3_600_000

/** For as long as an answer may lie in the queue, and longer. */
const MARKS_KEPT_MS = 14 * day

const markBody = z.object({
  /** The how-manieth it was. */
  n: z.number(),
  type: z.string(),
  at: z.number(),
  data: z.record(z.string(), z.json()),
})

/** Behind the intake of whatever has been handled. */
const LAST = '~'

/** Ids of answers begin like this; nobody else makes such. */
const ANSWER = 'appointment:'

/**
 * The appointment of a workflow's journey as it is now; undefined when the journey is not there (any more) or its
 * workflow knows of no appointment.
 */
export async function appointmentNow(
  runtime: Runtime,
  customer: Customer,
  zone: string,
  { workflow, key }: { workflow: string; key: string },
): Promise<AppointmentNow | undefined> {
  const { id: customerId } = customer.profile
  const { journeys, readAt } = await loadCustomer(runtime, customerId)
  const { table } = runtime.world
  const journey =
    latestRun(journeys, workflow, key) ?? (await latestShelved(table, customerId, { workflow, key }))
  const program = journey && (await runtime.catalog.program(workflow, journey.enrollment.version))
  const rule = program?.appointment
  if (!journey || !rule) return undefined
  const { entry } = journey.enrollment
  const started = asItIsNow(
    await followedBy(journey.enrollment, (mark) => eventMarked(runtime, customerId, mark)),
  )
  const events = await eventsOf(runtime, customerId)
  const first = events.find(({ id }) => id === entry.id) ?? { ...started, intake: '' }
  const booked = bookedNow(program, { rule, customer, zone }, first, events)
  if (!booked) return undefined
  const own = events.filter(({ id }) => id.startsWith(answersTo(booked)))
  return { rule, booked, given: new Set(own.map(({ id }) => id)), readAt }
}

function latestRun(journeys: StoredJourney[], workflow: string, key: string): StoredJourney | undefined {
  return journeys
    .filter(({ enrollment }) => enrollment.workflow === workflow && enrollment.key === key)
    .reduce<StoredJourney | undefined>(
      (last, one) => (last && last.enrollment.run > one.enrollment.run ? last : one),
      undefined,
    )
}

/** What has been handled, and what was answered behind links and still lies in the queue. */
async function eventsOf(runtime: Runtime, customerId: string): Promise<Known[]> {
  const known = new Map<string, Known>()
  const { rows } = await runtime.world.table.query(customerPk(customerId), { prefix: answerMarkSk(ANSWER) })
  for (const { sk, body } of rows) {
    const { n, type, at, data } = markBody.parse(JSON.parse(body ?? '{}'))
    const id = sk.slice(answerMarkSk('').length)
    known.set(id, { id, type, at, data, intake: `${LAST}${String(n).padStart(4, '0')}` })
  }
  for (const { event, intake } of await listEvents(runtime, customerId, { consistent: true })) {
    const { id, type, at, data } = event
    known.set(id, { id, type, at, data, intake })
  }
  return [...known.values()]
}

/** How the ids of the answers for one appointment begin. */
const answersTo = ({ id }: Booked): string => `${ANSWER}${digest(id).slice(0, 16)}:`

/** One answer of a kind to what was shown has one id, however often the form is posted. */
export const answerId = (booked: Booked, answer: Answer, shown: string): string =>
  `${answersTo(booked)}${answer}:${digest(shown).slice(0, 22)}`

/** What a form was shown: an appointment that has changed since has another. */
export const shownAs = ({ id, start, lastId }: Booked): string =>
  digest(JSON.stringify([id, start?.at, start?.timed, lastId])).slice(0, 22)

/** What a customer has said behind a link, as a person would tell it; undefined for what came another way. */
export function answerText(type: string, { by, startsAt, wish }: JsonObject): string | undefined {
  if (by !== 'customer') return undefined
  if (type === ANSWERS.confirm) return 'Said behind the link of a message that they will come.'
  if (type === ANSWERS.cancel) return 'Cancelled it behind the link of a message.'
  const wished = [startsAt, wish].filter((one) => typeof one === 'string').join(', ')
  return type === ANSWERS.move ? `Asked behind the link of a message for another time: ${wished}` : undefined
}

/** Puts an answer into the queue; a second time it is seen through as a repeat. */
export async function give(
  runtime: Runtime,
  customerId: string,
  { rule, booked, given, readAt }: AppointmentNow,
  { answer, wish = {}, about }: { answer: Answer; wish?: JsonObject; about: JsonObject },
): Promise<void> {
  // Not before what is known, whatever clock that went by: the answer is to what was shown.
  const at: Instant = Math.max(runtime.world.clock.now(), booked.lastAt)
  const id = answerId(booked, answer, shownAs(booked))
  const type = ANSWERS[answer]
  const data = { ...factsOf(rule, booked, answer), ...wish, ...about }
  const event: CareEvent = { id, type, customerId, at, data }
  // The queue first, the mark after: a crash in between lets the person answer again, which changes nothing.
  await accept(runtime, [{ event }], readAt)
  const body = JSON.stringify({ n: given.size, type, at, data })
  const row = { pk: customerPk(customerId), sk: answerMarkSk(id), body }
  await runtime.world.table.put({ ...row, expiresAt: at + MARKS_KEPT_MS }, { kind: 'absent' })
  await undoIfErased(runtime, customerId, row, readAt)
}
