/** Issues for people: where, what, the line itself with a caret, and what to do about it. */
import type { Issue } from '../engine/issue.ts'
import type { Source } from './library.ts'
import { counted, paint, widthOf } from './terminal.ts'

/** An issue, and the file on disk that it is in. */
export interface Located {
  issue: Issue
  source: Source
}

/** A source line longer than the terminal is shown as a piece of it around the place. */
const longestLine = 90

/**
 * ```
 * workflows/win-back/workflow.yaml:12:5  error  `steps` does not know `sedn`
 *   12 │   - sedn: apology
 *      │     ^
 *      Did you mean `send`?
 * ```
 */
export function shownIssue({ issue, source }: Located): string {
  const { severity, line, column, message, hint } = issue
  const color = severity === 'error' ? paint.red : paint.yellow
  const rows = [`${paint.bold(`${source.path}:${line}:${column}`)}  ${color(severity)}  ${message}`]
  const text = source.text.split(/\r\n|\n|\r/)[line - 1]
  const gutter = ' '.repeat(String(line).length)
  if (text !== undefined && text.trim() !== '') {
    const { piece, before } = pieceOf(text, column)
    rows.push(`  ${paint.dim(`${line} │`)} ${piece}`)
    rows.push(`  ${paint.dim(`${gutter} │`)} ${' '.repeat(before)}${color('^')}`)
  }
  if (hint !== undefined) rows.push(`  ${gutter}   ${paint.cyan(hint)}`)
  return rows.join('\n')
}

/** The part of a long line that holds the column, and the width of what stands before it. */
function pieceOf(text: string, column: number): { piece: string; before: number } {
  const line = text.replaceAll('\t', '  ')
  // Every tab before the place has become two characters.
  const at = Math.min(column - 1, text.length)
  const place = at + (text.slice(0, at).match(/\t/g)?.length ?? 0)
  const start = line.length <= longestLine ? 0 : Math.max(0, Math.min(place - 40, line.length - longestLine))
  const end = start + longestLine
  const lead = start > 0 ? '…' : ''
  const piece = `${lead}${line.slice(start, end)}${end < line.length ? '…' : ''}`
  return { piece, before: widthOf(lead + line.slice(start, place)) }
}

/** `2 errors and 1 warning`; `nothing wrong` when there is nothing. */
export function tally(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === 'error').length
  const warnings = issues.length - errors
  if (errors === 0 && warnings === 0) return paint.green('nothing wrong')
  const parts = []
  if (errors > 0) parts.push(paint.red(counted(errors, 'error')))
  if (warnings > 0) parts.push(paint.yellow(counted(warnings, 'warning')))
  return parts.join(' and ')
}

/** As `--json` shows it. */
export const issueJson = ({ issue, source }: Located) => ({ path: source.path, ...issue })
