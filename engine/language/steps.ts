/** Reads lists of steps into a tree, names every step, and flattens the tree into steps that name their successors. */
import type { Step, StepId } from '../program.ts'
import { type Flaw, found, type Path } from './flaw.ts'
import { listed, nearest } from './nearest.ts'
import { saidElsewhere } from './other-words.ts'
import type { Reading } from './verb.ts'
import { isVerb, keysOfVerbs, verbNames, verbs } from './verbs.ts'

/** A step that has been read, with the steps of its arms. */
export interface ReadStep extends Reading {
  path: Path
  /** Given by the author. */
  id?: string
  arms: ReadStep[][]
}

const maxDepth = 12
const maxSteps = 300

/** Reads a list of steps and all that it contains; what is wrong is added to `flaws`. */
export function readSteps(entries: readonly unknown[], path: Path, flaws: Flaw[]): ReadStep[] {
  let count = 0
  const readList = (list: readonly unknown[], at: Path, depth: number): ReadStep[] =>
    withStrays(list, at, flaws).flatMap((entry, index) =>
      entry === stray ? [] : readOne(entry, [...at, index], depth),
    )

  const readOne = (entry: unknown, at: Path, depth: number): ReadStep[] => {
    if (++count === maxSteps + 1)
      flaws.push({ path: at, message: `A workflow has at most ${maxSteps} steps` })
    if (depth > maxDepth) flaws.push({ path: at, message: `Steps nest at most ${maxDepth} deep` })
    if (count > maxSteps || depth > maxDepth) return []
    const verb = verbOf(entry, at, flaws)
    if (!verb) return []
    const result = verbs[verb].read(entry, at)
    flaws.push(...result.flaws)
    if (!result.step) return []
    const arms = result.step.branches.map(({ at: inside, entries: inner }) =>
      readList(inner, [...at, ...inside], depth + 1),
    )
    return [{ ...result.step, path: at, arms }]
  }

  const steps = readList(entries, path, 1)
  noteUnreachable(steps, flaws)
  noteNestedLoops(steps, false, flaws)
  return steps
}

type Verb = keyof typeof verbs

/** Stands in the place of an entry that belongs to the step above it. */
const stray = Symbol('stray')

/**
 * A dash too many cuts a step in two: `- then:` below `- if:`. The dash is told, and the step above is read as if it
 * were not there, so that nothing is said to be missing.
 */
function withStrays(list: readonly unknown[], at: Path, flaws: Flaw[]): unknown[] {
  const read: unknown[] = []
  let last = -1
  list.forEach((entry, index) => {
    const above = read[last]
    const owner = isStep(above) ? Object.keys(above).find(isVerb) : undefined
    const keys = isStep(entry) ? Object.keys(entry) : []
    const belongs =
      owner !== undefined &&
      keys.length > 0 &&
      keys.every((key) => !isVerb(key) && key !== 'id' && verbs[owner].keys.includes(key))
    const [first = ''] = keys
    if (!belongs || !isStep(above) || !isStep(entry) || keys.some((key) => Object.hasOwn(above, key))) {
      read.push(entry)
      last = index
      return
    }
    flaws.push({
      path: [...at, index, first],
      part: 'key',
      message: `\`${first}\` is not a step`,
      hint: `It belongs to the \`${owner}\` above it: remove the dash, and indent it to the column of \`${owner}\`.`,
    })
    read[last] = { ...above, ...entry }
    read.push(stray)
  })
  return read
}

const isStep = (entry: unknown): entry is { [key: string]: unknown } =>
  typeof entry === 'object' && entry !== null && !Array.isArray(entry)

