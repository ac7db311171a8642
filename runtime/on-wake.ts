/** A timer fired. It is a hint: whether the journey is due stands in the journey. */
import { catchUp } from './catch-up.ts'
import { drive, recover } from './drive.ts'
import { journeyNamed } from './journeys.ts'
import { followDates } from './on-profile.ts'
import type { Runtime } from './runtime.ts'
import { openSession } from './session.ts'
import type { Work } from './work.ts'

export async function onWake(runtime: Runtime, wake: Extract<Work, { kind: 'wake' }>): Promise<void> {
  if (wake.rev !== undefined) await runtime.catalog.hear(wake.workflow, wake.rev)
  const session = await openSession(runtime, wake.customerId)
  if (!session) return
  const found = journeyNamed(session.loaded.journeys, wake)
  // Erased since, or ended: nothing is owed.
  if (!found || found.enrollment.phase === 'ended') return
  const journey = await catchUp(session, found)
  if (journey.enrollment.phase === 'performing') await recover(session, journey)
  // Not due yet (moved, or a message that came again): `woken` changes nothing and the timer is armed once more.
  else await drive(session, journey, { kind: 'woken' })
  await followDates(session, { again: true })
}
