/** `npm run burst`: a hundred thousand journeys that are due at once, on an account that lets only so many mails through. */
import { parseArgs } from 'node:util'
import { burstPressure } from './pressure/burst.ts'
import { progressOn } from './pressure/progress.ts'

const { values } = parseArgs({
  options: {
    journeys: { type: 'string', default: '100000' },
    processes: { type: 'string', default: '4' },
    rate: { type: 'string', default: '50' },
    quota: { type: 'string' },
  },
})

const [journeys, processes, perSecond] = [values.journeys, values.processes, values.rate].map(Number)
const perDay = values.quota === undefined ? undefined : Number(values.quota)
const numbers = [journeys, processes, perSecond, perDay ?? 1]
if (numbers.every((one) => Number.isInteger(one) && Number(one) > 0)) {
  const began = performance.now()
  const progress = progressOn(process.stderr)
  const figures = await burstPressure(
    {
      journeys: Number(journeys),
      processes: Number(processes),
      perSecond: Number(perSecond),
      ...(perDay !== undefined && { perDay }),
    },
    progress.show,
  )
  progress.end()
  const { firstThirdHeap, lastThirdHeap, peakHeap } = figures.memory
  const idealMs = (Number(journeys) / Number(perSecond)) * 1000
  const lines = [
    `${figures.sent} mails of ${journeys} journeys, ${figures.twice} of them twice, ${figures.dead} messages dead`,
    `${figures.throttled} refused by the provider, ${figures.held} times held`,
    `drained in ${Math.round(figures.drainMs / 1000)} s of virtual time, ${(figures.drainMs / idealMs).toFixed(3)} of journeys ÷ rate`,
    `most in 24 hours: ${figures.mostInADay}`,
    `memory in use, of the processes alone: ${firstThirdHeap} MB in the first third, ${lastThirdHeap} in the last, ${peakHeap} at most`,
    `(${Math.round((performance.now() - began) / 1000)} s on this machine)`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
} else {
  process.stderr.write('burst: --journeys, --processes, --rate and --quota take whole numbers from 1 on\n')
  process.exitCode = 2
}
