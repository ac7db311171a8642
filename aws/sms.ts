/** SMS by End User Messaging, and what its answers mean for a message that must go out once. */
import { type PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2'
import type { MessageTags, OutgoingText, SendOutcome } from '../runtime/ports.ts'
import { outcomeOf } from './outcome.ts'
import { failureOf } from './unavailable.ts'

export interface SmsOptions {
  /** Must not retry by itself: `smsClient()`. */
  client: PinpointSMSVoiceV2Client
  /** Who sends: a number, pool or sender ID, by its ARN. */
  origination: string
}

export function createSms({ client, origination }: SmsOptions) {
  return async ({ tags, to, from, body }: OutgoingText): Promise<SendOutcome> => {
    try {
      const { MessageId = '' } = await client.send(
        new SendTextMessageCommand({
          DestinationPhoneNumber: to,
          OriginationIdentity: from ?? origination,
          MessageBody: body,
          Context: contextOf(tags),
        }),
      )
      return { status: 'sent', messageId: MessageId }
    } catch (error) {
      const outcome = outcomeOf(failureOf(error))
      const optedOut = outcome.status === 'refused' && hasOptedOut(error)
      return optedOut ? { ...outcome, optedOut } : outcome
    }
  }
}

const hasOptedOut = (error: unknown): boolean =>
  error instanceof Error && 'Reason' in error && error.Reason === 'DESTINATION_PHONE_NUMBER_OPTED_OUT'

/** https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html */
const longestValue = 800
const mostValues = 5

/** Whose message it was, for whoever reads the account's own events: left out where it does not fit. */
function contextOf(tags: MessageTags): { [name: string]: string } {
  const text = encodeURIComponent(JSON.stringify(tags))
  const pieces = text.match(new RegExp(`.{1,${longestValue}}`, 'g')) ?? []
  if (pieces.length > mostValues) return {}
  return Object.fromEntries(pieces.map((piece, index) => [`premura-${index + 1}`, piece]))
}
