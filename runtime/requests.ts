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
