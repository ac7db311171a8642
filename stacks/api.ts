/** The HTTP API: one function behind `$default`, which routes by itself, as it does on one machine. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Api as HttpApi, type StackContext, use } from 'sst/constructs'
import { dynamodb, functionOf, mayUse } from './function.ts'
import { Messaging } from './messaging.ts'
import type { Settings } from './settings.ts'
import { SignIn } from './sign-in.ts'
import { Secrets } from './secrets.ts'
import { Storage } from './storage.ts'
import { settingsFor } from './told.ts'

/**
 * Never the path: links in mails carry their secret there, and customers' ids stand in it. Few words, because every
 * request pays for them; the time is CloudWatch's.
 */
const logged = {
  id: '$context.requestId',
  method: '$context.httpMethod',
  status: '$context.status',
  ms: '$context.responseLatency',
  error: '$context.integrationErrorMessage',
}

export function Api({ stack, app }: StackContext) {
  const settings = settingsFor(app)
  const { table } = use(Storage)
  const { linkSecret } = use(Secrets)
  const { work, timers } = use(Messaging)
  const { issuer, clientId } = use(SignIn)

  const accessLog = new LogGroup(stack, 'access-log', {
    // Under this name API Gateway needs no line in the account's policy for logs, which has room for few.
    logGroupName: `/aws/vendedlogs/premura/${app.logicalPrefixedName('access')}`,
    retention: settings.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const http = new HttpApi(stack, 'http', {
    // The editor is served from the same origin as the API: no other origin has any business here.
    cors: false,
    defaults: { throttle: { rate: settings.api.rate, burst: settings.api.burst } },
    accessLog: { destinationArn: accessLog.logGroupArn, format: JSON.stringify(logged) },
    ...customDomain(settings, (id, zone) => HostedZone.fromHostedZoneAttributes(stack, id, zone)),
  })
  const publicUrl = http.customDomainUrl ?? http.url

  const fn = functionOf(app, stack, 'api', {
    description: 'The HTTP API and the pages behind the links in mails',
    environment: {
      PREMURA_TABLE: table.tableName,
      PREMURA_QUEUE_URL: work.queueUrl,
      // Whoever is new, or moves, while a day of the calendar goes round is armed for it.
      ...timers.environment,
      PREMURA_PUBLIC_URL: publicUrl,
      PREMURA_LINK_SECRET_PARAMETER: linkSecret.name,
      PREMURA_TOKEN_ISSUER: issuer,
      PREMURA_TOKEN_CLIENT: clientId,
      PREMURA_REQUESTS_PER_SECOND: String(settings.api.callerRate),
    },
    rights: [
      mayUse(
        // It scans to count journeys, when somebody wants to move them.
        dynamodb('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan'),
        [table.tableArn],
      ),
      mayUse(['sqs:SendMessage'], [work.queueArn]),
      ...timers.rights,
      mayUse(['ssm:GetParameter'], [linkSecret.arn]),
    ],
    memoryMb: settings.api.memoryMb,
    // API Gateway gives up after 30 seconds.
    timeoutSeconds: 29,
  })
  http.addRoutes(stack, { $default: fn })

  stack.addOutputs({ ApiUrl: publicUrl })
  return { http, publicUrl, fn }
}

function customDomain(
  { api: { domain } }: Settings,
  zone: (
    id: string,
    attributes: { hostedZoneId: string; zoneName: string },
  ) => ReturnType<typeof HostedZone.fromHostedZoneAttributes>,
) {
  if (!domain) return {}
  const { id, name } = domain.hostedZone
  return {
    customDomain: {
      domainName: domain.name,
      cdk: { hostedZone: zone('api-zone', { hostedZoneId: id, zoneName: name }) },
    },
  }
}
