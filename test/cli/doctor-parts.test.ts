import { describe, expect, test } from 'vitest'
import { attribute } from '../../aws/row.ts'
import { lasting, type Quotas, quotaChecks } from '../../cli/doctor/account-checks.ts'
import { fail, ok, type Scene, skipped, type Verdict, warn } from '../../cli/doctor/finding.ts'
import {
  type ApiParts,
  apiChecks,
  expiryAttribute,
  type QueueAttributes,
  queueChecks,
  type Queues,
  tableChecks,
  type TableParts,
} from '../../cli/doctor/parts-checks.ts'
import { troubleOf, unreachable, unread } from '../../cli/doctor/trouble.ts'
import { absent, dark, dev, prod, read, region, said } from './verdicts.ts'

const deploy = 'npx sst deploy --stage prod'

describe('quotas', () => {
  const quotas = (more: Partial<Quotas> = {}): Quotas => ({
    scheduler: read([]),
    lambda: read([]),
    group: read('ACTIVE'),
    groupName: read('timers'),
    ...more,
  })
  const scheduler = (name: string, value: number) =>
    quotas({ scheduler: read([{ name, code: 'L-9', value }]) })
  const raise = (value: number) =>
    `aws service-quotas request-service-quota-increase --service-code scheduler --quota-code L-9 --desired-value ${value} ${region}`

  test.each<[string, Quotas, Verdict]>([
    ['schedules-count', scheduler('Number of schedules', 1_000_000), ok('1,000,000 at a time')],
    [
      'schedules-count',
      scheduler('number of Schedules', 999_999),
      warn('999,999 at a time', raise(10_000_000)),
    ],
    [
      'schedules-count',
      scheduler('Something else', 5),
      skipped('Service Quotas knows no quota "Number of schedules" here'),
    ],
    ['schedules-count', quotas({ scheduler: dark }), warn('not known', 'again')],
    [
      'schedules-invocations',
      scheduler('Invocations throttle limit', 50),
      warn('50 a second: 100,000 journeys due at once take 33 minutes', raise(2_500)),
    ],
    ['schedules-create', scheduler('CreateSchedule request rate', 250), ok('250 a second')],
    [
      'lambda-concurrency',
      quotas({ lambda: read([{ name: 'Concurrent executions', code: 'L-1', value: 100 }]) }),
      ok('100 executions at a time in this account and Region'),
    ],
    ['schedule-group', quotas(), ok('active')],
    [
      'schedule-group',
      quotas({ group: read('DELETING') }),
      fail('deleting', `Wait until it is gone, then: ${deploy}`),
    ],
    ['schedule-group', quotas({ group: absent }), fail('there is no group timers', deploy)],
  ])('%s %j', (id, given, verdict) => {
    expect(said(quotaChecks(prod, given), id)).toEqual(verdict)
  })

  test.each([
    [0.01, '1 second'],
    [119, '119 seconds'],
    [120, '2 minutes'],
    [7_199, '120 minutes'],
    [7_200, '2 hours'],
    [200_000, '2 days'],
  ])('%s seconds are %s', (seconds, words) => {
    expect(lasting(seconds)).toBe(words)
  })
})

