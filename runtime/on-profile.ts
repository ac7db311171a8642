/** What is known of a customer has changed: waits for one of their dates, or for a time of day of theirs, follow it. */
import { isMoved, plannedElsewhere } from '../engine/advance/waits.ts'
import { zoneOf } from '../engine/time.ts'
import type { Enrollment } from '../engine/journey.ts'
import { drive } from './drive.ts'
import type { Runtime } from './runtime.ts'
import { openSession, programOf, type Session } from './session.ts'
import { rearm } from './wakes.ts'
import type { Work } from './work.ts'

export async function onProfile(
  runtime: Runtime,
  { customerId }: Extract<Work, { kind: 'profile' }>,
): Promise<void> {
  const session = await openSession(runtime, customerId)
  if (session) await followDates(session, { again: true })
}

/**
 * Looks at every wait for a date once more, and at the others where the zone is another one; one that means the same
 * moment as before is left as it is.
 * @param options.again an earlier try may have moved a wait and crashed before it armed the timer
 */
export async function followDates(session: Session, { again }: { again: boolean }): Promise<void> {
  const zone = zoneOf(session.loaded.customer, session.deployment.settings)
  for (const journey of [...session.loaded.journeys]) {
    const { enrollment } = journey
    const { phase, step: id, since } = enrollment
    if (phase !== 'waiting' || id === null) continue
    const step = (await programOf(session, journey)).steps[id]
    const concerned =
      step?.verb === 'wait' && step.until === undefined
        ? plannedElsewhere(step, enrollment, zone)
        : // What was put off may have waited for a date before.
          step?.verb === 'wait' || since !== undefined
    const after = concerned ? await drive(session, journey, { kind: 'profile' }) : journey
    const owed = concerned || (step?.verb === 'wait' && isMoved(step, enrollment))
    // What came due in a pause is woken when that ends; until then a timer would go off every minute.
    if (again && owed && after === journey && !isHeld(session, enrollment))
      await rearm(session.runtime, enrollment)
  }
}

function isHeld({ runtime, live }: Session, { workflow, dueAt = 0 }: Enrollment): boolean {
  return dueAt <= runtime.world.clock.now() && live.some(({ name, paused }) => paused && name === workflow)
}
