/** HTTP API → the HTTP app. */
import { handle, type LambdaEvent } from 'hono/aws-lambda'
import { withLinks, withQueue, withRequestRate, withTable, withTimers, withTokens } from '../aws/world.ts'
import { createApp } from '../runtime/http/app.ts'
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
  const respond = handle(createApp(runtime))
  return async (event: HttpEvent): Promise<HttpResult> => respond(event)
}

export const handler = await onAws(
  'api',
  [withTable, withQueue, withTimers, withLinks, withTokens, withRequestRate],
  api,
)
