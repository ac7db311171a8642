/** What a PATCH makes of a customer, whether it comes alone or among hundreds. */
import { answer, PENDING_NAME, pendingTopics, type Word } from '../../engine/consent.ts'
import type { Customer, JsonObject } from '../../engine/model.ts'
import type { Runtime } from '../runtime.ts'
import { invalid } from './problem.ts'
import { asProfile, mergePatch, profileFlaws, sizeFlaws } from './profile-input.ts'

/** @throws Problem 422 with everything that is wrong with the fields. */
export async function judge(runtime: Runtime, id: string, fields: JsonObject): Promise<void> {
  const { settings } = await runtime.catalog.settings()
  const flaws = profileFlaws(fields, id, Object.keys(settings.topics))
  if (flaws.length > 0) throw invalid(flaws)
}

/**
 * As a merge patch would have it, but for consent, which is answered topic by topic. What many small patches add up to is
 * bounded like one large PUT; the rest of it was judged when it came.
 * @throws Problem 422 when the profile would be too large
 */
export function patchCustomer(before: Customer, body: JsonObject, word: Word): Customer {
  const patched = merged(before, body, word)
  const flaws = sizeFlaws({ ...definedOnly(patched.profile), consent: null })
  if (flaws.length > 0) throw invalid(flaws)
  return patched
}

function merged(before: Customer, body: JsonObject, word: Word): Customer {
  const { id, ...fields } = before.profile
  const { consent, [PENDING_NAME]: _, ...others } = body
  const patched = mergePatch(definedOnly(fields), others)
  if (consent === null) {
    delete patched.consent
    const topics = [...Object.keys(before.profile.consent ?? {}), ...pendingTopics(before)]
    const none = Object.fromEntries(topics.map((topic) => [topic, null]))
    return answer(before, asProfile(id, patched), none, word)
  }
  const profile = asProfile(id, consent === undefined ? patched : { ...patched, consent: {} })
  return answer(before, profile, asProfile(id, body).consent ?? {}, word)
}

function definedOnly(fields: { [name: string]: JsonObject[string] | undefined }): JsonObject {
  const defined: JsonObject = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) defined[name] = value
  return defined
}
