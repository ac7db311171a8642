/** Which files of mails and texts belong to which steps. */
import type { Issue } from '../issue.ts'
import type { Channel, Program, SendStep, StepId } from '../program.ts'
import { carries, type Template } from '../text/template.ts'
import type { Flaw, Path } from './flaw.ts'
import { nearest } from './nearest.ts'
import { alternatives } from './references.ts'
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

type Suffix = 'mjml' | 'txt'

/** What each kind of file is called, and its like when there is one of the other kind. */
const kinds = {
  mjml: { what: 'mail', here: 'There is no mail', other: 'txt' },
  txt: { what: 'text', here: 'There is no text', other: 'mjml' },
} as const

const suffixOf = ({ channel }: { channel: Channel }): Suffix => (channel === 'email' ? 'mjml' : 'txt')
const isSuffix = (text: string | undefined): text is Suffix => text === 'mjml' || text === 'txt'

function parts(file: string): { name: string; suffix: Suffix } | undefined {
  const [, name, locale, suffix] = /^([^.]+)(?:\.([^.]+))?\.(mjml|txt)$/.exec(file) ?? []
  if (name === undefined || !isSuffix(suffix) || !kebab.test(name)) return undefined
  if (locale !== undefined && canonicalLocale(locale) !== locale) return undefined
  return { name, suffix }
}

/** `sorry.mjml`, `sorry.it.mjml`. */
export const isMailFile = (file: string): boolean => parts(file)?.suffix === 'mjml'

type ByName = ReadonlyMap<string, readonly string[]>

/** Finds the files of every template that a step uses; what is missing and what is left over is told. */
export function matchTemplates(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  files: Files,
): { used: { file: string; channels: ReadonlySet<Channel> }[]; flaws: Flaw[]; issues: Issue[] } {
  const found = { mjml: new Map<string, string[]>(), txt: new Map<string, string[]>() }
  const issues: Issue[] = []
  const tell = (severity: Issue['severity'], file: string, message: string, hint: string) =>
    issues.push({ severity, file, line: 1, column: 1, message, hint })
  for (const file of Object.keys(files).toSorted()) {
    const named = parts(file)
    const suffix = file.split('.').at(-1)
    if (named) found[named.suffix].set(named.name, [...(found[named.suffix].get(named.name) ?? []), file])
    else if (isSuffix(suffix))
      tell(
        'error',
        file,
        `\`${file}\` is not the name of a ${kinds[suffix].what}`,
        nameHint(file, suffix) ??
          (suffix === 'mjml'
            ? 'Mails are called thank-you.mjml, or thank-you.it.mjml in another language.'
            : 'Texts are called thank-you.txt, or thank-you.it.txt in another language.'),
      )
    else if (!companions.test(file))
      tell('warning', file, `\`${file}\` belongs to no step`, 'Remove the file.')
  }

  const flaws: Flaw[] = []
  const wanted = { mjml: new Map<string, Set<Channel>>(), txt: new Map<string, Set<Channel>>() }
  for (const step of sends(program)) {
    const { template, channel } = step
    const suffix = suffixOf(step)
    wanted[suffix].set(template, new Set([...(wanted[suffix].get(template) ?? []), channel]))
    const own = found[suffix].get(template)
    // The file is there under a name that is none, which is told with the file.
    const misnamed = issues.some(
      ({ file, hint }) => file.endsWith(suffix) && hint?.startsWith(`Call it ${template}.`),
    )
    if (own?.includes(`${template}.${suffix}`) || (!own && misnamed)) continue
    const path = [...(pathOf.get(step.id) ?? []), templateKey(step)]
    if (own)
      flaws.push({
        path,
        message: `The ${kinds[suffix].what} \`${template}\` exists only in other languages`,
        hint: `Add \`${template}.${suffix}\` in the default language.`,
      })
    else {
      const { hint, meant } = missing(template, suffix, channel, found)
      // What was meant is not left over as well.
      if (meant) wanted[meant.suffix].set(meant.name, wanted[meant.suffix].get(meant.name) ?? new Set())
      flaws.push({ path, message: `${kinds[suffix].here} \`${template}.${suffix}\``, hint })
    }
  }
  for (const suffix of ['mjml', 'txt'] as const)
    for (const [name, own] of found[suffix])
      if (!wanted[suffix].has(name))
        for (const file of own)
          tell(
            'warning',
            file,
            `No step sends this ${kinds[suffix].what}`,
            unusedHint(name, suffix, wanted[suffix]),
          )
  const used = (['mjml', 'txt'] as const).flatMap((suffix) =>
    [...wanted[suffix]].flatMap(([name, channels]) =>
      (found[suffix].get(name) ?? []).map((file) => ({ file, channels })),
    ),
  )
  return { used, flaws, issues }
}

