/** Compiles a workflow: its definition, its mails and texts, and how they fit together and into the settings. */
import type { Issue } from '../issue.ts'
import { compileMail } from '../mail/compile.ts'
import type { Settings } from '../model.ts'
import type { Program } from '../program.ts'
import { compileText } from '../text/compile.ts'
import type { Template } from '../text/template.ts'
import { linkFlaws, linkIssues } from './appointment-links.ts'
import { confirmFlaws, confirmIssues } from './confirm-links.ts'
import { readDefinition } from './definition.ts'
import { readDocument } from './document.ts'
import { foreseen } from './foresight.ts'
import { outcomeFlaws } from './outcomes.ts'
import { referenceFlaws } from './references.ts'
import { knowledgeOf, messageIssues, nameFlaws } from './shown-names.ts'
import { isMailFile, matchTemplates, surveyFlaws } from './templates.ts'

/** The files of a workflow's folder: `workflow.yaml`, `apology.mjml`, `apology.it.mjml`, `scenarios.yaml`. */
export interface WorkflowFiles {
  [file: string]: string
}

export interface CompiledWorkflow {
  program: Program
  templates: Template[]
}

export interface Environment {
  settings: Settings
  /** The shared layout of mails. */
  layout: string
  /** Types of events that other workflows beside it emit or start with. */
  events?: readonly string[]
}

/** Compiles the files of a workflow. The workflow is there when no issue is an error. */
export async function compileWorkflow(
  files: WorkflowFiles,
  environment: Environment,
): Promise<{ issues: Issue[]; workflow?: CompiledWorkflow }> {
  const file = definitionFile(files)
  if (typeof file !== 'string') return { issues: [file] }
  const source = readDocument(files[file] ?? '', file)
  if ('issues' in source) return { issues: [...source.issues, ...(await issuesOfMails(files, environment))] }
  const { document } = source
  const { flaws, read } = readDefinition(document.value)
  if (!read) return { issues: [...document.issues(flaws), ...(await issuesOfMails(files, environment))] }
  const { program, pathOf } = read

  flaws.push(...referenceFlaws(program, pathOf, environment.settings, environment.events))
  const knowledge = knowledgeOf(program, pathOf, files)
  flaws.push(...nameFlaws(program, pathOf, knowledge), ...outcomeFlaws(program, pathOf))
  const match = matchTemplates(program, pathOf, files)
  flaws.push(...match.flaws)
  const mails: { issues: Issue[]; template?: Template }[] = await Promise.all(
    match.used.map(({ file: used, channels }) =>
      used.endsWith('.txt')
        ? compileText(used, files[used] ?? '', channels)
        : compileMail(used, files[used] ?? '', environment),
    ),
  )
  const templates = mails.flatMap(({ template }) => (template ? [template] : []))
  flaws.push(...surveyFlaws(program, pathOf, templates), ...confirmFlaws(program, templates))
  if (templates.length === match.used.length) flaws.push(...linkFlaws(program, pathOf, templates))
  // What a mail shows is known once all of them could be read, and what is wrong is told first.
  const unread = messageIssues(program, knowledge, templates, files)
  const sound =
    unread.every(({ severity }) => severity === 'warning') &&
    templates.length === match.used.length &&
    flaws.every(({ severity }) => severity === 'warning')
  if (sound) flaws.push(...foreseen(program, pathOf, environment.settings, templates, environment.events))

  const issues = distinct([
    ...document.issues(flaws),
    ...match.issues,
    ...mails.flatMap((mail) => mail.issues),
    ...unread,
    ...confirmIssues(program, templates, files),
    ...linkIssues(program, templates, files),
  ])
  if (issues.some(({ severity }) => severity === 'error')) return { issues }
  return { issues, workflow: { program, templates } }
}

/** What is wrong with mails is told also where nobody knows yet which of them are sent. */
async function issuesOfMails(files: WorkflowFiles, environment: Environment): Promise<Issue[]> {
  const mails = Object.keys(files).filter(isMailFile).toSorted()
  const compiled = await Promise.all(mails.map((file) => compileMail(file, files[file] ?? '', environment)))
  return distinct(compiled.flatMap(({ issues }) => issues))
}

/** JSON is accepted where YAML is, under the name of its own. */
function definitionFile(files: WorkflowFiles): string | Issue {
  const place = { severity: 'error', line: 1, column: 1 } as const
  const [first, second] = ['workflow.yaml', 'workflow.json'].filter((name) => Object.hasOwn(files, name))
  if (first === undefined) {
    const yml = Object.hasOwn(files, 'workflow.yml')
    return {
      ...place,
      file: 'workflow.yaml',
      message: 'There is no `workflow.yaml`',
      ...(yml ? { hint: 'Rename `workflow.yml`.' } : {}),
    }
  }
  if (second !== undefined)
    return {
      ...place,
      file: second,
      message: 'There is a `workflow.yaml` and a `workflow.json`',
      hint: 'Remove one of them.',
    }
  return first
}

/** The layout is checked with every mail that uses it; its issues are told once. */
function distinct(issues: Issue[]): Issue[] {
  const told = new Set<string>()
  return issues.filter((issue) => {
    const key = JSON.stringify([issue.file, issue.line, issue.column, issue.message])
    return told.has(key) ? false : told.add(key)
  })
}
