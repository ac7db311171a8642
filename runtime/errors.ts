/** The few errors that the runtime tells apart, by `code`, which survives two bundles of one module. */

/** The message has to come again later: somebody else holds the journey, or the store is not to be had. */
export class RetryLater extends Error {
  readonly code = 'retry-later'
}

/** Another writer came first: load again and decide again. */
export class Conflict extends Error {
  readonly code = 'conflict'
}

export function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'conflict'
}
