/** A simulated timeline in words, for somebody who wants to know what happened instead. */
import type { Decision } from '../journey.ts'
import type { Instant, JsonObject } from '../model.ts'
import type { TimelineEntry } from '../simulate.ts'
import { formatLocal, localDate } from '../time.ts'

/** The lines of what happened at a moment; where nothing did, of that day; else what came before and after. */
export function around(timeline: TimelineEntry[], at: Instant, zone: string): string {
  const told = timeline.filter((entry) => tell(entry, zone) !== undefined)
  const minute = formatLocal(at, zone)
  const then = told.filter((entry) => formatLocal(entry.at, zone) === minute)
  if (then.length > 0) return `what happened then: ${lines(then, zone)}`
  const day = localDate(at, zone)
  const thatDay = told.filter((entry) => localDate(entry.at, zone) === day)
  if (thatDay.length > 0) return `nothing happened then; that day: ${lines(thatDay, zone, true)}`
  const before = told.findLast((entry) => entry.at < at)
  const after = told.find((entry) => entry.at > at)
  const near = [
    before && `the last thing before was ${lines([before], zone, true)}`,
    after && `the next one ${lines([after], zone, true)}`,
  ].filter((text) => text !== undefined)
  return near.length > 0 ? `nothing happened that day; ${near.join('; ')}` : 'nothing happened at all'
}

/** All that happened, at most the last dozen lines. */
export function whole(timeline: TimelineEntry[], zone: string): string {
  const told = timeline.filter((entry) => tell(entry, zone) !== undefined)
  return told.length > 0 ? `what happened: ${lines(told.slice(-12), zone, true)}` : 'nothing happened at all'
}

function lines(entries: TimelineEntry[], zone: string, dated = false): string {
  return entries
    .map((entry) => `${dated ? `${formatLocal(entry.at, zone)} ` : ''}${tell(entry, zone) ?? ''}`)
    .join('; ')
}

/** One entry in words; undefined for what only repeats another entry. */
function tell(entry: TimelineEntry, zone: string): string | undefined {
  switch (entry.kind) {
    case 'event':
      return `event ${entry.event?.type ?? ''}${facts(entry.event?.data)}`
    case 'entered':
      return 'the journey began'
    case 'not-entered':
      return `no journey began, because of ${entry.decision ? reasonOf(entry.decision) : 'its trigger'}`
    case 'message':
      return `mail ${entry.message?.template ?? ''} "${entry.message?.subject ?? ''}"`
    case 'task':
      return `task ${entry.task?.name ?? ''} "${entry.task?.title ?? ''}"`
    case 'coupon':
      return `coupon ${entry.coupon?.name ?? ''}`
    case 'set':
      return `the profile changed${facts(entry.values)}`
    case 'emitted':
      return `emitted ${entry.event?.type ?? ''}${facts(entry.event?.data)}`
    case 'webhook':
      return `webhook ${entry.webhook?.name ?? ''}${facts(entry.webhook?.data)} answered ${entry.webhook?.answer.status ?? ''}`
    case 'waiting':
      return `waiting at ${entry.step ?? ''} until ${formatLocal(entry.dueAt ?? entry.at, zone)}`
    case 'problem':
      return `problem: ${entry.reason ?? ''}`
    case 'ended':
      return `the journey ended (${entry.reason ?? ''})`
    case 'decision':
      return entry.decision && notable(entry.decision) ? decided(entry.decision) : undefined
  }
}

/** Waits, ends and what was done have lines of their own. */
function notable({ rule, outcome }: Decision): boolean {
  if (rule.startsWith('gate.') || outcome === 'refused') return true
  return (
    ['if', 'choose', 'split', 'repeat'].includes(rule) ||
    outcome === 'not-matched' ||
    ['timed-out', 'skipped', 'past'].includes(outcome) ||
    outcome === 'too-late'
  )
}

function decided(decision: Decision): string {
  return `${decision.step ? `${decision.step}: ` : ''}${reasonOf(decision)}`
}

function reasonOf({ rule, outcome, values }: Decision): string {
  return `${rule} ${outcome}${facts(values)}`
}

function facts(values: JsonObject | undefined): string {
  const pairs = Object.entries(values ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  return pairs.length > 0 ? ` (${pairs.slice(0, 6).join(', ')})` : ''
}
