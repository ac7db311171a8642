/** How a deployment is found: the names of its stacks and of what they say about themselves. Nowhere else. */
import type { Reading } from './finding.ts'

/** The stacks, and the outputs of each. */
export const stackOutputs = {
  Storage: ['TableName', 'ImportBucketName'],
  Secrets: ['LinkSecretParameter', 'AdminKeyParameter'],
  SignIn: ['UserPoolId', 'UserPoolClientId'],
  Messaging: [
    'QueueUrl',
    'DeadLetterQueueUrl',
    'TimersDeadLetterQueueUrl',
    'ConfigurationSetName',
    'IdentityName',
  ],
  Api: ['ApiUrl'],
  Engine: ['ScheduleGroupName', 'FeedbackDeadLetterQueueUrl'],
  Web: ['WebUrl'],
  Monitoring: ['DashboardName'],
} as const

export type StackId = keyof typeof stackOutputs
export type OutputName = (typeof stackOutputs)[StackId][number]

export const stackIds = Object.keys(stackOutputs).filter((id): id is StackId => id in stackOutputs)

export interface Stack {
  status: string
  outputs: { [name: string]: string }
}

export type Stacks = ReadonlyMap<StackId, Reading<Stack>>

/** SST names a stack after the stage, the app and itself. */
export const stackName = (stage: string, app: string, id: StackId): string => `${stage}-${app}-${id}`

export const notDeployed = (stage: string): string => `not deployed yet: npx sst deploy --stage ${stage}`

/** What a stack says under this name, or why none says anything. */
export function outputOf(name: OutputName, stacks: Stacks, stage: string): Reading<string> {
  // An output that moves from one stack to another keeps its name.
  for (const stack of stacks.values()) {
    if (stack.kind !== 'read' || !Object.hasOwn(stack.value.outputs, name)) continue
    const value = stack.value.outputs[name]
    if (value !== undefined && value !== '') return { kind: 'read', value }
  }
  const home = stackIds.find((id) => stackOutputs[id].some((output) => output === name))
  const stack = home === undefined ? undefined : stacks.get(home)
  if (stack?.kind === 'unread') return { kind: 'skipped', seen: `the stack ${home} could not be read` }
  return {
    kind: 'skipped',
    seen: stack?.kind === 'read' ? `the stack ${home} has no output ${name}` : notDeployed(stage),
  }
}
