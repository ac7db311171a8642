/** What came of each step of a journey, read from its log: `steps.ID.outcome`. */
import type { Decision, Enrollment } from './journey.ts'
import type { JsonObject } from './model.ts'

/** Reports about a mail overtake each other; the one that says most about its reader counts. */
const WEIGHT: { [outcome: string]: number } = {
  'in-doubt': 0,
  sent: 1,
  delivered: 2,
  opened: 3,
  clicked: 4,
  rated: 5,
  bounced: 6,
  complained: 7,
}

/** Says what a step is about to do, or why it does it later: no outcome yet. */
const PENDING = new Set([
  'postponed',
  'moved',
  'held',
  'waiting',
  'unknown',
  'ask',
  'resend',
  'not-matched',
  'too-late',
])

export function outcomesByStep(enrollment: Enrollment): JsonObject {
  const latest = new Map<string, Decision>()
  for (const decision of enrollment.log) {
    const { step, outcome } = decision
    if (step === undefined || PENDING.has(outcome)) continue
    const before = latest.get(step)
    const known = before && roundOf(before) === roundOf(decision) ? (WEIGHT[before.outcome] ?? 0) : 0
    if ((WEIGHT[outcome] ?? Number.POSITIVE_INFINITY) >= known) latest.set(step, decision)
  }
  return Object.fromEntries([...latest].map(([step, { outcome }]) => [step, { outcome }]))
}

const roundOf = ({ values }: Decision) => values?.round ?? 1

/** Whether a decision says that a message went out, or may have. Reports about it change its outcome in place. */
export function wentOut({ rule, outcome }: Decision): boolean {
  return rule === 'send' && WEIGHT[outcome] !== undefined
}
