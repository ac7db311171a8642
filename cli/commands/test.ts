/** `premura test`: the scenarios of workflows, on the real engine, in virtual time. */
import { parseScenarios, runScenario, type ScenarioResult } from '../../engine/scenario.ts'
import type { Program } from '../../engine/program.ts'
import { zoneOf } from '../../engine/time.ts'
import { checkLibrary, type CheckedLibrary, isError } from '../check.ts'
import type { Call, Command } from '../command.ts'
import { issueJson, type Located, shownIssue } from '../issues.ts'
import { readLibraries } from '../library.ts'
import { counted, paint, wrapped } from '../terminal.ts'
import { timelineLines } from '../timeline.ts'

interface Tested {
  name: string
  path: string
  /** What keeps it from being tested. */
  issues: Located[]
  results: { result: ScenarioResult; zone: string }[]
  steps: Program['steps']
}

export const testCommand: Command = {
  name: 'test',
  summary: 'run the scenarios of workflows in virtual time, without sending anything',
  operands: '[folder…]',
  description:
    'Plays every scenario of scenarios.yaml through the real engine and compares what happened with what it expects. Months pass in milliseconds, and nothing leaves this machine. Publishing runs the same scenarios. Without a folder: workflows/. Exits with 1 when one fails.',
  options: { timeline: { type: 'boolean', help: 'show all that happened in every scenario' } },
  examples: ['premura test', 'premura test workflows/win-back --timeline'],
  remote: false,
  async run(call) {
    const libraries = await Promise.all(
      (await readLibraries(call.operands, call.around.cwd)).map(checkLibrary),
    )
    const broken = libraries.flatMap(({ issues }) => issues.filter(isError))
    const tested = libraries.flatMap(testLibrary)
    if (broken.length > 0) call.say(`${broken.map(shownIssue).join('\n\n')}\n`)
    for (const each of tested) show(each, call)

    const results = tested.flatMap((each) => each.results.map(({ result }) => result))
    const failed = results.filter(({ passed }) => !passed).length
    const unusable = tested.filter(({ issues }) => issues.length > 0).length
    const untested = tested.filter((each) => each.issues.length === 0 && each.results.length === 0).length
    const figures = [paint.green(`${results.length - failed} passed`)]
    if (failed > 0) figures.push(paint.red(`${failed} failed`))
    if (unusable > 0) figures.push(paint.red(`${counted(unusable, 'workflow')} with errors`))
    if (untested > 0) figures.push(paint.yellow(`${counted(untested, 'workflow')} without scenarios`))
    call.say(
      `${counted(results.length, 'scenario')} in ${counted(tested.length, 'workflow')}: ${figures.join(', ')}`,
    )
    const ok = failed === 0 && unusable === 0 && broken.length === 0
    call.json({
      ok,
      issues: [...broken, ...tested.flatMap(({ issues }) => issues)].map(issueJson),
      workflows: tested.map(({ name, path, results: all }) => ({
        name,
        path,
        scenarios: all.map(({ result: { name: scenario, passed, failures } }) => ({
          scenario,
          passed,
          failures,
        })),
      })),
    })
    return ok ? 0 : 1
  },
}

function testLibrary({ settings, workflows }: CheckedLibrary): Tested[] {
  if (!settings) return []
  return workflows.map(({ folder: { name, path, files }, issues, workflow }) => {
    const steps = workflow?.program.steps ?? {}
    const tested: Tested = { name, path, issues: issues.filter(isError), results: [], steps }
    const text = files['scenarios.yaml']
    if (!workflow || text === undefined || tested.issues.length > 0) return tested
    const { scenarios } = parseScenarios(text)
    tested.results = scenarios.map((scenario) => ({
      result: runScenario(workflow, scenario, settings),
      zone: zoneOf({ profile: scenario.customer, suppressions: [] }, settings),
    }))
    return tested
  })
}

function show({ name, path, issues, results, steps }: Tested, call: Call): void {
  call.say(`${paint.bold(name)}  ${paint.dim(path)}`)
  for (const located of issues) call.say(shownIssue(located))
  if (issues.length === 0 && results.length === 0) call.say(paint.yellow('  no scenarios'))
  for (const { result, zone } of results) {
    call.say(`  ${result.passed ? paint.green('✓') : paint.red('✗')} ${result.name}`)
    for (const failure of result.failures)
      call.say(wrapped(`      ${briefly(failure)}`, call.around.columns, '      '))
    if (call.flag('timeline') || !result.passed)
      for (const line of timelineLines(result.timeline, { zone, steps, mails: false }))
        call.say(`      ${line}`)
  }
  call.say()
}

/** What happened instead stands below, as a timeline. */
const briefly = (failure: string): string => failure.split(/; (?:what|nothing) happened/)[0] ?? failure
