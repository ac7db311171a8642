/** What is looked up once for a message and shared by all that is decided on it. */
import { type ComingSend, comingSend } from '../engine/coming-send.ts'
import { asItIsNow } from '../engine/follow.ts'
import type { Context, Enrollment, EventMark } from '../engine/journey.ts'
import type { CareEvent, Instant } from '../engine/model.ts'
import type { Program } from '../engine/program.ts'
import { pendingFor, stepIn, type Succession, versionLeft } from '../engine/succession.ts'
import type { LiveWorkflow } from './catalog.ts'
import { type LoadedCustomer, loadCustomer } from './customers.ts'
import { eventMarked, followedBy } from './followed.ts'
import { type JourneyName, journeyNamed, type StoredJourney } from './journeys.ts'
import type { Runtime } from './runtime.ts'
import type { DeploymentSettings } from './settings.ts'
import { allShelved, readShelved } from './shelf.ts'

export interface Session {
  runtime: Runtime
  customerId: string
  loaded: LoadedCustomer
  deployment: DeploymentSettings
  live: LiveWorkflow[]
  /** Which versions take journeys of earlier ones over. */
  successions: ReadonlyMap<string, readonly Succession[]>
  /** Events in hand, so that a journey that this message starts does not read them back. */
  events: Map<string, CareEvent>
}

/** Undefined: the person is being erased, and nothing that was queued for them is to be worked on. */
export async function openSession(runtime: Runtime, customerId: string): Promise<Session | undefined> {
  const loaded = await loadCustomer(runtime, customerId)
  if (loaded.erased) return undefined
  return {
    runtime,
    customerId,
    loaded,
    deployment: await runtime.catalog.settings(),
    live: await runtime.catalog.live(),
    successions: await runtime.catalog.successions(),
    events: new Map(),
  }
}

/** A journey that is not at hand, because it ended long ago. */
export async function fromShelf(session: Session, name: JourneyName): Promise<StoredJourney | undefined> {
  const { runtime, customerId, loaded } = session
  return loaded.shelf && (await readShelved(runtime.world.table, customerId, name))
}

/** Brings all of them back to mind, for what may concern any. What is decided then is decided as if none stood apart. */
export async function bringBack({ runtime, customerId, loaded }: Session): Promise<void> {
  if (!loaded.shelf) return
  const back = await allShelved(runtime.world.table, customerId)
  delete loaded.shelf
  // One whose move was interrupted stands in both places, and counts where it was.
  const missing = back.filter(({ enrollment }) => !journeyNamed(loaded.journeys, enrollment))
  loaded.journeys = [...loaded.journeys, ...missing]
}

export async function programOf(session: Session, journey: StoredJourney): Promise<Program> {
  const { workflow, version } = journey.enrollment
  const program = await session.runtime.catalog.program(workflow, version)
  if (!program) throw new Error(`version ${version} of workflow ${workflow} is not in the table`)
  return program
}

/** The journey's surroundings at this moment. */
export async function contextFor(session: Session, journey: StoredJourney, now: Instant): Promise<Context> {
  const { enrollment } = journey
  const followed = await followedBy(enrollment, (mark) => eventOf(session, mark))
  const awaited = enrollment.awaited && (await eventOf(session, enrollment.awaited))
  return {
    now,
    customer: session.loaded.customer,
    settings: session.deployment.settings,
    event: asItIsNow(followed),
    followed,
    ...(awaited && { awaited }),
    sent: await sentTo(session, journey, now),
    coming: await comingTo(session, journey),
    inDoubtGraceMs: session.runtime.world.config.inDoubtGraceMs,
    paused: session.live.some(({ name, paused }) => name === enrollment.workflow && paused),
    ...((await isToLeave(session, enrollment)) && { leaving: true }),
  }
}

/** Something is out, and once it is settled another version takes over: the journey must not go on in this one. */
async function isToLeave({ runtime, successions }: Session, enrollment: Enrollment): Promise<boolean> {
  const { workflow, version, phase, step } = enrollment
  if ((phase !== 'performing' && phase !== 'in-doubt') || step === null) return false
  for (const { kind, to, map } of pendingFor(successions.get(workflow) ?? [], version)) {
    if (kind === 'end') return true
    const program = await runtime.catalog.program(workflow, to)
    if (program && stepIn(program, map, step) !== undefined) return true
  }
  return false
}

async function eventOf({ runtime, customerId, events }: Session, mark: EventMark): Promise<CareEvent> {
  const event = events.get(mark.id) ?? (await eventMarked(runtime, customerId, mark))
  events.set(mark.id, event)
  return event
}

/** What other journeys are about to send to this customer. Those of a paused workflow keep no room: nobody knows how long. */
async function comingTo(session: Session, journey: StoredJourney): Promise<ComingSend[]> {
  const { topics } = session.deployment.settings
  if (!Object.values(topics).some(({ cap }) => cap)) return []
  const coming: ComingSend[] = []
  for (const other of session.loaded.journeys) {
    if (other.enrollment.phase !== 'waiting' || isSame(other, journey)) continue
    if (session.live.some(({ name, paused }) => paused && name === other.enrollment.workflow)) continue
    const send = comingSend(await programOf(session, other), other.enrollment)
    if (send) coming.push(send)
  }
  return coming
}

function isSame({ enrollment: one }: StoredJourney, { enrollment: other }: StoredJourney): boolean {
  return one.workflow === other.workflow && one.key === other.key && one.run === other.run
}

/** What other journeys sent to this customer lately, for frequency caps: read from their ledgers, which are at hand. */
async function sentTo(session: Session, journey: StoredJourney, now: Instant): Promise<Context['sent']> {
  const caps = Object.values(session.deployment.settings.topics).flatMap(({ cap }) =>
    cap ? [cap.withinMs] : [],
  )
  if (caps.length === 0) return []
  const since = now - Math.max(...caps)
  // Caps look further back than they did when what was sent then was put away.
  const { sentAt } = session.loaded.shelf ?? {}
  if (sentAt !== undefined && sentAt > since) await bringBack(session)
  const sent: Context['sent'] = []
  for (const other of session.loaded.journeys) {
    const { log } = other.enrollment
    const own = isSame(other, journey)
    if (own && !log.some(({ rule }) => rule === 'version')) continue
    // The gate counts what the journey itself sent at steps that its version still has.
    const counted = own ? (await programOf(session, other)).steps : {}
    // A step is one of the version that the journey was in at the time.
    let { enrollment: before } = other
    for (const decision of [...log].reverse()) {
      const { rule, outcome, at, step } = decision
      const left = versionLeft(decision)
      if (left !== undefined) before = { ...before, version: left }
      if (rule !== 'send' || outcome === 'refused' || at <= since) continue
      if (step !== undefined && counted[step]?.verb === 'send') continue
      const program = await programOf(session, { ...other, enrollment: before })
      const sender = step === undefined ? undefined : program.steps[step]
      sent.push({ topic: (sender?.verb === 'send' ? sender.topic : undefined) ?? program.topic, at })
    }
  }
  return sent
}
