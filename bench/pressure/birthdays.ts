/** Pressure on the tick: few customers who are due among a great many who are not, and what a day of ticks reads. */
import { dateRows } from '../../runtime/date-rows.ts'
import type { Row } from '../../runtime/ports.ts'
import { Ticker } from '../../runtime/tick.ts'
import { type Asked, Place } from './place.ts'
import { Memory, type MemoryFigures, type Progress, secondsSince } from './watch.ts'

export interface BirthdayFigures {
  customers: number
  /** Whose birthday it is. */
  due: number
  zones: number
  /** Rows of dates that the table holds; a birthday with its year has two. */
  rows: number
  /** Customers that the ticks of the day handed over. */
  handedOver: number
  ticks: number
  /** Of the whole day, its ticks and the pages that they ask for. */
  asked: Asked
  /** Of the same ticks on the day after, when nobody is due. */
  emptyDay: Asked
  daySeconds: number
  memory: MemoryFigures
}

const WORKFLOW = `workflow: birthdays
title: Birthdays
topic: service
trigger: { date: birthday, every: year, at: "09:00" }
enroll: { per: event.occurrence }
steps:
  - { send: hello, inDoubt: drop }
`
const ZONES = ['America/New_York', 'Europe/Rome', undefined]
const QUARTER_MS = 15 * 60_000
const TICKS = 96
/** Of the year around them, in which nobody else is born who is due. */
const BIRTHDAY = '03-14'

/** Ticks through the birthday of `due` of `customers`, and through the day after it. */
export async function birthdayPressure(
  customers: number,
  due: number,
  progress: Progress,
): Promise<BirthdayFigures> {
  const place = await Place.open('2027-03-13T20:00:00Z')
  try {
    const { runtime, world } = place
    await place.publish('birthdays', WORKFLOW)
    const memory = new Memory()
    const rows = { count: 0 }
    await runtimeKnowsZones(place)
    await place.lay(rowsOf(customers, due, world.clock.now(), rows), (laid) => {
      if (laid % 100_000 === 0) memory.sample()
      progress('filing birthdays', laid / 2, customers)
    })
    const ticker = new Ticker(runtime)
    // The first tick of a process looks up what is live; that is not the day's.
    await ticker.tick()
    // Who is due is counted, and their journeys are not this proof's.
    place.count('event', 0)
    const day = async (doing: string) => {
      for (let tick = 1; tick <= TICKS; tick++) {
        world.clock.set(world.clock.now() + QUARTER_MS)
        await ticker.tick()
        await place.deliver()
        if (tick % 24 === 0) memory.sample()
        progress(doing, tick, TICKS)
      }
    }
    const startedAt = performance.now()
    const asked = await place.asked(() => day('ticking through the birthday'))
    const daySeconds = secondsSince(startedAt)
    const handedOver = place.sent.get('event') ?? 0
    const emptyDay = await place.asked(() => day('ticking through the day after'))
    return {
      customers,
      due,
      zones: ZONES.length,
      rows: rows.count,
      handedOver,
      ticks: TICKS,
      asked,
      emptyDay,
      daySeconds,
      memory: memory.figures(),
    }
  } finally {
    await place.close()
  }
}

/** As the first customer of each zone makes them known. */
async function runtimeKnowsZones({ runtime, world }: Place): Promise<void> {
  for (const [n] of ZONES.entries())
    for (const { pk, sk } of dateRows(customer(n, BIRTHDAY))) await runtime.zones.register(pk, sk)
  // Behind the cursor that this writes, so that no tick of the day looks back at it.
  world.clock.advance(1)
}

/** What the profiles of all of them would file. Ids are of one length, so that rows are as large however many there are. */
function* rowsOf(customers: number, due: number, at: number, rows: { count: number }): Generator<Row> {
  for (let n = 0; n < customers; n++) {
    for (const row of dateRows(customer(n, n < due ? BIRTHDAY : anotherDay(n)))) {
      rows.count++
      yield { ...row, rev: 1, counters: { at } }
    }
  }
}

function customer(n: number, day: string) {
  const zone = ZONES[n % ZONES.length]
  const id = `c-${String(n).padStart(8, '0')}`
  return { id, birthday: `${1950 + (n % 50)}-${day}`, ...(zone !== undefined && { timezone: zone }) }
}

/** Any day of the year but the two that are ticked through, and those around them. */
function anotherDay(n: number): string {
  const at = new Date(Date.UTC(2027, 2, 20 + (n % 350)))
  return at.toISOString().slice(5, 10)
}
