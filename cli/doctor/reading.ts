/** Asks AWS, DNS and the API, and keeps what they said. Decides nothing. */
import type { GetAccountResponse, GetEmailIdentityResponse } from '@aws-sdk/client-sesv2'
import { type Dns, Unreachable } from '../command.ts'
import type { Caller, Quotas, Surface } from './account-checks.ts'
import { answer, given, named, part } from './asking.ts'
import { dmarcOf, lostRecords, spfOf } from './dns.ts'
import type { Reading } from './finding.ts'
import type { Intent } from './intent.ts'
import { type OutputName, outputOf, type Stack, stackIds, stackName, type Stacks } from './outputs.ts'
import type { ApiParts, Queues, TableParts } from './parts-checks.ts'
import { readApi, readQuotas, readQueues, readSecrets, readTable } from './reading-parts.ts'
import { readTexts } from './reading-texts.ts'
import { type ClientSettings, clientSettings, loadSdks, type Sdks } from './sdks.ts'
import { dkimRecords, domainOf, type Sender } from './sender-checks.ts'
import type { ConfigurationSet } from './ses-checks.ts'
import type { Texts } from './text-checks.ts'
import { troubleOf, unreachable, unread } from './trouble.ts'

export interface Asking {
  stage: string
  app: string
  /** As `--region` says. */
  region: string | undefined
  intent: Intent
  env: { [name: string]: string | undefined }
  dns: Dns
  fetch: typeof fetch
  now(): number
  /** What is being asked now. */
  progress(what: string): void
}

export interface Evidence {
  region: string
  surface: Surface
  stacks: Stacks
  ses: Reading<GetAccountResponse>
  configurationSet: ConfigurationSet
  sender: Sender
  texts: Texts
  quotas: Quotas
  queues: Queues
  table: TableParts
  api: ApiParts
}

/** @throws Unreachable when nothing of AWS can be asked */
export async function readEvidence(asking: Asking): Promise<Evidence> {
  const sdks = await loadSdks()
  asking.progress('who you are')
  const { region, surface } = await readSurface(sdks, asking)
  const settings = clientSettings(region)
  asking.progress('CloudFormation')
  const stacks = await readStacks(sdks, settings, asking)
  const output = (name: OutputName) => outputOf(name, stacks, asking.stage)

  const sesClient = new sdks.ses.SESv2Client(settings)
  asking.progress('SES')
  const ses = await answer('ses:GetAccount', () => sesClient.send(new sdks.ses.GetAccountCommand({})))
  const configurationSet = await readConfigurationSet(sdks, sesClient, output('ConfigurationSetName'))
  const identity = await readIdentity(sdks, sesClient, output('IdentityName'), asking.intent)
  asking.progress('DNS')
  const sender = { ...identity, ...(await readDns(identity, asking.dns)) }
  const { sms, whatsapp } = asking.intent.texts
  if (sms ?? whatsapp) asking.progress('SMS and WhatsApp')
  const texts = await readTexts(asking.intent, settings)
  asking.progress('quotas')
  const quotas = await readQuotas(sdks, settings, output('ScheduleGroupName'))
  asking.progress('queues, table and secrets')
  const [queues, table, secrets] = await Promise.all([
    readQueues(sdks, settings, output),
    readTable(sdks, settings, output('TableName')),
    readSecrets(sdks, settings, output),
  ])
  asking.progress('the API')
  const api = { ...(await readApi(output('ApiUrl'), asking)), ...secrets }
  return { region, surface, stacks, ses, configurationSet, sender, texts, quotas, queues, table, api }
}

async function readSurface(
  { sts }: Sdks,
  { region: wished, intent, env, now }: Asking,
): Promise<{ region: string; surface: Surface }> {
  const client = new sts.STSClient(clientSettings(wished ?? intent.region))
  const region = await client.config.region().catch(() => {
    throw new Unreachable(
      'No AWS Region is named.',
      'Name one: --region eu-west-1, or AWS_REGION, or region in the profile of AWS_PROFILE.',
    )
  })
  let skewMs: number | undefined
  client.middlewareStack.add(
    (next) => async (args) => {
      const askedAt = now()
      const result = await next(args)
      const date = dateOf(result.response)
      // The answer was written about half way.
      if (date !== undefined) skewMs = (askedAt + now()) / 2 - date
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'clockSkew' },
  )
  let caller: Reading<Caller>
  try {
    const { Account: account = 'unknown', Arn: arn = 'unknown' } = await client.send(
      new sts.GetCallerIdentityCommand({}),
    )
    caller = { kind: 'read', value: { account, arn } }
  } catch (error) {
    const trouble = troubleOf(error)
    const nothing = unreachable(trouble, { region, skewMs })
    if (nothing) throw nothing
    caller = unread('sts:GetCallerIdentity', trouble)
  }
  const regionFrom =
    wished !== undefined
      ? 'from --region'
      : intent.region !== undefined
        ? 'from premura.config.ts'
        : env.AWS_REGION
          ? 'from AWS_REGION'
          : 'from the AWS profile'
  return { region, surface: { regionFrom, endpoint: env.AWS_ENDPOINT_URL || undefined, caller, skewMs } }
}

