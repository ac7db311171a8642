/** Plays End User Messaging: the event that it would send about an SMS of the mailbox, as SNS would bring it. */
import { randomUUID } from 'node:crypto'
import type { SNSEvent } from 'aws-lambda'
import { contextOf } from '../aws/sms-context.ts'
import type { SmsEventInput } from '../functions/sms-event.ts'
import type { MessageTags } from '../runtime/ports.ts'
import { names } from './cloud/cloud.ts'
import type { MailboxMessage } from './cloud/mailbox.ts'
import type { ReportInput } from './ses-report.ts'

/** Undefined for what nobody hears of an SMS. */
export function smsEvent(
  message: MailboxMessage,
  tags: MessageTags,
  input: ReportInput,
  now: number,
): SNSEvent | undefined {
  const eventType = typeOf(input)
  if (eventType === undefined) return undefined
  const detail: SmsEventInput = {
    eventType,
    eventTimestamp: now,
    messageRequestTimestamp: message.at,
    isFinal: eventType !== 'TEXT_SENT',
    destinationPhoneNumber: input.address ?? message.to,
    messageId: message.id,
    ...(input.reason !== undefined && { messageStatusDescription: input.reason }),
    context: contextOf(tags),
  }
  const topic = `arn:aws:sns:${names.region}:000000000000:premura-sms-reports`
  return {
    Records: [
      {
        EventVersion: '1.0',
        EventSubscriptionArn: `${topic}:${randomUUID()}`,
        EventSource: 'aws:sns',
        Sns: {
          SignatureVersion: '1',
          Timestamp: new Date(now).toISOString(),
          Signature: '',
          SigningCertUrl: '',
          MessageId: randomUUID(),
          Message: JSON.stringify(detail),
          MessageAttributes: {},
          Type: 'Notification',
          UnsubscribeUrl: '',
          TopicArn: topic,
          Subject: '',
        },
      },
    ],
  }
}

function typeOf({ type, bounceType }: ReportInput): string | undefined {
  switch (type) {
    case 'send':
      return 'TEXT_SENT'
    case 'delivery':
      return 'TEXT_DELIVERED'
    case 'bounce':
      return bounceType === 'Permanent' ? 'TEXT_INVALID' : 'TEXT_UNREACHABLE'
    case 'reject':
      return 'TEXT_INVALID_MESSAGE'
    default:
      return undefined
  }
}
