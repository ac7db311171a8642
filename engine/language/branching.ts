/** The verbs that hold steps of their own beside `if` and `await`. */
import * as z from 'zod'
import { evaluateCondition, pathsRead } from '../condition.ts'
import { parseDuration } from '../time.ts'
import { check, type Flaw, found, leaf, type Path, textLeaf } from './flaw.ts'
import { common, stepList, verb } from './verb.ts'
import { duration } from './durations.ts'
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

/** Shares are counted in thousandths of a percent, so that they add up exactly. */
const whole = 100_000
const mostArms = 20
const shareForm = /^(\d{1,3})(?:\.(\d{1,3}))?%$/

/** One arm of a `split`, for editors; it is read by hand, because its key is a number. */
export const armSchema = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  patternProperties: {
    [shareForm.source]: { type: ['array', 'null'], items: { $ref: '#/$defs/step' } },
  },
}

const shares = leaf<readonly unknown[]>(
  {
    expects: 'a list of shares',
    example: '[{ 50%: [{ send: one }] }, { 50%: [{ send: other }] }]',
    json: { type: 'array', items: { $ref: '#/$defs/arm' }, minItems: 2, maxItems: mostArms },
  },
  (value, note) => {
    if (!Array.isArray(value))
      note({
        message: `% expects a list of shares, not ${found(value)}`,
        hint: 'Put a dash before each share: - 50%: [{ send: one }]',
      })
    else if (value.length < 2)
      note({
        message: '% needs at least two shares',
        hint: 'Add `- 50%:` with nothing below it for those who are to be left alone.',
      })
    else if (value.length > mostArms) note({ message: `% has at most ${mostArms} shares` })
    else return value
    return undefined
  },
)

interface Share {
  key: string
  thousandths: number
  entries: readonly unknown[]
}

export const split = verb(
  'split',
  'split: [{ 50%: [{ send: one }] }, { 50%: [{ send: other }] }]',
  z.strictObject({ ...common, split: shares }),
  (source, path) => {
    const flaws: Flaw[] = []
    const read = source.split.flatMap((entry, index) => {
      const one = readShare(entry, [...path, 'split', index], flaws)
      return one ? [{ ...one, index }] : []
    })
    const sum = read.reduce((total, { thousandths }) => total + thousandths, 0)
    if (flaws.length === 0 && sum !== whole)
      flaws.push({
        path: [...path, 'split'],
        part: 'key',
        message: `The shares of \`split\` add up to ${percent(sum)}, not to 100%`,
        hint:
          sum < whole
            ? `Add \`- ${percent(whole - sum)}:\` with nothing below it for those who are to be left alone.`
            : `Take away ${percent(sum - whole)}.`,
      })
    return {
      name: 'split',
      numbered: true,
      branches: read.map(({ key, index, entries }) => ({ at: ['split', index, key], entries })),
      flaws,
      build: ({ id, next, arms }) => ({
        id,
        next,
        verb: 'split',
        arms: read.map(({ thousandths }, index) => ({
          share: thousandths / 1000,
          first: arms[index] ?? next,
        })),
      }),
    }
  },
)

const percent = (thousandths: number) => `${thousandths / 1000}%`

function readShare(entry: unknown, path: Path, flaws: Flaw[]): Share | undefined {
  const note = (message: string, hint: string, key?: string) => {
    flaws.push({ path: key === undefined ? path : [...path, key], part: 'key', message, hint })
    return undefined
  }
  const example = 'For example: - 50%: [{ send: one }]'
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return note(`A share is a percentage with steps, not ${found(entry)}`, example)
  const [first, second] = Object.entries(entry)
  if (!first) return note('This share is empty', example)
  const [key, given] = first
  if (second) return note('A share has one percentage', `Put a dash before \`${second[0]}\`.`, second[0])
  const [, ones, decimals = ''] = shareForm.exec(key) ?? []
  if (ones === undefined) {
    const number = /^(\d{1,3}(?:\.\d{1,3})?)\s*%?$/.exec(key)?.[1]
    return note(
      `\`${key}\` is not a share`,
      number === undefined
        ? 'Shares are percentages with at most three decimals: 50%, 0.5%.'
        : `Write \`${number}%\`.`,
      key,
    )
  }
  const thousandths = Number(ones) * 1000 + Number(decimals.padEnd(3, '0'))
  if (thousandths === 0) return note('Nobody is in a share of 0%', 'Remove it.', key)
  if (given === null || (Array.isArray(given) && given.length === 0)) return { key, thousandths, entries: [] }
  const steps = check(stepList, given, [...path, key])
  if ('value' in steps) return { key, thousandths, entries: steps.value }
  flaws.push(...steps.flaws)
  return undefined
}

const mostRounds = 100

const times = textLeaf<number>(
  { expects: 'a number of times', example: '3 times', json: { pattern: '^\\d{1,3} times?$' } },
  (text, note) => {
    const [, digits, unit] = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text) ?? []
    const count = Number(digits)
    if (digits === undefined || (unit !== undefined && unit !== '' && !/^times?$/.test(unit)))
      note({
        message: `% expects a number of times, not ${found(text)}`,
        hint: parseDuration(text)
          ? 'How much time is between them stands in `every`. For example: repeat: 3 times'
          : 'For example: repeat: 3 times',
      })
    else if (count < 1 || count > mostRounds)
      note({
        message: `% goes from 1 to ${mostRounds} times, not ${found(text)}`,
        ...(count > mostRounds
          ? { hint: 'For what has no end, let a date trigger start a journey each time.' }
          : {}),
      })
    else if (unit === '' || !/^\d+ times?$/.test(text.trim()))
      note({ message: `% expects a number of times, not ${found(text)}`, hint: `Write \`${count} times\`.` })
    else return count
    return undefined
  },
  (value) => (typeof value === 'number' ? `Write \`${value} times\`.` : undefined),
)

export const repeat = verb(
  'repeat',
  'repeat: 3 times',
  z.strictObject({ ...common, repeat: times, every: duration('7 days'), steps: stepList }),
  (source) => ({
    name: 'repeat',
    numbered: true,
    loops: true,
    branches: [{ at: ['steps'], entries: source.steps }],
    build: ({ id, next, arms: [first = null] }) => ({
      id,
      next,
      verb: 'repeat',
      times: source.repeat,
      every: source.every,
      first,
    }),
  }),
)
