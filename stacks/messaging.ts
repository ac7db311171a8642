/** What carries: the queues with their dead letters, and SES with what it reports. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { EventBus } from 'aws-cdk-lib/aws-events'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CnameRecord, HostedZone, MxRecord, TxtRecord } from 'aws-cdk-lib/aws-route53'
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import * as ses from 'aws-cdk-lib/aws-ses'
import { DeduplicationScope, FifoThroughputLimit, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Queue, type Stack, type StackContext } from 'sst/constructs'
import { mayUse } from './function.ts'
import type { Settings } from './settings.ts'
import { settingsFor } from './told.ts'

/** Receives of a message before it is a dead letter. The worker counts them, too: `LAST_TRY`. */
const maxReceiveCount = 5

/** Encrypted, over TLS only, and kept for as long as SQS can. */
export const secure = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
}

/** SEND settles the mails that a crash left in doubt; the others protect addresses and reputation. */
const always = [
  ses.EmailSendingEvent.SEND,
  ses.EmailSendingEvent.REJECT,
  ses.EmailSendingEvent.BOUNCE,
  ses.EmailSendingEvent.COMPLAINT,
  ses.EmailSendingEvent.RENDERING_FAILURE,
]
const tracked = {
  delivery: ses.EmailSendingEvent.DELIVERY,
  open: ses.EmailSendingEvent.OPEN,
  click: ses.EmailSendingEvent.CLICK,
}

export function Messaging({ stack, app }: StackContext) {
  const settings = settingsFor(app)
  // High throughput: 300 messages a second for each customer instead of for all.
  const fifo = {
    ...secure,
    fifo: true,
    contentBasedDeduplication: true,
    deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
    fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
  }

  const deadLetters = new Queue(stack, 'dead-letters', { cdk: { queue: fifo } })
  const work = new Queue(stack, 'work', {
    cdk: {
      queue: {
        ...fifo,
        // Six times the worker's time-out, as AWS asks for: throttled receives must not count as tries.
        visibilityTimeout: Duration.seconds(6 * settings.worker.timeoutSeconds),
        deadLetterQueue: { queue: deadLetters.cdk.queue, maxReceiveCount },
      },
    },
  })
  // Scheduler hands what it could not deliver to standard queues only.
  const timersDead = new Queue(stack, 'timers-dead', { cdk: { queue: secure } })

  const identity = identityOf(stack, settings)
  const configurationSet = new ses.ConfigurationSet(stack, 'configuration-set', {
    configurationSetName: app.logicalPrefixedName('mail'),
    suppressionReasons: ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    reputationMetrics: true,
    tlsPolicy: ses.ConfigurationSetTlsPolicy.REQUIRE,
  })
  configurationSet.addEventDestination('reports', {
    configurationSetEventDestinationName: 'eventbridge',
    // SES speaks to the default bus only.
    destination: ses.EventDestination.eventBus(EventBus.fromEventBusName(stack, 'default-bus', 'default')),
    events: [...always, ...settings.mail.track.map((one) => tracked[one])],
  })

  stack.addOutputs({
    QueueUrl: work.queueUrl,
    DeadLetterQueueUrl: deadLetters.queueUrl,
    TimersDeadLetterQueueUrl: timersDead.queueUrl,
    ConfigurationSetName: configurationSet.configurationSetName,
    IdentityName: settings.mail.identity,
  })
  const maySendAs = [
    identity.emailIdentityArn,
    ...settings.mail.sandboxRecipients.map(
      (one) => ses.EmailIdentity.fromEmailIdentityName(stack, `to-${one}`, one).emailIdentityArn,
    ),
  ]
  const timers = timersOf({ stack, app }, work.queueArn, timersDead.queueArn)
  return { work, deadLetters, timersDead, timers, maySendAs, configurationSet }
}

function identityOf(stack: Stack, { production, mail }: Settings): ses.IEmailIdentity {
  if (mail.existing) return ses.EmailIdentity.fromEmailIdentityName(stack, 'identity', mail.identity)
  const address = mail.identity.includes('@')
  const mailFromDomain = `${mail.mailFrom}.${mail.identity}`
  const identity = new ses.EmailIdentity(stack, 'identity', {
    identity: address ? ses.Identity.email(mail.identity) : ses.Identity.domain(mail.identity),
    ...(!address && {
      mailFromDomain,
      dkimIdentity: ses.DkimIdentity.easyDkim(ses.EasyDkimSigningKeyLength.RSA_2048_BIT),
    }),
  })
  identity.applyRemovalPolicy(production ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY)
  if (address || !mail.hostedZone) return identity

  const { id, name } = mail.hostedZone
  const zone = HostedZone.fromHostedZoneAttributes(stack, 'mail-zone', { hostedZoneId: id, zoneName: name })
  for (const [index, record] of identity.dkimRecords.entries())
    new CnameRecord(stack, `dkim-${index}`, { zone, recordName: `${record.name}.`, domainName: record.value })
  // https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
  const bounces = `${mailFromDomain}.`
  const hostName = `feedback-smtp.${stack.region}.amazonses.com`
  new MxRecord(stack, 'mail-from', { zone, recordName: bounces, values: [{ priority: 10, hostName }] })
  new TxtRecord(stack, 'spf', { zone, recordName: bounces, values: ['v=spf1 include:amazonses.com ~all'] })
  return identity
}

/** The group that holds the wake-ups, the role with which Scheduler sends them, and what arms them. */
function timersOf({ stack, app }: StackContext, queueArn: string, deadArn: string) {
  const group = new CfnScheduleGroup(stack, 'timers', { name: app.logicalPrefixedName('timers') })
  const named = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'scheduler', resource, resourceName })
  const groupName = group.ref
  const role = new Role(stack, 'timers-role', {
    description: 'With it Scheduler puts wake-ups into the work queue',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // Not for schedules of somebody else: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      conditions: {
        StringEquals: {
          'aws:SourceAccount': stack.account,
          'aws:SourceArn': named('schedule-group', groupName),
        },
      },
    }),
  })
  role.addToPolicy(mayUse(['sqs:SendMessage'], [queueArn, deadArn]))
  return {
    environment: {
      PREMURA_QUEUE_ARN: queueArn,
      PREMURA_DLQ_ARN: deadArn,
      PREMURA_SCHEDULE_GROUP: groupName,
      PREMURA_SCHEDULE_ROLE_ARN: role.roleArn,
    },
    rights: [
      mayUse(['scheduler:CreateSchedule'], [named('schedule', `${groupName}/*`)]),
      mayUse(['iam:PassRole'], [role.roleArn], {
        StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      }),
    ],
  }
}
