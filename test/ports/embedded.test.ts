/** Every port's suite on the embedded cloud: in memory, on disk, and over loopback as other clients reach it. */
import { schedulerClient, sqsClient } from '../../aws/clients.ts'
import { names } from '../../local/cloud/cloud.ts'
import { openEmbedded, type Reach, type Storage } from './embedded.ts'
import { queueSuite } from './queue.suite.ts'
import { senderSuite } from './sender.suite.ts'
import { tableSuite } from './table.suite.ts'
import { timersSuite } from './timers.suite.ts'

const kinds: [Storage, Reach][] = [
  ['memory', 'in process'],
  ['memory', 'as requests'],
  ['disk', 'in process'],
  ['disk', 'over loopback'],
]

for (const [storage, reach] of kinds) {
  const name = `embedded, ${storage}, ${reach}`

  tableSuite(name, async () => {
    const { table, clock, close } = await openEmbedded(storage, reach)
    return {
      table,
      setNow: (at) => {
        clock.at = at
      },
      close,
    }
  })

  queueSuite(name, async () => {
    const { queue, clients, close } = await openEmbedded(storage, reach)
    return { queue, client: sqsClient(clients), queueUrl: names.queueUrl, maxReceiveCount: 3, close }
  })

  timersSuite(name, async () => {
    const { timers, clients, clock, close } = await openEmbedded(storage, reach)
    return {
      timers,
      client: schedulerClient(clients),
      group: names.scheduleGroup,
      now: () => clock.now(),
      close,
    }
  })

  senderSuite(name, async () => {
    const { sender, close } = await openEmbedded(storage, reach)
    return { sender, from: 'care@example.com', to: 'anna@example.com', close }
  })
}
