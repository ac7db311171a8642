/** Which events anything is known to say, and the places of a workflow that hear one which nothing says. */
import { ANSWERS } from '../booked.ts'
import type { Settings } from '../model.ts'
import type { Program, StepId } from '../program.ts'
import { readDocument } from './document.ts'
import type { Flaw, Path } from './flaw.ts'
import { nearest } from './nearest.ts'
import { ownEvents } from './outgoing.ts'

const code = (word: string) => `\`${word}\``

/**
 * What a workflow says of the events that there are: those that it emits, the one that starts it, which somebody posts, and
 * what customers answer behind the links of its appointment.
 */
export function eventsVouchedFor(program: Program): string[] {
  const { trigger } = program
  return trigger.kind === 'event' ? [trigger.event, ...saidBy(program)] : saidBy(program)
}

/** The same of a definition that may be half-written: what cannot be read vouches for nothing. */
export function eventsVouchedForIn(definition: string): string[] {
  const read = readDocument(definition, 'workflow.yaml')
  if ('issues' in read) return []
  const root = read.document.value
  const trigger = member(root, 'trigger')
  const answers = member(root, 'appointment') === undefined ? [] : Object.values(ANSWERS)
  return [member(trigger, 'event'), ...emittedBelow(member(root, 'steps')), ...answers].flatMap((type) =>
    typeof type === 'string' ? [type] : [],
  )
}

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined

function emittedBelow(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(emittedBelow)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === 'emit' ? [inner] : emittedBelow(inner)))
}

const saidBy = ({ appointment, steps }: Program): string[] => [
  ...Object.values(steps).flatMap((step) => (step.verb === 'emit' ? [step.event] : [])),
  ...(appointment ? Object.values(ANSWERS) : []),
]

/**
 * Events that nothing is known to say: neither Premura, nor this workflow or one beside it, nor what the settings list.
 * A trigger vouches for its own event, because that is how somebody begins; a letter off something known is told all the same.
 */
export function unknownEvents(
  program: Program,
  pathOf: ReadonlyMap<StepId, Path>,
  { events: posted }: Settings,
  beside: readonly string[],
): Flaw[] {
  const { trigger, enroll, goal, exit, steps } = program
  const said = new Set([...ownEvents, ...Object.keys(posted ?? {}), ...saidBy(program), ...beside])
  const started: Heard[] =
    trigger.kind === 'event' ? [{ event: trigger.event, path: ['trigger', 'event'] }] : []
  const others: Heard[] = [
    ...(goal ? [{ event: goal.event, path: ['goal', 'event'] }] : []),
    ...exit.map(({ event }, index) => ({ event, path: ['exit', index, 'event'] })),
    ...(enroll.follow ?? []).map(({ event }, index) => ({
      event,
      path: ['enroll', 'follow', index, 'event'],
    })),
    ...Object.values(steps).flatMap((step) =>
      step.verb === 'await' ? [{ event: step.event, path: [...(pathOf.get(step.id) ?? []), 'await'] }] : [],
    ),
  ]
  const vouched = new Set([...said, ...started.map(({ event }) => event)])
  return [
    ...started.flatMap((heard) => flawOf(heard, said, false)),
    ...others.flatMap((heard) => flawOf(heard, vouched, true)),
  ]
}

interface Heard {
  event: string
  path: Path
}

/** @param closed false: an event that resembles no other is taken for a new one. */
function flawOf({ event, path }: Heard, known: ReadonlySet<string>, closed: boolean): Flaw[] {
  if (known.has(event)) return []
  const list = `list it under ${code('events')} in settings.yaml`
  const slip = nearest(event, known, 1)
  const message = `Nothing is known to send ${code(event)}`
  if (slip !== undefined)
    return [
      {
        path,
        severity: 'warning',
        message: `${message}, and it looks like a slip of the pen`,
        hint: `Did you mean ${code(slip)}? If your systems send it like this, ${list}.`,
      },
    ]
  if (!closed) return []
  const meant = nearest(event, known)
  const hint =
    meant === undefined
      ? `If your systems send it, ${list}; or correct it.`
      : `Did you mean ${code(meant)}? If your systems send it, ${list}.`
  return [{ path, severity: 'warning', message, hint }]
}
