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
  | { kind: 'event'; type: string; customerId: string; id: string; data: JsonObject }
  | { kind: 'unsubscribe'; path: string }
  | { kind: 'confirm'; path: string }
  | { kind: 'answer'; path: string; answer: 'confirm' | 'move'; wish: string }
)

const HOUR = 3_600_000
const DAY = 24 * HOUR

export function reactionTo(seed: number, mail: ReceivedMail): Reaction | undefined {
  const { customerId, workflow, step, key } = mail
  const about = `${workflow} ${step} ${key} ${customerId}`
  const words = [seed, about] as const
  const within = (ms: number) => mail.at + 10 * 60_000 + Math.floor(chance(...words, 'when') * ms)
  const rating = /https?:\/\/[^/"]+(\/r\/[^"?]+)\?score=/.exec(mail.html)?.[1]
  if (rating !== undefined) return rate(words, about, rating, within(20 * HOUR), mail)
  const asked = /https?:\/\/[^/"]+(\/o\/[^"]+)"/.exec(mail.html)?.[1]
  if (asked !== undefined)
    return chance(...words, 'confirm') < 0.7
      ? { kind: 'confirm', at: within(DAY), about, path: asked }
      : undefined
  const coming = /https?:\/\/[^/"]+(\/c\/[^"?]+)\?choose=confirm"/.exec(mail.html)?.[1]
  if (coming !== undefined) {
    const said = chance(...words, 'comes')
    if (said > 0.78) return undefined
    const wish = mail.html.includes('lang="it"') ? 'Un giovedì, dopo le quattro' : 'On a Thursday, after four'
    const answer = said < 0.7 ? 'confirm' : 'move'
    return { kind: 'answer', at: within(20 * HOUR), about, path: coming, answer, wish }
  }
  const did = (type: string, at: number, data: JsonObject): Reaction => {
    const id = `${type}-${workflow}-${step}-${customerId}-${key}`
    return { kind: 'event', at, about, type, customerId, id, data }
  }
  const answer = ANSWERS[`${workflow} ${step}`]
  if (answer && chance(...words, 'answer') < answer.share)
    return did(answer.type, within(20 * HOUR), answer.data(key))
  if (chance(...words, 'unsubscribe') < 0.006) {
    const path = /https?:\/\/[^/>]+(\/u\/[^>]+)>/.exec(mail.headers['List-Unsubscribe'] ?? '')?.[1]
    if (path !== undefined) return { kind: 'unsubscribe', at: within(DAY), about, path }
  }
  if (chance(...words, 'buy') > (BUYS[workflow] ?? 0)) return undefined
  return did('purchase', within(12 * DAY), order(seed, customerId, `${workflow}-${step}`))
}

/** How likely a mail of a workflow brings somebody back to the shop. */
const BUYS: { [workflow: string]: number } = {
  'win-back': 0.14,
  'birthday-offer': 0.35,
  'thank-you': 0.02,
  'customer-anniversary': 0.15,
  'silent-customer': 0.2,
  replenishment: 0.35,
}

/** What a mail asks for, how many do it, and what the shop then posts. */
const ANSWERS: { [mail: string]: { type: string; share: number; data: (key: string) => JsonObject } } = {
  'product-recall recall': {
    type: 'recall.answered',
    share: 0.6,
    data: (recallId) => ({ recallId }),
  },
  'product-recall reminder': {
    type: 'recall.answered',
    share: 0.5,
    data: (recallId) => ({ recallId }),
  },
  'review-request review': { type: 'review.written', share: 0.3, data: () => ({ stars: 5 }) },
  'loyalty-tier club': { type: 'club.joined', share: 0.4, data: () => ({}) },
  'subscription-ending ends-soon': {
    type: 'subscription.renewed',
    share: 0.5,
    data: () => ({ total: 216 }),
  },
}

function rate(
  words: readonly [number, string],
  about: string,
  path: string,
  at: number,
  mail: ReceivedMail,
): Reaction | undefined {
  if (chance(...words, 'answers') > 0.62) return undefined
  const nps = mail.workflow === 'nps-question'
  // The help desk learns: what made people unhappy in January is mended by March.
  const early = new Date(mail.at).getUTCMonth() < 2
  const csat = early ? [14, 14, 16, 28, 28] : [5, 7, 12, 34, 42]
  const weights = nps ? [1, 1, 1, 2, 2, 4, 5, 12, 18, 20, 24] : csat
  const scores = weights.map((weight, i) => [nps ? i : i + 1, weight] as const)
  const score = weigh(scores, 5, ...words, 'score')
  const unhappy = mail.html.includes('lang="it"') ? 'Ho aspettato troppo.' : 'It took too long.'
  return { kind: 'rate', at, about, path, score, comment: score <= (nps ? 6 : 2) ? unhappy : '' }
}
