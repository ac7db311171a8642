/** Profiles as the outside sends them: PUT, PATCH and the `customer` of an event speak one language. */
import * as z from 'zod'
import { PENDING_NAME, pendingTopics } from '../../engine/consent.ts'
import type { Customer, Json, JsonObject, Profile } from '../../engine/model.ts'
import { isDay, readInstant } from './instants.ts'
import { bytesOf, isJsonObject, unkeepable } from './json-value.ts'
import { type FieldError, fieldErrors, must, pathText } from './problem.ts'

/** A profile is one row of the table, read for every decision about its customer. */
const largestProfile = 32 * 1024

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
export const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** One line of text: ids, names. */
export const line = (longest: number) =>
  z
    .string(must('Must be a text.'))
    .min(1, 'Must not be empty.')
    .max(longest, `Must not be longer than ${longest} characters.`)
    .refine((text) => !controls.test(text), 'Must not contain control characters.')

export const customerId = line(128)
  .refine((id) => id !== '.' && id !== '..', 'Must not be a dot or two: no path can name them.')
  .describe('The shop’s own id of the customer.')

const email = z
  .email('Must be an email address, for example anna@example.it.')
  .max(254, 'Must not be longer than 254 characters.')

const phone = z
  .string(must('Must be a text.'))
  .regex(/^\+[1-9]\d{6,14}$/, 'Must be a phone number in E.164, for example +393331234567.')

const locale = z
  .string(must('Must be a text.'))
  .refine(isLocale, 'Must be a BCP 47 language tag, for example it or it-CH.')

const timezone = z
  .string(must('Must be a text.'))
  .refine(isZone, 'Must be the name of an IANA time zone, for example Europe/Rome.')

const consent = z.record(
  z.string(),
  z.boolean('Must be true (opted in), false (opted out) or, in a PATCH, null (never answered).'),
  'Must be an object of topics: { "news": true }.',
)

export const profileInput = z
  .object({
    id: customerId.optional(),
    email: email.optional(),
    phone: phone.optional(),
    firstName: line(200).optional(),
    lastName: line(200).optional(),
    locale: locale.optional(),
    timezone: timezone.optional(),
    consent: consent.optional(),
  })
  .catchall(z.unknown())
  .meta({
    id: 'ProfileInput',
    description:
      'A profile, or the part of it to change. Any attribute of your own may stand beside the named ones; texts that look like dates must be days that exist. null removes.',
  })

export const profileOutput = z
  .object({
    ...profileInput.shape,
    id: z.string(),
    [PENDING_NAME]: z
      .array(z.string())
      .optional()
      .describe(
        'Topics whose yes waits for the person to confirm it. Read-only: what is sent is not looked at.',
      ),
  })
  .catchall(z.unknown())
  .meta({ id: 'Profile' })

/**
 * Everything that is wrong with profile fields for this customer. Members that are null are fine anywhere: they remove.
 * @param topics the topics that settings know
 */
export function profileFlaws(
  fields: JsonObject,
  forCustomer: string | undefined,
  topics: readonly string[],
  under: PropertyKey[] = [],
): FieldError[] {
  const errors = unkeepable(fields, under)
  if (errors.length > 0) return errors
  const parsed = profileInput.safeParse(withoutNulls(fields))
  if (!parsed.success) errors.push(...fieldErrors(parsed.error.issues, under))
  if (typeof fields.id === 'string' && forCustomer !== undefined && fields.id !== forCustomer)
    errors.push({
      path: pathText([...under, 'id']),
      message: `Must be ${JSON.stringify(forCustomer)} or absent.`,
    })
  for (const name of Object.keys(fields))
    if (name === '' || name.length > 128 || name.includes('#') || controls.test(name))
      errors.push({
        path: pathText([...under, name]),
        message: 'An attribute’s name has 1 to 128 characters, without # and control characters.',
      })
  for (const topic of isJsonObject(fields.consent) ? Object.keys(fields.consent) : [])
    if (!topics.includes(topic) && isJsonObject(fields.consent) && fields.consent[topic] !== null)
      errors.push({
        path: pathText([...under, 'consent', topic]),
        message: `There is no topic "${topic}"; there are ${topics.join(', ')}.`,
      })
  errors.push(...dateFlaws(fields, under), ...sizeFlaws(fields, under))
  return errors
}

export function sizeFlaws(fields: JsonObject, under: PropertyKey[] = []): FieldError[] {
  if (bytesOf(fields) <= largestProfile) return []
  return [{ path: pathText(under), message: `A profile must not be larger than ${largestProfile} bytes.` }]
}

/** JSON Merge Patch (RFC 7396): objects merge, null removes, everything else replaces. */
export function mergePatch(before: JsonObject, patch: JsonObject): JsonObject {
  const after = { ...before }
  for (const [name, value] of Object.entries(patch)) {
    const standing = after[name]
    if (value === null) delete after[name]
    else if (isJsonObject(value))
      after[name] = mergePatch(standing !== undefined && isJsonObject(standing) ? standing : {}, value)
    else after[name] = value
  }
  return after
}

/** The fields as a profile. Only for fields that {@link profileFlaws} found nothing wrong with. */
export function asProfile(id: string, fields: JsonObject): Profile {
  const profile: Profile = { id }
  for (const [name, value] of Object.entries(fields)) if (name !== 'id') profile[name] = value
  return profile
}

/** A profile as it is shown. */
export function profileView(customer: Customer): Profile {
  const pending = pendingTopics(customer)
  return { ...customer.profile, ...(pending.length > 0 && { [PENDING_NAME]: pending }) }
}

function withoutNulls(fields: JsonObject): JsonObject {
  const kept = Object.entries(fields).filter(([, value]) => value !== null)
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      name === 'consent' && isJsonObject(value) ? withoutNulls(value) : value,
    ]),
  )
}

function dateFlaws(value: Json, path: PropertyKey[]): FieldError[] {
  if (typeof value === 'string') {
    const message = dateFlaw(value)
    return message ? [{ path: pathText(path), message }] : []
  }
  if (Array.isArray(value)) return value.flatMap((inner, index) => dateFlaws(inner, [...path, index]))
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => dateFlaws(inner, [...path, name]))
}

function dateFlaw(text: string): string | undefined {
  const day = /^(\d{4}-\d{2}-\d{2})(?:$|[T ]\d)/.exec(text)?.[1]
  if (day === undefined) return undefined
  if (!isDay(day)) return `There is no day ${day}.`
  if (!/^.{10}T\d\d:?\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined
  const reading = readInstant(text)
  return 'flaw' in reading ? reading.flaw : undefined
}

function isLocale(text: string): boolean {
  try {
    return text.length <= 35 && Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

/** Zones that have been met: asking Intl costs half a millisecond, and every event of a shop may name the same one. */
const zones = new Set<string>()

function isZone(text: string): boolean {
  if (zones.has(text)) return true
  if (!/^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(text)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    // Names are read without regard to case, so that there are more spellings than zones.
    if (zones.size < 1000) zones.add(text)
    return true
  } catch {
    return false
  }
}
