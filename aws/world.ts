/** What a function on AWS is given of the world: a part for each port, so that a bundle carries the clients that it calls. */
import { randomUUID } from 'node:crypto'
import type { Clock, Ids, Log, Pace, RuntimeConfig, World } from '../runtime/ports.ts'
import {
  type ClientOptions,
  dynamodbClient,
  schedulerClient,
  sesClient,
  sqsClient,
  ssmClient,
} from './clients.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createTable } from './dynamodb.ts'
import type { Environment } from './env.ts'
import { createTimers } from './scheduler.ts'
import { readLinkSecrets } from './secrets.ts'
import { createMailAccount, createSender } from './ses.ts'
import { createQueue } from './sqs.ts'
import { createWebhooks } from './webhooks.ts'
import { createTokens } from './tokens.ts'

/** What there is without asking AWS for anything. */
export interface Basics {
  clock: Clock
  ids: Ids
  log: Log
  clients?: ClientOptions
}

type Given = Partial<Omit<World, 'config'>> & { config?: Partial<RuntimeConfig> }

/** Makes one part of the world from the variables that it needs. */
export type Part<Needs extends keyof Environment> = (
  environment: Pick<Environment, Needs>,
  basics: Basics,
) => Given | Promise<Given>

export const withTable: Part<'PREMURA_TABLE'> = ({ PREMURA_TABLE }, { clients, clock }) => ({
  table: createTable({ client: dynamodbClient(clients), table: PREMURA_TABLE, now: () => clock.now() }),
})

export const withQueue: Part<'PREMURA_QUEUE_URL'> = ({ PREMURA_QUEUE_URL }, { clients }) => ({
  queue: createQueue({ client: sqsClient(clients), queueUrl: PREMURA_QUEUE_URL }),
})

export const withDeadLetters: Part<'PREMURA_DEAD_LETTERS_URL' | 'PREMURA_TIMERS_DEAD_URL'> = (
  { PREMURA_DEAD_LETTERS_URL, PREMURA_TIMERS_DEAD_URL },
  { clients },
) => {
  const client = sqsClient(clients)
  return {
    deadLetters: {
      work: createDeadLetters({ client, queueUrl: PREMURA_DEAD_LETTERS_URL }),
      timers: createDeadLetters({ client, queueUrl: PREMURA_TIMERS_DEAD_URL }),
    },
  }
}

export const withTimers: Part<
  'PREMURA_SCHEDULE_GROUP' | 'PREMURA_SCHEDULE_ROLE_ARN' | 'PREMURA_QUEUE_ARN' | 'PREMURA_DLQ_ARN'
> = (environment, { clients, clock }) => ({
  timers: createTimers({
    client: schedulerClient(clients),
    group: environment.PREMURA_SCHEDULE_GROUP,
    queueArn: environment.PREMURA_QUEUE_ARN,
    roleArn: environment.PREMURA_SCHEDULE_ROLE_ARN,
    deadLetterArn: environment.PREMURA_DLQ_ARN,
    now: () => clock.now(),
  }),
})

export const withSender: Part<'PREMURA_CONFIGURATION_SET'> = (environment, { clients }) => ({
  sender: createSender({
    client: sesClient(clients),
    configurationSet: environment.PREMURA_CONFIGURATION_SET,
  }),
})

/** A channel of which nothing is said is not set up; its client is not even loaded. */
export const withTexts: Part<
  'PREMURA_SMS_ORIGINATION' | 'PREMURA_SMS_CONFIGURATION_SET' | 'PREMURA_WHATSAPP_NUMBER_ID'
> = async (
  {
    PREMURA_SMS_ORIGINATION: origination,
    PREMURA_SMS_CONFIGURATION_SET: configurationSet,
    PREMURA_WHATSAPP_NUMBER_ID: phoneNumberId,
  },
  { clients },
) => {
  if (origination === undefined && phoneNumberId === undefined) return {}
  const { createTexter, createSms, createWhatsApp, smsClient, whatsAppClient } = await import('./texts.ts')
  return {
    texter: createTexter({
      ...(origination !== undefined && {
        sms: createSms({ client: smsClient(clients), origination, configurationSet }),
      }),
      ...(phoneNumberId !== undefined && {
        whatsapp: createWhatsApp({ client: whatsAppClient(clients), phoneNumberId }),
      }),
    }),
  }
}

export const withMailAccount: Part<never> = (_, { clients }) => ({
  mailAccount: createMailAccount(sesClient(clients)),
})

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export const withMailPace: Part<'PREMURA_MAIL_SHARES'> = ({ PREMURA_MAIL_SHARES }, { clients }) => ({
  mailPace: { account: createMailAccount(sesClient(clients)), shares: PREMURA_MAIL_SHARES, sleep },
})

