/** What keeps a deployment true over time: the daily round, counters, coupons, tasks, profiles under many writers. */
import { expect, test } from 'vitest'
import { holdCoupon, loadPool } from '../../runtime/coupons.ts'
import { changeProfile, loadCustomer } from '../../runtime/customers.ts'
import { handle } from '../../runtime/handle.ts'
import { requestRound } from '../../runtime/round.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import { pause, resume } from '../../runtime/summaries.ts'
import { sweep } from '../../runtime/sweep.ts'
import { closeTask, listTasks } from '../../runtime/tasks.ts'
import { work } from '../../runtime/work.ts'
import { Crash, crashAt, Deployment, programOf, send, standard } from './deployment.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }
const figures = (deployment: Deployment) =>
  deployment.runtime.figures.workflow('care', '2026-01-01', '2027-12-31')

test('a timer that was lost is armed again by the daily round', async () => {
  const deployment = new Deployment()
  await deployment.publish(standard)
  await deployment.post({ data: { orderId: 'o-1', total: 80 } }, anna)
  await deployment.deliver()
  deployment.world.timers.armed.clear()
  await deployment.live()
  expect(deployment.subjects()).toEqual(['thanks for anna'])
  deployment.world.clock.advance(5 * 24 * 3_600_000)
  const report = await sweep(deployment.runtime)
  expect(report).toMatchObject({ journeys: 1, overdue: 1 })
  expect(report.latestMs).toBeGreaterThan(24 * 3_600_000)
  await deployment.live()
  expect(deployment.subjects()).toEqual(['thanks for anna', 'tips for anna', 'gold for anna'])
})

test('a claim whose message is gone with its process is found by the daily round', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)]))
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  deployment.start(crashAt('sender.send', 'after'))
  // It was received for the last time, and nobody was there to write it down.
  const message = deployment.world.queue.take()
  await expect(handle(deployment.runtime, work.parse(JSON.parse(message?.body ?? '')))).rejects.toThrow(Crash)
  deployment.start()
  deployment.world.clock.advance(24 * 3_600_000)
  expect(await sweep(deployment.runtime)).toMatchObject({ journeys: 1, overdue: 1 })
  await deployment.live()
  expect((await loadCustomer(deployment.runtime, 'anna')).journeys).toMatchObject([
    { enrollment: { phase: 'ended' } },
  ])
})

test('what stands still in a pause is not overdue, and the round wakes none of it', async () => {
  const deployment = new Deployment()
  await deployment.publish(standard)
  await deployment.post({ data: { orderId: 'o-1', total: 80 } }, anna)
  await deployment.deliver()
  await pause(deployment.runtime, 'care')
  deployment.world.clock.advance(5 * 24 * 3_600_000)
  expect(await sweep(deployment.runtime)).toMatchObject({ journeys: 1, overdue: 0 })
  expect(deployment.world.queue.messages).toEqual([])
})

test('the round finds everybody, in whichever part of the table', async () => {
  const deployment = new Deployment()
  deployment.world.table.pageSize = 7
  await deployment.publish(standard)
  for (let n = 0; n < 60; n++)
    await deployment.post({ id: `e-${n}`, customerId: `c-${n}`, data: { orderId: `o-${n}`, total: 1 } }, anna)
  await deployment.deliver()
  deployment.world.timers.armed.clear()
  deployment.world.clock.advance(72 * 3_600_000)
  expect(await sweep(deployment.runtime)).toMatchObject({ journeys: 60, overdue: 0, armed: 60 })
  expect(deployment.world.timers.armed.size).toBe(60)
})

test('the recount says what was counted', async () => {
  const deployment = new Deployment()
  await deployment.publish({
    ...standard,
    goal: { event: 'purchase', within: 'P60D', value: 'event.total' },
    listensTo: ['purchase'],
  })
  for (const id of ['anna', 'bruno', 'carla']) {
    await deployment.post(
      { id: `${id}-1`, customerId: id, data: { orderId: `${id}-1`, total: 80 } },
      { ...anna, email: `${id}@example.com` },
    )
  }
  await deployment.live(deployment.world.clock.now() + 4 * 24 * 3_600_000)
  await deployment.post({ id: 'anna-2', data: { orderId: 'anna-2', total: 19.9 } })
  await deployment.live()
  const counted = await figures(deployment)
  expect(counted).toMatchObject({
    entered: 4,
    converted: 1,
    revenueCents: 1990,
    'sent.thanks': 4,
    'sent.tips': 4,
    'sent.gold': 2,
  })
  await deployment.world.table.add('S#care', '2026-03-26', { entered: 17, 'sent.thanks': -3 })
  await sweep(deployment.runtime)
  expect(await figures(deployment)).toEqual(counted)
})

test('counts of a busy minute are one write', async () => {
  const deployment = new Deployment()
  await deployment.publish(standard)
  await deployment.runtime.figures.flushIfDue()
  for (let i = 0; i < 20; i++) {
    await deployment.post({ id: `e${i}`, customerId: `c${i}`, data: { orderId: `o${i}` } }, anna)
    await deployment.deliver()
    await deployment.runtime.figures.flushIfDue()
  }
  expect(deployment.world.table.calls.add).toBe(1)
  expect(await figures(deployment)).toMatchObject({ entered: 20, 'sent.thanks': 20 })
})

