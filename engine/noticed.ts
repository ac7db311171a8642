/** What Premura notices by itself of one customer and one workflow, in virtual time: dates that come up, a profile that changes. */
import { BECAME, becomes } from './becoming.ts'
import { type Coming, nextOccurrences, occurrenceDueAt } from './calendar.ts'
import { dayDueAt, dayReached, daysIn } from './calendar-day.ts'
import type { Decision } from './journey.ts'
import type { CareEvent, Customer, Instant, Profile, Settings } from './model.ts'
import { neverComesUp } from './no-date.ts'
import type { CalendarTrigger, DateTrigger, Program } from './program.ts'
import { zoneOf } from './time.ts'

export type Noticed = Omit<CareEvent, 'customerId'>

/** Two zones are at most 26 hours apart. */
const LOOK_BACK_MS = 48 * 3_600_000

/** When a date of the customer's, or a day of the calendar, comes up in a zone. */
export function comingUp(
  trigger: DateTrigger | CalendarTrigger,
  profile: Profile,
  zone: string,
  afterAt: Instant,
  untilAt: Instant,
): Coming[] {
  if (trigger.kind === 'calendar') return daysIn(trigger, zone, afterAt, untilAt)
  return nextOccurrences(trigger, profile[trigger.attribute], zone, afterAt, untilAt)
}

/** That a profile holds no date where the trigger looks for one; undefined where it holds one, or nothing, or what it held before. */
export function withoutDate(
  { trigger }: Program,
  [before, profile]: [Profile | undefined, Profile],
  now: Instant,
): Decision | undefined {
  const value = trigger.kind === 'date' ? profile[trigger.attribute] : undefined
  if (trigger.kind !== 'date' || value === undefined || value === null) return undefined
  if (before && JSON.stringify(before[trigger.attribute]) === JSON.stringify(value)) return undefined
  const reason = neverComesUp(trigger, value)
  const values = { [trigger.attribute]: value, ...(reason !== undefined && { reason }) }
  return reason === undefined ? undefined : { at: now, rule: 'trigger.date', outcome: 'no-date', values }
}

function dueAtOf(
  trigger: DateTrigger | CalendarTrigger,
  occurrence: string,
  zone: string,
): Instant | undefined {
  return trigger.kind === 'calendar'
    ? dayDueAt(trigger, occurrence, zone)
    : occurrenceDueAt(trigger, occurrence, zone)
}

export class Watch {
  readonly #program: Program
  readonly #settings: Settings
  readonly #horizonAt: Instant
  /** Dates that were due up to here have come up. */
  #untilAt: Instant
  #known: { of: string; coming: Coming[] } | undefined
  #changes = 0

  constructor(program: Program, settings: Settings, startAt: Instant, horizonAt: Instant) {
    this.#program = program
    this.#settings = settings
    this.#untilAt = startAt - 1
    this.#horizonAt = horizonAt
  }

  /** The date that comes up next, as things are. */
  next(customer: Customer): { at: Instant; event: Noticed } | undefined {
    const { trigger } = this.#program
    if (trigger.kind !== 'date' && trigger.kind !== 'calendar') return undefined
    const value = trigger.kind === 'date' ? customer.profile[trigger.attribute] : undefined
    const zone = zoneOf(customer, this.#settings)
    const of = JSON.stringify([value ?? null, zone])
    if (this.#known?.of !== of)
      this.#known = { of, coming: comingUp(trigger, customer.profile, zone, this.#untilAt, this.#horizonAt) }
    const next = this.#known.coming.find(({ dueAt }) => dueAt > this.#untilAt)
    return next && { at: next.dueAt, event: this.#reached(customer, next) }
  }

  /** A moment has come: what was due up to it has been handed out. */
  passed(at: Instant): void {
    this.#untilAt = Math.max(this.#untilAt, at)
  }

  /**
   * The profile has changed. A date that becomes known after it has come up waits for the next time; one that a move to
   * another zone has left behind comes now.
   */
  changed(before: Customer, after: Customer, now: Instant): Noticed[] {
    const { trigger, workflow } = this.#program
    const knownUntilAt = this.#untilAt
    this.passed(now)
    if (becomes(trigger, before.profile, after.profile))
      return [{ id: `becomes:${workflow}:${++this.#changes}`, type: BECAME, at: now, data: {} }]
    const [from, to] = [zoneOf(before, this.#settings), zoneOf(after, this.#settings)]
    if (from === to || (trigger.kind !== 'date' && trigger.kind !== 'calendar')) return []
    const { attribute } = { attribute: '', ...trigger }
    if (after.profile[attribute] !== before.profile[attribute]) return []
    return comingUp(trigger, after.profile, to, now - LOOK_BACK_MS, now).flatMap((coming) => {
      const wasDueAt = dueAtOf(trigger, coming.occurrence, from) ?? coming.dueAt
      const leftBehind = wasDueAt > coming.dueAt && wasDueAt > knownUntilAt
      return leftBehind ? [this.#reached(after, { ...coming, dueAt: now })] : []
    })
  }

  #reached({ profile }: Customer, { dueAt, occurrence }: Coming): Noticed {
    const { trigger, workflow } = this.#program
    if (trigger.kind === 'calendar') return dayReached(workflow, profile.id, { dueAt, occurrence })
    const attribute = trigger.kind === 'date' ? trigger.attribute : ''
    const data = { attribute, date: profile[attribute] ?? null, occurrence }
    return { id: `date:${workflow}:${occurrence}`, type: 'date.reached', at: dueAt, data }
  }
}
