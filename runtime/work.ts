/** What travels on the work queue: one schema for the side that writes and the side that reads. */
import * as z from 'zod'
import type { JsonObject } from '../engine/model.ts'

const jsonObject = z.record(z.string(), z.json()) as z.ZodType<JsonObject>

const careEvent = z.object({
  id: z.string(),
  type: z.string(),
  customerId: z.string(),
  at: z.number(),
  data: jsonObject,
  hops: z.number().exactOptional(),
})

const journeyRef = { customerId: z.string(), workflow: z.string(), key: z.string(), run: z.number().int() }

export const work = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('event'),
    /**
     * Given when the event was accepted. Tells a redelivery (same intake: go on where the crash was) from a
     * second post of the same event (another intake: nothing to do).
     */
    intake: z.string(),
    /**
     * When it was accepted from outside, or what it follows from was read: what is from before an erasure brings nobody
     * back. Absent in messages from before there was such a moment.
     */
    acceptedAt: z.number().optional(),
    event: careEvent,
    /** Profile fields that came with the event, merged before anything is decided. */
    customer: jsonObject.optional(),
    /** Set for the events that Premura makes itself for one workflow (a date that came up). */
    workflow: z.string().optional(),
    /** With `workflow`: the revision of its state that the sender knew. */
    rev: z.number().int().optional(),
    /** It failed for good, and somebody has it done again: anything may have happened since. */
    replayed: z.literal(true).optional(),
  }),
  z.object({
    kind: z.literal('wake'),
    ...journeyRef,
    dueAt: z.number(),
    armedAt: z.number(),
    /** The revision of the workflow's state that it is woken for: a process that knows an older one looks again. */
    rev: z.number().int().optional(),
  }),
  z.object({
    kind: z.literal('feedback'),
    ...journeyRef,
    step: z.string(),
    /** `in-doubt`: a provider that had said it took the message does not know any more. */
    type: z.enum([
      'send',
      'delivery',
      'bounce',
      'soft-bounce',
      'undelivered',
      'complaint',
      'reject',
      'open',
      'click',
      'in-doubt',
    ]),
    at: z.number(),
    /** When the message was sent that it is about. */
    sentAt: z.number().optional(),
    address: z.string().optional(),
    reason: z.string().optional(),
  }),
  /** The profile was changed from outside, or may have been. */
  z.object({ kind: z.literal('profile'), customerId: z.string() }),
  /** Journeys of theirs that ended long ago are to be put where no event reads them. */
  z.object({ kind: z.literal('shelve'), customerId: z.string() }),
  /** Everything that was queued for a person before their erasure has run out. */
  z.object({
    kind: z.literal('erase'),
    customerId: z.string(),
    /** When the erasure began: a profile that was made by somebody who knew of it is there on purpose. */
    sinceAt: z.number().optional(),
  }),
  /** A person's word on a message that is in doubt. */
  z.object({
    kind: z.literal('settle'),
    ...journeyRef,
    step: z.string(),
    outcome: z.enum(['sent', 'resend', 'drop']),
    /** Which try they speak of, by its claim: their word is not about a later one. */
    claimedAt: z.number().optional(),
    /** When they said so: it is about no later try. */
    at: z.number().optional(),
    /** Who said so. */
    by: z.string().optional(),
  }),
  /** The next page of a day, or of a quarter of an hour, with many due customers. */
  z.object({
    kind: z.literal('due'),
    workflow: z.string(),
    rev: z.number().int().optional(),
    attribute: z.string(),
    zone: z.string(),
    rows: z.discriminatedUnion('by', [
      /** Customers whose date is due as a day. */
      z.object({ by: z.literal('day'), partition: z.string(), day: z.string() }),
      /** Customers whose date has a time of its own, by that time. */
      z.object({
        by: z.literal('clock'),
        day: z.string(),
        from: z.string(),
        to: z.string(),
        afterAt: z.number(),
        untilAt: z.number(),
      }),
    ]),
    cursor: z.string().optional(),
  }),
  /** A day of the calendar has begun somewhere: the next page of everybody. */
  z.object({
    kind: z.literal('calendar'),
    workflow: z.string(),
    rev: z.number().int().optional(),
    occurrence: z.string(),
    cursor: z.string().optional(),
  }),
  /**
   * A round through a workflow's journeys, from `cursor` on: wakes those that have something to do under the state of
   * the workflow with this revision. Without a segment it is the whole table.
   */
  z.object({
    kind: z.literal('sweep'),
    workflow: z.string(),
    rev: z.number().int().optional(),
    /** Names the round, so that two of them are not taken for one. */
    id: z.string().optional(),
    segment: z.number().int().optional(),
    segments: z.number().int().optional(),
    cursor: z.string().optional(),
  }),
])

export type Work = z.infer<typeof work>
