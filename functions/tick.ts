/** EventBridge schedule, every quarter of an hour → what date triggers have made due. */
import type { ScheduledEvent } from 'aws-lambda'
import type { Runtime } from '../runtime/runtime.ts'
import { Ticker, type TickReport } from '../runtime/tick.ts'
import { onAws } from './on-aws.ts'

export const tick = (runtime: Runtime) => {
  const ticker = new Ticker(runtime)
  return async (_event: ScheduledEvent): Promise<TickReport> => {
    const report = await ticker.tick()
    if (report.due > 0) runtime.world.log('info', 'tick.done', { ...report })
    return report
  }
}

export const handler = onAws(tick)
