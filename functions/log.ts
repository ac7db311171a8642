/** One JSON line a fact, which CloudWatch's queries and `jq` both read. */
import type { Log } from '../runtime/ports.ts'

const severities = ['debug', 'info', 'warn', 'error'] as const
export type Severity = (typeof severities)[number]

export const isSeverity = (text: string | undefined): text is Severity =>
  severities.some((one) => one === text)

/** Writes what is at least as severe as `least`. */
export function jsonLog(write: (line: string) => void, least: Severity = 'info'): Log {
  const from = severities.indexOf(least)
  return (level, message, facts) => {
    if (severities.indexOf(level) >= from) write(`${JSON.stringify({ level, message, ...facts })}\n`)
  }
}
