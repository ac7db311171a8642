/**
 * An event arrives for a customer: it is kept with what was decided on it, shown to the journeys under way, and starts
 * those that it is the trigger of. The decisions are made before anything is done, so that a crash cannot change them.
 */
import { BECAME } from '../engine/becoming.ts'
import { comesLater, DAY_REACHED } from '../engine/calendar-day.ts'
import { GIVEN, mergeCustomer, REQUESTED } from '../engine/consent.ts'
import { enroll } from '../engine/enroll.ts'
import type { Decision } from '../engine/journey.ts'
import type { CareEvent, Customer, Instant, JsonObject } from '../engine/model.ts'
import type { Program } from '../engine/program.ts'
import { addDuration, zoneOf } from '../engine/time.ts'
import { noteAnswer } from './answers.ts'
import { armEvent } from './calendar-scan.ts'
import { catchUp } from './catch-up.ts'
import type { LiveWorkflow } from './catalog.ts'
import { erasedBefore, mergeOnce } from './customers.ts'
import { drive, recover } from './drive.ts'
import { isFromBefore } from './erasure-mark.ts'
import { type TakenUp, takeUp } from './events.ts'
import type { StoredJourney } from './journeys.ts'
import { followDates } from './on-profile.ts'
import { LARGEST_PROFILE } from '../engine/profile.ts'
import { isShutOut } from './erase.ts'
import type { Runtime } from './runtime.ts'
import { bringBack, openSession, programOf, type Session } from './session.ts'
import { latestShelved } from './shelf.ts'
import { isLate } from './shelving.ts'
import { rearm } from './wakes.ts'
import type { Work } from './work.ts'

/** What Premura itself has read in a profile, and nobody has posted: without the profile it is about nobody. */
const OF_PROFILES: ReadonlySet<string> = new Set([REQUESTED, GIVEN, BECAME, 'date.reached'])

type EventWork = Extract<Work, { kind: 'event' }>
type Verdict = { journey: StoredJourney } | { decision: Decision } | undefined

export async function onEvent(runtime: Runtime, work: EventWork): Promise<void> {
  const { event } = work
  const now = runtime.world.clock.now()
  if (work.workflow !== undefined && work.rev !== undefined)
    await runtime.catalog.hear(work.workflow, work.rev)
  const session = await openSession(runtime, event.customerId)
  if (!session) return
  if (await isOfNobody(session, work)) return
  if (await isAhead(session, work, now)) return
  session.events.set(event.id, event)
  if (isLate(runtime.world, event.at)) await bringBack(session)
  for (const journey of session.loaded.journeys) await catchUp(session, await recover(session, journey))

  const stored = session.loaded.customer
  const offered = work.customer && offer(session, work.customer, now)
  if (offered?.fits) session.loaded.customer = offered.customer

  // Posted again after a restore: whoever it lets in entered when it happened.
  const enteredAt = (await runtime.restores.lostAt(event.at))?.at ?? now
  const verdicts = new Map<string, Verdict>()
  for (const workflow of session.live) {
    if (work.workflow !== undefined && work.workflow !== workflow.name) continue
    verdicts.set(workflow.name, await judge(session, workflow, event, enteredAt))
  }
  const decisions = [...verdicts].flatMap(([workflow, verdict]) =>
    verdict && 'decision' in verdict ? [{ ...verdict.decision, workflow }] : [],
  )
  if (offered && !offered.fits) {
    const values = { bytes: offered.bytes, most: LARGEST_PROFILE }
    decisions.push({ at: now, workflow: '', rule: 'profile', outcome: 'too-large', values })
  }
  const merges = offered?.changes ?? false
  const { mergedIntake: mergedBefore = '', rev: profileRev } = session.loaded
  const stand = { decisions, merges, ...(merges && { mergedBefore, profileRev }) }
  const taken = await takeUp(runtime, { event, intake: work.intake, receivedAt: now, ...stand })
  if (taken.as === 'duplicate') return

  if (work.customer && taken.merges)
    Object.assign(
      session.loaded,
      await mergeOnce(
        runtime,
        { ...session.loaded, customer: stored },
        work.intake,
        isPassed(taken, { mergedBefore, profileRev }, work)
          ? unknownIn(stored, work.customer)
          : work.customer,
      ),
    )
  else session.loaded.customer = stored
  // What the first attempt decided stands, also when a part of its work has changed what would be decided now.
  for (const { workflow } of taken.decisions) verdicts.delete(workflow)

  await noteAnswer(session, event)
  for (const journey of await byPriority(session)) {
    const { enrollment } = journey
    if (taken.as === 'again' && enrollment.seenEventId === event.id) await rearm(runtime, enrollment)
    const program = await programOf(session, journey)
    if (program.listensTo.includes(event.type)) await drive(session, journey, { kind: 'event', event })
  }
  // Where a cap has room for one, the more important workflow is the one.
  const inOrder = session.live.toSorted((one, other) => priorityOf(other.program) - priorityOf(one.program))
  for (const { name } of inOrder) {
    const verdict = verdicts.get(name)
    if (verdict && 'journey' in verdict) await drive(session, verdict.journey, { kind: 'entered' })
  }
  // Last, so that an event that ends a journey does so before its date, taken away with it, is missed.
  await followDates(session, { again: taken.as === 'again' })
}

