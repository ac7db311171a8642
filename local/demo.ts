/** `npm run demo`: three months of a sample shop in seconds, and a mailbox to look into afterwards. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { play } from './demo/play.ts'
import { shoppers, STARTS_AT } from './demo/shop.ts'
import { summary } from './demo/summary.ts'
import { openPremura } from './process.ts'

const USAGE = `npm run demo -- [options]
  --once             stop after the summary
  --seed N           another shop (default 1)
  --customers N      how many customers (default 160)
  --port N           where to serve afterwards (default: a free port)
`

const KEY = 'demo-key-for-this-machine-alone'
const BAR = 28
const OPENERS: { [platform: string]: string[] } = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }

interface Options {
  once: boolean
  seed: number
  customers: number
  port: number
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        customers: { type: 'string', default: '160' },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    })
    const [seed, customers, port] = [values.seed, values.customers, values.port].map(Number)
    const whole = [seed, customers, port].every((n) => Number.isInteger(n) && Number(n) >= 0)
    if (values.help || !whole || seed === undefined || !customers || port === undefined) return undefined
    return { once: values.once, seed, customers, port }
  } catch {
    return undefined
  }
}

async function main(options: Options): Promise<void> {
  const { once, seed, customers, port } = options
  const dir = mkdtempSync(join(tmpdir(), 'premura-demo-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const premura = await openPremura({ dir, port, now: STARTS_AT, adminKey: KEY })
  for (const notice of premura.notices) process.stderr.write(`${notice}\n`)
  const people = shoppers(seed, customers)
  await play({ premura, key: KEY, seed, people, onProgress })
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  process.stdout.write(await summary(premura.runtime, people.length))
  if (once) {
    await premura.close()
    return
  }
  process.stdout.write(
    `\nmailbox      ${premura.url}/\nkey          ${KEY}\nCtrl-C ends it; nothing is kept.\n`,
  )
  show(`${premura.url}/`)
  const end = () => void premura.close().then(() => process.exit(0))
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

/** A bar where somebody watches, a line a tenth where it goes into a file. */
let tenth = 0
function onProgress(share: number, at: number): void {
  const day = new Date(at).toISOString().slice(0, 10)
  if (process.stderr.isTTY) {
    const full = Math.round(share * BAR)
    process.stderr.write(`\r${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${day} ${Math.round(share * 100)} %`)
  } else if (Math.floor(share * 10) > tenth) {
    tenth = Math.floor(share * 10)
    process.stderr.write(`${day} ${tenth * 10} %\n`)
  }
}

/** Only where there is a person to show it to. */
function show(url: string): void {
  if (!process.stdout.isTTY || process.env.CI) return
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  if (command === undefined) return
  const browser = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  browser.on('error', () => undefined)
  browser.unref()
}

const options = readOptions()
if (options) await main(options)
else {
  process.stderr.write(USAGE)
  process.exitCode = 2
}
