/** Events as the outside posts them: one, a batch, or CloudEvents 1.0; each is judged by itself. */
import * as z from 'zod'
import { GIVEN, REQUESTED } from '../../engine/consent.ts'
import type { CareEvent, Instant, JsonObject } from '../../engine/model.ts'
import { keptId } from '../event-ids.ts'
import type { Accepted } from '../ingest.ts'
import { readInstant } from './instants.ts'
import { bytesOf, isJsonObject, jsonObject, unkeepable } from './json-value.ts'
import { type FieldError, fieldErrors, invalid, must } from './problem.ts'
import { customerId, line, profileFlaws, profileInput } from './profile-input.ts'

/** Events in one request. */
const batchLimit = 500

/** An event is stored, and travels with others in a message of at most 1 MiB. */
const largestEvent = 64 * 1024

const farMs = 10 * 366 * 24 * 3_600_000

/** Made by Premura itself; from outside, one would start everybody’s, and others would not be true. */
const reservedTypes = new Set(['date.reached', 'calendar.reached', 'profile.became', REQUESTED, GIVEN])

const eventType = z
  .string(must('Must be a text.'))
  .max(128, 'Must not be longer than 128 characters.')
  .regex(
    /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*$/,
    'Must be words of letters and digits, parted by dots, for example purchase or ticket.closed.',
  )
  .refine((type) => !reservedTypes.has(type), 'Is made by Premura itself and cannot be posted.')

const eventId = line(128).describe('Posting an id again changes nothing. Made up when absent.')

export const eventInput = z
  .strictObject({
    id: eventId.optional(),
    type: eventType.describe('noun.verbed, or purchase.'),
    customerId,
    time: z.string(must('Must be a text.')).optional().describe('ISO 8601 with offset; now when absent.'),
    customer: profileInput.optional().describe('Profile fields to merge before anything is decided.'),
    data: jsonObject.optional(),
  })
  .meta({ id: 'Event' })

/** The profile fields are judged where the topics are known. Made once: zod compiles every schema that it is given. */
const withoutCustomer = eventInput.omit({ customer: true })

export const batchInput = z
  .strictObject({ events: z.array(eventInput).min(1).max(batchLimit) })
  .meta({ id: 'EventBatch' })

/** https://github.com/cloudevents/spec, JSON format. Extension attributes are allowed and not looked at. */
export const cloudEvent = z
  .object({
    specversion: z.literal('1.0', must('Must be "1.0".')),
    id: line(128),
    source: z.string(must('Must be a text.')).min(1, 'Must not be empty.'),
    type: eventType,
    subject: customerId,
    time: z.string(must('Must be a text.')).optional(),
    datacontenttype: z.string(must('Must be a text.')).optional(),
    dataschema: z.string(must('Must be a text.')).optional(),
    data: jsonObject.optional(),
  })
  .catchall(z.unknown())
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0; the subject is the customer.' })

export const cloudEventTypes = {
  structured: 'application/cloudevents+json',
  batch: 'application/cloudevents-batch+json',
} as const

export interface EventSurroundings {
  now: Instant
  topics: readonly string[]
  nextId(): string
}

export type EventReading = { ok: true; accepted: Accepted } | { ok: false; errors: FieldError[] }

/** What a body holds: its single event, or its list. */
export function eventsOf(type: string, body: unknown): { single: boolean; inputs: unknown[] } {
  if (type === cloudEventTypes.structured) return { single: true, inputs: [body] }
  if (type === cloudEventTypes.batch) return { single: false, inputs: listed(body, '') }
  if (Array.isArray(body))
    throw invalid([{ path: '', message: 'Must be an event, or a list of them as { "events": [ … ] }.' }])
  if (!isJsonObject(body)) throw invalid([{ path: '', message: 'Must be a JSON object.' }])
  if (!('events' in body)) return { single: true, inputs: [body] }
  const others = Object.keys(body).filter((name) => name !== 'events')
  if (others.length > 0)
    throw invalid(others.map((name) => ({ path: name, message: `"${name}" is not known beside "events".` })))
  return { single: false, inputs: listed(body.events, 'events') }
}

function listed(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw invalid([{ path, message: 'Must be a list of events.' }])
  if (value.length === 0) throw invalid([{ path, message: 'Must hold at least one event.' }])
  if (value.length > batchLimit)
    throw invalid([
      { path, message: `Must not hold more than ${batchLimit} events, and holds ${value.length}.` },
    ])
  return value
}

/** Judges one event, in its own form or as a CloudEvent. */
export function readEvent(input: unknown, cloud: boolean, around: EventSurroundings): EventReading {
  if (!isJsonObject(input)) return { ok: false, errors: [{ path: '', message: 'Must be a JSON object.' }] }
  const harmful = unkeepable(input)
  if (harmful.length > 0) return { ok: false, errors: harmful }
  return cloud ? readCloudEvent(input, around) : readOwnEvent(input, around)
}

function readOwnEvent(input: JsonObject, around: EventSurroundings): EventReading {
  const { customer, ...rest } = input
  const parsed = withoutCustomer.safeParse(rest)
  const errors = parsed.success ? [] : fieldErrors(parsed.error.issues)
  const who = typeof input.customerId === 'string' ? input.customerId : undefined
  if (isJsonObject(customer)) errors.push(...profileFlaws(customer, who, around.topics, ['customer']))
  else if (customer !== undefined) errors.push({ path: 'customer', message: 'Must be a JSON object.' })
  const at = timeOf(input.time, around.now, errors)
  errors.push(...sizeFlaws(input))
  if (!parsed.success || errors.length > 0) return { ok: false, errors }
  const { id = around.nextId(), type, customerId: whose, data = {} } = parsed.data
  const event: CareEvent = { id: keptId(id), type, customerId: whose, at, data }
  return { ok: true, accepted: { event, ...(isJsonObject(customer) && { customer }) } }
}

function readCloudEvent(input: JsonObject, around: EventSurroundings): EventReading {
  const parsed = cloudEvent.safeParse(input)
  const errors = parsed.success ? [] : fieldErrors(parsed.error.issues)
  for (const name of Object.keys(input))
    if (!/^[a-z0-9]{1,64}$/.test(name) && name !== 'data_base64')
      errors.push({ path: name, message: 'A CloudEvents attribute has a name of a–z and 0–9.' })
  const contentType = typeof input.datacontenttype === 'string' ? input.datacontenttype : 'application/json'
  if ('data_base64' in input || !/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType))
    errors.push({
      path: 'data_base64' in input ? 'data_base64' : 'datacontenttype',
      message: 'The data must be JSON, in "data".',
    })
  const at = timeOf(input.time, around.now, errors)
  errors.push(...sizeFlaws(input))
  if (!parsed.success || errors.length > 0) return { ok: false, errors }
  const { id, type, subject, data = {} } = parsed.data
  return { ok: true, accepted: { event: { id: keptId(id), type, customerId: subject, at, data } } }
}

function timeOf(time: unknown, now: Instant, errors: FieldError[]): Instant {
  if (typeof time !== 'string') return now
  const reading = readInstant(time)
  if ('flaw' in reading) errors.push({ path: 'time', message: reading.flaw })
  else if (Math.abs(reading.at - now) > farMs)
    errors.push({ path: 'time', message: 'Is more than ten years away.' })
  else return reading.at
  return now
}

function sizeFlaws(input: JsonObject): FieldError[] {
  return bytesOf(input) > largestEvent
    ? [{ path: '', message: `An event must not be larger than ${largestEvent} bytes.` }]
    : []
}
