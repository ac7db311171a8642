/** The JSON Schema that editors complete with says what the parser accepts. */
import { expect, test } from 'vitest'
import { settingsJsonSchema, workflowJsonSchema } from '../../../engine/language/schema.ts'
import { verbNames } from '../../../engine/language/verbs.ts'

function* everyPart(part: unknown): Generator<object> {
  if (typeof part !== 'object' || part === null) return
  yield part
  for (const inner of Object.values(part)) yield* everyPart(inner)
}

test('every verb has a schema, and every reference leads somewhere', () => {
  const schema = workflowJsonSchema()
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
  expect(workflowJsonSchema()).toMatchObject({
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

test('nothing of the parser shows', () => {
  for (const schema of [workflowJsonSchema(), settingsJsonSchema()])
    expect(JSON.stringify(schema)).not.toMatch(/"(form|about|example)":/)
  expect(settingsJsonSchema()).toMatchObject({
    properties: { topics: { additionalProperties: { required: ['title', 'basis'] } } },
  })
})
