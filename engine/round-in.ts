/**
 * Which round of a `repeat` a journey is in, once another version has taken it over. A round that was begun stays begun:
 * its number names what is done in it, and the same name must not be given twice.
 */
import { stepsOfRound } from './arms.ts'
import type { Enrollment, Round } from './journey.ts'
import type { Instant } from './model.ts'
import type { Program, RepeatStep, StepId } from './program.ts'

const repeatsOf = (program: Program): RepeatStep[] =>
  Object.values(program.steps).flatMap((step) => (step.verb === 'repeat' ? [step] : []))

/** @param at where the journey stands in the new version */
export function roundIn(
  { round }: Enrollment,
  from: Program,
  to: Program,
  at: StepId | null,
  now: Instant,
): Round | undefined {
  const repeats = repeatsOf(to)
  const around = repeats.find((repeat) => at !== null && stepsOfRound(to, repeat).has(at))
  // Put into the middle of a round, it is in the first.
  const first = around && { step: around.id, index: 1, at: now }
  if (!round) return first
  const before = repeatsOf(from).find(({ id }) => id === round.step)
  const steps = before ? stepsOfRound(from, before) : new Set<StepId>()
  const goesOn = (repeat: RepeatStep) => [...stepsOfRound(to, repeat)].some((id) => steps.has(id))
  const same =
    repeats.find(({ id }) => id === at) ??
    around ??
    repeats.find(({ id }) => id === round.step) ??
    repeats.find(goesOn)
  if (!same) return round
  return same.id === round.step || same.id === at || goesOn(same) ? { ...round, step: same.id } : first
}
