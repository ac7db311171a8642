/** Plays SES: the event that it would send about a message of the mailbox. */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { encodeTags } from '../aws/tags.ts'
import type { SesEventInput } from '../functions/ses-event.ts'
import type { MessageTags } from '../runtime/ports.ts'
import type { MailboxMessage } from './cloud/mailbox.ts'

/** The body of `POST /local/feedback`. */
export const reportInput = z.strictObject({
  messageId: z.string().min(1),
  type: z.enum(['bounce', 'complaint', 'delivery', 'open', 'click', 'send', 'reject']),
  /** Of a bounce: whether the address is dead (the default) or may work tomorrow. */
  bounceType: z.enum(['Permanent', 'Transient', 'Undetermined']).default('Permanent'),
  /** Whose address it was; the recipient's unless given. */
  address: z.string().min(3).optional(),
  reason: z.string().max(1000).optional(),
  /** Of a click. */
  link: z.string().max(2000).optional(),
})
export type ReportInput = z.output<typeof reportInput>

const names: { [type in ReportInput['type']]: { eventType: string; detailType: string } } = {
  bounce: { eventType: 'Bounce', detailType: 'Email Bounced' },
  complaint: { eventType: 'Complaint', detailType: 'Email Complaint Received' },
  delivery: { eventType: 'Delivery', detailType: 'Email Delivered' },
  open: { eventType: 'Open', detailType: 'Email Opened' },
  click: { eventType: 'Click', detailType: 'Email Clicked' },
  send: { eventType: 'Send', detailType: 'Email Sent' },
  reject: { eventType: 'Reject', detailType: 'Email Rejected' },
}

export function sesReport(message: MailboxMessage, tags: MessageTags, input: ReportInput, now: number) {
  const { eventType, detailType } = names[input.type]
  const timestamp = new Date(now).toISOString()
  const detail: SesEventInput['detail'] = {
    eventType,
    mail: {
      timestamp: new Date(message.at).toISOString(),
      messageId: message.id,
      destination: [message.to],
      tags: Object.fromEntries(encodeTags(tags).map(({ Name, Value }) => [Name ?? '', [Value ?? '']])),
    },
    ...said(input, input.address ?? message.to, timestamp),
  }
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source: 'aws.ses',
    account: '000000000000',
    time: timestamp,
    region: 'us-east-1',
    resources: [],
    detail,
  }
}

function said({ type, bounceType, reason, link }: ReportInput, emailAddress: string, timestamp: string) {
  switch (type) {
    case 'bounce': {
      const bouncedRecipients = [{ emailAddress, ...(reason !== undefined && { diagnosticCode: reason }) }]
      return { bounce: { bounceType, bounceSubType: 'General', bouncedRecipients, timestamp } }
    }
    case 'complaint': {
      const complaintFeedbackType = reason ?? 'abuse'
      return { complaint: { complainedRecipients: [{ emailAddress }], complaintFeedbackType, timestamp } }
    }
    case 'delivery':
      return { delivery: { timestamp, recipients: [emailAddress] } }
    case 'open':
      return { open: { timestamp } }
    case 'click':
      return { click: { timestamp, link: link ?? '' } }
    case 'send':
      return { send: {} }
    case 'reject':
      return { reject: { reason: reason ?? 'Bad content' } }
  }
}
