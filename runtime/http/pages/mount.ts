/** The pages behind the links of mails. GET and HEAD change nothing, whoever follows them. */
import type { Hono } from 'hono'
import type { LinkPurpose } from '../../links.ts'
import type { Runtime } from '../../runtime.ts'
import { appointmentPage } from './appointment.ts'
import { confirmPage } from './confirm.ts'
import { preferencesPage } from './preferences.ts'
import { ratingPage } from './rating.ts'
import { unsubscribePage } from './unsubscribe.ts'
import { type Visit, visit } from './visit.ts'

const pages: { [purpose in LinkPurpose]: (visit: Visit) => Promise<Response> } = {
  r: ratingPage,
  u: unsubscribePage,
  p: preferencesPage,
  o: confirmPage,
  c: appointmentPage,
}

const purposes: LinkPurpose[] = ['r', 'u', 'p', 'o', 'c']

export function mountPages(app: Hono, runtime: Runtime): void {
  for (const purpose of purposes)
    app.all(`/${purpose}/:token`, (c) => {
      if (!['GET', 'HEAD', 'POST'].includes(c.req.method))
        return new Response(null, { status: 405, headers: { allow: 'GET, HEAD, POST' } })
      return visit(runtime, c.req.raw, purpose, c.req.param('token'), pages[purpose])
    })
}
