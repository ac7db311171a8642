/** Every mail and text that the embedded cloud took: bodies on disk, a small index in memory. */
import { randomUUID } from 'node:crypto'
import MailComposer from 'nodemailer/lib/mail-composer/index.js'
import { decodeTags } from '../../aws/tags.ts'
import type { Channel } from '../../engine/program.ts'
import type { MessageTags, OutgoingText } from '../../runtime/ports.ts'
import { type AcceptedMail, acceptedMail, rawHeaders } from './send-email.ts'
import type { Change, Store } from './store.ts'

export interface MailboxMessage {
  id: string
  /** Business time. */
  at: number
  /** A text has no subject, no HTML and no headers. */
  channel: Channel
  from: string
  to: string
  subject: string
  html: string
  text: string
  headers: { [name: string]: string }
  customerId: string
  workflow: string
  step: string
  key: string
  run: number
  /** What became of the relay over SMTP; absent without one. */
  relay?: RelayState
}

export interface RelayState {
  /** `claimed` while it is handed over, and for good when the process died meanwhile: it is never handed over again. */
  status: 'pending' | 'claimed' | 'sent' | 'refused' | 'in-doubt'
  reason?: string
  /** Of one that was refused: its address takes no mail at all. */
  address?: 'dead'
  /** The journey that sent it knows. */
  told?: true
}

export interface MailFilter {
  to?: string
  workflow?: string
  /** Only what came after this message. */
  after?: string
  limit?: number
}

/** What was taken by SMS or WhatsApp; kept as JSON where a mail keeps its call. */
export interface AcceptedText {
  channel: OutgoingText['channel']
  from: string
  to: string
  text: string
  tags?: MessageTags
}

interface Entry {
  id: string
  seq: string
  at: number
  to: string
  workflow: string
  /** Of a text; absent for a mail. */
  channel?: AcceptedText['channel']
}

const metas = 'm~'
const bodies = 'mb~'
const tagged = 'mt~'
const relays = 'mr~'

export class Mailbox {
  readonly #store: Store
  readonly #now: () => number
  readonly #entries: Entry[] = []
  readonly #byId = new Map<string, Entry>()
  readonly #listeners = new Set<(message: { id: string; at: number }) => void>()
  #nextSeq = 1

  private constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  static async open(store: Store, now: () => number): Promise<Mailbox> {
    const mailbox = new Mailbox(store, now)
    await store.read({ gte: metas, lt: `${metas}\x7f` }, (key, text) => {
      const entry: Entry = { ...JSON.parse(text), seq: key.slice(metas.length) }
      mailbox.#index(entry)
      return true
    })
    return mailbox
  }

  get size(): number {
    return this.#entries.length
  }

  /** Takes a mail in. `request` is the body of the SendEmail call, kept as it came. */
  async accept(mail: AcceptedMail, request: string, relayed: boolean): Promise<string> {
    const tags = decodeTags(mail.tags)
    return await this.#take({ to: mail.to }, tags, request, relayed)
  }

  /** Takes a text in, beside the mails. */
  async acceptText(text: AcceptedText): Promise<string> {
    const { to, channel } = text
    return await this.#take({ to, channel }, text.tags, JSON.stringify(text), false)
  }

