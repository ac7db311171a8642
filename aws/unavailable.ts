/** The one error that says "not now": throttled, timed out, unreachable. Whoever handles a message lets it pass, and the queue brings the message back. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** `dynamodb.PutItem`, `sqs.SendMessageBatch` … */
  readonly call: string

  constructor(call: string, cause: unknown) {
    super(`${call}: ${reasonOf(cause)}`, { cause })
    this.call = call
  }
}

const throttled = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'ThrottledRequestException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'ServiceQuotaExceededException',
  'SlowDown',
  'PriorRequestNotComplete',
  'TransactionInProgressException',
])

/** What the SDK throws, as far as we look at it. */
export interface Failure {
  name: string
  message: string
  /** Of the answer; undefined when there was none. */
  status?: number
  /** How often the SDK tried, itself included. */
  attempts: number
  /** Node's, for faults of the network: `ECONNREFUSED`. */
  code?: string
}

/** Reads an error without trusting its shape. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Unknown', message: String(error), attempts: 1 }
  const metadata = '$metadata' in error && isRecord(error.$metadata) ? error.$metadata : {}
  const response = '$response' in error && isRecord(error.$response) ? error.$response : {}
  const status = metadata.httpStatusCode ?? response.statusCode
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    name: error.name,
    message: error.message,
    attempts: typeof metadata.attempts === 'number' ? metadata.attempts : 1,
    ...(typeof status === 'number' && { status }),
    ...(code !== undefined && { code }),
  }
}

/** Thrown before anything was sent, by code that is wrong. */
const ourFault = new Set(['TypeError', 'RangeError', 'ReferenceError'])

/** The service asked us to slow down; it did nothing. */
export function isThrottled(failure: Failure): boolean {
  return throttled.has(failure.name) || failure.status === 429
}

/** True for what passes by itself: throttling, faults of the service, faults of the network. */
function isPassing(failure: Failure): boolean {
  if (isThrottled(failure)) return true
  if (failure.status === undefined) return !ourFault.has(failure.name)
  return failure.status >= 500 || failure.status < 300
}

/** Runs a call and turns what passes by itself into `Unavailable`; everything else is thrown as it is. */
export async function available<T>(call: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (isPassing(failureOf(error))) throw new Unavailable(call, error)
    throw error
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
