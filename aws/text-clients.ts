/** Builds the SDK clients of text messages, which a deployment without them never loads. */
import { PinpointSMSVoiceV2Client } from '@aws-sdk/client-pinpoint-sms-voice-v2'
import { SocialMessagingClient } from '@aws-sdk/client-socialmessaging'
import { type ClientOptions, lean, settings } from './clients.ts'

/** One try only: a second one may be a second message. */
export function smsClient(options: ClientOptions = {}): PinpointSMSVoiceV2Client {
  return lean(
    new PinpointSMSVoiceV2Client({ ...settings('sms-voice', options), maxAttempts: 1 }),
    'sms-voice',
    options,
  )
}

/** One try only, as for SMS. */
export function whatsAppClient(options: ClientOptions = {}): SocialMessagingClient {
  return lean(
    new SocialMessagingClient({ ...settings('social-messaging', options), maxAttempts: 1 }),
    'social-messaging',
    options,
  )
}
