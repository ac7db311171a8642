/** A small deployment to compile workflows in. */
import { compileWorkflow, type WorkflowFiles } from '../../../engine/language/compile.ts'
import { parseSettings } from '../../../engine/language/settings.ts'
import type { Issue } from '../../../engine/issue.ts'
import type { Program } from '../../../engine/program.ts'

export const settingsText = `brand: { name: Bottega, url: https://example.com, color: "#8b2f2f" }
postalAddress: Bottega, Via Roma 1, 00100 Roma
senders:
  default: { from: Bottega <care@example.com> }
  workshop: { from: workshop@example.com, replyTo: hello@example.com }
defaultLocale: en
defaultTimezone: Europe/Rome
topics:
  service: { title: { en: Service }, basis: service }
  offers: { title: { en: Offers }, basis: consent, cap: { max: 2, within: 7 days } }
`

export const webhooksText = `webhooks:
  crm: { url: https://crm.example.com/premura }
  points: { url: https://points.example.com/, secret: points-2 }
`

const { settings } = parseSettings(settingsText + webhooksText)
if (!settings) throw new Error('the settings of the tests do not parse')

/** What the shop of the tests posts. */
const posted = [
  'appointment.moved',
  'appointment.renamed',
  'booking.made',
  'order.cancelled',
  'purchase',
  'ticket.reopened',
  'visit',
]

export const environment = {
  settings,
  events: posted,
  layout: `<mjml><mj-body>{{ content }}<mj-section><mj-column><mj-text>{{ brand.postalAddress }}
<a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>`,
}

export const mail = (words = 'Thank you') =>
  `---\nsubject: Hello\n---\n<mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section>\n`

/** The first four lines of every definition that a test completes. */
export const head = `workflow: care
topic: service
trigger:
  event: purchase
`

export const compile = (definition: string, files: WorkflowFiles = {}) =>
  compileWorkflow({ 'workflow.yaml': definition, ...files }, environment)

/** `5:3 message | hint`, a warning with a leading `(warning)`; issues of other files with their file. */
export const told = ({ file, severity, line, column, message, hint }: Issue): string =>
  `${severity === 'warning' ? '(warning) ' : ''}${file === 'workflow.yaml' ? '' : `${file} `}${line}:${column} ${message}${hint === undefined ? '' : ` | ${hint}`}`

/** The program of a definition that is right. */
export async function programOf(definition: string, files: WorkflowFiles = {}): Promise<Program> {
  const { issues, workflow } = await compile(definition, files)
  if (!workflow) throw new Error(issues.map(told).join('\n'))
  return workflow.program
}

/** The arms of a branch. */
export const arms = (yes: unknown, no: unknown): object =>
  Object.fromEntries([
    ['then', yes],
    ['else', no],
  ])
