/** Who is told when something is wrong, and the one page that shows how things are. */
import type { Stack } from 'aws-cdk-lib'
import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { type StackContext, use } from 'sst/constructs'
import { alarmsOf } from './alarms.ts'
import { Api } from './api.ts'
import { dashboardOf } from './dashboard.ts'
import { Engine } from './engine.ts'
import { Messaging } from './messaging.ts'
import { Storage } from './storage.ts'
import type { Settings } from './settings.ts'
import { settingsFor } from './told.ts'

export function Monitoring({ stack, app }: StackContext) {
  const settings = settingsFor(app)
  const watched = {
    ...use(Engine),
    ...use(Messaging),
    api: use(Api).fn,
    http: use(Api).http,
    table: use(Storage).table,
  }
  const topic = new Topic(stack, 'alarms', {
    displayName: `Premura ${app.stage}`,
    enforceSSL: true,
  })
  // A policy of one's own takes the place of the one through which alarms may speak.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  )
  if (settings.alarms.email !== false) topic.addSubscription(new EmailSubscription(settings.alarms.email))
  const action = new SnsAction(topic)

  const alarms = alarmsOf(watched, settings.alarms).map(({ id, what, ...condition }) => {
    const alarm = new cloudwatch.Alarm(stack, `alarm-${id}`, {
      alarmName: app.logicalPrefixedName(id),
      // The same name heads its page in docs/operations.md.
      alarmDescription: `${what} What to do: docs/operations.md, "${id}".`,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...condition,
    })
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
    return alarm
  })
  const dashboardName = app.logicalPrefixedName('care')
  dashboardOf(stack, dashboardName, watched, alarms)
  budget(stack, settings.alarms)

  stack.addOutputs({ DashboardName: dashboardName, AlarmTopicArn: topic.topicArn })
}

/** Of the whole account: costs are told apart by tags only after somebody has activated them for billing. */
function budget(stack: Stack, { monthlyBudgetUsd, email }: Settings['alarms']): void {
  const notice = (notificationType: string, threshold: number) => ({
    notification: {
      notificationType,
      comparisonOperator: 'GREATER_THAN',
      threshold,
      thresholdType: 'PERCENTAGE',
    },
    subscribers: [{ subscriptionType: 'EMAIL', address: String(email) }],
  })
  new CfnBudget(stack, 'budget', {
    // Without a name of its own: who is told can only be changed by replacing the budget.
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: monthlyBudgetUsd, unit: 'USD' },
    },
    ...(email !== false && {
      notificationsWithSubscribers: [notice('ACTUAL', 80), notice('FORECASTED', 100)],
    }),
  })
}
