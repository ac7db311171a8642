/** The sender port on SES v2. */
import { GetAccountCommand, SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2'
import type { MailAccount, MessageTags, Sender } from '../runtime/ports.ts'
import { outcomeOf } from './outcome.ts'
import { encodeTags } from './tags.ts'
import { available, failureOf } from './unavailable.ts'

export interface SenderOptions {
  /** Must not retry by itself: `sesClient()`. */
  client: SESv2Client
  configurationSet?: string
  /** SES keeps no record that can be asked; a provider that does (the embedded mailbox) answers here. */
  find?: (tags: MessageTags) => Promise<'sent' | 'unsent' | 'unknown'>
}

export function createSender({ client, configurationSet, find }: SenderOptions): Sender {
  return {
    async send(mail) {
      try {
        const answer = await client.send(
          new SendEmailCommand({
            FromEmailAddress: mail.from,
            Destination: { ToAddresses: [mail.to] },
            ...(mail.replyTo !== undefined && { ReplyToAddresses: [mail.replyTo] }),
            ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
            EmailTags: encodeTags(mail.tags),
            Content: {
              Simple: {
                Subject: { Data: mail.subject, Charset: 'UTF-8' },
                Body: {
                  Html: { Data: mail.html, Charset: 'UTF-8' },
                  Text: { Data: mail.text, Charset: 'UTF-8' },
                },
                Headers: mail.headers.map(({ name, value }) => ({ Name: name, Value: value })),
              },
            },
          }),
        )
        return { status: 'sent', messageId: answer.MessageId ?? '' }
      } catch (error) {
        return outcomeOf(failureOf(error))
      }
    },
    find: find ?? (async () => 'unknown'),
  }
}

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendQuota.html */
export function createMailAccount(client: SESv2Client): MailAccount {
  return {
    async quota() {
      const { SendQuota = {} } = await available('sesv2.GetAccount', () =>
        client.send(new GetAccountCommand({})),
      )
      const { Max24HourSend: perDay = -1, SentLast24Hours = 0, MaxSendRate = 0 } = SendQuota
      return {
        // -1: without limit, as SES writes it.
        ...(perDay >= 0 && { perDay }),
        sentInLastDay: SentLast24Hours,
        perSecond: MaxSendRate,
      }
    },
  }
}
