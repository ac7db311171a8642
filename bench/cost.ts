/** `npm run cost`: what a million journeys cost on AWS, from the operations that some of them take here. */
import { parseArgs } from 'node:util'
import { costOfCounted } from './cost/cost.ts'
import { countJourneys } from './cost/count.ts'
import { renderCost } from './cost/report.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, journeys: { type: 'string', default: '200' } },
})

const journeys = Number(values.journeys)
if (Number.isInteger(journeys) && journeys > 0) {
  const cost = costOfCounted(await countJourneys(journeys))
  process.stdout.write(values.json ? `${JSON.stringify(cost, null, 2)}\n` : renderCost(cost))
} else {
  process.stderr.write(`cost: --journeys takes a whole number from 1 on, not "${values.journeys}"\n`)
  process.exitCode = 2
}
