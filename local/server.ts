/** The one HTTP server: /local is answered here, everything else becomes an event for the API's function. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { HttpEvent, HttpResult } from '../functions/api.ts'
import { answered } from '../runtime/http/answer.ts'
import { Problem } from '../runtime/http/problem.ts'
import type { Log } from '../runtime/ports.ts'
import { codeOf, messageOf, StartError } from './data-folder.ts'
import { readBody, respond, toEvent } from './http-event.ts'
import { mailboxFile } from './mailbox/page.ts'
import type { LocalReply, LocalRequest } from './routes.ts'

export interface Answering {
  api: (event: HttpEvent) => Promise<HttpResult>
  /** Decides whether the peer may, then answers. */
  local: (request: LocalRequest, incoming: IncomingMessage) => Promise<LocalReply>
  log: Log
}

export interface LocalServer {
  host: string
  port: number
  /** Requests that came earlier wait for this. */
  serve(answering: Answering): void
  /** Takes no more requests and lets those in hand end. */
  close(): Promise<void>
}

const CLOSING_MS = 5_000
const TIDYING_MS = 50

/** Takes the address first, so that one in use is known before anything else is done. */
export async function listen(host: string, port: number): Promise<LocalServer> {
  let serve: (answering: Answering) => void = () => undefined
  const ready = new Promise<Answering>((resolve) => {
    serve = resolve
  })
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    ready.then((answering) => answer(answering, request, response)).catch(() => response.destroy())
  })
  await bind(server, host, port)
  const address = server.address()
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    serve,
    close: () => close(server),
  }
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const where = `${host}:${port}`
      if (codeOf(error) === 'EADDRINUSE')
        reject(new StartError(`${where} is in use by another program; choose another port with --port`))
      else reject(new StartError(`cannot listen on ${where}: ${messageOf(error)}`))
    })
    server.listen(port, host, resolve)
  })
}

async function close(server: Server): Promise<void> {
  const impatient = setTimeout(() => server.closeAllConnections(), CLOSING_MS)
  await new Promise<void>((resolve) => {
    // A connection whose last request ended after this is idle, and would be kept for the next one.
    const tidying = setInterval(() => server.closeIdleConnections(), TIDYING_MS)
    server.close(() => {
      clearInterval(tidying)
      resolve()
    })
  })
  clearTimeout(impatient)
}

async function answer(
  answering: Answering,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const target = request.url ?? '/'
    const path = target.split('?', 1)[0] ?? '/'
    const method = request.method ?? 'GET'
    const page = method === 'GET' || method === 'HEAD' ? mailboxFile(path) : undefined
    if (page) return await reply(response, page, method)
    const body = await readBody(request)
    if (!path.startsWith('/local/'))
      return respond(response, await answering.api(toEvent(request, body, Date.now())))
    const query = new URLSearchParams(target.slice(path.length + 1))
    const local = { method: method === 'HEAD' ? 'GET' : method, path, query, body: body.toString() }
    await reply(response, await answering.local(local, request), method)
  } catch (error) {
    if (request.destroyed && !request.complete) return
    if (!(error instanceof Problem))
      answering.log('error', 'http.failed', { error: error instanceof Error ? error.name : 'unknown' })
    const problem = error instanceof Problem ? error : new Problem(500, 'This is our fault, not yours.')
    if (response.headersSent) return void response.destroy()
    const { status, headers, body } = answered(problem.toReply())
    await reply(response, { status, headers, body }, request.method ?? 'GET')
  }
}

async function reply(
  response: ServerResponse,
  { status = 200, type, headers, body }: LocalReply,
  method: string,
) {
  response.writeHead(status, {
    'content-type': type ?? 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  if (method === 'HEAD') return void response.end()
  if (typeof body === 'string') return void response.end(body)
  await pipeline(body, response)
}
