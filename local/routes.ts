/** The /local routes: what only the embedded default has, for people and tests on this machine. */
import * as z from 'zod'
import type { EventBridgeEvent, SNSEvent } from 'aws-lambda'
import { parseJson } from '../runtime/http/body.ts'
import { fieldErrors, invalid, Problem } from '../runtime/http/problem.ts'
import { addDuration, parseDuration } from '../engine/time.ts'
import { VirtualClock, type LocalClock } from './clock.ts'
import type { Cloud } from './cloud/cloud.ts'
import type { MailboxMessage } from './cloud/mailbox.ts'
import { reportInput, sesReport } from './ses-report.ts'
import { smsEvent } from './sms-report.ts'
import type { Timekeeper } from './timekeeper.ts'

export interface LocalParts {
  cloud: Cloud
  clock: LocalClock
  timekeeper: Timekeeper
  feedback: (event: EventBridgeEvent<string, unknown> | SNSEvent) => Promise<void>
}

export interface LocalRequest {
  method: string
  path: string
  query: URLSearchParams
  body: string
}

export interface LocalReply {
  status?: number
  type?: string
  headers?: { [name: string]: string }
  /** Written piece by piece: the mails of months are more than one wants in memory twice. */
  body: string | AsyncIterable<string>
}

type Handler = (parts: LocalParts, request: LocalRequest, id: string) => Promise<LocalReply>

/** Months of the longest journey, years of appointments; further away is a slip of the keyboard. */
const LATEST_AT = Date.parse('2200-01-01T00:00:00Z')

const routes: { path: RegExp; methods: { [method: string]: Handler } }[] = [
  { path: /^\/local\/messages$/, methods: { GET: listMessages } },
  { path: /^\/local\/messages\/([^/]+)\.eml$/, methods: { GET: showSource } },
  { path: /^\/local\/messages\/([^/]+)$/, methods: { GET: showMessage } },
  { path: /^\/local\/clock$/, methods: { GET: showClock, POST: moveClock } },
  { path: /^\/local\/settle$/, methods: { POST: settle } },
  { path: /^\/local\/feedback$/, methods: { POST: report } },
  { path: /^\/local\/meter$/, methods: { GET: showMeter, DELETE: resetMeter } },
]

/** @throws Problem */
export async function answerLocal(parts: LocalParts, request: LocalRequest): Promise<LocalReply> {
  for (const { path, methods } of routes) {
    const match = path.exec(request.path)
    if (!match) continue
    const handler = methods[request.method]
    const allow = Object.keys(methods).join(', ')
    if (!handler)
      throw new Problem(405, `${request.method} is not for this path; ${allow} is.`, { headers: { allow } })
    return await handler(parts, request, decoded(match[1] ?? ''))
  }
  throw new Problem(404, 'There is nothing at this path.')
}

const json = (value: unknown, status = 200): LocalReply => ({ status, body: JSON.stringify(value) })

const listQuery = z.strictObject({
  to: z.string().optional(),
  workflow: z.string().optional(),
  /** Only what came after this message. */
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
  /** `summary`: without the bodies. */
  view: z.enum(['full', 'summary']).default('full'),
})

async function listMessages({ cloud }: LocalParts, { query }: LocalRequest): Promise<LocalReply> {
  const parsed = listQuery.safeParse(Object.fromEntries([...query].filter(([, value]) => value !== '')))
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues, ['query']))
  const { view, limit = Number.POSITIVE_INFINITY, after: start, ...filter } = parsed.data
  async function* pieces() {
    let after = start
    let written = 0
    while (written < limit) {
      const page = await cloud.mailbox.list({
        ...(filter.to !== undefined && { to: filter.to }),
        ...(filter.workflow !== undefined && { workflow: filter.workflow }),
        ...(after !== undefined && { after }),
        limit: Math.min(PAGE, limit - written),
      })
      for (const message of page)
        yield `${written++ === 0 ? '[' : ','}${JSON.stringify(view === 'full' ? shown(message) : summary(message))}`
      after = page.at(-1)?.id
      if (page.length < PAGE || after === undefined) break
    }
    yield written === 0 ? '[]' : ']'
  }
  return { body: pieces() }
}

