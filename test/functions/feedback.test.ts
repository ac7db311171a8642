import type { EventBridgeEvent } from 'aws-lambda'
import { expect, test } from 'vitest'
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

async function queued(event: EventBridgeEvent<string, unknown>, journey?: Partial<Enrollment>) {
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
