/** WhatsApp by End User Messaging Social: approved templates alone, since nobody can ask whether more is allowed. */
import { SendWhatsAppMessageCommand, type SocialMessagingClient } from '@aws-sdk/client-socialmessaging'
import type { OutgoingText, SendOutcome } from '../runtime/ports.ts'
import { outcomeOf } from './outcome.ts'
import { failureOf } from './unavailable.ts'

export interface WhatsAppOptions {
  /** Must not retry by itself: `whatsAppClient()`. */
  client: SocialMessagingClient
  /** `phone-number-id-…` */
  phoneNumberId: string
}

/** Of Meta's Cloud API, whose message goes through as it is. */
const META_API = 'v20.0'
/** What Meta hands back with the events of a message. */
const LONGEST_NOTE = 512

export function createWhatsApp({ client, phoneNumberId }: WhatsAppOptions) {
  return async ({ tags, to, whatsapp }: OutgoingText): Promise<SendOutcome> => {
    if (!whatsapp) return { status: 'refused', reason: 'the message names no approved template' }
    const { template: name, language, parameters } = whatsapp
    const note = JSON.stringify(tags)
    const message = {
      messaging_product: 'whatsapp',
      to,
      type: 'template',
      template: {
        name,
        language: { code: language },
        ...(parameters.length > 0 && {
          components: [{ type: 'body', parameters: parameters.map((text) => ({ type: 'text', text })) }],
        }),
      },
      ...(note.length <= LONGEST_NOTE && { biz_opaque_callback_data: note }),
    }
    try {
      const { messageId = '' } = await client.send(
        new SendWhatsAppMessageCommand({
          originationPhoneNumberId: phoneNumberId,
          message: Buffer.from(JSON.stringify(message)),
          metaApiVersion: META_API,
        }),
      )
      return { status: 'sent', messageId }
    } catch (error) {
      return outcomeOf(failureOf(error))
    }
  }
}
