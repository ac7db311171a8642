/**
 * The verbs of the language. A further verb is one more entry here (and, if it is a new kind of step, a member of
 * `Step`): its keys, the name that its steps are called by, and the step that it becomes.
 */
import * as z from 'zod'
import type { Channel, Step } from '../program.ts'
import { assignments, textsOf } from './assignments.ts'
import { choose, repeat, split } from './branching.ts'
import { type Flaw, found, type Path, textLeaf } from './flaw.ts'
import { emit, webhook } from './outgoing.ts'
import { common, stepList, type Verb, verb } from './verb.ts'
import { wait } from './waiting.ts'
import { duration } from './durations.ts'
import {
  address,
  condition,
  eventType,
  inQuotes,
  line,
  name,
  names,
  oneOf,
  toKebab,
  variableName,
  warningsAt,
} from './words.ts'

const messageKeys = {
  channel: oneOf(['email', 'sms', 'whatsapp']).exactOptional(),
  topic: name('a topic', 'service').exactOptional(),
  from: line('a sender of the settings or a mail address', 'default').exactOptional(),
  replyTo: address.exactOptional(),
  inDoubt: oneOf(['resend', 'drop', 'ask']).exactOptional(),
}

/** Who sends a text is said where its words are, and nobody answers it by mail. */
const textFlaws = (source: { channel?: Channel; from?: string; replyTo?: string }, path: Path): Flaw[] =>
  source.channel === undefined || source.channel === 'email'
    ? []
    : (['from', 'replyTo'] as const)
        .filter((key) => source[key] !== undefined)
        .map((key) => ({
          path: [...path, key],
          part: 'key' as const,
          message: `\`${key}\` belongs to mails`,
          hint:
            key === 'from'
              ? 'Remove it; an SMS names its sender in the head of its own file.'
              : 'Remove it: texts are answered to the number that they came from.',
        }))

