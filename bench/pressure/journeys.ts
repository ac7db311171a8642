/** Pressure on one workflow: a great many journeys under way, the rounds through all of them, and the row that counts them. */
import { changeProfile } from '../../runtime/customers.ts'
import { handle } from '../../runtime/handle.ts'
import { accept } from '../../runtime/ingest.ts'
import { customerPk } from '../../runtime/keys-of-rows.ts'
import type { Row } from '../../runtime/ports.ts'
import { requestRound } from '../../runtime/round.ts'
import { pause, resume } from '../../runtime/summaries.ts'
import { sweep } from '../../runtime/sweep.ts'
import type { Work } from '../../runtime/work.ts'
import { type Asked, Place } from './place.ts'
import { Memory, type MemoryFigures, type Progress, secondsSince } from './watch.ts'

/** A walk through all journeys. */
export interface Walk {
  asked: Asked
  /** Messages that carry the round from page to page. */
  rounds: number
  /** Journeys that were told to look at themselves. */
  wakes: number
  seconds: number
}

export interface JourneyFigures {
  journeys: number
  /** What the table holds of each customer: profile, event and journey. */
  rowsPerCustomer: number
  /** The daily sweep, with nothing overdue. */
  sweep: Walk
  /** A publish that moves all of them: the count before it, the round, and what each journey then asks by itself. */
  publish: Walk
  perMovedJourney: Asked
  moved: number
  pause: Asked
  /** When all of them have come due in the pause. */
  resume: Walk
  counters: CounterFigures
  memory: MemoryFigures
}

export interface CounterFigures {
  journeys: number
  minutes: number
  /** To the one row of this workflow and day, by one process. */
  writes: number
  writeUnits: number
}

const definition = (version: string) => `workflow: orders
title: Orders ${version}
topic: service
trigger: { event: order.placed }
enroll: { per: event.orderId, again: never }
steps:
  - { send: hello, inDoubt: drop }
  - { wait: 30 days, id: rest }
  - { send: hello, id: again, inDoubt: drop }
`
const DAY_MS = 86_400_000
/** Of the journeys that a publish wakes; all do the same. */
const MOVED = 200
const PAGES_A_SAMPLE = 20

/** Files `journeys` journeys that wait, and walks through them in every way there is. */
export async function journeyPressure(journeys: number, progress: Progress): Promise<JourneyFigures> {
  const place = await Place.open('2027-03-14T09:00:00Z')
  try {
    const { runtime, world } = place
    const memory = new Memory()
    const rowsPerCustomer = await fileJourneys(place, journeys, (filed, rows) => {
      if (rows % 100_000 === 0) memory.sample()
      progress('filing journeys', filed, journeys)
    })

    let pages = 0
    const walk = async (doing: string, keep: number, run: () => Promise<unknown>): Promise<Walk> => {
      let walked = 0
      place.count('sweep')
      place.count('wake', keep)
      place.onPage = () => {
        if (++pages % PAGES_A_SAMPLE === 0) memory.sample()
        progress(doing, ++walked, walked)
      }
      const startedAt = performance.now()
      const asked = await place.asked(run)
      return {
        asked,
        rounds: place.sent.get('sweep') ?? 0,
        wakes: place.sent.get('wake') ?? 0,
        seconds: secondsSince(startedAt),
      }
    }

    const swept = await walk('sweeping', 0, () => sweep(runtime))
    let wakes: Work[] = []
    const published = await walk('publishing', MOVED, async () => {
      await place.publish('orders', definition('two'), { inFlight: 'move' })
      wakes = await place.deliver('wake')
    })
    const moving = await place.asked(async () => {
      for (const wake of wakes) await handle(runtime, wake)
    })

    const paused = await place.asked(() => pause(runtime, 'orders'))
    world.clock.advance(31 * DAY_MS)
    const resumed = await walk('resuming', 0, async () => {
      const result = await resume(runtime, 'orders')
      if (!result.ok) throw new Error(`the workflow was not resumed: ${result.reason}`)
      await requestRound(runtime, result.summary)
      await place.deliver()
    })
    return {
      journeys,
      rowsPerCustomer,
      sweep: swept,
      publish: published,
      perMovedJourney: each(moving, wakes.length),
      moved: wakes.length,
      pause: paused,
      resume: resumed,
      counters: await counters(place),
      memory: memory.figures(),
    }
  } finally {
    await place.close()
  }
}

/** Publishes the workflow, and lays down so many customers of it, each with a journey that waits; answers with how many rows. */
export async function fileJourneys(
  place: Place,
  journeys: number,
  told: (filed: number, rows: number) => void = () => {},
): Promise<number> {
  await place.publish('orders', definition('one'))
  const own = await firstRows(place)
  if (own.length === 0) throw new Error('the first customer has no rows')
  await place.lay(alike(own, journeys), (rows) => told(rows / own.length, rows))
  return own.length
}

const idOf = (n: number) => `c-${String(n).padStart(8, '0')}`

/** What a first customer who orders leaves in the table, all of it made by the runtime itself. */
async function firstRows(place: Place): Promise<Row[]> {
  const id = idOf(0)
  await changeProfile(place.runtime, id, () => ({ id, email: 'anna@example.com', firstName: 'Anna' }))
  await order(place, id)
  const { rows } = await place.table.query(customerPk(id))
  return rows
}

async function order(place: Place, id: string): Promise<void> {
  const at = place.world.clock.now()
  const event = {
    id: `e-${id}`,
    type: 'order.placed',
    customerId: id,
    at,
    data: { orderId: 'o-1', total: 49.9 },
  }
  await accept(place.runtime, [{ event }])
  await place.deliver()
}

/** The same rows for each of the others: the customer stands in the key alone. */
function* alike(rows: readonly Row[], journeys: number): Generator<Row> {
  for (let n = 1; n < journeys; n++) for (const row of rows) yield { ...row, pk: customerPk(idOf(n)) }
}

const each = (asked: Asked, times: number): Asked => ({
  readUnits: asked.readUnits / times,
  writeUnits: asked.writeUnits / times,
  reads: asked.reads / times,
  writes: asked.writes / times,
})

/** Journeys that start as fast as one process handles them, for ten minutes of its time. */
async function counters(place: Place): Promise<CounterFigures> {
  const { runtime, world } = place
  const minutes = 10
  const batches = 60
  // What is pending from before goes first.
  await runtime.figures.flush()
  const sum: Asked = { readUnits: 0, writeUnits: 0, reads: 0, writes: 0 }
  let journeys = 0
  for (let batch = 0; batch < batches; batch++) {
    for (let n = 0; n < 5; n++) await order(place, `counted-${journeys++}`)
    world.clock.age((minutes * 60_000) / batches)
    const flushed = await place.asked(() => runtime.figures.flushIfDue())
    sum.writes += flushed.writes
    sum.writeUnits += flushed.writeUnits
  }
  return { journeys, minutes, writes: sum.writes, writeUnits: sum.writeUnits }
}
