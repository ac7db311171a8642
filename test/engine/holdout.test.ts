/** Who is kept out for measuring: always the same share of customers, counted as the others are. */
import { describe, expect, it } from 'vitest'
import { advance } from '../../engine/advance.ts'
import { enroll, heldOutOf } from '../../engine/enroll.ts'
import { HELD_OUT } from '../../engine/held-out.ts'
import type { Enrollment } from '../../engine/journey.ts'
import { simulate } from '../../engine/simulate.ts'
import { contextAt, customer, event, local, program, send, settings } from './world.ts'

const DAY = 86_400_000
const now = local('2026-03-26T10:00')
const of = (holdout: number, more: object = {}) =>
  program([send('m', null)], { enroll: { again: 'always', holdout }, listensTo: ['purchase'], ...more })
const ids = Array.from({ length: 20_000 }, (_, index) => `customer-${index}`)
const out = (workflow: string, holdout: number) =>
  ids.filter((id) => heldOutOf({ ...of(holdout), workflow }, id))

describe('the customers who are held out', () => {
  it.each([0.5, 5, 20, 50])('are %d percent of them, within a sixth of it', (percent) => {
    const share = (out('win-back', percent).length / ids.length) * 100
    expect(Math.abs(share - percent)).toBeLessThan(percent / 6)
  })

  it('stay held out when the share grows, and are other ones in another workflow', () => {
    const small = out('win-back', 5)
    const large = new Set(out('win-back', 10))
    expect(small.every((id) => large.has(id))).toBe(true)
    const elsewhere = new Set(out('thank-you', 5))
    const both = small.filter((id) => elsewhere.has(id)).length
    // By chance one in twenty of them.
    expect(both / small.length).toBeLessThan(0.1)
  })
})

const entry = (at = now, runs: Enrollment[] = [], more: object = {}) =>
  enroll({
    program: of(5, { goal: { event: 'purchase', within: 'P7D', value: 'event.total' }, ...more }),
    version: 1,
    event: event('csat.rated', at),
    customer: customer(),
    settings,
    runs,
    now: at,
    paused: false,
    heldOut: true,
  })

function heldOut(): Enrollment {
  const verdict = entry()
  if (!verdict || !('enrollment' in verdict)) throw new Error('no journey')
  return verdict.enrollment
}

describe('a journey that is held out', () => {
  it('has ended before its first step, and says why', () => {
    expect(heldOut()).toMatchObject({
      phase: 'ended',
      step: null,
      reason: HELD_OUT,
      endedAt: now,
      log: [{ rule: 'enroll.holdout', outcome: HELD_OUT, values: { percent: 5 } }],
    })
    expect(heldOut()).not.toHaveProperty('dueAt')
    expect(advance(of(5), heldOut(), { kind: 'entered' }, contextAt(now)).commands).toEqual([])
  })

  it('reaches its goal within the window, and not after it', () => {
    const goal = { event: 'purchase', within: 'P7D', value: 'event.total' }
    const daysLater = (days: number) => {
      const at = now + days * DAY
      const bought = event('purchase', at, { total: 80 })
      return advance(of(5, { goal }), heldOut(), { kind: 'event', event: bought }, contextAt(at)).enrollment
    }
    expect(daysLater(6).converted).toMatchObject({ value: 80 })
    expect(daysLater(8).converted).toBeUndefined()
  })

  it('keeps another one from beginning for as long as its goal counts', () => {
    expect(entry(now + 6 * DAY, [heldOut()])).toMatchObject({ decision: { rule: 'enroll.under-way' } })
    expect(entry(now + 8 * DAY, [heldOut()])).toMatchObject({ enrollment: { run: 2, reason: HELD_OUT } })
  })

  it('is left to those who would have entered', () => {
    const never = entry(now, [], {
      trigger: { kind: 'event', event: 'csat.rated', audience: 'customer.vip' },
    })
    expect(never).toMatchObject({ decision: { rule: 'trigger.audience' } })
  })

  it('is played only for who asks for it', () => {
    const play = (more: { heldOut?: boolean }) =>
      simulate({
        workflow: { program: of(50), templates: [] },
        settings,
        customer: customer().profile,
        events: [{ at: '2026-03-26T16:00', event: 'csat.rated' }],
        ...more,
      }).timeline.map(({ kind }) => kind)
    expect(play({})).toContain('entered')
    expect(play({ heldOut: true })).toEqual(['event', 'not-entered'])
  })
})
