/** CDK's rule pack "AWS Solutions" over a deployment, and what we do otherwise, with the reason. */
import { Aspects } from 'aws-cdk-lib'
import { AwsSolutionsChecks, type INagLogger } from 'cdk-nag'
import type { App } from 'sst/constructs'

/** Rule, the resources that are excepted, and why. */
export const exceptions: [rule: string, resources: RegExp, why: string][] = [
  [
    'IAM4',
    /\/(?:CustomResourceHandler|ScriptHandler)\/ServiceRole\//,
    'SST’s own functions for custom resources, which run while somebody deploys and hold no rights to data',
  ],
  [
    'L1',
    /\/(?:CustomResourceHandler|ScriptHandler)\//,
    'SST’s own functions run on the Node that SST tests them on',
  ],
  ['IAM5', /\/ScriptHandler\//, 'Every version of the one function that makes the secrets'],
  [
    'IAM5',
    /\/(?:api|worker|sweep)-role\//,
    'Every schedule of our own group: each wake-up is a schedule of its own',
  ],
  ['IAM5', /\/tick-role\//, 'ses:GetAccount knows no narrower resource; it reads the quota and no data'],
  ['IAM5', /\/editor\/S3UploaderPolicy\//, 'SST’s upload of the editor: every file of its own bucket'],
  [
    'S1',
    /\/imports\//,
    'Files live for seven days and are read by one function; a log of it would outlive them',
  ],
  ['S1', /\/editor\/S3Bucket\//, 'Holds what is public anyway, and is read by CloudFront only'],
  [
    'SQS3',
    /\/(?:timers|feedback)-dead\//,
    'These are dead letter queues: of Scheduler, of EventBridge and Lambda',
  ],
  ['APIG4', /\/Route_default\//, 'The function checks keys and tokens itself; links in mails have neither'],
  [
    'COG2',
    /\/people\//,
    'A setting (`people.mfa`): whoever has no second device yet must be able to come in',
  ],
  ['COG3', /\/people\//, 'Costs more per person than all the rest; people are invited, not signed up'],
  ['CFR1', /\/editor\//, 'Marketers travel'],
  [
    'CFR2',
    /\/editor\//,
    'A firewall costs more than the deployment; the API is throttled and every route wants a key',
  ],
  ['CFR3', /\/editor\//, 'Static files; who asked the API stands in its own log'],
  [
    'CFR4',
    /\/editor\//,
    'CloudFront’s own certificate fixes the protocol; with a domain of one’s own it is TLS 1.2',
  ],
  [
    'CFR7',
    /\/editor\//,
    'SST’s site uses the access identity that came before access control; the bucket is as closed',
  ],
]

export interface Finding {
  rule: string
  path: string
}

/** Adds the pack to the app; what it finds is in the list after the synthesis. */
export function inspectWith(findings: Finding[]): (app: App) => void {
  const note = (ruleId: string, path: string) =>
    findings.push({ rule: ruleId.replace('AwsSolutions-', ''), path })
  const logger: INagLogger = {
    onNonCompliance: ({ ruleId, resource }) => note(ruleId, resource.node.path),
    onError: ({ ruleId, resource, errorMessage }) => note(`${ruleId}: ${errorMessage}`, resource.node.path),
    onCompliance: () => {},
    onSuppressed: () => {},
    onSuppressedError: () => {},
    onNotApplicable: () => {},
  }
  return (app) => Aspects.of(app).add(new AwsSolutionsChecks({ additionalLoggers: [logger], reports: false }))
}
