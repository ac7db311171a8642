/** How new facts about a customer join the ones that are known. Consent is not among them: see `consent.ts`. */
import type { JsonObject, Profile } from './model.ts'

/** A null removes an attribute; the id never changes. */
export function mergeProfile(before: Profile, changes: JsonObject): Profile {
  const merged: Profile = { ...before }
  for (const [name, value] of Object.entries(changes)) {
    if (name === 'id') continue
    if (value === null) delete merged[name]
    else merged[name] = value
  }
  return merged
}
