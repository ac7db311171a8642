/** What happens in one moment is told in the order in which one thing led to another. */
import { beforeEach, expect, it } from 'vitest'
import { Api } from './api.ts'

let api: Api
beforeEach(() => {
  api = new Api({ at: '2026-03-26T09:00:00Z' })
})

const workflow = (name: string, starts: string, steps: string, more = '') =>
  api.publish(
    name,
    `workflow: ${name}\ntitle: ${name}\ntopic: service\ntrigger: { event: ${starts} }\nenroll: { again: always }\n${more}steps:\n${steps}`,
  )

/** Oldest first. */
async function told(): Promise<string[]> {
  const { json } = await api.get('/v1/customers/anna/timeline?limit=200')
  return json.entries
    .map(({ kind, workflow, outcome, step, type }: { [name: string]: string }) =>
      [kind, workflow, step, outcome ?? type].filter((part) => part !== undefined).join(' '),
    )
    .reverse()
}

const post = async (type: string, id: string) => {
  await api.post('/v1/events', { id, type, customerId: 'anna' })
  await api.settle()
}

const emitting = '  - emit: gift.sent\n  - task: pack\n    queue: shop\n    title: Pack\n'

it('an emitted event stands behind what emitted it, whatever it is called', async () => {
  await workflow('first', 'purchase', emitting)
  await workflow('second', 'gift.sent', '  - emit: gift.told\n  - stop: done\n')
  await workflow('third', 'gift.told', '  - stop: done\n')
  // The ids of emitted events begin with `emit:`, and the rows of events are sorted by them.
  await post('purchase', 'zz-last-by-name')
  expect(await told()).toEqual([
    'event purchase',
    'journey first entered',
    'decision first emit-gift-sent emitted',
    'task first task-pack created',
    'journey first completed',
    'event gift.sent',
    'journey second entered',
    'decision second emit-gift-told emitted',
    'decision second stop-done done',
    'journey second done',
    'event gift.told',
    'journey third entered',
    'decision third stop-done done',
    'journey third done',
  ])
})

it('also where a timer began it', async () => {
  await workflow('first', 'purchase', `  - wait: 1 day\n${emitting}`)
  await workflow('second', 'gift.sent', '  - stop: done\n')
  await post('purchase', 'zz')
  await api.until(Date.parse('2026-03-28T09:00:00Z'))
  expect((await told()).slice(3)).toEqual([
    'decision first emit-gift-sent emitted',
    'task first task-pack created',
    'journey first completed',
    'event gift.sent',
    'journey second entered',
    'decision second stop-done done',
    'journey second done',
  ])
})

it('what a journey awaited, left for or reached stands before its answer', async () => {
  await workflow(
    'first',
    'purchase',
    '  - await: gift.opened\n    for: 3 days\n    then: [{ stop: opened }]\n',
    'exit: [{ event: order.cancelled }]\n',
  )
  await post('purchase', 'zz-1')
  await post('gift.opened', 'aa-2')
  await post('purchase', 'mm-3')
  await post('order.cancelled', 'bb-4')
  expect(await told()).toEqual([
    'event purchase',
    'journey first entered',
    'decision first await-gift-opened waiting',
    'event gift.opened',
    'decision first await-gift-opened matched',
    'decision first stop-opened opened',
    'journey first opened',
    'event purchase',
    'journey first entered',
    'decision first await-gift-opened waiting',
    'event order.cancelled',
    'decision first matched',
    'journey first exited',
  ])
})

it('a task is closed before it is said that it was', async () => {
  await workflow('first', 'purchase', '  - task: call\n    queue: shop\n    title: Call\n')
  await workflow('second', 'task.closed', '  - stop: done\n')
  await post('purchase', 'zz')
  const { json } = await api.get('/v1/tasks')
  await api.post(`/v1/tasks/${json.tasks[0].id}/close`, {})
  await api.settle()
  expect((await told()).slice(-5)).toEqual([
    'task first task-call closed',
    'event task.closed',
    'journey second entered',
    'decision second stop-done done',
    'journey second done',
  ])
})

it('events of one moment stand as they were taken up', async () => {
  for (const id of ['c', 'a', 'b']) await post(`page.${id}`, id)
  expect(await told()).toEqual(['event page.c', 'event page.a', 'event page.b'])
})
