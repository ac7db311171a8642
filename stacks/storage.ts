/** What must not be lost: the table, the files of imports, and the secrets that a deployment makes for itself. */
import { ArnFormat, Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Table as CdkTable } from 'aws-cdk-lib/aws-dynamodb'
import { BlockPublicAccess, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Bucket, Script, type Stack, type StackContext, Table } from 'sst/constructs'
import { functionOf, mayUse } from './function.ts'
import { settingsFor } from './told.ts'

export function Storage({ stack, app }: StackContext) {
  const { production, storage } = settingsFor(app)
  const removalPolicy = production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY

  const table =
    storage.table === undefined ? ownTable(stack, production) : existingTable(stack, storage.table)

  const imports = new Bucket(stack, 'imports', {
    cors: false,
    cdk: {
      bucket: {
        encryption: BucketEncryption.S3_MANAGED,
        blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
        objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforceSSL: true,
        removalPolicy,
        // Whole customer lists: they are needed for hours, and erasing a person must not have to look for them.
        lifecycleRules: [
          { expiration: Duration.days(7), abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ],
      },
    },
  })

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
      mayUse(['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:PutItem'], [table.tableArn]),
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

  stack.addOutputs({
    TableName: table.tableName,
    ImportBucketName: imports.bucketName,
    LinkSecretParameter: linkSecret.name,
    AdminKeyParameter: adminKey.name,
  })
  return { table, imports, linkSecret }
}

function ownTable(stack: Stack, production: boolean): Table {
  return new Table(stack, 'table', {
    fields: { pk: 'string', sk: 'string' },
    primaryIndex: { partitionKey: 'pk', sortKey: 'sk' },
    timeToLiveAttribute: 'x',
    cdk: {
      table: {
        // 35 days of every second. A restore makes a new table: docs/operations.md says what to do with it.
        pointInTimeRecovery: true,
        deletionProtection: production,
        removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      },
    },
  })
}

function existingTable(stack: Stack, name: string): Table {
  return new Table(stack, 'table', { cdk: { table: CdkTable.fromTableName(stack, 'existing', name) } })
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
