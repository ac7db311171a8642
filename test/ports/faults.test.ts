/** The adapters when the services refuse, break down or fall silent. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Unavailable } from '../../aws/unavailable.ts'
import { Faults } from '../../local/cloud/faults.ts'
import { type Embedded, openEmbedded } from './embedded.ts'
import { mailTo } from './mail.ts'

/** More often than the SDK tries by itself. */
const always = 100

describe.each(['in process', 'over loopback'] as const)('%s', (reach) => {
  let faults: Faults
  let cloud: Embedded

  beforeEach(async () => {
    faults = new Faults()
    cloud = await openEmbedded('memory', reach, { faults })
  })
  afterEach(() => cloud.close())

  /** Without the SDK's tries and the pauses between them. */
  async function impatient() {
    await cloud.close()
    cloud = await openEmbedded('memory', reach, { faults, maxAttempts: 1 })
  }

  const row = { pk: 'C#1', sk: '!', body: 'mine', rev: 1, counters: { n: 1 } }
  const message = { group: 'anna', body: 'b', dedupId: '1' }

  describe('table', () => {
    test.each([
      ['throttling', { kind: 'error', name: 'ThrottlingException', status: 400 }],
      [
        'provisioned throughput',
        { kind: 'error', name: 'ProvisionedThroughputExceededException', status: 400 },
      ],
      ['a fault of the service', { kind: 'error', name: 'InternalServerError', status: 500 }],
      ['a broken connection', { kind: 'lost-before' }],
    ] as const)('%s that does not pass is Unavailable', async (_, fault) => {
      await impatient()
      for (const operation of ['GetItem', 'PutItem', 'DeleteItem', 'UpdateItem', 'Query', 'Scan']) {
        faults.next('dynamodb', operation, fault, always)
      }
      const calls = [
        cloud.table.get('C#1', '!'),
        cloud.table.put(row, { kind: 'absent' }),
        cloud.table.delete('C#1', '!'),
        cloud.table.add('C#1', '!', { n: 1 }),
        cloud.table.query('C#1'),
        cloud.table.scan({ segment: 0, segments: 1 }),
      ]
      for (const result of await Promise.allSettled(calls)) {
        expect(result.status === 'rejected' && result.reason).toBeInstanceOf(Unavailable)
      }
    })

    test('what passes is tried again and nobody notices', async () => {
      faults.next('dynamodb', 'PutItem', { kind: 'error', name: 'ThrottlingException' })
      faults.next('dynamodb', 'PutItem', { kind: 'lost-before' })
      expect(await cloud.table.put(row, { kind: 'absent' })).toEqual({ ok: true })
    })

    test('a put whose answer was lost does not conflict with itself', async () => {
      faults.next('dynamodb', 'PutItem', { kind: 'lost-after' })
      expect(await cloud.table.put(row, { kind: 'absent' })).toEqual({ ok: true })
      faults.next('dynamodb', 'PutItem', { kind: 'lost-after' })
      const next = { ...row, body: 'again', rev: 2 }
      expect(await cloud.table.put(next, { kind: 'rev', rev: 1 })).toEqual({ ok: true })
      faults.next('dynamodb', 'DeleteItem', { kind: 'lost-after' })
      expect(await cloud.table.delete('C#1', '!', { kind: 'rev', rev: 2 })).toEqual({ ok: true })
    })

    test('a put that was tried again still conflicts with somebody else', async () => {
      const theirs = { ...row, body: 'theirs' }
      await cloud.table.put(theirs, { kind: 'absent' })
      faults.next('dynamodb', 'PutItem', { kind: 'lost-before' })
      expect(await cloud.table.put(row, { kind: 'absent' })).toEqual({ ok: false, conflict: theirs })
    })

    test('what will never pass is thrown as it is', async () => {
      faults.next('dynamodb', 'GetItem', { kind: 'error', name: 'AccessDeniedException', status: 400 })
      await expect(cloud.table.get('C#1', '!')).rejects.toMatchObject({ name: 'AccessDeniedException' })
    })
  })

  describe('queue', () => {
    test('a queue that cannot be reached is Unavailable, for one message and for many', async () => {
      await impatient()
      faults.next('sqs', 'SendMessage', { kind: 'lost-before' }, always)
      faults.next('sqs', 'SendMessageBatch', { kind: 'error', name: 'InternalError', status: 500 }, always)
      await expect(cloud.queue.send([message])).rejects.toBeInstanceOf(Unavailable)
      await expect(cloud.queue.send([message, { ...message, dedupId: '2' }])).rejects.toBeInstanceOf(
        Unavailable,
      )
    })

    test('a message whose answer was lost is in the queue once', async () => {
      faults.next('sqs', 'SendMessage', { kind: 'lost-after' })
      await cloud.queue.send([message])
      faults.next('sqs', 'SendMessageBatch', { kind: 'lost-after' })
      const more = ['2', '3'].map((dedupId) => ({ ...message, dedupId, body: dedupId }))
      await cloud.queue.send(more)
      const taken = await cloud.cloud.queue.receive(10)
      expect(taken.map(({ body }) => body)).toEqual(['b', '2', '3'])
    })
  })

  describe('timers', () => {
    const timer = { name: 't', at: Date.UTC(2027, 3, 1), group: 'anna', body: 'wake' }

    test('a scheduler that cannot be reached is Unavailable', async () => {
      await impatient()
      faults.next(
        'scheduler',
        'CreateSchedule',
        { kind: 'error', name: 'ThrottlingException', status: 429 },
        always,
      )
      await expect(cloud.timers.arm(timer)).rejects.toBeInstanceOf(Unavailable)
    })

    test('a timer whose answer was lost fires once', async () => {
      faults.next('scheduler', 'CreateSchedule', { kind: 'lost-after' })
      await cloud.timers.arm(timer)
      expect(await cloud.cloud.schedules.fireDue(Date.UTC(2027, 3, 2))).toBe(1)
    })
  })

  describe('sender', () => {
    const mail = mailTo('anna@example.com')

    test('calls the provider once, whatever comes of it', async () => {
      faults.next('sesv2', 'SendEmail', { kind: 'error', name: 'ThrottlingException', status: 429 })
      expect(await cloud.sender.send(mail)).toMatchObject({ status: 'retry', hold: true })
      faults.next('sesv2', 'SendEmail', { kind: 'error', name: 'InternalFailure', status: 500 })
      expect(await cloud.sender.send(mail)).toMatchObject({ status: 'unknown' })
      expect(cloud.cloud.meter.read().calls['sesv2.SendEmail']).toBe(2)
      expect(cloud.cloud.mailbox.size).toBe(0)
    })

    test('a mail whose answer was lost may have been taken: the mailbox knows', async () => {
      faults.next('sesv2', 'SendEmail', { kind: 'lost-before' })
      expect(await cloud.sender.send(mail)).toMatchObject({ status: 'unknown' })
      expect(await cloud.sender.find(mail.tags)).toBe('unsent')

      faults.next('sesv2', 'SendEmail', { kind: 'lost-after' })
      expect(await cloud.sender.send(mail)).toMatchObject({ status: 'unknown' })
      expect(await cloud.sender.find(mail.tags)).toBe('sent')
      expect(await cloud.sender.find({ ...mail.tags, attempt: 2 })).toBe('unsent')
    })

    test('a rejection is the end of this mail only', async () => {
      faults.next('sesv2', 'SendEmail', { kind: 'error', name: 'MessageRejected', message: 'virus' })
      expect(await cloud.sender.send(mail)).toEqual({ status: 'refused', reason: 'MessageRejected: virus' })
      expect(await cloud.sender.send(mail)).toMatchObject({ status: 'sent' })
    })
  })
})

test('a quota holds mails: the daily one for long, the rate for a moment', async () => {
  const cloud = await openEmbedded('memory', 'in process', { quota: { max24HourSend: 3, maxSendRate: 2 } })
  const send = (attempt: number) => cloud.sender.send(mailTo('anna@example.com', { attempt }))
  expect([await send(1), await send(2)]).toMatchObject([{ status: 'sent' }, { status: 'sent' }])
  expect(await send(3)).toMatchObject({ status: 'retry', hold: true, reason: expect.stringMatching(/rate/) })
  cloud.clock.at += 1000
  expect(await send(4)).toMatchObject({ status: 'sent' })
  cloud.clock.at += 1000
  expect(await send(5)).toMatchObject({
    status: 'retry',
    hold: true,
    reason: expect.stringMatching(/[Dd]aily/),
  })
  cloud.clock.at += 24 * 3_600_000
  expect(await send(6)).toMatchObject({ status: 'sent' })
  await cloud.close()
})
