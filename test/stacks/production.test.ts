/** What a production deployment is made of: its wiring, its rights, what it keeps, and who is told. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { tableDefinition } from '../../aws/dynamodb.ts'
import { variablesOf } from '../../aws/env.ts'
import { stackOutputs } from '../../cli/doctor/outputs.ts'
import { LAST_TRY } from '../../functions/worker.ts'
import { exceptions, type Finding, inspectWith } from './rule-pack.ts'
import { type Resource, type Synthesized, synthesize } from './synthesized.ts'

let deployed: Synthesized
const findings: Finding[] = []
beforeAll(async () => {
  deployed = await synthesize('prod', { inspect: inspectWith(findings) })
}, 180_000)

/** Those of a type, each with its properties in words. */
const all = (type: string) =>
  deployed.resources
    .filter((one) => one.type === `AWS::${type}`)
    .map((one) => ({ ...one, told: deployed.told(one.properties, one.stack) }))
const named = (type: string, id: string) => {
  const found = all(type).find((one) => one.id.startsWith(id))
  if (!found) throw new Error(`no ${type} named ${id}`)
  return found
}
const ours = ['api', 'worker', 'tick', 'sweep', 'feedback', 'setup']
const isOurs = ({ properties }: Resource) => String(properties.Handler).startsWith('functions/')

describe('functions', () => {
  test('are few, on Node 24 and arm64, and each has a file of its own', () => {
    const functions = all('Lambda::Function').filter(isOurs)
    expect(functions.map(({ properties }) => properties.Handler).sort()).toEqual(
      ours.map((name) => `functions/${name}.handler`).sort(),
    )
    for (const { properties } of functions)
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] })
  })

  test.each([
    ['api', 512, 29],
    ['worker', 512, 30],
    ['tick', 512, 300],
    ['sweep', 1024, 900],
    ['feedback', 256, 30],
    ['setup', 512, 60],
  ])('%s has %d MB and %d s', (name, MemorySize, Timeout) => {
    expect(named('Lambda::Function', name).properties).toMatchObject({ MemorySize, Timeout })
  })

  test.each(ours)('%s is told what it reads, and no secret', (name) => {
    const { told } = named('Lambda::Function', name)
    const { Variables } = Object(told).Environment
    const premura = Object.keys(Variables).filter((variable) => variable.startsWith('PREMURA_'))
    const read = Object.entries(variablesOf).find(([one]) => one === name)?.[1] ?? []
    // Nobody has said who sends texts.
    const texts = /^PREMURA_(?:SMS|WHATSAPP)_/
    expect(premura.sort()).toEqual(read.filter((variable) => !texts.test(variable)).sort())
    for (const [variable, value] of Object.entries(Variables))
      expect(String(value), variable).not.toMatch(/^[A-Za-z0-9+/_-]{32,}$/)
  })

  test('keep their source maps beside them', () => {
    for (const { properties } of all('Lambda::Function').filter(isOurs)) {
      const hash = String(Object(properties.Code).S3Key).replace('.zip', '')
      const folder = join(deployed.directory, `asset.${hash}`, 'functions')
      expect(existsSync(folder)).toBe(true)
      expect(readdirSync(folder).some((file) => file.endsWith('.mjs.map'))).toBe(true)
    }
  })

  test('write to a log that ends', () => {
    for (const { told } of all('Lambda::Function'))
      expect(Object(told).LoggingConfig?.LogGroup).toMatch(/^<Logs::LogGroup/)
    for (const { properties } of all('Logs::LogGroup')) expect(properties.RetentionInDays).toBe(30)
  })
})

