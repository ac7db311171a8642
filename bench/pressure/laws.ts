/** What must hold of the figures under pressure, at every size: the bench ends with an error otherwise, and so do the tests. */
import type { BirthdayFigures } from './birthdays.ts'
import type { BurstPressureFigures } from './burst.ts'
import type { CustomerFigures } from './customer.ts'
import type { ImportFigures } from './import.ts'
import type { JourneyFigures, Walk } from './journeys.ts'
import type { QueueFigures } from './queue.ts'
import type { MemoryFigures } from './watch.ts'

/** The memory in use in the last third of a run is not above that in the first by more than this. */
const MARGIN_MEGABYTES = 15
/** A million waiting messages in less than 600 MB, with what is kept at hand. */
const BYTES_A_MESSAGE = 500
/** A journey that has ended takes less than a kilobyte, four of which are a read unit. */
const UNITS_AN_ENDED_JOURNEY = 0.25
/** What has ended long ago is read with each event up to 16 KB of it, beside whatever else is read. */
const UNITS_LONG_AFTER = 4
/** Days in which a journey may still be somebody's business, and the night that comes after. */
const DAYS_AT_HAND = 5
/** Rows of one customer: profile, event and journey, eventually consistent. */
const UNITS_A_WALKED_CUSTOMER = 0.1
const SEGMENTS = 8
const WAKES_A_ROUND = 500
/**
 * A message that was sent is remembered for five minutes, so that a repeat of it is known: its id, its place, its
 * moment, and the room that a map of them needs while it grows.
 */
const BYTES_A_REMEMBERED_MESSAGE = 400
/** The embedded table keeps what was read lately: 24 million characters of keys and values, and what holds them. */
const RECENT_ROWS_MEGABYTES = 100
/** A customer is read once, once more when their waits are looked at, and who is new is asked for among the erased; a birthday is two rows beside the profile. */
const READS_AN_IMPORTED_CUSTOMER = 3
const WRITES_AN_IMPORTED_CUSTOMER = 1.5
/** Beside the rounds: what is live, versions, texts, settings. */
const ASIDE = 25

type Rule = [holds: boolean, otherwise: string]

const broken = (...rules: Rule[]): string[] =>
  rules.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]))

const flat = ({ firstThirdHeap, lastThirdHeap }: MemoryFigures): Rule => [
  lastThirdHeap <= firstThirdHeap + MARGIN_MEGABYTES,
  `${lastThirdHeap} MB were in use in the last third, ${firstThirdHeap} in the first: it grows`,
]

export function queueProblems(figures: QueueFigures): string[] {
  const { lost, twice, outOfOrder, bytesPerMessage, memory } = figures
  return broken(
    [lost === 0, `${lost} messages were lost`],
    [twice === 0, `${twice} messages were handled twice`],
    [outOfOrder === 0, `${outOfOrder} messages overtook an earlier one of their group`],
    [bytesPerMessage <= BYTES_A_MESSAGE, `a waiting message takes ${bytesPerMessage} bytes of memory`],
    [
      memory.endHeap <= memory.startHeap + MARGIN_MEGABYTES,
      `${memory.endHeap} MB are in use at the end, ${memory.startHeap} were at the start`,
    ],
    flat(memory),
  )
}

export function customerProblems(figures: CustomerFigures): string[] {
  const { atEvents, atEndedJourneys, longAfter, daily, timelineAt, memory } = figures
  const [first] = atEvents
  const [none] = atEndedJourneys
  return [
    ...atEvents.flatMap(({ events, asked }) =>
      broken([
        JSON.stringify(asked) === JSON.stringify(first?.asked),
        `event ${events + 1} asked ${JSON.stringify(asked)}, an early one ${JSON.stringify(first?.asked)}`,
      ]),
    ),
    ...atEndedJourneys.flatMap(({ journeys, asked }) =>
      broken(
        [
          asked.readUnits <= (none?.asked.readUnits ?? 0) + journeys * UNITS_AN_ENDED_JOURNEY,
          `with ${journeys} ended journeys an event reads ${asked.readUnits} units`,
        ],
        [asked.writeUnits === none?.asked.writeUnits, `with ${journeys} ended journeys an event writes more`],
      ),
    ),
    ...longAfter.flatMap(({ journeys, asked, entering, moving }) =>
      broken(
        [
          asked.readUnits <= (none?.asked.readUnits ?? 0) + UNITS_LONG_AFTER,
          `long after ${journeys} journeys have ended an event reads ${asked.readUnits} units`,
        ],
        [
          entering.readUnits <= asked.readUnits + 1,
          `long after ${journeys} journeys have ended an entry reads ${entering.readUnits} units`,
        ],
        // The mark beside two for each.
        [
          moving.writeUnits <= 1 + 2 * journeys,
          `moving ${journeys} journeys wrote ${moving.writeUnits} units`,
        ],
      ),
    ),
    ...daily.days.flatMap(({ day, asked }) => {
      const most = 1 + UNITS_LONG_AFTER + DAYS_AT_HAND * daily.journeys * UNITS_AN_ENDED_JOURNEY
      const settled = Math.max(...daily.days.slice(0, DAYS_AT_HAND).map((one) => one.asked.readUnits))
      return broken(
        [asked.readUnits <= most, `on day ${day} an event reads ${asked.readUnits} units`],
        [
          asked.readUnits <= settled + UNITS_LONG_AFTER,
          `on day ${day} an event reads ${asked.readUnits} units, and in the first ${DAYS_AT_HAND} days ${settled}`,
        ],
      )
    }),
    // Known and stated: a page reads the whole history. It must not read it twice.
    ...timelineAt.flatMap(({ events, asked }) =>
      broken([
        asked.readUnits <= 3 + events * 0.05,
        `a page of ${events} events reads ${asked.readUnits} units`,
      ]),
    ),
    ...broken(flat(memory)),
  ]
}

