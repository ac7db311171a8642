/** A wait for a customer's date follows that date, whoever changes it and whatever crashes in between. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../engine/model.ts'
import type { Program, Step } from '../../engine/program.ts'
import { announceProfile } from '../../runtime/requests.ts'
import { changeProfile } from '../../runtime/customers.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome', appointment: '2026-04-10T10:00' }
const remind: Step = {
  verb: 'wait',
  id: 'wait-1',
  next: 'reminder',
  beyond: 'thanks',
  until: { value: 'customer.appointment' },
  offset: '-P1D',
  past: 'skip',
}
const reminding = programOf([remind, send('reminder', 'thanks'), send('thanks', null)])

async function begun(program: Program = reminding, customer: JsonObject = anna) {
  const deployment = new Deployment({ at: '2026-03-26T10:00:00Z', config: { soleOwner: true } })
  await deployment.publish(program)
  await deployment.post({ data: { orderId: 'o-1' } }, customer)
  await deployment.deliver()
  return deployment
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

test('it comes a day before the appointment', async () => {
  expect(await lived(await begun())).toEqual(['reminder 2026-04-09T08:00', 'thanks 2026-04-09T08:00'])
})

describe('the appointment is moved', () => {
  const moved = ['reminder 2026-04-01T08:00', 'thanks 2026-04-01T08:00']

  test('by what comes with an event, handled in the same message', async () => {
    const deployment = await begun()
    await deployment.post({ id: 'e2', type: 'appointment.moved' }, { appointment: '2026-04-02T10:00' })
    await deployment.deliver()
    expect([...deployment.world.timers.armed.values()].map(({ at }) => at)).toContain(
      Date.parse('2026-04-01T08:00Z'),
    )
    expect(await lived(deployment)).toEqual(moved)
  })

  test('by a change of the profile', async () => {
    const deployment = await begun()
    await changeProfile(deployment.runtime, 'anna', (before) => ({
      ...(before ?? { id: 'anna' }),
      appointment: '2026-04-02T10:00',
    }))
    await announceProfile(deployment.runtime, 'anna')
    expect(await lived(deployment)).toEqual(moved)
  })

  test('by another journey', async () => {
    const deployment = await begun()
    const other = programOf(
      [{ verb: 'set', id: 'set-1', next: null, values: { appointment: '"2026-04-02T10:00"' } }],
      { workflow: 'desk', trigger: { kind: 'event', event: 'desk.called' }, enroll: { again: 'never' } },
    )
    await deployment.publish(other)
    deployment.start()
    await deployment.post({ id: 'e2', type: 'desk.called' })
    expect(await lived(deployment)).toEqual(moved)
  })
})

test('the appointment is called off: the reminder is left out', async () => {
  const deployment = await begun()
  await deployment.post({ id: 'e2', type: 'appointment.off' }, { appointment: null })
  expect(await lived(deployment)).toEqual(['thanks 2026-03-26T10:00'])
})

test('an event that takes the date away and ends the journey ends it first', async () => {
  const deployment = await begun(
    programOf([remind, send('reminder', 'thanks'), send('thanks', null)], {
      exit: [{ event: 'appointment.off' }],
      listensTo: ['appointment.off'],
    }),
  )
  await deployment.post({ id: 'e2', type: 'appointment.off' }, { appointment: null })
  expect(await lived(deployment)).toEqual([])
})

test.each(['before', 'after'] as const)('a crash %s any call of the move loses nothing', async (when) => {
  let points = 0
  for (let n = 1; n < 100; n++) {
    const deployment = await begun()
    await deployment.post({ id: 'e2', type: 'appointment.moved' }, { appointment: '2026-04-02T10:00' })
    deployment.start(crashAt(n, when))
    let crashed = false
    await deployment.deliver((error) => {
      if (!(error instanceof Crash)) throw error
      crashed = true
      deployment.start()
    })
    if (!crashed) break
    points++
    const sent = await lived(deployment)
    expect(sent, `crash ${when} call ${n}`).toEqual(['reminder 2026-04-01T08:00', 'thanks 2026-04-01T08:00'])
  }
  expect(points).toBeGreaterThan(4)
})
