/** What went wrong with a call to AWS, in the words of whoever has to mend it. */
import * as z from 'zod'
import { Unreachable } from '../command.ts'
import { skewWords } from './account-checks.ts'
import type { Reading } from './finding.ts'

export interface Trouble {
  name: string
  message: string
  /** Of the HTTP answer; undefined when there was none. */
  status: number | undefined
  /** Of the operating system: `ENOTFOUND`. */
  code: string | undefined
}

const shape = z.object({
  name: z.string().catch('Error'),
  message: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
})

export function troubleOf(error: unknown): Trouble {
  const parsed = shape.safeParse(error)
  if (!parsed.success) return { name: 'Error', message: String(error), status: undefined, code: undefined }
  const { name, message, code, $metadata } = parsed.data
  return { name, message, status: $metadata?.httpStatusCode, code }
}

const throttled = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/
const forbidden = /AccessDenied|NotAuthorized|UnauthorizedOperation/
const expired = /^(?:ExpiredToken(?:Exception)?|RequestExpired|TokenRefreshRequired)$/
const unknownKey = /^(?:InvalidClientTokenId|UnrecognizedClientException|AuthFailure|InvalidAccessKeyId)$/
const badSignature =
  /^(?:SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature|RequestTimeTooSkewed|RequestInTheFuture)$/
/** AWS allows this much between its clock and the signer's. */
const skewAllowedMs = 300_000

/** Why no question at all would be answered; undefined when others may be. */
export function unreachable(
  { name, message, status, code }: Trouble,
  { region, skewMs }: { region: string; skewMs: number | undefined },
): Unreachable | undefined {
  const noCredentials = /CredentialsProviderError|CredentialsError|TokenProviderError/.test(name)
  if (expired.test(name) || (noCredentials && /expired/i.test(message)))
    return new Unreachable(
      'The AWS credentials have expired.',
      'Sign in again (aws sso login), or put fresh ones into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.',
    )
  if (noCredentials)
    return new Unreachable(
      `There are no AWS credentials to use: ${message}`,
      'Sign in (aws sso login) and name the profile in AWS_PROFILE,\nor set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    )
  if (unknownKey.test(name))
    return new Unreachable(
      `AWS does not know these credentials (${name}).`,
      `Are they still active? Is ${region} enabled for the account (AWS console → Account → AWS Regions)?`,
    )
  if (badSignature.test(name))
    return skewMs !== undefined && Math.abs(skewMs) > skewAllowedMs
      ? new Unreachable(
          `AWS refuses what this machine signs: its clock is ${skewWords(skewMs)} AWS.`,
          'Let the machine keep its time: timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS).',
        )
      : new Unreachable(
          `AWS refuses the signature of these credentials (${name}).`,
          'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID; was it copied whole?',
        )
  if (status === undefined && (code !== undefined || /Timeout/.test(name)))
    return new Unreachable(
      `AWS does not answer: ${message || (code ?? name)}`,
      code === 'ENOTFOUND'
        ? `Is ${region} a Region of AWS, and is this machine online?`
        : 'Is this machine online, and does a proxy or AWS_ENDPOINT_URL stand in the way?',
    )
  return undefined
}

/** One question that was not answered, while others are. */
export function unread(action: string, { name, message, status, code }: Trouble): Reading<never> {
  const again = 'Ask again in a minute: premura doctor'
  if (throttled.test(name)) return { kind: 'unread', seen: `not known: AWS throttled ${action}`, todo: again }
  if (forbidden.test(name))
    return {
      kind: 'unread',
      seen: `not known: these credentials may not call ${action}`,
      todo: `Allow ${action} to whoever runs the doctor.`,
    }
  if (expired.test(name))
    return {
      kind: 'unread',
      seen: 'not known: the AWS credentials expired meanwhile',
      todo: 'Sign in again.',
    }
  if (status === undefined)
    return {
      kind: 'unread',
      seen: `not known: ${action} got no answer (${message || (code ?? name)})`,
      todo: code === 'ENOTFOUND' ? 'Is the service offered in this Region?' : again,
    }
  return { kind: 'unread', seen: `not known: ${action} answered ${name}: ${message}`, todo: again }
}
