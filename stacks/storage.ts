/**
 * What must not be lost: the table and the files of imports. Nothing else stands here, so that nothing else can make a
 * first deployment fail and leave a protected table behind.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Table as CdkTable } from 'aws-cdk-lib/aws-dynamodb'
import { BlockPublicAccess, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Bucket, type Stack, type StackContext, Table } from 'sst/constructs'
import { settingsFor } from './told.ts'

export function Storage({ stack, app }: StackContext) {
  const { production, storage } = settingsFor(app)
  const removalPolicy = production ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY

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

  stack.addOutputs({
    TableName: table.tableName,
    ImportBucketName: imports.bucketName,
  })
  return { table, imports }
}

function ownTable(stack: Stack, production: boolean): Table {
  return new Table(stack, 'table', {
    fields: { pk: 'string', sk: 'string' },
    primaryIndex: { partitionKey: 'pk', sortKey: 'sk' },
    timeToLiveAttribute: 'x',
    cdk: {
      table: {
        // 35 days of every second. A restore makes a new table: docs/operations.md says what to do with it. Elsewhere
        // a copy of everybody would outlive the stage for as long.
        pointInTimeRecovery: production,
        deletionProtection: production,
        removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      },
    },
  })
}

function existingTable(stack: Stack, name: string): Table {
  return new Table(stack, 'table', { cdk: { table: CdkTable.fromTableName(stack, 'existing', name) } })
}
