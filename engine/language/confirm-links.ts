/** The link that confirms an opt-in is there for those who were asked to, and for nobody else. */
import { REQUESTED } from '../consent.ts'
import type { Issue } from '../issue.ts'
import type { Program } from '../program.ts'
import { fileOf, isText, type Template } from '../text/template.ts'
import type { Flaw } from './flaw.ts'

const link = 'links.confirm'

const isAsked = ({ trigger }: Program): boolean => trigger.kind === 'event' && trigger.event === REQUESTED

/** Mails that would fail to be sent, because there is nothing to confirm. */
export function confirmIssues(
  program: Program,
  templates: readonly Template[],
  files: { [file: string]: string },
): Issue[] {
  return templates.flatMap((template): Issue[] => {
    const text = isText(template)
    if (!template.variables.includes(link) || (isAsked(program) && !text)) return []
    const file = fileOf(template)
    const words = files[file] ?? ''
    const before = words.slice(0, Math.max(0, words.indexOf(link)))
    return [
      {
        severity: 'error',
        file,
        line: before.split('\n').length,
        column: before.length - before.lastIndexOf('\n'),
        ...(text
          ? {
              message: `\`${link}\` belongs to mails`,
              hint: 'An opt-in is confirmed from the person’s own mailbox: remove it, and ask by mail.',
            }
          : {
              message: `\`${link}\` is known only to a workflow that starts with \`${REQUESTED}\``,
              hint: `Remove it, or write \`trigger: { event: ${REQUESTED} }\`.`,
            }),
      },
    ]
  })
}

/** Whoever asks for a confirmation has to say where. */
export function confirmFlaws(program: Program, templates: readonly Template[]): Flaw[] {
  if (!isAsked(program) || templates.some(({ variables }) => variables.includes(link))) return []
  return [
    {
      path: ['trigger', 'event'],
      severity: 'warning',
      message: `No mail of this workflow shows \`{{ ${link} }}\`, so nobody can confirm`,
      hint: `Link to {{ ${link} }} in every language of the mail that asks.`,
    },
  ]
}
