/** What a person asks for and the worker does: here it is only queued, so that asking carries no interpreter. */
import { groupOf } from './ingest.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

/** Queued behind whatever else there is for the customer, so that it meets the journey at rest. */
export function requestSettle(
  runtime: Runtime,
  settle: Omit<Extract<Work, { kind: 'settle' }>, 'kind' | 'at'>,
): Promise<void> {
  return request(runtime, { kind: 'settle', ...settle, at: runtime.world.clock.now() })
}

/** A profile has changed: its waits are looked at between two messages of the customer and never within one. */
export function announceProfile(runtime: Runtime, ...customerIds: string[]): Promise<void> {
  return request(runtime, ...customerIds.map((customerId) => ({ kind: 'profile', customerId }) as const))
}

async function request(
  { world }: Runtime,
  ...works: Extract<Work, { kind: 'settle' | 'profile' }>[]
): Promise<void> {
  await world.queue.send(
    works.map((work) => ({
      group: groupOf(work.customerId),
      body: JSON.stringify(work),
      dedupId: world.ids.next(work.kind),
    })),
  )
}
