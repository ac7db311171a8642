/** The way in: an accepted event is in the queue, or it was not accepted. */
import { createHash } from 'node:crypto'
import type { CareEvent, Instant, JsonObject } from '../engine/model.ts'
import type { QueuedMessage } from './ports.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

export interface Accepted {
  event: CareEvent
  /** Profile fields to merge before anything is decided. */
  customer?: JsonObject
  /** Only this workflow is concerned (a date that came up for it). */
  workflow?: string
  /** With `workflow`: the revision of its state that is known here, so that nobody who knows an older one drops it. */
  rev?: number
}

/**
 * Resolves once the queue holds the events. A repeat of an event is dropped by the queue or seen through later.
 * @param knownAt when that was read from which they follow: where its person is erased meanwhile, they are from before.
 * Left out for what comes from outside.
 */
export async function accept(runtime: Runtime, events: Accepted[], knownAt?: Instant): Promise<void> {
  await runtime.world.queue.send(events.map((each) => messageFor(runtime, each, knownAt)))
}

/** The message that brings an event. */
export function messageFor(
  { world: { clock, ids } }: Runtime,
  { event, customer, workflow, rev }: Accepted,
  knownAt: Instant = clock.now(),
): QueuedMessage {
  const work: Work = {
    kind: 'event',
    intake: ids.next('in'),
    acceptedAt: knownAt,
    event,
    ...(customer && { customer }),
    ...(workflow !== undefined && { workflow }),
    ...(rev !== undefined && { rev }),
  }
  return {
    group: groupOf(event.customerId),
    body: JSON.stringify(work),
    dedupId: digest(`${event.customerId}\n${event.id}`),
  }
}

/** SQS group ids are 128 characters of a small alphabet, customer ids are not. */
export function groupOf(customerId: string): string {
  return /^[A-Za-z0-9_.@-]{1,100}$/.test(customerId) ? customerId : digest(customerId)
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
