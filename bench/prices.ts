/**
 * What AWS asks for, in one dated table. Nothing here is looked up: whoever updates a price opens its source and sets the
 * date. List prices without discounts; what is free each month for everybody and for good stands beside it.
 */

export const pricesOn = '2026-11-22'
export const region = 'us-east-1'

export interface Price {
  /** What is counted, in the plural. */
  unit: string
  usd: number
  /** How many units that buys. */
  per: number
  /** Units a month that nobody pays for. Offers for new accounts or the first year are none. */
  free: number
  source: string
}

const MILLION = 1_000_000

export const prices = {
  writeUnits: {
    unit: 'DynamoDB write request units, on demand',
    usd: 0.625,
    per: MILLION,
    free: 0,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  },
  readUnits: {
    unit: 'DynamoDB read request units, on demand',
    usd: 0.125,
    per: MILLION,
    free: 0,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  },
  storage: {
    unit: 'GB-months in DynamoDB, standard class',
    usd: 0.25,
    per: 1,
    free: 25,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  },
  recovery: {
    unit: 'GB-months of point-in-time recovery',
    usd: 0.2,
    per: 1,
    free: 0,
    source: 'https://finops.com.py/services/dynamodb/backups',
  },
  queueRequests: {
    unit: 'SQS FIFO requests of up to 64 KB',
    usd: 0.5,
    per: MILLION,
    free: MILLION,
    source: 'https://www.factualminds.com/blog/amazon-sqs-pricing-64kb-rule-fifo-vs-standard/',
  },
  timers: {
    unit: 'EventBridge Scheduler invocations',
    usd: 1,
    per: MILLION,
    free: 14 * MILLION,
    source: 'https://cloudburn.io/blog/amazon-eventbridge-pricing',
  },
  httpRequests: {
    unit: 'HTTP API requests of up to 512 KB',
    usd: 1,
    per: MILLION,
    free: 0,
    source:
      'https://docs.aws.amazon.com/pt_br/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html',
  },
  invocations: {
    unit: 'Lambda requests',
    usd: 0.2,
    per: MILLION,
    free: MILLION,
    source: 'https://aws.amazon.com/lambda/pricing/',
  },
  gbSeconds: {
    unit: 'Lambda GB-seconds, arm64',
    usd: 0.0000133334,
    per: 1,
    free: 400_000,
    source: 'https://aws.amazon.com/lambda/pricing/',
  },
  logs: {
    unit: 'GB of logs taken in by CloudWatch',
    usd: 0.5,
    per: 1,
    free: 5,
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
  },
  alarms: {
    unit: 'CloudWatch metrics under an alarm of standard resolution, a month',
    usd: 0.1,
    per: 1,
    free: 10,
    source: 'https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm',
  },
  customMetrics: {
    unit: 'CloudWatch metrics of one’s own, a month',
    usd: 0.3,
    per: 1,
    free: 10,
    source:
      'https://raw.githubusercontent.com/api-evangelist/cloudwatch/refs/heads/main/plans/cloudwatch-plans-pricing.yml',
  },
  dashboards: {
    unit: 'CloudWatch dashboards, a month',
    usd: 3,
    per: 1,
    free: 3,
    source: 'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/',
  },
  ownedKeys: {
    unit: 'keys that AWS owns, a month',
    usd: 0,
    per: 1,
    free: 0,
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html',
  },
  busEvents: {
    // Whether SES's events count as opt-in data events is not told anywhere; this is what they cost if they do.
    unit: 'events on the default bus, if SES’s are billed',
    usd: 1,
    per: MILLION,
    free: 0,
    source: 'https://aws.amazon.com/eventbridge/pricing/',
  },
  mailsAlaCarte: {
    unit: 'SES mails, no plan',
    usd: 0.1,
    per: 1000,
    free: 0,
    source:
      'https://raw.githubusercontent.com/api-evangelist/amazon-ses/refs/heads/main/plans/amazon-ses-plans-pricing.yml',
  },
  mailsEssentials: {
    unit: 'SES mails, plan Essentials, the first 10 million a month',
    usd: 0.16,
    per: 1000,
    free: 0,
    source:
      'https://raw.githubusercontent.com/api-evangelist/amazon-ses/refs/heads/main/plans/amazon-ses-plans-pricing.yml',
  },
  mailsPro: {
    unit: 'SES mails, plan Pro, the first 10 million a month',
    usd: 0.22,
    per: 1000,
    free: 0,
    source:
      'https://raw.githubusercontent.com/api-evangelist/amazon-ses/refs/heads/main/plans/amazon-ses-plans-pricing.yml',
  },
  planPro: {
    unit: 'SES plan Pro, a month',
    usd: 105,
    per: 1,
    free: 0,
    source:
      'https://raw.githubusercontent.com/api-evangelist/amazon-ses/refs/heads/main/plans/amazon-ses-plans-pricing.yml',
  },
  // What a part costs is by country and carrier, and not listed in one place: these two stand in AWS's own examples of
  // events, fees of carriers included. WhatsApp has no price here: what AWS and Meta ask stands in no source that can be read.
  smsToUs: {
    unit: 'parts of SMS to the US, from a toll-free number',
    usd: 0.00883,
    per: 1,
    free: 0,
    source: 'https://docs.aws.amazon.com/sms-voice/latest/userguide/monitor-event-bridge.html',
  },
  smsToSpain: {
    unit: 'parts of SMS to Spain, from a sender ID',
    usd: 0.06087,
    per: 1,
    free: 0,
    source: 'https://docs.aws.amazon.com/sms-voice/latest/userguide/monitor-event-bridge.html',
  },
  transitions: {
    unit: 'Step Functions Standard state transitions',
    usd: 0.025,
    per: 1000,
    free: 4000,
    source: 'https://finops.com.py/services/lambda/step-functions',
  },
  durableOperations: {
    unit: 'operations of Lambda durable functions',
    usd: 8,
    per: MILLION,
    free: 0,
    source:
      'https://raw.githubusercontent.com/api-evangelist/aws-lambda/refs/heads/main/plans/aws-lambda-plans-pricing.yml',
  },
  durableWritten: {
    unit: 'GB written by durable functions',
    usd: 0.25,
    per: 1,
    free: 0,
    source:
      'https://raw.githubusercontent.com/api-evangelist/aws-lambda/refs/heads/main/plans/aws-lambda-plans-pricing.yml',
  },
  durableKept: {
    unit: 'GB-months of durable functions’ history',
    usd: 0.15,
    per: 1,
    free: 0,
    source:
      'https://raw.githubusercontent.com/api-evangelist/aws-lambda/refs/heads/main/plans/aws-lambda-plans-pricing.yml',
  },
} as const satisfies { [name: string]: Price }

export type PriceName = keyof typeof prices

/** What so many units cost at the list price, nothing of it free. */
export function costOf(name: PriceName, units: number): number {
  const { usd, per } = prices[name]
  return (units / per) * usd
}
