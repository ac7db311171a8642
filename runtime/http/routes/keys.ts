/** API keys, for admins. */
import * as z from 'zod'
import { addDuration, parseDuration } from '../../../engine/time.ts'
import { type ApiKey, createKey, listKeys, revokeKey, rotateKey, scopes } from '../../keys.ts'
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
    expiresAt: z.string().optional().describe('It was rotated, and opens nothing from here on.'),
  })
  .meta({ id: 'ApiKey' })

const keyInput = z.strictObject({
  name: line(100),
  scopes: z.array(scope, must('Must be a list of scopes.')).min(1, 'Must name at least one scope.'),
})

const newKey = keyOutput.extend({ secret: z.string() })

/** Long enough to bring a new key to every machine, short enough not to be forgotten. */
const longestGraceDays = 30
const dayMs = 24 * 3_600_000

const grace = z
  .string()
  .describe(
    'How long the old key still works: an ISO 8601 duration of at most 30 days. PT0S: it stops at once.',
  )
  .transform((text, context) => {
    const duration = /^P/.test(text) ? parseDuration(text) : undefined
    const ms = duration === undefined ? Number.NaN : addDuration(0, duration, 'UTC')
    if (ms >= 0 && ms <= longestGraceDays * dayMs) return ms
    context.addIssue(`Write an ISO 8601 duration of at most ${longestGraceDays} days: P1D, PT2H.`)
    return z.NEVER
  })

const rotation = z.strictObject({ grace: grace.prefault('P1D') })

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
      201: { description: 'The key, with its secret.', schema: newKey },
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
    method: 'POST',
    path: '/v1/keys/{id}/rotate',
    scope: 'admin',
    summary: 'Replace an API key',
    description:
      'Makes a new key with the same name and scopes. The old one goes on working for the grace, a day unless said otherwise.',
    params: z.object({ id: line(64) }),
    body: jsonBody(rotation, { optional: true }),
    answers: {
      201: {
        description: 'The new key, with its secret, and the old one with its end.',
        schema: newKey.extend({ replaces: keyOutput }),
      },
    },
    async handle({ runtime, params, body }) {
      const rotated = await rotateKey(runtime, params.id, body.grace)
      if (!rotated) throw new Problem(404, 'There is no such key.')
      const { key, former } = rotated
      return { status: 201, json: { ...shown(key), secret: key.secret, replaces: shown(former) } }
    },
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

function shown({ id, name, scopes: granted, createdAt, lastFour, expiresAt }: ApiKey) {
  return {
    id,
    name,
    scopes: granted,
    createdAt: isoTime(createdAt),
    lastFour,
    ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
  }
}
