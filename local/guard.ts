/** Who may use the /local routes, which need no key: people and tests on this machine, and nobody's web page. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { allows, findKey } from '../runtime/keys.ts'
import { Problem } from '../runtime/http/problem.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** @throws Problem 403 that says why. */
export async function admitLocal(runtime: Runtime, boundTo: string, request: IncomingMessage): Promise<void> {
  // A page from elsewhere can make a browser on this machine send requests, also to a name of its own that resolves here.
  if (isForeignPage(request)) throw refused('Requests that another web page makes are not answered here.')
  const secret = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (secret !== undefined) {
    const key = await findKey(runtime, secret)
    if (key && allows(key, 'admin')) return
    throw refused('This key is not an admin key.')
  }
  if (!isLoopback(boundTo))
    throw refused('This server is bound to more than the loopback address: send the admin key to use /local.')
  if (!isLoopback(request.socket.remoteAddress ?? '') || !isLoopback(nameIn(request.headers.host ?? '')))
    throw refused('The /local routes answer on the loopback address only.')
}

/** `127.0.0.1`, `::1`, `localhost` and what ends in `.localhost`, which browsers resolve to this machine alone. */
function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  const address = name.replace(/^::ffff:/, '')
  if (isIP(address) === 4) return address.startsWith('127.')
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost')
}

const nameIn = (hostHeader: string) => hostHeader.replace(/:\d+$/, '')

function isForeignPage({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const { origin, host } = headers
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}

const refused = (why: string) => new Problem(403, why)
