/** Workflow folders as they lie on disk, with the settings and the layout that hold for them. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { WorkflowFiles } from '../engine/language/compile.ts'
import type { Issue } from '../engine/issue.ts'
import { Failure, UsageError } from './command.ts'

/** A file as it is shown and as it was read. */
export interface Source {
  /** As somebody in the current folder would write it. */
  path: string
  text: string
}

export interface WorkflowFolder {
  /** What `workflow:` says, or else the folder's name. */
  name: string
  path: string
  files: WorkflowFiles
  /** Under the names that the language knows them by. */
  sources: { [file: string]: Source }
  /** What is wrong with the folder itself. */
  issues: Issue[]
}

export interface Library {
  path: string
  settings: Source | undefined
  layout: Source | undefined
  workflows: WorkflowFolder[]
  /** The definitions of the library's other workflows, where only some of it was asked for. */
  beside: string[]
}

/** JSON is YAML too; these are read as if they had the usual name. */
const otherNames: { [file: string]: string } = {
  'workflow.yml': 'workflow.yaml',
  'workflow.json': 'workflow.yaml',
  'scenarios.yml': 'scenarios.yaml',
  'scenarios.json': 'scenarios.yaml',
}

/** Where the care library is when nobody says otherwise. */
const usualFolder = 'workflows'

/**
 * Reads libraries and single workflow folders; a workflow's settings are those beside its folder.
 * @throws UsageError for a folder that is not there or holds no workflow
 */
export async function readLibraries(folders: readonly string[], cwd: string): Promise<Library[]> {
  const libraries = new Map<string, { whole: boolean; only: Set<string> }>()
  for (const given of folders.length > 0 ? folders : [usualFolder]) {
    const folder = await folderOf(resolve(cwd, given), given, folders.length > 0)
    const single = await holdsWorkflow(folder)
    const of = single ? dirname(folder) : folder
    const known = libraries.get(of) ?? { whole: false, only: new Set() }
    libraries.set(of, known)
    if (single) known.only.add(basename(folder))
    else known.whole = true
  }
  return await Promise.all(
    [...libraries].map(([folder, { whole, only }]) => readLibrary(folder, cwd, whole ? undefined : only)),
  )
}

/** One workflow, by its folder, a file in it, or its name in the usual library. */
export async function readOne(
  given: string,
  cwd: string,
): Promise<{ library: Library; workflow: WorkflowFolder }> {
  const direct = await kindOf(resolve(cwd, given))
  const folder = direct === undefined && /^[\w-]+$/.test(given) ? join(usualFolder, given) : given
  if (direct === undefined && folder !== given && (await kindOf(resolve(cwd, folder))) === undefined) {
    const libraries =
      (await kindOf(resolve(cwd, usualFolder))) === 'folder' ? await readLibraries([], cwd) : []
    const named = libraries.flatMap(({ workflows }) => workflows).find(({ name }) => name === given)
    const [library] = libraries
    if (named && library) return { library, workflow: named }
    const names = libraries.flatMap(({ workflows }) => workflows.map(({ name }) => name))
    throw new UsageError(
      `There is no folder ${given} and no workflow of that name in ${usualFolder}/.`,
      names.length > 0 ? `There are ${names.join(', ')}.` : undefined,
    )
  }
  const [library] = await readLibraries([folder], cwd)
  const [workflow, ...more] = library?.workflows ?? []
  if (!library || !workflow || more.length > 0)
    throw new UsageError(`${given} holds several workflows.`, 'Name the folder of one of them.')
  return { library, workflow }
}

async function folderOf(path: string, given: string, named: boolean): Promise<string> {
  const kind = await kindOf(path)
  if (kind === 'file') return dirname(path)
  if (kind === 'folder') return path
  throw new UsageError(
    `There is no folder ${given}.`,
    named ? undefined : 'Run this where your workflows/ folder is, or name a folder.',
  )
}

async function readLibrary(folder: string, cwd: string, only: Set<string> | undefined): Promise<Library> {
  const shown = (path: string) => relative(cwd, path) || '.'
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => name)
    .sort()
  const workflows: WorkflowFolder[] = []
  const beside: string[] = []
  for (const name of names) {
    const path = join(folder, name)
    if ((await kindOf(path)) !== 'folder') continue
    if (only && !only.has(name)) {
      beside.push(...(await definitionBeside(path)))
      continue
    }
    const workflow = await readWorkflow(path, shown(path))
    if (workflow) workflows.push(workflow)
  }
  if (workflows.length === 0)
    throw new UsageError(
      `${shown(folder)} holds no workflow.`,
      'A workflow is a folder with a file workflow.yaml in it.',
    )
  const optional = async (file: string) =>
    (await kindOf(join(folder, file))) === 'file'
      ? { path: shown(join(folder, file)), text: await readText(join(folder, file)) }
      : undefined
  return {
    path: shown(folder),
    settings: await optional('settings.yaml'),
    layout: await optional('layout.mjml'),
    workflows,
    beside,
  }
}

/** What is wrong with a workflow that nobody has asked about is no reason to stop. */
async function definitionBeside(folder: string): Promise<string[]> {
  const file = (await readdir(folder)).find((one) => (otherNames[one] ?? one) === 'workflow.yaml')
  return file === undefined ? [] : [await readFile(join(folder, file), 'utf8')]
}

/** Undefined: this folder has nothing to do with workflows. */
async function readWorkflow(folder: string, shown: string): Promise<WorkflowFolder | undefined> {
  const found = (await readdir(folder)).filter((file) => !file.startsWith('.')).sort()
  const files: WorkflowFiles = {}
  const sources: { [file: string]: Source } = {}
  const issues: Issue[] = []
  for (const file of found) {
    const known = otherNames[file] ?? file
    if (!/\.(?:yaml|mjml|txt)$/.test(known) || (await kindOf(join(folder, file))) !== 'file') continue
    if (files[known] !== undefined) {
      issues.push(issue(known, `${file} says the same as another file of this folder`, 'Keep one of them.'))
      continue
    }
    const text = await readText(join(folder, file))
    files[known] = text
    sources[known] = { path: join(shown, file), text }
  }
  const definition = files['workflow.yaml']
  if (definition === undefined) {
    if (Object.keys(files).length === 0) return undefined
    sources['workflow.yaml'] = { path: join(shown, 'workflow.yaml'), text: '' }
  }
  return { name: nameIn(definition) ?? basename(folder), path: shown, files, sources, issues }
}

const nameIn = (definition: string | undefined): string | undefined =>
  /^\s*\{?\s*"?workflow"?:\s*["']?([\w-]+)/m.exec(definition ?? '')?.[1]

function issue(file: string, message: string, hint?: string): Issue {
  return { severity: 'error', file, line: 1, column: 1, message, ...(hint !== undefined && { hint }) }
}

const holdsWorkflow = async (folder: string): Promise<boolean> =>
  (await readdir(folder)).some((file) => (otherNames[file] ?? file) === 'workflow.yaml')

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ? 'folder' : found?.isFile() ? 'file' : undefined
}

/** @throws Failure when the file is no UTF-8 text */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Failure(
      `${path} is not a UTF-8 text.`,
      'Save it again in your editor, with the encoding UTF-8.',
    )
  }
}
