/**
 * What people change: settings, drafts, versions. It carries the compiler, so that nothing on a message's way imports it;
 * the HTTP app loads it when somebody first writes a workflow.
 */
import { compileWorkflow, type WorkflowFiles } from '../engine/language/compile.ts'
import { parseSettings } from '../engine/language/settings.ts'
import type { CompiledTemplate } from '../engine/mail/template.ts'
import type { Issue } from '../engine/issue.ts'
import type { Program } from '../engine/program.ts'
import { parseScenarios, runScenario } from '../engine/scenario.ts'
import { etagOf, filesFrom } from './catalog.ts'
import { DRAFT_SK, filesSk, templateSk, versionSk, workflowPk } from './keys-of-rows.ts'
import type { Runtime } from './runtime.ts'
import { changeSummary, enlist } from './summaries.ts'

export type PublishResult =
  | { ok: true; version: number; issues: Issue[] }
  | {
      ok: false
      reason: 'issues' | 'scenarios' | 'changed' | 'missing'
      issues: Issue[]
      failures: { scenario: string; failures: string[] }[]
    }

/** The store ends rows at 400 KB, and the settings are in theirs twice: as written and as read. */
const LARGEST_SETTINGS = 390_000

/** Saved only when no issue is an error. Without a layout, the one in use stays. */
export async function saveSettings({ catalog }: Runtime, text: string, layout?: string): Promise<Issue[]> {
  const { issues, settings } = parseSettings(text)
  if (!settings || issues.some(isError)) return issues
  const value = { settings, layout: layout ?? (await catalog.writtenSettings()).layout, text }
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes > LARGEST_SETTINGS) return [...issues, tooLarge(bytes)]
  await catalog.saveSettings(value)
  return issues
}

/** What is wrong with these files, as this workflow and under the settings in use; and what they mean, unless an issue is an error. */
export async function check({ catalog }: Runtime, name: string, files: WorkflowFiles) {
  const { settings, layout } = await catalog.settings()
  const { issues, workflow } = await compileWorkflow(files, { settings, layout })
  return { issues: [...issues, ...misnamed(name, workflow?.program)], workflow }
}

/** Keeps the draft whatever is wrong with it, and says what that is. */
export async function saveDraft(
  runtime: Runtime,
  name: string,
  files: WorkflowFiles,
): Promise<{ issues: Issue[]; etag: string }> {
  const { issues, workflow } = await check(runtime, name, files)
  const body = JSON.stringify(files)
  await runtime.world.table.put({ pk: workflowPk(name), sk: DRAFT_SK, body }, { kind: 'any' })
  await enlist(runtime, name, workflow?.program.title ?? name)
  return { issues, etag: etagOf(body) }
}

/**
 * Makes the next version from the draft, after validation and its scenarios. The last write is the switch: a crash
 * before it leaves everything as it was.
 */
export async function publish(
  runtime: Runtime,
  name: string,
  options: { ifMatch?: string } = {},
): Promise<PublishResult> {
  const draft = await runtime.catalog.draft(name)
  const refused = (reason: 'issues' | 'scenarios' | 'changed' | 'missing', issues: Issue[] = []) => ({
    ok: false as const,
    reason,
    issues,
    failures: [],
  })
  if (!draft) return refused('missing')
  if (options.ifMatch !== undefined && options.ifMatch !== draft.etag) return refused('changed')
  const { issues, workflow } = await check(runtime, name, draft.files)
  if (!workflow || issues.some(isError)) return refused('issues', issues)

  const { settings } = await runtime.catalog.settings()
  const text = draft.files['scenarios.yaml']
  const parsed = text === undefined ? { issues: [], scenarios: [] } : parseScenarios(text, workflow.program)
  if (parsed.issues.some(isError)) return refused('issues', parsed.issues)
  const failures = parsed.scenarios
    .map((scenario) => runScenario(workflow, scenario, settings))
    .filter(({ passed }) => !passed)
    .map((result) => ({ scenario: result.name, failures: result.failures }))
  if (failures.length > 0) return { ...refused('scenarios', issues), failures }

  const version = await store(runtime, name, workflow.program, workflow.templates, draft.files)
  return { ok: true, version, issues }
}

/** Publishes an earlier version as a new one. */
export async function rollback(runtime: Runtime, name: string, version: number): Promise<PublishResult> {
  const row = await runtime.world.table.get(workflowPk(name), filesSk(version))
  if (!row?.body) return { ok: false, reason: 'missing', issues: [], failures: [] }
  await saveDraft(runtime, name, filesFrom(row.body))
  return await publish(runtime, name)
}

async function store(
  runtime: Runtime,
  name: string,
  program: Program,
  templates: CompiledTemplate[],
  files: WorkflowFiles,
): Promise<number> {
  const { table, clock } = runtime.world
  const pk = workflowPk(name)
  const publishedAt = clock.now()
  const newest = await table.query(pk, { prefix: 'v#', newestFirst: true, limit: 1 })
  let version = Number(newest.rows[0]?.sk.slice(2, 8) ?? 0)
  for (;;) {
    version++
    const row = { pk, sk: versionSk(version), body: JSON.stringify({ program, publishedAt }) }
    // Absent: of two who publish at once, each gets a number of its own.
    if ((await table.put(row, { kind: 'absent' })).ok) break
  }
  for (const template of templates) {
    const sk = templateSk(version, template.name, template.locale)
    await table.put({ pk, sk, body: JSON.stringify(template) }, { kind: 'any' })
  }
  const sources = { pk, sk: filesSk(version), body: JSON.stringify(files), counters: { at: publishedAt } }
  await table.put(sources, { kind: 'any' })
  await changeSummary(runtime, name, (before) => ({
    title: program.title,
    state: before.state === 'paused' ? 'paused' : 'live',
    version,
    publishedAt,
    liveSince: before.state === 'live' || before.state === 'paused' ? before.liveSince : publishedAt,
  }))
  runtime.catalog.keep(name, version, program, templates)
  return version
}

const isError = ({ severity }: Issue): boolean => severity === 'error'

function tooLarge(bytes: number): Issue {
  return {
    severity: 'error',
    file: 'settings.yaml',
    line: 1,
    column: 1,
    message: `Settings and layout take ${bytes} bytes, read and as they are written, and must not take more than ${LARGEST_SETTINGS}`,
    hint: 'Shorten the layout, or name fewer topics and senders.',
  }
}

/** A definition that is put under another name than its own would be found under neither. */
function misnamed(name: string, program: Program | undefined): Issue[] {
  if (!program || program.workflow === name) return []
  return [
    {
      severity: 'error',
      file: 'workflow.yaml',
      line: 1,
      column: 1,
      message: `this is the definition of "${program.workflow}", but it was saved as "${name}"`,
      hint: `write "workflow: ${name}", or save it under ${program.workflow}`,
    },
  ]
}