const PAGE = 200

function shown({ run: _, relay, at, ...message }: MailboxMessage) {
  return { ...message, at: iso(at), ...(relay && { relay }) }
}

function summary(message: MailboxMessage) {
  const { html: _, text: __, headers: ___, ...rest } = shown(message)
  return rest
}

async function showMessage({ cloud }: LocalParts, _: LocalRequest, id: string): Promise<LocalReply> {
  const message = await cloud.mailbox.get(id)
  if (!message) throw new Problem(404, 'There is no such message.')
  return json(shown(message))
}

async function showSource({ cloud }: LocalParts, _: LocalRequest, id: string): Promise<LocalReply> {
  const source = await cloud.mailbox.eml(id)
  if (source === undefined) throw new Problem(404, 'There is no such message.')
  const disposition = `attachment; filename="${id.replace(/[^\w.-]/g, '_')}.eml"`
  return { type: 'message/rfc822', headers: { 'content-disposition': disposition }, body: source }
}

async function showClock({ clock }: LocalParts): Promise<LocalReply> {
  return json({ now: iso(clock.now()), virtual: clock.virtual })
}

const move = z.union([z.strictObject({ advance: z.string() }), z.strictObject({ to: z.string() })], {
  error: 'Give {"advance": "P30D"} or {"to": "2026-04-01T09:00:00Z"}.',
})

async function moveClock({ clock, timekeeper }: LocalParts, request: LocalRequest): Promise<LocalReply> {
  const input = read(move, request)
  if (!(clock instanceof VirtualClock))
    throw new Problem(
      409,
      'This process runs on the real clock, which cannot be moved. Start it with --now to have a virtual one.',
    )
  const until = 'to' in input ? instant(input.to) : after(clock.now(), input.advance)
  if (until > LATEST_AT) throw invalid([{ path: 'to', message: `The clock ends at ${iso(LATEST_AT)}.` }])
  if (until < clock.now())
    throw invalid([
      {
        path: 'to' in input ? 'to' : 'advance',
        message: `It is ${iso(clock.now())} already, and a clock does not go back.`,
      },
    ])
  const { fired } = await timekeeper.advanceTo(until)
  return json({ now: iso(clock.now()), fired })
}

function instant(text: string): number {
  const at = isoInstant.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at))
    throw invalid([{ path: 'to', message: 'Write an instant with its offset: 2026-04-01T09:00:00+02:00.' }])
  return at
}

const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

function after(now: number, text: string): number {
  const duration = /^[+-]?P/.test(text) ? parseDuration(text) : undefined
  if (duration === undefined)
    throw invalid([{ path: 'advance', message: 'Write an ISO 8601 duration: P30D, PT6H.' }])
  return addDuration(now, duration, 'UTC')
}

async function settle({ timekeeper, clock }: LocalParts): Promise<LocalReply> {
  await timekeeper.settle()
  return json({ now: iso(clock.now()) })
}

async function report({ cloud, clock, feedback }: LocalParts, request: LocalRequest): Promise<LocalReply> {
  const input = read(reportInput, request)
  const message = await cloud.mailbox.get(input.messageId)
  const tags = await cloud.mailbox.tags(input.messageId)
  if (!message || !tags) throw new Problem(404, 'There is no such message.')
  const now = clock.now()
  const event =
    message.channel === 'sms' ? smsEvent(message, tags, input, now) : sesReport(message, tags, input, now)
  if (!event) throw invalid([{ path: 'type', message: 'Nobody hears this of an SMS.' }])
  await feedback(event)
  return json({ messageId: message.id, type: input.type }, 202)
}

async function showMeter({ cloud }: LocalParts): Promise<LocalReply> {
  return json(cloud.meter.read())
}

async function resetMeter({ cloud }: LocalParts): Promise<LocalReply> {
  cloud.meter.reset()
  return json(cloud.meter.read())
}

function read<S extends z.ZodType>(schema: S, { body }: LocalRequest): z.output<S> {
  const parsed = schema.safeParse(body === '' ? {} : parseJson(body))
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues))
  return parsed.data
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Problem(400, 'The path holds a percent sign that encodes nothing.')
  }
}

const iso = (at: number) => new Date(at).toISOString()
