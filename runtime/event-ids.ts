/**
 * An event's id is what makes a repeat of it harmless, so that no id from outside may be one that Premura gives itself: it
 * would stand in that event's way. An id that begins like one of those is kept under another name.
 */

/** What the ids begin with that Premura gives: to dates, days, crossings, consents, emitted events, answers, closed tasks. */
export const OWN_PREFIXES = [
  'date:',
  'calendar:',
  'becomes:',
  'consent:',
  'emit:',
  'rated:',
  'appointment:',
  'tsk_',
] as const

const POSTED = 'posted:'

/** The id that an event from outside is kept under; its own for nearly all. Two ids never share one. */
export function keptId(posted: string): string {
  return [...OWN_PREFIXES, POSTED].some((prefix) => posted.startsWith(prefix)) ? `${POSTED}${posted}` : posted
}

/** The id that it was posted with. */
export function postedId(kept: string): string {
  return kept.startsWith(POSTED) ? kept.slice(POSTED.length) : kept
}
