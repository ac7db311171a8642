/** What a person asks for and the worker does: here it is only queued, so that asking carries no interpreter. */
import { groupOf } from './ingest.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

/** Queued behind whatever else there is for the customer, so that it meets the journey at rest. */
export async function requestSettle(
  { world }: Runtime,
  settle: Omit<Extract<Work, { kind: 'settle' }>, 'kind'>,
): Promise<void> {
  const work: Work = { kind: 'settle', ...settle }
  const dedupId = world.ids.next('settle')
  await world.queue.send([{ group: groupOf(settle.customerId), body: JSON.stringify(work), dedupId }])
}

/** A profile has changed: in the customer's own group, so that it is looked at between two messages and never within one. */
export async function announceProfile({ world }: Runtime, customerId: string): Promise<void> {
  const work: Work = { kind: 'profile', customerId }
  const dedupId = world.ids.next('profile')
  await world.queue.send([{ group: groupOf(customerId), body: JSON.stringify(work), dedupId }])
}
