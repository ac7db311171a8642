/**
 * What people change: settings, drafts, versions. It carries the compiler, so that nothing on a message's way imports it;
 * the HTTP app loads it when somebody first writes a workflow.
 */
import { compileWorkflow, type WorkflowFiles } from '../engine/language/compile.ts'
import { eventsVouchedFor } from '../engine/language/known-events.ts'
import { parseSettings } from '../engine/language/settings.ts'
import type { Issue } from '../engine/issue.ts'
import type { Program } from '../engine/program.ts'
import { parseScenarios, runScenario } from '../engine/scenario.ts'
import type { Template } from '../engine/text/template.ts'
import { etagOf, filesFrom } from './catalog.ts'
import { DRAFT_SK, filesSk, templateSk, versionSk, workflowPk } from './keys-of-rows.ts'
import { type MoveRefusal, refusalToMove } from './move-check.ts'
import { requestRound } from './round.ts'
import type { Runtime } from './runtime.ts'
import { changeSummary, enlist, readSummary, type WorkflowSummary } from './summaries.ts'

export type PublishResult =
  | { ok: true; version: number; issues: Issue[] }
  | {
      ok: false
      reason: 'issues' | 'scenarios' | 'changed' | 'missing' | 'move'
      issues: Issue[]
      failures: { scenario: string; failures: string[] }[]
      /** With the reason `move`: why nobody is moved. */
      refusal?: MoveRefusal
    }

export interface PublishOptions {
  /** What happens to the journeys under way in earlier versions. They stay when nothing is said. */
  inFlight?: 'stay' | 'move' | 'end'
  /** With `move`: old step → new step, where they are not called the same. */
  map?: { [step: string]: string }
  /** Who does it: the name of a key or of a person. */
  by?: string
}

/** The store ends rows at 400 KB, and the settings are in theirs twice: as written and as read. */
const LARGEST_SETTINGS = 390_000
/** For all scenarios of a workflow: behind a gateway nobody waits for longer than half a minute. */
const PATIENCE_MS = 15_000

/** Saved only when no issue is an error. Without a layout, the one in use stays. */
export async function saveSettings(
  { catalog, world }: Runtime,
  text: string,
  layout?: string,
  by?: string,
): Promise<Issue[]> {
  const { issues, settings } = parseSettings(text)
  if (!settings || issues.some(isError)) return issues
  const value = {
    settings,
    layout: layout ?? (await catalog.writtenSettings()).layout,
    text,
    ...(by !== undefined && { changed: { by, at: world.clock.now() } }),
  }
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes > LARGEST_SETTINGS) return [...issues, tooLarge(bytes)]
  await catalog.saveSettings(value)
  return issues
}

/** What is wrong with these files, as this workflow and under the settings in use; and what they mean, unless an issue is an error. */
export async function check({ catalog }: Runtime, name: string, files: WorkflowFiles) {
  const { settings, layout } = await catalog.settings()
  const events = await eventsBeside(catalog, name)
  const of = JSON.stringify([name, files, settings, layout, events])
  const before = checked.get(catalog)
  if (before?.of === of) return before.found
  const { issues, workflow } = await compileWorkflow(files, { settings, layout, events })
  const found: Checked = {
    issues: [...issues, ...misnamed(name, workflow?.program)],
    ...(workflow && { workflow }),
  }
  checked.set(catalog, { of, found })
  return found
}

/** What the other live workflows emit or start with. Drafts do neither. */
async function eventsBeside(catalog: Runtime['catalog'], name: string): Promise<string[]> {
  const others = (await catalog.live()).filter((one) => one.name !== name)
  return [...new Set(others.flatMap(({ program }) => eventsVouchedFor(program)))].sort()
}

type Checked = Awaited<ReturnType<typeof compileWorkflow>>

/** Publishing asks about the very draft that was saved a moment ago, and compiling its mails takes its time. */
const checked = new WeakMap<Runtime['catalog'], { of: string; found: Checked }>()

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

/** Makes the next version from the draft. */
export async function publish(
  runtime: Runtime,
  name: string,
  options: PublishOptions & { ifMatch?: string } = {},
): Promise<PublishResult> {
  const draft = await runtime.catalog.draft(name)
  if (!draft) return refused('missing')
  if (options.ifMatch !== undefined && options.ifMatch !== draft.etag) return refused('changed')
  return await publishFiles(runtime, name, draft.files, options)
}

