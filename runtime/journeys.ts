/**
 * Journeys as rows: one row each, under 1 KB for an ordinary journey, because DynamoDB bills a write by the started KB of
 * the whole item. Hence the short names and the times relative to the entry.
 */
import * as z from 'zod'
import { MARK_LENGTH } from '../engine/hash.ts'
import type { Claim, Decision, Enrollment, EventMark, Phase } from '../engine/journey.ts'
import type { Json, JsonObject } from '../engine/model.ts'
import { occasionAt } from '../engine/occasion.ts'
import { Conflict } from './errors.ts'
import { customerPk, isShelved, keyPart, shelvedSk } from './keys-of-rows.ts'
import type { Row, Table } from './ports.ts'

export interface StoredJourney {
  enrollment: Enrollment
  /** 0: not stored yet. */
  rev: number
  /** Who wrote it last; tells whether an open claim was left by a process that is gone. */
  owner?: string
  /** It stands apart, as `shelf.ts` says, and is written there. */
  shelved?: true
}

const phases: { [code: string]: Phase } = {
  w: 'waiting',
  a: 'awaiting',
  p: 'performing',
  d: 'in-doubt',
  e: 'ended',
}
const phaseCode = (phase: Phase) => (phase === 'in-doubt' ? 'd' : phase.charAt(0))

const json: z.ZodType<Json> = z.json()
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json)
const mark = z.tuple([z.string(), z.string(), z.number(), jsonObject.nullable()])
const source = z.union([z.object({ pool: z.string() }), z.object({ pattern: z.string() })])
const command = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('send'),
    step: z.string(),
    template: z.string(),
    channel: z.enum(['email', 'sms', 'whatsapp']),
    topic: z.string(),
    to: z.string(),
    from: z.string().optional(),
    replyTo: z.string().optional(),
    survey: z.enum(['csat', 'nps', 'ces']).optional(),
  }),
  z.object({
    kind: z.literal('coupon'),
    step: z.string(),
    name: z.string(),
    source,
    expiresAt: z.number().optional(),
  }),
  z.object({
    kind: z.literal('task'),
    step: z.string(),
    name: z.string(),
    queue: z.string(),
    title: z.string(),
    dueAt: z.number().optional(),
  }),
  z.object({ kind: z.literal('set'), step: z.string(), values: jsonObject }),
  z.object({
    kind: z.literal('emit'),
    step: z.string(),
    event: z.string(),
    data: jsonObject,
    hops: z.number(),
  }),
  z.object({ kind: z.literal('webhook'), step: z.string(), name: z.string(), data: jsonObject }),
])

/** Step, time, rule, outcome, values; or where the entry stands that says the same, with another time and round. */
const logEntry = z.union([
  z.tuple([z.string(), z.number(), z.string(), z.string(), jsonObject.nullable()]),
  z.tuple([z.number(), z.number(), z.number()]),
])

const body = z.object({
  v: z.number(),
  k: z.string(),
  n: z.number().optional(),
  t: z.number(),
  e: mark,
  p: z.enum(['w', 'a', 'p', 'd', 'e']),
  s: z.string().optional(),
  d: z.number().optional(),
  c: z.tuple([z.number(), z.number(), command]).optional(),
  a: z.number().optional(),
  z: z.string().optional(),
  w: mark.optional(),
  /** Marks of one length, one after the other. */
  u: z.string().optional(),
  q: z.record(z.string(), z.tuple([z.string(), z.number().nullable()])).optional(),
  x: z.tuple([z.number(), z.string()]).optional(),
  g: z.tuple([z.number(), z.string(), z.number().nullable()]).optional(),
  f: z.array(mark).optional(),
  h: z.number().optional(),
  y: z.record(z.string(), z.union([z.tuple([z.number()]), z.tuple([z.number(), json])])).optional(),
  r: z.tuple([z.string(), z.number(), z.number()]).optional(),
  b: z.tuple([z.string(), z.number()]).optional(),
  l: z.array(logEntry),
  o: z.string().optional(),
})
type Body = z.infer<typeof body>
const EACH_MARK = new RegExp(`.{${MARK_LENGTH}}`, 'g')

export function journeySk(workflow: string, key: string, run: number): string {
  const first = `#${workflow}#${keyPart(key)}`
  return run === 1 ? first : `${first}#${run}`
}

/** What names one journey of a customer. */
export interface JourneyName {
  workflow: string
  key: string
  run: number
}

