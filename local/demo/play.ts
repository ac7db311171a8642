/** Plays the sample shop against a running Premura over HTTP, as a shop and its customers would: events in, mails read. */
import { listTasks } from '../../runtime/tasks.ts'
import type { Premura } from '../process.ts'
import { type Happening, happenings } from './happenings.ts'
import { chance } from './random.ts'
import { type Reaction, reactionTo } from './reactions.ts'
import { ENDS_AT, type Shopper, STARTS_AT } from './shop.ts'

export interface PlayOptions {
  premura: Premura
  key: string
  seed: number
  people: Shopper[]
  /** Share of the period that is over, from 0 to 1, and the moment on the virtual clock. */
  onProgress: (share: number, at: number) => void
}

/** The clock never moves further than this in one go, so that nobody reacts to a mail long after having meant to. */
const HOUR_MS = 3_600_000
const HOP_MS = 2 * HOUR_MS
const MAILS = 200
const TASKS = 200

type Doing = { at: number; about: string } & (
  | { kind: 'happening'; happening: Happening }
  | { kind: 'close'; task: string }
  | Reaction
)

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
  /** What the form of a page says without being asked: people look before they tap. */
  const fieldsOf = async (path: string): Promise<{ [name: string]: string }> => {
    const page = await (await fetch(`${url}${path}`)).text()
    const hidden = page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)
    return Object.fromEntries([...hidden].map(([, name = '', value = '']) => [name, value]))
  }
  const act = async (doing: Doing) => {
    switch (doing.kind) {
      case 'happening': {
        const { at, ...event } = doing.happening
        return await send('POST', '/v1/events', { ...event, time: new Date(at).toISOString() })
      }
      case 'event': {
        const { id, type, customerId, data } = doing
        return await send('POST', '/v1/events', { id, type, customerId, data })
      }
      case 'close':
        return await send('POST', `/v1/tasks/${doing.task}/close`, { by: 'francesca' })
      case 'rate':
        return await tap(doing.path, { score: String(doing.score), comment: doing.comment })
      case 'unsubscribe':
        return await tap(doing.path, { 'List-Unsubscribe': 'One-Click' })
      case 'confirm':
        return await tap(doing.path, {})
      case 'answer': {
        const { path, answer, wish } = doing
        return await tap(path, { ...(await fieldsOf(path)), answer, wish })
      }
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
  let lookedAt = STARTS_AT
  const inHand = new Set<string>()
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
    // The people of the shop look into their inbox twice a day, and settle most of what they find.
    if (now - lookedAt >= 12 * HOUR_MS) {
      lookedAt = now
      for (const { id, name, workflow, key, customerId } of (
        await listTasks(premura.runtime, { limit: TASKS })
      ).tasks) {
        const about = `task ${name} ${workflow} ${key} ${customerId}`
        if (inHand.has(id) || chance(seed, about) > 0.85) continue
        inHand.add(id)
        const at = now + Math.floor(chance(seed, about, 'when') * 40 * HOUR_MS)
        agenda.push({ kind: 'close', at, about, task: id })
      }
    }
    onProgress((now - STARTS_AT) / (ENDS_AT - STARTS_AT), now)
  }
}
