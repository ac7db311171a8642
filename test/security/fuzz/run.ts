/** `npm run fuzz -- --requests 100000 --seed 1`: throws so many made requests at every route, and says what broke. */
import { parseArgs } from 'node:util'
import { fuzz } from './drive.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
})
const began = performance.now()
const seed = Number(values.seed)
const report = await fuzz({
  requests: Number(values.requests),
  seed,
  from: Number(values.from),
  onProgress: (done) => void (process.stderr.isTTY && process.stderr.write(`\r${done} requests`)),
})
const { findings, reached, slowestMs, heapGrowthMegabytes, statuses } = report
const operations = new Set(Object.keys(reached).map((name) => name.replace(/ \d+$/, '')))
process.stdout.write(
  [
    `${report.requests} requests from seed ${seed} in ${Math.round((performance.now() - began) / 1000)} s, ${operations.size} operations`,
    `by status: ${Object.entries(statuses)
      .map(([status, count]) => `${status} ${count}×`)
      .join(', ')}`,
    `the slowest answer took ${Math.round(slowestMs)} ms; the heap grew by ${heapGrowthMegabytes} MB`,
    ...findings.map(
      ({ number, what, request }) => `\n${what}\n  --seed ${seed} --from ${number} --requests 1: ${request}`,
    ),
    `${findings.length} findings`,
    '',
  ].join('\n'),
)
process.exitCode = findings.length === 0 ? 0 : 1
