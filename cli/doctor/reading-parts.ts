/** Reads the parts of a deployment: quotas, queues, table, secrets and the API. */
import type { ListServiceQuotasResponse } from '@aws-sdk/client-service-quotas'
import { travelsInTheOpen } from '../deployment.ts'
import type { Quota, Quotas } from './account-checks.ts'
import { answer, given, named, part } from './asking.ts'
import type { Reading } from './finding.ts'
import type { OutputName } from './outputs.ts'
import type { ApiParts, HttpAnswer, Queues, TableParts } from './parts-checks.ts'
import type { ClientSettings, Sdks } from './sdks.ts'
import { troubleOf } from './trouble.ts'

type Outputs = (name: OutputName) => Reading<string>
type Page = Pick<ListServiceQuotasResponse, 'Quotas' | 'NextToken'>

/** More pages of quotas than any service has. */
const mostPages = 20

/** Quotas of what Premura leans on, and the group of its timers. */
export async function readQuotas(
  { quotas: sdk, scheduler }: Sdks,
  settings: ClientSettings,
  groupName: Reading<string>,
): Promise<Quotas> {
  const client = new sdk.ServiceQuotasClient(settings)
  const all = async (ask: (token: { NextToken?: string }) => Promise<Page>): Promise<Quota[]> => {
    const found: Quota[] = []
    let token: string | undefined
    for (let page = 0; page < mostPages; page++) {
      const { Quotas: list = [], NextToken } = await ask(token === undefined ? {} : { NextToken: token })
      for (const { QuotaName: name, QuotaCode: code, Value: value } of list)
        if (name !== undefined && code !== undefined && value !== undefined) found.push({ name, code, value })
      if (NextToken === undefined) break
      token = NextToken
    }
    return found
  }
  /** Applied values stand before defaults; a quota that nobody ever raised may have a default only. */
  const of = async (ServiceCode: string): Promise<Reading<Quota[]>> => {
    const applied = await answer('servicequotas:ListServiceQuotas', () =>
      all((token) => client.send(new sdk.ListServiceQuotasCommand({ ServiceCode, ...token }))),
    )
    if (applied.kind !== 'read') return applied
    const defaults = await answer('servicequotas:ListAWSDefaultServiceQuotas', () =>
      all((token) => client.send(new sdk.ListAWSDefaultServiceQuotasCommand({ ServiceCode, ...token }))),
    )
    return { kind: 'read', value: [...applied.value, ...(defaults.kind === 'read' ? defaults.value : [])] }
  }
  const timers = new scheduler.SchedulerClient(settings)
  const [schedulerQuotas, lambda, group] = await Promise.all([
    of('scheduler'),
    of('lambda'),
    given(groupName, (Name) =>
      answer(
        'scheduler:GetScheduleGroup',
        () => timers.send(new scheduler.GetScheduleGroupCommand({ Name })),
        named('ResourceNotFoundException'),
      ),
    ),
  ])
  return {
    scheduler: schedulerQuotas,
    lambda,
    groupName,
    group: part(group, ({ State }) => State ?? 'UNKNOWN'),
  }
}

export async function readQueues({ sqs }: Sdks, settings: ClientSettings, output: Outputs): Promise<Queues> {
  // The URL of a queue is its name only: who is asked is decided by Region and AWS_ENDPOINT_URL, as for all others.
  const client = new sqs.SQSClient({ ...settings, useQueueUrlAsEndpoint: false })
  const attributes = (url: Reading<string>) =>
    given(url, async (QueueUrl) =>
      part(
        await answer(
          'sqs:GetQueueAttributes',
          () => client.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })),
          named('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'),
        ),
        ({ Attributes = {} }) => Object.fromEntries(Object.entries(Attributes)),
      ),
    )
  const url = output('QueueUrl')
  const [work, dead, timersDead, feedbackDead] = await Promise.all([
    attributes(url),
    attributes(output('DeadLetterQueueUrl')),
    attributes(output('TimersDeadLetterQueueUrl')),
    attributes(output('FeedbackDeadLetterQueueUrl')),
  ])
  return { url, work, dead, timersDead, feedbackDead }
}

