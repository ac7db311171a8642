/**
 * Which version of a workflow takes over journeys of earlier ones, and onto which step. Kept apart from what carries it
 * out, so that whoever only asks interprets nothing.
 */
import type { Decision, Enrollment } from './journey.ts'
import type { Instant } from './model.ts'
import type { Program, StepId } from './program.ts'

/** What a publish said about the journeys under way in the versions before it. */
export interface Succession {
  /** The version that was published. */
  to: number
  kind: 'move' | 'end'
  /** Old step → step of the new version; a step that is not named is the one with the same id. */
  map?: { [step: StepId]: StepId }
  at: Instant
}

/** What is still to happen to a journey of this version, in order. */
export function pendingFor(successions: readonly Succession[], version: number): Succession[] {
  return successions.filter(({ to }) => to > version).sort((left, right) => left.to - right.to)
}

/** Where somebody who stands on this step of an earlier version stands in the new one; undefined: the step is gone. */
export function stepIn(program: Program, map: Succession['map'], step: StepId): StepId | undefined {
  const target = (map && Object.hasOwn(map, step) ? map[step] : undefined) ?? step
  return Object.hasOwn(program.steps, target) ? target : undefined
}

/** The version that a journey left with this decision; undefined for any other decision. */
export function versionLeft({ rule, values }: Decision): number | undefined {
  return rule === 'version' && typeof values?.fromVersion === 'number' ? values.fromVersion : undefined
}

/** The version that a journey entered with, wherever it has been moved since. */
export function versionAtEntry({ version, log }: Enrollment): number {
  for (const decision of log) {
    const left = versionLeft(decision)
    if (left !== undefined) return left
  }
  return version
}

/** What was out has been settled for a new version's sake, and only that version moves the journey now. */
export function isLeaving({ log }: Enrollment): boolean {
  return log.findLast(({ rule }) => rule === 'version')?.outcome === 'leaving'
}