describe('queues', () => {
  const whole: QueueAttributes = {
    FifoQueue: 'true',
    FifoThroughputLimit: 'perMessageGroupId',
    DeduplicationScope: 'messageGroup',
    ContentBasedDeduplication: 'true',
    VisibilityTimeout: '180',
    RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:dead.fifo","maxReceiveCount":5}',
  }
  const queues = (more: Partial<Queues> = {}): Queues => ({
    url: read('https://q'),
    work: read(whole),
    dead: read({ ApproximateNumberOfMessages: '0', FifoQueue: 'true' }),
    timersDead: read({}),
    feedbackDead: read({}),
    ...more,
  })
  const work = (more: QueueAttributes) => queues({ work: read({ ...whole, ...more }) })
  const bare = queues({ work: read({}) })
  const set = (attributes: string) =>
    `aws sqs set-queue-attributes --queue-url https://q --attributes ${attributes} ${region}`
  const redrive = 'Look at one, mend the cause, then: SQS console → the queue → Start DLQ redrive'

  test.each<[string, Queues, Verdict]>([
    ['queue-fifo', bare, fail('not a FIFO queue', `${deploy} (a queue cannot become FIFO)`)],
    ['queue-fifo', queues({ work: absent }), fail('there is no such queue', deploy)],
    [
      'queue-throughput',
      bare,
      warn(
        'off (FifoThroughputLimit perQueue, DeduplicationScope queue)',
        set('DeduplicationScope=messageGroup,FifoThroughputLimit=perMessageGroupId'),
      ),
    ],
    [
      'queue-throughput',
      work({ DeduplicationScope: 'queue' }),
      warn(
        'off (FifoThroughputLimit perMessageGroupId, DeduplicationScope queue)',
        set('DeduplicationScope=messageGroup,FifoThroughputLimit=perMessageGroupId'),
      ),
    ],
    [
      'queue-deduplication',
      work({ ContentBasedDeduplication: 'false' }),
      fail('not by content: no timer can be delivered', set('ContentBasedDeduplication=true')),
    ],
    ['queue-redrive', queues(), ok('after 5 receipts to dead.fifo')],
    ['queue-redrive', bare, fail('no queue for dead letters', deploy)],
    [
      'queue-redrive',
      work({
        RedrivePolicy: '{"maxReceiveCount":"1","deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:dead.fifo"}',
      }),
      warn(
        'after 1 receipt to dead.fifo: a short outage is enough to get there',
        `${deploy} (maxReceiveCount is 5 there)`,
      ),
    ],
    ['queue-visibility', work({ VisibilityTimeout: '60' }), ok('60 seconds, enough for a worker of 10')],
    ['queue-visibility', bare, warn('30 seconds, enough for a worker of 5', set('VisibilityTimeout=360'))],
    ['dead-letters', queues(), ok('none')],
    [
      'dead-letters',
      queues({ dead: read({ ApproximateNumberOfMessages: '1' }) }),
      warn('1 lies there', redrive),
    ],
    [
      'timer-dead-letters',
      queues({ timersDead: read({ ApproximateNumberOfMessages: '1200' }) }),
      warn('1,200 lie there', redrive),
    ],
    [
      'timer-dead-letters',
      queues({ timersDead: read({ FifoQueue: 'true' }) }),
      fail('a FIFO queue, which EventBridge Scheduler cannot use for dead letters', deploy),
    ],
    ['feedback-dead-letters', queues({ feedbackDead: dark }), warn('not known', 'again')],
  ])('%s %j', (id, given, verdict) => {
    expect(said(queueChecks(prod, given), id)).toEqual(verdict)
  })
})

