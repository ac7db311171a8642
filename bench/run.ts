/** `npm run bench`: what Premura costs on this machine, and what the figures leave out. */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { bundleFigures } from './bundles.ts'
import { costOfLoad, linesOfTime, tableOfLoads } from './cost/load-costs.ts'
import { countLoads, EACH } from './cost/loads.ts'
import { engineFigures } from './engine.ts'
import { type Load, loadFigures } from './loads.ts'
import { prices, pricesOn, region } from './prices.ts'
import { purchaseFigures } from './purchases.ts'
import { runtimeFigures } from './runtime.ts'
import { sweepFigures } from './sweep.ts'

const GOALS = { perSecond: 1300, p99Ms: 3000, cpuSecondsPer1000: 1.5, peakMegabytes: 400 }

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    purchases: { type: 'string', default: '6000' },
    // What is counted alone, which takes seconds and comes out the same on every machine.
    counted: { type: 'boolean', default: false },
  },
})

// First, before anything has made this process fast or slow.
const costs = (await countLoads()).map(costOfLoad)
if (values.counted) tell({ costs }, countedReport)
else {
  const figures = await timed(Number(values.purchases))
  tell({ ...figures, costs }, () => report(figures))
}

function tell(figures: object, lines: () => string[]): void {
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : lines().join('\n'))
}

type Timed = Awaited<ReturnType<typeof timed>>

async function timed(count: number) {
  const purchases = await purchaseFigures(count)
  const loads = await loadFigures(count)
  const swept = await sweepFigures(10 * count)
  const runtime = await runtimeFigures(count)
  const bundles = await bundleFigures()
  return { purchases, loads, swept, runtime, bundles, engine: await engineFigures() }
}

function load(what: string, { perSecond, cpuSecondsPer1000 }: Load): string {
  return `  ${what.padEnd(56)} ${String(perSecond).padStart(6)}   ${cpuSecondsPer1000}`
}

function countedReport(): string[] {
  return [
    `What each asks of AWS: ${EACH} of each, counted; USD a million in ${region}, list prices of ${pricesOn}`,
    '',
    ...tableOfLoads(costs),
    '',
    '  Priced: write and read units, SQS sends, receives and deletes, schedules that fire, HTTP API and Lambda requests.',
    '  Assumed: Lambda receives and deletes ten messages at a time, or one. Messages stand apart: SES without a plan, SMS of a part to the US.',
    '  What a process looks up once, what a day costs in which nothing happens, logs and storage: npm run cost.',
    '',
    `Lambda time besides, USD a million in batches of 10 and of 1 (${prices.gbSeconds.unit}): this machine’s CPU time,`,
    'and waits for AWS as npm run cost assumes them',
    ...linesOfTime(costs),
    '',
  ]
}

function report({ purchases, loads, swept, runtime, bundles, engine }: Timed): string[] {
  const against = (name: keyof typeof GOALS, unit: string) => {
    const better = name === 'perSecond' ? purchases[name] >= GOALS[name] : purchases[name] <= GOALS[name]
    const goal = `${name === 'perSecond' ? 'at least' : 'at most'} ${GOALS[name]}`
    return `${String(purchases[name]).padStart(8)} ${unit.padEnd(24)} ${better ? 'reaches' : 'misses '} the goal of ${goal}`
  }
  const calls = Object.entries(purchases.calls).map(
    ([name, n]) => `${name} ${(n / purchases.purchases).toFixed(2)}`,
  )
  return [
    `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}`,
    '',
    `From POST to mail: ${purchases.purchases} purchases of as many known customers, 16 connections, one branch, one mail each`,
    against('perSecond', 'purchases a second'),
    against('p99Ms', `ms at the 99th, ${purchases.p50Ms} at the 50th`),
    against('cpuSecondsPer1000', 'CPU seconds per 1,000'),
    against('peakMegabytes', 'MB at the peak'),
    `  calls a purchase   ${calls.join(', ')}`,
    `  units a purchase   ${(purchases.writeUnits / purchases.purchases).toFixed(2)} write, ${(purchases.readUnits / purchases.purchases).toFixed(2)} read`,
    `  The same without SDK, emulator and HTTP: ${runtime.perSecond} a second, ${runtime.cpuSecondsPer1000} CPU seconds per 1,000; the`,
    '  difference is what the AWS clients and the local cloud cost on this machine.',
    '  Left out: the network between shop and product, TLS, a real mail provider, power failure (writes are safe against',
    '  kill -9, not synced to the disk one by one). The client shares the cores, and its CPU is not counted.',
    '',
    `The way in parts: ${loads.ingest.count} of each, a second and in CPU seconds per 1,000`,
    load('customers written, one a request', loads.customers),
    load('events that nobody listens to, one a request, handled', loads.ingest),
    load('the same, a hundred a request', loads.ingestBatches),
    load('waits that end at the same moment, each with a mail', loads.wakes),
    load(`the sweep, of ${swept.count} customers with a journey that waits`, swept),
    '  Left out: the same as above. The clock is moved for the waits, so that all are due at once. The sweep has no HTTP.',
    '',
    ...countedReport(),
    'Bundles as they are deployed, minified; import in fresh processes, an empty module taken off',
    ...bundles.map(
      ({ name, coldKilobytes, lazyKilobytes, importMs }) =>
        `  ${name.padEnd(10)} ${String(coldKilobytes).padStart(5)} KB   ${String(lazyKilobytes).padStart(5)} KB loaded when needed   ${String(importMs).padStart(4)} ms`,
    ),
    "  Left out: Lambda's own start, reading the secret of links, the first connection to AWS.",
    '',
    'Engine alone, no I/O',
    `  ${engine.journeysPerSecond} standard journeys a second, ${engine.stepsPerSecond} inputs a second`,
    `  a mail compiles in ${engine.compileMs} ms (once, at publish) and renders in ${engine.renderMs} ms`,
    '',
  ]
}
