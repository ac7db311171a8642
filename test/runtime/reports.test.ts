/** What the provider reports of a mail: how far it came, whether its address is still good, and what a doubt was about. */
import { expect, test } from 'vitest'
import { loadCustomer } from '../../runtime/customers.ts'
import { handle } from '../../runtime/handle.ts'
import { type Work, work } from '../../runtime/work.ts'
import { Deployment, programOf, send } from './deployment.ts'

type Type = Extract<Work, { kind: 'feedback' }>['type']
const address = 'anna@example.it'

async function mailed(answer: 'sent' | 'unknown' = 'sent') {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null, 'ask')]))
  if (answer === 'unknown') {
    deployment.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
    deployment.world.sender.find = async () => 'unknown'
  }
  await deployment.post({ data: { orderId: 'o-1' } }, { email: address })
  await deployment.deliver()
  const about = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'thanks' }
  return {
    report: (type: Type) =>
      handle(
        deployment.runtime,
        work.parse({ kind: 'feedback', ...about, type, address, at: deployment.world.clock.now() }),
      ),
    async found() {
      const { customer, journeys } = await loadCustomer(deployment.runtime, 'anna')
      const said = journeys[0]?.enrollment.log.findLast(({ rule }) => rule === 'send')
      return { outcome: said?.outcome, suppressed: customer.suppressions.map(({ reason }) => reason) }
    },
  }
}

test.each<[Type[], string, string[]]>([
  [['delivery', 'bounce'], 'bounced', ['bounce']],
  [['bounce', 'delivery'], 'bounced', ['bounce']],
  [['click', 'open', 'delivery'], 'clicked', []],
  [['complaint', 'open'], 'complained', ['complaint']],
  [['soft-bounce'], 'sent', []],
  [['bounce', 'bounce'], 'bounced', ['bounce']],
  [['in-doubt'], 'in-doubt', []],
  [['in-doubt', 'delivery'], 'delivered', []],
  [['open', 'in-doubt'], 'opened', []],
])('after %j a mail is %s', async (types, outcome, suppressed) => {
  const { report, found } = await mailed()
  for (const type of types) await report(type)
  expect(await found()).toEqual({ outcome, suppressed })
})

test.each<[Type, string]>([
  ['send', 'sent'],
  ['delivery', 'delivered'],
  ['soft-bounce', 'sent'],
  ['reject', 'refused'],
])('a doubt that a %s settles ends as %s', async (type, outcome) => {
  const { report, found } = await mailed('unknown')
  expect(await found()).toMatchObject({ outcome: undefined })
  await report(type)
  expect(await found()).toMatchObject({ outcome })
})

test('a doubt is not settled by somebody who does not know either', async () => {
  const { report, found } = await mailed('unknown')
  await report('in-doubt')
  expect(await found()).toMatchObject({ outcome: undefined })
  await report('delivery')
  expect(await found()).toMatchObject({ outcome: 'delivered' })
})
