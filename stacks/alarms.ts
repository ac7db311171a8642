/** Each alarm: what it watches, from when on it speaks, and what it says. `docs/operations.md` has a page for each. */
import { Duration } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import type { Api, Function as LambdaFunction, Queue, Table } from 'sst/constructs'
import type { Settings } from './settings.ts'

export interface Watched {
  work: Queue
  deadLetters: Queue
  timersDead: Queue
  feedbackDead: Queue
  api: LambdaFunction
  http: Api
  worker: LambdaFunction
  tick: LambdaFunction
  sweep: LambdaFunction
  feedback: LambdaFunction
  table: Table
}

export interface AlarmOf {
  id: string
  what: string
  metric: cloudwatch.IMetric
  threshold: number
  evaluationPeriods: number
  datapointsToAlarm?: number
}

const minutes = (count: number) => ({ period: Duration.minutes(count) })

export function alarmsOf(watched: Watched, settings: Settings['alarms']): AlarmOf[] {
  return [
    ...ofQueues(watched, settings),
    ...ofFunctions(watched),
    ...ofMail(settings),
    ...ofJourneys(watched, settings),
  ]
}

function ofQueues({ work, tick, ...dead }: Watched, { oldestMessageMinutes }: Settings['alarms']): AlarmOf[] {
  const lying = (queue: Queue) =>
    queue.cdk.queue.metricApproximateNumberOfMessagesVisible({ ...minutes(1), statistic: 'Maximum' })
  return [
    {
      id: 'dead-letters',
      what: 'Messages failed every time, and wait to be replayed or dropped.',
      metric: failed(tick, lying(dead.deadLetters)),
      threshold: 0,
      evaluationPeriods: 1,
    },
    {
      id: 'timers-dead',
      what: 'Scheduler could not deliver wake-ups.',
      metric: lying(dead.timersDead),
      threshold: 0,
      evaluationPeriods: 1,
    },
    {
      id: 'feedback-dead',
      what: 'Reports of SES were not taken in.',
      metric: lying(dead.feedbackDead),
      threshold: 0,
      evaluationPeriods: 1,
    },
    {
      id: 'work-waits',
      what: 'The oldest message of the work queue waits too long.',
      metric: work.cdk.queue.metricApproximateAgeOfOldestMessage({ ...minutes(5), statistic: 'Maximum' }),
      threshold: oldestMessageMinutes * 60,
      evaluationPeriods: 1,
    },
  ]
}

/** Those that are written down, as the tick counts them, and those that still lie in the queue. */
function failed(tick: LambdaFunction, lying: cloudwatch.IMetric): cloudwatch.IMetric {
  return new cloudwatch.MathExpression({
    expression: 'SUM([FILL(waiting, 0), FILL(lying, 0)])',
    usingMetrics: { waiting: fromLog(tick, 'failures.open', '$.count', minutes(15)), lying },
    label: 'messages that failed every time',
    ...minutes(15),
  })
}

function ofFunctions(watched: Watched): AlarmOf[] {
  const { api, worker, tick, sweep, feedback, http, table } = watched
  const all = { api, worker, tick, sweep, feedback }
  const each = Object.entries(all).flatMap(([name, fn]): AlarmOf[] => [
    {
      id: `${name}-errors`,
      what: `The function ${name} failed.`,
      metric: fn.metricErrors({ ...minutes(5), statistic: 'Sum' }),
      threshold: 0,
      evaluationPeriods: 1,
    },
    {
      id: `${name}-throttles`,
      what: `The function ${name} was refused its turn: the account's concurrency is used up.`,
      metric: fn.metricThrottles({ ...minutes(5), statistic: 'Sum' }),
      threshold: 0,
      // Once is a burst; two of three times in a quarter of an hour is a limit that is too low.
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
  ])
  return [
    ...each,
    {
      id: 'api-5xx',
      what: 'The API answered with errors of its own.',
      metric: new cloudwatch.Metric({
        namespace: 'AWS/ApiGateway',
        metricName: '5xx',
        dimensionsMap: { ApiId: http.httpApiId },
        statistic: 'Sum',
        ...minutes(5),
      }),
      threshold: 0,
      evaluationPeriods: 1,
    },
    {
      id: 'table-throttles',
      what: 'DynamoDB refused reads or writes.',
      metric: throttled(table),
      threshold: 0,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
  ]
}

/** DynamoDB counts refusals only where there are some, so that what is missing has to be filled in. */
function throttled(table: Table): cloudwatch.IMetric {
  const refused = (metricName: string) =>
    new cloudwatch.Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: { TableName: table.tableName },
      statistic: 'Sum',
    })
  return new cloudwatch.MathExpression({
    expression: 'SUM([FILL(reads, 0), FILL(writes, 0)])',
    usingMetrics: { reads: refused('ReadThrottleEvents'), writes: refused('WriteThrottleEvents') },
    label: 'refused reads and writes',
    ...minutes(5),
  })
}

/** The reputation is the account's, over all its deployments: https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html */
function ofMail({ bounceRate, complaintRate }: Settings['alarms']): AlarmOf[] {
  const reputation = (metricName: string) =>
    new cloudwatch.Metric({ namespace: 'AWS/SES', metricName, statistic: 'Maximum', ...minutes(60) })
  return [
    {
      id: 'bounce-rate',
      what: 'Too many mails bounce. SES reviews an account at 5 % and may stop it at 10 %.',
      metric: reputation('Reputation.BounceRate'),
      threshold: bounceRate,
      evaluationPeriods: 1,
    },
    {
      id: 'complaint-rate',
      what: 'Too many people call our mails spam. SES reviews an account at 0.1 % and may stop it at 0.5 %.',
      metric: reputation('Reputation.ComplaintRate'),
      threshold: complaintRate,
      evaluationPeriods: 1,
    },
  ]
}

/** What only Premura knows, counted from its logs. */
function ofJourneys({ sweep, tick, worker }: Watched, { quotaShare }: Settings['alarms']): AlarmOf[] {
  return [
    {
      id: 'mail-quota',
      what: 'SES’s quota of 24 hours is nearly used up; what comes after it is held back.',
      metric: fromLog(tick, 'mail.quota', '$.usedShare', minutes(15)),
      threshold: quotaShare,
      evaluationPeriods: 1,
    },
    {
      id: 'journeys-overdue',
      what: 'The daily round found journeys that nobody had woken.',
      metric: fromLog(sweep, 'sweep.done', '$.overdue', minutes(60)),
      threshold: 0,
      evaluationPeriods: 1,
    },
    {
      id: 'mail-held',
      what: 'SES takes no mails now: its rate or quota is used up, or the account or a right is in the way.',
      metric: fromLog(worker, 'mail.held', '1', minutes(15)),
      threshold: 0,
      // A burst over the send rate passes by itself.
      evaluationPeriods: 3,
    },
    {
      id: 'mail-in-doubt',
      what: 'It is not known whether some mails were sent.',
      metric: fromLog(worker, 'mail.in-doubt', '1', minutes(60)),
      threshold: 0,
      evaluationPeriods: 1,
    },
  ]
}

/** @param value a field of the line, or a number for each line */
function fromLog(
  fn: LambdaFunction,
  message: string,
  value: string,
  { period }: { period: Duration },
): cloudwatch.IMetric {
  const filter = new MetricFilter(fn, `count-${message}`, {
    logGroup: fn.logGroup,
    filterPattern: FilterPattern.stringValue('$.message', '=', message),
    metricNamespace: 'Premura',
    metricName: `${fn.functionName}/${message}`,
    metricValue: value,
  })
  return filter.metric({ statistic: 'Maximum', period })
}
