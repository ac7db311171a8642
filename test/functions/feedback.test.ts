import type { EventBridgeEvent, SNSEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { contextOf } from '../../aws/sms-context.ts'
import { encodeTags } from '../../aws/tags.ts'
import { feedback } from '../../functions/feedback.ts'
import type { Enrollment } from '../../engine/journey.ts'
import { commitJourney } from '../../runtime/journeys.ts'
import type { MessageTags } from '../../runtime/ports.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'

const tags: MessageTags = {
  customerId: 'anna@example.com',
  workflow: 'thank-you',
  key: 'Ordine № 12/B',
  run: 2,
  step: 'send-thanks',
  attempt: 3,
}
const mail = {
  timestamp: '2026-03-26T10:00:00.123Z',
  source: 'Shop <care@shop.example>',
  sourceArn: 'arn:aws:ses:eu-central-1:123456789012:identity/shop.example',
  sendingAccountId: '123456789012',
  messageId: '0107018f2b1e3a4c-7d4b1f0e-0000-4a7e-9f1c-1234567890ab-000000',
  destination: ['anna@example.com'],
  headersTruncated: false,
  headers: [{ name: 'From', value: 'Shop <care@shop.example>' }],
  commonHeaders: { from: ['Shop <care@shop.example>'], to: ['anna@example.com'], subject: 'Grazie' },
  tags: {
    'ses:operation': ['SendEmail'],
    'ses:configuration-set': ['premura'],
    'ses:source-ip': ['192.0.2.7'],
    ...Object.fromEntries(encodeTags(tags).map(({ Name, Value }) => [Name ?? '', [Value ?? '']])),
  },
}

function sesEvent(detailType: string, detail: object): EventBridgeEvent<string, unknown> {
  return {
    version: '0',
    id: 'a7b8c9d0-e1f2-3456-abcd-567890123456',
    'detail-type': detailType,
    source: 'aws.ses',
    account: '123456789012',
    time: '2026-03-26T10:05:00Z',
    region: 'eu-central-1',
    resources: ['arn:aws:ses:eu-central-1:123456789012:configuration-set/premura'],
    detail: { mail, ...detail },
  }
}

async function queued(event: EventBridgeEvent<string, unknown> | SNSEvent, journey?: Partial<Enrollment>) {
  const world = memoryWorld()
  const { customerId, workflow, key, run } = tags
  const entry = { id: 'e1', type: 'purchase', at: sentAt }
  const started = { version: 1, enteredAt: sentAt, entry, seenEventId: 'e1', log: [] }
  if (journey) {
    const enrollment: Enrollment = {
      ...{ customerId, workflow, key, run, ...started, phase: 'waiting', step: 'wait-1' },
      ...journey,
    }
    await commitJourney(world.table, { enrollment, rev: 0 }, 'somebody')
  }
  await feedback(createRuntime(world))(event)
  return world.queue.messages.map(({ group, dedupId, body }) => ({ group, dedupId, work: JSON.parse(body) }))
}

const timestamp = '2026-03-26T10:04:30.500Z'
const saidAt = Date.parse(timestamp)
const sentAt = Date.parse(mail.timestamp)
const bounced = (bounceType: string, bounceSubType: string) => ({
  eventType: 'Bounce',
  bounce: {
    feedbackId: '0107018f2b1e-1',
    bounceType,
    bounceSubType,
    bouncedRecipients: [
      {
        emailAddress: 'anna@example.com',
        action: 'failed',
        status: '5.1.1',
        diagnosticCode: 'smtp; 550 user unknown',
      },
    ],
    timestamp,
    reportingMTA: 'dns; b1.eu-central-1.amazonses.com',
  },
})

test.each([
  [
    'Email Delivered',
    {
      eventType: 'Delivery',
      delivery: {
        timestamp,
        processingTimeMillis: 812,
        recipients: ['anna@example.com'],
        smtpResponse: '250 OK',
      },
    },
    { type: 'delivery', at: saidAt },
  ],
  [
    'Email Bounced',
    bounced('Permanent', 'General'),
    { type: 'bounce', at: saidAt, address: 'anna@example.com', reason: 'smtp; 550 user unknown' },
  ],
  [
    'Email Bounced',
    bounced('Transient', 'MailboxFull'),
    { type: 'soft-bounce', at: saidAt, address: 'anna@example.com', reason: 'smtp; 550 user unknown' },
  ],
  [
    'Email Bounced',
    bounced('Undetermined', 'Undetermined'),
    { type: 'soft-bounce', at: saidAt, address: 'anna@example.com', reason: 'smtp; 550 user unknown' },
  ],
  [
    'Email Complaint Received',
    {
      eventType: 'Complaint',
      complaint: {
        complainedRecipients: [{ emailAddress: 'anna@example.com' }],
        timestamp,
        feedbackId: '0107018f2b1e-2',
        complaintSubType: null,
        complaintFeedbackType: 'abuse',
        arrivalDate: timestamp,
      },
    },
    { type: 'complaint', at: saidAt, address: 'anna@example.com', reason: 'abuse' },
  ],
  [
    'Email Rejected',
    { eventType: 'Reject', reject: { reason: 'Bad content' } },
    { type: 'reject', at: sentAt, reason: 'Bad content' },
  ],
  [
    'Email Rendering Failed',
    {
      eventType: 'Rendering Failure',
      failure: {
        errorMessage: "Attribute 'name' is not present in the rendering data.",
        templateName: 'thanks',
      },
    },
    { type: 'reject', at: sentAt, reason: "Attribute 'name' is not present in the rendering data." },
  ],
  [
    'Email Opened',
    { eventType: 'Open', open: { timestamp, ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0' } },
    { type: 'open', at: saidAt },
  ],
  [
    'Email Clicked',
    {
      eventType: 'Click',
      click: {
        timestamp,
        ipAddress: '192.0.2.1',
        userAgent: 'Mozilla/5.0',
        link: 'https://shop.example/',
        linkTags: null,
      },
    },
    { type: 'click', at: saidAt },
  ],
])('%s: %o', async (detailType, detail, said) => {
  const { attempt: _, ...journey } = tags
  expect(await queued(sesEvent(detailType, detail))).toEqual([
    {
      group: 'anna@example.com',
      dedupId: 'a7b8c9d0-e1f2-3456-abcd-567890123456',
      work: { kind: 'feedback', ...journey, ...said, sentAt },
    },
  ])
})

const claimed = (step: string): Partial<Enrollment> => ({
  step,
  claim: {
    step,
    attempt: 3,
    at: sentAt,
    command: {
      kind: 'send',
      step,
      template: 'thanks',
      channel: 'email',
      topic: 'service',
      to: 'a@b.example',
    },
  },
})
const sent = sesEvent('Email Sent', { eventType: 'Send', send: {} })

test.each([
  ['is being sent', { phase: 'performing', ...claimed('send-thanks') }],
  ['is in doubt', { phase: 'in-doubt', dueAt: sentAt, ...claimed('send-thanks') }],
] satisfies [string, Partial<Enrollment>][])(
  'that a mail was sent matters while it %s',
  async (_, journey) => {
    const { attempt: __, ...name } = tags
    expect((await queued(sent, journey)).map(({ work }) => work)).toEqual([
      { kind: 'feedback', ...name, type: 'send', at: sentAt, sentAt },
    ])
  },
)

test.each([
  ['long recorded', { phase: 'waiting', step: 'wait-1' }],
  ['another step’s', { phase: 'performing', ...claimed('send-tips') }],
] satisfies [string, Partial<Enrollment>][])(
  'that a mail was sent costs one read when it is %s',
  async (_, journey) => {
    expect(await queued(sent, journey)).toEqual([])
  },
)

test('that a mail of a later round was sent matters while that round is in doubt', async () => {
  const journey: Partial<Enrollment> = { phase: 'in-doubt', dueAt: sentAt, ...claimed('send-thanks') }
  const said = Object.fromEntries(
    encodeTags({ ...tags, step: 'send-thanks~2' }).map(({ Name, Value }) => [Name ?? '', [Value ?? '']]),
  )
  const event = sesEvent('Email Sent', { eventType: 'Send', send: {}, mail: { ...mail, tags: said } })
  const inRound = (index: number) => ({ ...journey, round: { step: 'repeat-1', index, at: sentAt } })
  expect((await queued(event, inRound(2))).map(({ work }) => work)).toMatchObject([{ step: 'send-thanks~2' }])
  expect(await queued(event, inRound(3))).toEqual([])
})

test('that a mail was sent to somebody who was erased since is not kept', async () => {
  expect(await queued(sent)).toEqual([])
})

test.each([
  [
    'a delivery that is late, which ends in another event',
    {
      eventType: 'DeliveryDelay',
      deliveryDelay: {
        timestamp,
        delayType: 'MailboxFull',
        expirationTime: timestamp,
        delayedRecipients: [{ emailAddress: 'anna@example.com', status: '4.2.2' }],
      },
    },
  ],
  ['a subscription', { eventType: 'Subscription', subscription: { source: 'UnsubscribeHeader', timestamp } }],
  ['an event type of a later year', { eventType: 'Forwarded' }],
  [
    'a mail that is not ours',
    { eventType: 'Send', send: {}, mail: { ...mail, tags: { campaign: ['spring'] } } },
  ],
  [
    'a mail taken out of the spam folder',
    {
      eventType: 'Complaint',
      complaint: {
        complainedRecipients: [{ emailAddress: 'anna@example.com' }],
        complaintFeedbackType: 'not-spam',
        timestamp,
      },
    },
  ],
])('nothing follows from %s', async (_, detail) => {
  expect(await queued(sesEvent('Email Something', detail))).toEqual([])
})

test('what is no event of SES fails, so that it is seen', async () => {
  await expect(queued(sesEvent('Email Sent', { eventType: undefined }))).rejects.toThrow()
})

describe('of an SMS', () => {
  const phone = '+393331234567'
  const about = (eventType: string, isFinal: boolean, context = contextOf(tags)): SNSEvent => ({
    Records: [
      {
        ...{ EventVersion: '1.0', EventSubscriptionArn: 'arn:aws:sns:x', EventSource: 'aws:sns' },
        Sns: {
          ...{ SignatureVersion: '1', Timestamp: timestamp, Signature: '', SigningCertUrl: '' },
          ...{ MessageAttributes: {}, Type: 'Notification', UnsubscribeUrl: '', TopicArn: 'arn:aws:sns:x' },
          MessageId: 'sns-1',
          // As AWS documents it, with what we do not look at.
          Message: JSON.stringify({
            eventType,
            eventVersion: '1.0',
            eventTimestamp: saidAt,
            isFinal,
            originationPhoneNumber: '+12065550152',
            destinationPhoneNumber: phone,
            isInternationalSend: false,
            messageId: '862a8790-60c0-4430-9b2b-658bdexample',
            messageRequestTimestamp: sentAt,
            messageEncoding: 'GSM',
            messageType: 'TRANSACTIONAL',
            messageStatus: eventType.replace('TEXT_', ''),
            messageStatusDescription: 'as the carrier says',
            context,
            totalMessageParts: 1,
            totalMessagePrice: 0.09582,
          }),
        },
      },
    ],
  })
  const { attempt: _, ...journey } = tags

  test.each([
    ['TEXT_DELIVERED', true, 'delivery'],
    ['TEXT_SUCCESSFUL', true, 'delivery'],
    ['TEXT_INVALID', true, 'bounce'],
    ['TEXT_INVALID_MESSAGE', true, 'reject'],
    ['TEXT_PROTECT_BLOCKED', true, 'reject'],
    ['TEXT_BLOCKED', true, 'undelivered'],
    ['TEXT_CARRIER_BLOCKED', true, 'undelivered'],
    ['TEXT_CARRIER_UNREACHABLE', true, 'undelivered'],
    ['TEXT_SPAM', true, 'undelivered'],
    ['TEXT_TTL_EXPIRED', true, 'undelivered'],
    ['TEXT_UNREACHABLE', true, 'undelivered'],
  ])('%s, final %s', async (eventType, isFinal, type) => {
    const said = { type, at: saidAt, sentAt, address: phone, reason: 'as the carrier says' }
    expect(await queued(about(eventType, isFinal))).toEqual([
      { group: 'anna@example.com', dedupId: 'sns-1', work: { kind: 'feedback', ...journey, ...said } },
    ])
  })

  test.each([
    ['TEXT_QUEUED', false],
    ['TEXT_PENDING', false],
    ['TEXT_SENT', false],
    ['TEXT_SUCCESSFUL', false],
    ['TEXT_UNREACHABLE', false],
    ['TEXT_UNKNOWN', true],
  ])(
    '%s, final %s: news for a message whose sending was not recorded, and for no other',
    async (type, final) => {
      expect(await queued(about(type, final))).toEqual([])
      const inDoubt = { ...claimed('send-thanks'), phase: 'in-doubt' as const }
      expect(await queued(about(type, final), inDoubt)).toMatchObject([{ work: { type: 'send' } }])
    },
  )

  test.each([
    ['nobody of ours', 'TEXT_DELIVERED', {}],
    ['somebody else’s context', 'TEXT_DELIVERED', { account: 'bar' }],
    ['a context that was cut', 'TEXT_DELIVERED', { 'premura-1': '%7B%22customerId%22%3A%2' }],
    ['a context of another shape', 'TEXT_DELIVERED', { 'premura-1': '%7B%7D' }],
    ['an event that nobody knows yet', 'TEXT_READ_ALOUD', contextOf(tags)],
  ])('%s is let go', async (_, eventType, context) => {
    expect(await queued(about(eventType, true, context))).toEqual([])
  })
})
