/** Date triggers on the running system: everybody once, in their own time, also after an outage. */
import { describe, expect, test, vi } from 'vitest'
import { changeProfile } from '../../runtime/customers.ts'
import { eraseCustomer } from '../../runtime/erase.ts'
import type { Program } from '../../engine/program.ts'
import { sweep } from '../../runtime/sweep.ts'
import { Deployment, programOf, send } from './deployment.ts'

const birthday = (changes: Partial<Extract<Program['trigger'], { kind: 'date' }>> = {}) =>
  programOf([send('wishes', null)], {
    enroll: { again: 'always' },
    trigger: {
      kind: 'date',
      attribute: 'birthday',
      every: 'year',
      at: '09:00',
      leapDay: 'feb-28',
      past: 'skip',
      ...changes,
    },
  })

const HOUR = 3_600_000

async function withPeople(
  program: Program,
  people: { [id: string]: { timezone: string; birthday: string } },
  at: string,
) {
  const deployment = new Deployment({ at })
  await deployment.publish(program)
  await deployment.ticker.tick()
  for (const [id, profile] of Object.entries(people))
    await changeProfile(deployment.runtime, id, () => ({ id, email: `${id}@example.com`, ...profile }))
  return deployment
}

/** Ticks every `everyMs` until `until`, and says when each mail left. */
async function run(deployment: Deployment, until: string, everyMs: number) {
  const { clock, sender } = deployment.world
  const left: string[] = []
  while (clock.now() < Date.parse(until)) {
    clock.advance(everyMs)
    await deployment.ticker.tick()
    const before = sender.mails.length
    await deployment.deliver()
    for (const { to } of sender.mails.slice(before))
      left.push(`${to.split('@')[0]} ${new Date(clock.now()).toISOString()}`)
  }
  return left.sort()
}

test('each at nine in the morning of their own day', async () => {
  const deployment = await withPeople(
    birthday(),
    {
      rome: { timezone: 'Europe/Rome', birthday: '1990-03-28' },
      sydney: { timezone: 'Australia/Sydney', birthday: '1985-03-28' },
      denver: { timezone: 'America/Denver', birthday: '2001-03-28' },
      other: { timezone: 'Europe/Rome', birthday: '1990-06-01' },
    },
    '2027-03-26T00:00:00Z',
  )
  // The clocks change in Rome on that very day.
  expect(await run(deployment, '2027-03-30T00:00:00Z', HOUR / 4)).toEqual([
    'denver 2027-03-28T15:00:00.000Z',
    'rome 2027-03-28T07:00:00.000Z',
    'sydney 2027-03-27T22:00:00.000Z',
  ])
})

test('somebody born on 29 February, in a year without one', async () => {
  const leapling = { leo: { timezone: 'Europe/Rome', birthday: '1992-02-29' } }
  const year = async (leapDay: 'feb-28' | 'mar-1' | 'leap-years-only', from: string, to: string) =>
    run(await withPeople(birthday({ leapDay }), leapling, from), to, 6 * HOUR)
  expect(await year('feb-28', '2027-02-20T00:00:00Z', '2027-03-10T00:00:00Z')).toHaveLength(1)
  expect(await year('mar-1', '2027-02-20T00:00:00Z', '2027-03-10T00:00:00Z')).toEqual([
    'leo 2027-03-01T12:00:00.000Z',
  ])
  expect(await year('leap-years-only', '2027-02-20T00:00:00Z', '2027-03-10T00:00:00Z')).toEqual([])
  expect(await year('feb-28', '2028-02-20T00:00:00Z', '2028-03-10T00:00:00Z')).toEqual([
    'leo 2028-02-29T12:00:00.000Z',
  ])
})

