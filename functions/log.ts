/** One JSON line a fact, which CloudWatch's queries and `jq` both read. */
import type { Log } from '../runtime/ports.ts'

const severities = ['debug', 'info', 'warn', 'error'] as const
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
      write(`${JSON.stringify({ timestamp: new Date(nowMs()).toISOString(), level, message, ...facts })}\n`)
  }
}
