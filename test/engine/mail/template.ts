/** A compiled mail by hand, and the variables it is given, so that rendering is proved without the compiler. */
import { mailFrame } from '../../../engine/mail/frame.ts'
import type { MailVariables } from '../../../engine/mail/render.ts'
import type { CompiledTemplate } from '../../../engine/mail/template.ts'
import type { JsonObject } from '../../../engine/model.ts'
import { settings } from '../world.ts'

export function template(parts: Partial<CompiledTemplate> = {}): CompiledTemplate {
  return {
    name: 'apology',
    locale: null,
    subject: 'Hello',
    html: '<p>Hello</p>',
    text: 'Hello',
    variables: [],
    ...parts,
  }
}

/** What a mail of the topic `service` sees: nothing of the customer or the event but what is given. */
export function variables(
  given: { customer?: JsonObject; event?: JsonObject } = {},
  locale: string | null = null,
): MailVariables {
  return {
    customer: {},
    event: {},
    now: '2027-03-15T08:30:00Z',
    ...mailFrame(template({ locale }), settings, 'service'),
    timezone: settings.defaultTimezone,
    links: { unsubscribe: 'https://bottega.example/u', preferences: 'https://bottega.example/p' },
    ...given,
  }
}