describe('an outage of three days across a birthday', () => {
  const rome = { anna: { timezone: 'Europe/Rome', birthday: '1990-03-14' } }
  test.each([
    ['skip', []],
    ['now', ['anna 2027-03-16T06:00:00.000Z']],
  ] as const)('past: %s', async (past, mails) => {
    const deployment = await withPeople(birthday({ past }), rome, '2027-03-13T06:00:00Z')
    expect(await run(deployment, '2027-03-16T06:00:00Z', 72 * HOUR)).toEqual(mails)
  })
  test('a tick that comes hours late on the day itself still sends', async () => {
    const deployment = await withPeople(birthday(), rome, '2027-03-14T06:00:00Z')
    expect(await run(deployment, '2027-03-14T18:00:00Z', 12 * HOUR)).toEqual([
      'anna 2027-03-14T18:00:00.000Z',
    ])
  })
})

test('a new process whose cursor lags hands nobody over twice', async () => {
  const people = { anna: { timezone: 'Europe/Rome', birthday: '1990-03-14' } }
  const deployment = await withPeople(birthday(), people, '2027-03-14T06:00:00Z')
  await run(deployment, '2027-03-14T12:00:00Z', HOUR)
  await deployment.world.table.put(
    { pk: 'D', sk: 'cursor', counters: { at: Date.parse('2027-03-13T00:00:00Z') } },
    { kind: 'any' },
  )
  deployment.start()
  await run(deployment, '2027-03-15T12:00:00Z', HOUR)
  expect(deployment.subjects()).toEqual(['wishes for anna'])
})

test('a birthday that was moved or a customer who was erased is not written to', async () => {
  const people = {
    anna: { timezone: 'Europe/Rome', birthday: '1990-03-14' },
    bruno: { timezone: 'Europe/Rome', birthday: '1990-03-14' },
    carla: { timezone: 'Europe/Rome', birthday: '1990-03-14' },
  }
  const deployment = await withPeople(birthday(), people, '2027-03-13T06:00:00Z')
  await changeProfile(deployment.runtime, 'anna', (before) => ({
    ...before,
    id: 'anna',
    birthday: '1990-03-16',
  }))
  await eraseCustomer(deployment.runtime, 'bruno')
  expect((await run(deployment, '2027-03-17T06:00:00Z', HOUR)).map((line) => line.slice(0, 16))).toEqual([
    'anna 2027-03-16T',
    'carla 2027-03-14',
  ])
  expect(deployment.world.table.all().filter(({ sk }) => sk.endsWith('#bruno'))).toEqual([])
})

test('a quiet tick reads and writes nothing', async () => {
  const deployment = new Deployment({ at: '2027-03-13T06:00:00Z' })
  await deployment.publish(birthday())
  await changeProfile(deployment.runtime, 'anna', () => ({ id: 'anna', email: 'a@example.com' }))
  await deployment.ticker.tick()
  const before = { ...deployment.world.table.calls }
  for (let i = 0; i < 100; i++) {
    deployment.world.clock.set(deployment.world.clock.now() + HOUR / 4)
    await deployment.ticker.tick()
  }
  expect(deployment.world.table.calls).toEqual(before)
})

test('a restart of a process that is alone on its table still knows whose dates there are', async () => {
  const people = { anna: { timezone: 'Europe/Rome', birthday: '1990-03-14' } }
  const deployment = new Deployment({ at: '2027-03-13T06:00:00Z', config: { soleOwner: true } })
  await deployment.publish(birthday())
  for (const [id, profile] of Object.entries(people))
    await changeProfile(deployment.runtime, id, () => ({ id, email: `${id}@example.com`, ...profile }))
  deployment.start()
  await sweep(deployment.runtime)
  expect(await run(deployment, '2027-03-15T06:00:00Z', HOUR)).toHaveLength(1)
})

