/** What a program names must exist: topics, senders, coupons, other steps. */
import { MOST_HOPS } from '../advance/outgoing.ts'
import { stepsOfRound } from '../arms.ts'
import { pathsRead } from '../condition.ts'
import { liquidProblem, readVariables } from '../mail/liquid-check.ts'
import type { Settings } from '../model.ts'
import type { Program, Step, StepId } from '../program.ts'
import type { Flaw, Path } from './flaw.ts'
import { unknownEvents } from './known-events.ts'
import { listed, nearest } from './nearest.ts'
import { isAddress } from './words.ts'

const code = (word: string) => `\`${word}\``

/** "Did you mean", or what there is. */
export function alternatives(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  if (meant) return `Did you mean ${code(meant)}?`
  return known.length === 0
    ? 'There is none.'
    : `There ${known.length === 1 ? 'is' : 'are'} ${listed(known.map(code), 'and')}.`
}

/** What to do where nothing draws coupons or calls webhooks at all. */
export const missingStep = (root: 'coupons' | 'webhooks', name: string): string =>
  root === 'coupons'
    ? `Draw it in a step before: - coupon: ${name}`
    : `Call it in a step before: - webhook: ${name}`

export const couponNames = (program: Program): string[] =>
  Object.values(program.steps).flatMap((step) => (step.verb === 'coupon' ? [step.name] : []))

export const webhookNames = (program: Program): string[] =>
  Object.values(program.steps).flatMap((step) => (step.verb === 'webhook' ? [step.name] : []))

/** Checks everything that a program refers to. */
export function referenceFlaws(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  settings: Settings,
  events: readonly string[] = [],
): Flaw[] {
  const flaws: Flaw[] = [...unknownTopic(program.topic, ['topic'], settings)]
  for (const step of Object.values(program.steps)) {
    const path = pathOf.get(step.id) ?? []
    if (step.verb === 'send') {
      if (step.topic !== undefined) flaws.push(...unknownTopic(step.topic, [...path, 'topic'], settings))
      if (step.from !== undefined && !isAddress(step.from) && !Object.hasOwn(settings.senders, step.from))
        flaws.push({
          path: [...path, 'from'],
          message: `There is no sender ${code(step.from)} in the settings`,
          hint: alternatives(step.from, Object.keys(settings.senders)),
        })
    }
    if (step.verb === 'webhook' && !Object.hasOwn(settings.webhooks ?? {}, step.name))
      flaws.push({
        path: [...path, 'webhook'],
        message: `There is no webhook ${code(step.name)} in the settings`,
        hint:
          Object.keys(settings.webhooks ?? {}).length === 0
            ? `Add it to settings.yaml: webhooks: { ${step.name}: { url: https://… } }`
            : alternatives(step.name, Object.keys(settings.webhooks ?? {})),
      })
    if (step.verb === 'emit' && program.trigger.kind === 'event' && program.trigger.event === step.event)
      flaws.push({
        path: [...path, 'emit'],
        severity: 'warning',
        message: `${code(step.event)} starts this very workflow again`,
        hint: `After ${MOST_HOPS} times it is cut off. Choose another type, or a \`when\` of the trigger that it does not meet.`,
      })
    if (step.verb === 'task') flaws.push(...titleFlaws(step.title, [...path, 'title']))
  }
  flaws.push(...roundsOutside(program, pathOf))
  const known = {
    coupons: couponNames(program),
    webhooks: webhookNames(program),
    steps: Object.keys(program.steps),
  }
  for (const { text, path } of expressionsOf(program, pathOf))
    flaws.push(...unknownReferences(text, path, known), ...unknownConsent(text, path, settings))
  flaws.push(...unknownEvents(program, pathOf, settings, events))
  return flaws
}

function unknownTopic(topic: string, path: Path, settings: Settings): Flaw[] {
  if (Object.hasOwn(settings.topics, topic)) return []
  return [
    {
      path,
      message: `There is no topic ${code(topic)} in the settings`,
      hint: alternatives(topic, Object.keys(settings.topics)),
    },
  ]
}

/** Consent is given to topics, so that a misspelt one is never given. */
function unknownConsent(text: string, path: Path, settings: Settings): Flaw[] {
  return pathsRead(text).flatMap((read): Flaw[] => {
    const topic = /^customer\.consent(?:\.(\w+)|\["([^"]+)"\])/.exec(read)
    const name = topic?.[1] ?? topic?.[2]
    if (name === undefined || Object.hasOwn(settings.topics, name)) return []
    const message = `Nobody can have opted in to ${code(name)}: the settings have no such topic`
    const hint = alternatives(name, Object.keys(settings.topics))
    return [{ path, offset: Math.max(0, text.indexOf(read)), message, hint }]
  })
}

function titleFlaws(title: string, path: Path): Flaw[] {
  try {
    return readVariables(title).unknown.map((problem) => ({ ...problem, path, severity: 'warning' }))
  } catch (error) {
    return [{ ...liquidProblem(error, title), path }]
  }
}

