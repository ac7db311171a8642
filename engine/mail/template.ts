/** A mail once it is compiled. `compile.ts` makes one; `render.ts` and `frame.ts` are all that sending it needs. */

/** One mail in one language, ready to be rendered with Liquid alone. JSON: it is stored with the version it belongs to. */
export interface CompiledTemplate {
  /** Absent: what tells it from a text message. */
  form?: undefined
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
