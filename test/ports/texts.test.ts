/** SMS and WhatsApp through the adapters that AWS gets, on the embedded cloud: taken, refused, or in doubt. */
import { afterEach, describe, expect, test } from 'vitest'
import { readEnvironment } from '../../aws/env.ts'
import { createSms, createTexter, createWhatsApp, smsClient, whatsAppClient } from '../../aws/texts.ts'
import { createWorld, withTextPace, withTexts } from '../../aws/world.ts'
import { names } from '../../local/cloud/cloud.ts'
import { type Fault, Faults } from '../../local/cloud/faults.ts'
import type { MessageTags, OutgoingText } from '../../runtime/ports.ts'
import { type Embedded, openEmbedded, type Reach } from './embedded.ts'
import { mailTo } from './mail.ts'

const channels = ['sms', 'whatsapp'] as const
const order = (channel: OutgoingText['channel'], fault: Fault) =>
  channel === 'sms'
    ? faults.next('sms-voice', 'SendTextMessage', fault)
    : faults.next('social-messaging', 'SendWhatsAppMessage', fault)

const { attempt: _attempt, ...journey } = mailTo('').tags

const textTo = (
  channel: OutgoingText['channel'],
  to = '+393331234567',
  tags: Partial<MessageTags> = {},
): OutgoingText => ({
  channel,
  to,
  tags: mailTo('', tags).tags,
  body: 'Ciao Zoë 🌷\nA domani',
  ...(channel === 'whatsapp' && {
    whatsapp: { template: 'see_you', language: 'it', parameters: ['Zoë', 'alle 9'] },
  }),
})

let embedded: Embedded
const faults = new Faults()
afterEach(async () => {
  faults.clear()
  await embedded?.close()
})

async function texter(reach: Reach = 'in process') {
  embedded = await openEmbedded('memory', reach, { faults })
  const { clients } = embedded
  return createTexter({
    sms: createSms({ client: smsClient(clients), origination: names.smsOrigination }),
    whatsapp: createWhatsApp({ client: whatsAppClient(clients), phoneNumberId: names.whatsAppNumber }),
  })
}

describe.each<Reach>(['in process', 'over loopback'])('%s', (reach) => {
  test.each(channels)('%s is taken under an id of its own, and shown with its journey', async (channel) => {
    const { send } = await texter(reach)
    const outcomes = [await send(textTo(channel)), await send(textTo(channel))]
    const messages = await embedded.cloud.mailbox.list()
    expect(outcomes).toEqual(messages.map(({ id }) => ({ status: 'sent', messageId: id })))
    expect(messages[0]).toMatchObject({
      channel,
      from: channel === 'sms' ? 'LOCAL' : 'phone-number-id-local',
      to: '+393331234567',
      subject: '',
      html: '',
      text: channel === 'sms' ? 'Ciao Zoë 🌷\nA domani' : 'see_you (it)\n{{1}} Zoë\n{{2}} alle 9',
      headers: {},
      ...journey,
    })
    expect(await embedded.cloud.mailbox.tags(messages[0]?.id ?? '')).toEqual(mailTo('').tags)
  })
})

test.each(channels)('%s goes out whatever the ids are like', async (channel) => {
  const { send } = await texter()
  for (const length of [1, 100, 2_000]) {
    const text = textTo(channel, undefined, { customerId: `${'ä/'.repeat(length)}@x.it`, key: ' order #1 ' })
    expect(await send(text)).toMatchObject({ status: 'sent' })
  }
  const [short, middling, long] = await embedded.cloud.mailbox.list()
  expect([short?.key, long?.key]).toEqual([' order #1 ', ''])
  expect(middling?.key).toBe(' order #1 ')
})

test('an SMS may have a sender of its own', async () => {
  const { send } = await texter()
  await send({ ...textTo('sms'), from: 'LUME' })
  expect((await embedded.cloud.mailbox.list())[0]?.from).toBe('LUME')
})

test.each(channels)('%s: no number, no message', async (channel) => {
  const { send } = await texter()
  expect(await send(textTo(channel, '333 1234567'))).toMatchObject({ status: 'refused' })
  expect(embedded.cloud.mailbox.size).toBe(0)
})

test('WhatsApp takes nothing but approved templates', async () => {
  const { send } = await texter()
  const { whatsapp: _, ...text } = textTo('whatsapp')
  expect(await send(text)).toEqual({
    status: 'refused',
    reason: 'the message names no approved template',
  })
})

test.each(channels)(
  '%s: a lost answer is one call and a doubt, whether it was taken or not',
  async (channel) => {
    const { send } = await texter()
    order(channel, { kind: 'lost-before' })
    expect(await send(textTo(channel))).toMatchObject({ status: 'unknown' })
    expect(embedded.cloud.mailbox.size).toBe(0)
    order(channel, { kind: 'lost-after' })
    expect(await send(textTo(channel))).toMatchObject({ status: 'unknown' })
    expect(embedded.cloud.mailbox.size).toBe(1)
  },
)

