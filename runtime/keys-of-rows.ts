/** How rows are named. One place, so that no two kinds of row can collide. */
import { createHash } from 'node:crypto'

/** A row's name has 1,024 bytes at most, and other parts beside this one. */
const LONGEST_PART = 840

/** The key of a journey in the name of a row; the row itself says it in full. No escaped text begins with a colon. */
export function keyPart(key: string): string {
  const escaped = encodeURIComponent(key)
  return escaped.length <= LONGEST_PART ? escaped : `:${createHash('sha256').update(key).digest('base64url')}`
}

export const customerPk = (customerId: string) => `C#${customerId}`

/** Profile (`!`) and journeys (`#…`) stand side by side, so that one query reads both and nothing else. */
export const PROFILE_SK = '!'
/** Between profile and journeys, so that whoever reads them sees that the person is being erased. */
export const ERASED_SK = '"'
/** There too: that some of the customer's journeys are shelved, and what they could still concern. */
export const SHELF_SK = '"shelf'
export const JOURNEYS_END = '$'
/** A journey that ended long ago stands apart, where no event reads it; the runs of a key in their order. */
export const shelvedSk = (workflow: string, key: string, run: number) =>
  `${shelfOf(workflow, key)}#${String(run).padStart(8, '0')}`
const shelfOf = (workflow: string, key: string) => `Z#${workflow}#${keyPart(key)}`
export const isShelved = (sk: string) => sk.startsWith('Z#')
/** No part of a name holds the character behind `#`. */
export const SHELVES = { from: 'Z#', to: 'Z$' }
export const shelfRange = (workflow: string, key: string) => ({
  from: `${shelfOf(workflow, key)}#`,
  to: `${shelfOf(workflow, key)}$`,
})

/** That somebody was erased, under a mark that says nothing of whom to those who do not know. */
export const erasedPk = (mark: string) => `X#${mark}`

export const eventSk = (eventId: string) => `E#${eventId}`
export const taskSk = (taskId: string) => `T#${taskId}`
/** Where tasks are listed by age; the task itself stands with its customer. */
export const OPEN_TASKS_PK = 'T'
export const CLOSED_TASKS_PK = 'T!closed'
/** A message that failed for good stands with its customer, or here when it concerns nobody. */
export const failureSk = (token: string) => `X#${token}`
export const FAILURES_OF_NOBODY_PK = 'X!'
/** Where failures are listed by age. */
export const OPEN_FAILURES_PK = 'X'
export const CLOSED_FAILURES_PK = 'X!closed'
/** Messages in doubt, by the time of their try. */
export const DOUBTS_PK = 'U'
/** That somebody was erased, under a hash: what comes out of the dead letters later must not bring them back. */
export const erasurePk = (hash: string) => `G#${hash}`
export const ERASURE_SK = '!'
/** The same hashes, to be read at once. */
export const ERASURES_PK = 'G'
export const answerSk = (survey: string, eventId: string) => `R#${survey}#${eventId}`
/** That a customer has answered behind a link, until the queue has told it. */
export const answerMarkSk = (eventId: string) => `P#${eventId}`
/** What was said of a topic before it was answered anew; in the order of time, which no two answers of a topic share. */
export const consentSk = (at: number, topic: string) => `O#${at}#${topic}`
export const couponSk = (workflow: string, key: string, run: number, name: string) =>
  `K#${workflow}#${keyPart(key)}#${run}#${name}`

/** One shard today; the place for more is in the key already. */
export const datePk = (attribute: string, partition: string) => `D#${attribute}#${partition}#0`
export const dateSk = (zone: string, customerId: string) => `${zone}#${customerId}`
/** Dates with a time of day stand a second time in a partition of their own, sorted by that time. */
export const clockPk = (attribute: string, day: string) => datePk(attribute, `@${day}`)
export const clockSk = (zone: string, time: string, customerId: string) => `${zone}#${time}#${customerId}`

export const workflowPk = (name: string) => `W#${name}`
export const DRAFT_SK = 'draft'
export const versionSk = (version: number) => `v#${String(version).padStart(6, '0')}`
export const filesSk = (version: number) => `f#${String(version).padStart(6, '0')}`
/** A text has a place beside the mail of its name. */
export const templateSk = (
  version: number,
  { name, locale, form }: { name: string; locale: string | null; form?: 'text' | undefined },
) => `${versionSk(version)}#${name}#${form === undefined ? '' : `${form}#`}${locale ?? ''}`
export const SUMMARIES_PK = 'W'
export const SETTINGS_PK = 'W!'
/** Which spans of time the table has lost to a restore. Read with the list of workflows, none of which is called so. */
export const RESTORED_SK = '!restored'

export const figuresPk = (workflow: string) => `S#${workflow}`
