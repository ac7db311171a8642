/** Which events a journey has been shown already. */
import { shortMark } from '../hash.ts'
import type { Enrollment } from '../journey.ts'

/**
 * What came of an event stands, however late it comes again: after a crash nothing has come in between, but what failed
 * for good and is replayed has been passed by others. What no await let through may be looked at anew by then.
 */
export function wasShown(enrollment: Enrollment, id: string): boolean {
  const { seenEventId, entry, awaited, converted, followed = [], awaitedBefore = [] } = enrollment
  return (
    [seenEventId, entry.id, awaited?.id, converted?.eventId].includes(id) ||
    followed.some((mark) => mark.id === id) ||
    (awaitedBefore.length > 0 && awaitedBefore.includes(shortMark(id)))
  )
}
