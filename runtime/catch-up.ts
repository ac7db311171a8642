/**
 * A journey meets what has been published since it was last looked at: it ends, or goes over to the new version, before
 * anything else is done with it. Always called in the customer's group. The version that stands in the journey makes a
 * repeat harmless, and the round that a publish starts sees to it that every journey is looked at.
 */
import { placedIn } from '../engine/in-flight.ts'
import { isLeaving, pendingFor } from '../engine/succession.ts'
import { drive, recover } from './drive.ts'
import { RetryLater } from './errors.ts'
import { commitJourney, type StoredJourney } from './journeys.ts'
import { contextFor, type Session } from './session.ts'
import { arm } from './wakes.ts'

/** Answers the journey as it is afterwards. One that is in doubt stays until the doubt is settled. */
export async function catchUp(session: Session, journey: StoredJourney): Promise<StoredJourney> {
  const { runtime, successions } = session
  const { workflow } = journey.enrollment
  const known = successions.get(workflow) ?? []
  if (journey.enrollment.phase === 'ended') return journey
  if (pendingFor(known, journey.enrollment.version).length === 0) {
    if (!isLeaving(journey.enrollment)) return journey
    runtime.catalog.forgetLive()
    throw new RetryLater('the version that takes the journey over is not known here yet')
  }
  const settled = await recover(session, journey)
  const { phase, version } = settled.enrollment
  if (phase !== 'waiting' && phase !== 'awaiting') return settled

  const { clock, table, config } = runtime.world
  const context = await contextFor(session, settled, clock.now())
  let placed = { enrollment: settled.enrollment, arriving: false }
  for (const succession of pendingFor(known, version)) {
    const { version: from } = placed.enrollment
    if (succession.kind === 'end') {
      const values = { fromVersion: from, toVersion: succession.to }
      return await drive(session, settled, { kind: 'cancelled', reason: 'replaced', values })
    }
    const before = await runtime.catalog.program(workflow, from)
    const after = await runtime.catalog.program(workflow, succession.to)
    // Who came to a step that is gone after the publish had counted stays until they stand on one that is not.
    if (before && after) placed = placedIn(placed, before, after, succession, context) ?? placed
  }
  const { enrollment, arriving } = placed
  if (enrollment === settled.enrollment) return settled
  const moved: StoredJourney = { ...settled, enrollment }
  replace(session, settled, moved)
  if (arriving) return await drive(session, moved, { kind: 'arrived' })
  // Armed first: a timer without its journey is a hint that finds nothing, a journey without its timer waits for the night.
  if (enrollment.dueAt !== undefined) await arm(runtime, enrollment, enrollment.dueAt)
  const stored = await commitJourney(table, moved, config.owner)
  replace(session, moved, stored)
  return stored
}

function replace({ loaded }: Session, before: StoredJourney, after: StoredJourney): void {
  loaded.journeys = loaded.journeys.map((one) => (one === before ? after : one))
}
