/** What is read of a request. */

/** A `Request` is one; so is what a function was handed, which has its whole body in memory and needs no stream for it. */
export interface Asked {
  readonly method: string
  /** Absolute. */
  readonly url: string
  readonly headers: Pick<Headers, 'get'>
  readonly body: ReadableStream<Uint8Array> | string | null
}
