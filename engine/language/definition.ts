/** The definition of a workflow: what the file may say, and the program that it becomes. */
import * as z from 'zod'
import { appointmentFlaws, appointmentRule, appointmentSchema } from './appointment-rule.ts'
import type { EventMatch, Program, StepId, Trigger } from '../program.ts'
import { duration, readDuration } from './durations.ts'
import {
  exitList,
  exitSchema,
  followFlaws,
  followList,
  followSchema,
  listenedTo,
  match,
  matchOf,
  readMatches,
} from './event-lists.ts'
import { check, type Flaw, found, leaf, type Path, textLeaf } from './flaw.ts'
import { nearest } from './nearest.ts'
import { saidElsewhere } from './other-words.ts'
import { flatten, readSteps } from './steps.ts'
import { readTrigger, triggerSchema } from './trigger.ts'
import { stepList } from './verb.ts'
import { isVerb, keysOfVerbs } from './verbs.ts'
import { line, name, names, value, warningsAt } from './words.ts'

const again = textLeaf<Program['enroll']['again']>(
  {
    expects: 'never, always or after and a duration',
    example: 'after 30 days',
    json: { pattern: '^(never|always|after .+)$' },
  },
  (text, note) => {
    if (text === 'never' || text === 'always') return text
    const span = /^after\s+(.+)$/.exec(text)?.[1]
    if (span !== undefined) {
      const after = readDuration(span, note)
      return after === undefined ? undefined : { after }
    }
    const meant = /^(once|no|one time|1x?)$/i.test(text)
      ? 'never'
      : /^(yes|every time)$/i.test(text) && 'always'
    const better = meant || (/^\d+ +[a-z]+$/.test(text) ? `after ${text}` : undefined)
    note({
      message: `% expects never, always or after and a duration, not ${found(text)}`,
      hint: better === undefined ? 'For example: again: after 30 days' : `Write \`${better}\`.`,
    })
    return undefined
  },
  (given) => (typeof given === 'boolean' ? `Write \`${given ? 'always' : 'never'}\`.` : undefined),
)

const holdout = textLeaf<number>(
  { expects: 'a share', example: '5%', json: { pattern: '^\\d+(\\.\\d+)? ?%$' } },
  (text, note) => {
    const percent = Number(/^(\d{1,3}(?:\.\d{1,3})?) ?%$/.exec(text.trim())?.[1])
    if (percent > 0 && percent <= 50) return percent
    note({
      message: Number.isNaN(percent)
        ? `% expects a share such as 5%, not ${found(text)}`
        : `% keeps out more than nobody and at most half, not ${found(text)}`,
      hint: /^\d+(\.\d+)?$/.test(text) ? `Write \`%: ${text}%\`.` : 'For example: %: 5%',
    })
    return undefined
  },
  (given) => (typeof given === 'number' ? `Write \`%: ${given < 1 ? given * 100 : given}%\`.` : undefined),
)

const priority = leaf<number>(
  { expects: 'a number from 0 to 100', example: '10', json: { type: 'integer', minimum: 0, maximum: 100 } },
  (given, note) => {
    if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= 100) return given
    note({
      message: `% expects a whole number from 0 to 100, not ${found(given)}`,
      hint: 'The higher goes first; without one it is 0.',
    })
    return undefined
  },
)

export const definitionSchema = z
  .strictObject({
    workflow: name('a name', 'win-back'),
    title: line('a title', 'Win back after a bad rating').exactOptional(),
    description: line('a description', 'Say sorry, and come back with an offer.', 1000).exactOptional(),
    topic: name('a topic of the settings', 'service'),
    priority: priority.exactOptional(),
    trigger: triggerSchema,
    enroll: z
      .strictObject({
        per: value(names.trigger, 'event.ticketId').exactOptional(),
        again: again.exactOptional(),
        follow: followList.exactOptional(),
        holdout: holdout.exactOptional(),
      })
      .meta({ about: '`enroll`', example: 'enroll: { per: event.ticketId }' })
      .exactOptional(),
    appointment: appointmentSchema.exactOptional(),
    goal: z
      .strictObject({
        ...match,
        within: duration('60 days'),
        value: value(names.journey, 'event.total').exactOptional(),
      })
      .meta({ about: '`goal`', example: 'goal: { event: purchase, within: 60 days }' })
      .exactOptional(),
    exit: exitList.exactOptional(),
    steps: stepList,
  })
  .meta({ about: 'A workflow', example: 'workflow: win-back' })

type Definition = z.output<typeof definitionSchema>

export interface ReadProgram {
  program: Program
  pathOf: ReadonlyMap<StepId, Path>
}

