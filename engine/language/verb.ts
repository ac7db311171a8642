/** What a verb of the language is made of; the verbs themselves stand in `verbs.ts`. */
import type * as z from 'zod'
import type { Step, StepId } from '../program.ts'
import { check, type Flaw, found, leaf, type Path } from './flaw.ts'
import { name } from './words.ts'

/** Where a step stands once every step has an id. */
interface Place {
  id: StepId
  next: StepId | null
  /** The first step of each branch, in the order of `branches`; where an arm is empty, the step that follows. */
  arms: (StepId | null)[]
  /** Where it goes on when the step below is left out; where none stands below in this list, the step that follows. */
  beyond: StepId | null
}

/** A step that has been read, its branches not yet. */
export interface Reading {
  verb: string
  id?: string
  /** What the step is called when it has no id of its own. */
  name: string
  /** Always with a number: `wait-1`. */
  numbered: boolean
  /** Where the steps of each arm stand, seen from the step. */
  branches: { at: Path; entries: readonly unknown[] }[]
  /** Its arm leads back to it. */
  loops: boolean
  build(place: Place): Step
}

export interface Verb {
  keys: string[]
  schema: z.ZodType
  read(entry: unknown, path: Path): { step?: Reading; flaws: Flaw[] }
}

/** What a verb makes of its own keys. `flaws` are about how they go together. */
interface Meaning {
  name: string
  numbered?: boolean
  loops?: boolean
  branches?: { at: Path; entries: readonly unknown[] | undefined }[]
  flaws?: Flaw[]
  build(place: Place): Step
}

/** What every step may have. */
export const common = { id: name('an id', 'first-reminder').exactOptional() }

export function verb<Source extends { id?: string }>(
  word: string,
  example: string,
  object: z.ZodType<Source> & { shape: object },
  mean: (source: Source, path: Path) => Meaning,
): Verb {
  const schema = object.meta({ about: `\`${word}\``, example })
  return {
    keys: Object.keys(object.shape),
    schema,
    read(entry, path) {
      const result = check(schema, entry, path)
      if ('flaws' in result) return result
      const {
        flaws = [],
        branches = [],
        numbered = false,
        loops = false,
        ...meaning
      } = mean(result.value, path)
      const filled = branches.map(({ at, entries = [] }) => ({ at, entries }))
      const own = result.value.id === undefined ? {} : { id: result.value.id }
      return { step: { ...meaning, ...own, verb: word, numbered, loops, branches: filled }, flaws }
    },
  }
}

/** The steps of a branch, or of the whole workflow. */
export const stepList = leaf<readonly unknown[]>(
  {
    expects: 'a list of steps',
    example: '[{ send: thank-you }]',
    json: { type: 'array', items: { $ref: '#/$defs/step' }, minItems: 1 },
  },
  (value, note) => {
    if (Array.isArray(value) && value.length > 0) return value
    note({
      message: `% expects a list of steps, not ${Array.isArray(value) ? 'an empty list' : found(value)}`,
      hint: listHint(value),
    })
    return undefined
  },
)

/** How the steps would have to stand that somebody has put where a list belongs. */
function listHint(value: NonNullable<unknown>): string {
  if (Array.isArray(value)) return 'Add a step, or remove the key.'
  if (typeof value === 'string') {
    const step = /^([a-z]+)\s+(\S.*)$/.exec(value)
    return `Write the steps in lines below it: - ${step ? `${step[1]}: ${step[2]}` : `send: ${value}`}`
  }
  const [first = ''] = Object.keys(value)
  if (/^-\w/.test(first)) return `Put a space behind each dash: - ${first.slice(1)}: …`
  const numbered = /^\d+[.)]\s*(\w+)/.exec(first)
  if (numbered) return `Steps are listed with dashes, not with numbers: - ${numbered[1]}: …`
  return 'Put a dash before each step: - send: thank-you'
}
