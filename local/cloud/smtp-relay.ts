/** Hands the mails of the embedded mailbox to a real SMTP server: claimed before, recorded after, never twice. */
import { createTransport, type Transporter } from 'nodemailer'
import { failureOf } from '../../aws/unavailable.ts'
import type { Mailbox, RelayState } from './mailbox.ts'

/** How often a mail is handed over again after the server said "not now". */
const pauseMs = 60_000

export class SmtpRelay {
  readonly #mailbox: Mailbox
  readonly #transport: Transporter
  readonly #waiting: string[] = []
  /** The server said "not now" to these alone: they come again behind the others. */
  readonly #later: string[] = []
  #laterTimer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor(url: string, mailbox: Mailbox) {
    this.#mailbox = mailbox
    this.#transport = createTransport({ url, pool: true })
  }

  /** Takes up what an earlier process left: pending mails go out, claimed ones may have gone and stay in doubt. */
  static async open(url: string, mailbox: Mailbox): Promise<SmtpRelay> {
    const relay = new SmtpRelay(url, mailbox)
    for (const { id, state } of await mailbox.relays()) {
      if (state.status === 'pending') relay.accepted(id)
      if (state.status === 'claimed') {
        await mailbox.setRelay(id, {
          status: 'in-doubt',
          reason: 'the process ended while it was handed over',
        })
      }
    }
    return relay
  }

  accepted(id: string): void {
    this.#waiting.push(id)
    this.#work()
  }

  /** Resolves when nothing is being handed over; what is left stays pending on disk. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#laterTimer)
    await this.#working
    this.#transport.close()
  }

  #work(): void {
    if (this.#closed || this.#working || this.#timer) return
    this.#working = this.#drain().finally(() => {
      this.#working = undefined
    })
  }

  async #drain(): Promise<void> {
    while (!this.#closed) {
      const id = this.#waiting[0]
      if (id === undefined) return
      const after = await this.#handOver(id)
      if (after === 'nobody') {
        this.#timer = setTimeout(() => {
          this.#timer = undefined
          this.#work()
        }, pauseMs).unref()
        return
      }
      this.#waiting.shift()
      if (after === 'later') this.#putOff(id)
    }
  }

  /** Others go on meanwhile. */
  #putOff(id: string): void {
    this.#later.push(id)
    this.#laterTimer ??= setTimeout(() => {
      this.#laterTimer = undefined
      this.#waiting.push(...this.#later.splice(0))
      this.#work()
    }, pauseMs).unref()
  }

  /** `later`: the server does not take this mail now. `nobody`: it takes none. */
  async #handOver(id: string): Promise<'settled' | 'later' | 'nobody'> {
    const message = await this.#mailbox.get(id)
    const raw = await this.#mailbox.eml(id)
    if (!message || raw === undefined) return 'settled'
    await this.#mailbox.setRelay(id, { status: 'claimed' })
    try {
      await this.#transport.sendMail({ envelope: { from: message.from, to: message.to }, raw })
      await this.#mailbox.setRelay(id, { status: 'sent' })
      return 'settled'
    } catch (error) {
      const state = stateAfter(error)
      await this.#mailbox.setRelay(id, state)
      if (state.status !== 'pending') return 'settled'
      return isAboutIt(error) ? 'later' : 'nobody'
    }
  }
}

/** Only what the server said, or what happened before there was a server to say something, proves that it has no mail. */
function stateAfter(error: unknown): RelayState {
  const { message: reason, code } = failureOf(error)
  const answered = responseCode(error)
  if (answered !== undefined && answered >= 500 && code !== 'EAUTH') return { status: 'refused', reason }
  const connecting =
    error instanceof Error &&
    'syscall' in error &&
    (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
  const untaken = answered !== undefined || connecting || code === 'EDNS' || code === 'EAUTH'
  return { status: untaken ? 'pending' : 'in-doubt', reason }
}

/** A 4xx is about one mail (greylisting, a full mailbox); 421 and a refused login are about all of them. */
function isAboutIt(error: unknown): boolean {
  const answered = responseCode(error)
  return answered !== undefined && answered !== 421 && failureOf(error).code !== 'EAUTH'
}

/** What the server said, when it said something. */
function responseCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('responseCode' in error)) return undefined
  return typeof error.responseCode === 'number' ? error.responseCode : undefined
}
