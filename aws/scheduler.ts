/** The timers port on EventBridge Scheduler: one-time schedules that put their input into the work queue. */
import { createHash } from 'node:crypto'
import { ConflictException, CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler'
import type { Timers } from '../runtime/ports.ts'
import { messageId } from './sqs.ts'
import { available } from './unavailable.ts'

export interface TimersOptions {
  client: SchedulerClient
  group: string
  queueArn: string
  /** May send to the queue. */
  roleArn: string
  /** A standard queue: what cannot be delivered would leave no other trace, because the schedule deletes itself. */
  deadLetterArn: string
  now: () => number
  /** What a schedule in the past does is not documented, so that none is made for the next minute. */
  leadMs?: number
}

export function createTimers(options: TimersOptions): Timers {
  const { client, group, queueArn, roleArn, deadLetterArn, now, leadMs = 60_000 } = options
  return {
    async arm({ name, at, group: messageGroup, body }) {
      try {
        await available('scheduler.CreateSchedule', () =>
          client.send(
            new CreateScheduleCommand({
              Name: scheduleName(name),
              GroupName: group,
              ScheduleExpression: expression(Math.max(at, now() + leadMs)),
              ScheduleExpressionTimezone: 'UTC',
              FlexibleTimeWindow: { Mode: 'OFF' },
              ActionAfterCompletion: 'DELETE',
              Target: {
                Arn: queueArn,
                RoleArn: roleArn,
                Input: body,
                SqsParameters: { MessageGroupId: messageId(messageGroup) },
                RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
                DeadLetterConfig: { Arn: deadLetterArn },
              },
            }),
          ),
        )
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error
      }
    },
  }
}

/** Names have 64 characters at most; the same timer has the same name, in every process. */
export function scheduleName(name: string): string {
  return createHash('sha256').update(name).digest('base64url')
}

/** Whole seconds, rounded up: a wake-up that is early finds a journey that is not due. */
function expression(at: number): string {
  return `at(${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)})`
}
