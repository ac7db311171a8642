/** What a verb is asked with, and what it answers. */
import type { Context, EffectCommand, Enrollment, Round } from '../journey.ts'
import type { Instant, JsonObject } from '../model.ts'
import type { Program, StepId } from '../program.ts'

/** A journey at a step, and what it may look at. */
export interface Moment {
  program: Program
  context: Context
  enrollment: Enrollment
}

export interface Said {
  rule: string
  outcome: string
  values?: JsonObject
}

/** What a step asks for: go on, hand out an effect, stay until a time, or end. */
export type Outcome = {
  said?: Said
} /** `round`: the one that begins here; null: the last one is over. */ & (
  | { kind: 'go'; next: StepId | null; round?: Round | null }
  | { kind: 'claim'; command: EffectCommand }
  | { kind: 'stay'; phase: 'waiting' | 'awaiting'; dueAt: Instant }
  | { kind: 'end'; reason: string }
)