export const journeyNamed = (journeys: StoredJourney[], name: JourneyName): StoredJourney | undefined =>
  journeys.find(
    ({ enrollment: { workflow, key, run } }) =>
      workflow === name.workflow && key === name.key && run === name.run,
  )

/** One journey by its name, when nothing else of its customer is needed. */
export async function readJourney(
  table: Table,
  customerId: string,
  { workflow, key, run }: JourneyName,
  options?: { consistent?: boolean },
): Promise<StoredJourney | undefined> {
  const row = await table.get(customerPk(customerId), journeySk(workflow, key, run), options)
  return row && fromRow(row)
}

/** Whether what this occasion of a step sends has been claimed, and nothing recorded of what came of it. */
export function isOut(enrollment: Enrollment, occasion: string): boolean {
  const { phase, claim } = enrollment
  if (!claim || (phase !== 'performing' && phase !== 'in-doubt')) return false
  return occasionAt(enrollment, claim.step) === occasion
}

/** Writes a journey on the condition that nobody wrote it since it was read. Throws {@link Conflict} otherwise. */
export async function commitJourney(
  table: Table,
  stored: StoredJourney,
  owner: string,
): Promise<StoredJourney> {
  const row = toRow({ ...stored, owner })
  const result = await table.put(
    row,
    stored.rev === 0 ? { kind: 'absent' } : { kind: 'rev', rev: stored.rev },
  )
  if (!result.ok) throw new Conflict(`journey ${row.sk} was written by somebody else`)
  return { ...stored, rev: stored.rev + 1, owner }
}

/** The same journey, at the same revision, for its place on the shelf. */
export const shelvedRow = (stored: StoredJourney): Row =>
  toRow({ ...stored, rev: stored.rev - 1, shelved: true })

function toRow({ enrollment, rev, owner, shelved }: StoredJourney): Row {
  const start = enrollment.enteredAt
  const packed: Body = {
    v: enrollment.version,
    k: enrollment.key,
    ...(enrollment.run > 1 && { n: enrollment.run }),
    t: start,
    e: packMark(enrollment.entry, start),
    p: z.enum(['w', 'a', 'p', 'd', 'e']).parse(phaseCode(enrollment.phase)),
    ...(enrollment.step !== null && { s: enrollment.step }),
    ...(enrollment.dueAt !== undefined && { d: enrollment.dueAt }),
    ...(enrollment.claim && {
      c: [enrollment.claim.attempt, enrollment.claim.at, enrollment.claim.command] satisfies Body['c'],
    }),
    ...(enrollment.attempts && { a: enrollment.attempts }),
    ...(enrollment.seenEventId !== enrollment.entry.id && { z: enrollment.seenEventId }),
    ...(enrollment.followed && { f: enrollment.followed.map((one) => packMark(one, start)) }),
    ...(enrollment.awaited && { w: packMark(enrollment.awaited, start) }),
    ...(enrollment.awaitedBefore && { u: enrollment.awaitedBefore.join('') }),
    ...(enrollment.coupons && {
      q: Object.fromEntries(
        Object.entries(enrollment.coupons).map(([name, held]) => [name, [held.code, held.expiresAt ?? null]]),
      ),
    }),
    ...(enrollment.webhooks && {
      y: Object.fromEntries(
        Object.entries(enrollment.webhooks).map(([name, { status, body: said }]) => [
          name,
          said === undefined ? [status] : [status, said],
        ]),
      ) satisfies Body['y'],
    }),
    ...(enrollment.endedAt !== undefined && {
      x: [enrollment.endedAt - start, enrollment.reason ?? ''] satisfies Body['x'],
    }),
    ...(enrollment.converted && {
      g: [
        enrollment.converted.at - start,
        enrollment.converted.eventId,
        enrollment.converted.value ?? null,
      ] satisfies Body['g'],
    }),
    ...(enrollment.hops !== undefined && { h: enrollment.hops }),
    ...(enrollment.round && {
      r: [enrollment.round.step, enrollment.round.index, enrollment.round.at - start] satisfies Body['r'],
    }),
    ...(enrollment.since && {
      b: [enrollment.since.step, enrollment.since.at - start] satisfies Body['b'],
    }),
    l: packLog(enrollment.log, start),
    ...(owner && enrollment.claim && { o: owner }),
  }
  return {
    pk: customerPk(enrollment.customerId),
    sk: (shelved ? shelvedSk : journeySk)(enrollment.workflow, enrollment.key, enrollment.run),
    rev: rev + 1,
    body: JSON.stringify(packed),
  }
}

