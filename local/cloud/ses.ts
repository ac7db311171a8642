/** SES v2's protocol in front of the mailbox. */
import * as z from 'zod'
import type { Mailbox } from './mailbox.ts'
import { parseSendEmail } from './send-email.ts'
import {
  type Answer,
  type Call,
  json,
  parseBody,
  type Request,
  type Service,
  ServiceError,
} from './service.ts'

const contentType = 'application/json'
const dayMs = 24 * 3_600_000

export interface SendQuota {
  /** -1: without limit, as SES writes it. */
  max24HourSend: number
  maxSendRate: number
}

export interface SesOptions {
  now: () => number
  quota: SendQuota
  /** Set when mails are handed on by SMTP. */
  onAccepted?: ((id: string) => void) | undefined
}

export class Ses implements Service {
  readonly #mailbox: Mailbox
  readonly #options: SesOptions

  constructor(mailbox: Mailbox, options: SesOptions) {
    this.#mailbox = mailbox
    this.#options = options
  }

  call(request: Request): Call {
    const call = `${request.method} ${request.path.slice(request.path.indexOf('/v2/email'))}`
    if (call === 'POST /v2/email/outbound-emails') {
      return {
        operation: 'SendEmail',
        run: async () => json(await this.#send(parseBody(request), () => request.body), contentType),
      }
    }
    if (call === 'GET /v2/email/account') return { operation: 'GetAccount', run: async () => this.#account() }
    throw new ServiceError('NotFoundException', `not a call we know: ${call}`, 404)
  }

  direct(operation: string, asked: object) {
    // A MIME message comes as bytes, which only a request makes text of.
    const simple = 'Content' in asked && isObject(asked.Content) && 'Simple' in asked.Content
    if (operation !== 'SendEmail' || !simple) return undefined
    return () => this.#send(asked, () => JSON.stringify(asked))
  }

  async #send(asked: unknown, body: () => string): Promise<object> {
    const mail = this.#checked(asked)
    const { quota, now, onAccepted } = this.#options
    if (quota.max24HourSend >= 0) {
      if (this.#mailbox.countSince(now() - dayMs) >= quota.max24HourSend) {
        throw new ServiceError('TooManyRequestsException', 'Daily message quota exceeded.', 429)
      }
      if (this.#mailbox.countSince(now() - 1000) >= quota.maxSendRate) {
        throw new ServiceError('TooManyRequestsException', 'Maximum sending rate exceeded.', 429)
      }
    }
    const id = await this.#mailbox.accept(mail, body(), onAccepted !== undefined)
    onAccepted?.(id)
    return { MessageId: id }
  }

  #checked(asked: unknown) {
    try {
      const mail = parseSendEmail(asked)
      if (mail.from === '' || mail.to === '')
        throw new ServiceError('BadRequestException', 'no sender or no recipient')
      return mail
    } catch (error) {
      if (error instanceof z.ZodError) throw new ServiceError('BadRequestException', z.prettifyError(error))
      throw error
    }
  }

  #account(): Answer {
    const { quota, now } = this.#options
    const SendQuota = {
      Max24HourSend: quota.max24HourSend,
      MaxSendRate: quota.maxSendRate,
      SentLast24Hours: this.#mailbox.countSince(now() - dayMs),
    }
    return json({ SendQuota, SendingEnabled: true, ProductionAccessEnabled: true }, contentType)
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
