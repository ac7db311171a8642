/** How new facts about a customer join the ones that are known. Consent is not among them: see `consent.ts`. */
import type { JsonObject, Profile } from './model.ts'

/** Bytes of its JSON. A profile is one row of the table, read for every decision about its customer. */
export const LARGEST_PROFILE = 128 * 1024

/** Whether it has grown, change by change, into what no row would hold. */
export const isOvergrown = (profile: Profile): boolean =>
  new TextEncoder().encode(JSON.stringify(profile)).length > LARGEST_PROFILE

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
