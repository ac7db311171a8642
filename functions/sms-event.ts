/** What End User Messaging says about our SMS, as SNS brings it, as far as we look at it; and what it means for us. */
import * as z from 'zod'
import { tagsOfContext } from '../aws/sms-context.ts'
import type { MessageTags } from '../runtime/ports.ts'
import type { Work } from '../runtime/work.ts'

const detail = z.object({
  eventType: z.string(),
  eventTimestamp: z.number(),
  /** When we asked for it. */
  messageRequestTimestamp: z.number().optional(),
  /** Nothing comes after it. */
  isFinal: z.boolean().default(false),
  destinationPhoneNumber: z.string().optional(),
  messageId: z.string().optional(),
  messageStatusDescription: z.string().optional(),
  context: z.record(z.string(), z.string()).default({}),
})

export type SmsEventInput = z.input<typeof detail>

/** SNS's envelope around it: one record for each message that was published. */
export const snsEvent = z.object({
  Records: z.array(z.object({ Sns: z.object({ MessageId: z.string(), Message: z.string() }) })),
})

type Feedback = Extract<Work, { kind: 'feedback' }>

export interface SmsReport {
  tags: MessageTags
  said: Pick<Feedback, 'type' | 'address' | 'reason'> & { at: number; sentAt: number }
}

/** Undefined for a message that is not ours, and for what says nothing new. */
export function smsReport(message: string): SmsReport | undefined {
  const event = detail.parse(JSON.parse(message))
  const tags = tagsOfContext(event.context)
  const type = typeOf(event)
  if (!tags || !type) return undefined
  const { destinationPhoneNumber: address, messageStatusDescription: why } = event
  const { eventTimestamp: at, messageRequestTimestamp: sentAt = at } = event
  return {
    tags,
    said: {
      type,
      at,
      sentAt,
      ...(address !== undefined && { address }),
      ...(why !== undefined && { reason: why }),
    },
  }
}

/** https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html */
function typeOf({ eventType, isFinal }: z.output<typeof detail>): Feedback['type'] | undefined {
  switch (eventType) {
    case 'TEXT_QUEUED':
    case 'TEXT_PENDING':
    case 'TEXT_SENT':
      return 'send'
    case 'TEXT_DELIVERED':
      return 'delivery'
    // The carrier has it. In some countries that is the last that is ever heard, and stands for the delivery.
    case 'TEXT_SUCCESSFUL':
      return isFinal ? 'delivery' : 'send'
    // There is no such number: nothing is to go to it again.
    case 'TEXT_INVALID':
      return 'bounce'
    case 'TEXT_INVALID_MESSAGE':
    case 'TEXT_PROTECT_BLOCKED':
      return 'reject'
    case 'TEXT_BLOCKED':
    case 'TEXT_CARRIER_BLOCKED':
    case 'TEXT_CARRIER_UNREACHABLE':
    case 'TEXT_SPAM':
    case 'TEXT_TTL_EXPIRED':
    case 'TEXT_UNREACHABLE':
      return isFinal ? 'undelivered' : 'send'
    // Also said after three days in which no carrier said anything: it was sent, and that is all that is known.
    case 'TEXT_UNKNOWN':
      return 'send'
    default:
      return undefined
  }
}
