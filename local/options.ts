/** The options of `npm start`, from its arguments and the environment. */
import { parseArgs } from 'node:util'
import { isDay } from '../runtime/http/instants.ts'
import { looksLikeToken } from '../runtime/keys.ts'
import { messageOf, StartError } from './data-folder.ts'
import type { PremuraOptions } from './process.ts'

export const usage = `Usage: npm start -- [options]

  --port N      where to listen (PORT, default 8787; 0 takes any free port)
  --host NAME   which address to listen on (default 127.0.0.1)
  --data DIR    where the data lives (PREMURA_DATA, default .premura)
  --key VALUE   the admin key (PREMURA_ADMIN_KEY); without it, the first start makes one and prints it
  --smtp URL    hand mails on to this server: smtp://user:password@host:587
  --url URL     where customers reach the pages behind the links in mails (PREMURA_PUBLIC_URL)
  --rate N      requests a second that one key may send (PREMURA_RATE, default 20000)
  --now ISO     start on a virtual clock at this instant, which only POST /local/clock moves
  --restored-from ISO  the data folder was put back as it was at this instant: what has come due since is not sent again
  --accept-loss  start although something that was acknowledged is missing in the data folder
  --help
`

type Environment = { [name: string]: string | undefined }

/** @throws StartError for what is not understood. */
export function readOptions(args: string[], env: Environment): PremuraOptions | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const given = (value: string | undefined, name: string) =>
    value ?? (env[name] === '' ? undefined : env[name])
  const key = given(values.key, 'PREMURA_ADMIN_KEY')
  const url = given(values.url, 'PREMURA_PUBLIC_URL')
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new StartError('the admin key (--key) travels in a header: ASCII, without spaces')
  if (key !== undefined && looksLikeToken(key))
    throw new StartError(
      'the admin key (--key) has the form of a JWT (a.b.c), which is never taken for a key',
    )
  if (url !== undefined && !isUrl(url, ['http:', 'https:']))
    throw new StartError(`--url ${url} is no http or https address`)
  if (values.smtp !== undefined && !isUrl(values.smtp, ['smtp:', 'smtps:']))
    throw new StartError('--smtp takes an address like smtp://user:password@host:587')
  const rate = given(values.rate, 'PREMURA_RATE')
  if (rate !== undefined && !/^[1-9]\d{0,8}$/.test(rate))
    throw new StartError(`--rate ${rate} is no number of requests a second`)
  return {
    dir: given(values.data, 'PREMURA_DATA') ?? '.premura',
    host: values.host ?? '127.0.0.1',
    port: portOf(given(values.port, 'PORT') ?? '8787'),
    ...(key !== undefined && { adminKey: key }),
    ...(url !== undefined && { publicUrl: url.replace(/\/+$/, '') }),
    ...(values.smtp !== undefined && { smtp: values.smtp }),
    ...(rate !== undefined && { requestsPerSecond: Number(rate) }),
    ...(values['accept-loss'] && { acceptLoss: true }),
    ...(values.now !== undefined && { now: instantOf('now', values.now) }),
    ...(values['restored-from'] !== undefined && {
      restoredFrom: instantOf('restored-from', values['restored-from']),
    }),
  }
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    ...{ port: text, host: text, data: text, key: text },
    ...{ smtp: text, url: text, now: text, rate: text, 'restored-from': text },
  }
  try {
    return parseArgs({ args, options: { ...options, 'accept-loss': flag, help: { ...flag, short: 'h' } } })
      .values
  } catch (error) {
    throw new StartError(`${messageOf(error).split('. ', 1)[0]}\n\n${usage}`)
  }
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new StartError(`--port ${text} is no port; it takes 0 to 65535`)
  return port
}

/** A date alone is midnight UTC; a time needs its offset, because a guess would be wrong for somebody. */
function instantOf(name: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  // The parser would make 2 March of 30 February.
  if (Number.isNaN(at) || !isDay(text.slice(0, 10)))
    throw new StartError(`--${name} ${text} is no instant; write 2026-03-26T10:00:00Z`)
  return at
}

function isUrl(text: string, protocols: string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol)
}
