/** What each verb means: one entry a verb. A verb without an entry does not compile. */
import { evaluateValue } from '../condition.ts'
import { passGates } from '../gates.ts'
import type { EffectCommand } from '../journey.ts'
import { renderLine } from '../mail/render.ts'
import type { Json, JsonObject } from '../model.ts'
import { isOvergrown, mergeProfile } from '../profile.ts'
import type { CouponStep, SendStep, SetStep, Step, StopStep, TaskStep } from '../program.ts'
import { addDuration, zoneOf } from '../time.ts'
import { variablesFor } from '../variables.ts'
import { branch, choose, repeat, split } from './branches.ts'
import type { Moment, Outcome, Said } from './outcome.ts'
import { emit, webhook } from './outgoing.ts'
import { awaitEvent, timedOut, wait, waited } from './waits.ts'

interface Behavior<S extends Step> {
  /** The journey arrives, or comes back after a backoff, quiet hours or a pause. */
  enter(step: S, moment: Moment): Outcome
  /** The time that the step set has come. Left out: the step is entered again. */
  woken?(step: S, moment: Moment): Outcome
  /** There for steps that touch the world. */
  effect?: {
    /** What the log calls it once it happened. */
    done: string
    /** What to do when nobody knows whether it happened; `repeat`: doing it twice is doing it once. */
    inDoubt(step: S): 'drop' | 'resend' | 'ask' | 'repeat'
  }
}

type Verb = Step['verb']
type StepOf = { [V in Verb]: Extract<Step, { verb: V }> }

const repeatable = { inDoubt: () => 'repeat' as const }

const behaviors = {
  send: { enter: send, effect: { done: 'sent', inDoubt: (step: SendStep) => step.inDoubt } },
  wait: { enter: wait, woken: waited },
  await: { enter: awaitEvent, woken: timedOut },
  if: { enter: branch },
  choose: { enter: choose },
  split: { enter: split },
  repeat: { enter: repeat },
  set: { enter: set, effect: { done: 'changed', ...repeatable } },
  task: { enter: task, effect: { done: 'created', ...repeatable } },
  coupon: { enter: coupon, effect: { done: 'issued', ...repeatable } },
  emit: { enter: emit, effect: { done: 'emitted', ...repeatable } },
  webhook: { enter: webhook, effect: { done: 'answered', ...repeatable } },
  stop: {
    enter: ({ reason }: StopStep) => ({ kind: 'end', reason, said: { rule: 'stop', outcome: reason } }),
  },
} satisfies { [V in Verb]: Behavior<StepOf[V]> }

// The table seen by verb, so that a step of any kind finds its own entry.
const byVerb: { [V in Verb]: Behavior<StepOf[V]> } = behaviors

export function enterStep(step: Step, moment: Moment): Outcome {
  return enterVerb(step.verb, step, moment)
}

export function wakeStep(step: Step, moment: Moment): Outcome {
  return wakeVerb(step.verb, step, moment)
}

/** What is known of a step's effect; undefined for steps that only decide or wait. */
export function effectOf(
  step: Step,
): { done: string; inDoubt: 'drop' | 'resend' | 'ask' | 'repeat' } | undefined {
  return effectVerb(step.verb, step)
}

function enterVerb<V extends Verb>(verb: V, step: StepOf[V], moment: Moment): Outcome {
  return byVerb[verb].enter(step, moment)
}

function wakeVerb<V extends Verb>(verb: V, step: StepOf[V], moment: Moment): Outcome {
  const behavior = byVerb[verb]
  return behavior.woken ? behavior.woken(step, moment) : behavior.enter(step, moment)
}

function effectVerb<V extends Verb>(verb: V, step: StepOf[V]) {
  const { effect } = byVerb[verb]
  return effect && { done: effect.done, inDoubt: effect.inDoubt(step) }
}

function send(step: SendStep, moment: Moment): Outcome {
  const passage = passGates({ step, ...moment })
  if (passage.verdict === 'refuse') {
    return {
      kind: 'go',
      next: step.next,
      said: { rule: passage.rule, outcome: 'refused', values: passage.values },
    }
  }
  if (passage.verdict === 'move') {
    const said = { rule: passage.rule, outcome: 'moved', values: passage.values }
    return { kind: 'stay', phase: 'waiting', dueAt: passage.untilAt, said }
  }
  const { from, replyTo, survey } = step
  const command: EffectCommand = {
    kind: 'send',
    step: step.id,
    template: step.template,
    channel: step.channel,
    topic: passage.topic,
    to: passage.to,
    ...(from !== undefined && { from }),
    ...(replyTo !== undefined && { replyTo }),
    ...(survey !== undefined && { survey }),
  }
  return { kind: 'claim', command }
}

function set(step: SetStep, { program, context, enrollment }: Moment): Outcome {
  const variables = variablesFor(context, program, enrollment)
  const values: { [attribute: string]: Json } = {}
  for (const [attribute, expression] of Object.entries(step.values)) {
    const value = evaluateValue(expression, variables)
    // A value that cannot be had leaves the attribute as it is; only an explicit null removes it.
    if (value !== undefined) values[attribute] = value
  }
  if (Object.keys(values).length === 0) {
    return { kind: 'go', next: step.next, said: { rule: 'set', outcome: 'nothing' } }
  }
  if (isOvergrown(mergeProfile(context.customer.profile, values)))
    return {
      kind: 'go',
      next: step.next,
      said: { rule: 'set', outcome: 'refused', values: { reason: 'too-large' } },
    }
  return { kind: 'claim', command: { kind: 'set', step: step.id, values } }
}

function task(step: TaskStep, { program, context, enrollment }: Moment): Outcome {
  const zone = zoneOf(context.customer, context.settings)
  const due = step.due === undefined ? {} : { dueAt: addDuration(context.now, step.due, zone) }
  const title = titleOf(step, variablesFor(context, program, enrollment))
  return {
    kind: 'claim',
    command: { kind: 'task', step: step.id, name: step.name, queue: step.queue, title, ...due },
  }
}

/** A title with a hole must not cost the customer the person who was to look after them. */
function titleOf(step: TaskStep, variables: JsonObject): string {
  try {
    return renderLine(step.title, variables).trim() || step.name
  } catch {
    return step.name
  }
}

function coupon(step: CouponStep, { context }: Moment): Outcome {
  const zone = zoneOf(context.customer, context.settings)
  const expires =
    step.expires === undefined ? {} : { expiresAt: addDuration(context.now, step.expires, zone) }
  return {
    kind: 'claim',
    command: { kind: 'coupon', step: step.id, name: step.name, source: step.source, ...expires },
  }
}

/** What is recorded of an effect that happened. */
export function doneBy(step: Step): Said {
  return { rule: step.verb, outcome: effectOf(step)?.done ?? 'done' }
}

/** A person said so. */
export function toldBy(said: Said, by: string | undefined): Said {
  return by === undefined ? said : { ...said, values: { ...said.values, by } }
}

/** Left behind without knowing whether it happened. */
export function unsettled(step: Step): Said {
  return { rule: step.verb, outcome: 'in-doubt' }
}
