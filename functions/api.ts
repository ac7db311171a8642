/** HTTP API → the HTTP app. */
import { handle, type LambdaEvent } from 'hono/aws-lambda'
import { withLinks, withQueue, withRequestRate, withTable, withTimers, withTokens } from '../aws/world.ts'
import { createApp, routes } from '../runtime/http/app.ts'
import type { Asked } from '../runtime/http/asked.ts'
import { directly } from '../runtime/http/direct.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { onAws } from './on-aws.ts'

/** An event of an HTTP API (payload format 2.0), which a function URL sends too. */
export type HttpEvent = Extract<LambdaEvent, { rawPath: string }>

export interface HttpResult {
  statusCode: number
  body: string
  isBase64Encoded: boolean
  headers?: { [name: string]: string | string[] } | undefined
  cookies?: string[]
}

export const api = (runtime: Runtime) => {
  const direct = directly(routes, runtime)
  const respond = handle(createApp(runtime))
  return async (event: HttpEvent): Promise<HttpResult> => {
    const answering = isPlain(event) ? direct(askedBy(event), event.rawPath) : undefined
    if (!answering)
      return respond(bodiless.has(event.requestContext.http.method) ? { ...event, body: null } : event)
    const { status, headers, body } = await answering
    return { statusCode: status, headers, body, isBase64Encoded: false }
  }
}

/** A `Request` of these may have no body, and would not be made with one. */
const bodiless = new Set(['GET', 'HEAD'])

const printable = /^[\x20-\x7e]*$/

/** Bytes that are no text, and headers that have to be put into other words, are left to the app's adapter. */
function isPlain({ headers, isBase64Encoded }: HttpEvent): boolean {
  if (isBase64Encoded) return false
  for (const name in headers) if (!printable.test(headers[name] ?? '')) return false
  return true
}

/** API Gateway hands names of headers over in lower case. */
function askedBy({ rawPath, rawQueryString, headers, requestContext, body }: HttpEvent): Asked {
  return {
    method: requestContext.http.method,
    url: `https://${requestContext.domainName}${rawPath}${rawQueryString === '' ? '' : `?${rawQueryString}`}`,
    headers: { get: (name) => headers[name]?.trim() || null },
    body: body ?? null,
  }
}

export const handler = await onAws(
  'api',
  [withTable, withQueue, withTimers, withLinks, withTokens, withRequestRate],
  api,
)
