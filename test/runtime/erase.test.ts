/** A person who asks to be erased is erased, whatever is queued or in hand for them at that moment. */
import { expect, test } from 'vitest'
import { changeProfile } from '../../runtime/customers.ts'
import { eraseCustomer } from '../../runtime/erase.ts'
import type { World } from '../../runtime/ports.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { closeTask, listTasks } from '../../runtime/tasks.ts'
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

/** Deletes what has expired, as the store does in its own time. */
async function expire({ world: { table, clock } }: Deployment): Promise<void> {
  for (const { pk, sk, expiresAt } of table.all())
    if (expiresAt !== undefined && expiresAt <= clock.now()) await table.delete(pk, sk)
}
const traces = ({ world }: Deployment) =>
  world.table.all().filter(({ pk, sk }) => `${pk} ${sk}`.includes('anna'))

test('while the queue stands still, for as long as it may, and goes on afterwards', async () => {
  const deployment = new Deployment()
  await deployment.publish(program)
  await changeProfile(deployment.runtime, 'anna', () => ({ id: 'anna', ...anna }))
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await eraseCustomer(deployment.runtime, 'anna')
  deployment.world.clock.advance(14 * 24 * 3_600_000)
  await expire(deployment)
  await deployment.deliver()
  expect(traces(deployment)).toEqual([])
  expect(deployment.subjects()).toEqual([])
})

test('asked again after it was interrupted before its message was sent', async () => {
  const deployment = new Deployment()
  const { queue } = deployment.world
  await deployment.publish(program)
  await changeProfile(deployment.runtime, 'anna', () => ({ id: 'anna', ...anna }))
  queue.failure = new Error('the process is gone')
  await expect(eraseCustomer(deployment.runtime, 'anna')).rejects.toThrow('gone')
  queue.failure = undefined
  await eraseCustomer(deployment.runtime, 'anna')
  await deployment.deliver()
  expect(traces(deployment)).toEqual([])
})

test('somebody of whom the first rows have expired and are still stored', async () => {
  const deployment = new Deployment()
  const { table } = deployment.world
  for (const number of [1, 2, 3]) await deployment.post({ id: `e${number}`, data: {} })
  await deployment.deliver()
  const query = table.query.bind(table)
  // The adapter leaves expired rows out of pages that the store has counted them into.
  table.query = async (pk, options) => {
    const page = await query(pk, options)
    return { ...page, rows: page.rows.filter(({ sk }) => sk !== 'E#e1' && sk !== 'E#e2') }
  }
  table.pageSize = 2
  expect(await eraseCustomer(deployment.runtime, 'anna')).toBe(true)
})

test('a change of a date that is on its way leaves nothing in the calendar', async () => {
  const deployment = new Deployment()
  const { table } = deployment.world
  await changeProfile(deployment.runtime, 'anna', () => ({ id: 'anna', ...anna }))
  for (let n = 1; ; n++) {
    const erasure = interruptedAt(n, () => eraseCustomer(deployment.runtime, 'anna'))
    await changeProfile(deployment.runtime, 'anna', () => ({ id: 'anna', ...anna }))
    const beside = createRuntime(erasure.around(deployment.world))
    const change = changeProfile(beside, 'anna', () => ({ id: 'anna', ...anna, birthday: '1990-07-07' }))
    await change.catch((error: unknown) => expect(String(error)).toContain('erased meanwhile'))
    if (!erasure.reached()) break
    const profile = await table.get('C#anna', '!')
    if (!profile)
      expect(
        traces(deployment).filter(({ pk }) => pk.startsWith('D#')),
        `before call ${n}`,
      ).toEqual([])
    await deployment.deliver()
    expect(n).toBeLessThan(60)
  }
})

test.each(['date.reached', 'profile.became'])(
  'a %s that comes for somebody who is gone leaves nothing',
  async (type) => {
    const deployment = new Deployment()
    await deployment.publish(program)
    await deployment.post({ id: 'date:care:2027-03-14', type, data: { occurrence: '2027-03-14' } })
    await deployment.deliver()
    expect(traces(deployment)).toEqual([])
  },
)

