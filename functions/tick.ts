/** EventBridge schedule, every quarter of an hour → what date triggers have made due. */
import type { ScheduledEvent } from 'aws-lambda'
import type { Runtime } from '../runtime/runtime.ts'
import type { TickReport } from '../runtime/tick.ts'
import { onAws } from './on-aws.ts'

export const tick =
  (runtime: Runtime) =>
  async (_event: ScheduledEvent): Promise<TickReport> => {
    const report = await runtime.tick()
    if (report.due > 0) runtime.world.log('info', 'tick.done', { ...report })
    return report
  }

export const handler = onAws(tick)