describe('the table', () => {
  const parts = (more: Partial<TableParts> = {}): TableParts => ({
    name: read('t'),
    table: read({ TableStatus: 'ACTIVE', DeletionProtectionEnabled: true }),
    recovery: read('ENABLED'),
    expiry: read({ TimeToLiveStatus: 'ENABLED', AttributeName: 'x' }),
    ...more,
  })
  const recover = `aws dynamodb update-continuous-backups --table-name t --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true ${region}`
  const expire = `aws dynamodb update-time-to-live --table-name t --time-to-live-specification Enabled=true,AttributeName=x ${region}`

  test.each<[string, TableParts, Verdict, Scene?]>([
    ['table', parts(), ok('t is active')],
    ['table', parts({ table: absent }), fail('there is no table t', deploy)],
    [
      'table',
      parts({ table: read({ TableStatus: 'DELETING' }) }),
      fail('t is deleting', 'DynamoDB console → Tables'),
    ],
    ['table-recovery', parts({ recovery: read('DISABLED') }), fail('point-in-time recovery is off', recover)],
    [
      'table-recovery',
      parts({ recovery: read('DISABLED') }),
      warn('point-in-time recovery is off', recover),
      dev,
    ],
    ['table-recovery', parts({ recovery: absent }), skipped('there is no table t')],
    ['table-expiry', parts({ expiry: read({}) }), fail('off', expire)],
    [
      'table-expiry',
      parts({ expiry: read({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' }) }),
      fail('on, by the attribute ttl instead of x', expire),
    ],
    [
      'table-expiry',
      parts({ expiry: read({ TimeToLiveStatus: 'DISABLING', AttributeName: 'x' }) }),
      warn('off', expire),
      dev,
    ],
    ['table-protection', parts(), ok('on')],
    [
      'table-protection',
      parts({ table: read({}) }),
      fail('off', `aws dynamodb update-table --table-name t --deletion-protection-enabled ${region}`),
    ],
    ['table-protection', parts({ table: read({}) }), ok('off, as it may be in anna'), dev],
  ])('%s %j', (id, given, verdict, scene = prod) => {
    expect(said(tableChecks(scene, given), id)).toEqual(verdict)
  })

  test('expires by the attribute that rows have', () => {
    expect(expiryAttribute).toBe(attribute.expires)
  })
})

describe('the API and the secrets', () => {
  const parts = (more: Partial<ApiParts> = {}): ApiParts => ({
    url: read('https://a.example'),
    health: read({ status: 200 }),
    key: read({ status: 200 }),
    linkSecretName: read('/link'),
    linkSecret: read({ Type: 'SecureString' }),
    adminKeyName: read('/admin'),
    adminKey: absent,
    ...more,
  })
  const logs =
    "Look into the log of the API's function: CloudWatch console → Log groups → /premura/prod-premura-api"

  test.each<[string, ApiParts, Verdict]>([
    [
      'api-health',
      parts({ health: read({ status: 503 }) }),
      fail('https://a.example/health answers 503', logs),
    ],
    [
      'api-health',
      parts({ health: read({ status: 0, error: 'ECONNREFUSED' }) }),
      fail('https://a.example does not answer: ECONNREFUSED', logs),
    ],
    [
      'admin-key',
      parts({ key: read({ status: 401 }) }),
      fail('the deployment does not know PREMURA_KEY', 'Is it the key of this stage, and not revoked?'),
    ],
    [
      'admin-key',
      parts({ key: read({ status: 403 }) }),
      warn('PREMURA_KEY works, but is no admin key', 'Use one with the scope admin to ask this.'),
    ],
    ['admin-key', parts({ key: read({ status: 500 }) }), fail('/v1/keys answers 500', logs)],
    ['admin-key', parts({ key: read({ status: 0, error: 'timeout' }) }), fail('no answer: timeout', logs)],
    ['link-secret', parts({ linkSecret: absent }), fail('there is no parameter /link', deploy)],
    [
      'link-secret',
      parts({ linkSecret: read({ Type: 'String' }) }),
      warn(
        '/link is a String, readable for whoever may read parameters',
        `Keep the value and store it encrypted: aws ssm put-parameter --name /link --type SecureString --overwrite --value … ${region}`,
      ),
    ],
    ['first-admin-key', parts(), ok('no longer in /admin')],
  ])('%s %j', (id, given, verdict) => {
    expect(said(apiChecks(prod, given), id)).toEqual(verdict)
  })
})

describe('trouble', () => {
  const trouble = (name: string, message = 'm', status?: number, code?: string) => ({
    name,
    message,
    status,
    code,
  })
  const where = { region: 'eu-west-1', skewMs: undefined }

  test('is read from whatever was thrown', () => {
    const error = Object.assign(new Error('slow down'), {
      name: 'Throttling',
      $metadata: { httpStatusCode: 429 },
    })
    expect(troubleOf(error)).toEqual({
      name: 'Throttling',
      message: 'slow down',
      status: 429,
      code: undefined,
    })
    expect(troubleOf(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))).toMatchObject({
      code: 'ENOTFOUND',
    })
    expect(troubleOf(Object.assign(new Error('x'), { code: 7, $metadata: 'odd' }))).toMatchObject({
      message: 'x',
    })
    expect(troubleOf('text')).toMatchObject({ name: 'Error', message: 'text' })
    expect(troubleOf(undefined)).toMatchObject({ message: 'undefined' })
  })

  test.each([
    [trouble('ExpiredTokenException', 'm', 403), 'The AWS credentials have expired.'],
    [trouble('CredentialsProviderError', 'The SSO session has expired'), 'The AWS credentials have expired.'],
    [
      trouble('CredentialsProviderError', 'no profile x'),
      'There are no AWS credentials to use: no profile x',
    ],
    [
      trouble('UnrecognizedClientException', 'm', 400),
      'AWS does not know these credentials (UnrecognizedClientException).',
    ],
    [
      trouble('Error', 'getaddrinfo ENOTFOUND sts', undefined, 'ENOTFOUND'),
      'AWS does not answer: getaddrinfo ENOTFOUND sts',
    ],
    [trouble('TimeoutError', ''), 'AWS does not answer: TimeoutError'],
  ])('%j ends the examination', (found, message) => {
    expect(unreachable(found, where)?.message).toBe(message)
  })

  test.each([
    trouble('Throttling', 'm', 400),
    trouble('AccessDenied', 'm', 403),
    trouble('InternalFailure', 'm', 500),
    trouble('TypeError'),
  ])('%j is no reason to give up', (found) => {
    expect(unreachable(found, where)).toBeUndefined()
  })

  test.each([
    [trouble('ThrottlingException', 'm', 400), 'not known: AWS throttled a:B'],
    [trouble('AccessDeniedException', 'm', 400), 'not known: these credentials may not call a:B'],
    [trouble('ExpiredTokenException', 'm', 400), 'not known: the AWS credentials expired meanwhile'],
    [trouble('Error', 'getaddrinfo', undefined, 'ENOTFOUND'), 'not known: a:B got no answer (getaddrinfo)'],
    [
      trouble('ValidationException', 'too long', 400),
      'not known: a:B answered ValidationException: too long',
    ],
  ])('%j leaves one question open', (found, seen) => {
    expect(unread('a:B', found)).toMatchObject({ kind: 'unread', seen })
  })
})
