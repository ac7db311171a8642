/** Pressure on the way in of a shop's customers: one file with all of them, the command in a process of its own, and the product in another. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { heapMegabytesOf, peakMegabytesOf, startProduct, tellingHeap } from '../product.ts'
import { type MemoryFigures, type Progress, rounded, Samples, secondsSince } from './watch.ts'

export interface ImportFigures {
  customers: number
  /** A fourth of them with a birthday, which is two rows more. */
  fileMegabytes: number
  imported: number
  refused: number
  seconds: number
  perSecond: number
  /** How many were handled within five minutes at most, which is what the queue remembers. */
  mostInFiveMinutes: number
  /** Until nothing is queued any more. */
  settledSeconds: number
  /** Profiles that were looked at afterwards, and are not as their rows say. */
  wrong: number
  calls: { [name: string]: number }
  readUnits: number
  writeUnits: number
  command: MemoryFigures
  product: MemoryFigures
}

const COMMAND = fileURLToPath(new URL('../../cli/premura.mjs', import.meta.url))
const SAMPLES_EVERY_MS = 2000
const HEADER = 'Customer number;E-mail;First name;Last name;Phone;Born;City;Postcode;Zone;Offers\n'
const MAPS = ['Customer number=id', 'E-mail=email', 'First name=firstName', 'Last name=lastName']
const MORE_MAPS = ['Phone=phone', 'Zone=timezone', 'Born=birthday', 'Offers=consent.offers']

const meterShape = z.object({
  calls: z.record(z.string(), z.number()),
  dynamodb: z.object({ readUnits: z.number(), writeUnits: z.number() }),
})
const resultShape = z.object({ imported: z.number(), refused: z.number() })

const idOf = (n: number) => `c-${String(n).padStart(8, '0')}`
const bornOn = (n: number) => (n % 4 === 0 ? `${1950 + (n % 50)}-0${1 + (n % 9)}-${10 + (n % 18)}` : '')

export async function importPressure(customers: number, progress: Progress): Promise<ImportFigures> {
  const dir = mkdtempSync(join(tmpdir(), 'premura-pressure-'))
  const product = await startProduct({ watched: true, quiet: true })
  try {
    const file = join(dir, 'customers.csv')
    await pipeline(Readable.from(rowsOf(customers)), createWriteStream(file))
    const [commandHeap, productHeap] = [new Samples(), new Samples()]
    const handled: { atSeconds: number; customers: number }[] = [{ atSeconds: 0, customers: 0 }]
    productHeap.add(await product.heapMegabytes())
    await product.call('DELETE', '/local/meter')
    const startedAt = performance.now()
    const { child, result } = run(file, product)
    let running = true
    const ended = result.finally(() => {
      running = false
    })
    // Whoever waits for both hears of a failure; until then it must not count as unheard of.
    ended.catch(() => {})
    while (running) {
      await Promise.race([ended.catch(() => {}), later(SAMPLES_EVERY_MS)])
      if (!running) break
      const heap = await heapMegabytesOf(child).catch(() => undefined)
      if (heap !== undefined) commandHeap.add(heap, peakMegabytesOf(child))
      productHeap.add(await product.heapMegabytes(), product.peakMegabytes())
      const { calls } = meterShape.parse(await product.call('GET', '/local/meter'))
      handled.push({ atSeconds: secondsSince(startedAt), customers: calls['dynamodb.Query'] ?? 0 })
      progress('importing', secondsSince(startedAt), 0)
    }
    const { imported, refused } = await ended
    const seconds = secondsSince(startedAt)
    await product.call('POST', '/local/settle')
    const settledSeconds = secondsSince(startedAt)
    const { calls, dynamodb } = meterShape.parse(await product.call('GET', '/local/meter'))
    productHeap.add(await product.heapMegabytes(), product.peakMegabytes())
    let wrong = 0
    for (let n = 0; n < customers; n += Math.max(1, Math.floor(customers / 100)))
      if (!isAsWritten(n, await product.call('GET', `/v1/customers/${idOf(n)}`))) wrong++
    return {
      customers,
      fileMegabytes: rounded(
        ([...rowsOf(Math.min(customers, 1000))].join('').length * (customers / Math.min(customers, 1000))) /
          1e6,
      ),
      imported,
      refused,
      seconds,
      perSecond: Math.round(imported / Math.max(seconds, 0.1)),
      mostInFiveMinutes: mostWithin([...handled, { atSeconds: settledSeconds, customers }]),
      settledSeconds,
      wrong,
      calls,
      ...dynamodb,
      command: commandHeap.figures(),
      product: productHeap.figures(),
    }
  } finally {
    await product.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The most that was added between two moments that are at most five minutes apart. */
function mostWithin(moments: readonly { atSeconds: number; customers: number }[]): number {
  let most = 0
  for (const from of moments)
    for (const to of moments)
      if (to.atSeconds - from.atSeconds <= 300) most = Math.max(most, to.customers - from.customers)
  return most
}

function* rowsOf(customers: number): Generator<string> {
  yield HEADER
  for (let n = 0; n < customers; n++)
    yield `${idOf(n)};${idOf(n)}@example.com;Anna;"De ""Rossi""; Maria";+39333${String(n).padStart(8, '0')};${bornOn(n)};Torino;00184;Europe/Rome;${n % 3 === 0 ? 'true' : 'false'}\n`
}

function isAsWritten(n: number, profile: unknown): boolean {
  const born = bornOn(n)
  return z
    .looseObject({
      id: z.literal(idOf(n)),
      lastName: z.literal('De "Rossi"; Maria'),
      Postcode: z.literal('00184'),
      consent: z.object({ offers: z.literal(n % 3 === 0) }),
      birthday: born === '' ? z.undefined() : z.literal(born),
    })
    .safeParse(profile).success
}

function run(file: string, { url, key }: { url: string; key: string }) {
  const maps = [...MAPS, ...MORE_MAPS].flatMap((map) => ['--map', map])
  const child: ChildProcess = spawn(
    process.execPath,
    [...tellingHeap, COMMAND, 'import', file, ...maps, '--json'],
    { env: { ...process.env, PREMURA_URL: url, PREMURA_KEY: key }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const result = new Promise<z.infer<typeof resultShape>>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      try {
        resolve(resultShape.parse(JSON.parse(text.replace(/^heap \d+$/gm, ''))))
      } catch {
        reject(new Error(`the command ended with ${code}: ${text.slice(0, 500)}`))
      }
    })
  })
  return { child, result }
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
