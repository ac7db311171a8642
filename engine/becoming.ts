/** Whether a change of a profile makes a condition true that was not. */
import { evaluateCondition } from './condition.ts'
import type { Profile } from './model.ts'
import type { Trigger } from './program.ts'
import { attributesOf } from './variables.ts'

/** The type of the event that says so. */
export const BECAME = 'profile.became'

/** Somebody of whom nothing was known satisfied nothing: a new customer becomes what they are. */
export function becomes(trigger: Trigger, before: Profile | undefined, after: Profile): boolean {
  if (trigger.kind !== 'becomes') return false
  const holds = (profile: Profile) =>
    evaluateCondition(trigger.condition, {
      customer: attributesOf(profile),
      timezone: profile.timezone ?? 'UTC',
    }).value
  return holds(after) && !(before && holds(before))
}
