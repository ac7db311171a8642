/** Names that messages, titles and conditions read where they cannot be: too early, on another way, or misspelt. */
import { pathsRead } from '../condition.ts'
import type { Issue } from '../issue.ts'
import { asCounted, type LiquidRead, liquidReads } from '../mail/liquid-reads.ts'
import type { Program, SendStep, StepId } from '../program.ts'
import { SURVEY_SCALES } from '../survey-scales.ts'
import { carries, fileOf, type Template } from '../text/template.ts'
import { type Beforehand, beforehand } from './beforehand.ts'
import { type EventNames, eventNames } from './event-names.ts'
import type { Flaw, Path } from './flaw.ts'
import { alternatives, couponNames, expressionsOf, missingStep, webhookNames } from './references.ts'

type Paths = ReadonlyMap<StepId, Path>
interface Files {
  [file: string]: string
}

interface Told {
  message: string
  hint: string
  severity: Issue['severity']
}

const slipOf = (read: string, meant: string): Omit<Told, 'severity'> => ({
  message: `\`${read}\` looks like a slip of the pen`,
  hint: `Did you mean \`${meant}\`? Leave it if the event carries both; a scenario with it in its \`data\` says so.`,
})

/** What is wrong with the names that the files of messages read. */
export function messageIssues(
  program: Program,
  knowledge: Knowledge,
  templates: readonly Template[],
  files: Files,
): Issue[] {
  return templates.flatMap((template): Issue[] => {
    const file = fileOf(template)
    const text = asCounted(files[file] ?? '')
    const senders = sendersOf(program, template)
    const at = senders.map(({ id }) => id)
    const found = [
      ...liquidReads(text).flatMap((read) =>
        toldOf(read, at, program, knowledge).map((told) => ({ ...told, offset: read.offset })),
      ),
      ...scoresOutside(text, senders),
    ]
    const told = new Set<string>()
    return found
      .toSorted((a, b) => a.offset - b.offset)
      .filter(({ offset, message }) => {
        const key = `${offset}:${message}`
        return told.has(key) ? false : told.add(key)
      })
      .map(({ offset, ...rest }) => ({ file, ...placeOf(text, offset), ...rest }))
  })
}

/** What is worked out once, for all that reads names. */
interface Knowledge {
  names: EventNames
  before: Beforehand
}

export const knowledgeOf = (program: Program, pathOf: Paths, files: Files): Knowledge => ({
  names: eventNames(
    program,
    pathOf,
    expressionsOf(program, pathOf),
    files['scenarios.yaml'] ?? files['scenarios.json'],
  ),
  before: beforehand(program),
})

const sendersOf = (program: Program, template: Template): SendStep[] =>
  Object.values(program.steps).flatMap((step) =>
    step.verb === 'send' && carries(step, template) ? [step] : [],
  )

function toldOf(
  { path, guarded, asked }: LiquidRead,
  at: readonly StepId[],
  program: Program,
  { names, before }: Knowledge,
): Told[] {
  const [root, name] = path
  const unknown = unknownSource(program, root, name)
  if (unknown) return [{ ...unknown, severity: 'error' }]
  const meant = asked ? undefined : names.inMessage(path)
  if (meant !== undefined) return [{ ...slipOf(`${root}.${name}`, `${root}.${meant}`), severity: 'warning' }]
  const early = guarded ? undefined : before(path, at)
  if (!early) return []
  const { message, hint, partly } = early
  const never = !partly && (root === 'coupons' || root === 'webhooks' || root === 'steps')
  return [{ message, hint, severity: never ? 'error' : 'warning' }]
}

/** Coupons, answers and outcomes that come from no step at all. */
function unknownSource(
  program: Program,
  root: string | undefined,
  name: string | undefined,
): Omit<Told, 'severity'> | undefined {
  if (name === undefined) return undefined
  const ids = Object.keys(program.steps)
  if (root === 'steps' && !ids.includes(name))
    return { message: `There is no step \`${name}\``, hint: alternatives(name, ids) }
  if (root !== 'coupons' && root !== 'webhooks') return undefined
  const known = root === 'coupons' ? couponNames(program) : webhookNames(program)
  if (known.includes(name)) return undefined
  return {
    message:
      root === 'coupons' ? `No step sets the coupon \`${name}\`` : `No step calls the webhook \`${name}\``,
    hint: known.length === 0 ? missingStep(root, name) : alternatives(name, known),
  }
}

/** `survey.link(9)` where nobody can answer 9. */
function scoresOutside(text: string, senders: readonly SendStep[]): (Told & { offset: number })[] {
  const surveys = new Set(senders.flatMap(({ survey }) => (survey === undefined ? [] : [survey])))
  return [...text.matchAll(/\{\{-?\s*survey\.link\(\s*(-?\d+(?:\.\d+)?)\s*\)/g)].flatMap((link) =>
    [...surveys].flatMap((survey): (Told & { offset: number })[] => {
      const { from, to } = SURVEY_SCALES[survey]
      const score = Number(link[1])
      if (Number.isInteger(score) && score >= from && score <= to) return []
      return [
        {
          offset: link.index + link[0].indexOf('survey'),
          severity: 'warning',
          message: `Nobody can answer ${link[1]} to \`survey: ${survey}\``,
          hint: `Its scores go from ${from} to ${to}.`,
        },
      ]
    }),
  )
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

const ofMessages = new Set(['brand', 'links', 'survey', 'topic', 'locale', 'timezone'])

/** What is wrong with the names that conditions, values and the titles of tasks read. */
export function nameFlaws(program: Program, pathOf: Paths, knowledge: Knowledge): Flaw[] {
  const { names, before } = knowledge
  const idOf = new Map([...pathOf].map(([id, path]) => [path.join('\n'), id]))
  const inExpressions = expressionsOf(program, pathOf).flatMap((expression): Flaw[] => {
    const { text, path, step } = expression
    const id = step && idOf.get(step.join('\n'))
    const at = (read: string) => ({
      path,
      offset: Math.max(0, text.indexOf(read)),
      severity: 'warning' as const,
    })
    return [
      ...names.inExpression(expression).map(({ read, meant }) => ({ ...at(read), ...slipOf(read, meant) })),
      ...pathsRead(text).flatMap((read): Flaw[] => {
        const [, root = '', dotted, quoted] = /^(\w+)(?:\.(\w+)|\["([^"]+)"\])?/.exec(read) ?? []
        const name = dotted ?? quoted
        const early =
          id === undefined || root === 'repeat'
            ? undefined
            : before(name === undefined ? [root] : [root, name], [id])
        return early ? [{ ...at(read), message: early.message, hint: early.hint }] : []
      }),
    ]
  })
  const inTitles = Object.values(program.steps).flatMap((step) =>
    step.verb === 'task'
      ? liquidReads(step.title).flatMap((read): Flaw[] => {
          const path = [...(pathOf.get(step.id) ?? []), 'title']
          const place = { path, offset: read.offset, severity: 'warning' as const }
          const [root = ''] = read.path
          if (ofMessages.has(root))
            return [
              {
                ...place,
                message: `\`${read.path.join('.')}\` is known to messages, not to the title of a task`,
                hint: 'Remove it: with a name that is missing, the task is called by its name alone.',
              },
            ]
          return toldOf(read, [step.id], program, knowledge).map(({ message, hint }) => ({
            ...place,
            message,
            hint,
          }))
        })
      : [],
  )
  return [...inExpressions, ...inTitles]
}
