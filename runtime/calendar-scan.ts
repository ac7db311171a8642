/**
 * Days of the calendar, which concern everybody. There is no list of everybody: when the day begins at its first place on
 * earth, the table is read once, a page a message, and each customer in the audience is handed over, at once where it is
 * time, and with a timer where the hour is still to come. Whoever is new, moves or joins the audience while the day goes
 * round the earth is followed by the write of their profile. Every customer's event has the same id however it came about.
 */
import { dayDueAt, dayReached, daysIn, daysUnderWay, inAudience } from '../engine/calendar-day.ts'
import type { CareEvent, Customer, Instant, Profile } from '../engine/model.ts'
import type { CalendarTrigger } from '../engine/program.ts'
import { zoneOf } from '../engine/time.ts'
import type { LiveWorkflow } from './catalog.ts'
import { parseProfile } from './customer-row.ts'
import { accept, digest, messageFor } from './ingest.ts'
import { PROFILE_SK } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'
import { PK } from './zones.ts'

type CalendarWork = Extract<Work, { kind: 'calendar' }>
type CalendarWorkflow = LiveWorkflow & { trigger: CalendarTrigger }

/** Longer than a tick's cursor may lag behind. */
const BEGUN_KEPT_MS = 40 * 24 * 3_600_000
/** From the first place on earth to the last, and an hour for clocks that change. */
const ROUND_MS = 27 * 3_600_000
const AT_ONCE = 20

/** Begins the days that have come anywhere since `sinceAt` and were not begun before; answers how many. */
export async function beginDays(
  runtime: Runtime,
  begun: Set<string>,
  sinceAt: Instant,
  now: Instant,
): Promise<number> {
  const { table, queue } = runtime.world
  let count = 0
  for (const { name, version, rev, liveSince, trigger } of await calendarWorkflows(runtime)) {
    for (const occurrence of daysUnderWay(trigger, Math.max(sinceAt, liveSince), now)) {
      const sk = `calendar#${name}#${version}#${occurrence}`
      if (begun.has(sk)) continue
      if (!(await table.get(PK, sk))) {
        const work: CalendarWork = { kind: 'calendar', workflow: name, rev, occurrence }
        // First the message: a crash in between begins the day a second time, which changes nothing.
        await queue.send([{ group: `calendar.${name}`, body: JSON.stringify(work), dedupId: digest(sk) }])
        await table.put({ pk: PK, sk, expiresAt: now + BEGUN_KEPT_MS }, { kind: 'any' })
        count++
      }
      begun.add(sk)
    }
  }
  return count
}

/** Hands one page of the table over, and the rest as a message of its own. */
export async function onCalendar(runtime: Runtime, work: CalendarWork): Promise<void> {
  const { table, queue, clock } = runtime.world
  if (work.rev !== undefined) await runtime.catalog.hear(work.workflow, work.rev)
  const workflow = (await calendarWorkflows(runtime)).find(({ name }) => name === work.workflow)
  if (!workflow) return
  const { settings } = await runtime.catalog.settings()
  const { cursor } = work
  const page = await table.scan({ segment: 0, segments: 1, ...(cursor !== undefined && { cursor }) })
  const due: CareEvent[] = []
  const coming: CareEvent[] = []
  for (const row of page.rows.filter(isProfile)) {
    const { customer } = parseProfile(row.pk.slice(2), row)
    const dueAt = dayDueAt(workflow.trigger, work.occurrence, zoneOf(customer, settings))
    if (dueAt === undefined || dueAt <= workflow.liveSince) continue
    if (!inAudience(workflow.program, customer, settings, dueAt)) continue
    const event = dayReached(work.workflow, customer.profile.id, { dueAt, occurrence: work.occurrence })
    if (dueAt <= clock.now()) due.push(event)
    else coming.push(event)
  }
  if (due.length > 0)
    await accept(
      runtime,
      due.map((event) => ({ event, workflow: work.workflow, rev: workflow.rev })),
    )
  for (let from = 0; from < coming.length; from += AT_ONCE)
    await Promise.all(coming.slice(from, from + AT_ONCE).map((event) => armEvent(runtime, workflow, event)))
  if (page.cursor === undefined) return
  const body = JSON.stringify({ ...work, cursor: page.cursor } satisfies CalendarWork)
  await queue.send([{ group: `calendar.${work.workflow}`, body, dedupId: digest(body) }])
}

/**
 * Hands an event over when its time comes. Arming it twice is arming it once.
 * @param after names the message that came too early by this very timer, whose name may still be taken
 */
export async function armEvent(
  runtime: Runtime,
  { name: workflow, rev }: Pick<LiveWorkflow, 'name' | 'rev'>,
  event: CareEvent,
  after = '',
): Promise<void> {
  const { group, body } = messageFor(runtime, { event, workflow, rev })
  const name = digest(`${event.customerId}\n${event.id}\n${event.at}${after && `\n${after}`}`)
  await runtime.world.timers.arm({ name, at: event.at, group, body })
}

/** Before a profile is written: a day that is going round the earth must not miss who is new, moves or joins the audience. */
export async function followDays(
  runtime: Runtime,
  [before, after]: [Profile | undefined, Profile],
  readAt: Instant,
): Promise<void> {
  const workflows = await calendarWorkflows(runtime)
  if (workflows.length === 0) return
  const { settings } = await runtime.catalog.settings()
  const now = runtime.world.clock.now()
  const asCustomer = (profile: Profile): Customer => ({ profile, suppressions: [] })
  const to = zoneOf(asCustomer(after), settings)
  const from = before && zoneOf(asCustomer(before), settings)
  for (const { name, rev, program, trigger } of workflows) {
    for (const { dueAt, occurrence } of daysIn(trigger, to, now - ROUND_MS, now + ROUND_MS)) {
      if (!inAudience(program, asCustomer(after), settings, dueAt)) continue
      const wasDueAt = from === undefined ? undefined : dayDueAt(trigger, occurrence, from)
      if (dueAt > now) {
        const known = before && from === to && inAudience(program, asCustomer(before), settings, dueAt)
        if (!known) await armEvent(runtime, { name, rev }, dayReached(name, after.id, { dueAt, occurrence }))
        // It has gone by there, and had not come where they lived.
      } else if (wasDueAt !== undefined && wasDueAt > now) {
        const event = dayReached(name, after.id, { dueAt: now, occurrence })
        await accept(runtime, [{ event, workflow: name, rev }], readAt)
      }
    }
  }
}

async function calendarWorkflows(runtime: Runtime): Promise<CalendarWorkflow[]> {
  return (await runtime.catalog.live()).flatMap((workflow) => {
    const { trigger } = workflow.program
    return trigger.kind === 'calendar' ? [{ ...workflow, trigger }] : []
  })
}

const isProfile = ({ pk, sk }: Row): boolean => pk.startsWith('C#') && sk === PROFILE_SK
