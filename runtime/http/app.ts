/** The HTTP surface: every request becomes a call of one route of the table, and every failure a problem. */
import { Hono } from 'hono'
import type { Runtime } from '../runtime.ts'
import { answerOf, asResponse, problemOf } from './answer.ts'
import { mountPages } from './pages/mount.ts'
import { Problem } from './problem.ts'
import { openRoute, plain, type Route } from './route.ts'
import { customerRoutes } from './routes/customers.ts'
import { doubtRoutes } from './routes/doubts.ts'
import { eventRoutes } from './routes/events.ts'
import { failureRoutes } from './routes/failures.ts'
import { healthRoutes } from './routes/health.ts'
import { keyRoutes } from './routes/keys.ts'
import { meRoutes } from './routes/me.ts'
import { poolRoutes } from './routes/pools.ts'
import { reportRoutes } from './routes/reports.ts'
import { restoreRoutes } from './routes/restores.ts'
import { schemaRoutes } from './routes/schemas.ts'
import { settingsRoutes } from './routes/settings.ts'
import { taskRoutes } from './routes/tasks.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { workflowRoutes } from './routes/workflows.ts'

const described: Route[] = [
  ...eventRoutes,
  ...customerRoutes,
  ...workflowRoutes,
  ...settingsRoutes,
  ...taskRoutes,
  ...doubtRoutes,
  ...failureRoutes,
  ...restoreRoutes,
  ...poolRoutes,
  ...reportRoutes,
  ...webhookRoutes,
  ...keyRoutes,
  ...meRoutes,
  ...healthRoutes,
  ...schemaRoutes,
]

/** The one table: what is in it is served and documented, and nothing else is. */
export const routes: readonly Route[] = [
  ...described,
  openRoute({
    ...plain,
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This contract',
    answers: { 200: { description: 'OpenAPI 3.1' } },
    // Nobody who posts an event asks for it.
    handle: async () => ({ json: (await import('./openapi.ts')).openApiDocument(routes) }),
  }),
]

/** Request in, response out; the same on Lambda and on a machine's own server. */
export function createApp(runtime: Runtime): Hono {
  const app = new Hono()

  app.use(async (c, next) => {
    refuseUndecodable(c.req.url)
    await next()
  })

  for (const one of routes)
    app.on(one.method, honoPath(one.path), async (c) =>
      asResponse(await answerOf(runtime, one, c.req.raw, c.req.param())),
    )
  mountPages(app, runtime)

  for (const path of new Set(routes.map((one) => one.path))) {
    const allowed = routes
      .filter((one) => one.path === path)
      .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    app.all(honoPath(path), (c) => {
      throw new Problem(
        405,
        `${c.req.method} is not for this path; ${allowed.join(', ')} ${allowed.length > 1 ? 'are' : 'is'}.`,
        {
          headers: { allow: allowed.join(', ') },
        },
      )
    })
  }

  app.notFound(() => {
    throw new Problem(404, 'There is nothing at this path.')
  })
  app.onError((error, c) => asResponse(problemOf(runtime, error, c.req.method, c.req.routePath)))
  return app
}

const honoPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1')

function refuseUndecodable(url: string): void {
  if (!url.includes('%')) return
  try {
    decodeURIComponent(new URL(url).pathname)
  } catch {
    throw new Problem(400, 'The path holds a percent sign that encodes nothing.')
  }
}
