/** Workflows: drafts, versions, and what is live. */
import * as z from 'zod'
import type { PublishResult } from '../../publishing.ts'
import { requestRound } from '../../round.ts'
import type { Runtime } from '../../runtime.ts'
import { archive, pause, resume, type StateChange, type WorkflowSummary } from '../../summaries.ts'
import type { Asked } from '../asked.ts'
import { isoTime } from '../instants.ts'
import { issueOutput, issuesAsErrors, worstFirst } from '../issues.ts'
import { wholeNumber } from '../paging.ts'
import { must, Problem } from '../problem.ts'
import { jsonBody, plain, type Reply, type Route, route } from '../route.ts'
import { checkSize, draftBody, shownFiles, workflowName } from '../workflow-input.ts'
import { counting, inFlightInput, optionsOf, refusedMove, underWayRoute } from './in-flight.ts'
import { simulateRoute } from './simulate.ts'

/** Loaded when somebody first writes a workflow: a cold start for an event does not wait for the compiler. */
const publishing = () => import('../../publishing.ts')

const params = z.object({ name: workflowName })
const nothingMore = jsonBody(z.strictObject({}), { optional: true })

const summaryOutput = z
  .object({
    name: z.string(),
    title: z.string(),
    state: z.enum(['draft', 'live', 'paused', 'archived']),
    version: z.int().nullable().describe('The version that new journeys enter with.'),
    publishedAt: z.string().nullable(),
  })
  .meta({ id: 'Workflow' })

const filesOutput = {
  definition: z.string().describe('YAML.'),
  templates: z.record(z.string(), z.string()),
  scenarios: z.string().optional(),
}

const detailOutput = summaryOutput.extend({
  ...filesOutput,
  changed: z
    .object({ at: z.string(), by: z.string() })
    .optional()
    .describe('Who brought it into the state in which it is.'),
  versions: z.array(
    z.object({
      version: z.int(),
      publishedAt: z.string(),
      publishedBy: z.string().optional().describe('The name of a key, or of a person.'),
    }),
  ),
  draft: z.object({ ...filesOutput, issues: z.array(issueOutput), etag: z.string() }).optional(),
})

const published = z.object({ version: z.int(), issues: z.array(issueOutput) })

export const workflowRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/workflows',
    scope: 'workflows:read',
    summary: 'All workflows',
    answers: { 200: { description: 'By name.', schema: z.object({ workflows: z.array(summaryOutput) }) } },
    handle: async ({ runtime }) => ({ json: { workflows: (await runtime.catalog.list()).map(shown) } }),
  }),
  route({
    ...plain,
    method: 'GET',
    path: '/v1/workflows/{name}',
    scope: 'workflows:read',
    summary: 'A workflow: its definition, templates, versions and draft',
    description:
      'The definition is the live version’s, or the one named by version, or the draft’s before the first publish. The ETag is the draft’s, for publishing.',
    params,
    query: z.strictObject({ version: wholeNumber(1, 999_999).optional() }),
    answers: { 200: { description: 'The workflow.', schema: detailOutput } },
    async handle({ runtime, params: { name }, query }) {
      const found = await runtime.catalog.get(name, query.version)
      if (!found) throw query.version === undefined ? unknown() : await unknownVersion(runtime, name)
      const { summary, files, versions, draft } = found
      const checked = draft && (await (await publishing()).check(runtime, name, draft.files))
      return {
        ...(draft && { headers: { etag: draft.etag } }),
        json: {
          ...shown(summary),
          ...shownFiles(files),
          ...(summary.changed && { changed: { ...summary.changed, at: isoTime(summary.changed.at) } }),
          versions: versions.map(({ version, publishedAt, publishedBy }) => ({
            version,
            publishedAt: isoTime(publishedAt),
            ...(publishedBy !== null && { publishedBy }),
          })),
          ...(draft && {
            draft: {
              ...shownFiles(draft.files),
              issues: worstFirst(checked?.issues ?? []),
              etag: draft.etag,
            },
          }),
        },
      }
    },
  }),
  underWayRoute,
  route({
    ...plain,
    method: 'PUT',
    path: '/v1/workflows/{name}/draft',
    scope: 'workflows:write',
    summary: 'Save the draft',
    description:
      'Saved also when invalid. YAML replaces the definition and keeps templates and scenarios; JSON replaces everything.',
    params,
    body: draftBody,
    answers: {
      200: {
        description: 'Saved; the ETag names this draft.',
        schema: z.object({ issues: z.array(issueOutput) }),
      },
    },
    async handle({ runtime, params: { name }, body }) {
      const standing = body.definitionOnly ? await runtime.catalog.get(name) : undefined
      const files = { ...(standing?.draft?.files ?? standing?.files), ...body.files }
      checkSize(files)
      const { saveDraft } = await publishing()
      const { issues, etag } = await saveDraft(runtime, name, files)
      return { headers: { etag }, json: { issues: worstFirst(issues) } }
    },
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/workflows/{name}/publish',
    scope: 'workflows:publish',
    summary: 'Publish the draft as the next version',
    description:
      'After validation and its scenarios. Journeys under way stay in the version that they entered with, unless inFlight says that they move to the new one or end. A move is refused, and nothing changed, while somebody stands on a step that the new version does not have and map does not name. Moving and ending go on after the answer.',
    params,
    headers: { 'If-Match': 'The ETag of the draft that is meant; 409 when it has changed meanwhile.' },
    body: jsonBody(z.strictObject(inFlightInput), { optional: true }),
    answers: { 200: { description: 'Live now.', schema: published } },
    async handle({ runtime, caller, params: { name }, body, request }) {
      const ifMatch = etagIn(request)
      const { publish } = await publishing()
      const options = { ...optionsOf(body, caller), ...(ifMatch !== undefined && { ifMatch }) }
      return publishReply(await counting(() => publish(runtime, name, options)))
    },
  }),
  route({
    ...plain,
    method: 'POST',
    path: '/v1/workflows/{name}/rollback',
    scope: 'workflows:publish',
    summary: 'Publish an earlier version as a new one',
    description: 'The draft becomes that version, too. Journeys under way: as when publishing.',
    params,
    body: jsonBody(
      z.strictObject({
        ...inFlightInput,
        version: z
          .int(must('Must be a whole number.'))
          .min(1, 'Must be 1 or more.')
          .max(999_999, 'Must be less than a million.'),
      }),
    ),
    answers: { 200: { description: 'Live now.', schema: published } },
    async handle({ runtime, caller, params: { name }, body }) {
      const { rollback } = await publishing()
      const options = optionsOf(body, caller)
      const result = await counting(() => rollback(runtime, name, body.version, options))
      if (!result.ok && result.reason === 'missing') throw await unknownVersion(runtime, name)
      return publishReply(result)
    },
  }),
  changeOf('pause', 'Hold a workflow’s journeys where they stand', pause),
  changeOf('resume', 'Let a paused or archived workflow go on', async (runtime, name, by) => {
    const result = await resume(runtime, name, by)
    // What came due meanwhile has used up its timer.
    if (result.ok) await requestRound(runtime, result.summary)
    return result
  }),
  changeOf('archive', 'Let nobody enter a workflow any more', archive),
  simulateRoute,
]

