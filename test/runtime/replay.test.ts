/** What failed for good comes back later, when others have passed it: to each journey an event is shown once. */
import { expect, test } from 'vitest'
import type { Step } from '../../engine/program.ts'
import { changeProfile, loadProfile } from '../../runtime/customers.ts'
import { emptyDeadLetters } from '../../runtime/dead-letters.ts'
import { bury, listFailures, replayFailure } from '../../runtime/failures.ts'
import { handle } from '../../runtime/handle.ts'
import type { DeadLetter } from '../../runtime/ports.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { work } from '../../runtime/work.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const awaiting = (id: string, then: string, event = 'reviewed'): Step => ({
  verb: 'await',
  id,
  next: null,
  event,
  then,
  for: 'P9D',
  else: null,
})

/** A mail for each review. */
const reviews = programOf(
  [
    awaiting('await-1', 'first'),
    send('first', 'await-2'),
    awaiting('await-2', 'second'),
    send('second', 'await-3'),
    awaiting('await-3', 'third'),
    send('third', null),
  ],
  { listensTo: ['reviewed'] },
)

/** Anna bought twice. A review reaches her first journey, and the process stops before the second, each time. */
async function failed(giveUp: (deployment: Deployment, body: string) => Promise<void>) {
  const deployment = new Deployment({ config: { soleOwner: true } })
  const { queue } = deployment.world
  await deployment.publish(reviews)
  for (const orderId of ['o-1', 'o-2'])
    await deployment.post({ id: orderId, data: { orderId } }, { email: 'anna@example.it' })
  await deployment.deliver()
  await deployment.post({ id: 'r1', type: 'reviewed' })
  const body = queue.take()?.body ?? ''
  await expect(
    handle(deployment.start(crashAt('timers.arm', 'before')), work.parse(JSON.parse(body))),
  ).rejects.toThrow(Crash)
  deployment.start()
  expect(deployment.subjects()).toHaveLength(1)
  await giveUp(deployment, body)
  return { deployment, body }
}

const sent = ({ world }: Deployment) =>
  world.sender.mails.map(({ tags }) => `${tags.key} ${tags.step}`).sort()

async function replayAll({ runtime }: Deployment): Promise<void> {
  const { failures } = await listFailures(runtime, { state: 'open', limit: 10 })
  expect(failures).toHaveLength(1)
  for (const { id } of failures) await replayFailure(runtime, id, { by: 'ada' })
}

async function buried({ runtime, world }: Deployment, body: string): Promise<void> {
  const at = world.clock.now()
  const dead = {
    messageId: 'm-1',
    group: 'anna',
    body,
    receivedAt: at,
    deadAt: at,
    tries: 5,
    reason: 'Crash',
  }
  await bury(runtime, dead)
}

/** The worker died with it: the tick finds it among the dead letters, after the next review was worked on. */
async function found({ world }: Deployment, body: string): Promise<void> {
  const at = world.clock.now()
  const letter: DeadLetter = {
    id: 'm-1',
    group: 'anna',
    body,
    receivedAt: at,
    deadAt: at,
    tries: 6,
    receipt: 'r',
  }
  const left = [letter]
  const letters = (of: DeadLetter[]) => ({
    receive: async () => [...of],
    delete: async () => void of.splice(0),
  })
  await emptyDeadLetters(
    createRuntime({ ...world, deadLetters: { work: letters(left), timers: letters([]) } }),
  )
}

test.each(['written down by the worker', 'found among the dead letters'])(
  'an event that failed elsewhere is shown once to whoever had seen it: %s',
  async (how) => {
    const { deployment, body } = await failed(async (at, text) => {
      if (how === 'written down by the worker') await buried(at, text)
    })
    await deployment.post({ id: 'r2', type: 'reviewed' })
    await deployment.deliver()
    if (how !== 'written down by the worker') await found(deployment, body)
    await replayAll(deployment)
    await deployment.deliver()
    // The second order's journey has not seen the first review yet, and takes it as its second.
    expect(sent(deployment)).toEqual(['o-1 first', 'o-1 second', 'o-2 first', 'o-2 second'])
  },
)

test('however many events have come in between, and whatever started the journey', async () => {
  const purchases = programOf(
    Array.from({ length: 6 }, (_, n): Step[] => [
      awaiting(`await-${n}`, `mail-${n}`, 'purchase'),
      send(`mail-${n}`, n === 5 ? null : `await-${n + 1}`),
    ]).flat(),
    { listensTo: ['purchase'], enroll: { per: 'event.orderId', again: 'never' } },
  )
  const deployment = new Deployment()
  await deployment.publish(purchases)
  const posted: string[] = []
  for (const id of ['p0', 'p1', 'p2', 'p3', 'p4']) {
    await deployment.post({ id, data: { orderId: 'o-1' } }, { email: 'anna@example.it' })
    posted.push(deployment.world.queue.messages[0]?.body ?? '')
    await deployment.deliver()
  }
  const before = sent(deployment)
  expect(before).toHaveLength(4)
  for (const body of posted) await handle(deployment.start(), work.parse(JSON.parse(body)))
  expect(sent(deployment)).toEqual(before)
  const row = deployment.world.table.all().find(({ sk }) => sk.startsWith('#care#'))
  expect(Buffer.byteLength(JSON.stringify(row))).toBeLessThan(1024)
})

const gold = programOf([
  { verb: 'set', id: 'set-1', next: 'thanks', values: { tier: "'gold'" } },
  send('thanks', null),
])

test.each<[string, (deployment: Deployment) => Promise<unknown>, object]>([
  [
    'a journey has set',
    (deployment) => deployment.post({ id: 'p1', data: { orderId: 'o-1' } }),
    { tier: 'gold', consent: { news: true } },
  ],
  [
    'a customer has withdrawn',
    ({ runtime }) =>
      changeProfile(runtime, 'anna', (before) => ({ ...before, id: 'anna', consent: { news: false } })),
    { tier: 'bronze', consent: { news: false } },
  ],
  ['nobody has touched', async () => undefined, { tier: 'silver', consent: { news: true } }],
])('what %s since is not written over by an event that is replayed', async (_, since, expected) => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  const { queue, table } = deployment.world
  const next = async () => await handle(deployment.start(), work.parse(JSON.parse(queue.take()?.body ?? '')))
  await deployment.publish(gold)
  await deployment.post({ id: 'hello', type: 'hello' }, { email: 'anna@example.it', tier: 'bronze' })
  await next()
  await deployment.post(
    { id: 'e1', type: 'other' },
    { tier: 'silver', city: 'Rome', consent: { news: true } },
  )
  const body = queue.take()?.body ?? ''
  table.beforeWrite = (pk, sk) => {
    if (pk === 'C#anna' && sk === '!') throw new Crash('before the profile')
  }
  await expect(handle(deployment.start(), work.parse(JSON.parse(body)))).rejects.toThrow(Crash)
  table.beforeWrite = undefined
  deployment.start()
  await buried(deployment, body)
  await since(deployment)
  if (queue.messages.length > 0) await next()
  await replayAll(deployment)
  await next()
  expect((await loadProfile(deployment.runtime, 'anna'))?.profile).toMatchObject({
    city: 'Rome',
    ...expected,
  })
})
