/** What became of a message that failed every time, in words: for the timeline, and for "why?". */
import type { Instant, JsonObject } from '../engine/model.ts'
import type { Failure } from './failures.ts'

const subjects: { [kind: string]: string } = {
  event: 'an event',
  wake: 'the end of a wait',
  feedback: 'what the mail provider reported',
  profile: 'a change of the profile',
  settle: 'what a person said of a message in doubt',
}

/** `the purchase o-1 could not be handled (5 tries, the last on …: TypeError: …) and waits to be replayed or dropped` */
export function failureText(one: Failure, when: (at: Instant) => string): string {
  const { event, kind, tries, deadAt, reason } = one
  const subject = event ? `the ${event.type} ${event.id}` : (subjects[kind] ?? `a message (${kind})`)
  const said = reason.replace(/\.$/, '')
  return `${subject} could not be handled (${tries} tries, the last on ${when(deadAt)}: ${said})${endingOf(one, when)}`
}

function endingOf({ state, closedAt, closedBy, note }: Failure, when: (at: Instant) => string): string {
  const noted = note === undefined ? '' : `: ${note}`
  const ended = `${closedAt === undefined ? '' : ` on ${when(closedAt)}`} by ${closedBy ?? 'somebody'}${noted}`
  switch (state) {
    case 'replayed':
      return `, and was replayed${ended}`
    case 'dropped':
      return `, and was dropped${ended}`
    default:
      return ', and waits to be replayed or dropped'
  }
}

/** What a decision about it rests on. */
export function failureValues({ id, kind, tries, reason, event }: Failure): JsonObject {
  return { failure: id, kind, tries, reason, ...(event && { event: event.id }) }
}
