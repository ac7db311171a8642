/** What the other end of a webhook needs to know, for admins. */
import * as z from 'zod'
import { listWebhooks } from '../../webhooks.ts'
import { plain, type Route, route } from '../route.ts'

export const webhookRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/webhooks',
    scope: 'admin',
    summary: 'Webhooks and the secrets that check them',
    description: 'Those of the settings. Calls are signed as the Standard Webhooks specification says.',
    answers: {
      200: {
        description: 'All of them.',
        schema: z.object({
          webhooks: z.array(z.object({ name: z.string(), url: z.string(), secret: z.string() })),
        }),
      },
    },
    async handle({ runtime }) {
      const { settings } = await runtime.catalog.settings()
      return { json: { webhooks: listWebhooks(runtime.world.config, settings) } }
    },
  }),
]
