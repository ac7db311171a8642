/** Reads a small document over HTTP, within a time and a size: neither may be up to whoever answers. */

/** Two keys are a kilobyte. */
const largestJwks = 64 * 1024

/** @throws {Error} for everything but a 200 that was complete in time */
export async function readBounded(ask: typeof fetch, uri: string, timeoutMs: number): Promise<ArrayBuffer> {
  const answer = await ask(uri, {
    // Of the whole of it: the signal ends the reading of the body, too.
    signal: AbortSignal.timeout(timeoutMs),
    // Keys come from the issuer, not from where it may point.
    redirect: 'error',
    headers: { accept: 'application/json' },
  })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`answered ${answer.status}, expected 200`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop closes the connection, so that nothing more of a large answer comes.
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > largestJwks) throw new Error(`answered more than ${largestJwks} bytes`)
    chunks.push(chunk)
  }
  return Uint8Array.from(Buffer.concat(chunks)).buffer
}