describe('rights', () => {
  const table = '<DynamoDB::Table tableTable.Arn>'
  const queue = '<SQS::Queue workQueue.Arn>'
  const log = (name: string) => ({
    do: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    on: [`<Logs::LogGroup ${name}log.Arn>`],
  })
  const parameter = (name: string) => `arn:aws:ssm:eu-west-1:111122223333:parameter/premura/prod/${name}`
  const dynamodb = (...calls: string[]) => ({ do: calls.map((call) => `dynamodb:${call}`), on: [table] })
  const timers = [
    {
      do: ['scheduler:CreateSchedule'],
      on: ['arn:aws:scheduler:eu-west-1:111122223333:schedule/<Scheduler::ScheduleGroup timers>/*'],
    },
    {
      do: ['iam:PassRole'],
      on: ['<IAM::Role timersrole.Arn>'],
      if: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
  ]
  const consume = {
    do: [
      'sqs:ReceiveMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueUrl',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
    ],
    on: [queue],
  }
  const post = { do: ['sqs:SendMessage'], on: [queue] }

  test.each([
    [
      'api',
      [
        log('api'),
        dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan'),
        post,
        ...timers,
        { do: ['ssm:GetParameter'], on: [parameter('link-secret')] },
      ],
    ],
    [
      'worker',
      [
        log('worker'),
        dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan'),
        post,
        ...timers,
        {
          do: ['ses:SendEmail'],
          on: [
            'arn:aws:ses:eu-west-1:111122223333:identity/<SES::EmailIdentity identity>',
            'arn:aws:ses:eu-west-1:111122223333:configuration-set/<SES::ConfigurationSet configurationset>',
          ],
        },
        { do: ['ses:GetAccount'], on: ['*'] },
        { do: ['ssm:GetParameter'], on: [parameter('link-secret')] },
        consume,
      ],
    ],
    [
      'tick',
      [
        log('tick'),
        // It deletes only what it has just written about somebody who was erased meanwhile.
        dynamodb('GetItem', 'Query', 'PutItem', 'DeleteItem'),
        post,
        {
          do: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
          on: ['<SQS::Queue deadlettersQueue.Arn>', '<SQS::Queue timersdeadQueue.Arn>'],
        },
        // Of the account itself; SES knows no narrower resource for it.
        { do: ['ses:GetAccount'], on: ['*'] },
      ],
    ],
    [
      'sweep',
      [
        log('sweep'),
        dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan'),
        post,
        ...timers,
      ],
    ],
    [
      'feedback',
      [
        log('feedback'),
        dynamodb('GetItem'),
        post,
        {
          do: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
          on: ['<SQS::Queue feedbackdeadQueue.Arn>'],
        },
      ],
    ],
    [
      'setup',
      [
        log('setup'),
        dynamodb('Query', 'GetItem', 'PutItem'),
        { do: ['ssm:PutParameter'], on: [parameter('link-secret'), parameter('first-admin-key')] },
        { do: ['ssm:GetParameter'], on: [parameter('first-admin-key')] },
      ],
    ],
    ['timers', [{ do: ['sqs:SendMessage'], on: [queue, '<SQS::Queue timersdeadQueue.Arn>'] }]],
  ])('of %s are exactly these', (name, expected) => {
    expect(rightsOf(`${name}role`)).toEqual(expected)
  })

  test('no role of ours has a policy of somebody else’s making', () => {
    for (const { id, properties } of all('IAM::Role').filter(
      ({ id }) => /role[0-9A-F]{8}$/.test(id) && !/Service/.test(id),
    ))
      expect(properties.ManagedPolicyArns, id).toBeUndefined()
  })

  test('Scheduler takes its role for our group only', () => {
    expect(named('IAM::Role', 'timersrole').told).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': '111122223333',
                'aws:SourceArn':
                  'arn:aws:scheduler:eu-west-1:111122223333:schedule-group/<Scheduler::ScheduleGroup timers>',
              },
            },
          },
        ],
      },
    })
  })

  function rightsOf(role: string) {
    const policies = all('IAM::Policy').filter(({ properties }) =>
      JSON.stringify(properties.Roles).includes(`"${role}`),
    )
    return policies.flatMap(({ told }) =>
      Object(told).PolicyDocument.Statement.map(
        ({ Action, Resource, Condition }: { Action: unknown; Resource: unknown; Condition?: unknown }) => ({
          do: [Action].flat(),
          on: [Resource].flat(),
          ...(Condition !== undefined && { if: Condition }),
        }),
      ),
    )
  }
})

