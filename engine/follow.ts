/**
 * What a journey is about, as it is now: the event that started it, with what later events about the same thing have said.
 * Of each field the latest word counts, by the time of the events and not by the order in which they came, so that
 * whatever is redelivered, early or late, leads to the same.
 */
import type { EventMark } from './journey.ts'
import type { CareEvent, Json, JsonObject } from './model.ts'

/** The event that started a journey as it came, and those that it has followed, the earliest first. */
export interface Followed {
  entry: CareEvent
  events: CareEvent[]
}

/** Of events that each say something which no later one has said, as many are remembered. */
export const MOST_FOLLOWED = 20

/** All that followed events say may take as many characters of JSON in the journey; the rest stays in their own rows. */
const SMALL_CHANGES = 400

/** The event that started the journey with what is known since. `null` removes a field. */
export function asItIsNow({ entry, events }: Followed): CareEvent {
  if (events.length === 0) return entry
  const data = new Map(Object.entries(entry.data))
  for (const [field, value] of events.flatMap((event) => Object.entries(event.data)))
    if (value === null) data.delete(field)
    else data.set(field, value)
  return { ...entry, data: Object.fromEntries(data) }
}

/** Whether an event can say nothing new: it is known already, or older than the journey's own. */
export function isBehind({ entry, events }: Followed, event: CareEvent): boolean {
  return event.id === entry.id || event.at < entry.at || events.some(({ id }) => id === event.id)
}

/** With one more event, at the place that its time gives it. Of two at the same moment, the one that came later counts. */
export function withEvent({ entry, events }: Followed, event: CareEvent): Followed {
  const before = events.filter(({ at }) => at <= event.at)
  const after = events.filter(({ at }) => at > event.at)
  return { entry, events: inForce([...before, event, ...after]).slice(-MOST_FOLLOWED) }
}

/** Leaves out what a later event says again. An event is remembered as long as a repeat of it could undo something. */
function inForce(events: CareEvent[]): CareEvent[] {
  const said = new Set<string>()
  const kept: CareEvent[] = []
  for (const event of events.toReversed()) {
    const fields = Object.entries(event.data).filter(([field]) => !said.has(field))
    for (const [field] of fields) said.add(field)
    const twin = events.some(({ id, at }) => id !== event.id && at === event.at)
    if (fields.length > 0 || twin) kept.push({ ...event, data: Object.fromEntries(fields) })
  }
  return kept.reverse()
}

/** How a journey keeps them: what the latest ones say travels with it as far as it is small. */
export function marksOf({ events }: Followed): EventMark[] {
  let room = SMALL_CHANGES
  return events
    .toReversed()
    .map(({ id, type, at, data }): EventMark => {
      const size = JSON.stringify(data).length
      if (size > room) return { id, type, at }
      room -= size
      return { id, type, at, data }
    })
    .reverse()
}

/** The fields that are other ones now. */
export function changedFields(before: JsonObject, after: JsonObject): string[] {
  const differ = (field: string) => JSON.stringify(own(before, field)) !== JSON.stringify(own(after, field))
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(differ)
}

const own = (data: JsonObject, field: string): Json | undefined =>
  Object.hasOwn(data, field) ? data[field] : undefined