export async function readTable(
  { dynamodb }: Sdks,
  settings: ClientSettings,
  name: Reading<string>,
): Promise<TableParts> {
  const client = new dynamodb.DynamoDBClient(settings)
  const missing = named('ResourceNotFoundException', 'TableNotFoundException')
  const [table, backups, expiry] = await Promise.all([
    given(name, (TableName) =>
      answer(
        'dynamodb:DescribeTable',
        () => client.send(new dynamodb.DescribeTableCommand({ TableName })),
        missing,
      ),
    ),
    given(name, (TableName) =>
      answer(
        'dynamodb:DescribeContinuousBackups',
        () => client.send(new dynamodb.DescribeContinuousBackupsCommand({ TableName })),
        missing,
      ),
    ),
    given(name, (TableName) =>
      answer(
        'dynamodb:DescribeTimeToLive',
        () => client.send(new dynamodb.DescribeTimeToLiveCommand({ TableName })),
        missing,
      ),
    ),
  ])
  return {
    name,
    table: part(table, ({ Table }) => Table),
    recovery: part(
      backups,
      ({ ContinuousBackupsDescription: found }) =>
        found?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus ?? 'DISABLED',
    ),
    expiry: part(expiry, ({ TimeToLiveDescription }) => TimeToLiveDescription ?? {}),
  }
}

type Secrets = Pick<ApiParts, 'linkSecretName' | 'linkSecret' | 'adminKeyName' | 'adminKey'>

/** What is known about the parameters. Their values are never asked for. */
export async function readSecrets(
  { ssm }: Sdks,
  settings: ClientSettings,
  output: Outputs,
): Promise<Secrets> {
  const client = new ssm.SSMClient(settings)
  const described = (name: Reading<string>) =>
    given(name, async (text) =>
      part(
        await answer('ssm:DescribeParameters', () =>
          client.send(
            new ssm.DescribeParametersCommand({
              ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [text] }],
            }),
          ),
        ),
        ({ Parameters = [] }) => Parameters.find(({ Name }) => Name === text),
      ),
    )
  const linkSecretName = output('LinkSecretParameter')
  const adminKeyName = output('AdminKeyParameter')
  const [linkSecret, adminKey] = await Promise.all([described(linkSecretName), described(adminKeyName)])
  return { linkSecretName, linkSecret, adminKeyName, adminKey }
}

const patienceMs = 10_000

export async function readApi(
  url: Reading<string>,
  { fetch, env }: { fetch: typeof globalThis.fetch; env: { [name: string]: string | undefined } },
): Promise<Pick<ApiParts, 'url' | 'health' | 'key'>> {
  const secret = env.PREMURA_KEY
  const ask = async (
    address: string,
    headers: { [name: string]: string } = {},
  ): Promise<Reading<HttpAnswer>> => {
    try {
      // A redirect would carry the key to somewhere that nobody named.
      const { status } = await fetch(address, {
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
      })
      return { kind: 'read', value: { status } }
    } catch (error) {
      const { message } = troubleOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
      return { kind: 'read', value: { status: 0, error: message || 'no answer' } }
    }
  }
  const base = part(url, (text) => text.replace(/\/+$/, ''))
  return {
    url: base,
    health: await given(base, (text) => ask(`${text}/health`)),
    key: await given(base, async (text): Promise<Reading<HttpAnswer>> => {
      if (!secret) return { kind: 'skipped', seen: 'PREMURA_KEY is not set' }
      if (travelsInTheOpen(text)) return { kind: 'skipped', seen: 'not sent: the API is not behind https' }
      return await ask(`${text}/v1/keys`, { authorization: `Bearer ${secret}` })
    }),
  }
}
