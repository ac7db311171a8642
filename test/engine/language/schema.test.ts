/** The JSON Schemas that editors complete with say what the parser accepts, and what every word means. */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { definitionGlossary } from '../../../engine/language/glossary/definition.ts'
import { stepsGlossary } from '../../../engine/language/glossary/steps.ts'
import {
  type JsonSchema,
  scenariosJsonSchema,
  settingsJsonSchema,
  workflowJsonSchema,
} from '../../../engine/language/schema.ts'
import { parseSettings } from '../../../engine/language/settings.ts'
import { verbNames } from '../../../engine/language/verbs.ts'
import { parseScenarios } from '../../../engine/scenario.ts'
import { compile, head, settingsText } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const schemas = {
  workflow: workflowJsonSchema(),
  settings: settingsJsonSchema(),
  scenarios: scenariosJsonSchema(),
}

function* everyPart(part: unknown): Generator<object> {
  if (typeof part !== 'object' || part === null) return
  yield part
  for (const inner of Object.values(part)) yield* everyPart(inner)
}

/** An independent reading of the schemas; it refuses keywords that it does not know. */
const validator = (schema: JsonSchema): ValidateFunction =>
  new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, validateFormats: false }).compile(
    schema,
  )
const valid = {
  workflow: validator(schemas.workflow),
  settings: validator(schemas.settings),
  scenarios: validator(schemas.scenarios),
}

test('every verb has a schema, and every reference leads somewhere', () => {
  const schema = schemas.workflow
  expect(schema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['workflow', 'topic', 'trigger', 'steps'],
    $defs: { step: { anyOf: verbNames.map((verb) => ({ $ref: `#/$defs/${verb}` })) } },
  })
  const definitions = Object.keys(Object(schema.$defs))
  expect(definitions).toEqual(expect.arrayContaining(verbNames))
  for (const part of everyPart(schema))
    if ('$ref' in part) expect(definitions.map((name) => `#/$defs/${name}`)).toContain(part.$ref)
})

test('a step knows its keys and which of them it needs', () => {
  expect(schemas.workflow).toMatchObject({
    $defs: {
      await: {
        required: ['await', 'for'],
        additionalProperties: false,
        properties: {
          await: { type: 'string' },
          else: { type: 'array', items: { $ref: '#/$defs/step' } },
        },
      },
      survey: { properties: { survey: { enum: ['csat', 'nps', 'ces'] } } },
    },
  })
})

test.each(Object.entries(schemas))(
  'every word of %s has its meaning, and its examples are right',
  (_, schema) => {
    const ajv = new Ajv2020({
      strict: true,
      strictRequired: false,
      allowUnionTypes: true,
      validateFormats: false,
    })
    ajv.addSchema(schema, 'whole')
    for (const part of everyPart(schema)) {
      if (!('properties' in part)) continue
      for (const [key, word] of Object.entries(Object(part.properties))) {
        const { description, examples } = Object(word)
        // Hours are read whole by their leaf, and have no words of their own.
        if (key !== 'to' && !(key === 'from' && !('description' in Object(word))))
          expect(description, key).toMatch(/\S/)
        if (examples === undefined) continue
        const check = ajv.compile({ $defs: Object(schema.$defs), ...Object(word) })
        for (const example of examples) expect([key, example, check(example)]).toEqual([key, example, true])
      }
    }
    expect(JSON.stringify(schema)).not.toMatch(/"(form|about|example)":/)
  },
)

test('the glossary has no word that the language has not', () => {
  const $defs: { [name: string]: { properties?: object } } = Object(schemas.workflow.$defs)
  const whole: { [name: string]: { properties?: object } } = Object(schemas.workflow.properties)
  for (const [name, { words }] of Object.entries({ ...definitionGlossary, ...stepsGlossary })) {
    const part = name === 'workflow' ? schemas.workflow : ($defs[name] ?? whole[name])
    expect(Object.keys(Object(part?.properties)), name).toEqual(expect.arrayContaining(Object.keys(words)))
  }
})

