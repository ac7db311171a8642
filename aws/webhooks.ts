/**
 * Calls to addresses that somebody wrote into the settings. An address is looked up once, checked, and connected to as
 * checked, so that no name can lead the call to a machine inside (an answer that changes between check and connection
 * included). Redirects are answers like any other; nobody follows them.
 */
import { lookup as systemLookup } from 'node:dns'
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { CallOutcome, OutgoingCall, Webhooks } from '../runtime/ports.ts'
import { type Address, isLoopback, isPublic } from './addresses.ts'

export interface WebhookOptions {
  /** On one machine, receivers on that machine may be called, without TLS too. */
  allowLoopback: boolean
  timeoutMs?: number
  lookup?: (hostname: string) => Promise<Address[]>
}

const TIMEOUT_MS = 10_000
/** Read no further than this: an answer is a few facts and no download. */
const LARGEST_ANSWER = 16 * 1024
const LONGEST_RETRY_AFTER_S = 24 * 3600

export function createWebhooks(options: WebhookOptions): Webhooks {
  const { allowLoopback, timeoutMs = TIMEOUT_MS, lookup = resolve } = options

  /** Addresses that may be connected to, or why there is none. */
  async function checked(url: URL): Promise<Address[] | CallOutcome> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const family = isIP(host)
    let found: Address[]
    try {
      found = family === 0 ? await lookup(host) : [{ address: host, family }]
    } catch (error) {
      return { status: 'unreachable', reason: `${host} cannot be looked up (${codeOf(error)})` }
    }
    if (found.length === 0) return { status: 'unreachable', reason: `${host} has no address` }
    const here = allowLoopback && found.every(isLoopback)
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here))
      return { status: 'refused', reason: 'webhooks are called over https alone' }
    if (!here && !found.every(isPublic))
      return { status: 'refused', reason: `${host} is not an address of the public internet` }
    return found
  }

  return {
    async call(outgoing) {
      const url = URL.canParse(outgoing.url) ? new URL(outgoing.url) : undefined
      if (!url) return { status: 'refused', reason: 'the address is not a URL' }
      const addresses = await checked(url)
      if ('status' in addresses) return addresses
      return await post(url, addresses, outgoing, timeoutMs)
    },
  }
}

function post(
  url: URL,
  addresses: Address[],
  outgoing: OutgoingCall,
  timeoutMs: number,
): Promise<CallOutcome> {
  const options: RequestOptions = {
    method: 'POST',
    headers: Object.fromEntries([
      ...outgoing.headers.map(({ name, value }) => [name, value]),
      ['content-length', String(Buffer.byteLength(outgoing.body))],
      ['accept', 'application/json'],
    ]),
    // A connection of its own, to the address that was checked.
    agent: false,
    lookup: (_host, { all }, answer) => {
      const [first] = addresses
      if (all) answer(null, addresses)
      else answer(null, first?.address ?? '', first?.family ?? 4)
    },
    signal: AbortSignal.timeout(timeoutMs),
  }
  return new Promise((settle) => {
    const unreachable = (error: unknown) =>
      settle({ status: 'unreachable', reason: `no answer (${codeOf(error)})` })
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
      read(response).then(settle, unreachable)
    })
    request.on('error', unreachable)
    request.end(outgoing.body)
  })
}

async function read(response: IncomingMessage): Promise<CallOutcome> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > LARGEST_ANSWER) break
    chunks.push(bytes)
  }
  response.destroy()
  const wait = /^\d{1,9}$/.exec(response.headers['retry-after'] ?? '')?.[0]
  return {
    status: 'answered',
    code: response.statusCode ?? 0,
    ...(size <= LARGEST_ANSWER && { body: Buffer.concat(chunks).toString('utf8') }),
    ...(wait !== undefined && { retryAfterMs: Math.min(Number(wait), LONGEST_RETRY_AFTER_S) * 1000 }),
  }
}

function resolve(hostname: string): Promise<Address[]> {
  return new Promise((found, failed) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? failed(error) : found(addresses)))
  })
}

/** `ECONNREFUSED`, `TimeoutError` … and never a text of the other side's. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
