/**
 * Load, decide, commit, perform: the loop that takes a journey from one resting place to the next.
 *
 * ```
 * commit (claims the send) ──► provider ──► commit (records it, claims the next or rests) ──► timer
 *        │                        │                │                                           │
 *   crash: claim found       crash: claim      crash: claim found, provider knows or       crash: the message
 *   and nothing was sent     is in doubt       it is in doubt                              comes again and arms
 * ```
 * Every commit is one conditional write of one row: of two workers only one gets past it.
 */
import { advance } from '../engine/advance.ts'
import type { Advance, Decision, Enrollment, Input, Performed } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import type { Program } from '../engine/program.ts'
import { markDoubt, markOf, unmarkDoubt } from './doubts.ts'
import { nameIn, perform, tagsOf } from './effects.ts'
import { undoIfErased } from './erase.ts'
import { RetryLater } from './errors.ts'
import { countsOf } from './figures.ts'
import { commitJourney, type StoredJourney } from './journeys.ts'
import { type LostMoment, RESTORED } from './restores.ts'
import { contextFor, programOf, type Session } from './session.ts'
import { arm } from './wakes.ts'

/** Shows a journey an input and carries out what follows, until it waits or ends. */
export async function drive(session: Session, journey: StoredJourney, given: Input): Promise<StoredJourney> {
  const { runtime } = session
  const { clock } = runtime.world
  const program = await programOf(session, journey)
  let current = journey
  const input = await askedInstead(session, journey, given)
  let lost = await runtime.restores.momentOf(journey.enrollment, input)
  // Whoever knows has said that this one is to go out once more.
  let wanted = input.kind === 'performed' && input.outcome.status === 'resend'
  const now = () => lost?.at ?? clock.now()
  let result = advance(program, current.enrollment, input, await contextFor(session, current, now()))
  for (;;) {
    if (lost) {
      if (!wanted) result = await notBlindly(session, program, current, result, lost)
      wanted = false
      // What is sent all the same is sent now, and time goes on from there.
      if (result.commands[0]?.kind === 'send') lost = undefined
    }
    result = await inTurn(session, program, current, result)
    tellCut(session, current, result.decisions)
    const changed = current.rev === 0 || result.enrollment !== current.enrollment
    if (changed) current = await commit(session, program, current, result.enrollment)
    const [command] = result.commands
    if (command?.kind === 'wait') await arm(runtime, current.enrollment, command.dueAt)
    if (command === undefined || command.kind === 'wait' || command.kind === 'end') return current
    const context = await contextFor(session, current, now())
    const outcome = await perform(session, program, current, command, context)
    const after = await contextFor(session, current, now())
    result = advance(program, current.enrollment, { kind: 'performed', outcome }, after)
  }
}

/** The grace of a doubt is over; whoever restored the table may want to be asked instead of its step's rule. */
async function askedInstead(
  { runtime }: Session,
  { enrollment }: StoredJourney,
  input: Input,
): Promise<Input> {
  const { phase, dueAt } = enrollment
  if (input.kind !== 'woken' || phase !== 'in-doubt' || dueAt === undefined) return input
  if (dueAt > runtime.world.clock.now() || !(await runtime.restores.asksAbout(enrollment))) return input
  return { kind: 'performed', outcome: ASKED }
}

const ASKED: Performed = { status: 'unknown', reason: RESTORED, asks: true }

/**
 * A message that came due in a span that the table has lost may have gone out then: it is in doubt before it is tried.
 * Its step's rule decides at once, because nobody is going to report on it any more; where the rule is to ask, or
 * whoever restored the table wants to be asked, it waits for a person.
 */
async function notBlindly(
  session: Session,
  program: Program,
  current: StoredJourney,
  first: Advance,
  { at, ask }: LostMoment,
): Promise<Advance> {
  let result = first
  // One message after the other, until there is something else to do; no program has more of them than steps.
  for (let sends = 0; sends <= Object.keys(program.steps).length; sends++) {
    const [command] = result.commands
    if (command?.kind !== 'send') return result
    const step = program.steps[command.step]
    const rule = ask ? 'ask' : step?.verb === 'send' ? step.inDoubt : 'drop'
    if (rule === 'resend') return result
    const outcome: Performed = rule === 'ask' ? ASKED : { status: 'drop', by: RESTORED }
    result = await performedInstead(session, program, current, result, { outcome, at })
  }
  return result
}

