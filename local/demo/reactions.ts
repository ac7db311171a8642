/** What shoppers do with the mails they get: rate, confirm, come back, redeem, unsubscribe, or nothing, as most people do. */
import type { JsonObject } from '../../engine/model.ts'
import { chance, weigh } from './random.ts'
import { order } from './shop.ts'

/** What of a mail a shopper reacts to. */
export interface ReceivedMail {
  at: number
  customerId: string
  workflow: string
  step: string
  key: string
  html: string
  headers: { [name: string]: string }
}

export type Reaction = { at: number; about: string } & (
  | { kind: 'rate'; path: string; score: number; comment: string }
  | { kind: 'buy'; customerId: string; id: string; data: JsonObject }
  | { kind: 'unsubscribe'; path: string }
  | { kind: 'confirm'; path: string }
)

const HOUR = 3_600_000
const DAY = 24 * HOUR

export function reactionTo(seed: number, mail: ReceivedMail): Reaction | undefined {
  const about = `${mail.workflow} ${mail.step} ${mail.key} ${mail.customerId}`
  const words = [seed, about] as const
  const within = (ms: number) => mail.at + 10 * 60_000 + Math.floor(chance(...words, 'when') * ms)
  const rating = /https?:\/\/[^/"]+(\/r\/[^"?]+)\?score=/.exec(mail.html)?.[1]
  if (rating !== undefined) return rate(words, about, rating, within(20 * HOUR), mail)
  const asked = /https?:\/\/[^/"]+(\/o\/[^"]+)"/.exec(mail.html)?.[1]
  if (asked !== undefined)
    return chance(...words, 'confirm') < 0.7
      ? { kind: 'confirm', at: within(DAY), about, path: asked }
      : undefined
  if (chance(...words, 'unsubscribe') < 0.006) {
    const path = /https?:\/\/[^/>]+(\/u\/[^>]+)>/.exec(mail.headers['List-Unsubscribe'] ?? '')?.[1]
    if (path !== undefined) return { kind: 'unsubscribe', at: within(DAY), about, path }
  }
  const comesBack = chance(...words, 'buy') < (BUYS[mail.workflow] ?? 0)
  if (!comesBack) return undefined
  const id = `order-${mail.workflow}-${mail.step}-${mail.key}`
  const data = order(seed, mail.customerId, `${mail.workflow}-${mail.step}`)
  return { kind: 'buy', at: within(12 * DAY), about, customerId: mail.customerId, id, data }
}

/** How likely a mail of a workflow brings somebody back to the shop. */
const BUYS: { [workflow: string]: number } = { 'win-back': 0.14, 'birthday-offer': 0.35, 'thank-you': 0.02 }

function rate(
  words: readonly [number, string],
  about: string,
  path: string,
  at: number,
  mail: ReceivedMail,
): Reaction | undefined {
  if (chance(...words, 'answers') > 0.62) return undefined
  // The help desk learns: what made people unhappy in January is mended by March.
  const early = new Date(mail.at).getUTCMonth() < 2
  const weights = early ? [14, 14, 16, 28, 28] : [5, 7, 12, 34, 42]
  const scores = weights.map((weight, i) => [i + 1, weight] as const)
  const score = weigh(scores, 5, ...words, 'score')
  const unhappy = mail.html.includes('lang="it"') ? 'Ho aspettato troppo.' : 'It took too long.'
  return { kind: 'rate', at, about, path, score, comment: score <= 2 ? unhappy : '' }
}
