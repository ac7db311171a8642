/** Which journeys count as the recovery of somebody who was unhappy: those of bad ratings alone. */
import { expect, test } from 'vitest'
import type { Enrollment } from '../../engine/journey.ts'
import type { Program } from '../../engine/program.ts'
import { totalOf } from '../../runtime/figures.ts'

const at = Date.parse('2026-03-26T10:00:00Z')
const program: Program = {
  workflow: 'after-a-rating',
  title: 'After a rating',
  topic: 'service',
  trigger: { kind: 'event', event: 'csat.rated' },
  enroll: { again: 'never' },
  exit: [],
  first: null,
  steps: {},
  listensTo: [],
}

function recoveries(entry: Partial<Enrollment['entry']>, log: Enrollment['log'] = [], event = 'csat.rated') {
  const journey: Enrollment = {
    workflow: 'after-a-rating',
    version: 1,
    customerId: 'anna',
    key: 'T-1',
    run: 1,
    enteredAt: at,
    entry: { id: 'e-1', type: event, at, ...entry },
    seenEventId: 'e-1',
    phase: 'ended',
    step: null,
    endedAt: at,
    reason: 'recovered',
    log,
  }
  const counts = totalOf({ ...program, trigger: { kind: 'event', event } }, journey)
  const all = Object.assign({}, ...counts.values())
  return [all['recovery.entered'] ?? 0, all['recovery.recovered'] ?? 0]
}
const seen = (score: number): Enrollment['log'] => [
  { at, rule: 'trigger.when', outcome: 'matched', values: { 'event.score': score } },
]

test.each([
  ['a one', recoveries({ data: { score: 1 } }), [1, 1]],
  ['a two', recoveries({ data: { score: 2 } }), [1, 1]],
  ['a three', recoveries({ data: { score: 3 } }), [0, 0]],
  ['a five that asks for a review', recoveries({ data: { score: 5 } }), [0, 0]],
  ['a one with a long comment', recoveries({}, seen(1)), [1, 1]],
  ['a five with a long comment', recoveries({}, seen(5)), [0, 0]],
  ['a rating of which nobody has noted the score', recoveries({}), [1, 1]],
  ['another event', recoveries({ data: { score: 1 } }, [], 'purchase'), [0, 0]],
])('%s', (_which, counted, expected) => expect(counted).toEqual(expected))
