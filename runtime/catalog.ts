/**
 * The workflows of a deployment: drafts, published versions, what is live. Published versions never change, so they are
 * kept in the process for good; what is live is looked up again after {@link FRESH_MS}.
 */
import * as z from 'zod'
import { type CompiledWorkflow, compileWorkflow, type WorkflowFiles } from '../engine/language/compile.ts'
import type { CompiledTemplate } from '../engine/mail/template.ts'
import type { Instant } from '../engine/model.ts'
import type { Issue } from '../engine/issue.ts'
import type { Program } from '../engine/program.ts'
import { parseScenarios, runScenario } from '../engine/scenario.ts'
import { Conflict } from './errors.ts'
import { freshFor } from './freshness.ts'
import { digest } from './ingest.ts'
import { DRAFT_SK, filesSk, SUMMARIES_PK, templateSk, versionSk, workflowPk } from './keys-of-rows.ts'
import type { Row, World } from './ports.ts'
import { SettingsStore } from './settings.ts'

export type WorkflowState = 'draft' | 'live' | 'paused' | 'archived'

export interface WorkflowSummary {
  name: string
  title: string
  state: WorkflowState
  /** The version that new journeys enter with; null before the first publish. */
  version: number | null
  publishedAt: Instant | null
  /** Since when it has been live without a break; a new version is no break. */
  liveSince: Instant | null
}

export interface LiveWorkflow {
  name: string
  version: number
  paused: boolean
  /** Dates that came up before are not its business. */
  liveSince: Instant
  program: Program
}

export type PublishResult =
  | { ok: true; version: number; issues: Issue[] }
  | {
      ok: false
      reason: 'issues' | 'scenarios' | 'changed' | 'missing'
      issues: Issue[]
      failures: { scenario: string; failures: string[] }[]
    }

export type StateChange =
  | { ok: true; summary: WorkflowSummary }
  | { ok: false; reason: 'missing' | 'not-published' }

/** How long a publish, pause or resume may take to reach the other processes of a deployment. */
const FRESH_MS = 10_000

const summaryBody = z.object({
  title: z.string(),
  state: z.enum(['draft', 'live', 'paused', 'archived']),
  version: z.number().nullable(),
  publishedAt: z.number().nullable(),
  liveSince: z.number().nullable().default(null),
})
const filesBody = z.record(z.string(), z.string())
// Programs and templates are written by this very code, from checked definitions; the engine trusts their shape.
const programBody = z.custom<Program>(
  (value) => typeof value === 'object' && value !== null && 'steps' in value,
)
const templateBody = z.custom<CompiledTemplate>(
  (value) => typeof value === 'object' && value !== null && 'html' in value,
)
const versionBody = z.object({ program: programBody, publishedAt: z.number() })

export class Catalog {
  readonly #world: World
  readonly #settings: SettingsStore
  readonly #programs = new Map<string, Program>()
  readonly #templates = new Map<string, CompiledTemplate[]>()
  #live: { workflows: LiveWorkflow[]; readAtMs: number } | undefined
  /** Publishing asks about the very draft that was saved a moment ago, and compiling its mails takes its time. */
  #checked: { of: string; found: { issues: Issue[]; workflow: CompiledWorkflow | undefined } } | undefined
  #changes = 0

  constructor(world: World) {
    this.#world = world
    this.#settings = new SettingsStore(world)
  }

  settings() {
    return this.#settings.read()
  }

  async saveSettings(text: string, layout?: string): Promise<Issue[]> {
    return await this.#settings.save(text, layout)
  }

  async list(): Promise<WorkflowSummary[]> {
    const { rows } = await this.#world.table.query(SUMMARIES_PK)
    return rows.map(summaryFrom)
  }

