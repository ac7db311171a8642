/** Days of the calendar on the running system: everybody once, at nine where they live. */
import { describe, expect, test } from 'vitest'
import type { CalendarTrigger } from '../../engine/program.ts'
import { changeProfile } from '../../runtime/customers.ts'
import { eraseCustomer } from '../../runtime/erase.ts'
import { why } from '../../runtime/why.ts'
import { crashAt, Deployment, programOf, send } from './deployment.ts'

const HOUR = 3_600_000

const greetings = (changes: Partial<CalendarTrigger> = {}) =>
  programOf([send('greetings', null)], {
    enroll: { per: 'event.occurrence', again: 'always' },
    trigger: {
      kind: 'calendar',
      calendar: '12-20',
      days: { months: [12], days: [20] },
      at: '09:00',
      leapDay: 'feb-28',
      past: 'skip',
      ...changes,
    },
  })

type People = { [id: string]: { timezone?: string; vip?: boolean } }

const world: People = {
  auckland: { timezone: 'Pacific/Auckland' },
  tokyo: { timezone: 'Asia/Tokyo' },
  rome: { timezone: 'Europe/Rome' },
  denver: { timezone: 'America/Denver' },
  nowhere: {},
}

const put = (deployment: Deployment, id: string, fields: object) =>
  changeProfile(deployment.runtime, id, (before) => ({
    ...before,
    id,
    email: `${id}@example.com`,
    ...fields,
  }))

async function deployed(program: ReturnType<typeof greetings>, people: People, at: string) {
  const deployment = new Deployment({ at })
  deployment.world.table.pageSize = 3
  await deployment.publish(program)
  await deployment.ticker.tick()
  for (const [id, fields] of Object.entries(people)) await put(deployment, id, fields)
  return deployment
}

/** Ticks every quarter of an hour, or as told, with timers in between; `meanwhile` happens at its hour. */
async function run(
  deployment: Deployment,
  until: string,
  {
    everyMs = HOUR / 4,
    meanwhile = [],
  }: { everyMs?: number; meanwhile?: [string, () => Promise<unknown>][] } = {},
) {
  const { clock, sender } = deployment.world
  const open = [...meanwhile]
  const left: string[] = []
  const note = async () => {
    const before = sender.mails.length
    await deployment.live(clock.now())
    for (const { to } of sender.mails.slice(before))
      left.push(`${to.split('@')[0]} ${new Date(clock.now()).toISOString().slice(0, 16)}`)
  }
  for (; clock.now() < Date.parse(until); clock.advance(everyMs)) {
    for (let next = open[0]; next && Date.parse(next[0]) <= clock.now(); next = open[0]) {
      open.shift()
      await next[1]()
    }
    await deployment.ticker.tick()
    await note()
  }
  return left.sort()
}

const eve = '2026-12-18T12:00:00Z'
const after = '2026-12-21T12:00:00Z'
const nine = [
  'auckland 2026-12-19T20:00',
  'denver 2026-12-20T16:00',
  'nowhere 2026-12-20T09:00',
  'rome 2026-12-20T08:00',
  'tokyo 2026-12-20T00:00',
]

test('everybody at nine in the morning of their own day, once', async () => {
  const deployment = await deployed(greetings(), world, eve)
  expect(await run(deployment, after)).toEqual(nine)
  // One look at the table, however often it is ticked.
  expect(deployment.world.table.all().filter(({ sk }) => sk.startsWith('calendar#'))).toHaveLength(1)
})

test('the audience alone, as it is when the day comes where they are', async () => {
  const people = {
    tokyo: { timezone: 'Asia/Tokyo', vip: true },
    rome: { timezone: 'Europe/Rome' },
    denver: { timezone: 'America/Denver', vip: true },
  }
  const deployment = await deployed(greetings({ audience: 'customer.vip == true' }), people, eve)
  const left = await run(deployment, after, {
    meanwhile: [
      ['2026-12-20T02:00:00Z', () => put(deployment, 'rome', { vip: true })],
      ['2026-12-20T03:00:00Z', () => put(deployment, 'denver', { vip: false })],
    ],
  })
  expect(left).toEqual(['rome 2026-12-20T08:00', 'tokyo 2026-12-20T00:00'])
  expect(await why(deployment.runtime, 'denver', { workflow: 'care' })).toMatchObject({
    answer: expect.stringContaining('denver is not in the audience customer.vip == true'),
  })
})

