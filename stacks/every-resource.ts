/** What holds for every resource of every stack: what goes with its stack, and that no log is left behind. */
import { Aspects, CfnResource, type IAspect, RemovalPolicy } from 'aws-cdk-lib'
import { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import type { IConstruct } from 'constructs'
import type { App } from 'sst/constructs'
import type { Settings } from './settings.ts'

export function ruleEveryResource(app: App, { production, logDays }: Settings): void {
  // A stage that is not production is removable without a trace; what production keeps is said where it is made.
  if (!production) app.setDefaultRemovalPolicy('destroy')
  Aspects.of(app).add(new OwnLogGroup(logDays))
}

/**
 * Lambda makes a log group by itself for a function that has none, which then keeps everything for ever and outlives its
 * stack. Ours have one; the functions of SST's and CDK's custom resources get theirs here.
 */
class OwnLogGroup implements IAspect {
  readonly #days: number

  constructor(days: number) {
    this.#days = days
  }

  visit(node: IConstruct): void {
    // By their types and not their classes: CDK's own providers are plain resources.
    if (!(node instanceof CfnResource)) return
    if (node.cfnResourceType === 'AWS::IAM::Role') forbidNewGroups(node)
    if (node.cfnResourceType === 'AWS::Lambda::Function') this.#giveGroup(node)
  }

  #giveGroup(node: CfnResource): void {
    if (node instanceof CfnFunction && node.loggingConfig !== undefined) return
    // Without a name: one that came back by itself must not stand in the way of the next deployment.
    const logs = new CfnLogGroup(node, 'OwnLogGroup', { retentionInDays: this.#days })
    logs.applyRemovalPolicy(RemovalPolicy.DESTROY)
    node.addPropertyOverride('LoggingConfig.LogGroup', logs.ref)
  }
}

/** What a function writes while its stack goes would make its log group anew, and for ever. */
function forbidNewGroups(role: CfnResource): void {
  role.addPropertyOverride('Policies', [
    {
      PolicyName: 'no-new-log-groups',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'logs:CreateLogGroup', Resource: '*' }],
      },
    },
  ])
}
