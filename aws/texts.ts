/** The texter port: each channel that a deployment was given, by its own service. One import is all that is loaded late. */
import type { OutgoingText, SendOutcome, Texter } from '../runtime/ports.ts'

export { createSms } from './sms.ts'
export { smsClient, whatsAppClient } from './text-clients.ts'
export { createWhatsApp } from './whatsapp.ts'

type Send = (text: OutgoingText) => Promise<SendOutcome>

export function createTexter(channels: { [channel in OutgoingText['channel']]?: Send | undefined }): Texter {
  return {
    async send(text) {
      const send = channels[text.channel]
      // The reason is what the runtime gives where there is no texter at all.
      return send ? await send(text) : { status: 'refused', reason: 'channel-not-set-up' }
    },
  }
}
