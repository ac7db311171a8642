/** The words of `scenarios.yaml`. */
import * as z from 'zod'
import { bareNumber, readDuration, spanPattern } from '../language/durations.ts'
import { found, leaf, textLeaf } from '../language/flaw.ts'
import { momentHint, parseMoment } from '../given-time.ts'

const name = (expects: string, example: string) =>
  textLeaf({ expects, example, json: {} }, (text) => text.trim())

const moment = textLeaf({ expects: 'a time', example: '2026-03-26T16:00', json: {} }, (text, note) => {
  if (parseMoment(text, 'UTC') !== undefined) return text.trim()
  note({ message: `% expects a time, not ${found(text)}`, hint: momentHint(text) })
  return undefined
})

const span = textLeaf(
  { expects: 'a duration', example: '5 days', json: { pattern: spanPattern } },
  (text, note) => (readDuration(text, note) === undefined ? undefined : text.trim()),
  bareNumber,
)

const count = leaf({ expects: 'a number', example: '2', json: { type: 'integer' } }, (value, note) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  note({ message: `% expects a whole number, not ${found(value)}`, hint: 'For example: count: 2' })
  return undefined
})

const yesOrNo = leaf(
  { expects: 'true or false', example: 'true', json: { type: 'boolean' } },
  (value, note) => {
    if (typeof value === 'boolean') return value
    note({ message: `% expects true or false, not ${found(value)}`, hint: 'Write %: true or %: false' })
    return undefined
  },
)

const words = leaf({ expects: 'a text', example: 'thank you', json: {} }, (value, note) => {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  note({ message: `% expects a text, not ${found(value)}`, hint: 'Put it in quotes.' })
  return undefined
})

const json = z.json()
const attributes = z.record(z.string(), json)
const customer = attributes.meta({ about: '`customer`', example: 'customer: { id: anna, firstName: Anna }' })
const data = attributes.meta({ about: '`data`', example: 'data: { total: 80 }' })

const textTest = z
  .strictObject({ contains: words.optional(), equals: words.optional() })
  .meta({ about: 'A text to look for', example: '{ contains: "thank you" }' })

export const given = z
  .strictObject({
    at: moment.optional(),
    after: span.optional(),
    event: name('the type of an event', 'purchase').optional(),
    id: name('the id of an event', 'order-1').optional(),
    data: data.optional(),
    customer: customer.optional(),
    consent: z.record(z.string(), z.boolean()).optional(),
  })
  .meta({ about: 'What is given', example: '{ after: 5 days, event: purchase, data: { total: 80.0 } }' })

export const expectation = z
  .strictObject({
    at: moment.optional(),
    mail: name('the name of a mail', 'apology').optional(),
    message: name('the name of a message', 'reminder').optional(),
    task: name('the name of a task', 'recover').optional(),
    coupon: name('the name of a coupon', 'offer').optional(),
    emit: name('the type of an event', 'gift.sent').optional(),
    webhook: name('the name of a webhook', 'crm').optional(),
    customer: attributes.meta({ about: '`customer`', example: 'customer: { tier: gold }' }).optional(),
    ends: name('how the journey ends', 'completed').optional(),
    never: name('the name of a mail, task, coupon, event or webhook', 'come-back').optional(),
    enters: yesOrNo.optional(),
    converted: yesOrNo.optional(),
    count: count.optional(),
    subject: textTest.optional(),
    text: textTest.optional(),
    html: textTest.optional(),
    channel: name('a channel', 'sms').optional(),
    title: textTest.optional(),
    queue: name('the name of a queue', 'care-team').optional(),
  })
  .meta({ about: 'An expectation', example: '{ mail: apology }' })

const status = leaf(
  { expects: 'an HTTP status', example: '200', json: { type: 'integer' } },
  (value, note) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599) return value
    note({ message: `% expects an HTTP status, not ${found(value)}`, hint: 'For example: status: 404' })
    return undefined
  },
)

/** What a webhook answers. */
const answer = z
  .strictObject({ status, body: json.optional() })
  .meta({ about: 'An answer', example: '{ status: 200, body: { points: 120 } }' })

export const scenarios = z
  .array(
    z
      .strictObject({
        scenario: name('a sentence that says what happens', 'a happy customer is left in peace'),
        customer,
        start: moment.optional(),
        until: moment.optional(),
        heldOut: yesOrNo.optional(),
        given: z.array(given).meta({ about: '`given`', example: '- at: 2026-03-26T16:00' }).optional(),
        webhooks: z.record(z.string(), answer).optional(),
        expect: z.array(expectation).meta({ about: '`expect`', example: '- mail: thank-you' }),
      })
      .meta({ about: 'A scenario', example: '{ scenario: …, customer: …, given: […], expect: […] }' }),
  )
  .meta({ about: 'The file', example: '- scenario: …' })

export type ScenarioWords = z.infer<typeof scenarios>[number]
export type GivenWords = z.infer<typeof given>
export type AnswerWords = { [name: string]: z.infer<typeof answer> }
export type ExpectationWords = z.infer<typeof expectation>

/** What an expectation is about; it names exactly one of these. */
export const SUBJECTS = [
  'mail',
  'message',
  'task',
  'coupon',
  'emit',
  'webhook',
  'customer',
  'ends',
  'never',
  'enters',
  'converted',
] as const
export type Subject = (typeof SUBJECTS)[number]

/** Which further words each subject understands. */
export const WORDS_OF: { [S in Subject]: readonly (keyof ExpectationWords)[] } = {
  mail: ['at', 'count', 'subject', 'text', 'html'],
  message: ['at', 'count', 'channel', 'subject', 'text', 'html'],
  task: ['at', 'count', 'title', 'queue'],
  coupon: ['at', 'count'],
  emit: ['at', 'count'],
  webhook: ['at', 'count'],
  customer: ['at'],
  ends: ['at'],
  never: [],
  enters: ['at'],
  converted: [],
}
