/** What a journey is for: whether an event reaches its goal, and how long one may. */
import { evaluateCondition, evaluateValue } from '../condition.ts'
import type { CareEvent, Instant } from '../model.ts'
import type { Program } from '../program.ts'
import { addDuration, zoneOf } from '../time.ts'
import { variablesFor } from '../variables.ts'
import type { Course } from './course.ts'

/** A journey that has ended looks no further than its goal counts: it does not note each later event that would have been one. */
export function isPastGoal(course: Course, event: CareEvent): boolean {
  const { enrollment, program } = course
  return (
    enrollment.phase === 'ended' && program.goal !== undefined && event.at > goalUntil(course, program.goal)
  )
}

function goalUntil({ enrollment, context }: Course, { within }: NonNullable<Program['goal']>): Instant {
  return addDuration(enrollment.enteredAt, within, zoneOf(context.customer, context.settings))
}

/** Asks whether an event is what the journey was for; no later one counts. */
export function reachGoal(course: Course, event: CareEvent): Course {
  const { program, context, enrollment } = course
  const { goal } = program
  if (!goal || enrollment.converted || goal.event !== event.type) return course
  const untilAt = goalUntil(course, goal)
  // What came before the journey is not its merit.
  if (event.at < enrollment.entry.at) return course
  if (event.at > untilAt) return course.say({ rule: 'goal', outcome: 'too-late', values: { until: untilAt } })
  const variables = variablesFor(context, program, enrollment, event)
  if (goal.when !== undefined) {
    const { value, values } = evaluateCondition(goal.when, variables)
    if (!value) return course.say({ rule: 'goal', outcome: 'not-matched', values })
  }
  const value = goal.value === undefined ? undefined : evaluateValue(goal.value, variables)
  const worth = typeof value === 'number' && Number.isFinite(value) ? { value } : {}
  return course
    .with({ converted: { at: event.at, eventId: event.id, ...worth } })
    .say({ rule: 'goal', outcome: 'reached', values: worth })
}
