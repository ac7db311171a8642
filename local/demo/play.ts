/** Plays the sample shop against a running Premura over HTTP, as a shop and its customers would: events in, mails read. */
import type { Premura } from '../process.ts'
import { type Reaction, reactionTo } from './reactions.ts'
import { ENDS_AT, type Happening, happenings, type Shopper, STARTS_AT } from './shop.ts'

export interface PlayOptions {
  premura: Premura
  key: string
  seed: number
  people: Shopper[]
  /** Share of the period that is over, from 0 to 1, and the moment on the virtual clock. */
  onProgress: (share: number, at: number) => void
}

/** The clock never moves further than this in one go, so that nobody reacts to a mail long after having meant to. */
const HOP_MS = 2 * 3_600_000
const MAILS = 200

type Doing = { at: number; about: string } & ({ kind: 'happening'; happening: Happening } | Reaction)

export async function play({ premura, key, seed, people, onProgress }: PlayOptions): Promise<void> {
  const { url, cloud } = premura
  const send = async (method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
  }
  const tap = async (path: string, fields: { [name: string]: string }) => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(fields) })
    await answer.text()
    if (answer.status >= 500) throw new Error(`POST ${path} answered ${answer.status}`)
  }
  const act = async (doing: Doing) => {
    switch (doing.kind) {
      case 'happening': {
        const { id, type, customerId, data, at } = doing.happening
        return await send('POST', '/v1/events', {
          id,
          type,
          customerId,
          data,
          time: new Date(at).toISOString(),
        })
      }
      case 'buy':
        return await send('POST', '/v1/events', {
          id: doing.id,
          type: 'purchase',
          customerId: doing.customerId,
          data: doing.data,
        })
      case 'rate':
        return await tap(doing.path, { score: String(doing.score), comment: doing.comment })
      case 'unsubscribe':
        return await tap(doing.path, { 'List-Unsubscribe': 'One-Click' })
      case 'confirm':
        return await tap(doing.path, {})
    }
  }

  for (const { id, profile } of people) await send('PUT', `/v1/customers/${id}`, profile)
  const agenda: Doing[] = happenings(seed, people).map((happening) => ({
    kind: 'happening',
    at: happening.at,
    about: happening.id,
    happening,
  }))
  let readUpTo: string | undefined
  let now = STARTS_AT
  while (now < ENDS_AT) {
    // Few things are ever on the agenda, so looking for the first is cheap enough.
    agenda.sort((a, b) => a.at - b.at || (a.about < b.about ? -1 : 1))
    now = Math.min(Math.max(agenda[0]?.at ?? ENDS_AT, now), now + HOP_MS, ENDS_AT)
    await premura.advanceTo(now)
    while (agenda[0] && agenda[0].at <= now) {
      const doing = agenda.shift()
      if (doing) await act(doing)
    }
    await premura.settle()
    for (;;) {
      const mails = await cloud.mailbox.list({
        limit: MAILS,
        ...(readUpTo !== undefined && { after: readUpTo }),
      })
      for (const mail of mails) {
        readUpTo = mail.id
        const reaction = reactionTo(seed, mail)
        if (reaction) agenda.push(reaction)
      }
      if (mails.length < MAILS) break
    }
    onProgress((now - STARTS_AT) / (ENDS_AT - STARTS_AT), now)
  }
}