describe('while the day goes round the earth', () => {
  test('somebody new is not missed', async () => {
    const deployment = await deployed(greetings(), {}, eve)
    const left = await run(deployment, after, {
      meanwhile: [
        ['2026-12-20T02:00:00Z', () => put(deployment, 'rome', { timezone: 'Europe/Rome' })],
        ['2026-12-20T09:00:00Z', () => put(deployment, 'late', { timezone: 'Europe/Rome' })],
      ],
    })
    expect(left).toEqual(['rome 2026-12-20T08:00'])
  })

  test.each([
    ['west', 'Europe/Rome', 'America/Denver', '2026-12-20T06:00:00Z', '2026-12-20T16:00'],
    ['east, where nine is over', 'Europe/Rome', 'Asia/Tokyo', '2026-12-20T06:00:00Z', '2026-12-20T06:00'],
    [
      'east, where nine is ahead',
      'America/Denver',
      'Europe/Rome',
      '2026-12-20T06:00:00Z',
      '2026-12-20T08:00',
    ],
    ['west after nine', 'Asia/Tokyo', 'Europe/Rome', '2026-12-20T01:00:00Z', '2026-12-20T00:00'],
  ])('who moves %s is greeted once', async (_, from, to, at, left) => {
    const deployment = await deployed(greetings(), { anna: { timezone: from } }, eve)
    const meanwhile: [string, () => Promise<unknown>][] = [
      [at, () => put(deployment, 'anna', { timezone: to })],
    ]
    expect(await run(deployment, after, { meanwhile })).toEqual([`anna ${left}`])
  })

  test('who is erased is gone', async () => {
    const deployment = await deployed(greetings(), { rome: { timezone: 'Europe/Rome' } }, eve)
    const left = await run(deployment, after, {
      meanwhile: [['2026-12-20T06:00:00Z', () => eraseCustomer(deployment.runtime, 'rome')]],
    })
    expect(left).toEqual([])
    expect(deployment.world.table.all().filter(({ pk }) => pk === 'C#rome')).toEqual([])
  })

  test('a workflow that is published then concerns those for whom nine is ahead', async () => {
    const deployment = new Deployment({ at: '2026-12-20T04:00:00Z' })
    for (const [id, fields] of Object.entries(world)) await put(deployment, id, fields)
    await deployment.ticker.tick()
    await deployment.publish(greetings())
    deployment.start()
    expect(await run(deployment, after)).toEqual(nine.filter((line) => /denver|nowhere|rome/.test(line)))
  })
})

describe('an outage of three days across the day', () => {
  test.each([
    ['skip', 0],
    ['now', 5],
  ] as const)('past: %s', async (past, count) => {
    const deployment = await deployed(greetings({ past }), world, eve)
    await run(deployment, '2026-12-22T11:00:00Z', { everyMs: 4 * 24 * HOUR })
    expect(await run(deployment, '2026-12-23T12:00:00Z')).toHaveLength(count)
  })
})

test('a day that another version has meanwhile moved is not kept', async () => {
  const deployment = await deployed(greetings(), world, eve)
  const moved = greetings({ calendar: '12-21', days: { months: [12], days: [21] } })
  const left = await run(deployment, '2026-12-22T00:00:00Z', {
    meanwhile: [
      [
        '2026-12-20T02:00:00Z',
        async () => {
          const before = await deployment.world.table.get('W', 'care')
          await deployment.publish(moved, 2)
          const { publishedAt } = JSON.parse(before?.body ?? '{}')
          const row = await deployment.world.table.get('W', 'care')
          const body = JSON.stringify({ ...JSON.parse(row?.body ?? '{}'), liveSince: publishedAt })
          await deployment.world.table.put({ pk: 'W', sk: 'care', rev: 3, body }, { kind: 'any' })
        },
      ],
    ],
  })
  expect(left.filter((line) => line.startsWith('rome'))).toEqual(['rome 2026-12-21T08:00'])
})

test('a crash anywhere in the reading loses nobody and greets nobody twice', async () => {
  for (let n = 1; n <= 40; n += 3) {
    const deployment = await deployed(greetings(), world, '2026-12-19T18:45:00Z')
    deployment.start(crashAt(n, 'after'))
    const { clock } = deployment.world
    for (; clock.now() < Date.parse(after); clock.advance(HOUR)) {
      const again = () => {
        deployment.start()
        clock.advance(deployment.world.config.claimLeaseMs + 1)
      }
      await deployment.ticker.tick().catch(again)
      await deployment.live(clock.now(), again)
    }
    expect(deployment.subjects().sort(), `call ${n}`).toEqual(
      Object.keys(world)
        .sort()
        .map((id) => `greetings for ${id}`),
    )
  }
})
