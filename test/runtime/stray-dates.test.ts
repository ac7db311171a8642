/** A crash between the rows of a date and its profile leaves no row for good, and the sweep takes away none that is wanted. */
import { expect, test } from 'vitest'
import { changeProfile } from '../../runtime/customers.ts'
import { eraseCustomer } from '../../runtime/erase.ts'
import { sweep } from '../../runtime/sweep.ts'
import { Crash, crashAt, Deployment } from './deployment.ts'

const DAY = 24 * 3_600_000
const birthdays = ['1990-03-14', '2026-04-01T10:30']

const filed = ({ world }: Deployment) =>
  world.table
    .all()
    .filter(({ pk }) => pk.startsWith('D#'))
    .map(({ pk, sk }) => `${pk} ${sk}`)
    .sort()

async function nights(deployment: Deployment, many: number): Promise<void> {
  for (let night = 0; night < many; night++) {
    deployment.world.clock.advance(DAY)
    await sweep(deployment.runtime)
  }
}

const named = (birthday: string) => (before?: object) => ({ ...before, id: 'anna#1', birthday })

/** Stops before the profile is written. */
async function stopped(deployment: Deployment, birthday: string): Promise<void> {
  const { table } = deployment.world
  table.beforeWrite = (pk, sk) => {
    if (pk === 'C#anna#1' && sk === '!') throw new Crash('before the profile')
  }
  await expect(changeProfile(deployment.start(), 'anna#1', named(birthday))).rejects.toThrow(Crash)
  table.beforeWrite = undefined
  deployment.start()
}

test.each(birthdays)('what a crash left behind goes, with an erasure or without: %s', async (birthday) => {
  for (const known of [true, false])
    for (const erased of [true, false]) {
      const deployment = new Deployment()
      if (known) await changeProfile(deployment.runtime, 'anna#1', named('1990-07-01'))
      const before = filed(deployment)
      await stopped(deployment, birthday)
      expect(filed(deployment).length).toBeGreaterThan(before.length)
      if (erased) await eraseCustomer(deployment.runtime, 'anna#1')
      await nights(deployment, 8)
      expect(filed(deployment), `known ${known}, erased ${erased}`).toEqual(erased ? [] : before)
    }
})

test('rows of profiles stay, and a change that comes while one is on its way out keeps its date', async () => {
  const birthday = '1990-03-14'
  const whole = new Deployment()
  await changeProfile(whole.runtime, 'anna#1', named(birthday))
  const wanted = filed(whole)
  await nights(whole, 20)
  expect(filed(whole)).toEqual(wanted)
  for (let after = 0; after <= 8; after++) {
    const deployment = new Deployment()
    await stopped(deployment, birthday)
    await nights(deployment, after)
    await changeProfile(deployment.runtime, 'anna#1', named(birthday))
    await nights(deployment, 10)
    expect(filed(deployment), `changed after ${after} nights`).toEqual(wanted)
    // And goes with its profile as any other.
    await changeProfile(deployment.runtime, 'anna#1', named('1990-07-01'))
    expect(filed(deployment).some((row) => wanted.includes(row))).toBe(false)
  }
})

test('a change whose rows are there and whose profile is still to come is not disturbed by a sweep', async () => {
  const birthday = '1990-03-14'
  const deployment = new Deployment()
  const { table, clock } = deployment.world
  // Left behind long ago by a crash: the row has the revision that the next change gives it.
  await stopped(deployment, birthday)
  clock.advance(DAY)
  const left = structuredClone(table.all())
  await changeProfile(deployment.runtime, 'anna#1', named(birthday))
  const wanted = filed(deployment)
  // The sweep read both before the change and writes after it, on whichever night the row is looked at.
  const read = { row: left.filter(({ pk }) => pk.startsWith('D#')), profile: table.get.bind(table) }
  for (let night = 0; night < 15; night++) {
    table.get = async (pk, sk) => (sk === '!' ? undefined : await read.profile(pk, sk))
    await sweep(deployment.runtime)
    table.get = read.profile
    clock.advance(DAY)
    await nights(deployment, 8)
    expect(filed(deployment)).toEqual(wanted)
  }
})

test('a crash in the round itself is made good by the next', async () => {
  const deployment = new Deployment()
  await stopped(deployment, '1990-03-14')
  for (let night = 0; night < 8; night++) {
    deployment.world.clock.advance(DAY)
    await sweep(deployment.start(crashAt('table.delete', 'before'))).catch(() => {})
  }
  deployment.start()
  await nights(deployment, 8)
  expect(filed(deployment)).toEqual([])
})

test('a night has time for many: their profiles are asked for side by side', async () => {
  const deployment = new Deployment()
  const { table, clock } = deployment.world
  for (let n = 0; n < 200; n++)
    await changeProfile(deployment.runtime, `c${n}`, (before) => ({
      ...before,
      id: `c${n}`,
      birthday: '1990-03-14',
    }))
  clock.advance(DAY)
  const { get } = table
  let [asked, turns] = [0, 0]
  let turn: Promise<void> | undefined
  // All that is asked for at the same moment is answered together.
  table.get = async (pk, sk) => {
    if (sk === '!') {
      asked++
      turn ??= new Promise((resolve) => {
        setImmediate(() => {
          turns++
          turn = undefined
          resolve()
        })
      })
      await turn
    }
    return await get.call(table, pk, sk)
  }
  await sweep(deployment.runtime)
  expect(asked).toBeGreaterThan(20)
  expect(turns).toBeLessThan(asked / 4)
})