test.each([
  ['sms', 'ThrottlingException', 400, { status: 'retry', hold: true }],
  ['sms', 'ServiceQuotaExceededException', 400, { status: 'retry', hold: true }],
  ['sms', 'AccessDeniedException', 400, { status: 'retry', hold: true }],
  ['sms', 'ResourceNotFoundException', 400, { status: 'retry', hold: true }],
  ['sms', 'ValidationException', 400, { status: 'refused' }],
  ['sms', 'ConflictException', 400, { status: 'refused' }],
  ['sms', 'InternalServerException', 500, { status: 'unknown' }],
  ['whatsapp', 'ThrottledRequestException', 429, { status: 'retry', hold: true }],
  ['whatsapp', 'AccessDeniedException', 403, { status: 'retry', hold: true }],
  ['whatsapp', 'InvalidParametersException', 400, { status: 'refused' }],
  ['whatsapp', 'DependencyException', 502, { status: 'unknown' }],
] as const)('%s: %s (%i)', async (channel, name, status, expected) => {
  const { send } = await texter()
  order(channel, { kind: 'error', name, status })
  const outcome = await send(textTo(channel))
  expect(outcome).toMatchObject(expected)
  expect(outcome).not.toHaveProperty('optedOut')
})

test('whoever opted out with the provider is known as such', async () => {
  const { send } = await texter()
  const more = { Reason: 'DESTINATION_PHONE_NUMBER_OPTED_OUT' }
  faults.next('sms-voice', 'SendTextMessage', { kind: 'error', name: 'ConflictException', more })
  expect(await send(textTo('sms'))).toMatchObject({ status: 'refused', optedOut: true })
})

test('an account that has spent its month on SMS waits for hours, and slows nobody down', async () => {
  const { send } = await texter()
  const more = { Reason: 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT' }
  faults.next('sms-voice', 'SendTextMessage', { kind: 'error', name: 'ServiceQuotaExceededException', more })
  const outcome = await send(textTo('sms'))
  expect(outcome).toMatchObject({ status: 'retry', hold: true, afterMs: 3_600_000 })
  expect(outcome).not.toHaveProperty('limit')
})

const variables = {
  PREMURA_TABLE: 't',
  PREMURA_QUEUE_URL: names.queueUrl,
  PREMURA_QUEUE_ARN: names.queueArn,
  PREMURA_DLQ_ARN: names.deadLetterArn,
  PREMURA_SCHEDULE_GROUP: names.scheduleGroup,
  PREMURA_SCHEDULE_ROLE_ARN: names.scheduleRoleArn,
  PREMURA_CONFIGURATION_SET: 'premura',
  PREMURA_PUBLIC_URL: 'https://care.example.com',
  PREMURA_LINK_SECRET_PARAMETER: '/premura/test/link-secret',
  PREMURA_CLAIM_LEASE_MS: '120000',
  PREMURA_IN_DOUBT_GRACE_MS: '3600000',
  PREMURA_MAIL_SHARES: '4',
}

test.each([
  [{}, undefined],
  [{ PREMURA_SMS_ORIGINATION: 'LUME' }, ['sent', 'refused']],
  [{ PREMURA_WHATSAPP_NUMBER_ID: 'phone-number-id-1' }, ['refused', 'sent']],
])('the environment says what is set up: %o', async (set, expected) => {
  await texter()
  const basics = {
    clock: { now: () => embedded.clock.now(), monotonicMs: () => 0 },
    ids: { next: (prefix: string) => `${prefix}1`, secret: () => 'secret' },
    log: () => {},
    clients: embedded.clients,
  }
  const environment = readEnvironment('worker', { ...variables, ...set })
  const world = await createWorld(environment, basics, [withTexts, withTextPace])
  expect(world.textPace).toEqual({})
  const outcomes = world.texter && [
    await world.texter.send(textTo('sms')),
    await world.texter.send(textTo('whatsapp')),
  ]
  expect(outcomes?.map(({ status }) => status)).toEqual(expected)
  for (const outcome of outcomes ?? [])
    if (outcome.status === 'refused') expect(outcome.reason).toBe('channel-not-set-up')
})

test('the environment says how fast each channel may go, shared by all workers', async () => {
  const basics = {
    clock: { now: () => 0, monotonicMs: () => 0 },
    ids: { next: (prefix: string) => `${prefix}1`, secret: () => 'secret' },
    log: () => {},
  }
  const rates = { PREMURA_SMS_PARTS_PER_SECOND: '0.5', PREMURA_WHATSAPP_PER_SECOND: '80' }
  const environment = readEnvironment('worker', { ...variables, ...rates })
  const { textPace } = await createWorld(environment, basics, [withTextPace])
  expect([textPace?.sms?.shares, textPace?.whatsapp?.shares]).toEqual([4, 4])
  expect(await textPace?.sms?.account.quota()).toEqual({ perSecond: 0.5, sentInLastDay: 0 })
  expect(await textPace?.whatsapp?.account.quota()).toEqual({ perSecond: 80, sentInLastDay: 0 })
})