  async #take(
    about: Pick<Entry, 'to' | 'channel'>,
    tags: MessageTags | undefined,
    body: string,
    relayed: boolean,
  ): Promise<string> {
    const at = this.#now()
    const seq = (this.#nextSeq++).toString(36).padStart(10, '0')
    const id = `${at.toString(16).padStart(16, '0')}-${randomUUID()}-000000`
    const entry = { id, at, ...about, workflow: tags?.workflow ?? '' }
    const changes: Change[] = [
      { type: 'put', key: metas + seq, value: JSON.stringify(entry) },
      { type: 'put', key: bodies + seq, value: body },
    ]
    if (tags) changes.push({ type: 'put', key: tagKey(tags), value: id })
    if (relayed)
      changes.push({ type: 'put', key: relays + seq, value: JSON.stringify({ id, status: 'pending' }) })
    await this.#store.write(changes)
    this.#index({ ...entry, seq })
    for (const listener of this.#listeners) listener({ id, at })
    return id
  }

  /** Whether a mail with exactly these tags was taken. */
  has(tags: MessageTags): boolean {
    return this.#store.get(tagKey(tags)) !== undefined
  }

  /** Oldest first. */
  async list(filter: MailFilter = {}): Promise<MailboxMessage[]> {
    const found: MailboxMessage[] = []
    const after = filter.after === undefined ? undefined : this.#byId.get(filter.after)
    for (const entry of this.#entries) {
      if (after && entry.seq <= after.seq) continue
      if (filter.to !== undefined && entry.to !== filter.to) continue
      if (filter.workflow !== undefined && entry.workflow !== filter.workflow) continue
      const message = this.#read(entry)
      if (message) found.push(message)
      if (found.length === filter.limit) break
    }
    return found
  }

  async get(id: string): Promise<MailboxMessage | undefined> {
    const entry = this.#byId.get(id)
    return entry && this.#read(entry)
  }

  /** Who and what a message was, for the provider's events about it. */
  async tags(id: string): Promise<MessageTags | undefined> {
    const entry = this.#byId.get(id)
    const mail = this.#mail(entry)
    return mail ? decodeTags(mail.tags) : this.#text(entry)?.tags
  }

  /** The mail as it would travel; undefined for an unknown id. */
  async eml(id: string): Promise<string | undefined> {
    const entry = this.#byId.get(id)
    const mail = this.#mail(entry)
    if (!entry || !mail) return undefined
    if (mail.raw !== undefined) return mail.raw
    const composer = new MailComposer({
      from: mail.from,
      to: mail.to,
      ...(mail.replyTo !== undefined && { replyTo: mail.replyTo }),
      subject: mail.subject,
      html: mail.html,
      text: mail.text,
      headers: mail.headers.map(({ name, value }) => ({ key: name, value })),
      date: new Date(entry.at),
      messageId: `<${id}@email.amazonses.com>`,
    })
    return (await composer.compile().build()).toString()
  }

  /** Calls back for every mail that is taken. */
  on(event: 'mail', listener: (message: { id: string; at: number }) => void): () => void {
    if (event === 'mail') this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Mails that a relay has to hand over or lost sight of, oldest first. */
  async relays(): Promise<{ id: string; state: RelayState }[]> {
    const found: { id: string; state: RelayState }[] = []
    await this.#store.read({ gte: relays, lt: `${relays}\x7f` }, (_, text) => {
      const { id, ...state }: RelayState & { id: string } = JSON.parse(text)
      found.push({ id, state })
      return true
    })
    return found
  }

  /** Every message to a person goes, with all that is kept of it. */
  async forget(customerId: string): Promise<void> {
    for (const entry of [...this.#entries]) {
      const tags = await this.tags(entry.id)
      if (tags?.customerId !== customerId) continue
      const keys = [metas + entry.seq, bodies + entry.seq, relays + entry.seq, tagKey(tags)]
      await this.#store.write(keys.map((key) => ({ type: 'del', key })))
      this.#byId.delete(entry.id)
      this.#entries.splice(this.#entries.indexOf(entry), 1)
    }
  }

  async setRelay(id: string, state: RelayState): Promise<void> {
    const seq = this.#byId.get(id)?.seq
    if (seq !== undefined) {
      await this.#store.write([{ type: 'put', key: relays + seq, value: JSON.stringify({ id, ...state }) }])
    }
  }

  /** How many mails were taken since then; texts count with another service. */
  countSince(at: number): number {
    let count = 0
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const entry = this.#entries[index]
      if ((entry?.at ?? 0) <= at) break
      if (entry?.channel === undefined) count++
    }
    return count
  }

  #index(entry: Entry): void {
    this.#nextSeq = Math.max(this.#nextSeq, Number.parseInt(entry.seq, 36) + 1)
    this.#entries.push(entry)
    this.#byId.set(entry.id, entry)
  }

  #mail(entry: Entry | undefined): AcceptedMail | undefined {
    const text = entry && this.#store.get(bodies + entry.seq)
    return text === undefined || entry?.channel !== undefined ? undefined : acceptedMail(text)
  }

  #text(entry: Entry | undefined): AcceptedText | undefined {
    const text = entry?.channel === undefined ? undefined : this.#store.get(bodies + entry.seq)
    return text === undefined ? undefined : JSON.parse(text)
  }

  #read(entry: Entry): MailboxMessage | undefined {
    const sent = this.#text(entry)
    if (sent) {
      const { channel, from, to, text, tags } = sent
      const shown = { channel, from, to, subject: '', html: '', text, headers: {} }
      return { id: entry.id, at: entry.at, ...shown, ...journeyOf(tags) }
    }
    const mail = this.#mail(entry)
    if (!mail) return undefined
    const headers: { [name: string]: string } = mail.raw === undefined ? {} : rawHeaders(mail.raw)
    for (const { name, value } of mail.headers) headers[name] = value
    const relay = this.#store.get(relays + entry.seq)
    return {
      id: entry.id,
      at: entry.at,
      channel: 'email',
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      html: mail.html,
      text: mail.text,
      headers,
      ...journeyOf(decodeTags(mail.tags)),
      ...(relay !== undefined && { relay: relayState(relay) }),
    }
  }
}

function journeyOf(tags: MessageTags | undefined) {
  const { customerId = '', workflow = '', step = '', key = '', run = 0 } = tags ?? {}
  return { customerId, workflow, step, key, run }
}

function relayState(text: string): RelayState {
  const { status, reason }: RelayState = JSON.parse(text)
  return { status, ...(reason !== undefined && { reason }) }
}

function tagKey({ customerId, workflow, key, run, step, attempt }: MessageTags): string {
  return tagged + JSON.stringify([customerId, workflow, key, run, step, attempt])
}
