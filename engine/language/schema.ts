/** The JSON Schema of the language, for editors: completion and a first check while typing. */
import * as z from 'zod'
import { armSchema, caseSchema } from './branching.ts'
import { definitionSchema } from './definition.ts'
import { exitSchema, followSchema } from './event-lists.ts'
import { settingsSchema } from './settings.ts'
import { verbs } from './verbs.ts'

type JsonSchema = { [keyword: string]: unknown }

const formMeta = z.object({ form: z.record(z.string(), z.unknown()) })

/** Leaves are functions to zod; what they accept stands in their metadata. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const meta = formMeta.safeParse(jsonSchema)
      for (const key of ['form', 'about', 'example']) Reflect.deleteProperty(jsonSchema, key)
      if (meta.success) Object.assign(jsonSchema, meta.data.form)
    },
  })
  return json
}

const dialect = 'https://json-schema.org/draft/2020-12/schema'

/** Of `workflow.yaml`. */
export function workflowJsonSchema(): JsonSchema {
  const words = Object.entries(verbs)
  return {
    $schema: dialect,
    title: 'Premura workflow',
    ...schemaOf(definitionSchema),
    $defs: {
      step: { anyOf: words.map(([word]) => ({ $ref: `#/$defs/${word}` })) },
      exit: schemaOf(exitSchema),
      follow: schemaOf(followSchema),
      case: schemaOf(caseSchema),
      arm: armSchema,
      ...Object.fromEntries(words.map(([word, { schema }]) => [word, schemaOf(schema)])),
    },
  }
}

/** Of `settings.yaml`. */
export function settingsJsonSchema(): JsonSchema {
  return { $schema: dialect, title: 'Premura settings', ...schemaOf(settingsSchema) }
}
