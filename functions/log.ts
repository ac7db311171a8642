/** One JSON line a fact, which CloudWatch's queries and `jq` both read. */
import type { Log } from '../runtime/ports.ts'

const severities = ['debug', 'info', 'warn', 'error'] as const

/** What JSON leaves as it is and a terminal may obey: C1 controls, and what turns the direction of text around. */
const obeyed = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const escaped = (json: string): string =>
  json.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

export type Severity = (typeof severities)[number]

/**
 * Writes what is at least as severe as `least`.
 * Lambda takes a line's level from it only if it has a time, too:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
export function jsonLog(write: (line: string) => void, nowMs: () => number, least: Severity = 'info'): Log {
  const from = severities.indexOf(least)
  return (level, message, facts) => {
    if (severities.indexOf(level) >= from)
      write(
        `${escaped(JSON.stringify({ timestamp: new Date(nowMs()).toISOString(), level, message, ...facts }))}\n`,
      )
  }
}
