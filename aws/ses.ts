/** The sender port on SES v2, and what SES's answers mean for a mail that must go out once. */
import { GetAccountCommand, SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2'
import type { MailAccount, MessageTags, Sender, SendOutcome } from '../runtime/ports.ts'
import { encodeTags } from './tags.ts'
import { available, type Failure, failureOf, isThrottled } from './unavailable.ts'

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

/** The request never reached SES. */
const neverLeft = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Whose fault a refusal is: the account's or the deployment's, so that any other mail would fare the same. */
const notThisMail = new Set([
  'AccountSuspendedException',
  'SendingPausedException',
  'MailFromDomainNotVerifiedException',
  'NotFoundException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'ExpiredToken',
])

const soon = 60_000
const later = 15 * 60_000

/**
 * What an error of SendEmail proves. Only an answer with a 4xx status proves that SES did not take the mail; silence,
 * a broken connection and a 5xx prove nothing. Throttling and faults of the account hold the mail without counting a
 * try: a backlog must not use up the tries of the mails in it.
 */
export function outcomeOf(failure: Failure): SendOutcome {
  const reason = `${failure.name}: ${failure.message}`
  if (isThrottled(failure)) {
    const daily = /daily|quota|24.?hour/i.test(failure.message)
    return { status: 'retry', reason, hold: true, afterMs: daily ? later : soon }
  }
  if (notThisMail.has(failure.name) || failure.status === 401 || failure.status === 403) {
    return { status: 'retry', reason, hold: true, afterMs: later }
  }
  if (failure.status === undefined) {
    const left = !neverLeft.has(failure.code ?? '')
    return left ? { status: 'unknown', reason } : { status: 'retry', reason, hold: true, afterMs: soon }
  }
  if (failure.status === 408) return { status: 'unknown', reason }
  if (failure.status >= 400 && failure.status < 500) return { status: 'refused', reason }
  return { status: 'unknown', reason }
}
