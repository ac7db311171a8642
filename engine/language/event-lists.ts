/** Lists of events with a condition: those that end a journey, and those that it follows. */
import type { EventMatch, Program } from '../program.ts'
import * as z from 'zod'
import { check, type Flaw, found, leaf, type Path } from './flaw.ts'
import { condition, eventType, names, warningsAt } from './words.ts'

/** An event, and what has to be true of it. */
export const match = {
  event: eventType,
  when: condition(names.journey).exactOptional(),
}

export const exitSchema = z.strictObject(match).meta({ about: '`exit`', example: '- event: ticket.reopened' })

export const followSchema = z
  .strictObject(match)
  .meta({ about: '`follow`', example: '- event: appointment.moved' })

/** Its entries are read one by one, so that each tells its own flaws. */
const eventList = (definition: string, example: string) =>
  leaf<unknown[]>(
    {
      expects: 'a list of events',
      example: `[{ event: ${example} }]`,
      json: { type: 'array', items: { $ref: `#/$defs/${definition}` } },
    },
    (given, note) => {
      if (Array.isArray(given)) return given
      note({
        message: `% expects a list of events, not ${found(given)}`,
        hint: `Put a dash before it: - event: ${example}`,
      })
      return undefined
    },
  )

export const exitList = eventList('exit', 'ticket.reopened')
export const followList = eventList('follow', 'appointment.moved')

export const matchOf = ({ event, when }: { event: string; when?: { text: string } }): EventMatch =>
  when ? { event, when: when.text } : { event }

/** Reads the entries at a place; those that are wrong are told and left out. */
export function readMatches(
  entries: readonly unknown[],
  schema: typeof exitSchema,
  path: Path,
  flaws: Flaw[],
): EventMatch[] {
  return entries.flatMap((entry, index) => {
    const result = check(schema, entry, [...path, index])
    if ('flaws' in result) {
      flaws.push(...result.flaws)
      return []
    }
    flaws.push(...warningsAt([...path, index, 'when'], result.value.when))
    return [matchOf(result.value)]
  })
}

const place = ['enroll', 'follow']

/** What is odd about following: nothing to follow, everything that comes, or what ends the journey. */
export function followFlaws(
  follow: readonly EventMatch[],
  exit: readonly EventMatch[],
  per?: string,
): Flaw[] {
  const [first] = follow
  if (!first) return []
  if (per === undefined)
    return [
      {
        path: place,
        part: 'key',
        message: '`follow` needs `per`: it says what the journey is about',
        hint: 'Add it beside `follow`, for example: per: event.appointmentId',
      },
    ]
  return follow.flatMap(({ event, when }, index): Flaw[] => {
    const flaws: Flaw[] = []
    if (when === undefined)
      flaws.push({
        path: [...place, index, 'event'],
        severity: 'warning',
        message: `Every \`${event}\` of the customer is followed, whatever it is about`,
        hint: `Add below it: when: ${per} == enrollment.key`,
      })
    if (exit.some((one) => one.event === event && (one.when === undefined || one.when === when)))
      flaws.push({
        path: [...place, index, 'event'],
        severity: 'warning',
        message: `\`${event}\` ends the journey by \`exit\`, and is never followed`,
        hint: 'Remove it here, or tell the two apart with `when`.',
      })
    return flaws
  })
}

/** Everything that a journey of the program may react to, once each. */
export function listenedTo({
  enroll,
  goal,
  exit,
  steps,
}: Pick<Program, 'enroll' | 'goal' | 'exit' | 'steps'>): string[] {
  const awaited = Object.values(steps).flatMap((step) => (step.verb === 'await' ? [step] : []))
  const heard = [...awaited, ...(goal ? [goal] : []), ...exit, ...(enroll.follow ?? [])]
  return [...new Set(heard.map(({ event }) => event))]
}
