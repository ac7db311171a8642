/** Ids from the system's dice. */
import { randomBytes } from 'node:crypto'
import type { Ids } from '../runtime/ports.ts'

/** Time first, so that ids sort by creation; then a count for the ids of one millisecond; then dice for other processes. */
export function systemIds(nowMs: () => number = Date.now): Ids {
  let lastMs = 0
  let count = 0
  return {
    next(prefix) {
      // A clock that is set back must not bring ids back.
      const ms = Math.max(lastMs, nowMs())
      count = ms === lastMs ? count + 1 : 0
      lastMs = ms
      const time = ms.toString(36).padStart(9, '0')
      return `${prefix}${time}${count.toString(36).padStart(4, '0')}${randomBytes(6).toString('hex')}`
    },
    secret: () => randomBytes(32).toString('base64url'),
  }
}
