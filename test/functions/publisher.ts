/**
 * Publishes a library through the API's function, on a World in memory. It is bundled as the function is and run where
 * there is no package to be found: what it prints proves that the bundle lacks nothing.
 */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { api } from '../../functions/api.ts'
import { createKey } from '../../runtime/keys.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'
import { httpEvent } from './http-event.ts'
import { publishedRows } from './published-rows.ts'

const library = z.object({
  settings: z.string(),
  layout: z.string(),
  workflows: z.array(z.object({ name: z.string(), files: z.record(z.string(), z.string()) })),
})

const { settings, layout, workflows } = library.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')))
const world = memoryWorld()
const runtime = createRuntime(world)
const respond = api(runtime)
const { secret } = await createKey(runtime, { name: 'test', scopes: ['admin'] })

const answers = [await call('PUT', '/v1/settings', { settings, layout })]
for (const { name, files } of workflows) {
  const { 'workflow.yaml': definition, 'scenarios.yaml': scenarios, ...templates } = files
  answers.push(
    await call('PUT', `/v1/workflows/${name}/draft`, { definition, templates, scenarios }),
    await call('POST', `/v1/workflows/${name}/publish`, {}),
  )
}
const wrong = answers.filter(({ statusCode }) => statusCode !== 200).map(({ body }) => body)
process.stdout.write(JSON.stringify({ wrong, published: publishedRows(world) }))

async function call(method: string, path: string, body: unknown) {
  const headers = [
    ['authorization', `Bearer ${secret}`],
    ['content-type', 'application/json'],
  ] as const
  return await respond(httpEvent({ method, target: path, headers, body: JSON.stringify(body) }))
}
