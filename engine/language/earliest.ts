/** How soon, at the earliest, a journey comes from one step to the others. */
import { Temporal } from 'temporal-polyfill'
import { armsOf } from '../arms.ts'
import type { CouponStep, Duration, Program, Step, StepId } from '../program.ts'

/** Months and years are not always as long. */
interface Span {
  shortestMs: number
  longestMs: number
  /** As a sentence would say it. */
  words: string
}

const dayMs = 86_400_000

export function spanAsWritten(iso: Duration): Span {
  const span = Temporal.Duration.from(iso)
  const exact = Temporal.Duration.from({ hours: span.hours, minutes: span.minutes, seconds: span.seconds })
  const days = (year: number, month: number) =>
    span.years * year + span.months * month + span.weeks * 7 + span.days
  const ms = exact.total('milliseconds')
  return {
    shortestMs: days(365, 28) * dayMs + ms,
    longestMs: days(366, 31) * dayMs + ms,
    words: words(days(365, 30) * dayMs + ms),
  }
}

const units: [string, number][] = [
  ['day', dayMs],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

function words(ms: number): string {
  const [name, size] = units.find(([, length]) => ms % length === 0) ?? ['minute', 60_000]
  const count = Math.round(ms / size)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

/** What a step itself takes at least, by the way that a journey leaves it. */
function waysOut(step: Step): { to: StepId | null; ms: number }[] {
  switch (step.verb) {
    case 'stop':
      return []
    case 'wait': {
      const ms = step.duration === undefined ? 0 : spanAsWritten(step.duration).shortestMs
      return [step.next, ...armsOf(step).map(({ first }) => first)].map((to) => ({ to, ms }))
    }
    case 'await':
      return [
        { to: step.then, ms: 0 },
        { to: step.else, ms: spanAsWritten(step.for).shortestMs },
      ]
    case 'repeat':
      return [
        { to: step.first, ms: 0 },
        { to: step.next, ms: 0 },
      ]
    default: {
      const arms = armsOf(step)
      return (arms.length > 0 ? arms.map(({ first }) => first) : [step.next]).map((to) => ({ to, ms: 0 }))
    }
  }
}

/** The shortest time from a coupon to every step behind it, where it is not drawn anew on the way. */
export function earliest(
  program: Program,
  from: CouponStep,
): ReadonlyMap<StepId, { ms: number; words: string }> {
  const best = new Map<StepId, number>()
  const open: { id: StepId; ms: number }[] = from.next === null ? [] : [{ id: from.next, ms: 0 }]
  for (let at = open.pop(); at; at = open.pop()) {
    const known = best.get(at.id)
    const step = program.steps[at.id]
    if (!step || (known !== undefined && known <= at.ms)) continue
    best.set(at.id, at.ms)
    if (step.verb === 'coupon' && step.name === from.name) continue
    for (const { to, ms } of waysOut(step)) if (to !== null) open.push({ id: to, ms: at.ms + ms })
  }
  return new Map([...best].map(([id, ms]) => [id, { ms, words: words(ms) }]))
}
