/** Mail files for the compiler: a plain layout whose lines are easy to count, and the shop of the engine tests. */
import { compileMail } from '../../engine/mail/compile.ts'
import { renderMail } from '../../engine/mail/render.ts'
import type { CompiledTemplate } from '../../engine/mail/template.ts'
import type { Issue } from '../../engine/issue.ts'
import { variables } from '../engine/mail/template.ts'
import { settings } from '../engine/world.ts'

export const layout = `<mjml lang="{{ lang }}">
  <mj-head>
    <mj-title>{{ subject }}</mj-title>
    <mj-preview>{{ preheader }}</mj-preview>
  </mj-head>
  <mj-body>
    <mj-wrapper>
{{ content }}
    </mj-wrapper>
    <mj-section><mj-column><mj-text>
      <p>{{ brand.name }}, {{ brand.postalAddress }} <a href="{{ links.unsubscribe }}">{{ t.unsubscribe }}</a></p>
    </mj-text></mj-column></mj-section>
  </mj-body>
</mjml>
`

/** The lines of a mj-text, as a mail: the first of them is line 5 of the file. */
export const mail = (lines: string, head = 'subject: Hello') =>
  `---\n${head}\n---\n<mj-section><mj-column><mj-text>\n${lines}\n</mj-text></mj-column></mj-section>\n`

export const compile = (text: string, around = layout, file = 'apology.mjml') =>
  compileMail(file, text, { settings, layout: around })

/** Compiles what has to compile without a word. */
export async function compiled(text: string, around = layout, file?: string): Promise<CompiledTemplate> {
  const { issues, template } = await compile(text, around, file)
  if (!template || issues.length > 0) throw new Error(JSON.stringify(issues))
  return template
}

export type Given = Parameters<typeof variables>[0]

export async function rendered(text: string, given: Given = {}) {
  const template = await compiled(text)
  return renderMail(template, variables(given, template.locale))
}

/** `error apology.mjml 5:3 what is wrong` */
export const say = ({ severity, file, line, column, message }: Issue) =>
  `${severity} ${file} ${line}:${column} ${message}`

export const issuesOf = async (text: string, around?: string) => (await compile(text, around)).issues.map(say)