/** What to do where the other verb was meant to stand below the one that holds steps, or to depend on it. */
function holding(verb: string, second: string, entry: object): string | undefined {
  const has = (key: string) => Object.hasOwn(entry, key)
  const [holder, held] = verb === 'if' || second !== 'if' ? [verb, second] : [second, verb]
  const step = `\`- ${held}: …\``
  if (holder === 'if' && !has('then') && !has('else'))
    return holder === verb
      ? `Write ${step} below a line \`then:\` in the column of \`if\`.`
      : `Begin the step with \`if\`, and write ${step} below a line \`then:\` in its column.`
  if (holder === 'repeat' && !has('steps'))
    return `Write ${step} below a line \`steps:\` in the column of \`repeat\`.`
  if (holder === 'await' && !has('then') && !has('else'))
    return `Write ${step} below a line \`then:\` (the event has come) or \`else:\` (it has not) in the column of \`await\`; for both cases put a dash before \`${held}\`.`
  return undefined
}

/** The one verb of a step; what keeps it from having one is noted. */
function verbOf(entry: unknown, path: Path, flaws: Flaw[]): Verb | undefined {
  const note = (message: string, hint: string, at: Path = path) => {
    flaws.push({ path: at, message, hint, ...(at === path ? {} : { part: 'key' as const }) })
    return undefined
  }
  if (typeof entry === 'string') {
    const [, first = '', colon, rest = ''] = /^([\w-]*)(:?)\s*(.*)$/.exec(entry.trim()) ?? []
    const verb = isVerb(first)
      ? first
      : (saidElsewhere(first, verbNames) ?? nearest(first, verbNames) ?? 'send')
    const example = `Write \`${verb}: ${rest || '…'}\`${colon ? ', with a space behind the colon' : ''}.`
    return note(`A step is a verb with a colon, not ${found(entry)}`, example)
  }
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return note(`A step is a verb with a colon, not ${found(entry)}`, 'For example: - send: thank-you')
  const keys = Object.keys(entry)
  const given = keys.filter(isVerb)
  const [verb, second] = given
  if (given.length === 2 && given.includes('survey') && given.includes('send'))
    return note('A survey is sent by itself, without `send`', 'Name its mail with `template`.', [
      ...path,
      'send',
    ])
  if (verb && second)
    return note(
      `A step has one verb, and this one has \`${verb}\` and \`${second}\``,
      holding(verb, second, entry) ?? `Start a new step: put a dash before \`${second}\`.`,
      [...path, second],
    )
  if (verb) return verb
  if (keys.length === 0) return note('This step is empty', `Verbs are ${listed(verbNames, 'and')}.`)
  const owned = keys.find((key) => keysOfVerbs.has(key) && key !== 'id')
  if (owned !== undefined && keys.every((key) => keysOfVerbs.has(key))) {
    const owners = keysOfVerbs.get(owned) ?? []
    return note(
      `\`${owned}\` is not a step`,
      `It belongs to ${listed(owners.map((one) => `\`${one}\``))}: remove the dash before it.`,
      [...path, owned],
    )
  }
  const named = keys.find((key) => /^(action|type|verb|step|do|kind|command)$/i.test(key))
  const verbGiven = named === undefined ? undefined : Object.values(entry)[keys.indexOf(named)]
  if (named !== undefined && typeof verbGiven === 'string' && isVerb(verbGiven))
    return note(`\`${named}\` is not a verb`, `A step begins with its verb: - ${verbGiven}: …`, [
      ...path,
      named,
    ])
  for (const key of keys) {
    const meant = verbNames.includes(key.toLowerCase()) ? key.toLowerCase() : saidElsewhere(key, verbNames)
    if (meant) return note(`\`${key}\` is not a verb`, `Did you mean \`${meant}\`?`, [...path, key])
  }
  for (const key of keys) {
    const meant = nearest(key, verbNames)
    if (meant) return note(`\`${key}\` is not a verb`, `Did you mean \`${meant}\`?`, [...path, key])
  }
  const [first = ''] = keys
  return note(`\`${first}\` is not a verb`, `Verbs are ${listed(verbNames, 'and')}.`, [...path, first])
}

