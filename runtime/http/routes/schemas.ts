/** The JSON Schemas of the language, for editors: no key is needed, for they say nothing about a deployment. */
import { openRoute, plain, type Route } from '../route.ts'

const files = ['workflow', 'settings', 'scenarios'] as const

/** The language comes with the first question: whoever posts events needs none of it. */
async function schemaOf(file: (typeof files)[number]) {
  const of = await import('../../../engine/language/schema.ts')
  if (file === 'workflow') return of.workflowJsonSchema()
  return file === 'settings' ? of.settingsJsonSchema() : of.scenariosJsonSchema()
}

/** They change with a new version of Premura alone. */
const headers = { 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*' }

export const schemaRoutes: Route[] = files.map((file) =>
  openRoute({
    ...plain,
    method: 'GET',
    path: `/v1/schema/${file}.json`,
    summary: `The JSON Schema of ${file}.yaml`,
    answers: { 200: { description: 'JSON Schema 2020-12.' } },
    handle: async () => ({ json: await schemaOf(file), headers }),
  }),
)
