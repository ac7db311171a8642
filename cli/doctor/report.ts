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
  // One call that fails leaves several checks in the dark: what to do about it is said once.
  const said = (finding: Finding, index: number) => index > 0 && findings[index - 1]?.seen === finding.seen
  return [
    paint.bold(group),
    ...findings.flatMap((finding, index) => [
      ...head(finding, width, indent, columns),
      ...(said(finding, index) ? [] : advice(finding, indent, columns)),
    ]),
    '',
  ]
}

function head({ status, title, seen }: Finding, width: number, indent: string, columns: number): string[] {
  const rows = wrapped(`  ${marks[status]} ${padded(title, width)}  ${seen}`, columns, indent).split('\n')
  return status === 'skipped' ? rows.map((row) => paint.dim(row)) : rows
}

function advice({ status, why, todo = '' }: Finding, indent: string, columns: number): string[] {
  if (status === 'ok' || status === 'skipped') return []
  const reason = wrapped(`${indent}${why}`, columns, indent).split('\n')
  // Commands and records are pasted: they are never broken.
  const steps = todo
    .split('\n')
    .map((line, index) => `${indent}${index === 0 ? '→' : ' '} ${paint.cyan(line)}`)
  return [...reason.map((row) => paint.dim(row)), ...steps]
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
