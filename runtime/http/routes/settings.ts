/** The brand and the rules that hold for every workflow. */
import * as z from 'zod'
import { isoTime } from '../instants.ts'
import { isError, issueOutput, issuesAsErrors } from '../issues.ts'
import { bytesOf } from '../json-value.ts'
import { invalid, must, Problem } from '../problem.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'

const settingsInput = z.strictObject({
  settings: z.string(must('Must be YAML, as a text.')).describe('YAML.'),
  layout: z
    .string(must('Must be MJML, as a text.'))
    .optional()
    .describe('MJML; the one in use stays when absent.'),
})

/** What is saved is one row of the table. */
const largest = 300 * 1024

export const settingsRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/settings',
    scope: 'workflows:read',
    summary: 'Settings and mail layout',
    answers: {
      200: {
        description: 'As they were written.',
        schema: z.object({
          settings: z.string(),
          layout: z.string(),
          changed: z.object({ at: z.string(), by: z.string() }).optional().describe('Who saved them.'),
        }),
      },
    },
    async handle({ runtime }) {
      const { text, layout, changed } = await runtime.catalog.writtenSettings()
      const by = changed && { changed: { at: isoTime(changed.at), by: changed.by } }
      return { json: { settings: text, layout, ...by } }
    },
  }),
  route({
    ...plain,
    method: 'PUT',
    path: '/v1/settings',
    scope: 'workflows:publish',
    summary: 'Replace settings and mail layout',
    description: 'Takes effect for every workflow within seconds; saved only when nothing is wrong.',
    body: jsonBody(settingsInput),
    answers: { 200: { description: 'Saved.', schema: z.object({ issues: z.array(issueOutput) }) } },
    async handle({ runtime, caller, body }) {
      if (bytesOf(body) > largest)
        throw invalid([
          { path: '', message: `Settings and layout must not be larger than ${largest} bytes.` },
        ])
      const { saveSettings } = await import('../../publishing.ts')
      const issues = await saveSettings(runtime, body.settings, body.layout, caller.name)
      if (issues.some(isError))
        throw new Problem(422, 'The settings have errors and were not saved.', {
          errors: issuesAsErrors(issues),
          members: { issues },
        })
      return { json: { issues } }
    },
  }),
]
