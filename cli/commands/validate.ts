/** `premura validate`: everything that is wrong with workflow folders, before anybody else finds it. */
import { checkLibrary, isError, issuesOf } from '../check.ts'
import type { Command } from '../command.ts'
import { issueJson, shownIssue, tally } from '../issues.ts'
import { readLibraries } from '../library.ts'
import { counted } from '../terminal.ts'

export const validateCommand: Command = {
  name: 'validate',
  summary: 'check workflows, mails and settings, and say where what is wrong',
  operands: '[folder…]',
  description:
    'Checks every workflow in the folders (a library such as workflows/, or single workflows) against its settings.yaml and layout.mjml. Without a folder: workflows/. Exits with 1 when there are errors; warnings alone are no reason.',
  options: {},
  examples: ['premura validate', 'premura validate workflows/win-back', 'premura validate --json'],
  remote: false,
  async run(call) {
    const libraries = await Promise.all(
      (await readLibraries(call.operands, call.around.cwd)).map(checkLibrary),
    )
    const issues = libraries.flatMap(issuesOf)
    for (const located of issues) {
      call.say(shownIssue(located))
      call.say()
    }
    const folders = libraries.flatMap(({ library }) => library.workflows)
    const checked = libraries.flatMap(({ workflows }) => workflows).length
    const unchecked = folders.length - checked
    const skipped =
      unchecked > 0 ? ` ${counted(unchecked, 'workflow')} could not be checked without settings.` : ''
    call.say(`${counted(checked, 'workflow')} checked: ${tally(issues.map(({ issue }) => issue))}.${skipped}`)
    const ok = !issues.some(isError)
    call.json({
      ok,
      workflows: folders.map(({ name, path }) => ({ name, path })),
      issues: issues.map(issueJson),
    })
    return ok ? 0 : 1
  },
}