const refused = (reason: 'issues' | 'scenarios' | 'changed' | 'missing' | 'move', issues: Issue[] = []) => ({
  ok: false as const,
  reason,
  issues,
  failures: [],
})

/**
 * Makes a version, after validation and its scenarios. The last write is the switch: a crash before it leaves everything
 * as it was. After a crash behind it, journeys are taken over when they are next looked at, by the daily round at last.
 */
async function publishFiles(
  runtime: Runtime,
  name: string,
  files: WorkflowFiles,
  options: PublishOptions,
): Promise<PublishResult> {
  const { issues, workflow } = await check(runtime, name, files)
  if (!workflow || issues.some(isError)) return refused('issues', issues)

  const { settings } = await runtime.catalog.settings()
  const text = files['scenarios.yaml']
  const parsed = text === undefined ? { issues: [], scenarios: [] } : parseScenarios(text, workflow.program)
  if (parsed.issues.some(isError)) return refused('issues', parsed.issues)
  const { clock } = runtime.world
  const startedAtMs = clock.monotonicMs()
  const tooLong = () => clock.monotonicMs() - startedAtMs > PATIENCE_MS
  // One story after the other, so that no two of them are held at the same time.
  const failures = parsed.scenarios.flatMap((scenario) => {
    const result = runScenario(workflow, scenario, settings, tooLong)
    return result.passed ? [] : [{ scenario: result.name, failures: result.failures }]
  })
  if (failures.length > 0) return { ...refused('scenarios', issues), failures }

  const before = options.inFlight === 'move' ? await readSummary(runtime, name) : undefined
  const refusal = before && (await refusalToMove(runtime, before, workflow.program, options.map ?? {}))
  if (refusal) return { ...refused('move', issues), refusal }

  const { version, summary } = await store(
    runtime,
    name,
    workflow.program,
    workflow.templates,
    files,
    options,
  )
  if (summary.successions.some(({ to }) => to === version)) await requestRound(runtime, summary)
  return { ok: true, version, issues }
}

/** Publishes an earlier version as a new one. The draft becomes that version, too. */
export async function rollback(
  runtime: Runtime,
  name: string,
  version: number,
  options: PublishOptions = {},
): Promise<PublishResult> {
  const row = await runtime.world.table.get(workflowPk(name), filesSk(version))
  if (!row?.body) return refused('missing')
  const files = filesFrom(row.body)
  const result = await publishFiles(runtime, name, files, options)
  if (result.ok) await saveDraft(runtime, name, files)
  return result
}

async function store(
  runtime: Runtime,
  name: string,
  program: Program,
  templates: Template[],
  files: WorkflowFiles,
  { by, inFlight = 'stay', map }: PublishOptions,
): Promise<{ version: number; summary: WorkflowSummary }> {
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
    const sk = templateSk(version, template)
    await table.put({ pk, sk, body: JSON.stringify(template) }, { kind: 'any' })
  }
  const body = JSON.stringify({ files, inFlight, ...(by !== undefined && { by }) })
  await table.put({ pk, sk: filesSk(version), body, counters: { at: publishedAt } }, { kind: 'any' })
  const succession = inFlight !== 'stay' && {
    to: version,
    kind: inFlight,
    ...(map && { map }),
    at: publishedAt,
  }
  const summary = await changeSummary(runtime, name, (before) => {
    // Whoever is in an earlier version ends now, wherever an earlier publish would have moved them.
    const earlier =
      inFlight === 'end' ? before.successions.filter(({ to }) => to > version) : before.successions
    const successions = succession ? [...earlier, succession] : earlier
    // Of two who publish at once, the later number is the one that is live, whoever comes to this line last.
    if ((before.version ?? 0) > version) return { ...before, successions }
    return {
      title: program.title,
      state: before.state === 'paused' ? 'paused' : 'live',
      version,
      publishedAt,
      liveSince: before.state === 'live' || before.state === 'paused' ? before.liveSince : publishedAt,
      successions,
      changed: by === undefined ? null : { by, at: publishedAt },
    }
  })
  runtime.catalog.keep(name, version, program, templates)
  return { version, summary }
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
