/** `premura pull`: writes what a deployment holds into files. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { type Command, Failure, UsageError } from '../command.ts'
import { deploymentOf } from '../deployment.ts'
import { listWorkflows, readSettings, readWorkflow } from '../remote-workflow.ts'
import { counted, paint } from '../terminal.ts'

export const pullCommand: Command = {
  name: 'pull',
  summary: 'write the settings and workflows of a deployment into files',
  operands: '[folder]',
  description:
    'Writes settings.yaml, layout.mjml and a folder for each workflow, as they are live (or the drafts). Files that are here and differ stay as they are, and it exits with 1, unless --force is given. Files that the deployment does not have are left alone. Without a folder: workflows/.',
  options: {
    workflow: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: 'only this workflow (again for more); no settings',
    },
    draft: { type: 'boolean', help: 'drafts instead of what is live' },
    force: { type: 'boolean', help: 'replace files that differ' },
  },
  examples: ['premura pull', 'premura pull --workflow win-back --draft --force'],
  remote: true,
  async run(call) {
    const [folder = 'workflows', ...more] = call.operands
    if (more.length > 0) throw new UsageError('Name one folder.')
    const deployment = deploymentOf(call)
    const wanted = call.texts('workflow')
    const files = new Map<string, string>()
    if (wanted.length === 0) {
      const { settings, layout } = await readSettings(deployment)
      files.set('settings.yaml', settings)
      files.set('layout.mjml', layout)
    }
    for (const name of wanted.length > 0 ? wanted : await listWorkflows(deployment)) {
      const found = await readWorkflow(deployment, name)
      if (!found) throw new Failure(`${deployment.url} has no workflow ${name}.`)
      const chosen = call.flag('draft') ? (found.draft ?? found.files) : found.files
      for (const [file, text] of Object.entries(chosen)) files.set(safePath(name, file), text)
    }

    const results: { path: string; state: 'written' | 'unchanged' | 'differs' }[] = []
    for (const [file, text] of files) {
      const path = resolve(call.around.cwd, folder, file)
      const here = await readFile(path, 'utf8').catch(() => undefined)
      const state =
        here === text ? 'unchanged' : here === undefined || call.flag('force') ? 'written' : 'differs'
      if (state === 'written') {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text)
      }
      results.push({ path: relative(call.around.cwd, path), state })
    }
    const of = (state: string) => results.filter((each) => each.state === state)
    for (const { path } of of('written')) call.say(`${paint.green('written')}  ${path}`)
    for (const { path } of of('differs')) call.say(`${paint.red('differs')}  ${path}`)
    const kept = of('differs').length
    call.say(
      `${counted(of('written').length, 'file')} written, ${of('unchanged').length} unchanged${kept > 0 ? `, ${kept} left as they are here (--force replaces them)` : ''}.`,
    )
    call.json({ ok: kept === 0, files: results })
    return kept === 0 ? 0 : 1
  },
}

/** The deployment's names become paths here; none may lead out of the folder. */
function safePath(name: string, file: string): string {
  const simple = /^[\w][\w.-]*$/
  if (simple.test(name) && simple.test(file) && !file.includes('..')) return join(name, file)
  throw new Failure(`The deployment has a file ${name}/${file}, which is no name for a file here.`)
}
