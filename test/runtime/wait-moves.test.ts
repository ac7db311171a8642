/** A wait for a time of day follows a customer to another zone at once, whoever says so and whatever crashes in between. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../engine/model.ts'
import type { Step } from '../../engine/program.ts'
import { changeProfile } from '../../runtime/customers.ts'
import type { World } from '../../runtime/ports.ts'
import { handle } from '../../runtime/handle.ts'
import { announceProfile } from '../../runtime/requests.ts'
import { requestRound } from '../../runtime/round.ts'
import { pause, resume } from '../../runtime/summaries.ts'
import { work } from '../../runtime/work.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const losAngeles = { email: 'anna@example.com', timezone: 'America/Los_Angeles' }
const threeDays: Step = { verb: 'wait', id: 'wait-1', next: 'hello', duration: 'P3D', at: '10:00' }

async function begun(first: Step = threeDays) {
  const deployment = new Deployment({ at: '2026-05-18T23:00:00Z', config: { soleOwner: true } })
  await deployment.publish(programOf([first, send('hello', null)]))
  await deployment.post({ data: { orderId: 'o-1' } }, losAngeles)
  await deployment.deliver()
  return deployment
}

async function change(deployment: Deployment, fields: JsonObject) {
  await changeProfile(deployment.runtime, 'anna', (before) => ({ ...(before ?? { id: 'anna' }), ...fields }))
  await announceProfile(deployment.runtime, 'anna')
}

/** When each mail went out. */
async function lived(deployment: Deployment) {
  const sent: string[] = []
  const { sender, clock } = deployment.world
  const answer = sender.answer
  sender.answer = (mail) => {
    sent.push(`${mail.tags.step} ${new Date(clock.now()).toISOString().slice(0, 16)}`)
    return answer(mail)
  }
  await deployment.live()
  return sent
}

const inTokyo = ['hello 2026-05-22T01:00']

describe('a customer who moves to where the clock is ahead', () => {
  test('stays where they are: ten o’clock there', async () => {
    expect(await lived(await begun())).toEqual(['hello 2026-05-22T17:00'])
  })

  test('by a change of the profile', async () => {
    const deployment = await begun()
    await deployment.live(Date.parse('2026-05-19T20:00Z'))
    await change(deployment, { timezone: 'Asia/Tokyo' })
    expect(await lived(deployment)).toEqual(inTokyo)
  })

  test('by what comes with an event, and by a journey of their own', async () => {
    const moved = await begun()
    await moved.post({ id: 'e2', type: 'address.changed' }, { timezone: 'Asia/Tokyo' })
    expect(await lived(moved)).toEqual(inTokyo)

    const set = await begun()
    const desk = programOf([{ verb: 'set', id: 'set-1', next: null, values: { timezone: '"Asia/Tokyo"' } }], {
      workflow: 'desk',
      trigger: { kind: 'event', event: 'desk.called' },
      enroll: { again: 'never' },
    })
    await set.publish(desk)
    set.start()
    await set.post({ id: 'e2', type: 'desk.called' })
    expect(await lived(set)).toEqual(inTokyo)
  })

  test('twice, there and back, gets it once, at home', async () => {
    const deployment = await begun()
    await change(deployment, { timezone: 'Asia/Tokyo' })
    await deployment.deliver()
    await change(deployment, { timezone: 'America/Los_Angeles' })
    expect(await lived(deployment)).toEqual(['hello 2026-05-22T17:00'])
  })

  test.each(['before', 'after'] as const)('with a crash %s any call', async (when) => {
    let points = 0
    for (let n = 1; n < 60; n++) {
      const deployment = await begun()
      await change(deployment, { timezone: 'Asia/Tokyo' })
      deployment.start(crashAt(n, when))
      let crashed = false
      await deployment.deliver((error) => {
        if (!(error instanceof Crash)) throw error
        crashed = true
        deployment.start()
      })
      if (!crashed) break
      points++
      expect(await lived(deployment), `crash ${when} call ${n}`).toEqual(inTokyo)
    }
    expect(points).toBeGreaterThan(2)
  })
})

/** What is read and written for a customer, counted. */
async function callsOf(deployment: Deployment) {
  const calls: string[] = []
  const counted = (world: World): World => {
    const count = <P extends object>(port: P, name: string): P =>
      new Proxy(port, {
        get(target, property, receiver) {
          const member: unknown = Reflect.get(target, property, receiver)
          if (typeof member !== 'function') return member
          return (...args: unknown[]) => {
            calls.push(`${name}.${String(property)}`)
            return Reflect.apply(member, target, args)
          }
        },
      })
    return { ...world, table: count(world.table, 'table'), timers: count(world.timers, 'timers') }
  }
  deployment.start(counted)
  // What a process reads once is read.
  await announceProfile(deployment.runtime, 'anna')
  await deployment.deliver()
  calls.length = 0
  return calls
}

test('a change that has nothing to do with the zone reads the customer, and nothing else', async () => {
  const deployment = await begun()
  const calls = await callsOf(deployment)
  await announceProfile(deployment.runtime, 'anna')
  await deployment.deliver()
  expect(calls).toEqual(['table.query'])
})

test('what comes due elsewhere while its workflow is paused is not looked at again and again', async () => {
  const deployment = await begun()
  expect((await pause(deployment.runtime, 'care')).ok).toBe(true)
  deployment.start()
  const { clock, timers } = deployment.world
  await change(deployment, { timezone: 'Asia/Tokyo' })
  await deployment.deliver()
  clock.set(Date.parse('2026-05-24T12:00Z'))
  const fired = timers.takeDue(clock.now())
  expect(fired).not.toEqual([])
  for (const { body } of fired) await handle(deployment.runtime, work.parse(JSON.parse(body)))
  expect(timers.nextAt()).toBeUndefined()
  const resumed = await resume(deployment.runtime, 'care')
  if (resumed.ok) await requestRound(deployment.runtime, resumed.summary)
  deployment.start()
  expect(await lived(deployment)).toEqual(['hello 2026-05-24T12:00'])
})