/** What to do about a template that is not there. */
function missing(
  name: string,
  suffix: Suffix,
  channel: Channel,
  found: { [suffix in Suffix]: ByName },
): { hint: string; meant?: { name: string; suffix: Suffix } } {
  const other = kinds[suffix].other
  if (found[other].has(name))
    return {
      meant: { name, suffix: other },
      hint:
        suffix === 'mjml'
          ? `\`${name}.txt\` is a text message: write \`channel: sms\` beside it, or add \`${name}.mjml\`.`
          : `\`${name}.mjml\` is a mail: what goes out by ${channel} is written in \`${name}.txt\`.`,
    }
  const meant = nearest(name, found[suffix].keys())
  return {
    ...(meant !== undefined && { meant: { name: meant, suffix } }),
    hint:
      found[suffix].size === 0
        ? `Put it into a file \`${name}.${suffix}\` beside the definition.`
        : alternatives(name, [...found[suffix].keys()]),
  }
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
function nameHint(file: string, ending: Suffix): string | undefined {
  const stem = file.slice(0, -`.${ending}`.length)
  const suffixed = /^(.+?)[._ -]([A-Za-z]{2,3}(?:[_-][A-Za-z]{2})?|[A-Za-z]+)$/.exec(stem)
  const word = suffixed?.[2] ?? ''
  const locale = languages[word.toLowerCase()] ?? canonicalLocale(word.replace('_', '-'))
  if (suffixed && locale !== undefined) return `Call it ${toKebab(suffixed[1] ?? '')}.${locale}.${ending}.`
  const name = toKebab(stem)
  return name === '' ? undefined : `Call it ${name}.${ending}.`
}

/** `hello-it.mjml` beside `hello.mjml` is a mail of its own, and was hardly meant as one. */
function unusedHint(name: string, suffix: Suffix, wanted: { has(name: string): boolean }): string {
  const [, mail = '', locale = ''] = /^(.+)-([a-z]{2})$/.exec(name) ?? []
  return wanted.has(mail)
    ? `For the same ${kinds[suffix].what} in another language call it ${mail}.${locale}.${suffix}.`
    : `Add \`- send: ${name}\`${suffix === 'txt' ? ' with `channel: sms`' : ''}, or remove the file.`
}

/** A mail asks for a rating exactly when a `survey` step sends it. */
export function surveyFlaws(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  templates: readonly Template[],
): Flaw[] {
  return sends(program).flatMap((step): Flaw[] => {
    const own = templates.filter((template) => carries(step, template))
    const asking = own.filter(({ variables }) => variables.includes('survey.link'))
    const path = [...(pathOf.get(step.id) ?? []), templateKey(step)]
    if (!step.survey && asking.length > 0)
      return [
        {
          path,
          message: `The ${kinds[suffixOf(step)].what} \`${step.template}\` asks for a rating and is not sent by a survey`,
          hint: `Write \`survey: csat\` with \`template: ${step.template}\`.`,
        },
      ]
    if (step.survey && asking.length < own.length)
      return [
        {
          path,
          message: `The ${kinds[suffixOf(step)].what} \`${step.template}\` does not ask for a rating`,
          hint: 'Link to {{ survey.link(5) }} and the other scores in every language.',
          severity: 'warning',
        },
      ]
    return []
  })
}
