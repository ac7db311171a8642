/** Compiles workflow folders as the deployment would, and says where what is wrong stands on disk. */
import { compileWorkflow, type CompiledWorkflow } from '../engine/language/compile.ts'
import { DEFAULT_LAYOUT } from '../engine/default-settings.ts'
import { eventsVouchedForIn } from '../engine/language/known-events.ts'
import { parseSettings } from '../engine/language/settings.ts'
import type { Issue } from '../engine/issue.ts'
import type { Settings } from '../engine/model.ts'
import { parseScenarios } from '../engine/scenario.ts'
import { Failure } from './command.ts'
import { type Located, shownIssue } from './issues.ts'
import type { Library, Source, WorkflowFolder } from './library.ts'

export interface CheckedWorkflow {
  folder: WorkflowFolder
  issues: Located[]
  /** Present when it can run: no issue of the definition or its mails is an error. */
  workflow: CompiledWorkflow | undefined
}

export interface CheckedLibrary {
  library: Library
  /** Of the settings. Workflows are checked only when these let us. */
  issues: Located[]
  settings: Settings | undefined
  workflows: CheckedWorkflow[]
}

export const isError = ({ issue }: Located): boolean => issue.severity === 'error'

/** Everything that is wrong with a library, settings first. */
export const issuesOf = ({ issues, workflows }: CheckedLibrary): Located[] => [
  ...issues,
  ...workflows.flatMap((each) => each.issues),
]

export async function checkLibrary(library: Library): Promise<CheckedLibrary> {
  const { issues, settings } = checkSettings(library)
  const workflows: CheckedWorkflow[] = []
  if (settings)
    for (const folder of library.workflows) workflows.push(await checkWorkflow(folder, library, settings))
  for (const each of workflows) each.issues.push(...twice(each, workflows))
  // The layout is compiled with every mail; what is wrong with it is said once.
  const said = new Set<string>()
  for (const each of workflows)
    each.issues = each.issues.filter(({ issue, source }) => {
      if (source !== library.layout) return true
      const same = JSON.stringify(issue)
      return !said.has(same) && said.add(same)
    })
  return { library, issues, settings, workflows }
}

/** One workflow with its settings. @throws Failure that shows the issues, when there are errors */
export async function compiledOne(
  library: Library,
  folder: WorkflowFolder,
): Promise<{ settings: Settings; workflow: CompiledWorkflow }> {
  const others = library.workflows.filter((each) => each !== folder)
  const beside = [...library.beside, ...others.map(({ files }) => files['workflow.yaml'] ?? '')]
  const checked = await checkLibrary({ ...library, workflows: [folder], beside })
  const workflow = checked.workflows[0]?.workflow
  if (checked.settings && workflow) return { settings: checked.settings, workflow }
  const shown = issuesOf(checked).filter(isError).map(shownIssue).join('\n\n')
  throw new Failure(`${folder.path} cannot be used as it is.`, undefined, shown)
}

function checkSettings({ path, settings: source }: Library): {
  issues: Located[]
  settings: Settings | undefined
} {
  if (!source) {
    const missing: Issue = {
      severity: 'error',
      file: 'settings.yaml',
      line: 1,
      column: 1,
      message: 'This file is missing: it holds the brand, the senders and the topics of all workflows',
      hint: 'Copy the one that ships with Premura and put your brand into it.',
    }
    const at = path === '.' ? 'settings.yaml' : `${path}/settings.yaml`
    return { issues: [{ issue: missing, source: { path: at, text: '' } }], settings: undefined }
  }
  const { issues, settings } = parseSettings(source.text, 'settings.yaml')
  return { issues: issues.map((issue) => ({ issue, source })), settings }
}

async function checkWorkflow(
  folder: WorkflowFolder,
  library: Library,
  settings: Settings,
): Promise<CheckedWorkflow> {
  const located = (issue: Issue): Located => ({ issue, source: sourceOf(issue.file, folder, library) })
  if (folder.issues.length > 0) return { folder, issues: folder.issues.map(located), workflow: undefined }
  const layout = library.layout?.text ?? DEFAULT_LAYOUT
  const { issues, workflow } = await compileWorkflow(folder.files, {
    settings,
    layout,
    events: eventsBeside(folder, library),
  })
  const scenarios = folder.files['scenarios.yaml']
  const more = scenarios === undefined ? [] : parseScenarios(scenarios, workflow?.program).issues
  return { folder, issues: [...issues, ...more].map(located), workflow }
}

/** The events that the other workflows of a library say something of, also where only some of them are asked about. */
function eventsBeside(folder: WorkflowFolder, { workflows, beside }: Library): string[] {
  const others = workflows.filter((each) => each !== folder).map(({ files }) => files['workflow.yaml'] ?? '')
  return [...others, ...beside].flatMap(vouchedFor)
}

/** Every definition is asked about once for each that lies beside it. */
const vouched = new Map<string, string[]>()
function vouchedFor(definition: string): string[] {
  const known = vouched.get(definition) ?? eventsVouchedForIn(definition)
  vouched.set(definition, known)
  return known
}

function sourceOf(file: string, folder: WorkflowFolder, { layout }: Library): Source {
  const own = Object.hasOwn(folder.sources, file) ? folder.sources[file] : undefined
  return own ?? (file === 'layout.mjml' && layout ? layout : { path: `${folder.path}/${file}`, text: '' })
}

/** Two folders cannot be the same workflow: the second one pushed would replace the first. */
function twice({ folder }: CheckedWorkflow, all: readonly CheckedWorkflow[]): Located[] {
  const first = all.find((other) => other.folder.name === folder.name)
  if (!first || first.folder === folder) return []
  const source = sourceOf('workflow.yaml', folder, {
    path: '',
    settings: undefined,
    layout: undefined,
    workflows: [],
    beside: [],
  })
  const line = source.text.split('\n').findIndex((text) => /^\s*\{?\s*"?workflow"?:/.test(text)) + 1
  return [
    {
      source,
      issue: {
        severity: 'error',
        file: 'workflow.yaml',
        line: Math.max(1, line),
        column: 1,
        message: `Another workflow is called \`${folder.name}\`, too: the one in the folder \`${first.folder.path.split('/').at(-1) ?? ''}\``,
        hint: 'Every workflow needs a name of its own.',
      },
    },
  ]
}
