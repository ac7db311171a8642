/** An AWS account on loopback, as far as the doctor asks it: each service in the protocol that it really speaks. */
import { createServer, type IncomingMessage } from 'node:http'
import { onTestFinished } from 'vitest'
import { stackOutputs } from '../../cli/doctor/outputs.ts'

interface Reply {
  status: number
  body: string
  type: string
}

type Answer = (input: string, region: string) => Reply

export interface LoopbackAws {
  url: string
  /** `sts:GetCallerIdentity eu-west-1`, in order. */
  asked: string[]
  /** What was asked and nobody answers. */
  unknown: string[]
  /** The keys that came to the API. */
  keys: string[]
  /** Says something else to one operation. */
  on(operation: string, answer: Answer): void
}

/** AWS's clock. */
export const now = Date.parse('2026-01-01T00:00:00Z')
export const home = 'eu-west-1'

const reply =
  (type: string) =>
  (value: string, status = 200): Reply => ({ status, body: value, type })
const xml = reply('text/xml')
const jsonText = reply('application/x-amz-json-1.1')
export const json = (value: unknown, status = 200): Reply => jsonText(JSON.stringify(value), status)

/** An error of a service that speaks JSON. */
export const jsonError = (name: string, message: string, status = 400): Reply =>
  json({ __type: `com.amazonaws.any#${name}`, message }, status)

/** An error of a service that speaks the query protocol. */
export const xmlError = (name: string, message: string, status = 400): Reply =>
  xml(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    status,
  )

const missingStack = (name: string): Reply =>
  xmlError('ValidationError', `Stack with id ${name} does not exist`)

export const stackXml = (name: string, status: string, outputs: { [name: string]: string }): Reply =>
  xml(
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${Object.entries(
      outputs,
    )
      .map(
        ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      )
      .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  )

const queueUrl = (name: string) => `https://sqs.${home}.amazonaws.com/123456789012/${name}`

const outputs = (url: string): { [name: string]: string } => ({
  TableName: 'prod-table',
  ImportBucketName: 'prod-imports',
  LinkSecretParameter: '/premura/prod/link-secret',
  AdminKeyParameter: '/premura/prod/first-admin-key',
  QueueUrl: queueUrl('work.fifo'),
  DeadLetterQueueUrl: queueUrl('dead.fifo'),
  TimersDeadLetterQueueUrl: queueUrl('timers-dead'),
  FeedbackDeadLetterQueueUrl: queueUrl('feedback-dead'),
  ConfigurationSetName: 'prod-mail',
  IdentityName: 'lume.example',
  ApiUrl: `${url}/api`,
  ScheduleGroupName: 'prod-timers',
  UserPoolId: `${home}_pool`,
  UserPoolClientId: 'client',
  WebUrl: 'https://care.lume.example',
  DashboardName: 'prod',
})

const quota = (QuotaName: string, QuotaCode: string, Value: number) => ({ QuotaName, QuotaCode, Value })

/** A production that lacks nothing. */
const healthy: { [operation: string]: (input: string, url: string) => Reply } = {
  'sts:GetCallerIdentity': () =>
    xml(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/Ops/anna</Arn><UserId>AROA:anna</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
    ),
  'cloudformation:DescribeStacks': (input, url) => {
    const name = new URLSearchParams(input).get('StackName') ?? ''
    const own = Object.entries(stackOutputs).find(([id]) => name === `prod-premura-${id}`)?.[1]
    if (!own) return missingStack(name)
    const all = outputs(url)
    return stackXml(name, 'UPDATE_COMPLETE', Object.fromEntries(own.map((key) => [key, all[key] ?? ''])))
  },
  'ses:GET /v2/email/account': () =>
    json({
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 1_234 },
      SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
      PricingAttributes: { CurrentPlan: 'NONE' },
    }),
  'ses:GET /v2/email/identities/lume.example': () =>
    json({
      IdentityType: 'DOMAIN',
      VerifiedForSendingStatus: true,
      VerificationStatus: 'SUCCESS',
      DkimAttributes: { SigningEnabled: true, Status: 'SUCCESS', Tokens: ['aaa', 'bbb', 'ccc'] },
      MailFromAttributes: {
        MailFromDomain: 'bounce.lume.example',
        MailFromDomainStatus: 'SUCCESS',
        BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
      },
    }),
  'ses:GET /v2/email/configuration-sets/prod-mail': () =>
    json({
      ConfigurationSetName: 'prod-mail',
      SendingOptions: { SendingEnabled: true },
      SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    }),
  'ses:GET /v2/email/configuration-sets/prod-mail/event-destinations': () =>
    json({
      EventDestinations: [
        {
          Name: 'eventbridge',
          Enabled: true,
          MatchingEventTypes: ['SEND', 'REJECT', 'BOUNCE', 'COMPLAINT', 'RENDERING_FAILURE'],
          EventBridgeDestination: { EventBusArn: `arn:aws:events:${home}:123456789012:event-bus/default` },
        },
      ],
    }),
  // Applied values come in pages; what nobody ever raised is among the defaults only.
  'ServiceQuotasV20190624.ListServiceQuotas': (input) => {
    if (input.includes('"lambda"')) return json({ Quotas: [quota('Concurrent executions', 'L-1', 1_000)] })
    return input.includes('"NextToken":"2"')
      ? json({ Quotas: [quota('CreateSchedule request rate', 'L-2', 5_000)] })
      : json({ Quotas: [quota('Number of schedules', 'L-3', 10_000_000)], NextToken: '2' })
  },
  'ServiceQuotasV20190624.ListAWSDefaultServiceQuotas': () =>
    json({
      Quotas: [quota('Number of schedules', 'L-3', 1), quota('Invocations throttle limit', 'L-4', 1_000)],
    }),
  'scheduler:GET /schedule-groups/prod-timers': () => json({ Name: 'prod-timers', State: 'ACTIVE' }),
  'AmazonSQS.GetQueueAttributes': (input) =>
    json({
      Attributes: input.includes('work.fifo')
        ? {
            FifoQueue: 'true',
            FifoThroughputLimit: 'perMessageGroupId',
            DeduplicationScope: 'messageGroup',
            ContentBasedDeduplication: 'true',
            VisibilityTimeout: '180',
            RedrivePolicy: `{"deadLetterTargetArn":"arn:aws:sqs:${home}:123456789012:dead.fifo","maxReceiveCount":5}`,
          }
        : { ApproximateNumberOfMessages: '0', ...(input.includes('dead.fifo') && { FifoQueue: 'true' }) },
    }),
  'AmazonSSM.DescribeParameters': (input) =>
    json({
      Parameters: input.includes('link-secret')
        ? [{ Name: '/premura/prod/link-secret', Type: 'SecureString', LastModifiedDate: 1_767_225_600 }]
        : [],
    }),
  'DynamoDB_20120810.DescribeTable': () =>
    json({ Table: { TableName: 'prod-table', TableStatus: 'ACTIVE', DeletionProtectionEnabled: true } }),
  'DynamoDB_20120810.DescribeContinuousBackups': () =>
    json({
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
      },
    }),
  'DynamoDB_20120810.DescribeTimeToLive': () =>
    json({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'x' } }),
  'api:GET /api/health': () => json({ status: 'ok' }),
  'api:GET /api/v1/keys': () => json({ keys: [] }),
}

