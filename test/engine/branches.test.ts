/** Which way a journey goes, and what the record says about it. */
import { describe, expect, it } from 'vitest'
import type { Step } from '../../engine/program.ts'
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
