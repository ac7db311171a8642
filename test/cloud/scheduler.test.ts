/** The embedded scheduler: fires in time, once, and remembers. */
import { DeleteScheduleCommand, GetScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { schedulerClient } from '../../aws/clients.ts'
import { scheduleName } from '../../aws/scheduler.ts'
import { names } from '../../local/cloud/cloud.ts'
import { Heap } from '../../local/cloud/heap.ts'
import { type Embedded, openEmbedded } from '../ports/embedded.ts'

let cloud: Embedded
beforeEach(async () => {
  cloud = await openEmbedded('disk')
})
afterEach(() => cloud.close())

const hour = 3_600_000
const arm = (name: string, inMs: number) =>
  cloud.timers.arm({ name, at: cloud.clock.at + inMs, group: name, body: `{"wake":"${name}"}` })
const bodies = async () => (await cloud.cloud.queue.receive(10)).map(({ body }) => body)

test('fires what is due in order of time, into the group of its message, and nothing else', async () => {
  await arm('late', 3 * hour)
  await arm('second', 2 * hour)
  await arm('first', hour)
  expect(cloud.cloud.schedules.nextAt()).toBe(cloud.clock.at + hour)
  expect(await cloud.cloud.schedules.fireDue(cloud.clock.at + hour - 1)).toBe(0)
  expect(await cloud.cloud.schedules.fireDue(cloud.clock.at + 2 * hour)).toBe(2)
  const fired = await cloud.cloud.queue.receive(10)
  expect(fired.map(({ group, body }) => [group, body])).toEqual([
    ['first', '{"wake":"first"}'],
    ['second', '{"wake":"second"}'],
  ])
  expect(cloud.cloud.schedules.nextAt()).toBe(cloud.clock.at + 3 * hour)
})

test('a schedule is gone once it fired, and its name is free again', async () => {
  await arm('a', hour)
  expect(await cloud.cloud.schedules.fireDue(cloud.clock.at + hour)).toBe(1)
  expect(await cloud.cloud.schedules.fireDue(cloud.clock.at + hour)).toBe(0)
  const gone = new GetScheduleCommand({ GroupName: names.scheduleGroup, Name: scheduleName('a') })
  await expect(schedulerClient(cloud.clients).send(gone)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await arm('a', 2 * hour)
  expect(cloud.cloud.schedules.nextAt()).toBe(cloud.clock.at + 2 * hour)
})

test('remembers its schedules over a restart, and forgets those that fired or were deleted', async () => {
  const client = schedulerClient(cloud.clients)
  for (const [name, at] of [
    ['a', hour],
    ['b', 2 * hour],
    ['c', 3 * hour],
  ] as const)
    await arm(name, at)
  await client.send(new DeleteScheduleCommand({ GroupName: names.scheduleGroup, Name: scheduleName('b') }))
  await cloud.cloud.schedules.fireDue(cloud.clock.at + hour)
  cloud = await cloud.reopen()
  expect(await bodies()).toEqual(['{"wake":"a"}'])
  expect(cloud.cloud.schedules.nextAt()).toBe(cloud.clock.at + 3 * hour)
  expect(await cloud.cloud.schedules.fireDue(cloud.clock.at + 9 * hour)).toBe(1)
  expect(await bodies()).toEqual(['{"wake":"c"}'])
})

test('lists in pages', async () => {
  for (let index = 0; index < 25; index++) await arm(`t${index}`, hour)
  const client = schedulerClient(cloud.clients)
  const seen: string[] = []
  let NextToken: string | undefined
  do {
    const page = await client.send(
      new ListSchedulesCommand({ GroupName: names.scheduleGroup, MaxResults: 10, NextToken }),
    )
    seen.push(...(page.Schedules ?? []).map(({ Name = '' }) => Name))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  expect(seen.sort()).toEqual(Array.from({ length: 25 }, (_, index) => scheduleName(`t${index}`)).sort())
})

test('many that are due at the same moment all fire, once', async () => {
  await Promise.all(Array.from({ length: 350 }, (_, index) => arm(`t${index}`, hour)))
  expect(await cloud.cloud.schedules.fireDue(cloud.clock.at + hour)).toBe(350)
  expect(cloud.cloud.queue.depth().visible).toBe(350)
})

test('a heap gives back what it was given, in order of time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (times) => {
      const heap = new Heap<number>()
      for (const at of times) heap.push(at, at)
      const out: number[] = []
      for (let next = heap.pop(); next; next = heap.pop()) out.push(next.at)
      expect(out).toEqual([...times].sort((a, b) => a - b))
    }),
  )
})
