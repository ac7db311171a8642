/** `premura push`: brings a deployment to what the folders say. */
import { parseScenarios, runScenario } from '../../engine/scenario.ts'
import { checkLibrary, type CheckedLibrary, type CheckedWorkflow, isError, issuesOf } from '../check.ts'
import { type Call, type Command, Failure, UsageError } from '../command.ts'
import { type Deployment, deploymentOf, Refused } from '../deployment.ts'
import {
  confirmInFlight,
  type InFlight,
  inFlightOptions,
  readInFlight,
  strandedFailure,
} from '../in-flight.ts'
import { shownIssue } from '../issues.ts'
import { readLibraries } from '../library.ts'
import {
  publish,
  readSettings,
  readWorkflow,
  type RemoteWorkflow,
  sameFiles,
  saveDraft,
  saveSettings,
} from '../remote-workflow.ts'
import { counted, padded, paint } from '../terminal.ts'

/** What is to be done, found out before anything is. */
interface Plan {
  name: string
  action: 'publish' | 'draft' | 'unchanged' | 'refuse'
  why: string
  of: CheckedWorkflow | undefined
  remote: RemoteWorkflow | undefined
}

export const pushCommand: Command = {
  name: 'push',
  summary: 'bring settings and workflows to a deployment and publish them',
  operands: '[folder…]',
  description:
    'Checks everything here first (workflows, mails, scenarios) and changes nothing when something is wrong. Then the settings and the layout go first and each workflow that differs is saved as a draft and published; journeys under way stay in their version, unless --in-flight says otherwise: then it is shown where they stand, and asked, before anything is changed. A draft that somebody has edited on the deployment is not overwritten without --force. Without a folder: workflows/.',
  options: {
    'dry-run': { type: 'boolean', help: 'only show what would be done' },
    'no-publish': {
      type: 'boolean',
      help: 'save drafts and leave what is live as it is; settings are not touched',
    },
    force: {
      type: 'boolean',
      help: 'publish also what is unchanged, and replace drafts edited on the deployment',
    },
    ...inFlightOptions,
  },
  examples: [
    'premura push --dry-run',
    'premura push workflows/win-back --url https://care.example.com',
    'premura push workflows/win-back --in-flight move --map wait-1=pause',
  ],
  remote: true,
  async run(call) {
    const inFlight = readInFlight(call)
    if (inFlight.inFlight !== 'stay' && call.flag('no-publish'))
      throw new UsageError('--in-flight is about publishing, and --no-publish does not.')
    const libraries = await Promise.all(
      (await readLibraries(call.operands, call.around.cwd)).map(checkLibrary),
    )
    refuseFlawed(libraries)
    for (const warning of libraries.flatMap(issuesOf)) call.say(`${shownIssue(warning)}\n`)
    const deployment = deploymentOf(call)
    const done: { workflow: string; action: string; version: number | null }[] = []
    let refused = 0
    for (const library of libraries) {
      const { settings, plans } = await plan(library, deployment, call)
      const width = Math.max(...plans.map(({ name }) => name.length), 'settings'.length)
      const say = (name: string, text: string) => call.say(`  ${padded(name, width)}  ${text}`)
      call.say(
        `${paint.bold(library.library.path)} → ${deployment.url}${call.flag('dry-run') ? ' (dry run)' : ''}`,
      )
      say('settings', settings.why)
      const published = plans.filter(
        ({ action, remote }) => action === 'publish' && (remote?.version ?? null) !== null,
      )
      await confirmInFlight(
        inFlight,
        published.map(({ name }) => name),
        deployment,
        call,
      )
      if (settings.changed && !call.flag('dry-run'))
        await saveSettings(deployment, library.library.settings?.text ?? '', library.library.layout?.text)
      for (const each of plans) {
        if (each.action === 'refuse') refused++
        const version = call.flag('dry-run')
          ? (each.remote?.version ?? null)
          : await perform(each, deployment, inFlight)
        say(each.name, told(each, version, call.flag('dry-run')))
        done.push({ workflow: each.name, action: each.action, version })
      }
      call.say()
    }
    const changed = done.filter(({ action }) => action === 'publish' || action === 'draft').length
    call.say(
      `${counted(changed, 'workflow')} ${call.flag('dry-run') ? 'to push' : 'pushed'}, ${done.length - changed - refused} unchanged${refused > 0 ? paint.red(`, ${refused} not overwritten`) : ''}.`,
    )
    call.json({ ok: refused === 0, dryRun: call.flag('dry-run'), workflows: done })
    return refused === 0 ? 0 : 1
  },
}

