/** Events of an HTTP API, payload format 2.0, as API Gateway hands them to a function. */
import type { HttpEvent } from '../../functions/api.ts'

export interface Asking {
  method: string
  /** Path and query, as they stand on the request line. */
  target: string
  /** Names in any case; API Gateway hands them over in lower case, values of one name in one. */
  headers?: readonly (readonly [string, string])[]
  body?: string | Uint8Array | undefined
}

export function httpEvent({ method, target, headers = [], body }: Asking): HttpEvent {
  const [rawPath = '/', ...query] = target.split('?')
  const joined: { [name: string]: string } = {}
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    joined[key] = joined[key] === undefined ? value : `${joined[key]},${value}`
  }
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query.join('?'),
    headers: joined,
    body: body === undefined ? null : typeof body === 'string' ? body : Buffer.from(body).toString('base64'),
    isBase64Encoded: typeof body === 'object',
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      authentication: null,
      authorizer: {},
      domainName: 'care.example.com',
      domainPrefix: 'care',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'r-1',
      routeKey: '$default',
      stage: '$default',
      time: '26/Mar/2026:10:00:00 +0000',
      timeEpoch: 1_774_519_200_000,
    },
  }
}
