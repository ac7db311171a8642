/** What is known of a customer has changed: journeys that wait for one of their dates wait for the new one. */
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
 * Looks at every wait for a date once more; one that means the same moment as before is left as it is.
 * @param options.again an earlier try may have moved a wait and crashed before it armed the timer
 */
export async function followDates(session: Session, { again }: { again: boolean }): Promise<void> {
  for (const journey of [...session.loaded.journeys]) {
    const { phase, step: id } = journey.enrollment
    if (phase !== 'waiting' || id === null) continue
    const step = (await programOf(session, journey)).steps[id]
    const waits = step?.verb === 'wait' && step.until !== undefined
    // What was put off may have waited for a date before.
    if (!waits && journey.enrollment.since === undefined) continue
    const after = await drive(session, journey, { kind: 'profile' })
    if (again && after === journey) await rearm(session.runtime, journey.enrollment)
  }
}