/** What the deployment would refuse is not sent at all, so that half a library is never live. */
function refuseFlawed(libraries: readonly CheckedLibrary[]): void {
  const errors = libraries.flatMap(issuesOf).filter(isError)
  if (errors.length > 0)
    throw new Failure(
      `Nothing was pushed: ${counted(errors.length, 'error')}.`,
      undefined,
      errors.map(shownIssue).join('\n\n'),
    )
  const failures = libraries.flatMap(({ settings, workflows }) =>
    workflows.flatMap(({ folder, workflow }) => {
      const text = folder.files['scenarios.yaml']
      if (!settings || !workflow || text === undefined) return []
      return parseScenarios(text)
        .scenarios.map((scenario) => runScenario(workflow, scenario, settings))
        .filter(({ passed }) => !passed)
        .map(({ name }) => `${folder.name}: ${name}`)
    }),
  )
  if (failures.length > 0)
    throw new Failure(
      `Nothing was pushed: ${counted(failures.length, 'scenario')} failed.`,
      'premura test tells why.',
      failures.join('\n'),
    )
}

async function plan({ library, workflows }: CheckedLibrary, deployment: Deployment, call: Call) {
  const there = await readSettings(deployment)
  const noPublish = call.flag('no-publish')
  const newLayout = library.layout !== undefined && library.layout.text !== there.layout
  // Also what is unchanged, when forced: a deployment may no longer be able to read what it has.
  const differs = newLayout || library.settings?.text !== there.settings || call.flag('force')
  const settings = {
    changed: differs && !noPublish,
    why: !differs
      ? paint.dim('unchanged')
      : noPublish
        ? paint.yellow('differ, left as they are')
        : paint.green('changed'),
  }
  const plans: Plan[] = []
  for (const of of workflows) {
    const remote = await readWorkflow(deployment, of.folder.name)
    plans.push({ name: of.folder.name, of, remote, ...decide(of, remote, newLayout && !noPublish, call) })
  }
  return { settings, plans }
}

function decide(
  { folder }: CheckedWorkflow,
  remote: RemoteWorkflow | undefined,
  newLayout: boolean,
  call: Call,
): Pick<Plan, 'action' | 'why'> {
  const force = call.flag('force')
  const action = call.flag('no-publish') ? 'draft' : 'publish'
  if (!remote) return { action, why: 'new' }
  const { files, draft, version } = remote
  const live = version !== null && sameFiles(folder.files, files)
  const drafted = draft !== undefined && sameFiles(folder.files, draft)
  // Publishing replaces the draft: work that somebody has not published yet must not vanish unseen.
  if (draft && !drafted && !sameFiles(draft, files) && !force)
    return { action: 'refuse', why: 'its draft was edited on the deployment: pull it, or push with --force' }
  if (force) return { action, why: 'forced' }
  if (action === 'draft') return drafted ? { action: 'unchanged', why: '' } : { action, why: 'changed' }
  if (!live) return { action, why: 'changed' }
  // Mails are compiled with the layout when they are published.
  return newLayout ? { action, why: 'new layout' } : { action: 'unchanged', why: '' }
}

async function perform(
  { name, action, of, remote }: Plan,
  deployment: Deployment,
  inFlight: InFlight,
): Promise<number | null> {
  if (!of || action === 'unchanged' || action === 'refuse') return remote?.version ?? null
  const { etag } = await saveDraft(deployment, name, of.folder.files)
  if (action === 'draft') return remote?.version ?? null
  try {
    return await publish(deployment, name, etag, remote?.version == null ? { inFlight: 'stay' } : inFlight)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const stranded = strandedFailure(name, error)
    if (stranded) throw stranded
    const { issues = [], failures = [] } = error.problem
    const shown = issues
      .filter(({ severity }) => severity === 'error')
      .map((issue) =>
        shownIssue({ issue, source: of.folder.sources[issue.file] ?? { path: issue.file, text: '' } }),
      )
    const scenarios = failures.map((one) => `${one.scenario}\n  ${one.failures.join('\n  ')}`)
    throw new Failure(
      `${name}: ${error.message}`,
      error.hint,
      [...shown, ...scenarios].join('\n\n') || undefined,
    )
  }
}

function told({ action, why, remote }: Plan, version: number | null, dry: boolean): string {
  switch (action) {
    case 'unchanged':
      return paint.dim(version === null ? 'unchanged draft' : `unchanged, version ${version}`)
    case 'refuse':
      return `${paint.red('not overwritten')}: ${why}`
    case 'draft':
      return `${paint.green(dry ? 'to be saved as draft' : 'saved as draft')} (${why})`
    case 'publish': {
      const paused =
        remote?.state === 'paused' || remote?.state === 'archived' ? `, still ${remote.state}` : ''
      return dry
        ? `${paint.green('to be published')} (${why})`
        : `${paint.green(`published version ${version}`)} (${why}${paused})`
    }
  }
}
