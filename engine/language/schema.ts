/** The JSON Schemas of the language, for editors: completion, help, and a first check while typing. */
import { parse } from 'yaml'
import * as z from 'zod'
import { SUBJECTS, scenarios as scenariosSchema } from '../scenario/schema.ts'
import { armSchema, caseSchema } from './branching.ts'
import { definitionSchema } from './definition.ts'
import { exitSchema, followSchema } from './event-lists.ts'
import { type Book, type Chapter, commonWords } from './glossary/chapter.ts'
import { definitionGlossary } from './glossary/definition.ts'
import { scenariosGlossary } from './glossary/scenarios.ts'
import { settingsGlossary } from './glossary/settings.ts'
import { stepsGlossary } from './glossary/steps.ts'
import { settingsSchema } from './settings.ts'
import { verbs } from './verbs.ts'

export type JsonSchema = { [keyword: string]: unknown }

const formMeta = z.object({ form: z.record(z.string(), z.unknown()) })

/** Leaves are functions to zod; what they accept stands in their metadata. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const meta = formMeta.safeParse(jsonSchema)
      for (const key of ['form', 'about', 'example']) Reflect.deleteProperty(jsonSchema, key)
      if (meta.success) Object.assign(jsonSchema, meta.data.form, valuesOf(meta.data.form.examples))
    },
  })
  return json
}

/** Examples are written in YAML; editors want their values. */
const valuesOf = (examples: unknown): JsonSchema =>
  Array.isArray(examples) ? { examples: examples.map((text) => parse(String(text)) as unknown) } : {}

const isSchema = (part: unknown): part is JsonSchema =>
  typeof part === 'object' && part !== null && !Array.isArray(part)

/** Puts the meaning of each word beside it. */
function described(schema: JsonSchema, { about, words }: Chapter, more: JsonSchema = {}): JsonSchema {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const all: Chapter['words'] = { ...commonWords, ...words }
  return {
    ...schema,
    description: about,
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, property]) => [
        key,
        isSchema(property) ? { description: meaningOf(all[key]), ...property } : property,
      ]),
    ),
    ...more,
  }
}

const meaningOf = (word: Chapter['words'][string] | undefined): string =>
  [word?.is, word?.otherwise === undefined ? undefined : `When left out: ${word.otherwise}.`]
    .filter((sentence) => sentence !== undefined)
    .join(' ')

const chapter = (book: Book, name: string): Chapter => book[name] ?? { about: '', words: {} }

/** Puts a described part where the plain one stands: `brand`, `topics.*`. */
function withParts(
  schema: JsonSchema,
  parts: { [key: string]: (part: JsonSchema) => JsonSchema },
): JsonSchema {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, part]) => {
        const change = parts[key]
        return [key, change && isSchema(part) ? change(part) : part]
      }),
    ),
  }
}

const entriesOf =
  (
    change: (entry: JsonSchema) => JsonSchema,
    key: 'additionalProperties' | 'items' = 'additionalProperties',
  ) =>
  (schema: JsonSchema): JsonSchema => {
    const entry = schema[key]
    return { ...schema, [key]: isSchema(entry) ? change(entry) : entry }
  }

const either = (...keys: string[]) => keys.map((key) => ({ required: [key] }))

/** What the keys of a part want of one another, as far as JSON Schema can say it. */
const together: { [part: string]: JsonSchema } = {
  trigger: {
    oneOf: either('event', 'date', 'calendar', 'becomes'),
    dependentRequired: { date: ['every'], every: ['date'], offset: ['date'] },
    // A leap day is one of a year, or 29 February itself.
    if: { required: ['leapDay'] },
    then: {
      anyOf: [
        {
          required: ['date'],
          properties: { every: { const: 'year', description: 'A leap day is one of a year.' } },
        },
        {
          required: ['calendar'],
          properties: { calendar: { const: '02-29', description: 'The leap day itself.' } },
        },
      ],
    },
  },
  if: { anyOf: either('then', 'else') },
  coupon: { oneOf: either('pool', 'pattern') },
  wait: { dependentRequired: { offset: ['until'], past: ['until'] } },
}

const dialect = 'https://json-schema.org/draft/2020-12/schema'
const titled = (title: string) => ({ $schema: dialect, title })

/** Of `workflow.yaml`. */
export function workflowJsonSchema(): JsonSchema {
  const words = Object.entries(verbs)
  const own = (name: string, schema: JsonSchema) =>
    described(schema, chapter({ ...definitionGlossary, ...stepsGlossary }, name), together[name])
  const inside = (name: string) => (part: JsonSchema) => own(name, part)
  const whole = withParts(own('workflow', schemaOf(definitionSchema)), {
    trigger: inside('trigger'),
    enroll: inside('enroll'),
    appointment: inside('appointment'),
    goal: inside('goal'),
  })
  return {
    ...titled('Premura workflow'),
    ...whole,
    $defs: {
      step: { anyOf: words.map(([word]) => ({ $ref: `#/$defs/${word}` })) },
      exit: own('exit', schemaOf(exitSchema)),
      follow: own('follow', schemaOf(followSchema)),
      case: own('case', schemaOf(caseSchema)),
      arm: armSchema,
      ...Object.fromEntries(words.map(([word, { schema }]) => [word, own(word, schemaOf(schema))])),
    },
  }
}

/** Of `settings.yaml`. */
export function settingsJsonSchema(): JsonSchema {
  const own = (name: string) => (schema: JsonSchema) => described(schema, chapter(settingsGlossary, name))
  const topic = (schema: JsonSchema) => withParts(own('topic')(schema), { cap: own('cap') })
  const whole = withParts(own('settings')(schemaOf(settingsSchema)), {
    brand: own('brand'),
    senders: (schema) => ({ ...entriesOf(own('sender'))(schema), required: ['default'] }),
    topics: entriesOf(topic),
    webhooks: entriesOf(own('webhook')),
  })
  return { ...titled('Premura settings'), ...whole }
}

/** Of `scenarios.yaml`. */
export function scenariosJsonSchema(): JsonSchema {
  const own =
    (name: string, more: JsonSchema = {}) =>
    (schema: JsonSchema) =>
      described(schema, chapter(scenariosGlossary, name), more)
  const expectation = (schema: JsonSchema) =>
    withParts(
      own('expectation', {
        oneOf: either(...SUBJECTS),
      })(schema),
      { subject: own('part'), text: own('part'), html: own('part'), title: own('part') },
    )
  const scenario = (schema: JsonSchema) =>
    withParts(own('scenario')(schema), {
      given: entriesOf(own('given', { oneOf: either('at', 'after') }), 'items'),
      expect: (list) => ({ ...entriesOf(expectation, 'items')(list), minItems: 1 }),
      webhooks: entriesOf(own('answer')),
    })
  const list = schemaOf(scenariosSchema)
  return { ...titled('Premura scenarios'), ...entriesOf(scenario, 'items')(list) }
}
