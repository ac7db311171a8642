/**
 * Where consent comes from, kept as the proof that the law asks for. The last word on a topic stands in the profile's row,
 * written by the very write that changed the answer; one that is replaced is put into a row of its own before that write,
 * so that no crash can lose it and the profile stays small.
 */
import * as z from 'zod'
import { eventsOf } from '../engine/consent.ts'
import type { ConsentMark, Customer, Instant } from '../engine/model.ts'
import { accept } from './ingest.ts'
import { REPEATED_MS, ROUND_MS, sendMissing } from './kept-back.ts'
import { consentSk, customerPk } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'

export interface ConsentRecord extends ConsentMark {
  topic: string
}

type Consents = NonNullable<Customer['consents']>

const states = { p: 'pending', g: 'given', r: 'refused', x: 'removed' } as const
const letters = { pending: 'p', given: 'g', refused: 'r', removed: 'x' } as const

const packedMark = z.object({
  s: z.enum(['p', 'g', 'r', 'x']),
  t: z.number(),
  w: z.enum(['api', 'event', 'workflow', 'page', 'confirmed']),
  b: z.string().optional(),
  a: z.string().optional(),
  f: z.number().optional(),
})
export const packedConsents = z.record(z.string(), packedMark)

function packMark({ state, at, source, by, address, sinceAt }: ConsentMark): z.infer<typeof packedMark> {
  return {
    s: letters[state],
    t: at,
    w: source,
    ...(by !== undefined && { b: by }),
    ...(address !== undefined && { a: address }),
    ...(sinceAt !== undefined && { f: sinceAt }),
  }
}

function markFrom({ s, t, w, b, a, f }: z.infer<typeof packedMark>): ConsentMark {
  return {
    state: states[s],
    at: t,
    source: w,
    ...(b !== undefined && { by: b }),
    ...(a !== undefined && { address: a }),
    ...(f !== undefined && { sinceAt: f }),
  }
}

export const packConsents = (consents: Consents): z.infer<typeof packedConsents> =>
  Object.fromEntries(Object.entries(consents).map(([topic, mark]) => [topic, packMark(mark)]))

export const consentsFrom = (packed: z.infer<typeof packedConsents>): Consents =>
  Object.fromEntries(Object.entries(packed).map(([topic, mark]) => [topic, markFrom(mark)]))

/** The rows of what a change replaces, to be written before it. Writing them twice is writing them once. */
export function replacedRows(before: Customer, after: Customer): Row[] {
  const { profile, consents = {} } = before
  return Object.entries(consents).flatMap(([topic, mark]) =>
    JSON.stringify(after.consents?.[topic]) === JSON.stringify(mark)
      ? []
      : [
          {
            pk: customerPk(profile.id),
            sk: consentSk(mark.at, topic),
            body: JSON.stringify(packMark(mark)),
          },
        ],
  )
}

export function recordFrom({ sk, body }: Row): ConsentRecord {
  const topic = sk.split('#').slice(2).join('#')
  return { topic, ...markFrom(packedMark.parse(JSON.parse(body ?? '{}'))) }
}

/**
 * All that was ever said, oldest first.
 * @param replaced what rows of their own hold; a crash may have left one there that was not replaced after all
 */
export function recordsOf({ consents = {} }: Customer, replaced: ConsentRecord[]): ConsentRecord[] {
  const standing = Object.entries(consents).map(([topic, mark]) => ({ topic, ...mark }))
  const former = replaced.filter(
    ({ topic, at }) => !standing.some((one) => one.topic === topic && one.at === at),
  )
  return [...former, ...standing].sort((left, right) => left.at - right.at)
}

/** Tells of what was answered just now. Told again after a crash, it is the same event. */
export async function announceConsent(runtime: Runtime, customer: Customer, knownAt: Instant): Promise<void> {
  if (!customer.consents) return
  const { settings } = await runtime.catalog.settings()
  const since = runtime.world.clock.now() - REPEATED_MS
  const fresh = eventsOf(customer, settings, ({ at }) => at > since)
  if (fresh.length > 0)
    await accept(
      runtime,
      fresh.map((event) => ({ event })),
      knownAt,
    )
}

/** The daily round: tells what a crash has kept back since the last one. */
export async function recallConsent(runtime: Runtime, customer: Customer, knownAt: Instant): Promise<void> {
  if (!customer.consents) return
  const { settings } = await runtime.catalog.settings()
  const since = runtime.world.clock.now() - ROUND_MS
  const recent = eventsOf(customer, settings, ({ at }) => at > since)
  await sendMissing(
    runtime,
    recent.map((event) => ({ event })),
    knownAt,
  )
}