describe('the table', () => {
  test('is the one that the adapter expects', () => {
    const { KeySchema, AttributeDefinitions, BillingMode } = tableDefinition('premura')
    expect(named('DynamoDB::Table', 'table').properties).toMatchObject({
      KeySchema,
      AttributeDefinitions,
      BillingMode,
      TimeToLiveSpecification: { AttributeName: 'x', Enabled: true },
    })
  })

  test('can be restored to any second, and does not go with its stack', () => {
    const table = named('DynamoDB::Table', 'table')
    expect(table.deletionPolicy).toBe('Retain')
    expect(table.properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    })
  })
})

describe('queues', () => {
  test('are encrypted, speak TLS only, and keep what they hold for 14 days', () => {
    const queues = all('SQS::Queue')
    expect(queues).toHaveLength(4)
    for (const { id, properties } of queues)
      expect(properties, id).toMatchObject({
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 86_400,
      })
    const secured = all('SQS::QueuePolicy').filter(({ told }) =>
      JSON.stringify(told).includes('{"Bool":{"aws:SecureTransport":"false"}}'),
    )
    expect(secured).toHaveLength(4)
  })

  test('the work queue is FIFO in high throughput, and its last try is the worker’s', () => {
    expect(named('SQS::Queue', 'work').told).toMatchObject({
      FifoQueue: true,
      ContentBasedDeduplication: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      RedrivePolicy: {
        deadLetterTargetArn: '<SQS::Queue deadlettersQueue.Arn>',
        maxReceiveCount: LAST_TRY,
      },
    })
  })

  test('the worker takes batches, fails one message alone, and has six times its time', () => {
    const [consumer, ...others] = all('Lambda::EventSourceMapping')
    expect(others).toEqual([])
    expect(consumer?.told).toMatchObject({
      EventSourceArn: '<SQS::Queue workQueue.Arn>',
      FunctionName: '<Lambda::Function worker>',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 4 },
    })
    const { VisibilityTimeout } = named('SQS::Queue', 'work').properties
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(
      6 * Number(named('Lambda::Function', 'worker').properties.Timeout),
    )
  })

  test('the worker may call itself, and nobody else may', () => {
    const looping = all('Lambda::Function').filter(({ properties }) => properties.RecursiveLoop === 'Allow')
    expect(looping.map(({ properties }) => properties.FunctionName)).toEqual(['prod-premura-worker'])
  })

  test('a claim outlives the longest invocation, and not by much', () => {
    const { told, properties } = named('Lambda::Function', 'worker')
    const leaseMs = Number(Object(told).Environment.Variables.PREMURA_CLAIM_LEASE_MS)
    expect(leaseMs).toBe(2 * Number(properties.Timeout) * 1000)
  })
})

