/** Renders text messages, as strictly as mails and without any markup: Liquid, and no character that steers a device. */
import { textLiquid } from '../mail/liquid.ts'
import { type MailVariables, oneLine, renderPart, TemplateError, tidy } from '../mail/render.ts'
import type { CompiledText, WhatsAppTemplate } from './template.ts'

export interface RenderedText {
  body: string
  /** With its parameters filled in. */
  whatsapp?: WhatsAppTemplate
}

/** Line breaks stay; whatever else a device might obey goes. */
const withoutControls = (text: string): string => text.replace(/\t/g, ' ').replace(/(?!\n)\p{Cc}/gu, '')

/** The message as it goes out. Throws a `TemplateError` rather than leave a hole. */
export function renderText(template: CompiledText, variables: MailVariables): RenderedText {
  const body = withoutControls(tidy(renderPart(textLiquid, template.body, variables, 'text'))).trim()
  if (body === '') throw new TemplateError('empty', 'text: nothing is left of it')
  const { whatsapp } = template
  if (!whatsapp) return { body }
  const parameters = whatsapp.parameters.map((parameter, index) => {
    const part = `parameters[${index}]`
    // WhatsApp takes neither line breaks nor a parameter that is empty.
    const value = oneLine(renderPart(textLiquid, parameter, variables, part))
    if (value === '') throw new TemplateError('empty', `${part}: nothing is left of it`)
    return value
  })
  return { body, whatsapp: { ...whatsapp, parameters } }
}
