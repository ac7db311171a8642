/** Compiles the file of a text message: its head and its Liquid are checked where they stand, and its length is told. */
import type { Issue } from '../issue.ts'
import { bareBraces, type Found, issuesOf, warnings } from '../mail/found.ts'
import {
  deepBlocks,
  deepLoops,
  liquidProblem,
  readVariables,
  rewriteSurveyLinks,
} from '../mail/liquid-check.ts'
import { liquidTags } from '../mail/markup.ts'
import type { Channel } from '../program.ts'
import { readTextHead, type TextHead } from './front-matter.ts'
import { smsParts } from './parts.ts'
import type { CompiledText } from './template.ts'

type Problems = Found['problems']

/** @param channels by which steps send it, and nothing else need be right for */
export function compileText(
  file: string,
  text: string,
  channels: ReadonlySet<Channel>,
): { issues: Issue[]; template?: CompiledText } {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const [, name, locale = null] = /^([^.]+)(?:\.([^.]+))?\.txt$/.exec(file) ?? []
  const head = readTextHead(source)
  const body = rewriteSurveyLinks(source.slice(head.bodyAt))
  const problems: Problems = [...head.problems]
  const variables = new Set<string>()
  const check = (liquid: string, at: number) => {
    const { paths, found } = checkLiquid(liquid)
    for (const path of paths) variables.add(path)
    problems.push(...found.map((problem) => ({ ...problem, offset: problem.offset + at })))
  }
  check(body, head.bodyAt)
  for (const { value, at } of head.parameters) check(value, at)
  if (body.trim() === '')
    problems.push({
      offset: 0,
      message: 'There is no text in this message',
      hint: channels.has('whatsapp')
        ? 'Write the words of the approved template, so that people can read what was sent.'
        : 'Write it below the head.',
    })
  if (channels.has('whatsapp')) problems.push(...missingApproval(head, file))
  const wrong = problems.some(({ severity }) => severity !== 'warning')
  if (channels.has('sms') && !wrong) problems.push(...tooLong(body, head.bodyAt))

  const issues = issuesOf({ file, text: source, problems })
  if (wrong || name === undefined) return { issues }
  const { from, template, language, parameters } = head
  return {
    issues,
    template: {
      form: 'text',
      name,
      locale,
      body,
      ...(from && { from: from.value }),
      ...(template &&
        language && {
          whatsapp: {
            template: template.value,
            language: language.value,
            parameters: parameters.map(({ value }) => value),
          },
        }),
      variables: [...variables].toSorted(),
    },
  }
}

function checkLiquid(liquid: string): { paths: string[]; found: Problems } {
  try {
    const tags = liquidTags(liquid)
    const tooDeep = deepBlocks(liquid, tags)
    if (tooDeep.length > 0) return { paths: [], found: tooDeep }
    const { paths, unknown } = readVariables(liquid)
    return { paths, found: [...deepLoops(liquid, tags), ...warnings([...unknown, ...bareBraces(liquid)])] }
  } catch (error) {
    return { paths: [], found: [liquidProblem(error, liquid)] }
  }
}

function missingApproval({ template, language, problems }: TextHead, file: string): Problems {
  // What is there and wrong has been told.
  if (problems.length > 0) return []
  const missing = [...(template ? [] : ['template']), ...(language ? [] : ['language'])]
  return missing.map((key) => ({
    offset: 0,
    message: `\`${key}\` is missing, and a step sends \`${file}\` by WhatsApp`,
    hint: 'Begin the file with `---`, `template: its_name`, `language: en`, and a second `---`: WhatsApp sends approved templates alone.',
  }))
}

/** What is certain to be sent, without the values that Liquid will put in. */
function tooLong(body: string, at: number): Problems {
  let fixed = body
  for (const { start, end } of liquidTags(body).toReversed()) fixed = fixed.slice(0, start) + fixed.slice(end)
  const { encoding, room, units, parts, foreign } = smsParts(fixed.trim())
  if (parts === 1) return []
  const why =
    foreign === undefined
      ? 'Shorten it.'
      : `Shorten it, or do without \`${foreign}\`, which is why a part holds so little.`
  return [
    {
      offset: at,
      severity: 'warning',
      message: `This SMS takes ${parts} parts: ${units} ${encoding} characters without its values, and one part holds ${room}`,
      hint: `Each part is paid for. ${why}`,
    },
  ]
}
