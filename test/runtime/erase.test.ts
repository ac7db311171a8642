/** A person who asks to be erased is erased, whatever is queued or in hand for them at that moment. */
import { expect, test } from 'vitest'
import { changeProfile } from '../../runtime/customers.ts'
import { eraseCustomer } from '../../runtime/erase.ts'
import type { World } from '../../runtime/ports.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { Deployment, programOf, send } from './deployment.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome', birthday: '1990-03-14' }
const program = programOf([
  { verb: 'set', id: 'set-1', next: 'thanks', values: { orders: '1' } },
  send('thanks', 'task-1'),
  { verb: 'task', id: 'task-1', next: 'wait-1', name: 'call', queue: 'care', title: 'Call' },
  { verb: 'wait', id: 'wait-1', next: 'tips', duration: 'P1D' },
  send('tips', null),
])

/** Runs `act` just before the `n`-th call to the outside. */
function interruptedAt(n: number, act: () => Promise<unknown>) {
  let calls = 0
  const guard = <P extends object>(port: P): P =>
    new Proxy(port, {
      get(target, property, receiver) {
        const member: unknown = Reflect.get(target, property, receiver)
        if (typeof member !== 'function') return member
        return async (...args: unknown[]) => {
          if (++calls === n) await act()
          return Reflect.apply(member, target, args)
        }
      },
    })
  return {
    around: (world: World): World => ({
      ...world,
      table: guard(world.table),
      sender: guard(world.sender),
      timers: guard(world.timers),
    }),
    reached: () => calls >= n,
  }
}

test.each([
  ['a customer that the event brings', false],
  ['a customer that was known', true],
])('between any two calls of a journey: %s', async (_name, known) => {
  for (let n = 1; ; n++) {
    const deployment = new Deployment({ config: { soleOwner: true } })
    await deployment.publish(program)
    const beside = createRuntime(deployment.world)
    if (known) await changeProfile(beside, 'anna', () => ({ id: 'anna', ...anna }))
    await deployment.post({ data: { orderId: 'o-1' } }, anna)
    const erasure = interruptedAt(n, () => eraseCustomer(beside, 'anna'))
    deployment.start(erasure.around)
    await deployment.live()
    // Asked too early there was nothing to erase, or all is over: then it is asked once more.
    await eraseCustomer(beside, 'anna')
    await deployment.live()
    const left = deployment.world.table.all().filter(({ pk, sk }) => `${pk} ${sk}`.includes('anna'))
    expect(left, `erased before call ${n}`).toEqual([])
    const subjects = deployment.subjects()
    expect(new Set(subjects).size, `mails when erased before call ${n}`).toBe(subjects.length)
    if (!erasure.reached()) break
    expect(n).toBeLessThan(60)
  }
})

test('who comes back after it starts clean and is kept', async () => {
  const deployment = new Deployment()
  await deployment.publish(program)
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  await deployment.post({ id: 'e2', data: { orderId: 'o-2' } })
  await eraseCustomer(deployment.runtime, 'anna')
  await changeProfile(deployment.runtime, 'anna', () => ({ id: 'anna', email: 'new@example.it' }))
  await deployment.post({ id: 'e1', data: { orderId: 'o-1' } })
  await deployment.deliver()
  expect(deployment.world.sender.mails.map(({ to }) => to)).toEqual(['anna@example.it', 'new@example.it'])
})