/** The Date of an answer, in the shape that the SDK's HTTP handler has. */
function dateOf(response: unknown): number | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined
  const { headers } = response
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined
  const date = Date.parse(String(headers.date))
  return Number.isNaN(date) ? undefined : date
}

async function readStacks(
  { cloudformation }: Sdks,
  settings: ClientSettings,
  { stage, app }: Asking,
): Promise<Stacks> {
  const client = new cloudformation.CloudFormationClient(settings)
  const read = async (StackName: string): Promise<Reading<Stack>> =>
    part(
      await answer(
        'cloudformation:DescribeStacks',
        () => client.send(new cloudformation.DescribeStacksCommand({ StackName })),
        // There is no error of its own for this.
        ({ name, message }) => name === 'ValidationError' && message.includes('does not exist'),
      ),
      ({ Stacks }) => {
        const stack = Stacks?.[0]
        if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE') return undefined
        const told = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
          OutputKey,
          OutputValue,
        ])
        return { status: stack.StackStatus ?? 'UNKNOWN', outputs: Object.fromEntries(told) }
      },
    )
  return new Map(
    await Promise.all(stackIds.map(async (id) => [id, await read(stackName(stage, app, id))] as const)),
  )
}

type SesClient = InstanceType<Sdks['ses']['SESv2Client']>

async function readConfigurationSet(
  { ses }: Sdks,
  client: SesClient,
  name: Reading<string>,
): Promise<ConfigurationSet> {
  const missing = named('NotFoundException')
  const [set, destinations] = await Promise.all([
    given(name, (ConfigurationSetName) =>
      answer(
        'ses:GetConfigurationSet',
        () => client.send(new ses.GetConfigurationSetCommand({ ConfigurationSetName })),
        missing,
      ),
    ),
    given(name, (ConfigurationSetName) =>
      answer(
        'ses:GetConfigurationSetEventDestinations',
        () => client.send(new ses.GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName })),
        missing,
      ),
    ),
  ])
  return { name, set, destinations: part(destinations, ({ EventDestinations = [] }) => EventDestinations) }
}

type KnownIdentity = Pick<Sender, 'name' | 'identity' | 'toBeMade'>

async function readIdentity(
  { ses }: Sdks,
  client: SesClient,
  deployed: Reading<string>,
  intent: Intent,
): Promise<KnownIdentity> {
  const planned = deployed.kind === 'skipped' && intent.identity !== undefined
  const name: Reading<string> =
    planned && intent.identity !== undefined ? { kind: 'read', value: intent.identity } : deployed
  const identity = await given<GetEmailIdentityResponse>(name, (EmailIdentity) =>
    answer(
      'ses:GetEmailIdentity',
      () => client.send(new ses.GetEmailIdentityCommand({ EmailIdentity })),
      named('NotFoundException'),
    ),
  )
  return { name, identity, toBeMade: planned && !intent.existing }
}

async function readDns(
  { name, identity }: KnownIdentity,
  dns: Dns,
): Promise<Pick<Sender, 'spf' | 'dmarc' | 'missingDkim'>> {
  const mailFrom = part(identity, ({ MailFromAttributes }) => MailFromAttributes?.MailFromDomain || undefined)
  const [spf, dmarc, missingDkim] = await Promise.all([
    given(mailFrom, (domain) => spfOf(domain, dns)),
    given(name, (text) => dmarcOf(domainOf(text), dns)),
    given(name, async (text): Promise<Reading<string[]>> => {
      // What SES has found needs no second look.
      if (identity.kind !== 'read' || identity.value.DkimAttributes?.Status === 'SUCCESS')
        return { kind: 'absent' }
      return await lostRecords(dkimRecords(domainOf(text), identity.value), dns)
    }),
  ])
  return { spf, dmarc, missingDkim }
}
