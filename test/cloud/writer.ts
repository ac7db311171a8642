/** A process that writes through every adapter until it is killed, and says on stdout what was acknowledged. */
import { writeSync } from 'node:fs'
import { dynamodbClient, schedulerClient, sesClient, sqsClient } from '../../aws/clients.ts'
import { createTable } from '../../aws/dynamodb.ts'
import { createTimers } from '../../aws/scheduler.ts'
import { createSender } from '../../aws/ses.ts'
import { createQueue } from '../../aws/sqs.ts'
import { names, openCloud } from '../../local/cloud/cloud.ts'
import { mailTo } from '../ports/mail.ts'

const [dir = ''] = process.argv.slice(2)
const clock = { now: () => Date.UTC(2027, 2, 14, 9) }
const cloud = await openCloud({ dir, clock })
const clients = { handler: cloud.requestHandler }
const table = createTable({ client: dynamodbClient(clients), table: names.table, now: clock.now })
const queue = createQueue({ client: sqsClient(clients), queueUrl: names.queueUrl })
const sender = createSender({ client: sesClient(clients) })
const timers = createTimers({
  client: schedulerClient(clients),
  group: names.scheduleGroup,
  queueArn: names.queueArn,
  roleArn: names.scheduleRoleArn,
  deadLetterArn: names.deadLetterArn,
  now: clock.now,
})

// Not through a stream: what is said must not wait in a buffer of a process that is about to die.
const acknowledged = (what: string, id: string | number) => writeSync(1, `${what} ${id}\n`)

let next = 0
async function write(): Promise<never> {
  for (;;) {
    const id = next++
    await table.put({ pk: 'C', sk: String(id), body: 'x'.repeat(500), rev: 1 }, { kind: 'absent' })
    acknowledged('row', id)
    const { n = 0 } = await table.add('S', 'd', { n: 1 })
    acknowledged('count', n)
    await queue.send([{ group: `g${id % 5}`, body: String(id), dedupId: String(id) }])
    acknowledged('message', id)
    await timers.arm({ name: String(id), at: clock.now() + 3_600_000, group: 'g', body: `timer ${id}` })
    acknowledged('timer', id)
    const { html, ...mail } = mailTo('anna@example.com', { key: String(id) })
    const outcome = await sender.send({ ...mail, html: html.repeat(1000) })
    if (outcome.status === 'sent') acknowledged('mail', id)
  }
}
await Promise.all(Array.from({ length: 16 }, write))
