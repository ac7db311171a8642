/**
 * The workflows of a deployment as whoever handles a message needs them: what is live, its programs, its mails. Published
 * versions never change, so they are kept in the process for good; what is live is looked up again after
 * {@link FRESH_MS}. Nothing here compiles: that is `publishing.ts`, which no message waits for.
 */
import * as z from 'zod'
import type { WorkflowFiles } from '../engine/language/compile.ts'
import type { Instant } from '../engine/model.ts'
import type { Program } from '../engine/program.ts'
import type { Template } from '../engine/text/template.ts'
import type { Succession } from '../engine/succession.ts'
import { allRows } from './all-rows.ts'
import { freshFor } from './freshness.ts'
import { digest } from './ingest.ts'
import { DRAFT_SK, RESTORED_SK, SUMMARIES_PK, versionSk, workflowPk } from './keys-of-rows.ts'
import { type LostSpan, lostSpansIn } from './lost-spans.ts'
import type { Row, World } from './ports.ts'
import { type DeploymentSettings, SettingsStore, type WrittenSettings } from './settings.ts'
import { summaryFrom, type WorkflowSummary } from './summaries.ts'

export interface LiveWorkflow {
  name: string
  version: number
  /** Of the workflow's state: a message that names it makes a process look again which knows an older one. */
  rev: number
  paused: boolean
  /** Dates that came up before are not its business. */
  liveSince: Instant
  program: Program
}

export interface Draft {
  files: WorkflowFiles
  /** Names this state of it. */
  etag: string
}

export interface PublishedVersion {
  version: number
  publishedAt: Instant
  /** The name of a key or of a person; null where it was published without one. */
  publishedBy: string | null
}

export interface WorkflowDetail {
  summary: WorkflowSummary
  /** Of the live version, or the one that was asked for, or of the draft before the first publish. */
  files: WorkflowFiles
  versions: PublishedVersion[]
  draft?: Draft
}

interface Known {
  workflows: LiveWorkflow[]
  /** Of every workflow that a version is to take journeys over in, whatever its state. */
  successions: Map<string, Succession[]>
  revs: Map<string, number>
  lost: LostSpan[]
  readAtMs: number
}

/** How long a publish, pause or resume may take to reach the other processes of a deployment. */
const FRESH_MS = 10_000

const filesBody = z.record(z.string(), z.string())
/** A published version's files, and who published it; a draft, like a version of earlier days, is the files alone. */
const sourcesBody = z.union([
  z.object({ files: filesBody, by: z.string().optional() }),
  filesBody.transform((files) => ({ files, by: undefined })),
])
// Programs and templates are written by this very code, from checked definitions; the engine trusts their shape.
const programBody = z.custom<Program>(
  (value) => typeof value === 'object' && value !== null && 'steps' in value,
)
const templateBody = z.custom<Template>(
  (value) => typeof value === 'object' && value !== null && ('html' in value || 'body' in value),
)
const versionBody = z.object({ program: programBody, publishedAt: z.number() })

