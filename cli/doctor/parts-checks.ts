/** Checks of the deployed parts: queues, table, API and secrets. */
import type { TableDescription, TimeToLiveDescription } from '@aws-sdk/client-dynamodb'
import type { ParameterMetadata } from '@aws-sdk/client-ssm'
import { counted } from '../terminal.ts'
import {
  aws,
  fail,
  failInProduction,
  figure,
  type Finding,
  judge,
  ok,
  type Reading,
  type Scene,
  skipped,
  type Verdict,
  warn,
} from './finding.ts'

export interface QueueAttributes {
  [name: string]: string
}

export interface Queues {
  url: Reading<string>
  work: Reading<QueueAttributes>
  dead: Reading<QueueAttributes>
  timersDead: Reading<QueueAttributes>
  feedbackDead: Reading<QueueAttributes>
}

const receiptsLeast = 3
/** The default of SQS; a worker that calls SES a few times may well take longer. */
const visibilityLeast = 60

export function queueChecks(scene: Scene, { url, work, dead, timersDead, feedbackDead }: Queues): Finding[] {
  const group = 'Queue'
  const deploy = `npx sst deploy --stage ${scene.stage}`
  const gone = fail('there is no such queue', deploy)
  const set = (attributes: string) =>
    aws(
      scene,
      `sqs set-queue-attributes --queue-url ${url.kind === 'read' ? url.value : ''} --attributes ${attributes}`,
    )
  const rules: { id: string; title: string; why: string; verdict(queue: QueueAttributes): Verdict }[] = [
    {
      id: 'queue-fifo',
      title: 'Order',
      why: 'What concerns one customer must be handled one after the other, which only a FIFO queue does.',
      verdict: ({ FifoQueue }) =>
        FifoQueue === 'true'
          ? ok('FIFO')
          : fail('not a FIFO queue', `${deploy} (a queue cannot become FIFO)`),
    },
    {
      id: 'queue-throughput',
      title: 'High throughput',
      why: 'Without it the whole queue, and not each customer, shares 300 calls a second.',
      verdict: ({ FifoThroughputLimit, DeduplicationScope }) =>
        FifoThroughputLimit === 'perMessageGroupId' && DeduplicationScope === 'messageGroup'
          ? ok('on: limits count for each customer')
          : warn(
              `off (FifoThroughputLimit ${FifoThroughputLimit ?? 'perQueue'}, DeduplicationScope ${DeduplicationScope ?? 'queue'})`,
              set('DeduplicationScope=messageGroup,FifoThroughputLimit=perMessageGroupId'),
            ),
    },
    {
      id: 'queue-deduplication',
      title: 'Deduplication',
      why: 'EventBridge Scheduler names no deduplication id, so that wake-ups need it by content.',
      verdict: ({ ContentBasedDeduplication }) =>
        ContentBasedDeduplication === 'true'
          ? ok('by content')
          : fail('not by content: no timer can be delivered', set('ContentBasedDeduplication=true')),
    },
    {
      id: 'queue-redrive',
      title: 'Dead letters',
      why: 'A message that always fails must step aside, or it holds up its customer for ever.',
      verdict: ({ RedrivePolicy }) => redrive(RedrivePolicy, deploy),
    },
    {
      id: 'queue-visibility',
      title: 'Visibility timeout',
      why: 'A message that becomes visible while a worker still has it is worked on twice; AWS advises six times the timeout of the function.',
      verdict: ({ VisibilityTimeout }) => {
        const seconds = Number(VisibilityTimeout ?? 30)
        return seconds < visibilityLeast
          ? warn(
              `${seconds} seconds, enough for a worker of ${Math.floor(seconds / 6)}`,
              set('VisibilityTimeout=360'),
            )
          : ok(`${figure(seconds)} seconds, enough for a worker of ${figure(Math.floor(seconds / 6))}`)
      },
    },
  ]
  return [
    ...rules.map(({ id, title, why, verdict }) => judge({ id, group, title, why }, work, verdict, gone)),
    judge(
      {
        id: 'dead-letters',
        group,
        title: 'Failed messages',
        why: 'Each of them is something that a customer did, or waits for, and that was not handled.',
      },
      dead,
      lying,
      gone,
    ),
    judge(
      {
        id: 'timer-dead-letters',
        group,
        title: 'Failed wake-ups',
        why: 'Each of them is a wake-up that could not be delivered; the daily sweep wakes the journey, later.',
      },
      timersDead,
      (queue) =>
        queue.FifoQueue === 'true'
          ? fail('a FIFO queue, which EventBridge Scheduler cannot use for dead letters', deploy)
          : lying(queue),
      gone,
    ),
    judge(
      {
        id: 'feedback-dead-letters',
        group,
        title: 'Failed reports',
        why: 'Each of them is a report of SES that nobody heeded, perhaps of a complaint.',
      },
      feedbackDead,
      lying,
      gone,
    ),
  ]
}

