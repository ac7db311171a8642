/** What every set of timers does. */
import { GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scheduleName } from '../../aws/scheduler.ts'
import { messageId } from '../../aws/sqs.ts'
import type { Timers } from '../../runtime/ports.ts'

export interface TimersUnderTest {
  timers: Timers
  client: SchedulerClient
  group: string
  now(): number
  close(): Promise<void>
}

export function timersSuite(name: string, open: () => Promise<TimersUnderTest>): void {
  describe(`timers: ${name}`, () => {
    let under: TimersUnderTest
    const run = Math.random().toString(36).slice(2)
    let count = 0
    const timer = (at: number) => ({ name: `${run} ${count++}`, at, group: 'Zoë', body: '{"kind":"wake"}' })

    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under.close())

    async function armed(timerName: string) {
      const command = new GetScheduleCommand({ GroupName: under.group, Name: scheduleName(timerName) })
      return under.client.send(command)
    }

    test('names an instant in UTC and deletes itself', async () => {
      const at = Math.ceil(under.now() / 1000) * 1000 + 3 * 86_400_000
      const one = timer(at)
      await under.timers.arm(one)
      const schedule = await armed(one.name)
      expect(schedule).toMatchObject({
        ScheduleExpression: `at(${new Date(at).toISOString().slice(0, 19)})`,
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
      })
      expect(schedule.Target?.Input).toBe(one.body)
      expect(schedule.Target?.SqsParameters?.MessageGroupId).toBe(messageId('Zoë'))
      expect(schedule.Target?.DeadLetterConfig?.Arn).toBeTruthy()
    })

    test('never fires before its moment: parts of a second are rounded up', async () => {
      const whole = Math.ceil(under.now() / 1000) * 1000 + 86_400_000
      const one = timer(whole + 1)
      await under.timers.arm(one)
      const { ScheduleExpression } = await armed(one.name)
      expect(ScheduleExpression).toBe(`at(${new Date(whole + 1000).toISOString().slice(0, 19)})`)
    })

    test('a moment that is past or too close is moved to where it is certain to fire', async () => {
      for (const at of [under.now() - 5000, under.now(), under.now() + 59_000]) {
        const one = timer(at)
        await under.timers.arm(one)
        const { ScheduleExpression = '' } = await armed(one.name)
        expect(Date.parse(`${ScheduleExpression.slice(3, -1)}Z`)).toBeGreaterThanOrEqual(under.now() + 60_000)
      }
    })

    test('armed twice is armed once, as it was the first time', async () => {
      const one = timer(under.now() + 86_400_000)
      await under.timers.arm(one)
      const before = await armed(one.name)
      await under.timers.arm({ ...one, at: one.at + 5000, body: 'other' })
      const after = await armed(one.name)
      expect(after.ScheduleExpression).toBe(before.ScheduleExpression)
      expect(after.Target?.Input).toBe(one.body)
    })

    test('of twenty who arm the same timer, all may go on', async () => {
      const one = timer(under.now() + 86_400_000)
      await expect(
        Promise.all(Array.from({ length: 20 }, () => under.timers.arm(one))),
      ).resolves.toHaveLength(20)
    })
  })
}
