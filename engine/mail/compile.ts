/**
 * Compiles a mail file: front matter, Liquid and MJML are checked where they stand in the file, the shared layout is put
 * around it, MJML becomes HTML, and the HTML becomes the text part. Liquid comes through all of it as it was written.
 */
import type { Issue } from '../issue.ts'
import { nearest } from '../language/nearest.ts'
import type { Settings } from '../model.ts'
import { bareBraces, type Found, issuesOf, warnings } from './found.ts'
import { type FrontMatter, readFrontMatter } from './front-matter.ts'
import { escapeHtml, htmlLiquid } from './liquid.ts'
import {
  deepBlocks,
  deepLoops,
  liquidProblem,
  offsetOf,
  readVariables,
  rewriteSurveyLinks,
} from './liquid-check.ts'
import { liquidTags, maskLiquid, type Problem, readMarkup } from './markup.ts'
import { compileMjml, htmlToText } from './mjml.ts'
import { explainMjml, isHtml } from './mjml-slips.ts'
import { closeUpTagLines, holdsPlaceholder, restore, withPlaceholders } from './placeholders.ts'
import { gaps, silentPictures, unsafeMarkup } from './safety.ts'
import { layoutStrings } from './strings.ts'
import type { CompiledTemplate } from './template.ts'

/** Each comment can be read in one way only: two ways would be a million million for forty comments. */
const beginsWithMjml = /^\s*(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<mjml[\s>]/

const layoutFile = 'layout.mjml'
/** Gmail cuts longer mails off, the unsubscribe link with them. */
const gmailLimit = 102_000

/** Checks a piece of MJML where it stands, and puts Liquid that stands between components into mj-raw. */
function checkBody(body: string, root: string): { problems: Found['problems']; kept: string } {
  let liquid: ReturnType<typeof liquidTags>
  let reading: ReturnType<typeof readVariables>
  try {
    liquid = liquidTags(body)
    const tooDeep = deepBlocks(body, liquid)
    if (tooDeep.length > 0) return { problems: tooDeep, kept: body }
    reading = readVariables(body, htmlLiquid)
  } catch (error) {
    return { problems: [liquidProblem(error, body)], kept: body }
  }
  const masked = maskLiquid(body, liquid)
  const markup = readMarkup(body, masked)
  const problems: Found['problems'] = [
    ...deepLoops(body, liquid),
    ...markup.problems,
    ...unsafeMarkup(body, markup),
    ...warnings(reading.unknown),
    ...warnings(bareBraces(body)),
    ...warnings(silentPictures(markup)),
  ]
  let kept = ''
  let at = 0
  for (const gap of gaps(body.length, markup, root)) {
    const words = masked.slice(gap.start, gap.end).replace(/[\uE000\s]/g, '')
    const inside = liquid.filter(({ start, end }) => start >= gap.start && end <= gap.end)
    const first = inside[0]
    const last = inside.at(-1)
    if (words !== '' || inside.some(({ output }) => output)) {
      const offset = gap.start + body.slice(gap.start, gap.end).search(/\S/)
      problems.push({
        offset,
        message: 'Text between components would be lost',
        hint: 'Put it into <mj-text>, which stands in <mj-column>, which stands in <mj-section>',
      })
    } else if (first && last && !gap.raw) {
      problems.push({
        offset: first.start,
        message: 'Liquid cannot stand here',
        hint: 'Put it around the whole component',
      })
    } else if (first && last) {
      kept += `${body.slice(at, first.start)}<mj-raw>${body.slice(first.start, last.end)}</mj-raw>`
      at = last.end
    }
  }
  return { problems, kept: kept + body.slice(at) }
}

/** A subject or preheader: Liquid in one line of text. */
function checkLine(entry: FrontMatter['entries']['subject']): Found['problems'] {
  if (!entry) return []
  if (/[\r\n]/.test(entry.value)) return [{ offset: entry.at, message: 'This must be one line' }]
  const shift = (problem: Problem) => ({ ...problem, offset: entry.at + problem.offset })
  try {
    return warnings([...readVariables(entry.value).unknown, ...bareBraces(entry.value)].map(shift))
  } catch (error) {
    return [shift(liquidProblem(error, entry.value))]
  }
}

/** `from` and `replyTo` name a sender of the settings, or are an address. */
function checkSender(entry: FrontMatter['entries']['from'], settings: Settings): Problem[] {
  if (!entry || Object.hasOwn(settings.senders, entry.value)) return []
  if (/^(?:[^<>\r\n{}]{1,100} <)?[^\s<>@{}]+@[^\s<>@{}]+>?$/.test(entry.value)) return []
  const names = Object.keys(settings.senders).join(', ')
  const meant = nearest(entry.value, Object.keys(settings.senders))
  return [
    {
      offset: entry.at,
      message: `\`${entry.value}\` is neither a sender nor an address`,
      hint: meant ? `Did you mean \`${meant}\`?` : `Senders are ${names}`,
    },
  ]
}

/** Text in front matter is text; in the layout it stands in HTML. Its Liquid stays as it is. */
function asHtml(line: string): string {
  let html = ''
  let at = 0
  for (const { start, end } of liquidTags(line)) {
    html += escapeHtml(line.slice(at, start)) + line.slice(start, end)
    at = end
  }
  return html + escapeHtml(line.slice(at))
}

function fillLayout(layout: string, locale: string, subject: string, preheader: string): string {
  const words: { [name: string]: string } = { ...layoutStrings(locale) }
  return layout
    .replace(/\{\{\s*t\.(\w+)\s*\}\}/g, (slot, name: string) => words[name] ?? slot)
    .replace(/\{\{\s*lang\s*\}\}/g, () => locale)
    .replace(/\{\{\s*subject\s*\}\}/g, () => asHtml(subject))
    .replace(/\{\{\s*preheader\s*\}\}/g, () => asHtml(preheader))
}

/**
 * Compiles one mail file (`apology.mjml`, `apology.it.mjml`). The template is there when no issue is an error.
 */
export async function compileMail(
  file: string,
  text: string,
  environment: { settings: Settings; layout: string },
): Promise<{ issues: Issue[]; template?: CompiledTemplate }> {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const fail = (...problems: Found['problems']) => ({ issues: issuesOf({ file, text: source, problems }) })
  const named = /^([a-z0-9][a-z0-9-]*)(?:\.([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*))?\.mjml$/.exec(file)
  const [, name, locale = null] = named ?? []
  if (name === undefined) {
    return fail({
      offset: 0,
      message: `\`${file}\` is not the name of a mail`,
      hint: 'name.mjml, or name.it.mjml',
    })
  }
  if (holdsPlaceholder(source) || source.includes('\uE000')) {
    return fail({ offset: 0, message: 'This file holds characters that are kept for the compiler' })
  }
  const { entries, bodyAt, problems: headProblems } = readFrontMatter(source)
  const { settings } = environment
  // Without a head nobody knows where the mail begins, and what is said of it would be wrong.
  if (bodyAt === 0) return fail(...headProblems)
  const body = rewriteSurveyLinks(source.slice(bodyAt))
  const whole = beginsWithMjml.test(body)
  const checked = checkBody(body, whole ? '' : 'mj-wrapper')
  const problems: Found['problems'] = [
    ...headProblems,
    ...checkLine(entries.subject),
    ...checkLine(entries.preheader),
    ...checkSender(entries.from, settings),
    ...checkSender(entries.replyTo, settings),
    ...checked.problems.map((problem) => ({ ...problem, offset: problem.offset + bodyAt })),
  ]
  const subject = entries.subject?.value
  if (subject === undefined || problems.some(({ severity }) => severity !== 'warning'))
    return fail(...problems)

  const language = locale ?? settings.defaultLocale
  const preheader = entries.preheader?.value
  const fill = (title: string, preview: string) =>
    (whole ? slot : fillLayout(environment.layout, language, title, preview)).replace(
      /\{\{\s*content\s*\}\}/,
      slot,
    )
  // What is wrong with the mail's own lines is said where they are written, and not of the layout again.
  const around = fill('', '')
  const frame = { ...checkBody(around, ''), kept: checkBody(fill(subject, preheader ?? ''), '').kept }
  const [above = '', below] = frame.kept.split(slot)
  if (below === undefined) frame.problems.push({ offset: 0, message: 'The layout has no `{{ content }}`' })
  const layoutIssues = issuesOf({ file: layoutFile, text: around, problems: frame.problems })
  if (layoutIssues.some(({ severity }) => severity === 'error')) {
    return { issues: [...fail(...problems).issues, ...layoutIssues] }
  }

  const document = `${above}${checked.kept}${below ?? ''}`
  const { text: mjml, tags } = withPlaceholders(document, liquidTags(document))
  const compiled = await compileMjml(mjml).catch((error: unknown) => ({
    html: '',
    errors: [
      { line: lines(above), tagName: '', message: error instanceof Error ? error.message : String(error) },
    ],
  }))
  let toldHtml = false
  for (const error of compiled.errors) {
    // A color that Liquid will name cannot be checked now.
    if (/Attribute [\w-]*color has invalid value: .*LQ7X\d+X7QL/.test(error.message)) continue
    const line = error.line - lines(above) + 1
    // The name of a type is that of a class, which bundling shortens to a letter.
    const written = restore(error.message.replace(/ for type \w+\s*$/, ''), tags).trim()
    // Below an element that stands in the wrong place everything does.
    if (isHtml(written) && toldHtml) continue
    toldHtml ||= isHtml(written)
    const slip = explainMjml(written)
    if (line >= 1 && line <= lines(checked.kept)) {
      problems.push({ ...slip, offset: bodyAt + placeInLine(body, line, error.tagName) })
    } else {
      layoutIssues.push({
        severity: 'error',
        file: layoutFile,
        // What stands below the content is that many lines further up in the layout.
        line: Math.max(1, line < 1 ? error.line : error.line - lines(checked.kept) + 1),
        column: 1,
        ...slip,
      })
    }
  }

  // Indentation is a third of what MJML writes.
  const html = restore(compiled.html.replace(/\n\s+/g, '\n'), tags)
  const plain = restore(closeUpTagLines(await htmlToText(compiled.html), tags), tags)
  // Text leaves out comments and what is hidden; links may be buttons that text does not have.
  const shown = new Set<string>()
  const variables = new Set<string>()
  try {
    for (const path of readVariables(plain).paths) shown.add(path)
    for (const path of linksOf(html)) shown.add(path)
    for (const part of [subject, preheader ?? ''])
      for (const path of readVariables(part).paths) variables.add(path)
    for (const path of readVariables(html, htmlLiquid).paths) variables.add(path)
  } catch (error) {
    problems.push({ offset: bodyAt, message: `${liquidProblem(error, '').message}, once compiled` })
  }
  for (const path of ['brand.postalAddress', 'links.unsubscribe']) {
    if (shown.has(path)) continue
    const message = `The mail does not show \`{{ ${path} }}\`, which the law asks for`
    if (whole) problems.push({ offset: bodyAt, message })
    else layoutIssues.push({ severity: 'error', file: layoutFile, line: 1, column: 1, message })
  }
  if (html.length > gmailLimit) {
    const message = `The mail is ${Math.round(html.length / 1000)} KB long; Gmail cuts it off after 102 KB`
    problems.push({ offset: bodyAt, message, severity: 'warning' })
  }

  const issues = [...fail(...problems).issues, ...layoutIssues]
  if (issues.some(({ severity }) => severity === 'error')) return { issues }
  const template: CompiledTemplate = {
    name,
    locale,
    subject,
    ...(preheader === undefined ? {} : { preheader }),
    html,
    text: plain,
    ...(entries.from ? { from: entries.from.value } : {}),
    ...(entries.replyTo ? { replyTo: entries.replyTo.value } : {}),
    variables: [...new Set([...variables, ...shown])].toSorted(),
  }
  return { issues, template }
}

/** Stands in the layout for the mail's own content. */
const slot = '<mj-slot />'

const linksOf = (html: string): string[] =>
  readVariables(html.replace(/<!--[\s\S]*?-->/g, ''), htmlLiquid).paths.filter((path) =>
    path.startsWith('links.'),
  )

const lines = (text: string): number => text.split('\n').length

/** MJML names the line and the element; the column is looked up. */
function placeInLine(text: string, line: number, tagName: string): number {
  const start = offsetOf(text, line, 1)
  const end = text.indexOf('\n', start)
  const column = text.slice(start, end < 0 ? text.length : end).indexOf(`<${tagName}`)
  return start + Math.max(0, column)
}
