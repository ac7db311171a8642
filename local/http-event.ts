/** What API Gateway does on AWS: an HTTP request becomes an event for the API's function, its result a response. */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpEvent, HttpResult } from '../functions/api.ts'
import { bodyLimit } from '../runtime/http/body.ts'

/** A client that goes on sending for longer than this is cut off. */
const PATIENCE_BYTES = 32 * bodyLimit

/**
 * The body, or the first byte more than is allowed of it, which is enough for the app to refuse it. The rest is taken from
 * the wire and dropped, because a client that is still sending does not hear the answer.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes: Buffer = chunk
    if (size <= bodyLimit) chunks.push(bytes.subarray(0, bodyLimit + 1 - size))
    size += bytes.length
    if (size > PATIENCE_BYTES) request.destroy()
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}

export function toEvent(request: IncomingMessage, body: Buffer, now: number): HttpEvent {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const rawPath = mark < 0 ? target : target.slice(0, mark)
  const rawQueryString = mark < 0 ? '' : target.slice(mark + 1)
  const method = request.method ?? 'GET'
  const headers: { [name: string]: string } = {}
  for (const name in request.headers) {
    const value = request.headers[name]
    if (value !== undefined && name !== 'cookie')
      headers[name] = Array.isArray(value) ? value.join(',') : value
  }
  const { cookie } = request.headers
  const text = isUtf8(body)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/; ?/) }),
    headers,
    requestContext: {
      accountId: '000000000000',
      apiId: 'embedded',
      authentication: null,
      authorizer: {},
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    body: body.length === 0 ? null : text ? body.toString() : body.toString('base64'),
    isBase64Encoded: !text,
  }
}

export function respond(response: ServerResponse, result: HttpResult): void {
  const { statusCode, headers = {}, cookies = [], body, isBase64Encoded } = result
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : body
  response.writeHead(statusCode, {
    ...headers,
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
    // Said here, or it goes out in chunks.
    ...(response.req.method !== 'HEAD' &&
      mayHaveBody(statusCode) && { 'content-length': Buffer.byteLength(bytes) }),
  })
  response.end(bytes)
}

/** RFC 9110, 8.6 and 15: these say nothing of a body, nor of its length. */
const mayHaveBody = (status: number) => status >= 200 && status !== 204 && status !== 304
