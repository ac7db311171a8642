/** The date that a `wait` waits for: read from where it stands, and turned into a moment of the customer's. */
import { occurrenceDueAt } from './calendar.ts'
import { evaluateValue } from './condition.ts'
import { dayOf, isoOf, parseHeld } from './held-date.ts'
import type { Instant, Json, JsonObject } from './model.ts'
import type { WaitStep } from './program.ts'
import { localDate } from './time.ts'

export interface Appointment {
  dueAt: Instant
  /** It has a time of its own, so that it is over when that is; a mere day is over at midnight. */
  timed: boolean
}

/** What stands where the date should be; undefined for nothing, and for a wait for a mere length of time. */
export function dateOfWait({ until }: WaitStep, variables: JsonObject): Json | undefined {
  if (!until) return undefined
  return 'date' in until ? until.date : evaluateValue(until.value, variables)
}

/**
 * When a value comes up for a step that began to wait at `fromAt`. A date without its year is the first from that day on.
 * @returns undefined for what is no date.
 */
export function appointment(
  step: WaitStep,
  value: Json | undefined,
  zone: string,
  fromAt: Instant,
): Appointment | undefined {
  const held = parseHeld(value)
  if (!held || typeof value !== 'string') return undefined
  const timed = step.at === undefined && ('local' in held || 'instant' in held)
  const { year, month, day } = dayOf(held, zone)
  if (year !== undefined) {
    const dueAt = dueOn(step, value.trim(), zone)
    return dueAt === undefined ? undefined : { dueAt, timed }
  }
  const first = Number(localDate(fromAt, zone).slice(0, 4)) - 1
  for (let each = first; each <= first + 3; each++) {
    const leapless = month === 2 && day === 29 && (each % 4 !== 0 || (each % 100 === 0 && each % 400 !== 0))
    const dueAt = dueOn(step, isoOf({ year: each, month, day: leapless ? 28 : day }), zone)
    if (dueAt !== undefined && !isOver({ dueAt, timed }, fromAt, zone)) return { dueAt, timed }
  }
  return undefined
}

/** Whether it has gone by, for somebody who comes to it now. */
export function isOver({ dueAt, timed }: Appointment, now: Instant, zone: string): boolean {
  return timed ? dueAt < now : localDate(dueAt, zone) < localDate(now, zone)
}

function dueOn({ at, offset }: WaitStep, day: string, zone: string): Instant | undefined {
  const rule = {
    kind: 'date',
    attribute: '',
    every: 'once',
    leapDay: 'feb-28',
    past: 'now',
    ...(at === undefined ? {} : { at }),
    ...(offset === undefined ? {} : { offset }),
  } as const
  return occurrenceDueAt(rule, day, zone)
}