/** What an account that nobody has used yet says. */
export function fresh(aws: LoopbackAws): void {
  aws.on('cloudformation:DescribeStacks', (input) =>
    missingStack(new URLSearchParams(input).get('StackName') ?? ''),
  )
  aws.on('ses:GET /v2/email/account', () =>
    json({
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: false,
      SendingEnabled: true,
      SendQuota: { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 0 },
      SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
      PricingAttributes: { CurrentPlan: 'ESSENTIALS' },
    }),
  )
  aws.on('ServiceQuotasV20190624.ListServiceQuotas', (input) =>
    json({ Quotas: input.includes('"lambda"') ? [quota('Concurrent executions', 'L-1', 10)] : [] }),
  )
  aws.on('ServiceQuotasV20190624.ListAWSDefaultServiceQuotas', () => json({ Quotas: [] }))
}

/** Starts it, for one test. */
export async function loopbackAws(): Promise<LoopbackAws> {
  const others = new Map<string, Answer>()
  const aws: LoopbackAws = {
    url: '',
    asked: [],
    unknown: [],
    keys: [],
    on: (operation, answer) => void others.set(operation, answer),
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const input = Buffer.concat(chunks).toString()
    const { operation, region } = operationOf(request, input)
    aws.asked.push(`${operation} ${region}`)
    if (request.headers.authorization?.startsWith('Bearer ')) aws.keys.push(request.headers.authorization)
    const answer = others.get(operation)?.(input, region) ?? healthy[operation]?.(input, aws.url)
    if (!answer) aws.unknown.push(operation)
    const { status, type, body } = answer ?? json({ message: 'nobody answers this' }, 404)
    response.writeHead(status, { 'content-type': type, date: new Date(now).toUTCString() }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  aws.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return aws
}

function operationOf({ method, url, headers }: IncomingMessage, input: string) {
  const target = headers['x-amz-target']
  const action = /^Action=(\w+)/.exec(input)?.[1]
  const [, region = '', service = 'api'] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)/.exec(headers.authorization ?? '') ?? []
  const rest = `${service}:${action ?? `${method} ${decodeURIComponent(url ?? '')}`}`
  return { operation: typeof target === 'string' ? target : rest, region }
}