export function fromRow(row: Row): StoredJourney {
  const packed = body.parse(JSON.parse(row.body ?? '{}'))
  const start = packed.t
  const enrollment: Enrollment = {
    workflow: row.sk.split('#')[1] ?? '',
    version: packed.v,
    customerId: row.pk.slice(2),
    key: packed.k,
    run: packed.n ?? 1,
    enteredAt: start,
    entry: unpackMark(packed.e, start),
    phase: phases[packed.p] ?? 'ended',
    step: packed.s ?? null,
    ...(packed.d !== undefined && { dueAt: packed.d }),
    ...(packed.c && { claim: unpackClaim(packed.c) }),
    ...(packed.a !== undefined && { attempts: packed.a }),
    seenEventId: packed.z ?? packed.e[0],
    ...(packed.f && { followed: packed.f.map((one) => unpackMark(one, start)) }),
    ...(packed.w && { awaited: unpackMark(packed.w, start) }),
    ...(packed.u && { awaitedBefore: packed.u.match(EACH_MARK) ?? [] }),
    ...(packed.q && {
      coupons: Object.fromEntries(
        Object.entries(packed.q).map(([name, [code, expiresAt]]) => [
          name,
          { code, ...(expiresAt !== null && { expiresAt }) },
        ]),
      ),
    }),
    ...(packed.y && {
      webhooks: Object.fromEntries(
        Object.entries(packed.y).map(([name, [status, said]]) => [
          name,
          { status, ...(said !== undefined && { body: said }) },
        ]),
      ),
    }),
    ...(packed.x && { endedAt: packed.x[0] + start, reason: packed.x[1] }),
    ...(packed.g && {
      converted: {
        at: packed.g[0] + start,
        eventId: packed.g[1],
        ...(packed.g[2] !== null && { value: packed.g[2] }),
      },
    }),
    ...(packed.h !== undefined && { hops: packed.h }),
    ...(packed.r && { round: { step: packed.r[0], index: packed.r[1], at: packed.r[2] + start } }),
    ...(packed.b && { since: { step: packed.b[0], at: packed.b[1] + start } }),
    log: unpackLog(packed.l, start),
  }
  return {
    enrollment,
    rev: row.rev ?? 0,
    ...(packed.o !== undefined && { owner: packed.o }),
    ...(isShelved(row.sk) && { shelved: true }),
  }
}

function unpackClaim([attempt, at, unpacked]: NonNullable<Body['c']>): Claim {
  // Parsed by the schema above; rebuilt so that absent members are absent and not `undefined`.
  const effect: Claim['command'] = JSON.parse(JSON.stringify(unpacked))
  return { step: effect.step, attempt, at, command: effect }
}

function packMark(event: EventMark, start: number): Body['e'] {
  return [event.id, event.type, event.at - start, event.data ?? null]
}

function unpackMark([id, type, at, data]: Body['e'], start: number): EventMark {
  return { id, type, at: at + start, ...(data && { data }) }
}

/** A hundred rounds of a `repeat` say the same a hundred times, and still have to fit into a row. */
function packLog(log: Decision[], start: number): Body['l'] {
  const told = new Map<string, number>()
  return log.map(({ step = '', at, rule, outcome, values }, index) => {
    const round = typeof values?.round === 'number' && Object.keys(values).length === 1 ? values.round : 0
    const alike = JSON.stringify([step, rule, outcome])
    const first = told.get(alike)
    if (round > 0 && first !== undefined) return [first, at - start, round]
    if (round > 0 || values === undefined) told.set(alike, index)
    return [step, at - start, rule, outcome, values ?? null]
  })
}

function unpackLog(packed: Body['l'], start: number): Decision[] {
  return packed.map((entry): Decision => {
    if (entry.length === 3) {
      const [first, at, round] = entry
      const [step, , rule, outcome] = packed[first] ?? []
      return {
        at: at + start,
        ...(typeof step === 'string' && { step }),
        rule: String(rule),
        outcome: String(outcome),
        values: { round },
      }
    }
    const [step, at, rule, outcome, values] = entry
    return { at: at + start, ...(step !== '' && { step }), rule, outcome, ...(values && { values }) }
  })
}

const resting = body.pick({ v: true, p: true, s: true })

/** Where a journey stands, for whoever counts many of them; undefined for one that has ended. */
export function standingIn(row: Row): { version: number; step: string } | undefined {
  const { v, p, s } = resting.parse(JSON.parse(row.body ?? '{}'))
  return p === 'e' || s === undefined ? undefined : { version: v, step: s }
}
