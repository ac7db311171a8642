/** The marks of messages in doubt: never one too few, and one too many is seen through. */
import { expect, test } from 'vitest'
import { listDoubts } from '../../runtime/doubts.ts'
import { DOUBTS_PK } from '../../runtime/keys-of-rows.ts'
import { requestSettle } from '../../runtime/requests.ts'
import { sweep } from '../../runtime/sweep.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

async function doubtful(deployment: Deployment): Promise<Deployment> {
  await deployment.publish(programOf([send('tips', null, 'ask')]))
  deployment.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  deployment.world.sender.find = async () => 'unknown'
  await deployment.post({ data: { orderId: 'o-1' } }, { email: 'anna@example.it' })
  return deployment
}
const marks = ({ world }: Deployment) => world.table.all().filter(({ pk }) => pk === DOUBTS_PK)
const listed = async ({ runtime }: Deployment) => (await listDoubts(runtime, { limit: 10 })).doubts
const settle = (outcome: 'sent' | 'drop') =>
  JSON.stringify({
    kind: 'settle',
    customerId: 'anna',
    workflow: 'care',
    key: 'o-1',
    run: 1,
    step: 'tips',
    outcome,
  })

test('whatever call it crashes at, a doubt is listed, and one that is settled is not', async () => {
  for (let call = 1; call <= 14; call++)
    for (const when of ['before', 'after'] as const) {
      const deployment = await doubtful(new Deployment({ config: { soleOwner: true } }))
      const again = (error: unknown) => {
        if (!(error instanceof Crash)) throw error
        deployment.start()
      }
      deployment.start(crashAt(call, when))
      await deployment.deliver(again)
      deployment.start()
      expect(await listed(deployment), `${when} call ${call}`).toMatchObject([{ key: 'o-1', rule: 'ask' }])
      deployment.start(crashAt(call, when))
      await deployment.world.queue.send([{ group: 'anna', body: settle('drop'), dedupId: 's' }])
      await deployment.deliver(again)
      deployment.start()
      expect(await listed(deployment), `${when} call ${call}, settled`).toEqual([])
      // What a crash has left of nothing goes when somebody looks, once it cannot be about to become true.
      deployment.world.clock.advance(600_000)
      await listed(deployment)
      expect(marks(deployment)).toEqual([])
    }
})

test('the nightly sweep marks doubts that have no mark, and keeps those of lasting ones', async () => {
  const deployment = await doubtful(new Deployment())
  await deployment.deliver()
  const [mark] = marks(deployment)
  await deployment.world.table.delete(DOUBTS_PK, mark?.sk ?? '')
  expect(await listed(deployment)).toEqual([])
  deployment.world.clock.advance(86_400_000)
  await sweep(deployment.runtime)
  expect(await listed(deployment)).toMatchObject([{ customerId: 'anna', step: 'tips' }])
  expect(marks(deployment)[0]?.expiresAt).toBe((mark?.expiresAt ?? 0) + 86_400_000)
})

test('a mark that is just being written is left alone', async () => {
  const deployment = await doubtful(new Deployment())
  await deployment.deliver()
  const journey = deployment.world.table.all().find(({ sk }) => sk.startsWith('#'))
  await deployment.world.table.delete(journey?.pk ?? '', journey?.sk ?? '')
  expect(await listed(deployment)).toEqual([])
  expect(marks(deployment)).toHaveLength(1)
})

test('of two who say at once that it is to be sent again, one is heard', async () => {
  const deployment = await doubtful(new Deployment())
  await deployment.deliver()
  let tries = 0
  deployment.world.sender.answer = () => {
    tries++
    return { status: 'unknown', reason: 'no answer' }
  }
  const [doubt] = await listed(deployment)
  const claimedAt = doubt?.sinceAt ?? 0
  deployment.world.clock.advance(60_000)
  const about = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'tips', claimedAt }
  await requestSettle(deployment.runtime, { ...about, outcome: 'resend' })
  await requestSettle(deployment.runtime, { ...about, outcome: 'resend' })
  await deployment.deliver()
  expect(tries).toBe(1)
  expect(await listed(deployment)).toMatchObject([{ sinceAt: deployment.world.clock.now() }])
})