describe('what comes by itself', () => {
  test.each([
    ['everyquarter', 'tick', 'cron(0/15 * * * ? *)'],
    ['everynight', 'sweep', 'cron(10 2 * * ? *)'],
  ])('%s calls %s', (rule, fn, ScheduleExpression) => {
    expect(named('Events::Rule', rule).told).toMatchObject({
      ScheduleExpression,
      State: 'ENABLED',
      Targets: [{ Arn: `<Lambda::Function ${fn}.Arn>` }],
    })
  })

  test('SES’s reports reach feedback, and lie somewhere when they do not', () => {
    expect(named('SES::ConfigurationSetEventDestination', '').told).toMatchObject({
      ConfigurationSetName: '<SES::ConfigurationSet configurationset>',
      EventDestination: {
        Enabled: true,
        EventBridgeDestination: { EventBusArn: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' },
        MatchingEventTypes: ['send', 'reject', 'bounce', 'complaint', 'renderingFailure'],
      },
    })
    expect(named('Events::Rule', 'reports').told).toMatchObject({
      EventBusName: 'default',
      EventPattern: {
        source: ['aws.ses'],
        detail: { mail: { tags: { 'ses:configuration-set': ['<SES::ConfigurationSet configurationset>'] } } },
      },
      Targets: [
        {
          Arn: '<Lambda::Function feedback.Arn>',
          DeadLetterConfig: { Arn: '<SQS::Queue feedbackdeadQueue.Arn>' },
        },
      ],
    })
    expect(named('Lambda::EventInvokeConfig', 'feedback').told).toMatchObject({
      DestinationConfig: { OnFailure: { Destination: '<SQS::Queue feedbackdeadQueue.Arn>' } },
    })
    expect(named('SES::ConfigurationSet', '').properties).toMatchObject({
      SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
      DeliveryOptions: { TlsPolicy: 'REQUIRE' },
    })
  })
})

describe('in public', () => {
  test('is one API, throttled, whose log never holds a path: links carry their secret there', () => {
    expect(all('ApiGatewayV2::Route').map(({ properties }) => properties.RouteKey)).toEqual(['$default'])
    const { properties } = named('ApiGatewayV2::Stage', '')
    expect(properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
    })
    expect(Object(properties).AccessLogSettings.Format).not.toMatch(/path|query|header|sourceIp|userAgent/i)
    expect(all('Lambda::Url')).toEqual([])
  })

  test('is no bucket', () => {
    for (const { id, properties } of all('S3::Bucket'))
      expect(properties, id).toMatchObject({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      })
  })

  test('is the editor, over TLS, with the API under the same origin and rules for what its pages may do', () => {
    const { DistributionConfig } = Object(named('CloudFront::Distribution', '').told)
    expect(DistributionConfig).toMatchObject({
      DefaultCacheBehavior: {
        ViewerProtocolPolicy: 'redirect-to-https',
        ResponseHeadersPolicyId: '<CloudFront::ResponseHeadersPolicy headers>',
      },
      CacheBehaviors: [
        { PathPattern: '/v1/*', ViewerProtocolPolicy: 'https-only' },
        { PathPattern: '/health', ViewerProtocolPolicy: 'https-only' },
      ],
    })
    // The site's fallback would turn the API's 404 into a page.
    expect(DistributionConfig.CustomErrorResponses ?? []).toEqual([])
    const policy = JSON.stringify(named('CloudFront::ResponseHeadersPolicy', '').told)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain('https://cognito-idp.eu-west-1.amazonaws.com')
    expect(policy).toContain('"ReferrerPolicy":"no-referrer"')
  })

  test('people are invited, and their password is long', () => {
    expect(named('Cognito::UserPool', '').properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      DeletionProtection: 'ACTIVE',
      Policies: { PasswordPolicy: { MinimumLength: 12 } },
    })
    expect(all('Cognito::UserPoolGroup').map(({ properties }) => properties.GroupName)).toEqual([
      'viewer',
      'editor',
      'publisher',
      'admin',
    ])
    const { Variables } = Object(named('Lambda::Function', 'api').told).Environment
    expect(Variables.PREMURA_TOKEN_ISSUER).toBe(
      'https://cognito-idp.eu-west-1.amazonaws.com/<Cognito::UserPool peopleUserPool>',
    )
  })
})

