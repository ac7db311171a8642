/** EventBridge schedule, every quarter of an hour → what date triggers have made due, and what lies among the dead letters. */
import type { ScheduledEvent } from 'aws-lambda'
import { withDeadLetters, withMailAccount, withQueue, withTable } from '../aws/world.ts'
import { emptyDeadLetters } from '../runtime/dead-letters.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { Ticker, type TickReport } from '../runtime/tick.ts'
import { onAws } from './on-aws.ts'

export const tick = (runtime: Runtime) => {
  const ticker = new Ticker(runtime)
  return async (_event: ScheduledEvent): Promise<TickReport> => {
    const report = await ticker.tick()
    if (report.due > 0) runtime.world.log('info', 'tick.done', { ...report })
    await watchQuota(runtime.world)
    return report
  }
}

/** An alarm watches this line, because SES itself counts no share of its quota. */
async function watchQuota({ mailAccount, log }: Runtime['world']): Promise<void> {
  try {
    const quota = await mailAccount?.quota()
    if (quota?.perDay === undefined) return
    const usedShare = quota.perDay === 0 ? 1 : quota.sentInLastDay / quota.perDay
    log('info', 'mail.quota', { usedShare, perDay: quota.perDay, sentInLastDay: quota.sentInLastDay })
  } catch (error) {
    // Whoever is due has been started; a figure that is missing now comes with the next tick.
    log('warn', 'mail.quota-unknown', { error: error instanceof Error ? error.name : typeof error })
  }
}

/** An alarm watches the last line: what failed waits for somebody until it is replayed or dropped. */
export async function emptyLetters(runtime: Runtime): Promise<void> {
  const { log } = runtime.world
  try {
    const { open, ...moved } = await emptyDeadLetters(runtime)
    if (moved.taken + moved.rearmed > 0) log('warn', 'dead-letters.emptied', moved)
    log('info', 'failures.open', { count: open })
  } catch (error) {
    // They stay where they are, which an alarm watches, too.
    log('error', 'dead-letters.unread', { error: error instanceof Error ? error.name : typeof error })
  }
}

export const handler = await onAws(
  'tick',
  [withTable, withQueue, withMailAccount, withDeadLetters],
  (runtime) => {
    const dates = tick(runtime)
    return async (event: ScheduledEvent) => {
      const report = await dates(event)
      await emptyLetters(runtime)
      return report
    }
  },
)