test('what names them in lists that are nobody’s own goes as well', async () => {
  const deployment = new Deployment()
  const { world } = deployment
  await deployment.publish(
    programOf([
      { verb: 'task', id: 'task-1', next: 'task-2', name: 'call', queue: 'care', title: 'Call' },
      { verb: 'task', id: 'task-2', next: 'thanks', name: 'write', queue: 'care', title: 'Write' },
      send('thanks', null, 'ask'),
    ]),
  )
  world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  world.sender.find = async () => 'unknown'
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  const [task] = (await listTasks(deployment.runtime)).tasks
  await closeTask(deployment.runtime, task?.id ?? '', {})
  await deployment.deliver()
  const naming = () => world.table.all().filter((row) => JSON.stringify(row).includes('anna'))
  const elsewhere = () =>
    new Set(naming().flatMap(({ pk }) => (pk.startsWith('C#') ? [] : [pk.split('#')[0]])))
  expect(elsewhere()).toEqual(new Set(['D', 'T', 'T!closed', 'U']))
  await eraseCustomer(deployment.runtime, 'anna')
  await deployment.deliver()
  expect(naming()).toEqual([])
})

test('a message whose doubt is being written down while its customer is erased is on no list afterwards', async () => {
  const deployment = new Deployment()
  await deployment.publish(program)
  const { world } = deployment
  world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  world.sender.find = async () => 'unknown'
  let found: boolean | undefined
  const { put } = world.table
  world.table.put = async (row, condition) => {
    if (row.pk === 'U') found = await eraseCustomer(deployment.runtime, 'anna')
    return await put.call(world.table, row, condition)
  }
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  expect(found).toBe(true)
  expect(world.table.all().filter((row) => JSON.stringify(row).includes('anna'))).toEqual([])
})

test('a task that is being closed while its customer is erased is on no list afterwards', async () => {
  const deployment = new Deployment()
  await deployment.publish(program)
  const { world } = deployment
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  const [task] = (await listTasks(deployment.runtime)).tasks
  let isClosed = () => {}
  const closed = new Promise<void>((resolve) => {
    isClosed = resolve
  })
  let erased: Promise<boolean> | undefined
  const { put } = world.table
  world.table.put = async (row, condition) => {
    if (row.pk === 'T!closed')
      await new Promise<void>((rowsAreGone) => {
        const forget = async () => {
          rowsAreGone()
          await closed
        }
        erased = eraseCustomer(createRuntime({ ...world, forget }), 'anna')
      })
    return await put.call(world.table, row, condition)
  }
  await closeTask(deployment.runtime, task?.id ?? '', {})
  isClosed()
  expect(await erased).toBe(true)
  await deployment.deliver()
  expect(world.table.all().filter((row) => JSON.stringify(row).includes('anna'))).toEqual([])
})

test('somebody with many rows, in as many answers as a request has time for', async () => {
  const { world, runtime } = new Deployment()
  for (let n = 0; n < 1_000; n++)
    await world.table.put({ pk: 'C#anna', sk: `E#${n}`, body: '{}' }, { kind: 'any' })
  const { delete: gone } = world.table
  let turns = 0
  const waiting: (() => void)[] = []
  // Every delete of the same moment is answered together.
  world.table.delete = async (...args) => {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) > 1) return
      setImmediate(() => {
        turns++
        for (const go of waiting.splice(0)) go()
      })
    })
    return await gone.apply(world.table, args)
  }
  await eraseCustomer(runtime, 'anna')
  expect(world.table.all().filter(({ sk }) => sk.startsWith('E#'))).toEqual([])
  expect(turns).toBeLessThan(100)
})

test('a date that a workflow sets for somebody new leaves nothing in the calendar, whatever their time zone', async () => {
  const deployment = new Deployment()
  const values = { due: "'2027-06-29'" }
  await deployment.publish(programOf([{ verb: 'set', id: 'set-1', next: null, values }]))
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  const zones = () =>
    traces(deployment).flatMap(({ pk, sk }) => (pk.startsWith('D#') ? [sk.split('#')[0]] : []))
  expect(new Set(zones())).toEqual(new Set(['Europe/Rome']))
  await eraseCustomer(deployment.runtime, 'anna')
  await deployment.deliver()
  expect(traces(deployment)).toEqual([])
})
