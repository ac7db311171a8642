/**
 * Publishes a library through the API's function, on a World in memory. It is bundled as the function is and run where
 * there is no package to be found: what it prints proves that the bundle lacks nothing.
 */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { api, type HttpEvent } from '../../functions/api.ts'
import { createKey } from '../../runtime/keys.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'
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
  const event: HttpEvent = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      authentication: null,
      authorizer: {},
      domainName: 'care.example.com',
      domainPrefix: 'care',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'r-1',
      routeKey: '$default',
      stage: '$default',
      time: '26/Mar/2026:10:00:00 +0000',
      timeEpoch: 1_774_519_200_000,
    },
  }
  return await respond(event)
}
