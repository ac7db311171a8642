/** A person says what became of a message that was in doubt: they looked into the provider's records, or asked. */
import type { Performed } from '../engine/journey.ts'
import { drive } from './drive.ts'
import { journeyNamed } from './journeys.ts'
import { followDates } from './on-profile.ts'
import type { Runtime } from './runtime.ts'
import { openSession } from './session.ts'
import type { Work } from './work.ts'

type Settle = Extract<Work, { kind: 'settle' }>

const OUTCOMES: { [outcome in Settle['outcome']]: Extract<Performed, { by?: string }> } = {
  sent: { status: 'done' },
  resend: { status: 'resend' },
  drop: { status: 'drop' },
}

/** Changes nothing unless the journey still stands in doubt at that step, about the try that was meant. */
export async function onSettle(runtime: Runtime, settle: Settle): Promise<void> {
  const session = await openSession(runtime, settle.customerId)
  if (!session) return
  const journey = journeyNamed(session.loaded.journeys, settle)
  if (journey?.enrollment.phase !== 'in-doubt' || journey.enrollment.step !== settle.step) return
  // Said twice, or by two people: the first word may have led to another try, of which nobody has said anything.
  const { claimedAt = journey.enrollment.claim?.at } = settle
  if (claimedAt !== journey.enrollment.claim?.at) return
  // Said of an earlier try: this very message has come again, or the journey is one of somebody who was erased and is back.
  if (settle.at !== undefined && (journey.enrollment.claim?.at ?? 0) > settle.at) return
  const by = settle.by === undefined ? {} : { by: settle.by }
  await drive(session, journey, { kind: 'performed', outcome: { ...OUTCOMES[settle.outcome], ...by } })
  await followDates(session, { again: false })
}
