/** Who is asking, for clients that show only what will be let through. */
import * as z from 'zod'
import { scopes } from '../../keys.ts'
import { plain, type Route, route } from '../route.ts'

const meOutput = z
  .object({
    kind: z.enum(['key', 'person']),
    name: z.string().describe('The key’s, or the person’s as it is written down.'),
    scopes: z.array(z.enum(scopes)).describe('admin opens all.'),
    groups: z.array(z.string()).optional().describe('A person’s groups, as far as they open anything here.'),
  })
  .meta({ id: 'Me' })

export const meRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/me',
    scope: 'any',
    summary: 'Who am I?',
    description: 'Whose key or token this is, and what it opens.',
    answers: { 200: { description: 'The key or the person.', schema: meOutput } },
    handle: async ({ caller: { id: _, ...caller } }) => ({ json: caller }),
  }),
]