/** Whether a list of steps always ends the journey. */
const endsAlways = (steps: readonly ReadStep[]): boolean => steps.some(ends)
const ends = (step: ReadStep): boolean =>
  step.verb === 'stop' ||
  (step.arms.length > (step.loops ? 0 : 1) && step.arms.every((arm) => endsAlways(arm)))

function noteUnreachable(steps: readonly ReadStep[], flaws: Flaw[]) {
  const end = steps.findIndex(ends)
  const beyond = end < 0 ? undefined : steps[end + 1]
  if (beyond)
    flaws.push({
      path: beyond.path,
      severity: 'warning',
      message: `This step is never reached: ${steps[end]?.verb === 'stop' ? 'the journey has stopped' : 'all arms before it stop the journey'}`,
      hint: 'Remove it, or move the `stop`.',
    })
  for (const { arms } of steps) for (const arm of arms) noteUnreachable(arm, flaws)
}

function noteNestedLoops(steps: readonly ReadStep[], inside: boolean, flaws: Flaw[]) {
  for (const { loops, verb, path, arms } of steps) {
    if (loops && inside)
      flaws.push({
        path: [...path, verb],
        part: 'key',
        message: `A \`${verb}\` cannot stand inside another`,
        hint: 'Give it a workflow of its own.',
      })
    for (const arm of arms) noteNestedLoops(arm, inside || loops, flaws)
  }
}

function* everyStep(steps: readonly ReadStep[]): Generator<ReadStep> {
  for (const step of steps) {
    yield step
    for (const arm of step.arms) yield* everyStep(arm)
  }
}

/** The author's ids first, then the others by verb and name, made unique in the order of the text. */
function idsOf(steps: readonly ReadStep[], flaws: Flaw[]): Map<ReadStep, StepId> {
  const ids = new Map<ReadStep, StepId>()
  const taken = new Set<StepId>()
  const all = [...everyStep(steps)]
  for (const step of all) {
    if (step.id === undefined) continue
    if (taken.has(step.id))
      flaws.push({
        path: [...step.path, 'id'],
        message: `There are two steps with the id \`${step.id}\``,
        hint: 'Give one of them another id.',
      })
    taken.add(step.id)
    ids.set(step, step.id)
  }
  const counts = new Map<string, number>()
  for (const step of all) {
    if (step.id !== undefined) continue
    let count = counts.get(step.name) ?? 0
    let id: StepId
    do {
      count++
      id = step.numbered || count > 1 ? `${step.name}-${count}` : step.name
    } while (taken.has(id))
    counts.set(step.name, count)
    taken.add(id)
    ids.set(step, id)
  }
  return ids
}

/** Flattens the tree. `pathOf` leads from a step's id back to where it was written. */
export function flatten(
  steps: readonly ReadStep[],
  flaws: Flaw[],
): { first: StepId | null; steps: { [id: StepId]: Step }; pathOf: Map<StepId, Path> } {
  const ids = idsOf(steps, flaws)
  const flat: { [id: StepId]: Step } = {}
  const pathOf = new Map<StepId, Path>()
  const firstOf = (list: readonly ReadStep[], otherwise: StepId | null): StepId | null => {
    const [first] = list
    return first ? (ids.get(first) ?? otherwise) : otherwise
  }
  const place = (list: readonly ReadStep[], after: StepId | null) => {
    list.forEach((step, index) => {
      const id = ids.get(step)
      if (id === undefined) return
      const next = firstOf(list.slice(index + 1), after)
      const join = step.loops ? id : next
      const beyond = firstOf(list.slice(index + 2), after)
      flat[id] = step.build({ id, next, beyond, arms: step.arms.map((arm) => firstOf(arm, join)) })
      pathOf.set(id, step.path)
      for (const arm of step.arms) place(arm, join)
    })
  }
  place(steps, null)
  return { first: firstOf(steps, null), steps: flat, pathOf }
}
