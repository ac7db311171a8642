/** SMS by End User Messaging, and what its answers mean for a message that must go out once. */
import { type PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2'
import type { OutgoingText, SendOutcome } from '../runtime/ports.ts'
import { outcomeOf } from './outcome.ts'
import { contextOf } from './sms-context.ts'
import { failureOf } from './unavailable.ts'

export interface SmsOptions {
  /** Must not retry by itself: `smsClient()`. */
  client: PinpointSMSVoiceV2Client
  /** Who sends: a number, pool or sender ID, by its ARN. */
  origination: string
  /** Where its events go. */
  configurationSet?: string | undefined
}

export function createSms({ client, origination, configurationSet }: SmsOptions) {
  return async ({ tags, to, from, body }: OutgoingText): Promise<SendOutcome> => {
    try {
      const { MessageId = '' } = await client.send(
        new SendTextMessageCommand({
          DestinationPhoneNumber: to,
          OriginationIdentity: from ?? origination,
          MessageBody: body,
          Context: contextOf(tags),
          ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
        }),
      )
      return { status: 'sent', messageId: MessageId }
    } catch (error) {
      if (reasonOf(error) === 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT') return SPENT
      const outcome = outcomeOf(failureOf(error))
      const optedOut =
        outcome.status === 'refused' && reasonOf(error) === 'DESTINATION_PHONE_NUMBER_OPTED_OUT'
      return optedOut ? { ...outcome, optedOut } : outcome
    }
  }
}

/** The account's, and nothing that minutes would mend: somebody raises the limit, or the month ends. */
const SPENT: SendOutcome = {
  status: 'retry',
  hold: true,
  afterMs: 3_600_000,
  reason: 'MonthlySpendLimit: the account has spent on SMS what it may in a month',
}

/** Beside the name of an error; its text is for people. */
const reasonOf = (error: unknown) => (error instanceof Error && 'Reason' in error ? error.Reason : undefined)
