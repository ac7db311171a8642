/** A journey on its way through one call of the interpreter. */
import { stepsOfRound } from '../arms.ts'
import { asItIsNow, type Followed, marksOf } from '../follow.ts'
import { shortMark } from '../hash.ts'
import type { Advance, Command, Context, Decision, Enrollment, Round } from '../journey.ts'
import type { CareEvent } from '../model.ts'
import type { Program, Step, StepId } from '../program.ts'
import { markOf } from '../variables.ts'
import { append, decision, forgetRound } from './journal.ts'
import type { Said } from './outcome.ts'

/** Every method answers a new one. */
export class Course {
  readonly program: Program
  readonly context: Context
  readonly enrollment: Enrollment
  readonly decisions: Decision[]

  constructor(program: Program, context: Context, enrollment: Enrollment, decisions: Decision[] = []) {
    this.program = program
    this.context = context
    this.enrollment = enrollment
    this.decisions = decisions
  }

  get step(): Step | undefined {
    return stepAt(this.program, this.enrollment.step)
  }

  with(changes: Partial<Enrollment>): Course {
    return this.#next({ ...this.enrollment, ...changes })
  }

  without(...fields: ('claim' | 'dueAt' | 'attempts' | 'round' | 'since')[]): Course {
    const enrollment = { ...this.enrollment }
    for (const field of fields) delete enrollment[field]
    return this.#next(enrollment)
  }

  say(said: Said | undefined, step?: StepId | null): Course {
    if (!said) return this
    const made = decision({ at: this.context.now, ...(step ? { step } : {}), ...this.#inRound(said, step) })
    const enrollment = { ...this.enrollment, log: append(this.enrollment.log, made) }
    return new Course(this.program, this.context, enrollment, [...this.decisions, made])
  }

  /** Says which round of a `repeat` a decision belongs to, from the second on. */
  #inRound(said: Said, step: StepId | null | undefined): Said {
    const { round } = this.enrollment
    if (!step || !round || round.index === 1 || round.step === step) return said
    return { ...said, values: { round: round.index, ...said.values } }
  }

  /** The next round of a `repeat`, or the end of the last. */
  turn(round: Round | null): Course {
    if (round === null) return this.without('round')
    const repeat = stepAt(this.program, round.step)
    const steps = repeat?.verb === 'repeat' ? stepsOfRound(this.program, repeat) : new Set<StepId>()
    return this.with({ round, log: forgetRound(this.enrollment.log, steps, this.context.now) })
  }

  /** From here on `awaited` is this event, with all of its data. */
  letThrough(event: CareEvent): Course {
    const { awaited: before, awaitedBefore = [] } = this.enrollment
    const enrollment: Enrollment = {
      ...this.enrollment,
      awaited: markOf(event),
      ...(before && { awaitedBefore: [...awaitedBefore, shortMark(before.id)] }),
    }
    return new Course(this.program, { ...this.context, awaited: event }, enrollment, this.decisions)
  }

  /** From here on the thing that the journey is about is what these events say. */
  follow(followed: Followed): Course {
    const enrollment = { ...this.enrollment, followed: marksOf(followed) }
    const context = { ...this.context, event: asItIsNow(followed), followed }
    return new Course(this.program, context, enrollment, this.decisions)
  }

  done(...commands: Command[]): Advance {
    return { enrollment: this.enrollment, commands, decisions: this.decisions }
  }

  #next(enrollment: Enrollment): Course {
    return new Course(this.program, this.context, enrollment, this.decisions)
  }
}

export function stepAt(program: Program, id: StepId | null): Step | undefined {
  return id !== null && Object.hasOwn(program.steps, id) ? program.steps[id] : undefined
}
