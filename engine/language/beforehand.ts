/** What a journey can have at a step: the coupons, answers and events that some way leads by before it. */
import { armsOf, stepsBehind, stepsOfRound } from '../arms.ts'
import type { Program, Step, StepId } from '../program.ts'

interface Source {
  has(at: StepId): boolean
  message: string
  hint: string
}

export interface NotYet {
  message: string
  hint: string
  /** At some of the places it may be there. */
  partly: boolean
}

export type Beforehand = (path: readonly string[], at: readonly StepId[]) => NotYet | undefined

/**
 * Says of a path such as `coupons.offer.code` when no way leads by what it comes from to these steps; undefined where it
 * may be there at all of them, and for what does not depend on the place.
 */
export function beforehand(program: Program): Beforehand {
  const sources = new Map<string, Source | undefined>()
  return (path, at) => {
    const [root = '', name = ''] = path
    const key = root === 'repeat' || root === 'awaited' ? root : `${root}.${name}`
    if (!sources.has(key)) sources.set(key, sourceOf(program, root, name))
    const source = sources.get(key)
    const lacking = source ? at.filter((step) => !source.has(step)) : []
    if (!source || lacking.length === 0) return undefined
    return { message: source.message, hint: source.hint, partly: lacking.length < at.length }
  }
}

function sourceOf(program: Program, root: string, name: string): Source | undefined {
  const steps = Object.values(program.steps)
  if (root === 'repeat') {
    const inside = together(steps, (step) => step.verb === 'repeat' && stepsOfRound(program, step))
    return {
      has: (at) => inside.has(at),
      message: '`repeat` is known to the steps of a `repeat` only',
      hint: 'Move the step into the `repeat`, or remove this.',
    }
  }
  if (root === 'awaited') {
    // Only whom the event has let through knows it.
    const behind = together(
      steps,
      (step) => step.verb === 'await' && stepsBehind(program, step.then ?? step.next),
    )
    return {
      has: (at) => behind.has(at),
      message: steps.some(({ verb }) => verb === 'await')
        ? '`awaited` is the event of an `await`, and none can have come before this'
        : '`awaited` is the event of an `await`, and this workflow has none',
      hint: 'Read it behind the `await`, or below its `then`. What started the journey is `event`.',
    }
  }
  const found = nameable[root]
  const from = found ? steps.filter((step) => found.is(step, name)) : []
  // What no step does at all is told as such.
  if (!found || from.length === 0) return undefined
  const behind = together(from, (step) => behindOf(program, step))
  return { has: (at) => behind.has(at), ...found.said(name) }
}

const nameable: {
  [root: string]: {
    is(step: Step, name: string): boolean
    said(name: string): { message: string; hint: string }
  }
} = {
  coupons: {
    is: (step, name) => step.verb === 'coupon' && step.name === name,
    said: (name) => ({
      message: `\`coupons.${name}\` is not there yet: no way leads by \`coupon: ${name}\` before this`,
      hint: 'Draw the coupon in a step before, on the same way.',
    }),
  },
  webhooks: {
    is: (step, name) => step.verb === 'webhook' && step.name === name,
    said: (name) => ({
      message: `\`webhooks.${name}\` is not there yet: no way leads by \`webhook: ${name}\` before this`,
      hint: 'Call the webhook in a step before, on the same way.',
    }),
  },
  steps: {
    is: (step, name) => step.id === name,
    said: (name) => ({
      message: `\`steps.${name}\` is not there yet: no way leads by that step before this`,
      hint: 'Read what came of a step behind it, on the same way.',
    }),
  },
}

function behindOf(program: Program, step: Step): Set<StepId> {
  if (step.verb === 'stop') return new Set()
  if (step.verb === 'repeat')
    return new Set([...stepsOfRound(program, step), ...stepsBehind(program, step.next)])
  const ways = armsOf(step)
  const first = ways.length === 0 ? [step.next] : ways.map((way) => way.first)
  return new Set(first.flatMap((to) => [...stepsBehind(program, to)]))
}

function together(steps: readonly Step[], of: (step: Step) => Set<StepId> | false): Set<StepId> {
  return new Set(steps.flatMap((step) => [...(of(step) || [])]))
}
