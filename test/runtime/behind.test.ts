/** A worker whose memory of what is live is a few seconds old loses nothing that is addressed to a workflow. */
import { expect, test } from 'vitest'
import { changeProfile } from '../../runtime/customers.ts'
import type { Program, Trigger } from '../../engine/program.ts'
import { Deployment, programOf, send } from './deployment.ts'

const standard = { every: 'year', at: '09:00', leapDay: 'feb-28', past: 'skip' } as const
const starting = (trigger: Trigger, steps = [send('hello', null)]): Program =>
  programOf(steps, { enroll: { again: 'always' }, trigger })
const byDate = starting({ kind: 'date', attribute: 'birthday', ...standard })
const { every: _, ...day } = standard
const triggers: [string, Program][] = [
  ['a date', byDate],
  [
    'a day of the calendar',
    starting({ kind: 'calendar', calendar: '03-28', days: { months: [3], days: [28] }, ...day }),
  ],
  ['a condition that has come true', starting({ kind: 'becomes', condition: 'customer.tier == "gold"' })],
]

/** Two processes, of which the worker has looked at what is live before anything was. */
async function withWorker() {
  const deployment = new Deployment({ at: '2026-03-28T06:30:00Z' })
  const worker = deployment.runtime
  const anna = (fields: object = {}) =>
    changeProfile(deployment.runtime, 'anna', () => ({
      id: 'anna',
      email: 'anna@example.it',
      timezone: 'Europe/Rome',
      birthday: '1990-03-28',
      ...fields,
    }))
  await anna()
  await worker.catalog.live()
  return { deployment, worker, anna }
}

test.each(triggers)('%s reaches a workflow that was published a second ago', async (_name, program) => {
  const { deployment, worker, anna } = await withWorker()
  await deployment.publish(program)
  deployment.start()
  await deployment.ticker.tick()
  deployment.world.clock.set(Date.parse('2026-03-28T08:30:00Z'))
  await deployment.ticker.tick()
  if (program.trigger.kind === 'becomes') await anna({ tier: 'gold' })
  expect(await worker.catalog.live()).toEqual([])
  deployment.runtime = worker
  await deployment.live()
  expect(deployment.subjects()).toEqual(['hello for anna'])
})

test('what is addressed to a version goes by that version, and looks once however much is addressed', async () => {
  const { deployment, worker } = await withWorker()
  await deployment.publish(byDate)
  await worker.catalog.hear('care', 1)
  expect(await worker.catalog.live()).toMatchObject([{ version: 1 }])
  const { trigger } = byDate
  await deployment.publish(starting(trigger, [send('news', null)]), 2)
  deployment.start()
  await deployment.ticker.tick()
  deployment.world.clock.set(Date.parse('2026-03-28T08:30:00Z'))
  await deployment.ticker.tick()
  deployment.runtime = worker
  await deployment.live()
  expect(deployment.subjects()).toEqual(['news for anna'])
  expect((await worker.catalog.live())[0]?.version).toBe(2)
})

test('a revision that the table does not have is looked for once', async () => {
  const deployment = new Deployment({ at: '2026-03-28T06:30:00Z' })
  let looks = 0
  const worker = deployment.start((world) => ({
    ...world,
    table: new Proxy(world.table, {
      get(table, name) {
        if (name === 'query') looks++
        const member: unknown = Reflect.get(table, name)
        return typeof member === 'function' ? member.bind(table) : member
      },
    }),
  }))
  await deployment.publish(byDate)
  await worker.catalog.live()
  const before = looks
  for (let n = 0; n < 20; n++) {
    await worker.catalog.hear('care', 9)
    await worker.catalog.live()
  }
  expect(looks - before).toBe(1)
})