const library = readdirSync('workflows', { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && !entry.name.startsWith('.') ? [entry.name] : [],
)
const read = (path: string): unknown => parse(readFileSync(`workflows/${path}`, 'utf8'))

describe('the care library is right in the eyes of an editor', () => {
  test.each(library)('%s', (name) => {
    expect([valid.workflow(read(`${name}/workflow.yaml`)), valid.workflow.errors]).toEqual([true, null])
    expect([valid.scenarios(read(`${name}/scenarios.yaml`)), valid.scenarios.errors]).toEqual([true, null])
  })
  test('the settings', () => {
    expect([valid.settings(read('settings.yaml')), valid.settings.errors]).toEqual([true, null])
  })
})

const steps = (text: string) => `${head}steps:\n${text}`
describe('mistakes that a schema can catch', () => {
  test.each([
    ['a misspelt verb', steps('  - sned: thank-you\n')],
    ['two verbs', steps('  - send: thank-you\n    wait: 3 days\n')],
    ['a misspelt key', steps('  - await: purchase\n    for: 3 days\n    whne: event.total > 1\n')],
    ['a duration without a unit', steps('  - wait: 3\n')],
    ['a duration in words', steps('  - wait: three days\n')],
    ['a misspelt unit', steps('  - wait: 3 dayz\n')],
    ['an hour of one digit', steps('  - wait: 1 day\n    at: 9:30\n')],
    ['a weekday in full', steps('  - wait: 1 day\n    on: [monday]\n')],
    ['an await without an end', steps('  - await: purchase\n')],
    ['an if without arms', steps('  - if: customer.vip\n')],
    ['a coupon from nowhere', steps('  - coupon: offer\n')],
    ['a coupon from two places', steps('  - coupon: offer\n    pool: a\n    pattern: CARE-????-##\n')],
    ['an offset from nothing', steps('  - wait: 3 days\n    offset: -1 day\n')],
    ['a share without its sign', steps('  - split:\n      - 50: [{ stop: a }]\n      - 50: [{ stop: b }]\n')],
    ['a step without a dash', steps('  send: thank-you\n')],
    [
      'two triggers',
      `workflow: a\ntopic: b\ntrigger: { event: c, date: d, every: year }\nsteps: [{ stop: e }]\n`,
    ],
    ['a date without every', `workflow: a\ntopic: b\ntrigger: { date: d }\nsteps: [{ stop: e }]\n`],
    ['a name in capitals', `workflow: A\ntopic: b\ntrigger: { event: c }\nsteps: [{ stop: e }]\n`],
    ['a holdout without its sign', `${head}enroll: { holdout: 5 }\nsteps: [{ stop: e }]\n`],
    ['a goal without an end', `${head}goal: { event: purchase }\nsteps: [{ stop: e }]\n`],
    ['no steps', head],
    ...[
      'calendar: "20-12"',
      'calendar: "02-30"',
      'calendar: "12-20", leapDay: mar-1',
      'calendar: "9:00"',
      'calendar: "* 9 1 * *"',
      'date: birthday, every: once, leapDay: mar-1',
      'date: birthday, every: month, leapDay: mar-1',
    ].map((trigger) => [
      trigger,
      `workflow: a\ntopic: service\ntrigger: { ${trigger} }\nsteps: [{ stop: e }]\n`,
    ]),
  ])('%s', async (_, text) => {
    expect(valid.workflow(parse(text))).toBe(false)
    expect((await compile(text)).workflow).toBeUndefined()
  })
})

test.each([
  'calendar: "12-20"',
  'calendar: "02-29", leapDay: mar-1',
  'calendar: "2026-11-27"',
  'calendar: " 04-30 "',
  'calendar: "0 9 1 * *"',
  'calendar: "30 18 * jan-mar mon#1"',
  'calendar: "0  9 L 2 *"',
  'date: birthday, every: year, leapDay: leap-years-only',
])('%s is right in the eyes of an editor', async (trigger) => {
  const text = `workflow: a\ntopic: service\ntrigger: { ${trigger} }\nsteps: [{ stop: e }]\n`
  expect((await compile(text)).workflow).toBeDefined()
  expect([valid.workflow(parse(text)), valid.workflow.errors]).toEqual([true, null])
})

/** Words and values that stand in every kind of place, right ones and wrong ones. */
const scrap = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    0,
    3,
    '',
    'x',
    'My Flow',
    '3 days',
    '3days',
    '-2 days',
    '09:00',
    '9:00',
    'purchase',
    'email',
  ],
  ...[
    'customer.tier == "gold"',
    '5%',
    'never',
    'after 3 days',
    'feb-28',
    'year',
    '3 times',
    'CARE-????-##',
    'csat',
  ],
  ...[[], {}, ['mon'], ['monday'], [{ stop: 'done' }], [{ send: 'thank-you' }], { event: 'purchase' }],
)

/** Puts scrap in the place of something, or takes something away, or adds a key. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return scrap
  const keys = Object.keys(value)
  const inner = keys.map((key) =>
    mutated(Object(value)[key]).map((changed) =>
      Array.isArray(value)
        ? value.map((entry, index) => (String(index) === key ? changed : entry))
        : { ...value, [key]: changed },
    ),
  )
  const less = keys.map((key) =>
    fc.constant(
      Array.isArray(value)
        ? value.filter((_, index) => String(index) !== key)
        : Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)),
    ),
  )
  const more = fc
    .tuple(fc.constantFrom('id', 'when', 'then', 'at', 'on', 'topic', 'stop', 'every', 'nonsense'), scrap)
    .map(([key, added]) => (Array.isArray(value) ? [...value, added] : { ...value, [key]: added }))
  return fc.oneof(scrap, more, ...inner, ...inner, ...less)
}

const documents = library.map((name) => read(`${name}/workflow.yaml`))
const law = <T extends unknown[]>(property: fc.IAsyncProperty<T>, numRuns: number) =>
  fc.assert(property, { seed: 20260326, numRuns })

test('whatever the parser accepts, an editor accepts', () =>
  law(
    fc.asyncProperty(fc.constantFrom(...documents).chain(mutated), async (document) => {
      const text = JSON.stringify(document) ?? ''
      const { issues } = await compile(text, {})
      // Mails and topics are no matter of a schema: what stands in the file alone is compared.
      const own = issues.filter(
        ({ severity, file, message }) =>
          severity === 'error' &&
          file === 'workflow.yaml' &&
          !/There is no (mail|topic|sender|webhook)|opted in/.test(message),
      )
      if (own.length === 0) expect([text, valid.workflow(document)]).toEqual([text, true])
    }),
    400,
  ))

test('the same holds for settings and for scenarios', () => {
  const settings: unknown = parse(settingsText)
  fc.assert(
    fc.property(mutated(settings), (document) => {
      const parsed = parseSettings(JSON.stringify(document) ?? '')
      if (parsed.settings) expect([document, valid.settings(document)]).toEqual([document, true])
    }),
    { seed: 20260326, numRuns: 300 },
  )
  const stories = fc.constantFrom(...library.map((name) => read(`${name}/scenarios.yaml`)))
  fc.assert(
    fc.property(stories.chain(mutated), (document) => {
      const parsed = parseScenarios(JSON.stringify(document) ?? '')
      if (parsed.scenarios.length > 0) expect([document, valid.scenarios(document)]).toEqual([document, true])
    }),
    { seed: 20260326, numRuns: 300 },
  )
})
