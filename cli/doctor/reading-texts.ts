/** Reads what SMS and WhatsApp need; its clients are loaded where somebody sends texts, and nowhere else. */
import { answer, named, part } from './asking.ts'
import type { Reading } from './finding.ts'
import type { Intent } from './intent.ts'
import type { ClientSettings } from './sdks.ts'
import type { Origination, Texts } from './text-checks.ts'

const missing = named('ResourceNotFoundException')

export async function readTexts({ texts }: Intent, settings: ClientSettings): Promise<Texts> {
  const { sms, whatsapp } = texts
  return {
    ...(sms && { sms: { ...sms, ...(await readSms(sms.arn, settings)) } }),
    ...(whatsapp && { whatsapp: { id: whatsapp.id, number: await readWhatsApp(whatsapp.id, settings) } }),
  }
}

async function readSms(arn: string, settings: ClientSettings) {
  const sdk = await import('@aws-sdk/client-pinpoint-sms-voice-v2')
  const client = new sdk.PinpointSMSVoiceV2Client(settings)
  const [, kind = '', id = '', country = ''] =
    /:(phone-number|pool|sender-id)\/([^/]+)(?:\/(\w+))?$/.exec(arn) ?? []

  const limitOf = (limits?: { RateLimits?: Record<string, number> | undefined }) =>
    limits?.RateLimits?.SMS === undefined ? {} : { partsPerSecond: limits.RateLimits.SMS }
  const stateOf = (own: {
    Status?: string | undefined
    SelfManagedOptOutsEnabled?: boolean | undefined
  }) => ({
    status: own.Status ?? 'UNKNOWN',
    selfManagedOptOuts: own.SelfManagedOptOutsEnabled === true,
  })
  const origination = async (): Promise<Reading<Origination>> => {
    if (kind === 'sender-id')
      return part(
        await answer(
          'sms-voice:DescribeSenderIds',
          () =>
            client.send(
              new sdk.DescribeSenderIdsCommand({ SenderIds: [{ SenderId: id, IsoCountryCode: country }] }),
            ),
          missing,
        ),
        ({ SenderIds }) => SenderIds?.[0] && limitOf(SenderIds[0].MessagingLimits),
      )
    if (kind === 'pool')
      return part(
        await answer(
          'sms-voice:DescribePools',
          () => client.send(new sdk.DescribePoolsCommand({ PoolIds: [arn] })),
          missing,
        ),
        ({ Pools }) => Pools?.[0] && stateOf(Pools[0]),
      )
    return part(
      await answer(
        'sms-voice:DescribePhoneNumbers',
        () => client.send(new sdk.DescribePhoneNumbersCommand({ PhoneNumberIds: [arn] })),
        missing,
      ),
      ({ PhoneNumbers }) =>
        PhoneNumbers?.[0] && { ...stateOf(PhoneNumbers[0]), ...limitOf(PhoneNumbers[0].MessagingLimits) },
    )
  }
  const [found, attributes, limits] = await Promise.all([
    origination(),
    answer('sms-voice:DescribeAccountAttributes', () =>
      client.send(new sdk.DescribeAccountAttributesCommand({})),
    ),
    answer('sms-voice:DescribeSpendLimits', () => client.send(new sdk.DescribeSpendLimitsCommand({}))),
  ])
  return {
    origination: found,
    tier: part(
      attributes,
      ({ AccountAttributes = [] }) => AccountAttributes.find(({ Name }) => Name === 'ACCOUNT_TIER')?.Value,
    ),
    spend: part(
      limits,
      ({ SpendLimits = [] }) =>
        SpendLimits.find(({ Name }) => Name === 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT')?.EnforcedLimit,
    ),
  }
}

async function readWhatsApp(id: string, settings: ClientSettings) {
  const sdk = await import('@aws-sdk/client-socialmessaging')
  const client = new sdk.SocialMessagingClient(settings)
  return part(
    await answer(
      'social-messaging:GetLinkedWhatsAppBusinessAccountPhoneNumber',
      () => client.send(new sdk.GetLinkedWhatsAppBusinessAccountPhoneNumberCommand({ id })),
      missing,
    ),
    ({ phoneNumber: own }) =>
      own && {
        shown: own.displayPhoneNumber ?? own.phoneNumber ?? id,
        quality: own.qualityRating ?? 'unknown',
      },
  )
}
