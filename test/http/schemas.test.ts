/** Editors fetch the schemas of the language from a deployment, without a key and from any page. */
import { expect, it } from 'vitest'
import { scenariosJsonSchema, settingsJsonSchema, workflowJsonSchema } from '../../engine/language/schema.ts'
import { Api } from './api.ts'

it.each([
  ['workflow', workflowJsonSchema],
  ['settings', settingsJsonSchema],
  ['scenarios', scenariosJsonSchema],
])('%s', async (file, schema) => {
  const { status, json, headers } = await new Api().get(`/v1/schema/${file}.json`, { key: null })
  expect(status).toBe(200)
  expect(json).toEqual(schema())
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('cache-control')).toMatch(/^public, max-age=\d+$/)
})

it('of anything else are not there', async () => {
  expect((await new Api().get('/v1/schema/nonsense.json', { key: null })).status).toBe(404)
})
