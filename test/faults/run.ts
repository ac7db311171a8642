/** `npm run faults`: as many stories as wanted, and the first that breaks a law in full. */
import { parseArgs } from 'node:util'
import { type Checked, check, readable, replay, shrink } from './check.ts'
import { Pool } from './pool.ts'
import { addTo, emptyTally, missed, tableOf } from './tally.ts'

const HELP = `npm run faults -- [--runs N] [--seed N] [--pool N] [--replay SEED] [--table] [--json]

  --runs N       how many stories are told (1000 when left out)
  --seed N       the first story's number; the others follow (0 when left out)
  --pool N       how many workflows they draw from (160 when left out)
  --replay SEED  tells one story, smaller where it can be, with all that happened in it
  --table        every point with the faults that it met
  --json         the result as JSON
`

interface Output {
  out: (text: string) => void
  err: (text: string) => void
  isTerminal: boolean
}

const BAR = 30
const FEW = 10

export async function main(args: string[], { out, err, isTerminal }: Output): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '0' },
      pool: { type: 'string', default: '160' },
      replay: { type: 'string' },
      table: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    out(HELP)
    return 0
  }
  const pool = new Pool(wholeNumber('--pool', values.pool))
  if (values.replay !== undefined) {
    const options = { seed: wholeNumber('--replay', values.replay), pool }
    const told = await check(options)
    out(`${readable(told.violations.length > 0 ? await shrink(options, told) : told)}\n`)
    return told.violations.length > 0 ? 1 : 0
  }

  const runs = wholeNumber('--runs', values.runs)
  const first = wholeNumber('--seed', values.seed)
  const tally = emptyTally()
  const failed: Checked[] = []
  for (let index = 0; index < runs; index++) {
    const told = await check({ seed: first + index, pool })
    addTo(tally, told)
    if (told.violations.length > 0) failed.push(told)
    if (isTerminal && (index % 10 === 9 || index === runs - 1)) err(bar(index + 1, runs, failed.length))
  }
  if (isTerminal) err('\n')
  const [worst] = failed
  if (values.json) {
    const broken = failed.map(({ seed, violations }) => ({
      seed,
      violations,
      replay: replay(seed, pool.size),
    }))
    out(`${JSON.stringify({ ...tally, firstSeed: first, pool: pool.size, broken, missed: missed(tally) })}\n`)
    return worst ? 1 : 0
  }
  out(
    `${tally.stories} stories, ${tally.journeys} journeys, ${tally.calls} calls, ${tally.faults} faults; ` +
      `${tally.modelled} journeys read by the model, ${tally.compared} stories compared with their calm selves\n`,
  )
  const never = missed(tally)
  if (never.length > 0) {
    const some = never.slice(0, FEW).map(({ point, fault }) => `${point} ${fault}`)
    const more = never.length > FEW ? ` and ${never.length - FEW} more` : ''
    out(`never met: ${some.join(', ')}${more}\n`)
  }
  if (values.table) out(`${tableOf(tally)}\n`)
  if (!worst) {
    out('no law was broken\n')
    return 0
  }
  out(`${failed.length} stories break a law: ${failed.map(({ seed }) => seed).join(', ')}\n\n`)
  out(
    `${readable(await shrink({ seed: worst.seed, pool }, worst))}\n\nagain: ${replay(worst.seed, pool.size)}\n`,
  )
  return 1
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`${option} takes a whole number, not "${text}"`)
  return value
}

function bar(done: number, of: number, broken: number): string {
  const full = Math.round((BAR * done) / of)
  return `\r${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${done}/${of}${broken > 0 ? `, ${broken} broken` : ''}`
}
