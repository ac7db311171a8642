/** A timer fired. It is a hint: whether the journey is due stands in the journey. */
import type { Enrollment } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { catchUp } from './catch-up.ts'
import { drive, recover } from './drive.ts'
import { journeyNamed } from './journeys.ts'
import { followDates } from './on-profile.ts'
import type { Runtime } from './runtime.ts'
import { openSession } from './session.ts'
import { arm } from './wakes.ts'
import type { Work } from './work.ts'

type Wake = Extract<Work, { kind: 'wake' }>

/** The clocks of the timers and of this process differ by less. */
const CLOCKS_APART_MS = 5 * 60_000

/** Its own timer has fired, and by this clock it is not due yet. */
function isEarly({ dueAt }: Enrollment, wake: Wake, now: Instant): boolean {
  return dueAt === wake.dueAt && now < dueAt && dueAt - now <= CLOCKS_APART_MS
}

export async function onWake(runtime: Runtime, wake: Wake): Promise<void> {
  if (wake.rev !== undefined) await runtime.catalog.hear(wake.workflow, wake.rev)
  const session = await openSession(runtime, wake.customerId)
  if (!session) return
  const found = journeyNamed(session.loaded.journeys, wake)
  // Erased since, or ended: nothing is owed.
  if (!found || found.enrollment.phase === 'ended') return
  const journey = await catchUp(session, found)
  if (journey.enrollment.phase === 'performing') await recover(session, journey)
  else if (isEarly(journey.enrollment, wake, runtime.world.clock.now()))
    await arm(runtime, journey.enrollment, wake.dueAt, wake.armedAt)
  // Not due yet (moved, or a message that came again): `woken` changes nothing and the timer is armed once more.
  else await drive(session, journey, { kind: 'woken' })
  await followDates(session, { again: true })
}
