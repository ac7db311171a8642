/** What is wrong with a definition, as the outside reads it. */
import * as z from 'zod'
import type { Issue } from '../../engine/issue.ts'
import type { FieldError } from './problem.ts'

export const issueOutput = z
  .object({
    severity: z.enum(['error', 'warning']),
    file: z.string(),
    line: z.int(),
    column: z.int(),
    message: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: 'Issue' })

export const isError = ({ severity }: Issue): boolean => severity === 'error'

/** What has to be mended before what is only odd, each by its place. */
export const worstFirst = (issues: readonly Issue[]): Issue[] => [
  ...issues.filter(isError),
  ...issues.filter((issue) => !isError(issue)),
]

/** The errors among them in the form that every bad input is told in. */
export function issuesAsErrors(issues: readonly Issue[]): FieldError[] {
  return issues
    .filter(isError)
    .map(({ file, line, column, message }) => ({ path: `${file}:${line}:${column}`, message }))
}
