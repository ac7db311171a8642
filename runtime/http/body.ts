/** Takes a request's body in: bounded in size whatever its headers claim, strict in encoding and content type. */
import type { Asked } from './asked.ts'
import { readJson } from './json-text.ts'
import { Problem } from './problem.ts'

/** Bodies over this many bytes are refused. */
export const bodyLimit = 1024 * 1024

/**
 * The body as text. Counts what really arrives, because the length header may be missing or lie.
 * @throws Problem 413 when it is too long, 400 when it is not UTF-8.
 */
export async function readText(request: Asked, limit = bodyLimit): Promise<string> {
  const announced = Number(request.headers.get('content-length') ?? '0')
  if (announced > limit) throw tooLarge(limit)
  const { body } = request
  if (!body) return ''
  if (typeof body === 'string') {
    if (Buffer.byteLength(body) > limit) throw tooLarge(limit)
    // As decoding does: a mark of the byte order is no part of the text.
    return body.startsWith('\uFEFF') ? body.slice(1) : body
  }
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      await reader.cancel().catch(() => undefined)
      throw tooLarge(limit)
    }
    chunks.push(value)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new Problem(400, 'The body is not UTF-8 text.')
  }
}

function tooLarge(limit: number): Problem {
  return new Problem(413, `The body is larger than ${limit} bytes.`)
}

/**
 * The request's media type without parameters, in lower case.
 * @throws Problem 415 when it is not one of `accepted`, or names another charset than UTF-8.
 */
export function mediaType(request: Pick<Asked, 'headers'>, accepted: readonly string[]): string {
  const header = request.headers.get('content-type') ?? ''
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  if (!accepted.includes(type) || (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8'))
    throw new Problem(
      415,
      `${header === '' ? 'There is no Content-Type' : `The Content-Type "${header.slice(0, 100)}" is not taken here`}; send ${accepted.join(' or ')} in UTF-8.`,
      { headers: { 'accept-post': accepted.join(', ') } },
    )
  return type
}

/** @throws Problem 400 that says where the JSON is broken. */
export function parseJson(text: string): unknown {
  const reading = readJson(text)
  if (reading.ok) return reading.value
  const { message, position, line, column } = reading.flaw
  const detail = `The body is not acceptable JSON: ${message} at line ${line}, column ${column} (position ${position}).`
  throw new Problem(400, detail, {
    errors: [{ path: '', message: `${message} at line ${line}, column ${column}` }],
    members: { position, line, column },
  })
}
