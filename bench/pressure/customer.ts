/**
 * Pressure on one customer: ten thousand events, a thousand journeys that have ended, and what one more event costs; and on
 * one of whom journeys end every day, for weeks.
 */
import { changeProfile } from '../../runtime/customers.ts'
import { accept } from '../../runtime/ingest.ts'
import { sweep } from '../../runtime/sweep.ts'
import { timeline } from '../../runtime/timeline.ts'
import { type Asked, Place } from './place.ts'
import { Memory, type MemoryFigures, type Progress } from './watch.ts'

export interface CustomerFigures {
  events: number
  /** What handling one event asks of the table, when so many have been handled. */
  atEvents: { events: number; asked: Asked }[]
  /** The first page of twenty entries of the timeline, with so many events. */
  timelineAt: { events: number; asked: Asked }[]
  /** An event that starts nothing, with so many journeys that have just ended, of a customer who has done nothing else. */
  atEndedJourneys: { journeys: number; asked: Asked }[]
  /** The same when they ended long ago, what an event asks that starts one more, and what putting them away asked, once. */
  longAfter: { journeys: number; asked: Asked; entering: Asked; moving: Asked }[]
  /** An event that starts nothing, in the morning, after so many days with as many journeys each. */
  daily: { journeys: number; days: { day: number; asked: Asked }[] }
  memory: MemoryFigures
}

/** One journey for each order; it ends at once. */
const WORKFLOW = `workflow: orders
title: Orders
topic: service
trigger: { event: order.placed }
enroll: { per: event.orderId, again: never }
steps:
  - { send: hello, inDoubt: drop }
`
const ID = 'anna'
const PAGE = 20
const DAY_MS = 24 * 3_600_000
/** Longer than any journey of the workflow is anybody's business. */
const LONG_DAYS = 5
/** A workflow that starts with each page that somebody looks at. */
const DAILY = { journeys: 40, days: 28 }

/** Handles `events` events of one customer, then lets up to `journeys` journeys of others end. */
export async function customerPressure(
  events: number,
  journeys: number,
  progress: Progress,
  everyDay = DAILY,
): Promise<CustomerFigures> {
  const place = await Place.open('2027-03-14T09:00:00Z')
  try {
    const { runtime, world } = place
    await place.publish('orders', WORKFLOW)
    const known = (id: string) =>
      changeProfile(runtime, id, () => ({ id, email: 'anna@example.com', firstName: 'Anna' }))
    await known(ID)
    const memory = new Memory()
    let next = 0
    const post = async (type: string, data: { [name: string]: string }, customerId = ID) => {
      world.clock.advance(1000)
      // As long in every event, so that rows are as large.
      const id = `e-${String(next++).padStart(8, '0')}`
      await accept(runtime, [{ event: { id, type, customerId, at: world.clock.now(), data } }])
      await place.deliver()
      // They would be kept, and counted as memory of the product.
      world.sender.mails.length = 0
    }
    const view = (customerId = ID) => post('page.viewed', { page: 'coffee-makers' }, customerId)
    let ordered = 0
    const order = (customerId: string) =>
      post('order.placed', { orderId: `o-${String(++ordered).padStart(8, '0')}` }, customerId)

    const atEvents: CustomerFigures['atEvents'] = []
    const timelineAt: CustomerFigures['timelineAt'] = []
    for (const until of stepsTo(events)) {
      for (; next < until; progress('handling events', next, events)) {
        await view()
        if (next % Math.ceil(events / 20) === 0) memory.sample()
      }
      timelineAt.push({
        events: until,
        asked: await place.asked(() => timeline(runtime, ID, { limit: PAGE })),
      })
      atEvents.push({ events: until, asked: await place.asked(() => view()) })
    }

    const atEndedJourneys: CustomerFigures['atEndedJourneys'] = [
      { journeys: 0, asked: await place.asked(() => view()) },
    ]
    const longAfter: CustomerFigures['longAfter'] = []
    for (const until of stepsTo(journeys)) {
      const id = `with-${until}`
      await known(id)
      for (let ended = 0; ended < until; ended++) {
        progress('ending journeys', ended, until)
        await order(id)
      }
      atEndedJourneys.push({ journeys: until, asked: await place.asked(() => view(id)) })
      world.clock.advance(LONG_DAYS * DAY_MS)
      // What the walk itself asks follows from the size of the table, and is not counted here.
      await sweep(runtime)
      const moving = await place.asked(() => place.deliver())
      // What is live is looked up again after so long, by whoever comes first.
      await view('somebody')
      const asked = await place.asked(() => view(id))
      longAfter.push({ journeys: until, asked, entering: await place.asked(() => order(id)), moving })
    }

    await known('daily')
    const days: CustomerFigures['daily']['days'] = []
    for (let day = 1; day <= everyDay.days; day++) {
      progress('living day by day', day, everyDay.days)
      for (let journey = 0; journey < everyDay.journeys; journey++) await order('daily')
      world.clock.advance(DAY_MS)
      await sweep(runtime)
      await place.deliver()
      await view('somebody')
      days.push({ day, asked: await place.asked(() => view('daily')) })
    }
    const daily = { journeys: everyDay.journeys, days }
    return { events, atEvents, timelineAt, atEndedJourneys, longAfter, daily, memory: memory.figures() }
  } finally {
    await place.close()
  }
}

/** 10, 100, 1,000 … and the size itself. */
function stepsTo(size: number): number[] {
  const steps: number[] = []
  for (let step = 10; step < size; step *= 10) steps.push(step)
  return [...steps, size]
}
