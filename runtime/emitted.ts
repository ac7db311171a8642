/** The event that a step emits is found by its id, which follows from the journey and the step. */
import type { Enrollment } from '../engine/journey.ts'
import { emittedId } from '../engine/occasion.ts'
import type { StepId } from '../engine/program.ts'
import { digest } from './ingest.ts'

/** As the ids of events from outside are. */
const PLAIN_ID = /^[\x21-\x7e]{1,128}$/

/** A second try makes the same event, which is then seen through as a repeat. */
export function idOfEmitted(
  about: Pick<Enrollment, 'workflow' | 'key' | 'run' | 'round'>,
  step: StepId,
): string {
  const name = emittedId(about, step)
  return PLAIN_ID.test(name) ? name : `emit:${digest(name)}`
}
