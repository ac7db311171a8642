/** Pressure on one customer: ten thousand events, a thousand journeys that have ended, and what one more event costs. */
import { changeProfile } from '../../runtime/customers.ts'
import { accept } from '../../runtime/ingest.ts'
import { timeline } from '../../runtime/timeline.ts'
import { type Asked, Place } from './place.ts'
import { Memory, type MemoryFigures, type Progress } from './watch.ts'

export interface CustomerFigures {
  events: number
  /** What handling one event asks of the table, when so many have been handled. */
  atEvents: { events: number; asked: Asked }[]
  /** The first page of twenty entries of the timeline, with so many events. */
  timelineAt: { events: number; asked: Asked }[]
  /** An event that starts nothing, with so many journeys that have ended. */
  atEndedJourneys: { journeys: number; asked: Asked }[]
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

/** Handles `events` events of one customer, then lets `journeys` journeys of theirs end. */
export async function customerPressure(
  events: number,
  journeys: number,
  progress: Progress,
): Promise<CustomerFigures> {
  const place = await Place.open('2027-03-14T09:00:00Z')
  try {
    const { runtime, world } = place
    await place.publish('orders', WORKFLOW)
    await changeProfile(runtime, ID, () => ({ id: ID, email: 'anna@example.com', firstName: 'Anna' }))
    const memory = new Memory()
    let next = 0
    const post = async (type: string, data: { [name: string]: string }) => {
      world.clock.advance(1000)
      // As long in every event, so that rows are as large.
      const id = `e-${String(next++).padStart(8, '0')}`
      await accept(runtime, [{ event: { id, type, customerId: ID, at: world.clock.now(), data } }])
      await place.deliver()
    }
    const view = () => post('page.viewed', { page: 'coffee-makers' })

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
      atEvents.push({ events: until, asked: await place.asked(view) })
    }

    const atEndedJourneys: CustomerFigures['atEndedJourneys'] = [
      { journeys: 0, asked: await place.asked(view) },
    ]
    let ended = 0
    for (const until of stepsTo(journeys)) {
      for (; ended < until; progress('ending journeys', ended, journeys)) {
        const orderId = `o-${String(++ended).padStart(8, '0')}`
        await post('order.placed', { orderId })
      }
      atEndedJourneys.push({ journeys: until, asked: await place.asked(view) })
    }
    return { events, atEvents, timelineAt, atEndedJourneys, memory: memory.figures() }
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
