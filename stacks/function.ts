/** One Lambda function of ours: its variables, its rights and its log, all of them named, none of them broader than that. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LoggingFormat, RecursiveLoop, SystemLogLevel } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { App, FunctionProps, Stack } from 'sst/constructs'
import { Function as LambdaFunction } from 'sst/constructs'
import type { EnvironmentVariables, FunctionName } from '../aws/env.ts'
import { bundling } from './bundling.ts'
import { settingsFor } from './told.ts'

export interface OwnFunction<F extends FunctionName> {
  /** What it is for, for whoever reads the console. */
  description: string
  environment: EnvironmentVariables<F>
  rights: PolicyStatement[]
  memoryMb: number
  timeoutSeconds: number
  /** Of the module's exports; `handler` unless said. */
  entry?: string
  /** It sends to the queue that it consumes, on purpose and with an end. */
  callsItself?: boolean
  /** For functions that are called without anybody waiting: where a message goes that failed every time. */
  onFailure?: NonNullable<FunctionProps['onFailure']>
}

/** @param id the function's name within the deployment; its module unless `entry` names another export */
export function functionOf<F extends FunctionName>(
  app: App,
  stack: Stack,
  name: F,
  { entry = 'handler', ...own }: OwnFunction<F>,
): LambdaFunction {
  const { logDays } = settingsFor(app)
  const id = entry === 'handler' ? name : `${name}-${entry}`
  const functionName = app.logicalPrefixedName(id)
  const logGroup = new LogGroup(stack, `${id}-log`, {
    logGroupName: `/premura/${functionName}`,
    retention: logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(stack, `${id}-role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${functionName} may do`,
  })
  // Instead of AWSLambdaBasicExecutionRole, which may write to every log of the account.
  role.addToPolicy(mayUse(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]))
  for (const right of own.rights) role.addToPolicy(right)
  const fn = new LambdaFunction(stack, id, {
    functionName,
    description: own.description,
    handler: `functions/${name}.${entry}`,
    runtime: 'nodejs24.x',
    architecture: 'arm_64',
    memorySize: own.memoryMb,
    timeout: own.timeoutSeconds,
    // Tracing costs per call and wants rights to everything; logs and metrics say what it would.
    tracing: 'disabled',
    environment: { ...own.environment },
    nodejs: bundling,
    role,
    logGroup,
    // Lambda's own lines for every start and end cost more than all that a good journey makes us write.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    // Lambda cuts a chain of sixteen messages otherwise: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    ...(own.callsItself && { recursiveLoop: RecursiveLoop.ALLOW }),
    ...(own.onFailure && { onFailure: own.onFailure }),
  })
  return fn
}

/** Calls of DynamoDB as actions: `GetItem` is `dynamodb:GetItem`. */
export const dynamodb = (...calls: string[]): string[] => calls.map((call) => `dynamodb:${call}`)

/** @param conditions as IAM writes them: `{ StringEquals: { 'iam:PassedToService': … } }` */
export function mayUse(
  actions: string[],
  resources: string[],
  conditions?: { [operator: string]: { [key: string]: string } },
): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions,
    resources,
    ...(conditions && { conditions }),
  })
}
