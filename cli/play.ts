/** Plays a workflow for one customer and shows what would happen. Shared by `explain` and `simulate`. */
import { heldOutOf } from '../engine/enroll.ts'
import type { CompiledWorkflow } from '../engine/language/compile.ts'
import type { Instant, Profile, Settings } from '../engine/model.ts'
import { comingUp } from '../engine/noticed.ts'
import type { Program } from '../engine/program.ts'
import { parseMoment } from '../engine/given-time.ts'
import { type Given, simulate, type SimulationResult } from '../engine/simulate.ts'
import { addDuration, formatInstant, formatLocal, parseDuration, zoneOf } from '../engine/time.ts'
import { type Call, type Options, UsageError } from './command.ts'
import { readCustomer, readEvents } from './inputs.ts'
import { paint } from './terminal.ts'
import { timelineLines } from './timeline.ts'

export const playOptions: Options = {
  customer: { type: 'string', value: 'FILE', help: 'the customer: a profile in JSON or YAML' },
  event: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    help: 'what happens: one event or a list, in JSON or YAML (again for more)',
  },
  start: { type: 'string', value: 'TIME', help: 'when the clock starts (default: now)' },
  until: { type: 'string', value: 'TIME', help: 'when to stop: a time, or a span such as "90 days"' },
  mails: { type: 'boolean', help: 'show the text of every mail' },
}

export interface Played {
  customer: Profile
  zone: string
  steps: Program['steps']
  result: SimulationResult
  occurrences: { dueAt: Instant; occurrence: string }[]
  /** The date that the workflow starts on, where nothing is known of it. */
  lacks?: string
  /** In production this customer would be kept out, for measuring. */
  heldOut: boolean
}

/** Undefined: nothing was asked for. */
export async function play(
  call: Call,
  { workflow, settings }: { workflow: CompiledWorkflow; settings: Settings },
): Promise<Played | undefined> {
  const file = call.text('customer')
  const { cwd, now } = call.around
  if (file === undefined) {
    const lonely = ['event', 'until', 'start', 'mails'].find((name) => call.flag(name))
    if (lonely !== undefined)
      throw new UsageError(`--${lonely} needs a customer.`, 'Name one with --customer FILE.')
    return undefined
  }
  const customer = await readCustomer(file, cwd)
  const zone = zoneOf({ profile: customer, suppressions: [] }, settings)
  const start = momentOf(call, 'start', zone, now()) ?? now()
  const events = await readEvents(call.texts('event'), cwd, formatInstant(start))
  const { trigger } = workflow.program
  if (trigger.kind === 'event' && events.length === 0)
    throw new UsageError(
      `${workflow.program.workflow} starts with an event.`,
      `Name a ${trigger.event} with --event FILE.`,
    )
  if (trigger.kind === 'becomes' && events.length === 0)
    throw new UsageError(
      `${workflow.program.workflow} starts when the profile changes.`,
      'Name a change with --event FILE, as { customer: { tier: gold } }.',
    )
  const first = firstMoment(events, zone)
  const startAt = call.flag('start') || first === undefined ? start : first
  const until = momentOf(call, 'until', zone, startAt)
  const [opening] = events
  // Without a moment of its own, it happens so long after the clock starts.
  const counts = opening !== undefined && 'after' in opening
  const dated = trigger.kind === 'date' || trigger.kind === 'calendar'
  const result = simulate({
    workflow,
    settings,
    customer,
    events,
    ...((dated || counts || call.flag('start')) && { start: startAt }),
    ...(until !== undefined && { until }),
  })
  const horizonAt = addDuration(startAt, 'P5Y', zone)
  const occurrences = dated ? comingUp(trigger, customer, zone, startAt, horizonAt).slice(0, 3) : []
  const heldOut = heldOutOf(workflow.program, customer.id)
  const lacks = trigger.kind === 'date' && customer[trigger.attribute] == null ? trigger.attribute : undefined
  const { steps } = workflow.program
  return { customer, zone, steps, result, occurrences, heldOut, ...(lacks !== undefined && { lacks }) }
}

export function showPlayed(
  call: Call,
  { customer, zone, steps, result, occurrences, heldOut, lacks }: Played,
): void {
  call.say(
    `${paint.bold(`What would happen to ${customer.id}`)} ${paint.dim(`(times of ${zone}; nothing was sent)`)}`,
  )
  if (occurrences.length > 0)
    call.say(`  comes up next: ${occurrences.map(({ dueAt }) => formatLocal(dueAt, zone)).join(', ')}`)
  if (heldOut) call.say(`  ${paint.yellow(`${customer.id} is held out: none of this would happen`)}`)
  const lines = timelineLines(result.timeline, { zone, steps, mails: call.flag('mails') })
  const nothing = lacks === undefined ? 'nothing' : `nothing: ${customer.id} has no ${lacks}`
  for (const line of lines.length > 0 ? lines : [nothing]) call.say(`  ${line}`)
  for (const { phase, dueAt } of result.journeys)
    if (phase !== 'ended' && dueAt !== undefined)
      call.say(`  ${paint.dim(`still under way: ${phase} until ${formatLocal(dueAt, zone)}`)}`)
}

/** What a command ends with: a message that cannot be made, or a story cut short, is something found wrong. */
export const verdictOn = ({ result }: Played): number =>
  result.timeline.some(({ kind }) => kind === 'problem') ? 1 : 0

export function playedJson({ zone, result, occurrences, heldOut }: Played) {
  return {
    zone,
    heldOut,
    occurrences: occurrences.map(({ dueAt, occurrence }) => ({ occurrence, dueAt: formatInstant(dueAt) })),
    timeline: result.timeline.map(({ at, dueAt, decision, ...rest }) => ({
      at: formatInstant(at),
      ...rest,
      ...(decision && { decision: { ...decision, at: formatInstant(decision.at) } }),
      ...(dueAt !== undefined && { dueAt: formatInstant(dueAt) }),
    })),
    ends: result.ends ?? null,
  }
}

function momentOf(call: Call, option: string, zone: string, from: Instant): Instant | undefined {
  const text = call.text(option)
  if (text === undefined) return undefined
  const span = parseDuration(text)
  const moment = span === undefined ? parseMoment(text, zone) : addDuration(from, span, zone)
  if (moment !== undefined) return moment
  throw new UsageError(
    `--${option} ${text} is no time.`,
    'Write 2026-03-26T16:00, or a span such as "90 days".',
  )
}

function firstMoment(events: readonly Given[], zone: string): Instant | undefined {
  const moments = events.flatMap((given) => ('at' in given ? (parseMoment(given.at, zone) ?? []) : []))
  return moments.length > 0 ? Math.min(...moments) : undefined
}
