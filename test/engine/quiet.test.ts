/** Since when a journey is nobody's business any more: the latest of all that may still look at it. */
import { expect, test } from 'vitest'
import type { Decision, Enrollment } from '../../engine/journey.ts'
import type { Settings } from '../../engine/model.ts'
import type { Program } from '../../engine/program.ts'
import { lastSentAt, quietSince, widestCap } from '../../engine/quiet.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const enteredAt = Date.parse('2026-03-26T10:00:00Z')

const settings: Settings = {
  brand: { name: 'Example', url: 'https://example.com', color: '#1f4e5f' },
  postalAddress: '1 Example Street',
  senders: { default: { from: 'Example <care@example.com>' } },
  defaultTimezone: 'Europe/Rome',
  defaultLocale: 'en',
  topics: {
    service: { title: {}, basis: 'service', cap: { max: 1, withinMs: 2 * DAY } },
    offers: { title: {}, basis: 'consent', cap: { max: 2, withinMs: 9 * DAY } },
    news: { title: {}, basis: 'consent' },
  },
}
const program: Program = {
  workflow: 'care',
  title: 'Care',
  topic: 'news',
  trigger: { kind: 'event', event: 'purchase' },
  enroll: { again: 'never' },
  exit: [],
  first: null,
  steps: {},
  listensTo: [],
}
const withGoal: Program = { ...program, goal: { event: 'paid', within: 'P20D' } }
const said = (rule: string, outcome: string, after: number): Decision => ({
  at: enteredAt + after,
  step: 'a',
  rule,
  outcome,
})

function ended(after: number, more: Partial<Enrollment> = {}): Enrollment {
  return {
    workflow: 'care',
    version: 1,
    customerId: 'anna',
    key: 'anna',
    run: 1,
    enteredAt,
    entry: { id: 'e', type: 'purchase', at: enteredAt },
    phase: 'ended',
    step: null,
    seenEventId: 'e',
    endedAt: enteredAt + after,
    log: [],
    ...more,
  }
}

test.each<[string, Program, Enrollment, number | undefined]>([
  ['one under way, never', program, { ...ended(0), phase: 'waiting' }, undefined],
  ['one that has just begun, after the hour in which entries are counted', program, ended(0), HOUR],
  ['one that ended, then', program, ended(3 * DAY), 3 * DAY],
  [
    'one that sent, when the widest cap is over',
    program,
    ended(DAY, { log: [said('send', 'sent', DAY)] }),
    10 * DAY,
  ],
  [
    'one whose message was refused, when it ended',
    program,
    ended(DAY, { log: [said('send', 'refused', DAY)] }),
    DAY,
  ],
  ['one with a goal, two days after it counts no more', withGoal, ended(DAY), 22 * DAY],
  [
    'one that reached it after its end, when that was noted',
    withGoal,
    ended(DAY, {
      converted: { at: enteredAt + 4 * DAY, eventId: 'p' },
      log: [said('goal', 'reached', 5 * DAY)],
    }),
    5 * DAY,
  ],
  ['one that is held out, as long as its goal counts', withGoal, ended(0, { reason: 'held-out' }), 22 * DAY],
])('%s', (_, of, journey, after) => {
  expect(quietSince(of, journey, settings)).toBe(after === undefined ? undefined : enteredAt + after)
})

test('no cap looks back where there is none', () => {
  expect(widestCap({ ...settings, topics: { news: { title: {}, basis: 'consent' } } })).toBe(0)
  expect(lastSentAt(ended(0))).toBeUndefined()
})
