/**
 * Which fields the events of a workflow are known to carry: those that its scenarios give them, and those that its trigger
 * and conditions read. A name that is none of these and resembles one is a slip, as far as anybody can tell.
 */
import { pathsRead } from '../condition.ts'
import type { Program, StepId } from '../program.ts'
import { readDocument } from './document.ts'
import type { Path } from './flaw.ts'
import { nearest } from './nearest.ts'
import type { PlacedExpression } from './references.ts'

/** Which events `event`, `entry` and `awaited` are at some place. */
interface Subjects {
  event: readonly string[]
  awaited: readonly string[]
}

/** The fields that scenarios give to events, by type. */
function givenFields(scenarios: string | undefined): Map<string, Set<string>> {
  const fields = new Map<string, Set<string>>()
  const read = scenarios === undefined ? undefined : readDocument(scenarios, 'scenarios.yaml')
  if (!read || 'issues' in read) return fields
  for (const scenario of listOf(read.document.value))
    for (const given of listOf(memberOf(scenario, 'given'))) {
      const type = memberOf(given, 'event')
      const data = memberOf(given, 'data')
      if (typeof type !== 'string' || typeof data !== 'object' || data === null) continue
      fields.set(type, new Set([...(fields.get(type) ?? []), ...Object.keys(data)]))
    }
  return fields
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined

/** Types of the events that a journey may be about: the one that starts it, and those that it follows. */
const ownTypes = ({ trigger, enroll }: Program): string[] => [
  ...(trigger.kind === 'event' ? [trigger.event] : []),
  ...(enroll.follow ?? []).map(({ event }) => event),
]

const awaitedTypes = ({ steps }: Program): string[] =>
  Object.values(steps).flatMap((step) => (step.verb === 'await' ? [step.event] : []))

/** What `event` is in an expression: a `when` beside another event is about that one. */
function subjectsAt(program: Program, path: Path, stepOf: ReadonlyMap<string, StepId>): Subjects {
  const [first, second, third] = path
  const own = ownTypes(program)
  const others = { awaited: awaitedTypes(program) }
  const about = (type: string | undefined) => ({ event: type === undefined ? own : [type], ...others })
  if (first === 'trigger' && program.trigger.kind === 'event') return about(program.trigger.event)
  if (first === 'goal' && second === 'when') return about(program.goal?.event)
  if (first === 'exit' && typeof second === 'number') return about(program.exit[second]?.event)
  if (first === 'enroll' && second === 'follow' && typeof third === 'number')
    return about(program.enroll.follow?.[third]?.event)
  const id = stepOf.get(path.slice(0, -1).join('\n'))
  const step = id === undefined ? undefined : program.steps[id]
  return about(step?.verb === 'await' ? step.event : undefined)
}

export interface EventNames {
  /** What was probably meant by the field of a path such as `event.totl`, read in a message. */
  inMessage(path: readonly string[]): string | undefined
  /** The same of everything that an expression reads. */
  inExpression(expression: PlacedExpression): { read: string; meant: string }[]
}

export function eventNames(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  expressions: readonly PlacedExpression[],
  scenarios: string | undefined,
): EventNames {
  const stepOf = new Map([...pathOf].map(([id, path]) => [path.join('\n'), id]))
  const given = givenFields(scenarios)
  const read = new Map<string, Set<string>>()
  for (const { text, path } of expressions) {
    const subjects = subjectsAt(program, path, stepOf)
    for (const one of pathsRead(text)) {
      const [root, name] = fieldOf(one)
      for (const type of typesOf(root, subjects, program))
        if (name !== undefined) read.set(type, new Set([...(read.get(type) ?? []), name]))
    }
  }
  const meantBy = (root: string | undefined, name: string | undefined, subjects: Subjects, own: boolean) => {
    const types = typesOf(root, subjects, program)
    if (name === undefined || name.length <= 3 || types.length === 0) return undefined
    const known = new Set(types.flatMap((type) => [...(given.get(type) ?? [])]))
    if (known.has(name)) return undefined
    const near = nearest(name, known, 1)
    if (near !== undefined || known.size > 0 || own) return near
    // Without scenarios what conditions read is all that is known, and it may be as wrong.
    const asked = new Set(types.flatMap((type) => [...(read.get(type) ?? [])]))
    if (asked.has(name)) return undefined
    const like = nearest(name, asked, 1)
    return like === undefined || `${like}s` === name || `${name}s` === like ? undefined : like
  }
  const anywhere: Subjects = { event: ownTypes(program), awaited: awaitedTypes(program) }
  return {
    inMessage: ([root, name]) => meantBy(root, name, anywhere, false),
    inExpression: ({ text, path }) =>
      pathsRead(text).flatMap((one) => {
        const [root, name] = fieldOf(one)
        const meant = meantBy(root, name, subjectsAt(program, path, stepOf), true)
        return meant === undefined ? [] : [{ read: `${root}.${name}`, meant: `${root}.${meant}` }]
      }),
  }
}

const fieldOf = (path: string): [string | undefined, string | undefined] => {
  const [, root, name] = /^(event|entry|awaited)\.(\w+)/.exec(path) ?? []
  return [root, name]
}

function typesOf(root: string | undefined, subjects: Subjects, program: Program): readonly string[] {
  if (root === 'event') return subjects.event
  if (root === 'entry') return ownTypes(program)
  return root === 'awaited' ? subjects.awaited : []
}
