/** An event is worked on once, whoever posts it how often, and what was decided on it is kept. */
import { expect, test } from 'vitest'
import type { Step } from '../../engine/program.ts'
import { listEvents } from '../../runtime/events.ts'
import { loadCustomer } from '../../runtime/customers.ts'
import { handle } from '../../runtime/handle.ts'
import type { Table, World } from '../../runtime/ports.ts'
import { work } from '../../runtime/work.ts'
import { Deployment, programOf, send, standard } from './deployment.ts'

/** Its methods, so that one of them can be another. */
const tableOf = ({ table }: World): Table => ({
  get: (...given) => table.get(...given),
  query: (...given) => table.query(...given),
  put: (...given) => table.put(...given),
  delete: (...given) => table.delete(...given),
  add: (...given) => table.add(...given),
  scan: (...given) => table.scan(...given),
})

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }

test('the same event at once and a week later changes nothing, not even the profile', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)], { enroll: { again: 'always' } }))
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.post({ data: { orderId: 'o-1' } }, { ...anna, tier: 'gold' })
  await deployment.deliver()
  deployment.world.clock.advance(7 * 24 * 3_600_000)
  await deployment.post({ data: { orderId: 'o-2' } }, { ...anna, tier: 'silver' })
  await deployment.deliver()
  expect(deployment.subjects()).toEqual(['thanks for anna'])
  const { customer, journeys } = await loadCustomer(deployment.runtime, 'anna')
  expect(customer.profile).toEqual({ id: 'anna', ...anna })
  expect(journeys).toHaveLength(1)
})

test('an event that starts nothing is kept with the reason', async () => {
  const deployment = new Deployment()
  await deployment.publish(
    programOf([send('thanks', null)], {
      trigger: { kind: 'event', event: 'purchase', when: 'event.total > 50' },
    }),
  )
  await deployment.post({ data: { orderId: 'o-1', total: 20 } }, anna)
  await deployment.deliver()
  const [stored] = await listEvents(deployment.runtime, 'anna')
  expect(stored?.decisions).toEqual([
    expect.objectContaining({
      workflow: 'care',
      rule: 'trigger.when',
      outcome: 'not-matched',
      values: { 'event.total': 20 },
    }),
  ])
  expect(deployment.subjects()).toEqual([])
})

test('what an event finds in its way when it is tried again after days is written down, too', async () => {
  const deployment = new Deployment()
  const journey = programOf([send('thanks', null)])
  await deployment.publish(journey)
  await deployment.post({ id: 'e1', data: { orderId: 'o-1' } }, anna)
  const [first] = deployment.world.queue.messages.splice(0)
  if (!first) throw new Error('nothing was queued')
  // It got as far as its row, failed for good, and is replayed when another has begun the journey.
  deployment.start((world) => ({
    ...world,
    table: {
      ...tableOf(world),
      put: async (row, condition) => {
        if (row.sk.startsWith('#')) throw new Error('the table is away')
        return await world.table.put(row, condition)
      },
    },
  }))
  await expect(handle(deployment.runtime, work.parse(JSON.parse(first.body)))).rejects.toThrow('away')
  deployment.start()
  await deployment.post({ id: 'e2', data: { orderId: 'o-1' } })
  await deployment.deliver()
  await handle(deployment.runtime, work.parse(JSON.parse(first.body)))
  const stored = (await listEvents(deployment.runtime, 'anna')).find(({ event }) => event.id === 'e1')
  expect(stored?.decisions).toEqual([expect.objectContaining({ workflow: 'care' })])
  expect(deployment.subjects()).toEqual(['thanks for anna'])
})

test('a customer nobody knows gets no mail, and the reason is written down', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)]))
  await deployment.post({ customerId: 'nobody', data: { orderId: 'o-1' } })
  await deployment.deliver()
  expect(deployment.subjects()).toEqual([])
  const { journeys } = await loadCustomer(deployment.runtime, 'nobody')
  expect(journeys[0]?.enrollment.log).toContainEqual(
    expect.objectContaining({ rule: 'gate.address', outcome: 'refused' }),
  )
})

test('two events of one customer in one batch start a journey each', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)]))
  await deployment.post({ id: 'e1', data: { orderId: 'o-1' } }, anna)
  await deployment.post({ id: 'e2', data: { orderId: 'o-2' } })
  await deployment.deliver()
  expect(deployment.subjects()).toEqual(['thanks for anna', 'thanks for anna'])
})