function unknownReferences(
  text: string,
  path: Path,
  known: { coupons: string[]; webhooks: string[]; steps: string[] },
): Flaw[] {
  return pathsRead(text).flatMap((read): Flaw[] => {
    const [, root, dotted, quoted] = /^(coupons|webhooks|steps)(?:\.(\w+)|\["([^"]+)"\])/.exec(read) ?? []
    const name = dotted ?? quoted
    if (
      name === undefined ||
      (root !== 'coupons' && root !== 'webhooks' && root !== 'steps') ||
      known[root].includes(name)
    )
      return []
    const at = { path, offset: Math.max(0, text.indexOf(read)) }
    if (root === 'coupons')
      return [
        {
          ...at,
          message: `No step sets the coupon ${code(name)}`,
          hint: known.coupons.length === 0 ? missingStep(root, name) : alternatives(name, known.coupons),
        },
      ]
    if (root === 'webhooks')
      return [
        {
          ...at,
          message: `No step calls the webhook ${code(name)}`,
          hint: known.webhooks.length === 0 ? missingStep(root, name) : alternatives(name, known.webhooks),
        },
      ]
    return [{ ...at, message: `There is no step ${code(name)}`, hint: alternatives(name, known.steps) }]
  })
}

export interface PlacedExpression {
  text: string
  path: Path
  /** The step that it belongs to. */
  step?: Path
}

/** Every expression of a program, with the place where it was written. */
export function expressionsOf(program: Program, pathOf: ReadonlyMap<StepId, Path>): PlacedExpression[] {
  const { trigger, enroll, appointment, goal, exit, steps } = program
  const whole: { text: string | undefined; path: Path; step?: Path }[] = [
    { text: trigger.when, path: ['trigger', 'when'] },
    { text: trigger.kind === 'becomes' ? trigger.condition : undefined, path: ['trigger', 'becomes'] },
    { text: trigger.audience, path: ['trigger', 'audience'] },
    { text: enroll.per, path: ['enroll', 'per'] },
    { text: appointment?.id === enroll.per ? undefined : appointment?.id, path: ['appointment', 'id'] },
    { text: appointment?.starts, path: ['appointment', 'starts'] },
    { text: appointment?.title, path: ['appointment', 'title'] },
    { text: goal?.when, path: ['goal', 'when'] },
    { text: goal?.value, path: ['goal', 'value'] },
    ...exit.map(({ when }, index) => ({ text: when, path: ['exit', index, 'when'] })),
    ...(enroll.follow ?? []).map(({ when }, index) => ({
      text: when,
      path: ['enroll', 'follow', index, 'when'],
    })),
    ...Object.values(steps).flatMap((step) => {
      const at = pathOf.get(step.id) ?? []
      return expressionsOfStep(step).map(({ text, keys }) => ({ text, path: [...at, ...keys], step: at }))
    }),
  ]
  return whole.flatMap(({ text, ...place }) => (text === undefined ? [] : [{ text, ...place }]))
}

function expressionsOfStep(step: Step): { text: string | undefined; keys: (string | number)[] }[] {
  if (step.verb === 'if') return [{ text: step.condition, keys: ['if'] }]
  if (step.verb === 'choose')
    return step.cases.map(({ when }, index) => ({ text: when, keys: ['choose', index, 'when'] }))
  if (step.verb === 'wait')
    return [{ text: step.until && 'value' in step.until ? step.until.value : undefined, keys: ['until'] }]
  if (step.verb === 'await') return [{ text: step.when, keys: ['when'] }]
  if (step.verb === 'emit' || step.verb === 'webhook')
    return Object.entries(step.data).map(([name, text]) => ({ text, keys: ['data', name] }))
  if (step.verb === 'set')
    return Object.entries(step.values).map(([attribute, text]) => ({ text, keys: ['set', attribute] }))
  return []
}

/** `repeat.index` means something inside of a `repeat` alone. */
function roundsOutside(program: Program, pathOf: ReadonlyMap<StepId, Path>): Flaw[] {
  const all = Object.values(program.steps)
  const inside = new Set(
    all.flatMap((step) => (step.verb === 'repeat' ? [...stepsOfRound(program, step)] : [])),
  )
  const places = new Set([...pathOf].flatMap(([id, path]) => (inside.has(id) ? [path.join('\n')] : [])))
  return expressionsOf(program, pathOf).flatMap(({ text, path, step }): Flaw[] => {
    const read = pathsRead(text).find((one) => /^repeat(?:\W|$)/.test(one))
    if (read === undefined || (step !== undefined && places.has(step.join('\n')))) return []
    return [
      {
        path,
        offset: Math.max(0, text.indexOf(read)),
        message: `${code(read)} is known to the steps of a \`repeat\` only`,
        hint: 'Move the step into the `repeat`.',
      },
    ]
  })
}
