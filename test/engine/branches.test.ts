/** Which way a journey goes, and what the record says about it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Step } from '../../engine/program.ts'
import { law } from './law.ts'
import { contextAt, customer, entered, frozenAdvance, local, program, send } from './world.ts'

const start = local('2026-03-26T16:00')

describe('a choose', () => {
  const choose: Step = {
    id: 'c',
    next: 'joined',
    verb: 'choose',
    cases: [
      { when: 'customer.tier == "gold"', first: 'gold' },
      { when: 'customer.visits > 3', first: 'often' },
      { when: 'customer.tier != ""', first: null },
    ],
    else: 'other',
  }
  const of = program([choose, ...['gold', 'often', 'other', 'joined'].map((id) => send(id, null))])

  it.each([
    ['the first that holds', { tier: 'gold', visits: 9 }, 'gold', 'when-1', { 'customer.tier': 'gold' }],
    [
      'the next one, with what the first saw',
      { tier: 'silver', visits: 9 },
      'often',
      'when-2',
      { 'customer.visits': 9, 'customer.tier': 'silver' },
    ],
    [
      'an empty one: on behind the branches',
      { tier: 'silver' },
      'joined',
      'when-3',
      { 'customer.tier': 'silver', 'customer.visits': null, missing: ['customer.visits'] },
    ],
    [
      'none: else, with all that was missing',
      {},
      'other',
      'else',
      { 'customer.tier': null, 'customer.visits': null, missing: ['customer.tier', 'customer.visits'] },
    ],
  ])('takes %s', (_, profile, step, outcome, values) => {
    const context = contextAt(start, { customer: customer(profile) })
    const out = frozenAdvance(of, entered(of, context), { kind: 'entered' }, context)
    expect(out.commands).toMatchObject([{ kind: 'send', step }])
    expect(out.decisions[0]).toEqual({ at: start, step: 'c', rule: 'choose', outcome, values })
  })
})

describe('a split', () => {
  const split = (shares: number[], id = 'split-1'): Step => ({
    id,
    next: null,
    verb: 'split',
    arms: shares.map((share, index) => ({ share, first: `arm-${index + 1}` })),
  })
  const armsOf = (shares: number[]) => shares.map((_, index) => send(`arm-${index + 1}`, null))

  /** The arm that a journey takes, as its record says and its next mail shows. */
  function armOf(step: Step, more: Step[], { id = 'anna', ...changes }: { id?: string; key?: string } = {}) {
    const of = program([step, ...more])
    const context = contextAt(start, { customer: customer({ id }) })
    const journey = { ...entered(of, context), ...changes }
    const { commands, decisions } = frozenAdvance(of, journey, { kind: 'entered' }, context)
    const [command] = commands
    const [said] = decisions
    expect(command).toMatchObject({ kind: 'send', step: said?.outcome })
    expect(said).toMatchObject({ rule: 'split', step: step.id })
    return said?.outcome
  }

  it('is the same every time, whatever else the workflow holds and whichever run it is', () => {
    law(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (id, key) => {
        const shares = [20, 30.5, 49.5]
        const arm = armOf(split(shares), armsOf(shares), { id, key })
        const others: Step[] = [{ id: 'new', next: null, verb: 'wait', duration: 'P1D' }]
        expect(armOf(split(shares), [...others, ...armsOf(shares)], { id, key })).toBe(arm)
      }),
    )
  })

  it.each([[[50, 50]], [[90, 10]], [[33.333, 33.333, 33.334]], [[0.5, 99.5]], [[5, 5, 5, 5, 80]]])(
    'keeps the proportions of %j',
    (shares) => {
      const many = 8_000
      const counts = new Map<string | undefined, number>()
      for (let n = 0; n < many; n++) {
        const arm = armOf(split(shares), armsOf(shares), { id: `customer-${n}`, key: 'same' })
        counts.set(arm, (counts.get(arm) ?? 0) + 1)
      }
      for (const [index, share] of shares.entries()) {
        const expected = (many * share) / 100
        // Five standard deviations: what follows from fixed names either holds for ever or never.
        const slack = 5 * Math.sqrt(expected * (1 - share / 100))
        expect(Math.abs((counts.get(`arm-${index + 1}`) ?? 0) - expected)).toBeLessThan(slack)
      }
    },
  )

  it('says nothing about another split, another journey or another workflow', () => {
    const many = 4_000
    let both = 0
    let journeys = 0
    for (let n = 0; n < many; n++) {
      const id = `customer-${n}`
      const first = armOf(split([50, 50]), armsOf([50, 50]), { id, key: 'o-1' })
      if (first === armOf(split([50, 50], 'split-2'), armsOf([50, 50]), { id, key: 'o-1' })) both++
      if (first === armOf(split([50, 50]), armsOf([50, 50]), { id, key: 'o-2' })) journeys++
    }
    for (const same of [both, journeys])
      expect(Math.abs(same - many / 2)).toBeLessThan(5 * Math.sqrt(many / 4))
  })

  it('keeps the arm of a journey that has been here, though the shares have changed', () => {
    const arm = armOf(split([50, 50]), armsOf([50, 50]))
    const changed = program([split(arm === 'arm-1' ? [0.001, 99.999] : [99.999, 0.001]), ...armsOf([50, 50])])
    const context = contextAt(start)
    const before = {
      ...entered(changed, context),
      phase: 'waiting' as const,
      dueAt: start,
      log: [{ at: start, step: 'split-1', rule: 'split', outcome: arm ?? '', values: { share: 50 } }],
    }
    const again = frozenAdvance(changed, before, { kind: 'woken' }, context)
    expect(again.commands).toMatchObject([{ kind: 'send', step: arm }])
    expect(again.enrollment.log).toHaveLength(1)
  })
})
