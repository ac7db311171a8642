/** The JSON Schemas of the language, for editors: no key is needed, for they say nothing about a deployment. */
import {
  scenariosJsonSchema,
  settingsJsonSchema,
  workflowJsonSchema,
} from '../../../engine/language/schema.ts'
import { openRoute, plain, type Route } from '../route.ts'

const schemas = [
  { file: 'workflow', of: workflowJsonSchema },
  { file: 'settings', of: settingsJsonSchema },
  { file: 'scenarios', of: scenariosJsonSchema },
]

/** They change with a new version of Premura alone. */
const headers = { 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*' }

export const schemaRoutes: Route[] = schemas.map(({ file, of }) =>
  openRoute({
    ...plain,
    method: 'GET',
    path: `/v1/schema/${file}.json`,
    summary: `The JSON Schema of ${file}.yaml`,
    answers: { 200: { description: 'JSON Schema 2020-12.' } },
    handle: async () => ({ json: of(), headers }),
  }),
)