test('the standard journey is seven writes and three reads of the table, each of a row under 1 KB', async () => {
  const deployment = new Deployment()
  await deployment.publish(standard)
  // Versions and templates never change: they are read once in the life of a process.
  await deployment.post(
    { customerId: 'bruno', data: { orderId: 'o-0', total: 80 } },
    { email: 'bruno@example.it' },
  )
  await deployment.live()
  await deployment.post({ id: 'e0', type: 'profile.seen' }, anna)
  await deployment.deliver()
  const { table } = deployment.world
  const start = { ...table.calls }
  await deployment.post({ id: 'e1', data: { orderId: 'o-1', total: 80 } })
  await deployment.live()
  expect(deployment.subjects().slice(3)).toEqual(['thanks for anna', 'tips for anna', 'gold for anna'])
  const { put, query, get } = table.calls
  expect({ put: put - start.put, query: query - start.query, get: get - start.get }).toEqual({
    put: 7,
    query: 3,
    get: 0,
  })
  for (const { pk, sk, body } of table.all().filter((row) => row.pk === 'C#anna'))
    expect(Buffer.byteLength(`${pk}${sk}${body}`), sk).toBeLessThan(950)
})

test.each([
  ['once its fields are in the profile', '#care'],
  ['before they are', '!'],
])(
  'what fails %s, and is replayed after others, merges nothing over what was written since',
  async (_, at) => {
    const deployment = new Deployment()
    await deployment.publish(programOf([send('thanks', null)]))
    const { world } = deployment
    await deployment.post({ id: 'e0', type: 'profile.seen' }, anna)
    await deployment.deliver()
    await deployment.post({ id: 'e1', data: { orderId: 'o-1' } }, { tier: 'gold', city: 'Rome' })
    const failed = work.parse(JSON.parse(world.queue.take()?.body ?? '{}'))
    world.table.beforeWrite = (__, sk) => {
      if (sk.startsWith(at)) throw new Error('the table is away')
    }
    for (let time = 0; time < 2; time++)
      await expect(handle(deployment.runtime, failed)).rejects.toThrow('away')
    world.table.beforeWrite = undefined
    await deployment.post({ id: 'e2', type: 'profile.seen' }, { tier: 'plain' })
    await deployment.deliver()
    for (let time = 0; time < 2; time++) await handle(deployment.runtime, failed)
    const { customer } = await loadCustomer(deployment.runtime, 'anna')
    expect(customer.profile).toMatchObject({ ...anna, tier: 'plain', city: 'Rome' })
    expect(deployment.subjects()).toEqual(['thanks for anna'])
  },
)

test('a profile does not grow past what a row can hold: the event counts, the fields are left, and it is said', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)]))
  for (let n = 0; n < 8; n++)
    await deployment.post(
      { id: `e${n}`, data: { orderId: `o-${n}` } },
      { ...anna, [`note${n}`]: 'x'.repeat(30_000) },
    )
  await deployment.deliver()
  expect(deployment.subjects()).toHaveLength(8)
  const { customer } = await loadCustomer(deployment.runtime, 'anna')
  expect(Object.keys(customer.profile).filter((name) => name.startsWith('note'))).toHaveLength(4)
  const events = await listEvents(deployment.runtime, 'anna')
  expect(
    events.flatMap(({ decisions }) => decisions.map(({ rule, outcome }) => `${rule} ${outcome}`)),
  ).toEqual(Array.from({ length: 4 }, () => 'profile too-large'))
})

test('a new customer whose first event sets something costs no write in vain', async () => {
  const deployment = new Deployment()
  const set = (id: string, next: string | null): Step => ({
    verb: 'set',
    id,
    next,
    values: { [id]: 'event.total' },
  })
  await deployment.publish(programOf([set('first', 'second'), set('second', null)]))
  const { table } = deployment.world
  const put = table.put.bind(table)
  const tries: string[] = []
  table.put = async (row, condition) => {
    const result = await put(row, condition)
    if (row.pk === 'C#anna') tries.push(`${row.sk} ${result.ok}`)
    return result
  }
  await deployment.post({ data: { orderId: 'o-1', total: 7 } }, anna)
  await deployment.deliver()
  expect(tries.filter((one) => one.startsWith('!'))).toEqual(['! true', '! true', '! true'])
  expect(tries.filter((one) => one.endsWith('false'))).toEqual([])
  const { customer, mergedIntake } = await loadCustomer(deployment.runtime, 'anna')
  expect(customer.profile).toEqual({ id: 'anna', ...anna, first: 7, second: 7 })
  expect(mergedIntake).toMatch(/^in/)
})
