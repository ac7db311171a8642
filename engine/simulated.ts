/** What a simulated world tells about itself. */
import type { Decision } from './journey.ts'
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
  values?: JsonObject
  decision?: Decision
  /** Of `waiting`. */
  dueAt?: Instant
  /** Of `ended` and `problem`. */
  reason?: string
}