test('a version published between a due moment and the next tick loses nobody', async () => {
  const people = { anna: { timezone: 'Europe/Rome', birthday: '1990-03-14' } }
  const deployment = await withPeople(birthday(), people, '2027-03-14T07:55:00Z')
  deployment.world.clock.advance(10 * 60_000)
  const row = await deployment.world.table.get('W', 'care')
  const before = JSON.parse(row?.body ?? '{}')
  await deployment.publish(birthday(), 2)
  const after = await deployment.world.table.get('W', 'care')
  const body = JSON.stringify({ ...JSON.parse(after?.body ?? '{}'), liveSince: before.publishedAt })
  await deployment.world.table.put({ pk: 'W', sk: 'care', rev: 3, body }, { kind: 'any' })
  deployment.world.clock.advance(60_000)
  expect(await run(deployment, '2027-03-14T12:00:00Z', HOUR)).toHaveLength(1)
})

test('with nobody born on a day, the day costs a process that is alone no read', async () => {
  const people = { anna: { timezone: 'Europe/Rome', birthday: '1990-08-14' } }
  const deployment = new Deployment({ at: '2027-03-13T06:00:00Z', config: { soleOwner: true } })
  await deployment.publish(birthday())
  for (const [id, profile] of Object.entries(people))
    await changeProfile(deployment.runtime, id, () => ({ id, ...profile }))
  await sweep(deployment.runtime)
  await deployment.ticker.tick()
  const before = { ...deployment.world.table.calls }
  await run(deployment, '2027-04-05T06:00:00Z', HOUR)
  expect(deployment.world.table.calls).toEqual(before)
})

test('what a process that is alone remembers of dates does not grow with the customers who share them', async () => {
  const deployment = new Deployment({ at: '2027-03-13T06:00:00Z', config: { soleOwner: true } })
  for (let n = 0; n < 40; n++) {
    const id = `c-${n}`
    await changeProfile(deployment.runtime, id, () => ({ id, birthday: '1990-08-14' }))
  }
  const learn = vi.spyOn(deployment.runtime.zones, 'learn')
  await sweep(deployment.runtime)
  // The day of every year, and the one of that year.
  expect(learn.mock.lastCall?.[0]).toEqual(new Set(['D#birthday#08-14#0 -', 'D#birthday#1990-08-14#0 -']))
})

describe('another default zone on the day itself', () => {
  const inZone = async (deployment: Deployment, zone: string) => {
    const { settings, layout, text } = await deployment.runtime.catalog.settings()
    await deployment.runtime.catalog.saveSettings({
      layout,
      text,
      settings: { ...settings, defaultTimezone: zone },
    })
  }
  test.each([
    ['to the east, where its hour has passed', 'America/New_York', 'Asia/Tokyo', '2026-03-28T12:00:00Z'],
    ['to the west, where its hour comes again', 'Europe/Rome', 'America/New_York', '2026-03-28T10:00:00Z'],
    ['to the west, before its hour', 'Europe/Rome', 'America/New_York', '2026-03-28T06:00:00Z'],
  ])('%s: everybody without a zone of their own is written to once', async (_, from, to, changedAt) => {
    const deployment = new Deployment({ at: '2026-03-20T00:00:00Z' })
    await inZone(deployment, from)
    await deployment.publish(birthday())
    await deployment.ticker.tick()
    for (const [id, more] of [
      ['anywhere', {}],
      ['rome', { timezone: 'Europe/Rome' }],
    ] as const)
      await changeProfile(deployment.runtime, id, () => ({
        id,
        email: `${id}@example.com`,
        birthday: '1990-03-28',
        ...more,
      }))
    const before = await run(deployment, changedAt, 15 * 60_000)
    await inZone(deployment, to)
    // A process that starts now has only the table to go by.
    const kept = await deployment.runtime.catalog.settings()
    deployment.start()
    await deployment.runtime.catalog.saveSettings(kept)
    const after = await run(deployment, '2026-03-30T12:00:00Z', 15 * 60_000)
    const told = [...before, ...after].map((line) => line.split(' ')[0])
    expect(told.sort()).toEqual(['anywhere', 'rome'])
  })
})
