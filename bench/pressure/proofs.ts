/** The pressure proofs by name: their full size, how each is run, and what is told of it. */
import { type BirthdayFigures, birthdayPressure } from './birthdays.ts'
import { burstPressure } from './burst.ts'
import { customerPressure } from './customer.ts'
import { journeyPressure } from './journeys.ts'
import { importPressure } from './import.ts'
import {
  birthdayProblems,
  burstProblems,
  customerProblems,
  importProblems,
  journeyProblems,
  queueProblems,
} from './laws.ts'
import type { Asked } from './place.ts'
import { queuePressure } from './queue.ts'
import type { MemoryFigures, Progress } from './watch.ts'

export interface Outcome {
  figures: object
  /** Laws that do not hold; none: all do. */
  problems: string[]
  lines: string[]
}

interface Proof {
  /** What `--size` counts. */
  of: string
  size: number
  run(size: number, progress: Progress): Promise<Outcome>
}

const BURST = { processes: 4, perSecond: 50 }
/** Of a year's customers on one day. */
const DUE_SHARE = 0.0027

const memoryLine = ({
  startHeap,
  firstThirdHeap,
  lastThirdHeap,
  peakHeap,
  peakHeld,
  endHeap,
}: MemoryFigures) =>
  `memory in use (MB): ${startHeap} at the start, ${firstThirdHeap} in the first third, ${lastThirdHeap} in the last, ${peakHeap} at most, ${endHeap} at the end; held ${peakHeld} at most`

const askedText = ({ readUnits, writeUnits, reads, writes }: Asked) =>
  `${readUnits} read units in ${reads} calls, ${writeUnits} write units in ${writes}`

export const proofs: { [name: string]: Proof } = {
  queue: {
    of: 'messages',
    size: 1_000_000,
    async run(size, progress) {
      const figures = await queuePressure(size, progress)
      const lines = [
        `${figures.messages} messages in ${figures.groups} groups, the longest of ${figures.longestGroup}`,
        `taken in within ${figures.takeInSeconds} s, ${figures.takenInPerSecond} a second`,
        `${figures.bytesPerMessage} bytes of memory for each that waits`,
        `opened again in ${figures.restartSeconds} s with ${figures.waitingAtRestart} waiting`,
        `handled within ${figures.drainSeconds} s, ${figures.drainedPerSecond} a second`,
        `${figures.lost} lost, ${figures.twice} twice, ${figures.outOfOrder} out of order`,
        memoryLine(figures.memory),
      ]
      return { figures, problems: queueProblems(figures), lines }
    },
  },
  customer: {
    of: 'events of one customer, and a tenth as many journeys of others that have ended',
    size: 10_000,
    async run(size, progress) {
      const figures = await customerPressure(size, Math.ceil(size / 10), progress)
      const lines = [
        ...figures.atEvents.map(
          ({ events, asked }) => `after ${events} events, one more: ${askedText(asked)}`,
        ),
        ...figures.timelineAt.map(
          ({ events, asked }) => `a page of the timeline of ${events} events: ${askedText(asked)}`,
        ),
        ...figures.atEndedJourneys.map(
          ({ journeys, asked }) => `with ${journeys} ended journeys, one more event: ${askedText(asked)}`,
        ),
        ...figures.longAfter.flatMap(({ journeys, asked, entering, moving }) => [
          `long after ${journeys} journeys have ended, one more event: ${askedText(asked)}; one that starts another: ${askedText(entering)}`,
          `putting them away, once: ${askedText(moving)}`,
        ]),
        `${figures.daily.journeys} journeys a day, one more event after a day, two, three: ${figures.daily.days.map(({ asked }) => asked.readUnits).join(', ')} read units`,
        memoryLine(figures.memory),
      ]
      return { figures, problems: customerProblems(figures), lines }
    },
  },
  journeys: {
    of: 'journeys of one workflow',
    size: 1_000_000,
    async run(size, progress) {
      const figures = await journeyPressure(size, progress)
      const { sweep, publish, resume, counters } = figures
      const lines = [
        `${size} journeys that wait, with ${figures.rowsPerCustomer} rows each`,
        `the daily sweep: ${askedText(sweep.asked)}, ${sweep.seconds} s`,
        `a publish that moves them: ${askedText(publish.asked)}, ${publish.rounds} rounds, ${publish.wakes} wakes, ${publish.seconds} s`,
        `each that moves: ${askedText(figures.perMovedJourney)}`,
        `pausing: ${askedText(figures.pause)}`,
        `resuming: ${askedText(resume.asked)}, ${resume.rounds} rounds, ${resume.wakes} wakes, ${resume.seconds} s`,
        `${counters.journeys} journeys in ${counters.minutes} minutes of a process: ${counters.writes} writes to the row that counts them`,
        memoryLine(figures.memory),
      ]
      return { figures, problems: journeyProblems(figures), lines }
    },
  },
  birthdays: {
    of: 'customers, and a tenth and a hundredth of them, with the same number due',
    size: 1_000_000,
    async run(size, progress) {
      const figures: BirthdayFigures[] = []
      for (const customers of [size / 100, size / 10, size].map(Math.ceil))
        figures.push(await birthdayPressure(customers, Math.ceil(size * DUE_SHARE), progress))
      const lines = figures.flatMap((one) => [
        `${one.handedOver} due of ${one.customers} in ${one.zones} zones: a day of ${one.ticks} ticks, ${askedText(one.asked)}, ${one.daySeconds} s; with nobody due ${askedText(one.emptyDay)}`,
        memoryLine(one.memory),
      ])
      return { figures, problems: birthdayProblems(figures), lines }
    },
  },
  import: {
    of: 'customers in one file',
    size: 1_000_000,
    async run(size, progress) {
      const figures = await importPressure(size, progress)
      const { calls, readUnits, writeUnits } = figures
      const told = Object.entries(calls).map(([name, count]) => `${name} ${count}`)
      const lines = [
        `${figures.imported} of ${size} imported from ${figures.fileMegabytes} MB in ${figures.seconds} s, ${figures.perSecond} a second, ${figures.mostInFiveMinutes} in five minutes at most; all quiet after ${figures.settledSeconds} s`,
        `${readUnits} read units, ${writeUnits} write units: ${told.join(', ')}`,
        `the command: ${memoryLine(figures.command)}`,
        `the product: ${memoryLine(figures.product)}`,
      ]
      return { figures, problems: importProblems(figures), lines }
    },
  },
  burst: {
    of: 'journeys due at once',
    size: 100_000,
    async run(size, progress) {
      const figures = await burstPressure({ journeys: size, ...BURST }, progress)
      const ideal = (size / BURST.perSecond) * 1000
      const lines = [
        `${figures.sent} mails of ${size} journeys, ${figures.twice} twice, ${figures.dead} messages dead`,
        `${figures.throttled} refused by the provider, ${figures.held} times held`,
        `drained in ${(figures.drainMs / ideal).toFixed(3)} of journeys ÷ rate`,
        memoryLine(figures.memory),
      ]
      return { figures, problems: burstProblems(figures, size, BURST.perSecond), lines }
    },
  },
}