export class Catalog {
  readonly #world: World
  readonly #settings: SettingsStore
  readonly #programs = new Map<string, Program>()
  readonly #templates = new Map<string, Template[]>()
  #live: Known | undefined
  #changes = 0
  #forgotten = false
  /** By workflow: for which revision of its state this process has looked again. */
  readonly #heard = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
    this.#settings = new SettingsStore(world)
  }

  settings(): Promise<DeploymentSettings> {
    return this.#settings.read()
  }

  /** Settings and layout as somebody wrote them, whatever this version makes of them. */
  writtenSettings(): Promise<WrittenSettings> {
    return this.#settings.written()
  }

  async saveSettings(settings: DeploymentSettings): Promise<void> {
    await this.#settings.save(settings)
  }

  async list(): Promise<WorkflowSummary[]> {
    const rows = await allRows(this.#world.table, SUMMARIES_PK)
    return rows.filter(isSummary).map(summaryFrom)
  }

  /** Workflows that new journeys may enter, and paused ones, whose events are answered with a reason. */
  async live(): Promise<LiveWorkflow[]> {
    return (await this.#known()).workflows
  }

  /** By workflow: which versions take journeys of earlier ones over. */
  async successions(): Promise<ReadonlyMap<string, readonly Succession[]>> {
    return (await this.#known()).successions
  }

  /** What restores have taken out of the table, the oldest restore first. */
  async lostSpans(): Promise<readonly LostSpan[]> {
    return (await this.#known()).lost
  }

  async #known(): Promise<Known> {
    const nowMs = this.#world.clock.monotonicMs()
    if (this.#live && nowMs - this.#live.readAtMs < freshFor(this.#world, FRESH_MS)) return this.#live
    const changes = this.#changes
    const workflows: LiveWorkflow[] = []
    const revs = new Map<string, number>()
    const successions = new Map<string, Succession[]>()
    // Who has heard of a change wants to see it, and not what a replica still has.
    const rows = await allRows(this.#world.table, SUMMARIES_PK, { consistent: this.#forgotten })
    const lost = lostSpansIn(rows.find(({ sk }) => sk === RESTORED_SK))
    for (const summary of rows.filter(isSummary).map(summaryFrom)) {
      const { name, rev, state, version, publishedAt, liveSince } = summary
      revs.set(name, rev)
      if (summary.successions.length > 0) successions.set(name, summary.successions)
      if (version === null || publishedAt === null || state === 'draft' || state === 'archived') continue
      const program = await this.program(name, version)
      const since = liveSince ?? publishedAt
      if (program)
        workflows.push({ name, version, rev, paused: state === 'paused', liveSince: since, program })
    }
    // What was read while something changed is not kept: it may be from before.
    const known = { workflows, successions, revs, lost, readAtMs: nowMs }
    if (changes === this.#changes) {
      this.#live = known
      this.#forgotten = false
    }
    return known
  }

  /** What is live has just changed. */
  forgetLive(): void {
    this.#live = undefined
    this.#forgotten = true
    this.#changes++
  }

  /** Somebody says that a workflow's state has this revision: what is known from before is looked up again. */
  async hear(name: string, rev: number): Promise<void> {
    await this.live()
    if ((this.#live?.revs.get(name) ?? 0) >= rev || (this.#heard.get(name) ?? 0) >= rev) return
    // Once for each: where the table does not have it (it was restored), many messages shall not read it as many times.
    this.#heard.set(name, rev)
    this.forgetLive()
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

  /** Every language variant of one template of one version; of a mail and of a text, where both have this name. */
  async templates(name: string, version: number, template: string): Promise<Template[]> {
    const key = `${name}@${version}#${template}`
    const cached = this.#templates.get(key)
    if (cached) return cached
    const prefix = `${versionSk(version)}#${template}#`
    const rows = await allRows(this.#world.table, workflowPk(name), { prefix })
    const variants = rows.map(({ body }) => templateBody.parse(JSON.parse(body ?? 'null')))
    this.#templates.set(key, variants)
    return variants
  }

  /** What this process has just published it need not read back. */
  keep(name: string, version: number, program: Program, templates: Template[]): void {
    this.#programs.set(`${name}@${version}`, program)
    for (const template of new Set(templates.map((one) => one.name)))
      this.#templates.set(
        `${name}@${version}#${template}`,
        templates.filter((one) => one.name === template),
      )
  }

  /** A workflow with its sources; undefined when there is none of that name or no such version of it. */
  async get(name: string, version?: number): Promise<WorkflowDetail | undefined> {
    const row = await this.#world.table.get(SUMMARIES_PK, name)
    if (!row) return undefined
    const summary = summaryFrom(row)
    const rows = await allRows(this.#world.table, workflowPk(name), { prefix: 'f#' })
    const versions = rows.map((one) => ({
      version: Number(one.sk.slice(2)),
      publishedAt: one.counters?.at ?? 0,
      publishedBy: sourcesFrom(one.body).by ?? null,
    }))
    const draft = await this.draft(name)
    const wanted = version ?? summary.version
    const published = rows.find((one) => Number(one.sk.slice(2)) === wanted)
    if (version !== undefined && !published) return undefined
    const files = published ? filesFrom(published.body) : (draft?.files ?? {})
    return { summary, files, versions, ...(draft && { draft }) }
  }

  async draft(name: string): Promise<Draft | undefined> {
    const row = await this.#world.table.get(workflowPk(name), DRAFT_SK)
    return row?.body ? { files: filesFrom(row.body), etag: etagOf(row.body) } : undefined
  }
}

const isSummary = ({ sk }: Row): boolean => sk !== RESTORED_SK

/** The sources of a workflow, as rows hold them. */
export const filesFrom = (body: string | undefined): WorkflowFiles => sourcesFrom(body).files

const sourcesFrom = (body: string | undefined) => sourcesBody.parse(JSON.parse(body ?? '{}'))

export const etagOf = (body: string) => `"${digest(body).slice(0, 20)}"`