test('one code, one customer, never twice, and the same again for who asks again', async () => {
  const deployment = new Deployment()
  const codes = Array.from({ length: 40 }, (_, i) => `GIFT-${i}`)
  expect(await loadPool(deployment.runtime, 'gifts', [...codes, 'GIFT-0'])).toBe(40)
  await deployment.publish(
    programOf([{ verb: 'coupon', id: 'c', next: null, name: 'gift', source: { pool: 'gifts' } }]),
  )
  for (let i = 0; i < 45; i++)
    await deployment.post({ id: `e${i}`, customerId: `c${i}`, data: { orderId: 'o' } })
  await deployment.deliver()
  const held: string[] = []
  let empty = 0
  for (let i = 0; i < 45; i++) {
    const { journeys } = await loadCustomer(deployment.runtime, `c${i}`)
    const enrollment = journeys[0]?.enrollment
    const code = enrollment?.coupons?.gift?.code
    if (!enrollment || code === undefined) {
      empty++
      continue
    }
    held.push(code)
    const command = { kind: 'coupon', step: 'c', name: 'gift', source: { pool: 'gifts' } } as const
    expect(await holdCoupon(deployment.runtime, enrollment, command)).toEqual({ status: 'done', code })
  }
  expect(held.sort()).toEqual(codes.sort())
  expect(empty).toBe(5)
  expect(await loadPool(deployment.runtime, 'gifts', ['GIFT-3', 'GIFT-new'])).toBe(1)
})

test('a task is listed until it is closed, and closing it is an event', async () => {
  const deployment = new Deployment()
  const steps = [
    {
      verb: 'task',
      id: 't',
      next: 'wait',
      name: 'call',
      queue: 'care-team',
      title: 'Call {{ customer.id }}',
      due: 'P1D',
    },
    { verb: 'await', id: 'wait', next: null, event: 'task.closed', for: 'P7D', then: 'thanks', else: null },
    send('thanks', null),
  ] as const
  await deployment.publish(programOf([...steps], { listensTo: ['task.closed'] }))
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  const { tasks } = await listTasks(deployment.runtime)
  expect(tasks).toEqual([
    expect.objectContaining({
      title: 'Call anna',
      queue: 'care-team',
      state: 'open',
      customerId: 'anna',
      dueAt: deployment.world.clock.now() + 86_400_000,
    }),
  ])
  const id = tasks[0]?.id ?? ''
  await closeTask(deployment.runtime, id, { note: 'spoke to her' })
  await closeTask(deployment.runtime, id, { note: 'again' })
  await deployment.deliver()
  expect((await listTasks(deployment.runtime)).tasks).toEqual([])
  expect((await listTasks(deployment.runtime, { state: 'closed' })).tasks).toEqual([
    expect.objectContaining({ note: 'spoke to her' }),
  ])
  expect(deployment.subjects()).toEqual(['thanks for anna'])
})

test('writers of one profile do not undo each other', async () => {
  const deployment = new Deployment()
  await changeProfile(deployment.runtime, 'anna', () => ({ id: 'anna', visits: 0 }))
  const visit = (name: string) =>
    changeProfile(deployment.runtime, 'anna', (before) => ({
      ...before,
      id: 'anna',
      [name]: true,
      visits: Number(before?.visits) + 1,
    }))
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(visit))
  const { customer } = await loadCustomer(deployment.runtime, 'anna')
  expect(customer.profile).toEqual({ id: 'anna', visits: 5, a: true, b: true, c: true, d: true, e: true })
})

test('a paused workflow holds its journeys and goes on where they stood', async () => {
  const deployment = new Deployment()
  await deployment.publish(standard)
  await deployment.post({ data: { orderId: 'o-1', total: 80 } }, anna)
  await deployment.deliver()
  await pause(deployment.runtime, 'care')
  await deployment.post({ id: 'e2', data: { orderId: 'o-2', total: 80 } })
  await deployment.live(deployment.world.clock.now() + 10 * 24 * 3_600_000)
  expect(deployment.subjects()).toEqual(['thanks for anna'])
  const resumed = await resume(deployment.runtime, 'care')
  if (resumed.ok) await requestRound(deployment.runtime, resumed.summary)
  await deployment.live()
  expect(deployment.subjects()).toEqual(['thanks for anna', 'tips for anna', 'gold for anna'])
})

test('a writer who comes late does not take away the row of a date that was set back meanwhile', async () => {
  const deployment = new Deployment()
  const { table } = deployment.world
  const beside = createRuntime(deployment.world)
  const born = (birthday: string) => (runtime: Runtime) =>
    changeProfile(runtime, 'anna', (before) => ({ ...before, id: 'anna', birthday }))
  await born('1990-03-14')(beside)
  let between = false
  const late = new Proxy(table, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        if (property === 'delete' && !between) {
          between = true
          await born('1990-03-14')(beside)
        }
        return Reflect.apply(member, target, args)
      }
    },
  })
  await born('1991-07-01')(deployment.start((world) => ({ ...world, table: late })))
  expect(between).toBe(true)
  const days = () =>
    table
      .all()
      .filter(({ sk }) => sk.endsWith('#anna'))
      .map(({ pk }) => pk.split('#')[2])
      .sort()
  expect(days()).toEqual(['03-14', '1990-03-14'])
  await born('1992-05-05')(beside)
  expect(days()).toEqual(['05-05', '1992-05-05'])
})
