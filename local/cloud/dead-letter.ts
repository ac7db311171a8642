/** A message that the embedded queue gave up, as it is kept. */
export interface DeadLetter {
  id: string
  /** What it was called while it was in the queue. */
  messageId: string
  group: string
  body: string
  dedupId: string
  sentAt: number
  diedAt: number
  receiveCount: number
  /** What the last failure said; a crash leaves none. */
  reason: string
}
