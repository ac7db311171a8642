/** Hands the mails of the embedded mailbox to a real SMTP server: claimed before, recorded after, never twice. */
import { createTransport, type Transporter } from 'nodemailer'
import type { Mailbox, RelayState } from './mailbox.ts'
import { isAboutIt, stateAfter } from './smtp-answer.ts'

/** How often a mail is handed over again after the server said "not now". */
const pauseMs = 60_000

/** Takes note of what became of a mail that the server refused or may have. */
export type RelayListener = (id: string, state: RelayState) => Promise<void>

export class SmtpRelay {
  readonly #mailbox: Mailbox
  readonly #transport: Transporter
  readonly #waiting: string[] = []
  /** The server said "not now" to these alone: they come again behind the others. */
  readonly #later: string[] = []
  /** What became of mails, where the disk did not take it yet. */
  readonly #unwritten = new Map<string, RelayState>()
  /** What became of mails, where nobody has taken note of it yet. */
  readonly #untold = new Map<string, RelayState>()
  #listener: RelayListener | undefined
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
      if (state.status === 'claimed')
        await relay.#record(id, { status: 'in-doubt', reason: 'the process ended while it was handed over' })
      else if (isNews(state)) relay.#untold.set(id, state)
    }
    return relay
  }

  /** From now on, and of everything that nobody was told so far. Told twice only if the process ends in between. */
  tell(listener: RelayListener): void {
    this.#listener = listener
    this.#work()
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
    this.#working = this.#drain()
      // A disk that cannot be read, or is full: all of it comes again, but for what was handed over.
      .catch(() => 'nobody' as const)
      .then((after) => {
        this.#working = undefined
        if (after === 'nobody') this.#pause()
        else if (this.#waiting.length > 0 || (this.#listener && this.#untold.size > 0)) this.#work()
      })
  }

  #pause(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#work()
    }, pauseMs).unref()
  }

  async #drain(): Promise<'settled' | 'nobody'> {
    while (!this.#closed) {
      for (const [id, state] of this.#unwritten) if (!(await this.#record(id, state))) return 'nobody'
      await this.#tellAll()
      const id = this.#waiting[0]
      if (id === undefined) break
      const after = await this.#handOver(id)
      if (after === 'nobody') return 'nobody'
      this.#waiting.shift()
      if (after === 'later') this.#putOff(id)
    }
    return 'settled'
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
    } catch (error) {
      const state = stateAfter(error)
      await this.#record(id, state)
      if (state.status !== 'pending') return 'settled'
      return isAboutIt(error) ? 'later' : 'nobody'
    }
    await this.#record(id, { status: 'sent' })
    return 'settled'
  }

  /** It has happened, and is known at least as long as this process lives: whatever the disk says, it is not done again. */
  async #record(id: string, state: RelayState): Promise<boolean> {
    this.#unwritten.set(id, state)
    try {
      await this.#mailbox.setRelay(id, state)
    } catch {
      return false
    }
    this.#unwritten.delete(id)
    if (isNews(state)) this.#untold.set(id, state)
    return true
  }

  async #tellAll(): Promise<void> {
    if (!this.#listener) return
    for (const [id, state] of this.#untold) {
      await this.#listener(id, state)
      await this.#mailbox.setRelay(id, { ...state, told: true })
      this.#untold.delete(id)
    }
  }
}

const isNews = ({ status, told }: RelayState): boolean =>
  (status === 'refused' || status === 'in-doubt') && told !== true