/** The rates of texts are told and not asked for: what AWS shows of them is by country and by kind of number. */
export const withTextPace: Part<
  'PREMURA_MAIL_SHARES' | 'PREMURA_SMS_PARTS_PER_SECOND' | 'PREMURA_WHATSAPP_PER_SECOND'
> = ({
  PREMURA_MAIL_SHARES: shares,
  PREMURA_SMS_PARTS_PER_SECOND: parts,
  PREMURA_WHATSAPP_PER_SECOND: messages,
}) => {
  const of = (perSecond: number): Pace => ({
    account: { quota: async () => ({ perSecond, sentInLastDay: 0 }) },
    shares,
    sleep,
  })
  return {
    textPace: {
      ...(parts !== undefined && { sms: of(parts) }),
      ...(messages !== undefined && { whatsapp: of(messages) }),
    },
  }
}

export const withWebhooks: Part<never> = () => ({ webhooks: createWebhooks({ allowLoopback: false }) })

export const withTokens: Part<'PREMURA_TOKEN_ISSUER' | 'PREMURA_TOKEN_CLIENT'> = (environment) => ({
  tokens: createTokens({
    issuer: environment.PREMURA_TOKEN_ISSUER,
    clientId: environment.PREMURA_TOKEN_CLIENT,
  }),
})

export const withRequestRate: Part<'PREMURA_REQUESTS_PER_SECOND'> = (environment) => ({
  config: { requestsPerSecond: environment.PREMURA_REQUESTS_PER_SECOND },
})

/** Signs and believes links; the only part that reads a secret. */
export const withLinks: Part<'PREMURA_PUBLIC_URL' | 'PREMURA_LINK_SECRET_PARAMETER'> = async (
  environment,
  { clients },
) => ({
  config: {
    publicUrl: environment.PREMURA_PUBLIC_URL,
    ...(await readLinkSecrets(ssmClient(clients), environment.PREMURA_LINK_SECRET_PARAMETER)),
  },
})

export const withClaims: Part<'PREMURA_CLAIM_LEASE_MS'> = (environment) => ({
  config: { claimLeaseMs: environment.PREMURA_CLAIM_LEASE_MS },
})

export const withDoubts: Part<'PREMURA_IN_DOUBT_GRACE_MS'> = (environment) => ({
  config: { inDoubtGraceMs: environment.PREMURA_IN_DOUBT_GRACE_MS },
})

/**
 * Puts the parts together. Call once per execution environment: the clients keep their connections, and `owner` names
 * this one. A port or setting that no part gave throws when it is reached for: the function has no rights to it either.
 *
 * @throws {Error} when a secret cannot be read
 */
export async function createWorld<Needs extends keyof Environment>(
  environment: Pick<Environment, Needs>,
  basics: Basics,
  parts: readonly Part<Needs>[],
): Promise<World> {
  const given = await Promise.all(parts.map(async (part) => await part(environment, basics)))
  const ports: Given = Object.assign({}, ...given)
  const config: Partial<RuntimeConfig> = Object.assign({}, ...given.map((one) => one.config))
  const owner = randomUUID()
  const { clock, ids, log } = basics
  return {
    clock,
    ids,
    log,
    get table() {
      return ports.table ?? absent('table')
    },
    get queue() {
      return ports.queue ?? absent('queue')
    },
    get timers() {
      return ports.timers ?? absent('timers')
    },
    get sender() {
      return ports.sender ?? absent('sender')
    },
    get webhooks() {
      return ports.webhooks ?? absent('webhooks')
    },
    ...(ports.texter && { texter: ports.texter }),
    ...(ports.deadLetters && { deadLetters: ports.deadLetters }),
    ...(ports.mailPace && { mailPace: ports.mailPace }),
    ...(ports.textPace && { textPace: ports.textPace }),
    ...(ports.mailAccount && { mailAccount: ports.mailAccount }),
    ...(ports.tokens && { tokens: ports.tokens }),
    config: {
      get publicUrl() {
        return config.publicUrl ?? absent('publicUrl')
      },
      get linkSecret() {
        return config.linkSecret ?? absent('linkSecret')
      },
      ...(config.formerLinkSecrets && { formerLinkSecrets: config.formerLinkSecrets }),
      get claimLeaseMs() {
        return config.claimLeaseMs ?? absent('claimLeaseMs')
      },
      get inDoubtGraceMs() {
        return config.inDoubtGraceMs ?? absent('inDoubtGraceMs')
      },
      ...(config.requestsPerSecond !== undefined && { requestsPerSecond: config.requestsPerSecond }),
      owner,
      soleOwner: false,
    },
  }
}

function absent(name: string): never {
  throw new Error(
    `this function was not given "${name}": add its part where the handler is made, and its rights`,
  )
}
