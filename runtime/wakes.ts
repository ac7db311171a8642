/** The timers of waiting journeys, and the messages that they put into the queue. */
import type { Enrollment } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { digest, groupOf } from './ingest.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

/**
 * Arms the timer of a waiting journey. The name says what for, so that arming twice is arming once.
 * @param after when the timer was armed that has fired for this already, and too early: its name may still be taken.
 */
export async function arm(
  runtime: Runtime,
  enrollment: Enrollment,
  dueAt: Instant,
  after?: Instant,
): Promise<void> {
  const { customerId, workflow, key, run, step } = enrollment
  const body = wakeFor(enrollment, dueAt, runtime.world.clock.now())
  await runtime.world.timers.arm({
    name: digest(
      [customerId, workflow, key, run, step, dueAt, ...(after === undefined ? [] : [after])].join('\n'),
    ),
    at: dueAt,
    group: groupOf(customerId),
    body,
  })
}

/**
 * The message of a timer. `armedAt` makes each a message of its own, which a queue does not take for a repeat; `rev` is
 * the state of the workflow that it is about.
 */
export function wakeFor(enrollment: Enrollment, dueAt: Instant, armedAt: Instant, rev?: number): string {
  const { customerId, workflow, key, run } = enrollment
  const about = { customerId, workflow, key, run, dueAt, armedAt }
  const wake: Work = { kind: 'wake', ...about, ...(rev !== undefined && { rev }) }
  return JSON.stringify(wake)
}

/** Arms again what may have lost its timer in a crash between commit and arming. */
export async function rearm(runtime: Runtime, enrollment: Enrollment): Promise<void> {
  if (enrollment.dueAt !== undefined && enrollment.phase !== 'ended')
    await arm(runtime, enrollment, enrollment.dueAt)
}
