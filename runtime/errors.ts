/** The few errors that the runtime tells apart, by `code`, which survives two bundles of one module. */

/** The message has to come again later: somebody else holds the journey, or the store is not to be had. */
export class RetryLater extends Error {
  // Written out, as in every error of ours: a minified class has no name, and the log shows this one.
  override readonly name = 'RetryLater'
  readonly code = 'retry-later'
}

/** Another writer came first: load again and decide again. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
  readonly code = 'conflict'
}

export function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'conflict'
}

/** The journeys are too many to be counted while somebody waits, and no night has counted them yet. */
export class Uncounted extends Error {
  readonly code = 'uncounted'

  constructor() {
    super('There are too many journeys to count them now, and the nightly round has not counted them yet.')
  }
}

export function isUncounted(error: unknown): error is Uncounted {
  return error instanceof Error && 'code' in error && error.code === 'uncounted'
}

/**
 * Where an error was thrown, for a log. Its message comes first in a stack and may quote a customer, in lines that look
 * like frames even: what is not behind the whole of it is left out.
 */
export function framesOf({ stack = '', message }: Error, most: number): string[] {
  const at = stack.indexOf(message)
  return (at < 0 ? '' : stack.slice(at + message.length))
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, most)
    .map((line) => line.trim())
}
