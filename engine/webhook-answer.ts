/** What an answer to a webhook means for the journey that called: production and simulation ask here. */
import type { Performed, WebhookAnswer } from './journey.ts'
import type { Json } from './model.ts'

/** Of the answer's JSON, what a journey keeps. */
const LARGEST_KEPT = 2048

/** Not now: the receiver is overloaded, or on its way up. */
const PASSING = new Set([408, 425, 429])

/** @param json the body, where it is JSON */
export function outcomeOfAnswer(status: number, json: Json | undefined, retryAfterMs?: number): Performed {
  const reason = `HTTP ${status}`
  if (status >= 500 || PASSING.has(status))
    return { status: 'retry', reason, ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }) }
  const kept = json !== undefined && JSON.stringify(json).length <= LARGEST_KEPT
  const answer: WebhookAnswer = { status, ...(kept && { body: json }) }
  if (status >= 200 && status < 300) return { status: 'done', answer }
  return { status: 'refused', reason, values: { status }, answer }
}
