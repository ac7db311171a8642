/** Renders compiled mails: Liquid and nothing else, so that sending loads no compiler. */
import type { Liquid } from 'liquidjs'
import type { Json, JsonObject } from '../model.ts'
import { languageOf, type MailFrame } from './frame.ts'
import { htmlLiquid, parser, renderWithin, textLiquid } from './liquid.ts'
import { runsProgram } from './links.ts'
import type { CompiledTemplate } from './template.ts'

/** The variables of the journey (`variablesFor`), the frame (`mailFrame`), and the links of this one message. */
export type MailVariables = { [name: string]: Json | object | undefined } & MailFrame & {
    /** The customer's own, or the deployment's: `variablesFor` knows it. */
    timezone?: string
    /** `confirm` is there for whoever was asked to confirm an opt-in. */
    links: { unsubscribe: string; preferences: string; confirm?: string }
    /** Present in every message of a workflow about an appointment. */
    appointment?: AppointmentLinks
    /** Present in the mail of a `survey` step. */
    survey?: { link(score: number): string }
  }

/** The page of an appointment, and the same page with one of its choices ready. */
export interface AppointmentLinks {
  link: string
  confirm: string
  move: string
  cancel: string
}

/** Why a mail could not be rendered. It is not sent: a mail with a hole is worse than none. */
export class TemplateError extends Error {
  readonly code: 'unknown-variable' | 'syntax' | 'limit' | 'unsafe-link' | 'empty-subject' | 'empty' | 'value'
  readonly line?: number
  readonly column?: number

  constructor(code: TemplateError['code'], message: string, place?: { line: number; column: number }) {
    super(message)
    this.name = 'TemplateError'
    this.code = code
    if (place) {
      this.line = place.line
      this.column = place.column
    }
  }
}

const parseHtml = parser(htmlLiquid)
const parseText = parser(textLiquid)

function templateError(error: unknown, part: string): TemplateError {
  if (error instanceof TemplateError) return error
  const message = error instanceof Error ? error.message : String(error)
  const name = error instanceof Error ? error.name : ''
  const place = /, line:(\d+), col:(\d+)$/.exec(message)
  const bare = message.replace(/, line:\d+, col:\d+$/, '')
  const code =
    name === 'UndefinedVariableError'
      ? 'unknown-variable'
      : name === 'ParseError' || name === 'TokenizationError'
        ? 'syntax'
        : /limit exceeded$/.test(bare)
          ? 'limit'
          : 'value'
  return new TemplateError(
    code,
    `${part}: ${bare}`,
    place ? { line: Number(place[1]), column: Number(place[2]) } : undefined,
  )
}

/** Renders one part of a template; `part` is how an error calls it. */
export function renderPart(liquid: Liquid, source: string, variables: object, part: string): string {
  try {
    return renderWithin(liquid, (liquid === htmlLiquid ? parseHtml : parseText)(source), variables)
  } catch (error) {
    throw templateError(error, part)
  }
}

/** One line, whatever the values hold: a line break in a header would start another header. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()

const links = /\b(?:href|src|action|background)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi

/** A link whose address came from a value may not run a program. */
function refuseUnsafeLinks(html: string): void {
  for (const [, double, single = ''] of html.matchAll(links)) {
    const address = double ?? single
    if (!runsProgram(address)) continue
    throw new TemplateError('unsafe-link', `html: a link to ${address.slice(0, 40)} is not allowed`)
  }
}

/** Conditions and loops that printed nothing leave empty lines behind. */
export const tidy = (text: string): string =>
  `${text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`

/** The mail as it goes out. Throws a `TemplateError` rather than leave a hole. */
export function renderMail(
  template: CompiledTemplate,
  variables: MailVariables,
): { subject: string; html: string; text: string } {
  const subject = oneLine(renderPart(textLiquid, template.subject, variables, 'subject'))
  if (subject === '') throw new TemplateError('empty-subject', 'subject: nothing is left of it')
  const html = renderPart(htmlLiquid, template.html, variables, 'html')
  refuseUnsafeLinks(html)
  return { subject, html, text: tidy(renderPart(textLiquid, template.text, variables, 'text')) }
}

/** One line of plain text from Liquid, for example the title of a task. */
export function renderLine(liquid: string, variables: JsonObject): string {
  return oneLine(renderPart(textLiquid, liquid, variables, 'text'))
}

/** The template in the customer's language: `it-CH` → `it` → the default. */
export function pickTemplate<T extends { name: string; locale: string | null }>(
  templates: readonly T[],
  name: string,
  locale: string | undefined,
): T | undefined {
  const variants = templates.filter((template) => template.name === name)
  const wanted = locale?.toLowerCase().replaceAll('_', '-') ?? ''
  const among = (tag: string) => variants.find((template) => template.locale?.toLowerCase() === tag)
  return among(wanted) ?? among(languageOf(wanted)) ?? variants.find((template) => template.locale === null)
}
