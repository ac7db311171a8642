/** How new facts about a customer join the ones that are known. */
import type { JsonObject, Profile } from './model.ts'

/** A null removes an attribute; `consent` is merged topic by topic; the id never changes. */
export function mergeProfile(before: Profile, changes: JsonObject): Profile {
  const merged: Profile = { ...before }
  for (const [name, value] of Object.entries(changes)) {
    if (name === 'id') continue
    if (name === 'consent') merged.consent = mergeConsent(before.consent ?? {}, value)
    else if (value === null) delete merged[name]
    else merged[name] = value
  }
  return merged
}

function mergeConsent(before: { [topic: string]: boolean }, changes: unknown): { [topic: string]: boolean } {
  const merged = { ...before }
  if (typeof changes !== 'object' || changes === null) return merged
  for (const [topic, answer] of Object.entries(changes)) {
    if (typeof answer === 'boolean') merged[topic] = answer
    if (answer === null) delete merged[topic]
  }
  return merged
}
