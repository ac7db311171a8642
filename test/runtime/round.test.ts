/** The round through a workflow's journeys: a few pages a message, whatever is interrupted, and nothing but what is due. */
import { expect, test } from 'vitest'
import { handle } from '../../runtime/handle.ts'
import { requestRound } from '../../runtime/round.ts'
import { pause, resume } from '../../runtime/summaries.ts'
import { work } from '../../runtime/work.ts'
import { Deployment, programOf, send, standard } from './deployment.ts'

const DAY = 24 * 3_600_000

/** Forty customers wait for a mail that came due while the workflow was paused; one waits in another workflow. */
async function overdue(): Promise<Deployment> {
  const deployment = new Deployment()
  await deployment.publish(standard)
  await deployment.publish(
    programOf([{ verb: 'wait', id: 'wait-1', next: 'thanks', duration: 'P1D' }, send('thanks', null)], {
      workflow: 'other',
      trigger: { kind: 'event', event: 'visit' },
    }),
  )
  for (let n = 0; n < 40; n++) {
    const customer = { email: `c${n}@example.it`, timezone: 'Europe/Rome' }
    await deployment.post({ id: `e${n}`, customerId: `c${n}`, data: { orderId: `o${n}` } }, customer)
  }
  await deployment.post({ id: 'v', type: 'visit', customerId: 'c0', data: { orderId: 'v' } })
  await deployment.deliver()
  await pause(deployment.runtime, 'care')
  await pause(deployment.runtime, 'other')
  await deployment.live(deployment.world.clock.now() + 5 * DAY)
  expect(deployment.subjects()).toHaveLength(40)
  return deployment
}

async function resumeCare(deployment: Deployment): Promise<void> {
  const result = await resume(deployment.runtime, 'care')
  if (!result.ok) throw new Error(result.reason)
  await requestRound(deployment.runtime, result.summary)
}

test('takes a few pages a message, and wakes everybody who is due', async () => {
  const deployment = await overdue()
  const { table, queue } = deployment.world
  table.pageSize = 3
  await resumeCare(deployment)
  const begun = queue.messages.length
  expect(begun).toBeGreaterThan(1)
  let messages = 0
  for (let message = queue.take(); message; message = queue.take()) {
    const before = table.calls.scan
    await handle(deployment.runtime, work.parse(JSON.parse(message.body)))
    const scans = table.calls.scan - before
    expect(scans).toBeLessThanOrEqual(5)
    if (scans > 0) messages++
    expect(messages).toBeLessThan(200)
  }
  expect(messages).toBeGreaterThan(begun)
  const tips = deployment.subjects().filter((subject) => subject.startsWith('tips'))
  expect(new Set(tips).size).toBe(40)
  expect(tips).toHaveLength(40)
  // The other workflow stays paused, and its journey where it is.
  expect(deployment.subjects()).toHaveLength(80)
})

test('each message may come twice', async () => {
  const deployment = await overdue()
  const { table, queue } = deployment.world
  table.pageSize = 3
  await resumeCare(deployment)
  const seen = new Set<string>()
  for (let message = queue.take(); message; message = queue.take()) {
    await handle(deployment.runtime, work.parse(JSON.parse(message.body)))
    if (!seen.has(message.dedupId)) await handle(deployment.runtime, work.parse(JSON.parse(message.body)))
    // What a queue with a memory of five minutes would drop is not the same message to one without.
    queue.messages = queue.messages.filter(({ dedupId }) => !seen.has(dedupId))
    seen.add(message.dedupId)
    expect(seen.size).toBeLessThan(1000)
  }
  expect(deployment.subjects()).toHaveLength(80)
})

test('arms again what comes due soon, and leaves the rest to the daily round', async () => {
  const deployment = new Deployment()
  await deployment.publish(standard)
  const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  const { timers, clock } = deployment.world
  const [due] = [...timers.armed.values()]
  timers.armed.clear()
  await resumeCare(deployment)
  await deployment.deliver()
  expect(timers.armed.size).toBe(0)
  clock.set((due?.at ?? 0) - DAY)
  await resumeCare(deployment)
  await deployment.deliver()
  expect([...timers.armed.values()].map(({ at }) => at)).toEqual([due?.at])
})

test('wakes also where the pause is still remembered', async () => {
  const deployment = await overdue()
  const elsewhere = deployment.runtime
  await elsewhere.catalog.live()
  deployment.start()
  await resumeCare(deployment)
  for (let n = 0, message = deployment.world.queue.take(); message; n++) {
    const read = work.parse(JSON.parse(message.body))
    await handle(read.kind === 'wake' ? elsewhere : deployment.runtime, read)
    message = deployment.world.queue.take()
    expect(n).toBeLessThan(1000)
  }
  expect(deployment.subjects()).toHaveLength(80)
})
