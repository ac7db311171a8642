/** A whole journey, step by step, as the runtime drives it. */
import { describe, expect, it } from 'vitest'
import type { Enrollment, Input } from '../../engine/journey.ts'
import type { Instant } from '../../engine/model.ts'
import type { Program } from '../../engine/program.ts'
import { awaitStep, branch, contextAt, entered, event, frozenAdvance, local, program, send } from './world.ts'

const winBack: Program = program(
  [
    send('apology', 'wait'),
    {
      id: 'wait',
      next: 'await',
      verb: 'wait',
      duration: 'P3D',
      at: '10:00',
      on: ['mon', 'tue', 'wed', 'thu', 'fri'],
    },
    awaitStep('await', { event: 'purchase', when: 'event.total > 0', for: 'P14D' }, 'stop', 'offer'),
    { id: 'stop', next: null, verb: 'stop', reason: 'recovered' },
    { id: 'offer', next: 'if', verb: 'coupon', name: 'offer', source: { pool: 'p' }, expires: 'P30D' },
    branch('if', 'customer.tier == "gold"', 'gold', 'plain'),
    send('gold', null),
    send('plain', null),
  ],
  { goal: { event: 'purchase', within: 'P60D', value: 'event.total' } },
)
const start = local('2026-03-26T16:00')

function drive() {
  let journey: Enrollment = entered(winBack, contextAt(start))
  const context = (now: Instant) => ({ ...contextAt(now), event: contextAt(start).event })
  return {
    get journey() {
      return journey
    },
    tell(now: Instant, input: Input) {
      const result = frozenAdvance(winBack, journey, input, context(now))
      journey = result.enrollment
      return result
    },
  }
}

describe('a journey', () => {
  it('claims, waits on the calendar, awaits, and ends as the author said', () => {
    const it = drive()
    expect(it.tell(start, { kind: 'entered' }).commands).toMatchObject([
      { kind: 'send', template: 'apology' },
    ])
    expect(it.journey.claim?.attempt).toBe(1)
    // Three days after Thursday is the Sunday on which the clocks change; on to Monday, ten o'clock.
    const waiting = it.tell(start + 1000, { kind: 'performed', outcome: { status: 'done' } })
    const monday = local('2026-03-30T10:00')
    expect(waiting.commands).toEqual([{ kind: 'wait', step: 'wait', dueAt: monday }])
    expect(it.tell(monday - 1, { kind: 'woken' }).enrollment).toBe(waiting.enrollment)
    expect(it.tell(monday, { kind: 'woken' }).commands).toMatchObject([{ kind: 'wait', step: 'await' }])
    const bought = it.tell(monday + 5, { kind: 'event', event: event('purchase', monday + 5, { total: 80 }) })
    expect(bought.commands).toEqual([{ kind: 'end', reason: 'recovered' }])
    expect(it.journey).toMatchObject({
      phase: 'ended',
      step: null,
      reason: 'recovered',
      converted: { value: 80 },
    })
  })

  it('goes the other way when nothing comes, and carries the coupon', () => {
    const it = drive()
    it.tell(start, { kind: 'entered' })
    it.tell(start, { kind: 'performed', outcome: { status: 'done' } })
    it.tell(local('2026-03-30T10:00'), { kind: 'woken' })
    const late = local('2026-04-13T10:00')
    expect(it.tell(late, { kind: 'woken' }).commands).toMatchObject([{ kind: 'coupon', name: 'offer' }])
    const next = it.tell(late, { kind: 'performed', outcome: { status: 'done', code: 'X1' } })
    expect(next.commands).toMatchObject([{ kind: 'send', template: 'plain' }])
    expect(it.journey.coupons).toEqual({ offer: { code: 'X1', expiresAt: local('2026-05-13T10:00') } })
    it.tell(late, { kind: 'performed', outcome: { status: 'done' } })
    expect(it.journey).toMatchObject({ phase: 'ended', reason: 'completed' })
  })
})
