/** What End User Messaging says about our SMS: a configuration set that hands every event to a topic, and the topic to us. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnConfigurationSet } from 'aws-cdk-lib/aws-smsvoice'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { StackContext } from 'sst/constructs'

export interface SmsReports {
  configurationSetName: string
  configurationSetArn: string
  tell(feedback: IFunction, deadLetterQueue: IQueue): void
}

/** By a topic, and not by EventBridge: the events on the bus do not say whose message it was. */
export function smsReportsOf({ stack, app }: StackContext): SmsReports {
  const configurationSetName = app.logicalPrefixedName('sms')
  const configurationSetArn = stack.formatArn({
    service: 'sms-voice',
    resource: 'configuration-set',
    resourceName: configurationSetName,
  })
  const topic = new Topic(stack, 'sms-reports', {
    topicName: app.logicalPrefixedName('sms-reports'),
    enforceSSL: true,
  })
  // https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-sns-creating-role.html
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('sms-voice.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': configurationSetArn },
      },
    }),
  )
  const set = new CfnConfigurationSet(stack, 'sms-configuration-set', {
    configurationSetName,
    eventDestinations: [
      {
        eventDestinationName: 'reports',
        enabled: true,
        matchingEventTypes: ['TEXT_ALL'],
        snsDestination: { topicArn: topic.topicArn },
      },
    ],
  })
  // The topic must let it publish before it is told to.
  set.node.addDependency(topic)
  return {
    configurationSetName,
    configurationSetArn,
    tell: (feedback, deadLetterQueue) =>
      void topic.addSubscription(new LambdaSubscription(feedback, { deadLetterQueue })),
  }
}
