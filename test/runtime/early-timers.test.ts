/** A timer that fires by a clock which is ahead: its schedule may still be there when the worker, whose clock is behind, arms it again. */
import { expect, test } from 'vitest'
import type { Instant } from '../../engine/model.ts'
import { changeProfile } from '../../runtime/customers.ts'
import type { Timers } from '../../runtime/ports.ts'
import { Deployment, programOf, send } from './deployment.ts'

const EARLY = 2_000
type Timer = Parameters<Timers['arm']>[0]

/** As EventBridge Scheduler: a schedule that has fired stays for a while, and its name is taken for as long. */
class LastingTimers implements Timers {
  readonly all = new Map<string, Timer & { fired: boolean }>()

  async arm(timer: Timer): Promise<void> {
    if (!this.all.has(timer.name)) this.all.set(timer.name, { ...timer, fired: false })
  }

  /** What fires by then; it fires once. */
  fire(by: Instant): Timer[] {
    const due = [...this.all.values()].filter(({ at, fired }) => !fired && at <= by)
    for (const timer of due) timer.fired = true
    return due
  }
}

function opened() {
  const deployment = new Deployment({ at: '2026-03-26T10:00:00Z' })
  const timers = new LastingTimers()
  Object.assign(deployment.world, { timers })
  deployment.start()
  const { clock, queue } = deployment.world
  /** Scheduler's clock is ahead of the worker's; each message arrives twice. */
  const fireAt = async (at: Instant, ahead: number) => {
    clock.set(at - ahead)
    for (const { name, group, body } of timers.fire(at))
      for (const copy of [1, 2]) await queue.send([{ group, body, dedupId: `${name} ${copy}` }])
    await deployment.deliver()
  }
  const ahead = () => [...timers.all.values()].filter(({ fired }) => !fired)
  return { deployment, fireAt, ahead }
}

test('a wait is woken by another timer, in time', async () => {
  const { deployment, fireAt, ahead } = opened()
  await deployment.publish(
    programOf([{ verb: 'wait', id: 'wait-1', next: 'tips', duration: 'P1D' }, send('tips', null)]),
  )
  await deployment.post({ data: { orderId: 'o-1' } }, { email: 'anna@example.it' })
  await deployment.deliver()
  const dueAt = ahead()[0]?.at ?? 0
  // Twice in a row, and then as it should be.
  for (const early of [EARLY, EARLY / 2]) {
    await fireAt(dueAt, early)
    expect(deployment.subjects()).toEqual([])
    expect(ahead(), 'one timer, however often the message came').toHaveLength(1)
  }
  await fireAt(dueAt, 0)
  expect(deployment.subjects()).toEqual(['tips for anna'])
  expect(ahead()).toEqual([])
})

test('a day of the calendar still comes', async () => {
  const { deployment, fireAt, ahead } = opened()
  const { clock } = deployment.world
  await deployment.publish(
    programOf([send('greeting', null)], {
      enroll: { per: 'event.occurrence', again: 'always' },
      trigger: {
        kind: 'calendar',
        calendar: '04-01',
        days: { months: [4], days: [1] },
        at: '09:00',
        leapDay: 'feb-28',
        past: 'skip',
      },
    }),
  )
  clock.set(Date.parse('2026-03-31T20:00:00Z'))
  const anna = { id: 'anna', email: 'anna@example.it', timezone: 'Europe/Rome' }
  await changeProfile(deployment.runtime, 'anna', () => anna)
  const dueAt = ahead()[0]?.at ?? 0
  expect(new Date(dueAt).toISOString()).toBe('2026-04-01T07:00:00.000Z')
  await fireAt(dueAt, EARLY)
  expect(deployment.subjects()).toEqual([])
  await fireAt(dueAt, 0)
  expect(deployment.subjects()).toEqual(['greeting for anna'])
})