/** Goes on as if the effect that was about to be claimed had come to this, without claiming it. */
async function performedInstead(
  session: Session,
  program: Program,
  current: StoredJourney,
  { enrollment, decisions }: Advance,
  { outcome, at }: { outcome: Performed; at: Instant },
): Promise<Advance> {
  const context = await contextFor(session, { ...current, enrollment }, at)
  const after = advance(program, enrollment, { kind: 'performed', outcome }, context)
  return { ...after, decisions: [...decisions, ...after.decisions] }
}

/**
 * A message waits for its turn before it is claimed: a process that dies while it waits has promised nothing. One that has
 * no turn is postponed instead, with the write that would have claimed it.
 */
async function inTurn(
  session: Session,
  program: Program,
  current: StoredJourney,
  result: Advance,
): Promise<Advance> {
  const { runtime } = session
  const [command] = result.commands
  if (command?.kind !== 'send') return result
  const { workflow } = result.enrollment
  const { channel } = command
  const hold = await runtime.pacing[channel].turn()
  if (!hold) return result
  runtime.world.log('warn', 'mail.held', { workflow, channel, reason: nameIn(hold.reason) })
  const outcome: Performed = { status: 'retry', hold: true, ...hold }
  return await performedInstead(session, program, current, result, { outcome, at: runtime.world.clock.now() })
}

/** A chain of workflows that feeds itself is cut, and whoever looks after the deployment is to hear of it. */
function tellCut({ runtime }: Session, { enrollment }: StoredJourney, decisions: Decision[]): void {
  for (const { rule, outcome, step, values } of decisions)
    if (rule === 'emit' && outcome === 'refused' && values?.reason === 'chain')
      runtime.world.log('warn', 'emit.cut', {
        workflow: enrollment.workflow,
        step,
        hops: Number(values.hops),
      })
}

async function commit(
  session: Session,
  program: Program,
  before: StoredJourney,
  enrollment: Enrollment,
): Promise<StoredJourney> {
  const { runtime, loaded } = session
  const { table, config, log } = runtime.world
  await markDoubt(runtime, enrollment, before.enrollment)
  const after = await commitJourney(table, { ...before, enrollment }, config.owner).catch(
    async (error: unknown) => {
      // Nothing else would find the mark of a journey that has gone with its customer.
      const mark = markOf(enrollment, 0)
      if (mark) await undoIfErased(runtime, enrollment.customerId, mark, loaded.readAt)
      throw error
    },
  )
  await unmarkDoubt(runtime, before.enrollment, enrollment)
  const { workflow, step } = enrollment
  if (enrollment.phase === 'in-doubt' && before.enrollment.phase !== 'in-doubt')
    log('warn', 'mail.in-doubt', { workflow, step: step ?? '' })
  runtime.figures.count(countsOf(program, before.rev === 0 ? undefined : before.enrollment, enrollment))
  loaded.journeys = [...loaded.journeys.filter((one) => one !== before), after]
  return after
}

/**
 * Settles a claim that was left open: what can be repeated is repeated; a send is asked about, and is in doubt when nobody
 * knows. Throws {@link RetryLater} while the claim may still be in somebody's hands.
 */
export async function recover(session: Session, journey: StoredJourney): Promise<StoredJourney> {
  const { claim } = journey.enrollment
  if (journey.enrollment.phase !== 'performing' || !claim) return journey
  const { clock, config, sender, log } = session.runtime.world
  const abandoned =
    // Our own: an earlier message of this customer failed here, and messages of a customer never overlap.
    journey.owner === config.owner || config.soleOwner || clock.now() - claim.at > config.claimLeaseMs
  if (!abandoned) throw new RetryLater('the journey is being worked on')
  const program = await programOf(session, journey)
  let outcome: Performed | undefined
  if (claim.command.kind === 'send') {
    const found =
      claim.command.channel === 'email'
        ? await sender.find(tagsOf(journey.enrollment, claim.step, claim.attempt))
        : 'unknown'
    if (found === 'sent') outcome = { status: 'done' }
    if (found === 'unknown')
      outcome = (await session.runtime.restores.asksAbout(journey.enrollment))
        ? ASKED
        : { status: 'unknown', reason: 'the process that was sending it stopped' }
    log('warn', 'claim.recovered', { workflow: journey.enrollment.workflow, step: claim.step, found })
  }
  const context = await contextFor(session, journey, clock.now())
  outcome ??= await perform(session, program, journey, claim.command, context)
  return await drive(session, journey, { kind: 'performed', outcome })
}
