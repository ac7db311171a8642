/** What an answer of SES, or the lack of one, proves. */
import { describe, expect, test } from 'vitest'
import { outcomeOf } from '../../aws/outcome.ts'
import type { Failure } from '../../aws/unavailable.ts'

const failure = (name: string, status?: number, more: Partial<Failure> = {}): Failure => ({
  name,
  message: more.message ?? 'said the provider',
  attempts: 1,
  ...(status !== undefined && { status }),
  ...more,
})

describe('never: SES said no to this mail', () => {
  test.each([
    failure('MessageRejected', 400),
    failure('BadRequestException', 400),
    failure('ValidationException', 400),
    failure('SomethingNew', 422),
  ])('$name $status', (given) => {
    expect(outcomeOf(given)).toEqual({ status: 'refused', reason: `${given.name}: ${given.message}` })
  })
})

describe('not now, and no fault of this mail: held without counting a try', () => {
  test.each([
    failure('TooManyRequestsException', 429, { message: 'Maximum sending rate exceeded.' }),
    failure('TooManyRequestsException', 429, { message: 'Daily message quota exceeded.' }),
    failure('ThrottlingException', 400),
    failure('Throttling', 400, { message: 'Rate exceeded' }),
    failure('LimitExceededException', 400),
    failure('SlowDown', 503),
    failure('AccountSuspendedException', 400),
    failure('SendingPausedException', 400),
    failure('MailFromDomainNotVerifiedException', 400),
    failure('NotFoundException', 404, { message: 'Configuration set does not exist' }),
    failure('AccessDeniedException', 403),
    failure('UnrecognizedClientException', 403),
    failure('ExpiredTokenException', 403),
    failure('CredentialsProviderError'),
    failure('Error', undefined, { code: 'ECONNREFUSED' }),
    failure('Error', undefined, { code: 'ENOTFOUND' }),
    failure('Error', undefined, { code: 'EAI_AGAIN' }),
  ])('$name $status $code $message', (given) => {
    expect(outcomeOf(given)).toMatchObject({ status: 'retry', hold: true })
  })
})

test('a daily quota is asked again much later than a rate', () => {
  const rate = outcomeOf(
    failure('TooManyRequestsException', 429, { message: 'Maximum sending rate exceeded.' }),
  )
  const daily = outcomeOf(
    failure('TooManyRequestsException', 429, { message: 'Daily message quota exceeded.' }),
  )
  if (rate.status !== 'retry' || daily.status !== 'retry') throw new Error('both are to be tried again')
  expect(daily.afterMs).toBeGreaterThan(5 * (rate.afterMs ?? 0))
})

describe('nobody knows: silence and faults of the service prove nothing', () => {
  test.each([
    failure('TimeoutError'),
    failure('AbortError'),
    failure('Error', undefined, { code: 'ECONNRESET' }),
    failure('Error', undefined, { code: 'EPIPE' }),
    failure('Error', undefined, { code: 'ETIMEDOUT' }),
    failure('InternalFailure', 500),
    failure('ServiceUnavailable', 503),
    failure('GatewayTimeout', 504),
    failure('RequestTimeout', 408),
    failure('SyntaxError', 200, { message: 'the answer is not JSON' }),
    failure('TypeError'),
  ])('$name $status $code', (given) => {
    expect(outcomeOf(given)).toMatchObject({ status: 'unknown' })
  })
})
