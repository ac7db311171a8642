/** The message that a journey is about to send: what lower priorities keep room for, where a cap is tight. */
import type { Enrollment } from './journey.ts'
import type { Instant } from './model.ts'
import type { Program, Step } from './program.ts'

export interface ComingSend {
  topic: string
  at: Instant
  priority: number
}

/** Steps that are done in a moment and choose nothing. */
const PASSED: ReadonlySet<Step['verb']> = new Set(['wait', 'set', 'task', 'coupon', 'emit', 'webhook'])

/**
 * Undefined where the journey does not wait for a time, or where more than time decides whether it sends: it awaits an
 * event, asks a condition, or waits twice.
 */
export function comingSend(program: Program, { phase, step, dueAt }: Enrollment): ComingSend | undefined {
  if (phase !== 'waiting' || dueAt === undefined) return undefined
  let at = step
  // A tree visits no step twice.
  for (let visited = Object.keys(program.steps).length; at !== null && visited > 0; visited--) {
    const here: Step | undefined = program.steps[at]
    if (!here) return undefined
    if (here.verb === 'send')
      return { topic: here.topic ?? program.topic, at: dueAt, priority: program.priority ?? 0 }
    if (!PASSED.has(here.verb) || (here.verb === 'wait' && here.id !== step)) return undefined
    at = here.next
  }
  return undefined
}
