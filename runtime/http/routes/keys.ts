/** API keys, for admins. */
import * as z from 'zod'
import { type ApiKey, createKey, listKeys, revokeKey, scopes } from '../../keys.ts'
import { isoTime } from '../instants.ts'
import { must, Problem } from '../problem.ts'
import { line } from '../profile-input.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'

const scope = z.enum(scopes, `Must be one of ${scopes.join(', ')}.`)

const keyOutput = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scope),
    createdAt: z.string(),
    lastFour: z.string().describe('The end of the secret, to tell keys apart.'),
  })
  .meta({ id: 'ApiKey' })

const keyInput = z.strictObject({
  name: line(100),
  scopes: z.array(scope, must('Must be a list of scopes.')).min(1, 'Must name at least one scope.'),
})

export const keyRoutes: Route[] = [
  route({
    ...plain,
    method: 'POST',
    path: '/v1/keys',
    scope: 'admin',
    summary: 'Make an API key',
    description: 'The secret is in this answer and can never be read again.',
    body: jsonBody(keyInput),
    answers: {
      201: { description: 'The key, with its secret.', schema: keyOutput.extend({ secret: z.string() }) },
    },
    async handle({ runtime, body }) {
      const key = await createKey(runtime, { name: body.name, scopes: [...new Set(body.scopes)] })
      return { status: 201, json: { ...shown(key), secret: key.secret } }
    },
  }),
  route({
    ...plain,
    method: 'GET',
    path: '/v1/keys',
    scope: 'admin',
    summary: 'The API keys, without their secrets',
    answers: { 200: { description: 'Oldest first.', schema: z.object({ keys: z.array(keyOutput) }) } },
    handle: async ({ runtime }) => ({ json: { keys: (await listKeys(runtime)).map(shown) } }),
  }),
  route({
    ...plain,
    method: 'DELETE',
    path: '/v1/keys/{id}',
    scope: 'admin',
    summary: 'Revoke an API key',
    description: 'It stops everywhere within a minute.',
    params: z.object({ id: line(64) }),
    answers: { 204: { description: 'Revoked.' } },
    async handle({ runtime, params }) {
      if (!(await revokeKey(runtime, params.id))) throw new Problem(404, 'There is no such key.')
      return { status: 204 }
    },
  }),
]

function shown({ id, name, scopes: granted, createdAt, lastFour }: ApiKey) {
  return { id, name, scopes: granted, createdAt: isoTime(createdAt), lastFour }
}
