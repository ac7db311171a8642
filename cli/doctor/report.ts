/** How findings are shown: in groups for people, as one document for machines. */
import { counted, padded, paint, wrapped } from '../terminal.ts'
import type { Finding, Scene, Status } from './finding.ts'

const marks: { [status in Status]: string } = {
  ok: paint.green('✓'),
  warn: paint.yellow('!'),
  fail: paint.red('✗'),
  skipped: paint.dim('–'),
}

/** The lines of one group, with its heading. */
export function groupLines(group: string, findings: readonly Finding[], columns: number): string[] {
  const width = Math.max(...findings.map(({ title }) => title.length))
  const indent = ' '.repeat(width + 6)
  return [paint.bold(group), ...findings.flatMap((finding) => lines(finding, width, indent, columns)), '']
}

function lines({ status, title, seen, why, todo }: Finding, width: number, indent: string, columns: number) {
  const quiet = status === 'skipped'
  const head = `  ${marks[status]} ${padded(title, width)}  ${seen}`
  const rows = wrapped(head, columns, indent).split('\n')
  if (status === 'ok' || quiet) return quiet ? rows.map((row) => paint.dim(row)) : rows
  rows.push(
    ...wrapped(`${indent}${why}`, columns, indent)
      .split('\n')
      .map((row) => paint.dim(row)),
  )
  // Commands and records are pasted: they are never broken.
  for (const [index, line] of (todo ?? '').split('\n').entries())
    if (line !== '') rows.push(`${indent}${index === 0 ? '→ ' : '  '}${paint.cyan(line)}`)
  return rows
}

export const counts = (findings: readonly Finding[]): { [status in Status]: number } => {
  const found = { ok: 0, warn: 0, fail: 0, skipped: 0 }
  for (const { status } of findings) found[status]++
  return found
}

/** `1 to mend, 2 warnings, 20 in order, 3 skipped.` */
export function tally(findings: readonly Finding[]): string {
  const { ok, warn, fail, skipped } = counts(findings)
  const parts = [
    ...(fail > 0 ? [paint.red(`${fail} to mend`)] : []),
    ...(warn > 0 ? [paint.yellow(counted(warn, 'warning'))] : []),
    paint.green(`${ok} in order`),
    ...(skipped > 0 ? [paint.dim(`${skipped} skipped`)] : []),
  ]
  return `${parts.join(', ')}.`
}

export const reportJson = ({ stage, region }: Scene, findings: readonly Finding[]) => ({
  checks: findings.map(({ id, group, title, status, seen, why, todo }) => ({
    id,
    group,
    title,
    status,
    seen,
    why,
    ...(todo !== undefined && { todo }),
  })),
  summary: { stage, region, ...counts(findings) },
})