  /** Workflows that new journeys may enter, and paused ones, whose events are answered with a reason. */
  async live(): Promise<LiveWorkflow[]> {
    const nowMs = this.#world.clock.monotonicMs()
    if (this.#live && nowMs - this.#live.readAtMs < freshFor(this.#world, FRESH_MS))
      return this.#live.workflows
    const changes = this.#changes
    const workflows: LiveWorkflow[] = []
    const { rows } = await this.#world.table.query(SUMMARIES_PK, { consistent: false })
    for (const { name, state, version, publishedAt, liveSince } of rows.map(summaryFrom)) {
      if (version === null || publishedAt === null || state === 'draft' || state === 'archived') continue
      const program = await this.program(name, version)
      const since = liveSince ?? publishedAt
      if (program) workflows.push({ name, version, paused: state === 'paused', liveSince: since, program })
    }
    // What was read while something changed is not kept: it may be from before.
    if (changes === this.#changes) this.#live = { workflows, readAtMs: nowMs }
    return workflows
  }

  async program(name: string, version: number): Promise<Program | undefined> {
    const cached = this.#programs.get(`${name}@${version}`)
    if (cached) return cached
    const row = await this.#world.table.get(workflowPk(name), versionSk(version))
    if (!row?.body) return undefined
    const { program } = versionBody.parse(JSON.parse(row.body))
    this.#programs.set(`${name}@${version}`, program)
    return program
  }

  /** Every language variant of one template of one version. */
  async templates(name: string, version: number, template: string): Promise<CompiledTemplate[]> {
    const key = `${name}@${version}#${template}`
    const cached = this.#templates.get(key)
    if (cached) return cached
    const prefix = `${versionSk(version)}#${template}#`
    const { rows } = await this.#world.table.query(workflowPk(name), { prefix })
    const variants = rows.map(({ body }) => templateBody.parse(JSON.parse(body ?? 'null')))
    this.#templates.set(key, variants)
    return variants
  }

  async get(name: string, version?: number) {
    const row = await this.#world.table.get(SUMMARIES_PK, name)
    if (!row) return undefined
    const summary = summaryFrom(row)
    const { rows } = await this.#world.table.query(workflowPk(name), { prefix: 'f#' })
    const versions = rows.map((one) => ({
      version: Number(one.sk.slice(2)),
      publishedAt: one.counters?.at ?? 0,
    }))
    const draft = await this.#draft(name)
    const wanted = version ?? summary.version
    const published = rows.find((one) => Number(one.sk.slice(2)) === wanted)
    if (version !== undefined && !published) return undefined
    const files = published ? filesBody.parse(JSON.parse(published.body ?? '{}')) : (draft?.files ?? {})
    if (!draft) return { summary, files, versions }
    const { issues } = await this.#check(name, draft.files)
    return { summary, files, versions, draft: { ...draft, issues } }
  }

  /** Keeps the draft whatever is wrong with it, and says what that is. */
  async saveDraft(name: string, files: WorkflowFiles): Promise<{ issues: Issue[]; etag: string }> {
    const { issues, workflow } = await this.#check(name, files)
    const body = JSON.stringify(files)
    await this.#world.table.put({ pk: workflowPk(name), sk: DRAFT_SK, body }, { kind: 'any' })
    const summary = {
      title: workflow?.program.title ?? name,
      state: 'draft' as const,
      version: null,
      publishedAt: null,
      liveSince: null,
    }
    await this.#world.table.put(
      { pk: SUMMARIES_PK, sk: name, rev: 1, body: JSON.stringify(summary) },
      { kind: 'absent' },
    )
    return { issues, etag: etagOf(body) }
  }

  /**
   * Makes the next version from the draft, after validation and its scenarios. The last write is the switch: a crash
   * before it leaves everything as it was.
   */
  async publish(name: string, options: { ifMatch?: string } = {}): Promise<PublishResult> {
    const draft = await this.#draft(name)
    const refused = (reason: 'issues' | 'scenarios' | 'changed' | 'missing', issues: Issue[] = []) => ({
      ok: false as const,
      reason,
      issues,
      failures: [],
    })
    if (!draft) return refused('missing')
    if (options.ifMatch !== undefined && options.ifMatch !== draft.etag) return refused('changed')
    const { issues, workflow } = await this.#check(name, draft.files)
    if (!workflow || issues.some(({ severity }) => severity === 'error')) return refused('issues', issues)

    const { settings } = await this.settings()
    const text = draft.files['scenarios.yaml']
    const parsed = text === undefined ? { issues: [], scenarios: [] } : parseScenarios(text, workflow.program)
    if (parsed.issues.some(({ severity }) => severity === 'error')) return refused('issues', parsed.issues)
    const failures = parsed.scenarios
      .map((scenario) => runScenario(workflow, scenario, settings))
      .filter(({ passed }) => !passed)
      .map((result) => ({ scenario: result.name, failures: result.failures }))
    if (failures.length > 0) return { ...refused('scenarios', issues), failures }

    const version = await this.#store(name, workflow.program, workflow.templates, draft.files)
    return { ok: true, version, issues }
  }

  pause(name: string): Promise<StateChange> {
    return this.#changeState(name, 'paused')
  }

  resume(name: string): Promise<StateChange> {
    return this.#changeState(name, 'live')
  }

  archive(name: string): Promise<StateChange> {
    return this.#changeState(name, 'archived')
  }

  /** Publishes an earlier version as a new one. */
  async rollback(name: string, version: number): Promise<PublishResult> {
    const row = await this.#world.table.get(workflowPk(name), filesSk(version))
    if (!row?.body) return { ok: false, reason: 'missing', issues: [], failures: [] }
    await this.saveDraft(name, filesBody.parse(JSON.parse(row.body)))
    return await this.publish(name)
  }

  async #check(name: string, files: WorkflowFiles) {
    const { settings, layout } = await this.settings()
    const of = JSON.stringify([name, files, settings, layout])
    if (this.#checked?.of === of) return this.#checked.found
    const { issues, workflow } = await compileWorkflow(files, { settings, layout })
    const found = { issues: [...issues, ...misnamed(name, workflow?.program)], workflow }
    this.#checked = { of, found }
    return found
  }

  async #draft(name: string): Promise<{ files: WorkflowFiles; etag: string } | undefined> {
    const row = await this.#world.table.get(workflowPk(name), DRAFT_SK)
    return row?.body ? { files: filesBody.parse(JSON.parse(row.body)), etag: etagOf(row.body) } : undefined
  }

