/** How decisions enter a journey's log. */
import { compact } from '../decision-values.ts'
import type { Decision } from '../journey.ts'
import type { Instant } from '../model.ts'

/** Outcomes of which the latest says it all: a journey that is held back for a week keeps one line and not hundreds. */
const REPEATING = new Set([
  'postponed',
  'held',
  'moved',
  'not-matched',
  'too-late',
  'followed',
  'unchanged',
  'date-moved',
  'asked-again',
])

/** A decision as the log keeps it. */
export function decision(made: Decision): Decision {
  const { values, ...rest } = made
  const kept = values && compact(values)
  return kept && Object.keys(kept).length > 0 ? { ...rest, values: kept } : rest
}

export function append(log: Decision[], made: Decision): Decision[] {
  // Of a `repeat` it is enough to know which round it is in, once that moment is over.
  const latest = made.rule === 'repeat'
  const repeats = (earlier: Decision) =>
    earlier.step === made.step &&
    earlier.rule === made.rule &&
    (latest ? earlier.at < made.at : earlier.outcome === made.outcome)
  const kept = latest || REPEATING.has(made.outcome) ? log.filter((earlier) => !repeats(earlier)) : log
  return [...kept, made]
}

/** What only says how a round went on its way. What it did to the world is never forgotten. */
const PASSING = new Set(['if', 'choose', 'wait', 'await', 'retry', 'in-doubt', 'paused', 'put-off'])

/** A new round begins: of those before, the log keeps what they did. */
export function forgetRound(log: Decision[], steps: ReadonlySet<string>, now: Instant): Decision[] {
  return log.filter(
    ({ rule, step, at }) => step === undefined || at >= now || !PASSING.has(rule) || !steps.has(step),
  )
}
