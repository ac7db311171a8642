/** What moves journeys: the worker, the timers that wake it, the tick of the dates, the daily round, and SES's reports. */
import { Duration } from 'aws-cdk-lib'
import { EventBus, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { Cron, Queue, type StackContext, use } from 'sst/constructs'
import { Api } from './api.ts'
import { dynamodb, functionOf, mayUse } from './function.ts'
import { Messaging, secure } from './messaging.ts'
import { Secrets } from './secrets.ts'
import { type SmsReports, smsReportsOf } from './sms-reports.ts'
import { Storage } from './storage.ts'
import type { Settings } from './settings.ts'
import { settingsFor } from './told.ts'

export function Engine({ stack, app }: StackContext) {
  const settings = settingsFor(app)
  const { table } = use(Storage)
  const { linkSecret } = use(Secrets)
  const { work, deadLetters, timersDead, timers, maySendAs, configurationSet } = use(Messaging)
  const { publicUrl } = use(Api)

  const claimLeaseMs = String(2 * settings.worker.timeoutSeconds * 1000)

  const { sms } = settings.texts
  const smsReports = sms && smsReportsOf({ stack, app })
  const texts = textsOf(settings.texts, smsReports)
  const worker = functionOf(app, stack, 'worker', {
    description: 'Handles the work queue: events, wake-ups, reports; sends the mails',
    environment: {
      PREMURA_TABLE: table.tableName,
      PREMURA_QUEUE_URL: work.queueUrl,
      ...timers.environment,
      PREMURA_CONFIGURATION_SET: configurationSet.configurationSetName,
      PREMURA_PUBLIC_URL: publicUrl,
      PREMURA_LINK_SECRET_PARAMETER: linkSecret.name,
      PREMURA_CLAIM_LEASE_MS: claimLeaseMs,
      PREMURA_IN_DOUBT_GRACE_MS: String(settings.mail.inDoubtMinutes * 60_000),
      PREMURA_MAIL_SHARES: String(settings.worker.concurrency),
      ...texts.environment,
    },
    rights: [
      mayUse(dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan'), [table.tableArn]),
      mayUse(['sqs:SendMessage'], [work.queueArn]),
      ...timers.rights,
      mayUse(
        ['ses:SendEmail'],
        [
          ...maySendAs,
          stack.formatArn({
            service: 'ses',
            resource: 'configuration-set',
            resourceName: configurationSet.configurationSetName,
          }),
        ],
      ),
      // SES has no narrower resource for the account's own rate and quota.
      mayUse(['ses:GetAccount'], ['*']),
      mayUse(['ssm:GetParameter'], [linkSecret.arn]),
      ...texts.rights,
    ],
    memoryMb: settings.worker.memoryMb,
    callsItself: true,
    timeoutSeconds: settings.worker.timeoutSeconds,
  })
  worker.addEventSource(
    new SqsEventSource(work.cdk.queue, {
      batchSize: 10,
      maxConcurrency: settings.worker.concurrency,
      reportBatchItemFailures: true,
    }),
  )

  const tick = functionOf(app, stack, 'tick', {
    description: 'Every quarter of an hour: whose dates have come, and what lies among the dead letters',
    environment: {
      PREMURA_TABLE: table.tableName,
      PREMURA_QUEUE_URL: work.queueUrl,
      PREMURA_DEAD_LETTERS_URL: deadLetters.queueUrl,
      PREMURA_TIMERS_DEAD_URL: timersDead.queueUrl,
    },
    rights: [
      mayUse(dynamodb('GetItem', 'Query', 'PutItem', 'DeleteItem'), [table.tableArn]),
      mayUse(['sqs:SendMessage'], [work.queueArn]),
      mayUse(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [deadLetters.queueArn, timersDead.queueArn]),
      // SES has no narrower resource for the account's own quota.
      mayUse(['ses:GetAccount'], ['*']),
    ],
    memoryMb: 512,
    timeoutSeconds: 300,
  })
  new Cron(stack, 'every-quarter', { schedule: 'cron(0/15 * * * ? *)', job: { function: tick } })

  const sweep = functionOf(app, stack, 'sweep', {
    description: 'Every night: what is overdue, what lost its timer, and the figures counted again',
    environment: {
      PREMURA_TABLE: table.tableName,
      PREMURA_QUEUE_URL: work.queueUrl,
      ...timers.environment,
      PREMURA_CLAIM_LEASE_MS: claimLeaseMs,
    },
    rights: [
      mayUse(dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan'), [table.tableArn]),
      mayUse(['sqs:SendMessage'], [work.queueArn]),
      ...timers.rights,
    ],
    memoryMb: 1_024,
    timeoutSeconds: 900,
  })
  new Cron(stack, 'every-night', { schedule: 'cron(10 2 * * ? *)', job: { function: sweep } })

  // Beside the rule and the topic that fill it: the queue's policy names the rule.
  const feedbackDead = new Queue(stack, 'feedback-dead', { cdk: { queue: secure } })
  const feedback = functionOf(app, stack, 'feedback', {
    description: 'What SES and End User Messaging report about our messages, into the customer’s queue',
    environment: { PREMURA_TABLE: table.tableName, PREMURA_QUEUE_URL: work.queueUrl },
    rights: [mayUse(dynamodb('GetItem'), [table.tableArn]), mayUse(['sqs:SendMessage'], [work.queueArn])],
    memoryMb: 256,
    timeoutSeconds: 30,
    onFailure: new SqsDestination(feedbackDead.cdk.queue),
  })
  new Rule(stack, 'reports', {
    description: 'What SES reports about mails of this deployment',
    eventBus: EventBus.fromEventBusName(stack, 'default-bus', 'default'),
    eventPattern: {
      source: ['aws.ses'],
      detail: { mail: { tags: { 'ses:configuration-set': [configurationSet.configurationSetName] } } },
    },
    targets: [
      new LambdaFunction(feedback, {
        deadLetterQueue: feedbackDead.cdk.queue,
        retryAttempts: 20,
        maxEventAge: Duration.hours(24),
      }),
    ],
  })

  smsReports?.tell(feedback, feedbackDead.cdk.queue)

  stack.addOutputs({
    ScheduleGroupName: timers.environment.PREMURA_SCHEDULE_GROUP,
    FeedbackDeadLetterQueueUrl: feedbackDead.queueUrl,
  })
  return { worker, tick, sweep, feedback, feedbackDead }
}

/** Who may send texts, where somebody may; without a setting there are neither variables nor rights. */
function textsOf({ sms, whatsapp }: Settings['texts'], reports: SmsReports | undefined) {
  const number = whatsapp?.phoneNumberIdArn
  return {
    environment: {
      ...(sms && {
        PREMURA_SMS_ORIGINATION: sms.originationIdentityArn,
        PREMURA_SMS_PARTS_PER_SECOND: String(sms.partsPerSecond),
        ...(reports && { PREMURA_SMS_CONFIGURATION_SET: reports.configurationSetName }),
      }),
      // The call takes the id that the ARN ends with.
      ...(whatsapp && {
        PREMURA_WHATSAPP_NUMBER_ID: idOf(whatsapp.phoneNumberIdArn),
        PREMURA_WHATSAPP_PER_SECOND: String(whatsapp.perSecond),
      }),
    },
    rights: [
      ...(sms
        ? [
            mayUse(
              ['sms-voice:SendTextMessage'],
              [sms.originationIdentityArn, ...(reports ? [reports.configurationSetArn] : [])],
            ),
          ]
        : []),
      ...(number === undefined ? [] : [mayUse(['social-messaging:SendWhatsAppMessage'], [number])]),
    ],
  }
}

/** `…:phone-number-id/0123` and `…:phone-number-id/phone-number-id-0123` both name `phone-number-id-0123`. */
const idOf = (arn: string): string => {
  const last = arn.slice(arn.lastIndexOf('/') + 1)
  return last.startsWith('phone-number-id-') ? last : `phone-number-id-${last}`
}
