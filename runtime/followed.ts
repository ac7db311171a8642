/** What a journey is about, put together from what travels with it and from the rows of events. */
import type { Followed } from '../engine/follow.ts'
import type { Enrollment, EventMark } from '../engine/journey.ts'
import type { CareEvent } from '../engine/model.ts'
import { loadEvent } from './events.ts'
import type { Runtime } from './runtime.ts'

type Marked = Pick<Enrollment, 'customerId' | 'entry' | 'followed'>

/** @param eventOf reads an event of which the journey has the mark alone */
export async function followedBy(
  { customerId, entry, followed = [] }: Marked,
  eventOf: (mark: EventMark) => Promise<CareEvent>,
): Promise<Followed> {
  const events: CareEvent[] = []
  for (const mark of followed) {
    const { data, ...rest } = mark
    // A mark keeps what is still in force of its event, which is not the whole event: nobody else is to take it for that.
    events.push(data ? { ...rest, customerId, data } : await eventOf(mark))
  }
  return { entry: await eventOf(entry), events }
}

/** The event that a mark stands for. One that is no longer kept leaves a journey that can go on without its data. */
export async function eventMarked(
  runtime: Runtime,
  customerId: string,
  { data, ...mark }: EventMark,
): Promise<CareEvent> {
  if (data) return { ...mark, customerId, data }
  return (await loadEvent(runtime, customerId, mark.id))?.event ?? { ...mark, customerId, data: {} }
}
