/** Customers and events from JSON or YAML files, in the shapes of the API and of scenarios. */
import { resolve } from 'node:path'
import * as z from 'zod'
import { momentHint, parseMoment } from '../engine/given-time.ts'
import { readDocument } from '../engine/language/document.ts'
import type { JsonObject, Profile } from '../engine/model.ts'
import type { Given } from '../engine/simulate.ts'
import { parseDuration } from '../engine/time.ts'
import { Failure } from './command.ts'
import { readText } from './library.ts'

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json())

const profile = z
  .object({
    id: z.string().default('customer'),
    email: z.string().exactOptional(),
    phone: z.string().exactOptional(),
    firstName: z.string().exactOptional(),
    lastName: z.string().exactOptional(),
    locale: z.string().exactOptional(),
    timezone: z.string().exactOptional(),
    consent: z.record(z.string(), z.boolean()).exactOptional(),
  })
  .catchall(z.json())

/** `{ event, at | after, data }` as in scenarios, or `{ type, time, data }` as it is posted to the API. */
const eventInput = z
  .object({
    event: z.string().optional(),
    type: z.string().optional(),
    id: z.string().optional(),
    at: z.string().optional(),
    time: z.string().optional(),
    after: z.string().optional(),
    data: jsonObject.optional(),
    customer: jsonObject.optional(),
    consent: z.record(z.string(), z.boolean()).optional(),
  })
  .refine(
    ({ event, type, customer, consent }) => (event ?? type ?? customer ?? consent) !== undefined,
    'expected "event" or "type"',
  )
const eventInputs = z.union([z.array(eventInput), z.object({ events: z.array(eventInput) }), eventInput])

/** @throws Failure that says where the file is wrong */
export async function readCustomer(path: string, cwd: string): Promise<Profile> {
  return read(path, profile, await valueIn(path, cwd))
}

/**
 * @param now when an event happens that does not say when
 * @throws Failure that says where the file is wrong, also where it names no time
 */
export async function readEvents(paths: readonly string[], cwd: string, now: string): Promise<Given[]> {
  const given: Given[] = []
  for (const path of paths) {
    const value = read(path, eventInputs, await valueIn(path, cwd))
    const events = Array.isArray(value) ? value : 'events' in value ? value.events : [value]
    const list = Array.isArray(value) ? '' : 'events' in value ? 'events.' : undefined
    for (const [index, { event, type, id, at, time, after, data, customer, consent }] of events.entries()) {
      const place = list === undefined ? '' : `${list}${index}.`
      for (const [key, when] of Object.entries({ at, time }))
        if (when !== undefined && parseMoment(when, 'UTC') === undefined)
          throw new Failure(`${path}: ${place}${key}: ${when} is no time.`, momentHint(when))
      if (after !== undefined && parseDuration(after) === undefined)
        throw new Failure(`${path}: ${place}after: ${after} is no duration.`, 'For example: after: 5 days')
      const name = event ?? type
      const rest = {
        ...(name !== undefined && { event: name }),
        ...(id !== undefined && { id }),
        ...(data && { data }),
        ...(customer && { customer }),
        ...(consent && { consent }),
      }
      given.push(after === undefined ? { at: at ?? time ?? now, ...rest } : { after, ...rest })
    }
  }
  return given
}

async function valueIn(path: string, cwd: string): Promise<unknown> {
  const text = await readText(resolve(cwd, path)).catch((error: unknown) => {
    if (error instanceof Failure) throw error
    throw new Failure(`${path} cannot be read.`)
  })
  const result = readDocument(text, path)
  if ('document' in result) return result.document.value
  const [first] = result.issues
  throw new Failure(
    `${path}:${first?.line ?? 1}:${first?.column ?? 1} ${first?.message ?? 'is no JSON'}`,
    first?.hint,
  )
}

function read<T>(path: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue && issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : ''
  throw new Failure(`${path}: ${place}${issue?.message ?? 'is not what was expected'}`)
}
