/**
 * A mail once it is compiled, and everything that is done with one. Sending needs only `render.ts`;
 * the compiler (`compile.ts`) loads MJML when it is first used and never before.
 */

/** One mail in one language, ready to be rendered with Liquid alone. JSON: it is stored with the version it belongs to. */
export interface CompiledTemplate {
  name: string
  /** The suffix of its file (`apology.it.mjml` → `it`); `null` for the mail in the default language. */
  locale: string | null
  /** Liquid, as are `preheader`, `html` and `text`. */
  subject: string
  preheader?: string
  html: string
  text: string
  /** The name of a sender in the settings, or an address. */
  from?: string
  replyTo?: string
  /** Every path that it reads, for example `customer.firstName`; `survey.link` when it asks for a rating. */
  variables: string[]
}

export { compileMail } from './compile.ts'
export { mailFrame } from './frame.ts'
export { pickTemplate, renderMail, TemplateError } from './render.ts'
