/** Workflows that start one another: what one says, the others hear, once, and a chain that feeds itself ends. */
import { expect, test } from 'vitest'
import type { Program } from '../../engine/program.ts'
import { parseScenarios, runScenario } from '../../engine/scenario.ts'
import { fromRow } from '../../runtime/journeys.ts'
import { settings } from '../engine/world.ts'
import { Deployment, programOf, send } from './deployment.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }

const onEvent = (event: string, workflow: string): Partial<Program> => ({
  workflow,
  trigger: { kind: 'event', event },
  enroll: { per: 'meta.id', again: 'always' },
})

function journeysOf(deployment: Deployment) {
  return deployment.world.table
    .all()
    .filter(({ sk }) => sk.startsWith('#'))
    .map((row) => fromRow(row).enrollment)
}

test('an emitted event carries its data to the workflow that it starts', async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  const data = { total: 'event.total * 2', nothing: 'event.nothing' }
  await deployment.publish(
    programOf([
      { verb: 'emit', id: 'emit-1', next: 'thanks', event: 'gift.sent', data },
      send('thanks', null),
    ]),
  )
  await deployment.publish(programOf([send('present', null)], onEvent('gift.sent', 'answer')))
  await deployment.post({ data: { orderId: 'o-1', total: 40 } }, anna)
  await deployment.live()
  // Behind what was going on: the emitting journey first.
  expect(deployment.subjects()).toEqual(['thanks for anna', 'present for anna'])
  expect(journeysOf(deployment).find(({ workflow }) => workflow === 'answer')).toMatchObject({
    entry: { id: 'emit:care:o-1:1:emit-1', type: 'gift.sent', data: { total: 80 } },
    hops: 1,
  })
})

test('a journey meets what it emits itself', async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(
    programOf(
      [
        { verb: 'emit', id: 'emit-1', next: 'await-1', event: 'gift.sent', data: {} },
        {
          verb: 'await',
          id: 'await-1',
          next: null,
          event: 'gift.sent',
          for: 'P1D',
          then: 'thanks',
          else: null,
        },
        send('thanks', null),
      ],
      { listensTo: ['gift.sent'] },
    ),
  )
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.live(deployment.world.clock.now() + 1000)
  expect(deployment.subjects()).toEqual(['thanks for anna'])
})

test('two workflows that start each other are cut after eight events, and the log hears of it', async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  const says = (event: string) =>
    programOf([{ verb: 'emit', id: 'emit-1', next: null, event, data: {} }]).steps
  await deployment.publish(programOf([], { ...onEvent('ping', 'one'), first: 'emit-1', steps: says('pong') }))
  await deployment.publish(
    programOf([], { ...onEvent('pong', 'other'), first: 'emit-1', steps: says('ping') }),
  )
  await deployment.post({ type: 'ping' }, anna)
  await deployment.live()
  const journeys = journeysOf(deployment)
  expect(journeys).toHaveLength(9)
  const cut = journeys.filter(({ log }) => log.some(({ outcome }) => outcome === 'refused'))
  expect(cut).toMatchObject([
    {
      hops: 8,
      phase: 'ended',
      log: expect.arrayContaining([
        expect.objectContaining({ rule: 'emit', values: { reason: 'chain', event: 'pong', hops: 9 } }),
      ]),
    },
  ])
  expect(deployment.world.lines.filter(({ message }) => message === 'emit.cut')).toEqual([
    { level: 'warn', message: 'emit.cut', facts: { workflow: 'one', step: 'emit-1', hops: 9 } },
  ])
})

test('data that no queue would carry is refused, and the journey goes on', async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(
    programOf([
      { verb: 'emit', id: 'emit-1', next: 'thanks', event: 'gift.sent', data: { note: 'event.note' } },
      send('thanks', null),
    ]),
  )
  await deployment.post({ data: { orderId: 'o-1', note: 'x'.repeat(20_000) } }, anna)
  await deployment.live()
  expect(deployment.subjects()).toEqual(['thanks for anna'])
  expect(journeysOf(deployment)[0]?.log).toMatchObject([
    { rule: 'emit', outcome: 'refused', values: { reason: 'too-large' } },
    {},
    {},
  ])
})

test('a scenario expects what is emitted', () => {
  const { scenarios, issues } = parseScenarios(`- scenario: a gift is told
  customer: { id: anna }
  given: [{ at: 2026-03-26T10:00, event: purchase, data: { orderId: o-1 } }]
  expect:
    - emit: gift.sent
      at: 2026-03-26T10:00
    - emit: gift.sent
      count: 1
    - never: gift.lost
    - ends: completed
`)
  expect(issues).toEqual([])
  const program = programOf([
    {
      verb: 'if',
      id: 'if-1',
      next: null,
      condition: 'event.lost == true',
      then: 'emit-2',
      else: 'emit-1',
    },
    { verb: 'emit', id: 'emit-1', next: null, event: 'gift.sent', data: {} },
    { verb: 'emit', id: 'emit-2', next: null, event: 'gift.lost', data: {} },
  ])
  const [scenario] = scenarios
  if (!scenario) throw new Error('there is no scenario')
  expect(runScenario({ program, templates: [] }, scenario, settings).failures).toEqual([])
})
