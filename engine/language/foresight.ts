/** What can be told beforehand to go otherwise than it was meant: warnings about a program that is right as such. */
import { stepsBehind } from '../arms.ts'
import { pathsRead } from '../condition.ts'
import type { Settings } from '../model.ts'
import type { CouponStep, Program, SendStep, Step, StepId } from '../program.ts'
import { carries, type Template } from '../text/template.ts'
import { neverAsked, withoutConsent } from './consent-foresight.ts'
import { constant, contradiction, partsOf } from './expression/never.ts'
import type { Flaw, Path } from './flaw.ts'
import { earliest, spanAsWritten } from './earliest.ts'
import { expressionsOf } from './references.ts'

type Paths = ReadonlyMap<StepId, Path>

/** Everything that is noticed about a program with its mails. */
export function foreseen(
  program: Program,
  pathOf: Paths,
  settings: Settings,
  templates: readonly Template[],
  events: readonly string[] | undefined,
): Flaw[] {
  return [
    ...decidedBefore(program, pathOf),
    ...withoutConsent(program, pathOf, settings),
    ...neverAsked(program, pathOf, settings, events),
    ...expiredCoupons(program, pathOf, templates),
    ...hiddenCoupons(program, pathOf, templates),
    ...idleEnds(program, pathOf),
  ].map((flaw) => ({ ...flaw, severity: 'warning' as const }))
}

/** Conditions that ask nothing, or for what cannot be. */
function decidedBefore(program: Program, pathOf: Paths): Flaw[] {
  const { trigger } = program
  // What the event said stays as it was for the whole journey, unless the journey follows what it is about.
  const changes = program.enroll.follow !== undefined
  const known =
    trigger.when === undefined || trigger.kind !== 'event' || changes ? [] : eventParts(trigger.when)
  return expressionsOf(program, pathOf).flatMap(({ text, path }): Flaw[] => {
    const key = path.findLast((part) => typeof part === 'string')
    if (key !== 'if' && key !== 'when' && key !== 'audience' && key !== 'becomes') return []
    const always = constant(text)
    // Of a branch that always holds it is told what stands below it.
    if (always === true && path.includes('choose')) return []
    if (always !== undefined)
      return [
        {
          path,
          message: `This condition looks at nothing and ${always ? 'always' : 'never'} holds`,
          hint: 'Compare something: customer.tier == "gold". Or remove it.',
        },
      ]
    const own = contradiction([text])
    if (own !== undefined)
      return [
        {
          path,
          message: `This can never hold: \`${own}\` would have to be two things at once`,
          hint: 'Write `||` where one of them is enough.',
        },
      ]
    const inSteps = path[0] === 'steps' && (key === 'if' || path.includes('choose'))
    const earlier = inSteps ? contradiction([...known, ...eventParts(text)]) : undefined
    if (earlier === undefined) return []
    return [
      {
        path,
        message: `This can never hold: the trigger lets nobody in whose \`${earlier}\` is like this`,
        hint: 'Change the `when` of the trigger, or remove this way.',
      },
    ]
  })
}

const eventParts = (text: string): string[] =>
  partsOf(text).filter((part) => pathsRead(part).every((path) => path.startsWith('event.')))

const sendsOf = (program: Program): SendStep[] =>
  Object.values(program.steps).flatMap((step) => (step.verb === 'send' ? [step] : []))

const couponsOf = (program: Program): CouponStep[] =>
  Object.values(program.steps).flatMap((step) => (step.verb === 'coupon' ? [step] : []))

const shows = (variables: readonly string[], coupon: string): boolean =>
  variables.some((path) => path === `coupons.${coupon}` || path.startsWith(`coupons.${coupon}.`))

/** Coupons that are over by the time that the mail which shows them can go out. */
function expiredCoupons(program: Program, pathOf: Paths, templates: readonly Template[]): Flaw[] {
  return couponsOf(program).flatMap((coupon) => {
    const { expires } = coupon
    if (expires === undefined) return []
    const from = earliest(program, coupon)
    return sendsOf(program).flatMap((step): Flaw[] => {
      const after = from.get(step.id)
      const reads = templates.some(
        (template) => carries(step, template) && shows(template.variables, coupon.name),
      )
      if (after === undefined || !reads || after.ms < spanAsWritten(expires).longestMs) return []
      return [
        {
          path: [...(pathOf.get(step.id) ?? []), step.survey ? 'survey' : 'send'],
          message: `The coupon \`${coupon.name}\` has expired when this mail goes out`,
          hint: `It is valid for ${spanAsWritten(expires).words}, and the steps between take ${after.words} at least: draw it later, or let it be valid for longer.`,
        },
      ]
    })
  })
}

/** Coupons that are drawn for nobody to see. */
function hiddenCoupons(program: Program, pathOf: Paths, templates: readonly Template[]): Flaw[] {
  const read = [
    ...templates.flatMap(({ variables }) => variables),
    ...expressionsOf(program, pathOf).flatMap(({ text }) => pathsRead(text)),
  ]
  const titles = Object.values(program.steps).flatMap((step) => (step.verb === 'task' ? [step.title] : []))
  return couponsOf(program).flatMap((step): Flaw[] => {
    const whole = read.includes('coupons') || titles.some((title) => title.includes(`coupons.${step.name}`))
    if (whole || shows(read, step.name)) return []
    return [
      {
        path: [...(pathOf.get(step.id) ?? []), 'coupon'],
        message: `Nothing shows the coupon \`${step.name}\``,
        hint: `Write {{ coupons.${step.name}.code }} into a mail that is sent behind it.`,
      },
    ]
  })
}

/** The last thing that happens is that nothing happens. */
function idleEnds(program: Program, pathOf: Paths): Flaw[] {
  const reached = stepsBehind(program, program.first)
  return Object.values(program.steps).flatMap((step): Flaw[] => {
    if (!endsIdle(step) || !reached.has(step.id)) return []
    const path = [...(pathOf.get(step.id) ?? []), step.verb]
    if (step.verb === 'wait')
      return [
        {
          path,
          part: 'key',
          message: 'Nothing follows this wait',
          hint: 'Remove it. How long somebody stays away from entering again is said by `enroll: { again: after … }`.',
        },
      ]
    return [
      {
        path,
        part: 'key',
        message: 'Nothing depends on whether this event comes',
        hint: 'Put steps below `then` or `else`, or remove it. For counting successes there is `goal`.',
      },
    ]
  })
}

const endsIdle = (step: Step): boolean =>
  (step.verb === 'wait' && step.next === null) ||
  (step.verb === 'await' && step.next === null && step.then === null && step.else === null)
