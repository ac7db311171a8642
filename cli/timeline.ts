/** A simulated life, line by line, in the customer's own local time. */
import type { Decision } from '../engine/journey.ts'
import type { Instant, Json, JsonObject } from '../engine/model.ts'
import type { Program, Step } from '../engine/program.ts'
import type { TimelineEntry } from '../engine/simulate.ts'
import { formatLocal } from '../engine/time.ts'
import { paint } from './terminal.ts'
import { firstWords } from './words.ts'

interface Shape {
  zone: string
  steps: Program['steps']
  /** Show the text of every mail below its line. */
  mails: boolean
}

/** Decisions that only say what the line of their effect says anyway. */
const plainRules = new Set(['wait', 'send', 'task', 'coupon', 'set', 'emit', 'webhook', 'stop', 'end'])
/** A wait for a date that did not wait. */
const passedBy = new Set(['skipped', 'past'])
/** What has no line of its own when nothing came of it. */
const outgoing = new Set(['emit', 'webhook'])
/** Records are short already, and a reason is there to be read. */
const LONGEST_REASON = 200
/** The values of decisions that are instants. */
const instants = new Set(['until', 'from', 'dueAt', 'expiresAt'])

/** The lines of a timeline; the time stands only where it changes. */
export function timelineLines(entries: readonly TimelineEntry[], { zone, steps, mails }: Shape): string[] {
  const lines: string[] = []
  const several = new Set(entries.flatMap(({ key }) => (key === undefined ? [] : [key]))).size > 1
  let shownAt = ''
  const blank = ' '.repeat('2026-01-01 00:00'.length)
  for (const entry of entries) {
    const what = told(entry, zone, steps)
    if (what === undefined) continue
    const at = formatLocal(entry.at, zone)
    const which = several && entry.key !== undefined ? paint.dim(` [${entry.key}]`) : ''
    lines.push(`${at === shownAt ? blank : paint.dim(at)}  ${what}${which}`)
    shownAt = at
    if (mails && entry.message)
      for (const line of entry.message.text.trim().split('\n'))
        lines.push(`${blank}    ${paint.dim('│')} ${line}`)
  }
  return lines
}

function told(entry: TimelineEntry, zone: string, steps: Program['steps']): string | undefined {
  const { kind, event, message, task, coupon, values, decision, dueAt, reason } = entry
  const local = (at: Instant) => formatLocal(at, zone)
  switch (kind) {
    case 'event':
      return `${paint.cyan(event?.type ?? 'event')}${facts(event?.data ?? {})}`
    case 'entered':
      return 'enters'
    case 'not-entered':
      return `${paint.yellow('does not enter')}${decision ? `: ${refused(decision, zone)}` : ''}`
    case 'message':
      return `${paint.green(message?.channel === 'email' ? 'mail' : (message?.channel ?? ''))} ${message?.template} (${message?.locale}) to ${message?.to}: ${paint.bold(message?.channel === 'email' ? message.subject : firstWords(message?.text ?? ''))}`
    case 'task':
      return `${paint.green('task')} ${task?.name} for ${task?.queue}: ${task?.title}${task?.dueAt === undefined ? '' : `, due ${local(task.dueAt)}`}`
    case 'coupon':
      return `${paint.green('coupon')} ${coupon?.name}: ${coupon?.code}${coupon?.expiresAt === undefined ? '' : `, good until ${local(coupon.expiresAt)}`}`
    case 'set':
      return `${paint.green('set')}${facts(values ?? {})}`
    case 'emitted':
      return `${paint.green('emits')} ${event?.type ?? ''}${facts(event?.data ?? {})}`
    case 'webhook':
      return `${paint.green('calls')} the webhook ${entry.webhook?.name}${facts(entry.webhook?.data ?? {})}, which answers ${entry.webhook?.answer.status}`
    case 'waiting':
      return waiting(
        entry.step === undefined ? undefined : steps[entry.step],
        dueAt === undefined ? '' : local(dueAt),
      )
    case 'problem':
      return `${paint.red('problem')} ${reason ?? ''}`
    case 'ended':
      return `ends: ${paint.bold(reason ?? '')}`
    case 'decision':
      if (decision === undefined || decision.outcome === 'waiting') return undefined
      if (plainRules.has(decision.rule) && !notable(decision)) return undefined
      return paint.dim(decided(decision, zone))
  }
}

/** What can never be is said in words. */
const refused = (decision: Decision, zone: string): string =>
  decision.outcome === 'no-date' ? plainly(decision.values?.reason ?? '') : decided(decision, zone)

const notable = ({ rule, outcome }: Decision) =>
  passedBy.has(outcome) || (outgoing.has(rule) && outcome === 'refused')

function waiting(step: Step | undefined, until: string): string {
  if (step?.verb === 'await') return `waits for ${step.event}, until ${until} at the latest`
  return `waits until ${until}`
}

function decided({ rule, outcome, step, values = {} }: Decision, zone: string): string {
  const shown = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      instants.has(name) && typeof value === 'number' ? formatLocal(value, zone) : value,
    ]),
  )
  return `${rule}${step === undefined ? '' : ` at ${step}`} → ${outcome}${facts(shown, LONGEST_REASON)}`
}

/** `  score 1, ticketId T-1` */
export function facts(values: JsonObject, longest = 60): string {
  const words = Object.entries(values).map(([name, value]) => `${name} ${short(value, longest)}`)
  return words.length === 0 ? '' : `  ${words.join(', ')}`
}

const plainly = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function short(value: Json, longest: number): string {
  const text = plainly(value)
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}
