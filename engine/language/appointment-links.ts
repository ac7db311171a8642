/** The links of an appointment are there for messages of a workflow that says what its appointment is. */
import type { Issue } from '../issue.ts'
import { readVariables } from '../mail/liquid-check.ts'
import type { Program, StepId } from '../program.ts'
import { fileOf, type Template } from '../text/template.ts'
import type { Flaw, Path } from './flaw.ts'
import { alternatives } from './references.ts'

const members = ['link', 'confirm', 'move', 'cancel']

const isLink = (variable: string): boolean => /^appointment(?:\.|$)/.test(variable)

/** Messages that would fail to be sent: there is no appointment, or no such link. */
export function linkIssues(
  program: Program,
  templates: readonly Template[],
  files: { [file: string]: string },
): Issue[] {
  return templates.flatMap((template) =>
    template.variables.filter(isLink).flatMap((variable): Issue[] => {
      const known = members.some((member) => variable === `appointment.${member}`)
      if (program.appointment && known) return []
      const file = fileOf(template)
      const words = files[file] ?? ''
      const before = words.slice(0, Math.max(0, words.indexOf(variable)))
      return [
        {
          severity: 'error',
          file,
          line: before.split('\n').length,
          column: before.length - before.lastIndexOf('\n'),
          ...(program.appointment
            ? {
                message: `There is no link \`${variable}\``,
                hint: alternatives(
                  variable,
                  members.map((member) => `appointment.${member}`),
                ),
              }
            : {
                message: `\`${variable}\` is known only to a workflow that says what its appointment is`,
                hint: 'Add to the workflow, for example: appointment: { id: event.appointmentId, starts: event.startsAt }',
              }),
        },
      ]
    }),
  )
}

/** What is said for nothing, and what stands where nobody could follow a link. */
export function linkFlaws(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  templates: readonly Template[],
): Flaw[] {
  const unused = program.appointment && !templates.some(({ variables }) => variables.some(isLink))
  return [
    ...(unused
      ? [
          {
            path: ['appointment'],
            part: 'key' as const,
            severity: 'warning' as const,
            message: 'No message of this workflow links to the page of its appointment',
            hint: 'Link to {{ appointment.link }} in a mail or a text, or remove `appointment`.',
          },
        ]
      : []),
    ...Object.values(program.steps).flatMap((step): Flaw[] => {
      if (step.verb !== 'task' || !linksIn(step.title)) return []
      return [
        {
          path: [...(pathOf.get(step.id) ?? []), 'title'],
          message: 'The links of an appointment belong to messages: they act for the customer',
          hint: 'Remove it from the title of the task.',
        },
      ]
    }),
  ]
}

function linksIn(title: string): boolean {
  try {
    return readVariables(title).paths.some(isLink)
  } catch {
    // Told elsewhere.
    return false
  }
}
