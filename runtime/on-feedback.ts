/** What a provider reports about a message: it settles doubts, marks outcomes and protects addresses. */
import type { Decision, Enrollment, Performed } from '../engine/journey.ts'
import { occasionAt, sendOn } from '../engine/occasion.ts'
import { suppress } from './customers.ts'
import { drive, recover } from './drive.ts'
import { isFromBefore } from './erasure-mark.ts'
import { commitJourney, journeyNamed } from './journeys.ts'
import { followDates } from './on-profile.ts'
import type { Runtime } from './runtime.ts'
import { fromShelf, openSession } from './session.ts'
import type { Work } from './work.ts'

type Feedback = Extract<Work, { kind: 'feedback' }>

/** How far a message came; an outcome never goes back to an earlier one, but for a doubt about what was only said to be taken. */
const ORDER = ['in-doubt', 'sent', 'delivered', 'opened', 'clicked', 'rated', 'bounced', 'complained']
const OUTCOMES: { [type in Feedback['type']]?: string } = {
  delivery: 'delivered',
  open: 'opened',
  click: 'clicked',
  bounce: 'bounced',
  undelivered: 'bounced',
  reject: 'bounced',
  complaint: 'complained',
  'in-doubt': 'in-doubt',
}

/** The provider's clock may be a little behind. */
const CLOCKS_APART_MS = 60_000

export async function onFeedback(runtime: Runtime, feedback: Feedback): Promise<void> {
  const session = await openSession(runtime, feedback.customerId)
  if (!session) return
  const { type, address, at, sentAt } = feedback
  // Of a mail to somebody who was erased and has come back since, only what concerns an address that they have now.
  const before = isFromBefore(sentAt ?? at, session.loaded.erasedAt)
  const { email, phone } = session.loaded.customer.profile
  const theirs = !before || address === email || address === phone
  const dead = type === 'bounce' || type === 'complaint'
  if (address !== undefined && dead && session.loaded.known && theirs)
    session.loaded.customer = await suppress(runtime, feedback.customerId, { address, reason: type, at })

  const found = journeyNamed(session.loaded.journeys, feedback) ?? (await fromShelf(session, feedback))
  if (!found) return
  // A journey of the same name began since: the one that sent this has gone with its customer.
  if (sentAt !== undefined && sentAt < found.enrollment.enteredAt - CLOCKS_APART_MS) return
  // A claim that was left open is in doubt now, and this report may be the only one that ever settles it.
  const recovered = await recover(session, found)
  const { claim } = recovered.enrollment
  const about = claim && occasionAt(recovered.enrollment, claim.step)
  // What is in doubt already is settled by whoever knows more than that.
  const doubtful = type !== 'in-doubt' && about === feedback.step && recovered.enrollment.phase === 'in-doubt'
  // Whatever it says, the provider has had the message: that is what nobody knew.
  const settled: Performed =
    type === 'reject' ? { status: 'refused', reason: 'rejected by the provider' } : { status: 'done' }
  const journey = doubtful
    ? await drive(session, recovered, { kind: 'performed', outcome: settled })
    : recovered
  const outcome = OUTCOMES[type]
  if (doubtful) await followDates(session, { again: false })
  const marked = outcome && mark(journey.enrollment, feedback.step, outcome)
  if (marked)
    await commitJourney(runtime.world.table, { ...journey, enrollment: marked }, runtime.world.config.owner)
}

function mark(enrollment: Enrollment, occasion: string, outcome: string): Enrollment | undefined {
  const rank = (one: Decision) => ORDER.indexOf(one.outcome)
  const entry = sendOn(enrollment.log, occasion)
  const withdrawn = outcome === 'in-doubt' && entry?.outcome === 'sent'
  if (!entry || rank(entry) < 0 || (!withdrawn && rank(entry) >= ORDER.indexOf(outcome))) return undefined
  return { ...enrollment, log: enrollment.log.map((one) => (one === entry ? { ...one, outcome } : one)) }
}