describe('alarms', () => {
  const ids = () =>
    all('CloudWatch::Alarm').map(({ properties }) =>
      String(properties.AlarmName).replace('prod-premura-', ''),
    )

  test('watch what can go wrong', () => {
    expect(ids().sort()).toEqual(
      [
        ...['dead-letters', 'timers-dead', 'feedback-dead', 'work-waits'],
        ...['api', 'worker', 'tick', 'sweep', 'feedback'].flatMap((fn) => [
          `${fn}-errors`,
          `${fn}-throttles`,
        ]),
        ...['api-5xx', 'table-throttles', 'bounce-rate', 'complaint-rate', 'mail-quota', 'mail-held'],
        ...['journeys-overdue', 'mail-in-doubt'],
      ].sort(),
    )
  })

  test('may speak through their topic, which a policy of its own would otherwise keep from them', () => {
    expect(JSON.stringify(named('SNS::TopicPolicy', 'alarms').told)).toContain(
      '"Action":"sns:Publish","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}},"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"}',
    )
  })

  test('fill in what DynamoDB counts only when there is something', () => {
    const alarm = all('CloudWatch::Alarm').find(
      ({ properties }) => properties.AlarmName === 'prod-premura-table-throttles',
    )
    expect(JSON.stringify(alarm?.told)).toContain('SUM([FILL(reads, 0), FILL(writes, 0)])')
  })

  test('tell somebody, also that it is over', () => {
    for (const { told, properties } of all('CloudWatch::Alarm')) {
      const topic = ['<SNS::Topic alarms>']
      expect(told, String(properties.AlarmName)).toMatchObject({ AlarmActions: topic, OKActions: topic })
      expect(properties.AlarmDescription).toContain('docs/operations.md')
    }
  })

  test('every queue of dead letters has one that speaks at the first letter', () => {
    for (const id of ['timers-dead', 'feedback-dead']) {
      const alarm = all('CloudWatch::Alarm').find(
        ({ properties }) => properties.AlarmName === `prod-premura-${id}`,
      )
      expect(alarm?.told).toMatchObject({
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Threshold: 0,
        ComparisonOperator: 'GreaterThanThreshold',
        Dimensions: [{ Name: 'QueueName', Value: `<SQS::Queue ${id.replace('-', '')}Queue.QueueName>` }],
      })
    }
  })

  test('what failed speaks as long as it waits: in the queue of dead letters, or written down', () => {
    const alarm = all('CloudWatch::Alarm').find(
      ({ properties }) => properties.AlarmName === 'prod-premura-dead-letters',
    )
    expect(alarm?.properties).toMatchObject({ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' })
    const told = JSON.stringify(alarm?.told)
    expect(told).toContain('SUM([FILL(waiting, 0), FILL(lying, 0)])')
    expect(told).toContain('<SQS::Queue deadlettersQueue.QueueName>')
    expect(told).toContain('failures.open')
  })

  test.each([
    ['bounce-rate', 'Reputation.BounceRate', 0.04],
    ['complaint-rate', 'Reputation.ComplaintRate', 0.0008],
  ])('%s speaks before SES does', (id, MetricName, Threshold) => {
    const alarm = all('CloudWatch::Alarm').find(
      ({ properties }) => properties.AlarmName === `prod-premura-${id}`,
    )
    expect(alarm?.properties).toMatchObject({ Namespace: 'AWS/SES', MetricName, Threshold })
  })

  test.each([
    ['mail.quota', 'tick', '$.usedShare'],
    ['failures.open', 'tick', '$.count'],
    ['sweep.done', 'sweep', '$.overdue'],
    ['mail.in-doubt', 'worker', '1'],
    ['mail.held', 'worker', '1'],
  ])('%s is counted from the log of %s', (message, fn, MetricValue) => {
    const filter = all('Logs::MetricFilter').find(({ properties }) =>
      String(properties.FilterPattern).includes(`"${message}"`),
    )
    expect(filter?.told).toMatchObject({
      LogGroupName: `<Logs::LogGroup ${fn}log>`,
      MetricTransformations: [{ MetricNamespace: 'Premura', MetricValue }],
    })
  })

  test('there is one dashboard, and a budget', () => {
    expect(all('CloudWatch::Dashboard').map(({ properties }) => properties.DashboardName)).toEqual([
      'prod-premura-care',
    ])
    // A budget with a name of its own could never be told of another address.
    expect(JSON.stringify(all('Budgets::Budget')[0]?.properties)).not.toContain('BudgetName')
    expect(all('Budgets::Budget')[0]?.properties).toMatchObject({
      NotificationsWithSubscribers: [{}, {}],
      Budget: { BudgetLimit: { Amount: 100, Unit: 'USD' }, TimeUnit: 'MONTHLY' },
    })
  })
})

describe('the rule pack AWS Solutions', () => {
  const excepts = ({ rule, path }: Finding) =>
    exceptions.filter(([name, resources]) => rule === name && resources.test(path))

  test('finds nothing but what has a reason', () => {
    expect(findings.length).toBeGreaterThan(0)
    expect(findings.filter((finding) => excepts(finding).length === 0)).toEqual([])
  })

  test.each(exceptions)('%s for %s is still excepted from something', (name, resources) => {
    expect(findings.some(({ rule, path }) => rule === name && resources.test(path))).toBe(true)
  })
})

test.each(Object.entries(stackOutputs))('%s says what the doctor asks it', (stack, names) => {
  for (const name of names) expect(deployed.outputs[`${stack}.${name}`], name).toBeDefined()
})
