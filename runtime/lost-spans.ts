/** The spans of time that restores have taken out of the table, as the row holds them. */
import * as z from 'zod'
import type { Row } from './ports.ts'

const span = z.object({
  /** The restore point: the table is as it was then. */
  from: z.number(),
  /** Until then mails went out that the table knows nothing of. */
  to: z.number(),
  /** Every such message waits for a person; else the rule of its step decides. */
  ask: z.boolean(),
  /** Codes of pools that were loaded before it are drawn by nobody: they may have been given away in the span. */
  codesAside: z.boolean().default(false),
  by: z.string(),
  at: z.number(),
})
/** A span that a restore has taken out of the table. */
export type LostSpan = z.infer<typeof span>

const body = z.object({ spans: z.array(span) })

/** The oldest restore first. */
export function lostSpansIn(row: Row | undefined): LostSpan[] {
  return row?.body ? body.parse(JSON.parse(row.body)).spans : []
}

/** Codes of pools are good that were loaded after this restore point was made known; undefined: all of them are. */
export function codesGoodSince(spans: readonly LostSpan[]): number | undefined {
  const aside = spans.filter(({ codesAside }) => codesAside).map(({ from }) => from)
  return aside.length === 0 ? undefined : Math.max(...aside)
}

export const lostSpansBody = (spans: LostSpan[]): string =>
  JSON.stringify({ spans } satisfies z.input<typeof body>)