/** Told of somebody who was erased since: nothing is to be held on them again. */
async function isOfNobody(
  { runtime, loaded, customerId }: Session,
  { event: { type }, workflow, acceptedAt }: EventWork,
): Promise<boolean> {
  if (!loaded.known && (OF_PROFILES.has(type) || workflow !== undefined)) return true
  // The day of the calendar is the same for everybody, and armed once for whoever has come back.
  if (type !== DAY_REACHED && isFromBefore(acceptedAt, await erasedBefore(runtime, loaded))) return true
  return !loaded.known && (await isShutOut(runtime, customerId))
}

/** A day of the calendar that comes where the customer has moved to since: they are handed over again when it does. */
async function isAhead(
  session: Session,
  { event, workflow: name, intake }: EventWork,
  now: Instant,
): Promise<boolean> {
  if (event.type !== DAY_REACHED) return false
  // Erased since.
  if (!session.loaded.known) return true
  const workflow = session.live.find((one) => one.name === name)
  if (!workflow) return false
  const { customer } = session.loaded
  const dueAt = comesLater(workflow.program, event, customer, session.deployment.settings, now)
  if (dueAt === undefined) return false
  // By the clock that the timers go by it has come already, where nobody has moved.
  await armEvent(session.runtime, workflow, { ...event, at: dueAt }, dueAt === event.at ? intake : '')
  return true
}

const priorityOf = ({ priority = 0 }: Program): number => priority

async function byPriority(session: Session): Promise<StoredJourney[]> {
  const ranked: { journey: StoredJourney; priority: number }[] = []
  for (const journey of session.loaded.journeys)
    ranked.push({ journey, priority: priorityOf(await programOf(session, journey)) })
  return ranked.sort((one, other) => other.priority - one.priority).map(({ journey }) => journey)
}

/** What the customer would become with the fields that came with the event. */
function offer({ loaded, customerId, deployment }: Session, fields: JsonObject, at: Instant) {
  const before = loaded.known ? loaded.customer : undefined
  const word = { source: 'event' as const, at, settings: deployment.settings }
  const customer = mergeCustomer(before, customerId, fields, word)
  const bytes = Buffer.byteLength(JSON.stringify(customer.profile))
  const fits = bytes <= LARGEST_PROFILE
  // What changes nothing now is not merged after a crash either: by then it might undo what a journey has set.
  const changes = fits && (!before || JSON.stringify(customer) !== JSON.stringify(before))
  return { customer, bytes, fits, changes }
}

/**
 * Failed, and done again after others, or after a journey, a person or the customer has changed the profile: what was
 * written since is newer. Tried again by itself it comes before the others, and what one request has changed meanwhile
 * must not cost it all of its fields.
 */
function isPassed(
  taken: Pick<TakenUp, 'mergedBefore' | 'profileRev'>,
  now: { mergedBefore: string; profileRev: number },
  { replayed }: EventWork,
): boolean {
  if (taken.mergedBefore !== undefined && taken.mergedBefore !== now.mergedBefore) return true
  return replayed === true && taken.profileRev !== undefined && taken.profileRev !== now.profileRev
}

/** Of what came with an event, the fields of which nothing is known yet. */
function unknownIn({ profile }: Customer, { consent, ...fields }: JsonObject): JsonObject {
  const missing = (from: object, of: object) =>
    Object.fromEntries(Object.entries(of).filter(([name]) => !Object.hasOwn(from, name)))
  const answers =
    typeof consent === 'object' && consent !== null ? missing(profile.consent ?? {}, consent) : {}
  return { ...missing(profile, fields), ...(Object.keys(answers).length > 0 && { consent: answers }) }
}

async function judge(
  session: Session,
  workflow: LiveWorkflow,
  event: CareEvent,
  now: Instant,
): Promise<Verdict> {
  const verdict = judgeBy(session, workflow, event, now)
  const { shelf, customer } = session.loaded
  if (!verdict || 'decision' in verdict || !shelf) return verdict
  const { name, program } = workflow
  const { key } = verdict.journey.enrollment
  const zone = zoneOf(customer, session.deployment.settings)
  const { goal } = program
  // Somebody who was held out long ago is watched again where the goal counts for longer now.
  if (goal && shelf.heldOutAt !== undefined && now < addDuration(shelf.heldOutAt, goal.within, zone)) {
    await bringBack(session)
    return judgeBy(session, workflow, event, now)
  }
  const { table } = session.runtime.world
  const last = await latestShelved(table, session.customerId, { workflow: name, key })
  return last ? judgeBy(session, workflow, event, now, [last]) : verdict
}

function judgeBy(
  session: Session,
  { name, program, version, paused }: LiveWorkflow,
  event: CareEvent,
  now: Instant,
  shelved: StoredJourney[] = [],
): Verdict {
  const runs = [...session.loaded.journeys, ...shelved]
    .map(({ enrollment }) => enrollment)
    .filter((one) => one.workflow === name)
  // Started by this very event, before a crash.
  if (runs.some(({ entry }) => entry.id === event.id)) return undefined
  const { customer } = session.loaded
  const { settings } = session.deployment
  const verdict = enroll({ program, version, event, customer, settings, runs, now, paused })
  if (verdict === undefined || 'decision' in verdict) return verdict
  return { journey: { enrollment: verdict.enrollment, rev: 0 } }
}
