/** A step that is done in several rounds: every round has its own mail, and reports find the round that they are about. */
import { expect, test } from 'vitest'
import { fromRow } from '../../runtime/journeys.ts'
import { Deployment, programOf, send } from './deployment.ts'
import { handle } from '../../runtime/handle.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }
const HOUR = 3_600_000

const twice = programOf([
  { verb: 'repeat', id: 'repeat-1', next: null, times: 2, every: 'P1D', first: 'nps' },
  send('nps', 'repeat-1'),
])

async function begun() {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(twice)
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  return deployment
}

function logOf(deployment: Deployment) {
  const row = deployment.world.table.all().find(({ sk }) => sk.startsWith('#care'))
  if (!row) throw new Error('there is no journey')
  return fromRow(row).enrollment.log.filter(({ rule }) => rule === 'send')
}

const about = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1 }

test('a report marks the mail of its own round', async () => {
  const deployment = await begun()
  const at = deployment.world.clock.now()
  await deployment.live(at + 25 * HOUR)
  const { mails } = deployment.world.sender
  expect(mails.map(({ tags }) => tags.step)).toEqual(['nps', 'nps~2'])
  await handle(deployment.runtime, { kind: 'feedback', ...about, step: 'nps', type: 'open', at })
  expect(logOf(deployment).map(({ outcome }) => outcome)).toEqual(['opened', 'sent'])
  await handle(deployment.runtime, { kind: 'feedback', ...about, step: 'nps~2', type: 'delivery', at })
  expect(logOf(deployment).map(({ outcome }) => outcome)).toEqual(['opened', 'delivered'])
})

test('a crash in the second round does not take the first mail for the second', async () => {
  const deployment = await begun()
  const at = deployment.world.clock.now()
  deployment.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  await deployment.live(at + 25 * HOUR)
  deployment.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
  await deployment.live()
  expect(deployment.subjects()).toEqual(['nps for anna', 'nps for anna'])
})

test('an answer is written to the round that asked', async () => {
  const deployment = await begun()
  await deployment.live(deployment.world.clock.now() + 25 * HOUR)
  const data = { score: 9, workflow: 'care', key: 'o-1', run: 1, step: 'nps' }
  await deployment.post({ id: 'r2', type: 'nps.rated', data: { ...data, round: 2 } })
  await deployment.deliver()
  expect(logOf(deployment).map(({ outcome }) => outcome)).toEqual(['sent', 'rated'])
  await deployment.post({ id: 'r1', type: 'nps.rated', data })
  await deployment.deliver()
  expect(logOf(deployment).map(({ outcome }) => outcome)).toEqual(['rated', 'rated'])
})

test('each round has a coupon and a task of its own', async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(
    programOf([
      { verb: 'repeat', id: 'repeat-1', next: null, times: 2, every: 'P1D', first: 'coupon-1' },
      { verb: 'coupon', id: 'coupon-1', next: 'task-1', name: 'gift', source: { pattern: 'GIFT-????-##' } },
      { verb: 'task', id: 'task-1', next: 'repeat-1', name: 'call', queue: 'care', title: 'Call' },
    ]),
  )
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.live()
  const rows = deployment.world.table.all()
  const codes = rows.filter(({ sk }) => sk.startsWith('K#')).map(({ body }) => body)
  expect(new Set(codes).size).toBe(2)
  expect(rows.filter(({ sk }) => sk.startsWith('T#'))).toHaveLength(2)
})
