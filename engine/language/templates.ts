/** Which mail files belong to which steps. */
import type { Issue } from '../issue.ts'
import type { CompiledTemplate } from '../mail/template.ts'
import type { Program, SendStep, StepId } from '../program.ts'
import type { Flaw, Path } from './flaw.ts'
import { nearest } from './nearest.ts'
import { alternatives, couponNames, missingStep, webhookNames } from './references.ts'
import { canonicalLocale, kebab, toKebab } from './words.ts'

interface Files {
  [file: string]: string
}

/** Files beside the definition that are no mails and no mistake. */
const companions = /^(workflow\.(yaml|json)|scenarios\.(yaml|json)|README\.md)$/

const sends = (program: Program): SendStep[] =>
  Object.values(program.steps).flatMap((step) => (step.verb === 'send' ? [step] : []))

/** The key of a step that names its template. */
const templateKey = (step: SendStep): string =>
  step.survey ? (step.template === step.survey ? 'survey' : 'template') : 'send'

function parts(file: string): { name: string; locale: string | null } | undefined {
  const [, name, locale] = /^([^.]+)(?:\.([^.]+))?\.mjml$/.exec(file) ?? []
  if (name === undefined || !kebab.test(name)) return undefined
  if (locale !== undefined && canonicalLocale(locale) !== locale) return undefined
  return { name, locale: locale ?? null }
}

/** `sorry.mjml`, `sorry.it.mjml`. */
export const isMailFile = (file: string): boolean => parts(file) !== undefined

/** Finds the files of every template that a step uses; what is missing and what is left over is told. */
export function matchTemplates(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  files: Files,
): { used: string[]; flaws: Flaw[]; issues: Issue[] } {
  const byName = new Map<string, string[]>()
  const issues: Issue[] = []
  const tell = (severity: Issue['severity'], file: string, message: string, hint: string) =>
    issues.push({ severity, file, line: 1, column: 1, message, hint })
  for (const file of Object.keys(files).toSorted()) {
    const named = parts(file)
    if (named) byName.set(named.name, [...(byName.get(named.name) ?? []), file])
    else if (file.endsWith('.mjml'))
      tell(
        'error',
        file,
        `\`${file}\` is not the name of a mail`,
        nameHint(file) ?? 'Mails are called thank-you.mjml, or thank-you.it.mjml in another language.',
      )
    else if (file.endsWith('.txt'))
      tell('warning', file, 'Text messages are not available in this version', 'Remove the file.')
    else if (!companions.test(file))
      tell('warning', file, `\`${file}\` belongs to no step`, 'Remove the file.')
  }

  const flaws: Flaw[] = []
  const wanted = new Set<string>()
  for (const step of sends(program)) {
    const { template } = step
    wanted.add(template)
    const own = byName.get(template)
    const path = [...(pathOf.get(step.id) ?? []), templateKey(step)]
    // The file is there under a name that is none, which is told with the file.
    const misnamed = issues.some(({ hint }) => hint?.startsWith(`Call it ${template}.`))
    if (!own && misnamed) continue
    if (!own) {
      const meant = nearest(template, byName.keys())
      // The mail that was meant is not left over as well.
      if (meant !== undefined) wanted.add(meant)
      flaws.push({
        path,
        message: `There is no mail \`${template}.mjml\``,
        hint:
          byName.size === 0
            ? `Put it into a file \`${template}.mjml\` beside the definition.`
            : alternatives(template, [...byName.keys()]),
      })
    } else if (!own.includes(`${template}.mjml`))
      flaws.push({
        path,
        message: `The mail \`${template}\` exists only in other languages`,
        hint: `Add \`${template}.mjml\` in the default language.`,
      })
  }
  for (const [name, own] of byName)
    if (!wanted.has(name))
      for (const file of own) tell('warning', file, 'No step sends this mail', unusedHint(name, wanted))
  return { used: [...wanted].flatMap((name) => byName.get(name) ?? []), flaws, issues }
}

const languages: { [name: string]: string } = {
  english: 'en',
  italian: 'it',
  italiano: 'it',
  german: 'de',
  deutsch: 'de',
  french: 'fr',
  francais: 'fr',
  spanish: 'es',
  espanol: 'es',
  portuguese: 'pt',
  dutch: 'nl',
}

/** The name that a misnamed file was meant to have. */
function nameHint(file: string): string | undefined {
  const stem = file.slice(0, -'.mjml'.length)
  const suffixed = /^(.+?)[._ -]([A-Za-z]{2,3}(?:[_-][A-Za-z]{2})?|[A-Za-z]+)$/.exec(stem)
  const word = suffixed?.[2] ?? ''
  const locale = languages[word.toLowerCase()] ?? canonicalLocale(word.replace('_', '-'))
  if (suffixed && locale !== undefined) return `Call it ${toKebab(suffixed[1] ?? '')}.${locale}.mjml.`
  const name = toKebab(stem)
  return name === '' ? undefined : `Call it ${name}.mjml.`
}

/** `hello-it.mjml` beside `hello.mjml` is a mail of its own, and was hardly meant as one. */
function unusedHint(name: string, wanted: ReadonlySet<string>): string {
  const [, mail = '', locale = ''] = /^(.+)-([a-z]{2})$/.exec(name) ?? []
  return wanted.has(mail)
    ? `For the same mail in another language call it ${mail}.${locale}.mjml.`
    : `Add \`- send: ${name}\`, or remove the file.`
}

/** A mail asks for a rating exactly when a `survey` step sends it. */
export function surveyFlaws(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  templates: readonly CompiledTemplate[],
): Flaw[] {
  return sends(program).flatMap((step): Flaw[] => {
    const own = templates.filter(({ name }) => name === step.template)
    const asking = own.filter(({ variables }) => variables.includes('survey.link'))
    const path = [...(pathOf.get(step.id) ?? []), templateKey(step)]
    if (!step.survey && asking.length > 0)
      return [
        {
          path,
          message: `The mail \`${step.template}\` asks for a rating and is not sent by a survey`,
          hint: `Write \`survey: csat\` with \`template: ${step.template}\`.`,
        },
      ]
    if (step.survey && asking.length < own.length)
      return [
        {
          path,
          message: `The mail \`${step.template}\` does not ask for a rating`,
          hint: 'Link to {{ survey.link(5) }} and the other scores in every language.',
          severity: 'warning',
        },
      ]
    return []
  })
}

/** Coupons and answers that a mail shows must come from a step. */
export function templateIssues(
  program: Program,
  templates: readonly CompiledTemplate[],
  files: Files,
): Issue[] {
  const sources = [
    { root: 'coupons' as const, known: couponNames(program), says: 'No step sets the coupon' },
    { root: 'webhooks' as const, known: webhookNames(program), says: 'No step calls the webhook' },
  ]
  return templates.flatMap(({ name, locale, variables }) => {
    const file = locale === null ? `${name}.mjml` : `${name}.${locale}.mjml`
    return variables.flatMap((variable) =>
      sources.flatMap(({ root, known, says }): Issue[] => {
        const read = variable.startsWith(`${root}.`)
          ? /^([^.[]+)/.exec(variable.slice(root.length + 1))?.[1]
          : undefined
        if (read === undefined || known.includes(read)) return []
        return [
          {
            severity: 'error',
            file,
            ...placeOf(files[file] ?? '', variable),
            message: `${says} \`${read}\``,
            hint: known.length === 0 ? missingStep(root, read) : alternatives(read, known),
          },
        ]
      }),
    )
  })
}

function placeOf(text: string, words: string): { line: number; column: number } {
  const offset = Math.max(0, text.indexOf(words))
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}
