/** The one page that shows how things are: what comes in, what waits, what goes out, and what is wrong. */
import { Duration, type Stack } from 'aws-cdk-lib'
import type { ConcreteWidget } from 'aws-cdk-lib/aws-cloudwatch'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type { Watched } from './alarms.ts'

export function dashboardOf(
  stack: Stack,
  dashboardName: string,
  { work, deadLetters, timersDead, feedbackDead, http, table, ...functions }: Watched,
  alarms: cloudwatch.Alarm[],
): void {
  const period = Duration.minutes(5)
  const { api, worker, tick, sweep, feedback } = functions
  const all = [api, worker, tick, sweep, feedback]
  const gateway = (metricName: string, statistic: string) =>
    new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: http.httpApiId },
      statistic,
      period,
    })
  const ses = (metricName: string, statistic = 'Sum') =>
    new cloudwatch.Metric({ namespace: 'AWS/SES', metricName, statistic, period: Duration.hours(1) })
  const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) =>
    new cloudwatch.GraphWidget({ title, left, right, width: 12, height: 6 })

  const rows: ConcreteWidget[][] = [
    [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 4 })],
    [
      graph(
        'API: requests, and their time',
        [gateway('Count', 'Sum'), gateway('5xx', 'Sum')],
        [gateway('Latency', 'p99')],
      ),
      graph(
        'Work queue: waiting, and the age of the oldest (s)',
        [work.cdk.queue.metricApproximateNumberOfMessagesVisible({ period })],
        [work.cdk.queue.metricApproximateAgeOfOldestMessage({ period })],
      ),
    ],
    [
      graph('Mails', [ses('Send'), ses('Delivery'), ses('Bounce'), ses('Complaint')]),
      graph('Reputation', [
        ses('Reputation.BounceRate', 'Maximum'),
        ses('Reputation.ComplaintRate', 'Maximum'),
      ]),
    ],
    [
      graph(
        'Functions: calls, errors',
        all.map((fn) => fn.metricInvocations({ period })),
        all.map((fn) => fn.metricErrors({ period })),
      ),
      graph(
        'Functions: time (p99, ms)',
        all.map((fn) => fn.metricDuration({ period, statistic: 'p99' })),
      ),
    ],
    [
      graph(
        'Dead letters',
        [deadLetters, timersDead, feedbackDead].map(({ cdk }) =>
          cdk.queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
        ),
      ),
      graph('Table: units used', [
        table.cdk.table.metricConsumedReadCapacityUnits({ period }),
        table.cdk.table.metricConsumedWriteCapacityUnits({ period }),
      ]),
    ],
  ]
  new cloudwatch.CfnDashboard(stack, 'dashboard', {
    dashboardName,
    dashboardBody: stack.toJsonString({ start: '-P1D', widgets: rows.flatMap(placed) }),
  })
}

/** A row's widgets side by side, below the rows before it. */
function placed(row: ConcreteWidget[], index: number): unknown[] {
  return row.flatMap((widget, column) => {
    widget.position((24 / row.length) * column, 6 * index)
    const json: unknown[] = widget.toJson()
    return json
  })
}
