/** EventBridge schedule, daily → what was lost or is late is found, woken and reported. */
import type { ScheduledEvent } from 'aws-lambda'
import { withClaims, withQueue, withTable, withTimers } from '../aws/world.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type SweepReport, sweep as sweepAll } from '../runtime/sweep.ts'
import { onAws } from './on-aws.ts'

export const sweep =
  (runtime: Runtime) =>
  async (_event: ScheduledEvent): Promise<SweepReport> => {
    const report = await sweepAll(runtime)
    runtime.world.log(report.overdue > 0 ? 'warn' : 'info', 'sweep.done', { ...report })
    return report
  }

export const handler = await onAws('sweep', [withTable, withQueue, withTimers, withClaims], sweep)
