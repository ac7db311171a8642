/** A text message once it is compiled, and which of a workflow's templates a step sends. */
import type { CompiledTemplate } from '../mail/template.ts'
import type { Channel } from '../program.ts'

/** One SMS or WhatsApp message in one language. JSON: it is stored with the version it belongs to, beside the mails. */
export interface CompiledText {
  /** What tells it from a mail. */
  form: 'text'
  name: string
  /** The suffix of its file (`reminder.it.txt` → `it`); `null` for the message in the default language. */
  locale: string | null
  /** Liquid. By WhatsApp the words of the approved template go out, and these are what people are shown. */
  body: string
  /** Who sends it by SMS; otherwise it is the deployment's own number. */
  from?: string
  /** The approved template; there whenever a step sends it by WhatsApp. */
  whatsapp?: WhatsAppTemplate
  /** Every path that it reads, as those of mails. */
  variables: string[]
}

export interface WhatsAppTemplate {
  template: string
  /** As Meta writes it: `it`, `en_US`. */
  language: string
  /** What stands in for the template's {{1}}, {{2}} …: Liquid until it is rendered. */
  parameters: string[]
}

/** What a step may send. */
export type Template = CompiledTemplate | CompiledText

export const isText = (template: Template): template is CompiledText => template.form === 'text'
export const isMail = (template: Template): template is CompiledTemplate => template.form !== 'text'

/** Whether a step sends this very template: a mail and a text may have the same name. */
export const carries = (
  { template, channel }: { template: string; channel: Channel },
  candidate: Template,
): boolean => candidate.name === template && isMail(candidate) === (channel === 'email')

/** The file that it was compiled from. */
export function fileOf(template: Template): string {
  const { name, locale } = template
  return `${name}${locale === null ? '' : `.${locale}`}.${isText(template) ? 'txt' : 'mjml'}`
}