  async #store(
    name: string,
    program: Program,
    templates: CompiledTemplate[],
    files: WorkflowFiles,
  ): Promise<number> {
    const { table, clock } = this.#world
    const pk = workflowPk(name)
    const publishedAt = clock.now()
    const newest = await table.query(pk, { prefix: 'v#', newestFirst: true, limit: 1 })
    let version = Number(newest.rows[0]?.sk.slice(2, 8) ?? 0)
    for (;;) {
      version++
      const row = { pk, sk: versionSk(version), body: JSON.stringify({ program, publishedAt }) }
      if ((await table.put(row, { kind: 'absent' })).ok) break
    }
    for (const template of templates) {
      const sk = templateSk(version, template.name, template.locale)
      await table.put({ pk, sk, body: JSON.stringify(template) }, { kind: 'any' })
    }
    const sources = { pk, sk: filesSk(version), body: JSON.stringify(files), counters: { at: publishedAt } }
    await table.put(sources, { kind: 'any' })
    await this.#changeSummary(name, (before) => ({
      title: program.title,
      state: before.state === 'paused' ? 'paused' : 'live',
      version,
      publishedAt,
      liveSince: before.state === 'live' || before.state === 'paused' ? before.liveSince : publishedAt,
    }))
    this.#programs.set(`${name}@${version}`, program)
    for (const template of new Set(templates.map((one) => one.name)))
      this.#templates.set(
        `${name}@${version}#${template}`,
        templates.filter((one) => one.name === template),
      )
    return version
  }

  async #changeState(name: string, state: WorkflowState): Promise<StateChange> {
    const row = await this.#world.table.get(SUMMARIES_PK, name)
    if (!row) return { ok: false, reason: 'missing' }
    if (summaryFrom(row).version === null) return { ok: false, reason: 'not-published' }
    const summary = await this.#changeSummary(name, (before) => ({
      ...before,
      state,
      // Dates that came up while it was archived are over; those of a pause were answered with the pause.
      liveSince: before.state === 'archived' ? this.#world.clock.now() : before.liveSince,
    }))
    return { ok: true, summary }
  }

  async #changeSummary(
    name: string,
    change: (before: Omit<WorkflowSummary, 'name'>) => Omit<WorkflowSummary, 'name'>,
  ): Promise<WorkflowSummary> {
    const { table } = this.#world
    for (let attempt = 0; attempt < 5; attempt++) {
      const row = await table.get(SUMMARIES_PK, name)
      const before = row
        ? summaryFrom(row)
        : { name, title: name, state: 'draft' as const, version: null, publishedAt: null, liveSince: null }
      const { title, state, version, publishedAt, liveSince } = change(before)
      const rev = row?.rev ?? 0
      const body = JSON.stringify({ title, state, version, publishedAt, liveSince })
      const result = await table.put(
        { pk: SUMMARIES_PK, sk: name, rev: rev + 1, body },
        row ? { kind: 'rev', rev } : { kind: 'absent' },
      )
      this.#live = undefined
      this.#changes++
      if (result.ok) return { name, title, state, version, publishedAt, liveSince }
    }
    throw new Conflict(`workflow ${name} is being changed by too many at once`)
  }
}

function summaryFrom(row: Row): WorkflowSummary {
  return { name: row.sk, ...summaryBody.parse(JSON.parse(row.body ?? '{}')) }
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

const etagOf = (body: string) => `"${digest(body).slice(0, 20)}"`
