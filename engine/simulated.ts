/** What a simulated world tells about itself. */
import type { Decision, WebhookAnswer } from './journey.ts'
import type { Instant, JsonObject } from './model.ts'

export interface TimelineEntry {
  at: Instant
  kind:
    | 'event'
    | 'entered'
    | 'not-entered'
    | 'message'
    | 'task'
    | 'coupon'
    | 'set'
    | 'emitted'
    | 'webhook'
    | 'waiting'
    | 'decision'
    | 'problem'
    | 'ended'
  /** Which journey; absent for what concerns none. */
  key?: string
  step?: string
  event?: { type: string; data: JsonObject }
  message?: {
    template: string
    locale: string
    channel: string
    to: string
    subject: string
    html: string
    text: string
  }
  task?: { name: string; queue: string; title: string; dueAt?: Instant }
  coupon?: { name: string; code: string; expiresAt?: Instant }
  /** What it was told, and what it was made to answer. */
  webhook?: { name: string; data: JsonObject; answer: WebhookAnswer }
  values?: JsonObject
  decision?: Decision
  /** Of `waiting`. */
  dueAt?: Instant
  /** Of `ended` and `problem`. */
  reason?: string
}

/** The story goes on, and is not told. */
export class CutShort extends Error {}

/** What an entry may hold that grows: messages, and the data of events and effects. */
export function sizeOf({
  message,
  event,
  values,
  webhook,
  decision,
  task,
}: Omit<TimelineEntry, 'at'>): number {
  const said = message ? message.html.length + message.text.length + message.subject.length : 0
  const data = [event?.data, values, webhook?.data, decision?.values, task?.title]
  return data.reduce<number>(
    (sum, one) => (one === undefined ? sum : sum + JSON.stringify(one).length),
    said + 100,
  )
}