/** One run for each number of customers, with the same number due. */
export function birthdayProblems(runs: readonly BirthdayFigures[]): string[] {
  const [first] = runs
  return runs.flatMap(({ customers, due, zones, handedOver, asked, emptyDay, memory }) =>
    broken(
      [handedOver === due, `of ${due} who were due among ${customers}, ${handedOver} were handed over`],
      [
        JSON.stringify(asked) === JSON.stringify(first?.asked),
        `among ${customers} the day asked ${JSON.stringify(asked)}, among ${first?.customers} ${JSON.stringify(first?.asked)}`,
      ],
      // Half a unit for each row is what 4 KB would cost; forty rows and more share them.
      [asked.readUnits <= due / 80 + zones, `the day read ${asked.readUnits} units for ${due} who were due`],
      [emptyDay.readUnits <= zones, `a day with nobody due read ${emptyDay.readUnits} units`],
      flat(memory),
    ),
  )
}

export function journeyProblems(figures: JourneyFigures): string[] {
  const { journeys, sweep, publish, resume, pause, perMovedJourney, counters, memory } = figures
  const walked = (name: string, { asked, rounds, wakes }: Walk, walks: number, woken: number): string[] => {
    const most = walks * journeys * UNITS_A_WALKED_CUSTOMER + ASIDE
    const mostRounds = 2 * SEGMENTS + (2 * journeys) / WAKES_A_ROUND
    return broken(
      [asked.readUnits <= most, `${name} read ${asked.readUnits} units, at most ${most} were expected`],
      [asked.writes <= ASIDE, `${name} wrote ${asked.writes} rows`],
      [wakes === woken, `${name} woke ${wakes} journeys of ${woken}`],
      [rounds <= mostRounds, `${name} took ${rounds} messages for the round`],
    )
  }
  return [
    ...walked('the sweep', sweep, 1, 0),
    // Moving counts first who stands where.
    ...walked('the publish', publish, 2, journeys),
    ...walked('resuming', resume, 1, journeys),
    ...broken(
      [pause.reads + pause.writes <= 5, `a pause asked the table ${pause.reads + pause.writes} times`],
      [
        perMovedJourney.readUnits <= 1 && perMovedJourney.writeUnits <= 1,
        `a journey that moves asks ${JSON.stringify(perMovedJourney)}`,
      ],
      [
        counters.writes <= counters.minutes + 1,
        `${counters.writes} writes of counters in ${counters.minutes} minutes`,
      ],
      flat(memory),
    ),
  ]
}

export function importProblems(figures: ImportFigures): string[] {
  const { customers, imported, refused, mostInFiveMinutes, wrong, readUnits, writeUnits, command, product } =
    figures
  const remembered = (mostInFiveMinutes * BYTES_A_REMEMBERED_MESSAGE) / 1e6
  const most = product.startHeap + RECENT_ROWS_MEGABYTES + remembered
  const [reads, writes] = [customers * READS_AN_IMPORTED_CUSTOMER, customers * WRITES_AN_IMPORTED_CUSTOMER]
  return broken(
    [
      imported === customers && refused === 0,
      `${imported} of ${customers} were imported, ${refused} refused`,
    ],
    [wrong === 0, `${wrong} profiles are not as their rows say`],
    [readUnits <= reads + ASIDE, `${readUnits} units were read, at most ${reads} were expected`],
    [writeUnits <= writes + ASIDE, `${writeUnits} units were written, at most ${writes} were expected`],
    flat(command),
    [
      product.peakHeap <= most,
      `the product had ${product.peakHeap} MB in use, at most ${most} were expected`,
    ],
  )
}

export function burstProblems(figures: BurstPressureFigures, journeys: number, perSecond: number): string[] {
  const { sent, twice, dead, drainMs, memory } = figures
  const ideal = (journeys / perSecond) * 1000
  return broken(
    [sent === journeys && twice === 0, `${sent} mails of ${journeys} journeys, ${twice} of them twice`],
    [dead === 0, `${dead} messages failed for good`],
    [drainMs <= ideal * 1.1 + 60_000, `drained in ${drainMs} ms, ${ideal} would be ideal`],
    flat(memory),
  )
}
