/** An event about the same thing brings what is known of it up to date. */
import { asItIsNow, changedFields, isBehind, withEvent } from '../follow.ts'
import type { CareEvent } from '../model.ts'
import type { Course } from './course.ts'

/** The journey with what the event says, and a decision that tells which fields have changed. */
export function follow(course: Course, event: CareEvent): Course {
  const { context } = course
  const known = context.followed ?? { entry: context.event, events: [] }
  const told = { rule: 'follow', values: { event: event.id } }
  if (isBehind(known, event))
    return event.at < known.entry.at ? course.say({ ...told, outcome: 'too-early' }) : course
  const followed = withEvent(known, event)
  const fields = changedFields(asItIsNow(known).data, asItIsNow(followed).data)
  // What comes late, or says nothing new, is kept in mind all the same: something older may still arrive.
  return course
    .follow(followed)
    .say(
      fields.length === 0
        ? { ...told, outcome: 'unchanged' }
        : { ...told, outcome: 'followed', values: { ...told.values, fields: fields.join(', ') } },
    )
}
