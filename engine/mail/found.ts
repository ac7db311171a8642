/** What was found in a template's file, as issues with their places. */
import type { Issue } from '../issue.ts'
import { singleBraces } from './liquid-slips.ts'
import type { Problem } from './markup.ts'

export interface Found {
  file: string
  text: string
  problems: (Problem & { severity?: 'warning' })[]
}

export function issuesOf({ file, text, problems }: Found): Issue[] {
  return problems
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, message, hint, severity }) => {
      const before = text.slice(0, offset)
      return {
        severity: severity ?? 'error',
        file,
        line: before.split('\n').length,
        column: offset - before.lastIndexOf('\n'),
        message,
        ...(hint === undefined ? {} : { hint }),
      }
    })
}

export const warnings = (problems: Problem[]) =>
  problems.map((problem) => ({ ...problem, severity: 'warning' as const }))

/** `{customer.firstName}`: what Liquid does not see. */
export const bareBraces = (text: string): Problem[] =>
  [...text.matchAll(singleBraces)].map(({ index, 1: path, 0: written }) => ({
    offset: index,
    message: `\`${written}\` would be sent as it stands here`,
    hint: `Write {{ ${path} }}, with two braces.`,
  }))