const couponPattern = textLeaf(
  { expects: 'a pattern', example: 'CARE-????-##', json: { pattern: '^[A-Za-z0-9?#_-]+$' } },
  (text, note) => {
    const open = [...text].filter((character) => character === '?' || character === '#').length
    if (!/^[A-Za-z0-9?#_-]{4,40}$/.test(text))
      note({
        message: `% expects letters, digits, dashes, \`?\` and \`#\`, not ${found(text)}`,
        hint: 'For example: pattern: CARE-????-##',
      })
    else if (open < 6)
      note({
        message: `% leaves room for ${open} random characters only`,
        hint: 'Use at least six of `?` (letter) and `#` (digit), so that codes cannot be guessed.',
      })
    else return text
    return undefined
  },
)

/** What the engine itself says at the end of a journey. */
const ownReasons = new Set(['completed', 'converted', 'exited', 'held-out'])

const stopReason = textLeaf(
  { expects: 'a reason', example: 'recovered', json: { maxLength: 60 } },
  (text, note) => {
    if (ownReasons.has(text))
      note({ message: `\`${text}\` is what the engine says itself`, hint: 'Choose another reason.' })
    else if (text.length <= 60 && !/\p{Cc}/u.test(text)) return text.trim()
    else note({ message: '% expects a reason of one line and at most 60 characters' })
    return undefined
  },
  inQuotes,
)

/** Attributes with the expressions of their new values. */
const attributes = assignments({
  expects: 'attributes with their values',
  example: '{ visits: customer.visits + 1 }',
  refuse: (attribute) =>
    attribute === 'id' || !/^[A-Za-z]\w{0,59}$/.test(attribute)
      ? 'Attributes are words of letters and digits, and `id` never changes.'
      : undefined,
})

export const verbs = {
  send: verb(
    'send',
    'send: thank-you',
    z.strictObject({ ...common, send: name('the name of a mail', 'thank-you'), ...messageKeys }),
    (source, path) => {
      const { send: template, id: _, channel = 'email', inDoubt = 'drop', ...overrides } = source
      return {
        name: template,
        flaws: textFlaws(source, path),
        build: ({ id, next }) => ({ id, next, verb: 'send', template, channel, inDoubt, ...overrides }),
      }
    },
  ),

  survey: verb(
    'survey',
    'survey: csat',
    z.strictObject({
      ...common,
      survey: oneOf(['csat', 'nps', 'ces']),
      template: name('the name of a mail', 'how-was-it').exactOptional(),
      ...messageKeys,
    }),
    (source, path) => {
      const { survey, id: _, template = survey, channel = 'email', inDoubt = 'drop', ...overrides } = source
      return {
        name: `survey-${survey}`,
        flaws: textFlaws(source, path),
        build: ({ id, next }) => ({
          id,
          next,
          verb: 'send',
          template,
          channel,
          inDoubt,
          survey,
          ...overrides,
        }),
      }
    },
  ),

  wait,

  await: verb(
    'await',
    'await: purchase',
    z.strictObject({
      ...common,
      await: eventType,
      when: condition(names.journey).exactOptional(),
      for: duration('14 days'),
      then: stepList.exactOptional(),
      else: stepList.exactOptional(),
    }),
    (source, path) => ({
      name: `await-${toKebab(source.await)}`,
      branches: [
        { at: ['then'], entries: source.then },
        { at: ['else'], entries: source.else },
      ],
      flaws: warningsAt([...path, 'when'], source.when),
      build: ({ id, next, arms: [matched = next, timedOut = next] }) => ({
        id,
        next,
        verb: 'await',
        event: source.await,
        ...(source.when ? { when: source.when.text } : {}),
        for: source.for,
        then: matched,
        else: timedOut,
      }),
    }),
  ),

  if: verb(
    'if',
    'if: customer.tier == "gold"',
    z.strictObject({
      ...common,
      if: condition(names.journey),
      then: stepList.exactOptional(),
      else: stepList.exactOptional(),
    }),
    (source, path) => {
      const nothing: Flaw[] =
        source.then || source.else
          ? []
          : [
              {
                path: [...path, 'if'],
                part: 'key',
                message: '`if` needs `then`, `else` or both',
                hint: 'Indent them to the column of `if`.',
              },
            ]
      return {
        name: 'if',
        numbered: true,
        branches: [
          { at: ['then'], entries: source.then },
          { at: ['else'], entries: source.else },
        ],
        flaws: [...nothing, ...warningsAt([...path, 'if'], source.if)],
        build: ({ id, next, arms: [yes = next, no = next] }) => ({
          id,
          next,
          verb: 'if',
          condition: source.if.text,
          then: yes,
          else: no,
        }),
      }
    },
  ),

  choose,
  split,
  repeat,

  coupon: verb(
    'coupon',
    'coupon: offer',
    z.strictObject({
      ...common,
      coupon: variableName('offer', (name) => `coupons.${name}.code`),
      pool: name('the name of a pool of codes', 'win-back-15').exactOptional(),
      pattern: couponPattern.exactOptional(),
      expires: duration('30 days').exactOptional(),
    }),
    ({ coupon, pool, pattern, expires }, path) => {
      const flaws: Flaw[] = []
      if (pool !== undefined && pattern !== undefined)
        flaws.push({
          path: [...path, 'pattern'],
          part: 'key',
          message: 'A coupon comes from a `pool` or a `pattern`, not from both',
          hint: 'Remove one of them.',
        })
      if (pool === undefined && pattern === undefined)
        flaws.push({
          path: [...path, 'coupon'],
          part: 'key',
          message: '`coupon` needs a `pool` or a `pattern`',
          hint: 'For example: pattern: CARE-????-##',
        })
      const source = pool === undefined ? { pattern: pattern ?? '' } : { pool }
      return {
        name: `coupon-${toKebab(coupon)}`,
        flaws,
        build: ({ id, next }) => ({
          id,
          next,
          verb: 'coupon',
          name: coupon,
          source,
          ...(expires === undefined ? {} : { expires }),
        }),
      }
    },
  ),

  task: verb(
    'task',
    'task: recover',
    z.strictObject({
      ...common,
      task: name('the name of a task', 'recover'),
      queue: name('the name of a queue', 'care-team'),
      title: line('a title', '"Call {{ customer.firstName }}"', 300).exactOptional(),
      due: duration('1 day').exactOptional(),
    }),
    ({ task, queue, title = task, due }) => ({
      name: `task-${task}`,
      build: ({ id, next }) => ({
        id,
        next,
        verb: 'task',
        name: task,
        queue,
        title,
        ...(due === undefined ? {} : { due }),
      }),
    }),
  ),

  set: verb(
    'set',
    'set: { contacted: "true" }',
    z.strictObject({ ...common, set: attributes }),
    ({ set }, path) => ({
      name: 'set',
      numbered: true,
      flaws: [...set].flatMap(([attribute, expression]) =>
        warningsAt([...path, 'set', attribute], expression),
      ),
      build: ({ id, next }) => ({
        id,
        next,
        verb: 'set',
        values: textsOf(set),
      }),
    }),
  ),

  emit,
  webhook,

  stop: verb(
    'stop',
    'stop: recovered',
    z.strictObject({ ...common, stop: stopReason }),
    ({ stop: reason }) => ({
      name: ['stop', toKebab(reason)].filter((part) => part !== '').join('-'),
      build: ({ id, next }) => ({ id, next, verb: 'stop', reason }),
    }),
  ),
} satisfies { [word in Step['verb'] | 'survey']: Verb }

export const isVerb = (word: string): word is keyof typeof verbs => Object.hasOwn(verbs, word)

export const verbNames = Object.keys(verbs)

/** Which verbs know a key. */
export const keysOfVerbs: ReadonlyMap<string, readonly string[]> = (() => {
  const owners = new Map<string, string[]>()
  for (const [word, { keys }] of Object.entries(verbs))
    for (const key of keys) owners.set(key, [...(owners.get(key) ?? []), word])
  return owners
})()
