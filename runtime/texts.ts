/** Sends what a journey says by SMS or WhatsApp, and keeps in mind who wants no more of it. */
import type { Performed } from '../engine/journey.ts'
import type { Channel } from '../engine/program.ts'
import { smsParts } from '../engine/text/parts.ts'
import { suppress } from './customers.ts'
import type { MessageTags, OutgoingText, SendOutcome } from './ports.ts'
import type { Session } from './session.ts'

/** What a deployment says that was given nobody to send by this channel. */
export const NOT_SET_UP = { status: 'refused', reason: 'channel-not-set-up' } as const

export const isTextChannel = (channel: Channel): channel is OutgoingText['channel'] => channel !== 'email'

/** Calls the provider once. What it will not say afterwards stays in doubt: neither service can be asked. */
export async function sendText(
  session: Session,
  customerId: string,
  text: OutgoingText,
): Promise<Exclude<SendOutcome, { status: 'sent' }> | Extract<Performed, { status: 'done' }>> {
  const { pacing, world } = session.runtime
  const { texter, clock } = world
  if (!texter) return NOT_SET_UP
  const { channel, body, tags } = text
  const outcome = pacing[channel].heard(await texter.send(text), nameOfMessage(tags))
  // The provider counts parts, and how many there are is known once the text is.
  if (channel === 'sms' && (outcome.status === 'sent' || outcome.status === 'unknown'))
    pacing.sms.took(smsParts(body).parts - 1)
  if (outcome.status === 'sent') return { status: 'done' }
  if (outcome.status === 'refused' && outcome.optedOut)
    // The provider holds the answer of the person: from now on nothing goes to this number.
    session.loaded.customer = await suppress(session.runtime, customerId, {
      address: text.to,
      reason: 'opt-out',
      at: clock.now(),
    })
  return outcome
}

/** The same for the same message, and nobody else's. */
export const nameOfMessage = ({ customerId, workflow, key, run, step }: MessageTags): string =>
  [customerId, workflow, key, run, step].join('\n')