function redrive(policy: string | undefined, deploy: string): Verdict {
  const receipts = Number(/"maxReceiveCount"\s*:\s*"?(\d+)/.exec(policy ?? '')?.[1])
  const target = /"deadLetterTargetArn"\s*:\s*"[^"]*:([^":]+)"/.exec(policy ?? '')?.[1]
  if (target === undefined || Number.isNaN(receipts)) return fail('no queue for dead letters', deploy)
  const seen = `after ${counted(receipts, 'receipt')} to ${target}`
  return receipts < receiptsLeast
    ? warn(`${seen}: a short outage is enough to get there`, `${deploy} (maxReceiveCount is 5 there)`)
    : ok(seen)
}

function lying({ ApproximateNumberOfMessages }: QueueAttributes): Verdict {
  const count = Number(ApproximateNumberOfMessages ?? 0)
  if (count === 0) return ok('none')
  return warn(
    `${figure(count)} ${count === 1 ? 'lies' : 'lie'} there`,
    'Look at one, mend the cause, then: SQS console → the queue → Start DLQ redrive',
  )
}

/** The attribute that holds when a row may go; a test holds it to the adapter's. */
export const expiryAttribute = 'x'

export interface TableParts {
  name: Reading<string>
  table: Reading<TableDescription>
  /** `ENABLED` */
  recovery: Reading<string>
  expiry: Reading<TimeToLiveDescription>
}

export function tableChecks(scene: Scene, { name, table, recovery, expiry }: TableParts): Finding[] {
  const group = 'Table'
  const called = name.kind === 'read' ? name.value : ''
  const gone = fail(`there is no table ${called}`, `npx sst deploy --stage ${scene.stage}`)
  const without = skipped(`there is no table ${called}`)
  return [
    judge(
      {
        id: 'table',
        group,
        title: 'Table',
        why: 'Customers, journeys and workflows all live in it.',
      },
      table,
      ({ TableStatus: status = 'UNKNOWN' }) =>
        status === 'ACTIVE' || status === 'UPDATING'
          ? ok(`${called} is ${status.toLowerCase()}`)
          : fail(`${called} is ${status.toLowerCase()}`, 'DynamoDB console → Tables'),
      gone,
    ),
    judge(
      {
        id: 'table-recovery',
        group,
        title: 'Recovery',
        why: 'Point-in-time recovery is the way back from a mistake in the last 35 days.',
      },
      recovery,
      (status) =>
        status === 'ENABLED'
          ? ok('to any second of the last days')
          : failInProduction(
              scene,
              'point-in-time recovery is off',
              aws(
                scene,
                `dynamodb update-continuous-backups --table-name ${called} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
              ),
            ),
      without,
    ),
    judge(
      {
        id: 'table-expiry',
        group,
        title: 'Expiry',
        why: 'Without it the events of customers are kept for ever instead of 400 days.',
      },
      expiry,
      ({ TimeToLiveStatus: status, AttributeName: attribute }) => {
        const on = status === 'ENABLED' || status === 'ENABLING'
        if (on && attribute === expiryAttribute) return ok(`on, by the attribute ${expiryAttribute}`)
        return failInProduction(
          scene,
          on ? `on, by the attribute ${attribute} instead of ${expiryAttribute}` : 'off',
          aws(
            scene,
            `dynamodb update-time-to-live --table-name ${called} --time-to-live-specification Enabled=true,AttributeName=${expiryAttribute}`,
          ),
        )
      },
      without,
    ),
    judge(
      {
        id: 'table-protection',
        group,
        title: 'Deletion protection',
        why: 'In production nobody should be able to delete the table by removing a stack.',
      },
      table,
      ({ DeletionProtectionEnabled: on }) => {
        if (on) return ok('on')
        if (!scene.production) return ok(`off, as it may be in ${scene.stage}`)
        return fail(
          'off',
          aws(scene, `dynamodb update-table --table-name ${called} --deletion-protection-enabled`),
        )
      },
      without,
    ),
  ]
}

export interface HttpAnswer {
  status: number
  /** Why there is no answer. */
  error?: string
}

export interface ApiParts {
  url: Reading<string>
  health: Reading<HttpAnswer>
  /** What the list of keys answers to the key in PREMURA_KEY. */
  key: Reading<HttpAnswer>
  linkSecretName: Reading<string>
  linkSecret: Reading<ParameterMetadata>
  adminKeyName: Reading<string>
  adminKey: Reading<ParameterMetadata>
}

export function apiChecks(scene: Scene, parts: ApiParts): Finding[] {
  const group = 'API and secrets'
  const url = parts.url.kind === 'read' ? parts.url.value : ''
  const [link, admin] = [parts.linkSecretName, parts.adminKeyName].map((name) =>
    name.kind === 'read' ? name.value : '',
  )
  const logs = `Look into the log of the API's function: CloudWatch console → Log groups → /premura/${scene.stage}-${scene.app}-api`
  return [
    judge(
      { id: 'api-health', group, title: 'API', why: 'Shops post their events here.' },
      parts.health,
      ({ status, error }) => {
        if (error !== undefined) return fail(`${url} does not answer: ${error}`, logs)
        return status === 200 ? ok(`${url} is healthy`) : fail(`${url}/health answers ${status}`, logs)
      },
    ),
    judge(
      {
        id: 'admin-key',
        group,
        title: 'Admin key',
        why: 'Without a key that works nobody can publish workflows or make keys for shops.',
      },
      parts.key,
      ({ status, error }) => {
        if (error !== undefined) return fail(`no answer: ${error}`, logs)
        if (status === 200) return ok('PREMURA_KEY is an admin key')
        if (status === 401)
          return fail(
            'the deployment does not know PREMURA_KEY',
            'Is it the key of this stage, and not revoked?',
          )
        if (status === 403)
          return warn('PREMURA_KEY works, but is no admin key', 'Use one with the scope admin to ask this.')
        return fail(`/v1/keys answers ${status}`, logs)
      },
    ),
    judge(
      {
        id: 'link-secret',
        group,
        title: 'Link secret',
        why: 'It signs the links in mails (unsubscribe, ratings); whoever reads it can forge them.',
      },
      parts.linkSecret,
      ({ Type }) =>
        Type === 'SecureString'
          ? ok(`${link}, encrypted`)
          : warn(
              `${link} is a ${Type ?? 'String'}, readable for whoever may read parameters`,
              `Keep the value and store it encrypted: ${aws(scene, `ssm put-parameter --name ${link} --type SecureString --overwrite --value …`)}`,
            ),
      fail(`there is no parameter ${link}`, `npx sst deploy --stage ${scene.stage}`),
    ),
    judge(
      {
        id: 'first-admin-key',
        group,
        title: 'First admin key',
        why: 'A key that lies around is a key that somebody else can take.',
      },
      parts.adminKey,
      () =>
        warn(
          `still lies in ${admin}`,
          `Take it, keep it safe, and delete it there:\n${aws(scene, `ssm get-parameter --name ${admin} --with-decryption --query Parameter.Value --output text`)}\n${aws(scene, `ssm delete-parameter --name ${admin}`)}`,
        ),
      ok(`no longer in ${admin}`),
    ),
  ]
}
