/** The secrets that a deployment makes for itself: what signs links, and the first admin key. */
import { ArnFormat } from 'aws-cdk-lib'
import { Script, type Stack, type StackContext, use } from 'sst/constructs'
import { dynamodb, functionOf, mayUse } from './function.ts'
import { Storage } from './storage.ts'
import { settingsFor } from './told.ts'

export function Secrets({ stack, app }: StackContext) {
  const { production } = settingsFor(app)
  const { table } = use(Storage)
  const linkSecret = parameter(stack, `/${app.name}/${app.stage}/link-secret`)
  const adminKey = parameter(stack, `/${app.name}/${app.stage}/first-admin-key`)
  const environment = {
    PREMURA_TABLE: table.tableName,
    PREMURA_LINK_SECRET_PARAMETER: linkSecret.name,
    PREMURA_ADMIN_KEY_PARAMETER: adminKey.name,
  }
  const setup = functionOf(app, stack, 'setup', {
    description: 'Makes the deployment’s secret and its first admin key, unless there are some',
    environment,
    rights: [
      mayUse(dynamodb('Query', 'GetItem', 'PutItem'), [table.tableArn]),
      mayUse(['ssm:PutParameter'], [linkSecret.arn, adminKey.arn]),
      mayUse(['ssm:GetParameter'], [adminKey.arn]),
    ],
    memoryMb: 512,
    timeoutSeconds: 60,
  })
  // Without a version SST runs it with every deployment: a secret that was lost is made again.
  const script = { onCreate: setup, onUpdate: setup }
  if (production) new Script(stack, 'secrets', script)
  else {
    const onDelete = functionOf(app, stack, 'setup', {
      entry: 'remove',
      description: 'Takes the secrets away with the stage',
      environment,
      rights: [mayUse(['ssm:DeleteParameter'], [linkSecret.arn, adminKey.arn])],
      memoryMb: 256,
      timeoutSeconds: 60,
    })
    new Script(stack, 'secrets', { ...script, onDelete })
  }

  stack.addOutputs({ LinkSecretParameter: linkSecret.name, AdminKeyParameter: adminKey.name })
  return { linkSecret }
}

/** A parameter that the deployment writes itself: CloudFormation cannot make a SecureString. */
function parameter(stack: Stack, name: string) {
  const arn = stack.formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: name.slice(1),
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  })
  return { name, arn }
}
