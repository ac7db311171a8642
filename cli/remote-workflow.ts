/** Workflows and settings as a deployment holds them, in the form of the files that they came from. */
import * as z from 'zod'
import type { WorkflowFiles } from '../engine/language/compile.ts'
import type { InFlight } from './in-flight.ts'
import { type Deployment, issueShape, Refused, segment } from './deployment.ts'

const filesShape = {
  definition: z.string(),
  templates: z.record(z.string(), z.string()),
  scenarios: z.string().optional(),
}
const summaryShape = z.object({
  name: z.string(),
  title: z.string(),
  state: z.string(),
  version: z.number().nullable(),
})
const detailShape = summaryShape.extend({ ...filesShape, draft: z.object({ ...filesShape }).optional() })
const issuesShape = z.object({ issues: z.array(issueShape) })
const settingsShape = z.object({ settings: z.string(), layout: z.string() })
const publishedShape = z.object({ version: z.number() })

export interface RemoteWorkflow {
  version: number | null
  state: string
  /** What is live; the draft before the first publish. */
  files: WorkflowFiles
  draft: WorkflowFiles | undefined
}

export async function listWorkflows(deployment: Deployment): Promise<string[]> {
  const shape = z.object({ workflows: z.array(summaryShape) })
  const { value } = await deployment.ask('GET', '/v1/workflows', shape)
  return value.workflows.map(({ name }) => name)
}

/** Undefined: the deployment has no such workflow. */
export async function readWorkflow(
  deployment: Deployment,
  name: string,
): Promise<RemoteWorkflow | undefined> {
  try {
    const { value } = await deployment.ask('GET', `/v1/workflows/${segment(name)}`, detailShape)
    const { version, state, draft } = value
    return { version, state, files: asFiles(value), draft: draft && asFiles(draft) }
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined
    throw error
  }
}

export async function saveDraft(deployment: Deployment, name: string, files: WorkflowFiles) {
  const { 'workflow.yaml': definition = '', 'scenarios.yaml': scenarios, ...templates } = files
  const body = { definition, templates, ...(scenarios !== undefined && { scenarios }) }
  const { value, etag } = await deployment.ask('PUT', `/v1/workflows/${segment(name)}/draft`, issuesShape, {
    body,
  })
  return { issues: value.issues, etag }
}

/** @returns the new version. @throws Refused with the issues or the scenarios that failed */
export async function publish(
  deployment: Deployment,
  name: string,
  etag: string | undefined,
  inFlight: InFlight,
): Promise<number> {
  const path = `/v1/workflows/${segment(name)}/publish`
  const more = { body: inFlight, ...(etag !== undefined && { ifMatch: etag }) }
  return (await deployment.ask('POST', path, publishedShape, more)).value.version
}

export async function readSettings(deployment: Deployment): Promise<{ settings: string; layout: string }> {
  return (await deployment.ask('GET', '/v1/settings', settingsShape)).value
}

export async function saveSettings(deployment: Deployment, settings: string, layout: string | undefined) {
  const body = { settings, ...(layout !== undefined && { layout }) }
  return (await deployment.ask('PUT', '/v1/settings', issuesShape, { body })).value.issues
}

export function sameFiles(one: WorkflowFiles, other: WorkflowFiles): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

function asFiles({
  definition,
  templates,
  scenarios,
}: z.infer<typeof detailShape>['draft'] & {}): WorkflowFiles {
  return {
    'workflow.yaml': definition,
    ...(scenarios !== undefined && { 'scenarios.yaml': scenarios }),
    ...templates,
  }
}
