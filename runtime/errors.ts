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
