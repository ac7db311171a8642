/** What a provider's answer means for a message that must go out once, whether it is a mail or a text. */
import type { SendOutcome } from '../runtime/ports.ts'
import { type Failure, isThrottled } from './unavailable.ts'

/** The request never reached the provider. */
const neverLeft = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Whose fault a refusal is: the account's or the deployment's, so that any other message would fare the same. */
const notThisMessage = new Set([
  'AccountSuspendedException',
  'SendingPausedException',
  'MailFromDomainNotVerifiedException',
  'NotFoundException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'ExpiredToken',
])

const soon = 60_000
const later = 15 * 60_000

/**
 * What an error of a call that sends proves. Only an answer with a 4xx status proves that it was not taken; silence,
 * a broken connection and a 5xx prove nothing. Throttling and faults of the account hold the message without counting a
 * try: a backlog must not use up the tries of the messages in it.
 */
export function outcomeOf(failure: Failure): SendOutcome {
  const reason = `${failure.name}: ${failure.message}`
  if (isThrottled(failure)) {
    const daily = /daily|quota|24.?hour/i.test(failure.message)
    return {
      status: 'retry',
      reason,
      hold: true,
      afterMs: daily ? later : soon,
      limit: daily ? 'day' : 'rate',
    }
  }
  if (notThisMessage.has(failure.name) || failure.status === 401 || failure.status === 403) {
    return { status: 'retry', reason, hold: true, afterMs: later }
  }
  if (failure.status === undefined) {
    const left = !neverLeft.has(failure.code ?? '')
    return left ? { status: 'unknown', reason } : { status: 'retry', reason, hold: true, afterMs: soon }
  }
  if (failure.status === 408) return { status: 'unknown', reason }
  if (failure.status >= 400 && failure.status < 500) return { status: 'refused', reason }
  return { status: 'unknown', reason }
}
