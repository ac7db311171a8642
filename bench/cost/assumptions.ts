/** What cannot be counted on one machine, each with the reason for its number. Change them here; the report prints them. */

export const assumptions = {
  apiGb: { value: 0.5, why: 'memory of the API’s function' },
  workerGb: { value: 0.5, why: 'memory of the worker' },
  feedbackGb: { value: 0.25, why: 'memory of the function that takes in SES’s reports' },
  sweepGb: { value: 1, why: 'memory of the daily sweep' },
  gbOfOneCpu: {
    value: 1.769,
    why: 'a function of 1,769 MB has one whole CPU, a smaller one its share for longer: computing costs the same in all',
  },
  tableMs: { value: 6, why: 'one call of DynamoDB: single-digit milliseconds, and the way there' },
  queueMs: { value: 12, why: 'one SendMessage' },
  timerMs: { value: 30, why: 'one CreateSchedule' },
  mailMs: { value: 80, why: 'one SendEmail' },
  scanPageMs: { value: 40, why: 'one page of a Scan, which is 1 MB' },
  coldShare: { value: 0.01, why: 'share of invocations that start a new environment' },
  initMs: { value: 400, why: 'a start, which is billed: bundle, clients, first connection' },
  platformLogBytes: {
    value: 0,
    why: 'what Lambda itself writes for an invocation: nothing at the system log level WARN; 400 for START, END and REPORT',
  },
  accessLogBytes: {
    value: 110,
    why: 'a line of the HTTP API’s access log, and what CloudWatch adds to each',
  },
  bouncedShare: { value: 0.02, why: 'share of mails that bounce or are complained about, and are reported' },
  sentShare: {
    value: 1,
    why: 'share of mails that SES reports as sent, which settles those in doubt; 0 without SEND among the event types',
  },
  keptDays: {
    value: 400,
    why: 'how long events are kept; journeys have no expiry and are counted for as long, too',
  },
  daysOfMonth: { value: 30.4, why: 'an average month' },
  journeysAMonth: { value: 1_000_000, why: 'for what is paid by the month, and for what is free' },
  busyEnvironments: {
    value: 2,
    why: 'environments that are busy all month: each looks up every 10 s what is live, and writes its counts every minute',
  },
  emptyReceives: {
    value: 648_000,
    why: 'long polls of Lambda on a quiet queue: 5 pollers, 3 polls of 20 s a minute (seen: github.com/getlift/lift, thread 132)',
  },
  ticksADay: { value: 96, why: 'every quarter of an hour' },
  alarms: { value: 23, why: 'metrics under alarm: 22 alarms, one of which adds up two metrics' },
  customMetrics: { value: 4, why: 'metrics that are read out of the logs' },
  dashboards: { value: 1, why: 'dashboards of a deployment' },
  durableBytes: { value: 500, why: 'what a durable function writes for an operation' },
  durableKeptDays: { value: 14, why: 'default retention of a durable function’s history' },
} as const

type Name = keyof typeof assumptions

/** The bare number. */
export const assumed = (name: Name): number => assumptions[name].value