function changeOf(
  verb: string,
  summary: string,
  change: (runtime: Runtime, name: string, by: string) => Promise<StateChange>,
): Route {
  return route({
    ...plain,
    method: 'POST',
    path: `/v1/workflows/{name}/${verb}`,
    scope: 'workflows:publish',
    summary,
    params,
    body: nothingMore,
    answers: { 200: { description: 'The workflow as it is now.', schema: summaryOutput } },
    async handle({ runtime, caller, params: { name } }) {
      const result = await change(runtime, name, caller.name)
      if (result.ok) return { json: shown(result.summary) }
      throw result.reason === 'missing'
        ? unknown()
        : new Problem(409, `The workflow was never published, so there is nothing to ${verb}.`)
    },
  })
}

function publishReply(result: PublishResult): Reply {
  if (result.ok) return { json: { version: result.version, issues: result.issues } }
  const { reason, issues, failures, refusal = { map: [], stranded: [] } } = result
  switch (reason) {
    case 'missing':
      throw new Problem(404, 'There is no draft of this workflow.')
    case 'changed':
      throw new Problem(409, 'The draft was changed meanwhile; read it again before publishing.')
    case 'issues':
      throw new Problem(422, 'The draft has errors and was not published.', {
        errors: issuesAsErrors(issues),
        members: { issues: worstFirst(issues) },
      })
    case 'move':
      throw refusedMove(refusal)
    case 'scenarios':
      throw new Problem(422, 'Scenarios fail, so the draft was not published.', {
        errors: failures.flatMap((one) =>
          one.failures.map((message) => ({ path: `scenarios[${JSON.stringify(one.scenario)}]`, message })),
        ),
        members: { issues, failures },
      })
  }
}

function etagIn(request: Asked): string | undefined {
  const header = request.headers.get('if-match')?.trim()
  return header === undefined || header === '' || header === '*' ? undefined : header
}

const unknown = (): Problem => new Problem(404, 'There is no such workflow.')

async function unknownVersion(runtime: Runtime, name: string): Promise<Problem> {
  return (await runtime.catalog.get(name)) ? new Problem(404, 'The workflow has no such version.') : unknown()
}

function shown({ name, title, state, version, publishedAt }: WorkflowSummary) {
  return { name, title, state, version, publishedAt: publishedAt === null ? null : isoTime(publishedAt) }
}
