/** How decisions enter a journey's log. */
import { compact } from '../decision-values.ts'
import type { Decision } from '../journey.ts'

/** Outcomes of which the latest says it all: a journey that is held back for a week keeps one line and not hundreds. */
const REPEATING = new Set(['postponed', 'held', 'moved', 'not-matched', 'too-late'])

/** A decision as the log keeps it. */
export function decision(made: Decision): Decision {
  const { values, ...rest } = made
  const kept = values && compact(values)
  return kept && Object.keys(kept).length > 0 ? { ...rest, values: kept } : rest
}

export function append(log: Decision[], made: Decision): Decision[] {
  const repeats = (earlier: Decision) =>
    earlier.step === made.step && earlier.rule === made.rule && earlier.outcome === made.outcome
  return [...(REPEATING.has(made.outcome) ? log.filter((earlier) => !repeats(earlier)) : log), made]
}
