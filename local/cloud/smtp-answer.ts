/** What an SMTP server's answer, or its silence, says of a mail. */
import { failureOf } from '../../aws/unavailable.ts'
import type { RelayState } from './mailbox.ts'

/** Of RFC 5321, where no enhanced code says more: unknown here, not local, no such name. */
const recipientCodes = new Set([550, 551, 553])

/** Only what the server said, or what happened before there was a server to say something, proves that it has no mail. */
export function stateAfter(error: unknown): RelayState {
  const { message: reason, code } = failureOf(error)
  const answered = responseCode(error)
  if (answered !== undefined && answered >= 500 && code !== 'EAUTH')
    return { status: 'refused', reason, ...(isOfAddress(error, answered) && { address: 'dead' }) }
  const connecting =
    error instanceof Error &&
    'syscall' in error &&
    (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
  const untaken = answered !== undefined || connecting || code === 'EDNS' || code === 'EAUTH'
  return { status: untaken ? 'pending' : 'in-doubt', reason }
}

/** A 4xx is about one mail (greylisting, a full mailbox); 421 and a refused login are about all of them. */
export function isAboutIt(error: unknown): boolean {
  const answered = responseCode(error)
  return answered !== undefined && answered !== 421 && failureOf(error).code !== 'EAUTH'
}

/**
 * Whether the recipient's address will never take a mail. By RFC 3463 that is 5.1, but for 5.1.7 and 5.1.8, which are about
 * the sender's. What is refused for what it says, for its size or by a policy is no reason to write to nobody there again.
 */
function isOfAddress(error: unknown, answered: number): boolean {
  const said = error instanceof Error && 'response' in error ? String(error.response) : ''
  const enhanced = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(said)?.[1]
  if (enhanced !== undefined) return /^5\.1\.(?![78]$)/.test(enhanced)
  const command = error instanceof Error && 'command' in error ? error.command : undefined
  return command === 'RCPT TO' && recipientCodes.has(answered)
}

/** What the server said, when it said something. */
function responseCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('responseCode' in error)) return undefined
  return typeof error.responseCode === 'number' ? error.responseCode : undefined
}
