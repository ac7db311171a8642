/**
 * An effect that was put off (quiet hours, a provider that is busy, a pause, a doubt) rests on what was true before: the
 * date that was waited for, and the conditions behind it. What the journey is about may have changed meanwhile.
 */
import type { Enrollment } from '../journey.ts'
import type { Instant } from '../model.ts'
import type { Step, StepId } from '../program.ts'
import { type Course, stepAt } from './course.ts'
import type { Outcome } from './outcome.ts'
import { movedAway } from './waits.ts'

/** Where a journey began to go through steps that only wait for a date or decide. Going through them again repeats nothing. */
export type Since = NonNullable<Enrollment['since']>

/** Where the way without an effect begins, for a journey that has just been through a step. */
export function sinceAfter(step: Step, outcome: Outcome, before: Since, now: Instant): Since | undefined {
  const onward = outcome.kind === 'go' ? outcome.next : null
  switch (step.verb) {
    case 'if':
    case 'choose':
    case 'split':
      return before
    case 'wait':
      // Left out is what stood below it: what follows was not promised for that date.
      if (step.until && outcome.said?.outcome !== 'skipped') return { step: step.id, at: now }
      break
    default:
  }
  return onward === null ? undefined : { step: onward, at: now }
}

/** From where a journey that stands before an effect has to decide anew; undefined: what was decided stands. */
export function toDecideAnew(course: Course): { from: StepId; woken: boolean; since: Since } | undefined {
  const { enrollment, program, context } = course
  const { since, step } = enrollment
  const origin = since && stepAt(program, since.step)
  if (!origin) return undefined
  const anew = { step: origin.id, at: context.now }
  const waits = origin.verb === 'wait' && origin.until !== undefined
  if (waits && movedAway(origin, course, since.at)) return { from: origin.id, woken: true, since: anew }
  const from = waits ? origin.next : origin.id
  if (from === null || from === step || !hasFollowed(enrollment, since.at)) return undefined
  return { from, woken: false, since: anew }
}

/** What the journey is about has changed since then. */
const hasFollowed = ({ log }: Enrollment, since: Instant): boolean =>
  log.some(({ rule, outcome, at }) => rule === 'follow' && outcome === 'followed' && at >= since)
