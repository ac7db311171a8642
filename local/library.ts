/** The care library on disk, and its first way into a deployment. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Issue } from '../engine/issue.ts'
import type { WorkflowFiles } from '../engine/language/compile.ts'
import { publish, saveDraft, saveSettings } from '../runtime/publishing.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { StartError } from './data-folder.ts'
import { root } from './places.ts'

export const shippedLibrary = join(root, 'workflows')

export interface Library {
  settings: string
  layout: string
  workflows: { name: string; files: WorkflowFiles }[]
}

/** Reads a folder of workflows: `settings.yaml`, `layout.mjml`, and a folder for each. */
export function readLibrary(dir: string): Library {
  const workflows = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => ({ name, files: readFiles(join(dir, name)) }))
    .filter(({ files }) => files['workflow.yaml'] !== undefined)
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  return { settings: read('settings.yaml'), layout: read('layout.mjml'), workflows }
}

function readFiles(dir: string): WorkflowFiles {
  const files: WorkflowFiles = {}
  for (const name of readdirSync(dir))
    if (/\.(yaml|mjml|txt)$/.test(name)) files[basename(name)] = readFileSync(join(dir, name), 'utf8')
  return files
}

/**
 * Publishes what is not published yet, so that an interrupted first start goes on where it was. A workflow with errors
 * stays a draft for its author to mend, and is told of in the answer.
 */
export async function publishLibrary(runtime: Runtime, library: Library): Promise<string[]> {
  const wrong = errorsOf(await saveSettings(runtime, library.settings, library.layout))
  if (wrong.length > 0) throw new StartError(`the library's settings have errors:\n${wrong.join('\n')}`)
  const known = new Map((await runtime.catalog.list()).map((summary) => [summary.name, summary]))
  const problems: string[] = []
  for (const { name, files } of library.workflows) {
    if ((known.get(name)?.version ?? null) !== null) continue
    await saveDraft(runtime, name, files)
    const result = await publish(runtime, name)
    if (result.ok) continue
    const failures = result.failures.map((one) => `  ${one.scenario}: ${one.failures.join('; ')}`)
    problems.push(
      [`${name} was not published (${result.reason}):`, ...errorsOf(result.issues), ...failures].join('\n'),
    )
  }
  return problems
}

const errorsOf = (issues: Issue[]): string[] =>
  issues
    .filter(({ severity }) => severity === 'error')
    .map(({ file, line, column, message }) => `  ${file}:${line}:${column} ${message}`)
