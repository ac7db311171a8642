/** Several workflows, one customer, and a cap with room for one: the more important message is the one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_SETTINGS } from '../../engine/default-settings.ts'
import type { Program } from '../../engine/program.ts'
import { why } from '../../runtime/why.ts'
import { Deployment, programOf, send } from './deployment.ts'
import { saveSettings } from '../../runtime/publishing.ts'

const capped = DEFAULT_SETTINGS.replace(
  /(service:[\s\S]*?basis: service)/,
  '$1\n    cap: { max: 1, within: 1 day }',
)

async function deployed(programs: Program[]) {
  const deployment = new Deployment({ at: '2026-03-26T00:30:00Z' })
  expect(await saveSettings(deployment.runtime, capped)).toEqual([])
  for (const program of programs) await deployment.publish(program)
  return deployment
}

const enter = (deployment: Deployment) =>
  deployment.post({ id: 'e1', type: 'purchase' }, { email: 'anna@example.com' })

const atOnce = (workflow: string, priority: number) =>
  programOf([send(workflow, null)], { workflow, priority, enroll: { again: 'never' } })

/** Waits until a time of the day, and sends. */
const later = (workflow: string, priority: number, at: string) =>
  programOf([{ verb: 'wait', id: 'wait-1', next: workflow, at }, send(workflow, null)], {
    workflow,
    priority,
    enroll: { again: 'never' },
  })

test('of those that one event starts', async () => {
  const deployment = await deployed([atOnce('a', 1), atOnce('b', 7), atOnce('c', 3)])
  await enter(deployment)
  await deployment.live()
  expect(deployment.subjects()).toEqual(['b for anna'])
})

test('of those that are due on the same day, although its hour is the last', async () => {
  const deployment = await deployed([later('a', 1, '08:00'), later('b', 7, '20:00'), later('c', 3, '12:00')])
  await enter(deployment)
  await deployment.live()
  expect(deployment.subjects()).toEqual(['b for anna'])
  expect(await why(deployment.runtime, 'anna', { workflow: 'a', step: 'a' })).toMatchObject({
    answer: expect.stringContaining('kept for a message of a higher priority that was due the same day'),
    because: expect.arrayContaining([
      expect.objectContaining({ rule: 'gate.cap', values: expect.objectContaining({ ahead: 2 }) }),
    ]),
  })
})

test('no room is kept for a workflow that is paused', async () => {
  const deployment = await deployed([later('a', 1, '08:00'), later('b', 7, '20:00')])
  await enter(deployment)
  await deployment.deliver()
  const row = await deployment.world.table.get('W', 'b')
  const body = JSON.stringify({ ...JSON.parse(row?.body ?? '{}'), state: 'paused' })
  await deployment.world.table.put({ pk: 'W', sk: 'b', rev: 2, body }, { kind: 'any' })
  deployment.start()
  await deployment.live(Date.parse('2026-03-26T23:00:00Z'))
  expect(deployment.subjects()).toEqual(['a for anna'])
})

test('whatever the hours and the priorities of a day: one message, of the highest priority there is', async () => {
  const hour = fc.integer({ min: 1, max: 23 }).map((one) => `${String(one).padStart(2, '0')}:00`)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ priority: fc.integer({ min: 0, max: 3 }), hour }), { minLength: 1, maxLength: 6 }),
      async (all) => {
        const deployment = await deployed(
          all.map(({ priority, hour: at }, index) => later(`w${index}`, priority, at)),
        )
        await enter(deployment)
        await deployment.live()
        const sent = deployment.subjects().map((subject) => Number(subject.slice(1, 2)))
        expect(sent).toHaveLength(1)
        const highest = Math.max(...all.map(({ priority }) => priority))
        expect(all[sent[0] ?? -1]?.priority).toBe(highest)
        // Of equals, the first of the day.
        const first = all
          .filter(({ priority }) => priority === highest)
          .map(({ hour: at }) => at)
          .sort()[0]
        expect(all[sent[0] ?? -1]?.hour).toBe(first)
      },
    ),
    { seed: 20260326, numRuns: 60 },
  )
})