/** Turns the data of a definition into a program; without one, the flaws say why. */
export function readDefinition(data: unknown): { flaws: Flaw[]; read?: ReadProgram } {
  const flaws = misplacedSteps(data)
  const result = check(definitionSchema, data, [])
  // Steps are read even where the rest is wrong, so that all is told at once.
  const given = stepsIn(data)
  const steps = given ? readSteps(given.entries, [given.key], flaws) : []
  if ('flaws' in result) {
    const told = new Set(flaws.flatMap(({ path, meant = path }) => [path.join('\n'), meant.join('\n')]))
    return { flaws: [...flaws, ...result.flaws.filter(({ path }) => !told.has(path.join('\n')))] }
  }
  const source = result.value
  const program = readTrigger(source.trigger, flaws)
  const exit = readMatches(source.exit ?? [], exitSchema, ['exit'], flaws)
  const { per, follow: followed = [] } = source.enroll ?? {}
  const follow = readMatches(followed, followSchema, ['enroll', 'follow'], flaws)
  flaws.push(...followFlaws(follow, exit, per?.text))
  flaws.push(...appointmentFlaws(source))
  const flat = flatten(steps, flaws)
  noteWarnings(source, flaws)
  if (!program || flaws.some(({ severity }) => severity !== 'warning')) return { flaws }
  return { flaws, read: { program: assemble(source, program, { exit, follow }, flat), pathOf: flat.pathOf } }
}

function assemble(
  source: Definition,
  trigger: Trigger,
  { exit, follow }: { exit: EventMatch[]; follow: EventMatch[] },
  { first, steps }: Pick<Program, 'first' | 'steps'>,
): Program {
  const { workflow, title = workflow, description, topic, priority, enroll, goal } = source
  const appointment = appointmentRule(source)
  const program = {
    workflow,
    title,
    ...(description === undefined ? {} : { description }),
    topic,
    ...(priority === undefined ? {} : { priority }),
    trigger,
    enroll: {
      ...(enroll?.per ? { per: enroll.per.text } : {}),
      again: enroll?.again ?? 'never',
      ...(follow.length > 0 ? { follow } : {}),
      ...(enroll?.holdout === undefined ? {} : { holdout: enroll.holdout }),
    },
    ...(appointment && { appointment }),
    ...(goal
      ? { goal: { ...matchOf(goal), within: goal.within, ...(goal.value ? { value: goal.value.text } : {}) } }
      : {}),
    exit,
    first,
    steps,
  }
  return { ...program, listensTo: listenedTo(program) }
}

function noteWarnings({ trigger, enroll, goal }: Definition, flaws: Flaw[]) {
  flaws.push(
    ...warningsAt(['trigger', 'becomes'], trigger.becomes),
    ...warningsAt(['trigger', 'when'], trigger.when),
    ...warningsAt(['trigger', 'audience'], trigger.audience),
    ...warningsAt(['enroll', 'per'], enroll?.per),
    ...warningsAt(['goal', 'when'], goal?.when),
    ...warningsAt(['goal', 'value'], goal?.value),
  )
}

const isMapping = (data: unknown): data is { [key: string]: unknown } =>
  typeof data === 'object' && data !== null && !Array.isArray(data)

/** The steps, also where their key is misspelt: what is wrong in them is told with it. */
function stepsIn(data: unknown): { key: string; entries: unknown[] } | undefined {
  if (!isMapping(data)) return undefined
  const key = Object.hasOwn(data, 'steps')
    ? 'steps'
    : Object.keys(data).find(
        (word) => (saidElsewhere(word, ['steps']) ?? nearest(word, ['steps'])) !== undefined,
      )
  const entries = key === undefined ? undefined : data[key]
  return key !== undefined && Array.isArray(entries) ? { key, entries } : undefined
}

/** Steps and keys of steps that stand beside `steps` instead of in it. */
function misplacedSteps(data: unknown): Flaw[] {
  if (!isMapping(data)) return []
  const known = new Set(Object.keys(definitionSchema.shape))
  return Object.keys(data).flatMap((key): Flaw[] => {
    if (known.has(key)) return []
    const at = { path: [key], part: 'key' as const }
    const missing = Object.keys(definitionSchema.shape).filter((word) => !Object.hasOwn(data, word))
    if (saidElsewhere(key, missing) !== undefined && !Object.hasOwn(triggerSchema.shape, key)) return []
    if (key === 'on' && missing.includes('trigger')) return []
    if (Object.hasOwn(triggerSchema.shape, key))
      return [
        {
          ...at,
          message: `\`${key}\` stands outside of \`trigger\``,
          hint: `Indent it below \`trigger:\`.`,
          // What is not in the trigger is here.
          meant: ['trigger'],
        },
      ]
    if (isVerb(key))
      return [
        {
          ...at,
          message: `\`${key}\` is a step and stands outside of \`steps\``,
          hint: `Move it under \`steps\`, as \`- ${key}: …\`.`,
        },
      ]
    const owners = keysOfVerbs.get(key)
    if (!owners) return []
    return [
      {
        ...at,
        message: `\`${key}\` stands outside of its step`,
        hint: `It belongs to ${owners.length > 3 ? 'a step' : owners.map((one) => `\`${one}\``).join(' or ')}: indent it.`,
      },
    ]
  })
}
