/**
 * An appointment, as it is now: GET shows it, POST takes the customer's answer for the time that was shown. The booking
 * system owns the truth, so that moving is a wish until somebody has answered.
 */
import {
  type Answer,
  alternativesOf,
  type Booked,
  isAnswer,
  isOpen,
  readStart,
} from '../../../engine/booked.ts'
import type { JsonObject } from '../../../engine/model.ts'
import { zoneOf } from '../../../engine/time.ts'
import { answerId, type AppointmentNow, appointmentNow, give } from '../../appointments.ts'
import { inMinutes, type Ready, showAppointment } from './appointment-view.ts'
import { appointmentWords } from './appointment-words.ts'
import { readForm, refusal, type Visit } from './visit.ts'

/** A while after the appointment its link is worth nothing, not even to look at. */
const SHOWN_AFTER_MS = 7 * 24 * 3_600_000

const longestWish = 500
/** More answers for one appointment are no customer's. */
const mostAnswers = 20

export async function appointmentPage(visit: Visit): Promise<Response> {
  const { runtime, request, claims, customer, settings, language } = visit
  const zone = zoneOf(customer, settings)
  const now = runtime.world.clock.now()
  const found = claims.appointment && (await appointmentNow(runtime, customer, zone, claims.appointment))
  if (!found || isPast(found.booked, now)) return refusal(settings, language, 'gone')
  const chosen = new URL(request.url).searchParams.get('choose')
  const ready: Ready = { zone, now, ...(isAnswer(chosen) && { choice: chosen }) }
  if (request.method !== 'POST') return showAppointment(visit, found.booked, ready)
  return await take(visit, found, ready, await readForm(request))
}

const isPast = ({ start }: Booked, now: number): boolean =>
  start !== undefined && start.at + SHOWN_AFTER_MS <= now

async function take(
  visit: Visit,
  found: AppointmentNow,
  ready: Ready,
  fields: URLSearchParams,
): Promise<Response> {
  const { runtime, claims, customer, language } = visit
  const { booked, given } = found
  const { zone, now } = ready
  const said = appointmentWords[language]
  const show = (status: number, more: Partial<Ready> = {}) =>
    showAppointment(visit, booked, { ...ready, ...more }, status)
  const answer = fields.get('answer')
  const repeated = isAnswer(answer) && given.has(answerId(booked, answer, fields.get('shown') ?? ''))
  if (repeated) return showAppointment(visit, booked, { zone, now, done: true })
  if (!isOpen(booked, zone, now)) return show(409, { notice: said.settled })
  if (!isAnswer(answer)) return show(422, { flaw: said.missing })
  // A yes counts for the time that the customer saw, and so does a no.
  if (!isOfWhatWasSeen(visit, booked, fields)) return show(409, { notice: said.changed })
  const asked = answer === 'move' ? wishIn(visit, booked, ready, fields) : {}
  if (typeof asked === 'string')
    return show(422, { choice: answer, flaw: asked, wish: fields.get('wish') ?? '' })
  if (isAsBefore(booked, answer, asked, zone))
    return showAppointment(visit, booked, { zone, now, done: true })
  if (given.size >= mostAnswers) return show(409, { notice: said.tooMany })
  const { workflow = '', key = '' } = claims.appointment ?? {}
  await give(runtime, customer.profile.id, found, { answer, wish: asked, about: { workflow, key } })
  const after = await appointmentNow(runtime, customer, zone, { workflow, key })
  return showAppointment(visit, (after ?? found).booked, { zone, now, done: true })
}

/** The form carries the time that it showed; who posts without it has seen the one in the message. */
function isOfWhatWasSeen({ claims }: Visit, { start }: Booked, fields: URLSearchParams): boolean {
  const time = fields.get('time')
  if (time !== null) return time === String(start?.at ?? '')
  const shownAt = claims.appointment?.shownAt
  return shownAt !== undefined && start !== undefined && inMinutes(start.at) === shownAt
}

/** What is wished for instead, as the event carries it; a text says what is wrong with it. */
function wishIn(
  { language }: Visit,
  booked: Booked,
  { zone, now }: Ready,
  fields: URLSearchParams,
): JsonObject | string {
  const said = appointmentWords[language]
  const wish = (fields.get('wish') ?? '')
    .replace(/\r\n?/g, '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ')
    .trim()
  if ([...wish].length > longestWish) return said.long
  const offered = alternativesOf(booked, now, zone).find(({ text }) => text === fields.get('at'))
  if (!offered && wish === '') return said.noWish
  return { ...(offered && { startsAt: offered.text }), ...(wish !== '' && { wish }) }
}

/** What has been said already need not be said again. */
function isAsBefore({ said, wished }: Booked, answer: Answer, asked: JsonObject, zone: string): boolean {
  if (answer === 'confirm') return said === 'confirmed'
  return (
    answer === 'move' &&
    said === 'move-requested' &&
    wished?.words === asked.wish &&
    wished?.start?.at === readStart(asked.startsAt, zone)?.at
  )
}
