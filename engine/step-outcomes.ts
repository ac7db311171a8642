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
  const outcomes = new Map<string, string>()
  for (const { step, outcome } of enrollment.log) {
    if (step === undefined || PENDING.has(outcome)) continue
    const before = WEIGHT[outcomes.get(step) ?? ''] ?? 0
    if ((WEIGHT[outcome] ?? Number.POSITIVE_INFINITY) >= before) outcomes.set(step, outcome)
  }
  return Object.fromEntries([...outcomes].map(([step, outcome]) => [step, { outcome }]))
}

/** Whether a decision says that a message went out, or may have. Reports about it change its outcome in place. */
export function wentOut({ rule, outcome }: Decision): boolean {
  return rule === 'send' && WEIGHT[outcome] !== undefined
}
