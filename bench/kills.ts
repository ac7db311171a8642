/**
 * `npm run kills`: the embedded product under load is killed with SIGKILL at random moments and started again on the same
 * data. Then every event that got its 202 must have led to each of its mails once, and no wait may have been forgotten.
 * Left out: power failure (writes are safe against the end of the process, not synced to the disk one by one).
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { dice } from '../test/dice.ts'
import { startProduct } from './product.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: '20260326' },
    clients: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
})
const KILLS = Number(values.kills)
const CLIENTS = Number(values.clients)

const WORKFLOW = `workflow: kills
title: Kills
topic: service
trigger: { event: kills.bought }
enroll: { per: event.orderId, again: never }
steps:
  - { send: thanks, inDoubt: drop }
  - wait: PT2S
  - { send: tips, inDoubt: drop }
`
const mail = (subject: string) =>
  `---\nsubject: '${subject} {{ event.orderId }}'\n---\n<mj-section><mj-column><mj-text><h1>${subject}</h1></mj-text></mj-column></mj-section>\n`

const messages = z.array(z.object({ id: z.string(), step: z.string(), key: z.string(), at: z.string() }))

interface Kill {
  /** Since the product was ready. */
  afterMs: number
  /** Accepted until then, of all runs before it, too. */
  accepted: number
  /** Posts that were under way and got no answer. */
  unanswered: number
  /** Until it served again. */
  backAfterMs: number
}

/** The same moments in every run with the same seed, as far as the machine keeps time. */
const random = dice(Number(values.seed))
const accepted = new Set<string>()
const kills: Kill[] = []
let unanswered = 0
let next = 0

// Of each claim that a kill left open there is a line in the log, which nobody reads here.
let product = await startProduct({ quiet: true })
await product.call('PUT', '/v1/workflows/kills/draft', {
  definition: WORKFLOW,
  templates: { 'thanks.mjml': mail('Thanks'), 'tips.mjml': mail('Tips') },
})
await product.call('POST', '/v1/workflows/kills/publish', {})

let up = true
let over = false
const clients = Array.from({ length: CLIENTS }, client)
for (let n = 0; n < KILLS; n++) {
  const afterMs = Math.round(100 + random() * 2400)
  await pause(afterMs)
  unanswered = 0
  up = false
  await product.kill()
  const before = accepted.size
  const diedAt = performance.now()
  product = await startProduct({ data: product.data, quiet: true })
  kills.push({ afterMs, accepted: before, unanswered, backAfterMs: Math.round(performance.now() - diedAt) })
  up = true
  progress(`${n + 1} of ${KILLS} kills, ${accepted.size} accepted`)
}
over = true
await Promise.all(clients)

/** Waits are of two seconds; the last event was accepted before this. */
const settled = Date.now() + 60_000
let mails = messages.parse(await product.call('GET', '/local/messages?workflow=kills'))
while (Date.now() < settled && mails.length < 2 * accepted.size) {
  await pause(1000)
  await product.call('POST', '/local/settle')
  mails = messages.parse(await product.call('GET', '/local/messages?workflow=kills'))
}
await product.call('POST', '/local/settle')
mails = messages.parse(await product.call('GET', '/local/messages?workflow=kills'))
await product.stop()

const result = Object.fromEntries(
  ['send-thanks', 'send-tips', 'thanks', 'tips'].flatMap((step) => {
    const keys = mails.filter((one) => one.step === step).map(({ key }) => key)
    if (keys.length === 0) return []
    const once = new Set(keys)
    const lost = [...accepted].filter((key) => !once.has(key)).length
    return [[step, { mails: keys.length, lost, twice: keys.length - once.size }]]
  }),
)
const good =
  Object.keys(result).length === 2 &&
  Object.values(result).every(({ lost, twice }) => lost === 0 && twice === 0)

progress('')
if (values.json) process.stdout.write(`${JSON.stringify({ accepted: accepted.size, result, kills })}\n`)
else process.stdout.write(report())
process.exitCode = good ? 0 : 1

function report(): string {
  return [
    `${kills.length} kills, seed ${values.seed}, ${CLIENTS} clients; ${accepted.size} events accepted`,
    '',
    '| step | mails | lost | twice |',
    '|---|---:|---:|---:|',
    ...Object.entries(result).map(
      ([step, { mails: count, lost, twice }]) => `| ${step} | ${count} | ${lost} | ${twice} |`,
    ),
    '',
    '| kill | after (ms) | accepted so far | posts cut off | serves again after (ms) |',
    '|---:|---:|---:|---:|---:|',
    ...kills.map(
      (kill, n) =>
        `| ${n + 1} | ${kill.afterMs} | ${kill.accepted} | ${kill.unanswered} | ${kill.backAfterMs} |`,
    ),
    '',
  ].join('\n')
}

/** A shop: what was not accepted is posted again under the same id. */
async function client(): Promise<void> {
  while (!over) {
    const n = next++
    const order = `O-${n}`
    // The same in every try: an event's id is its customer's.
    const customerId = `c-${n % 200}`
    while (!accepted.has(order)) {
      if (!up) {
        await pause(20)
        continue
      }
      try {
        await product.call('POST', '/v1/events', {
          id: order,
          type: 'kills.bought',
          customerId,
          customer: { email: `${customerId}@example.com` },
          data: { orderId: order },
        })
        accepted.add(order)
      } catch {
        unanswered++
        await pause(20)
      }
    }
  }
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
