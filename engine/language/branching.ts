/** The verbs that hold steps of their own beside `if` and `await`. */
import * as z from 'zod'
import { evaluateCondition, pathsRead } from '../condition.ts'
import { check, type Flaw, found, leaf, type Path } from './flaw.ts'
import { common, stepList, verb } from './verb.ts'
import { type Checked, condition, names, warningsAt } from './words.ts'

/** One branch of a `choose`. */
export const caseSchema = z
  .strictObject({ when: condition(names.journey), then: stepList.exactOptional() })
  .meta({ about: '`choose`', example: '- when: customer.tier == "gold"' })

const cases = leaf<readonly unknown[]>(
  {
    expects: 'a list of conditions',
    example: '[{ when: customer.tier == "gold", then: [{ send: gold }] }]',
    json: { type: 'array', items: { $ref: '#/$defs/case' }, minItems: 1 },
  },
  (value, note) => {
    if (Array.isArray(value) && value.length > 0) return value
    note(
      Array.isArray(value)
        ? {
            message: '% has no `when`',
            hint: 'Put `- when:` with a condition below it, once for each branch.',
          }
        : {
            message: `% expects a list of conditions, not ${found(value)}`,
            hint: 'Put a dash before each condition: - when: customer.tier == "gold"',
          },
    )
    return undefined
  },
)

interface Case {
  when: Checked
  then: readonly unknown[] | undefined
}

export const choose = verb(
  'choose',
  'choose: [{ when: customer.tier == "gold", then: [{ send: gold }] }]',
  z.strictObject({ ...common, choose: cases, else: stepList.exactOptional() }),
  (source, path) => {
    const flaws: Flaw[] = []
    const read = source.choose.flatMap((entry, index) => {
      const one = readCase(entry, [...path, 'choose', index], flaws)
      return one ? [{ ...one, index }] : []
    })
    if (flaws.length === 0 && !source.else && read.every(({ then }) => !then))
      flaws.push({
        path: [...path, 'choose'],
        part: 'key',
        message: '`choose` has no steps',
        hint: 'Put `then` with steps below a `when`.',
      })
    noteUnreachable(read, source.else !== undefined, path, flaws)
    return {
      name: 'choose',
      numbered: true,
      branches: [
        ...read.map(({ index, then }) => ({ at: ['choose', index, 'then'], entries: then })),
        { at: ['else'], entries: source.else },
      ],
      flaws,
      build: ({ id, next, arms }) => ({
        id,
        next,
        verb: 'choose',
        cases: read.map(({ when }, index) => ({ when: when.text, first: arms[index] ?? next })),
        else: arms[read.length] ?? next,
      }),
    }
  },
)

function readCase(entry: unknown, path: Path, flaws: Flaw[]): Case | undefined {
  if (typeof entry === 'object' && entry !== null && 'else' in entry && !('when' in entry)) {
    flaws.push({
      path: [...path, 'else'],
      part: 'key',
      message: '`else` stands beside `choose`, not in its list',
      hint: 'Remove the dash before it, and indent it to the column of `choose`.',
    })
    return undefined
  }
  const result = check(caseSchema, entry, path)
  if ('flaws' in result) {
    flaws.push(...result.flaws)
    return undefined
  }
  const { when, then } = result.value
  flaws.push(...warningsAt([...path, 'when'], when))
  return { when, then }
}

/** Reads nothing and holds: whatever stands below it has no turn. */
const alwaysHolds = (text: string) => pathsRead(text).length === 0 && evaluateCondition(text, {}).value

function noteUnreachable(
  read: readonly (Case & { index: number })[],
  hasElse: boolean,
  path: Path,
  flaws: Flaw[],
) {
  const sure = read.findIndex(({ when }) => alwaysHolds(when.text))
  const warn = (at: Path, message: string, hint: string) =>
    void flaws.push({ path: at, severity: 'warning', message, hint })
  for (const [position, { when, index }] of read.entries()) {
    const at = [...path, 'choose', index]
    if (sure >= 0 && position > sure)
      warn(at, 'This branch is never reached: a `when` above it always holds', 'Move that one into `else`.')
    else if (read.slice(0, position).some((earlier) => earlier.when.text === when.text))
      warn(at, 'This branch is never reached: the same `when` stands above it', 'Remove one of them.')
  }
  if (sure >= 0 && hasElse)
    warn([...path, 'else'], '`else` is never reached: a `when` above it always holds', 'Remove one of them.')
}
