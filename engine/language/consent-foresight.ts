/** Messages on consent that reach nobody: sent to people who have just been found without it, or whom nobody asks. */
import { stepsBehind } from '../arms.ts'
import { evaluateCondition, pathsRead } from '../condition.ts'
import { GIVEN, REQUESTED } from '../consent.ts'
import type { Settings } from '../model.ts'
import type { Program, SendStep, Step, StepId } from '../program.ts'
import { alternativesOf, partsOf } from './expression/never.ts'
import type { Flaw, Path } from './flaw.ts'

type Paths = ReadonlyMap<StepId, Path>

const sendsOf = (program: Program): SendStep[] =>
  Object.values(program.steps).flatMap((step) => (step.verb === 'send' ? [step] : []))

/** Where the topic of a message is said. */
function placeOf(step: SendStep, pathOf: Paths): Path {
  const at = pathOf.get(step.id) ?? []
  return step.topic === undefined ? [...at, step.survey ? 'survey' : 'send'] : [...at, 'topic']
}

const serviceInstead = 'or send it under a topic with `basis: service`.'

/** Mails on consent to people who have just been chosen because they gave none. */
export function withoutConsent(program: Program, pathOf: Paths, settings: Settings): Flaw[] {
  const { trigger } = program
  const conditions = [
    trigger.when,
    trigger.audience,
    trigger.kind === 'becomes' ? trigger.condition : undefined,
  ].filter((text) => text !== undefined)
  return sendsOf(program).flatMap((step): Flaw[] => {
    const name = step.topic ?? program.topic
    const topic = Object.hasOwn(settings.topics, name) ? settings.topics[name] : undefined
    if (topic?.basis !== 'consent') return []
    const path = placeOf(step, pathOf)
    if (
      conditions.some((text) => refusesConsent(text, name)) &&
      comesTo(program, program.first, step.id, isAnswered)
    )
      return [
        {
          path,
          message: `Who enters has not opted in to \`${name}\`, and this mail goes only to those who have`,
          hint: `Change the condition of the trigger, ${serviceInstead}`,
        },
      ]
    if (!leadThere(program, pathOf, step, name)) return []
    return [
      {
        path,
        message: `Who comes this way has not opted in to \`${name}\`, and this mail goes only to those who have`,
        hint: `Move it to the other way, ${serviceInstead}`,
      },
    ]
  })
}

/** Whether a branch that the step stands in, and comes to at once, is one of those who have not opted in. */
function leadThere(program: Program, pathOf: Paths, send: SendStep, topic: string): boolean {
  const at = pathOf.get(send.id) ?? []
  return Object.values(program.steps).some((step) => {
    const above = pathOf.get(step.id)
    if (!above?.every((part, index) => at[index] === part)) return false
    const [arm, index] = at.slice(above.length)
    const first = firstOfArm(step, arm, index, topic)
    return first !== undefined && comesTo(program, first, send.id, takesTime)
  })
}

/** The first step of an arm that only those come to who have not opted in. */
function firstOfArm(
  step: Step,
  arm: string | number | undefined,
  index: string | number | undefined,
  topic: string,
): StepId | null | undefined {
  if (step.verb === 'if') {
    if (arm === 'then') return refusesConsent(step.condition, topic) ? step.then : undefined
    return grantsAll(step.condition, topic) ? step.else : undefined
  }
  if (step.verb !== 'choose') return undefined
  const position = arm === 'choose' && typeof index === 'number' ? index : step.cases.length
  const own = step.cases[position]
  const without =
    (own !== undefined && refusesConsent(own.when, topic)) ||
    step.cases.slice(0, position).some(({ when }) => grantsAll(when, topic))
  return without ? (own ? own.first : step.else) : undefined
}

const takesTime = ({ verb }: Step): boolean => verb === 'wait' || verb === 'await' || verb === 'repeat'
const isAnswered = (step: Step): boolean => step.verb === 'await' && step.event === GIVEN

/** Whether a way leads from one step to another that comes by none where consent may be given meanwhile. */
function comesTo(program: Program, from: StepId | null, to: StepId, ends: (step: Step) => boolean): boolean {
  const steps = Object.fromEntries(
    Object.entries(program.steps).filter(([id, step]) => id === to || !ends(step)),
  )
  return stepsBehind({ ...program, steps }, from).has(to)
}

/** What a condition says of the consent to one topic and of nothing else. */
function asksOnly(text: string, topic: string): boolean {
  const read = pathsRead(text)
  const written = [`customer.consent.${topic}`, `customer.consent["${topic}"]`]
  return read.length > 0 && read.every((path) => written.includes(path))
}

const holdsWith = (text: string, topic: string): boolean =>
  evaluateCondition(text, { customer: { consent: { [topic]: true } } }).value

/** Whether a condition lets nobody through who has opted in to a topic. */
const refusesConsent = (text: string, topic: string): boolean =>
  partsOf(text).some((part) => asksOnly(part, topic) && !holdsWith(part, topic))

/** Whether a condition lets everybody through who has opted in to a topic. */
const grantsAll = (text: string, topic: string): boolean =>
  alternativesOf(text).some((part) => asksOnly(part, topic) && holdsWith(part, topic))

/** @param beside events that other workflows emit or start with; nothing is said where they are not known */
export function neverAsked(
  program: Program,
  pathOf: Paths,
  settings: Settings,
  beside: readonly string[] | undefined,
): Flaw[] {
  const { trigger } = program
  const asked = beside?.includes(REQUESTED) || (trigger.kind === 'event' && trigger.event === REQUESTED)
  if (beside === undefined || asked) return []
  const told = new Set<string>()
  return sendsOf(program).flatMap((step): Flaw[] => {
    const name = step.topic ?? program.topic
    const topic = Object.hasOwn(settings.topics, name) ? settings.topics[name] : undefined
    if (topic?.basis !== 'consent' || topic.optIn !== 'double' || told.has(name)) return []
    told.add(name)
    return [
      {
        path: step.topic === undefined ? ['topic'] : placeOf(step, pathOf),
        message: `\`${name}\` has \`optIn: double\`, and no workflow asks anybody to confirm`,
        hint: `Add one that starts with \`${REQUESTED}\`, such as \`confirm-consent\` of the library; until then nobody can be written to whom you sign up.`,
      },
    ]
  })
}
