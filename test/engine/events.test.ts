/** What events do to a journey: goals within and after, exits, awaits, and which of them wins. */
import { describe, expect, it } from 'vitest'
import type { Enrollment } from '../../engine/journey.ts'
import type { Instant } from '../../engine/model.ts'
import type { Program } from '../../engine/program.ts'
import {
  awaitStep,
  contextAt,
  customer,
  entered,
  event,
  frozenAdvance,
  local,
  program,
  send,
} from './world.ts'

const start = local('2026-03-26T12:00')
const DAY = 86_400_000
const clauses: Partial<Program> = {
  goal: { event: 'purchase', when: 'event.total > 0', within: 'P60D', value: 'event.total' },
  exit: [{ event: 'ticket.reopened', when: 'event.ticketId == entry.ticketId' }],
}
const waiting = program([{ id: 'w', next: null, verb: 'wait', duration: 'P90D' }], clauses)
const awaiting = program(
  [
    awaitStep('a', { event: 'purchase', when: 'event.total > 50', for: 'P14D' }, 'thanks', null),
    send('thanks', null),
  ],
  clauses,
)

const at = (now: Instant) => ({ ...contextAt(now), event: contextAt(start).event })
const begin = (of: Program) =>
  frozenAdvance(of, entered(of, at(start)), { kind: 'entered' }, at(start)).enrollment
const show = (
  of: Program,
  journey: Enrollment,
  type: string,
  when: Instant,
  data = {},
  id = `${type}${when}`,
) => frozenAdvance(of, journey, { kind: 'event', event: event(type, when, data, id) }, at(when))
const cancel = (of: Program, journey: Enrollment) =>
  frozenAdvance(of, journey, { kind: 'cancelled', reason: 'archived' }, at(start + DAY)).enrollment

describe('the goal', () => {
  it('ends a journey that is under way, with its value', () => {
    const { enrollment, commands } = show(waiting, begin(waiting), 'purchase', start + DAY, { total: 12.5 })
    expect(commands).toEqual([{ kind: 'end', reason: 'converted' }])
    expect(enrollment).toMatchObject({
      phase: 'ended',
      reason: 'converted',
      converted: { at: start + DAY, eventId: `purchase${start + DAY}`, value: 12.5 },
    })
  })

  it.each([
    ['at the end of the window', local('2026-05-25T12:00'), { total: 1 }, true],
    ['after the window', local('2026-05-25T12:00') + 1, { total: 1 }, false],
    ['before the journey', start - 1, { total: 1 }, false],
    ['without what it asks for', start + DAY, { total: 0 }, false],
    ['without the attribute', start + DAY, {}, false],
  ])('%s', (_, when, data, reached) => {
    const { enrollment } = show(waiting, begin(waiting), 'purchase', when, data)
    expect(enrollment.converted !== undefined).toBe(reached)
    expect(enrollment.phase).toBe(reached ? 'ended' : 'waiting')
  })

  it('counts after the end, and changes nothing else', () => {
    const ended = cancel(waiting, begin(waiting))
    const after = show(waiting, ended, 'purchase', start + 59 * DAY, { total: 5 })
    expect(after.commands).toEqual([])
    expect(after.enrollment).toMatchObject({
      reason: 'archived',
      endedAt: start + DAY,
      converted: { value: 5 },
    })
    // The second purchase is no second conversion.
    expect(show(waiting, after.enrollment, 'purchase', start + 60 * DAY - 1, { total: 9 }).enrollment).toBe(
      after.enrollment,
    )
    expect(
      show(waiting, ended, 'purchase', start + 61 * DAY, { total: 5 }).enrollment.converted,
    ).toBeUndefined()
  })

  it('is the only thing that an ended journey listens to', () => {
    const ended = cancel(waiting, begin(waiting))
    expect(show(waiting, ended, 'ticket.reopened', start + DAY, { ticketId: 'T-1' }).enrollment).toBe(ended)
    const endedAwait = cancel(awaiting, begin(awaiting))
    expect(show(program([], {}), endedAwait, 'purchase', start + DAY).enrollment).toBe(endedAwait)
  })

  it('leaves the author of an await the last word', () => {
    const { enrollment, commands } = show(awaiting, begin(awaiting), 'purchase', start + DAY, { total: 80 })
    expect(commands).toMatchObject([{ kind: 'send', template: 'thanks' }])
    expect(enrollment.converted).toMatchObject({ value: 80 })
    // Too small for the await, enough for the goal.
    expect(show(awaiting, begin(awaiting), 'purchase', start + DAY, { total: 10 }).enrollment).toMatchObject({
      phase: 'ended',
      reason: 'converted',
    })
  })
})

describe('a goal that is reached twice', () => {
  it('keeps the first, and lets the journey go its way', () => {
    const two = program(
      [
        awaitStep('a', { event: 'purchase', for: 'P14D' }, 'b', null),
        awaitStep('b', { event: 'purchase', for: 'P14D' }, 'thanks', null),
        send('thanks', null),
      ],
      clauses,
    )
    const once = show(two, begin(two), 'purchase', start + 1, { total: 80 }).enrollment
    const twice = show(two, once, 'purchase', start + 2, { total: 90 })
    expect(twice.commands).toMatchObject([{ kind: 'send', template: 'thanks' }])
    expect(twice.enrollment.converted).toMatchObject({ value: 80 })
  })
})

describe('an exit', () => {
  it('leaves at once, and only for the entry that it belongs to', () => {
    const journey = begin(awaiting)
    expect(show(awaiting, journey, 'ticket.reopened', start + 1, { ticketId: 'T-1' }).commands).toEqual([
      { kind: 'end', reason: 'exited' },
    ])
    const other = show(awaiting, journey, 'ticket.reopened', start + 1, { ticketId: 'T-2' })
    expect(other.enrollment.phase).toBe('awaiting')
    expect(other.decisions).toMatchObject([
      { rule: 'exit', outcome: 'not-matched', values: { 'event.ticketId': 'T-2' } },
    ])
  })

  it('goes before an await, and says so when it is the goal as well', () => {
    const both = { ...awaiting, exit: [{ event: 'purchase' }] }
    expect(show(both, begin(both), 'purchase', start + 1, { total: 80 }).enrollment.reason).toBe('converted')
    const only = program(
      [awaitStep('a', { event: 'purchase', for: 'P1D' }, 'thanks', null), send('thanks', null)],
      { exit: [{ event: 'purchase' }] },
    )
    expect(show(only, begin(only), 'purchase', start + 1, {}).enrollment.reason).toBe('exited')
  })
})

describe('an await', () => {
  const plain = program([
    awaitStep('a', { event: 'purchase', when: 'event.total > 50', for: 'P14D' }, 'thanks', 'pity'),
    send('thanks', null),
    send('pity', null),
  ])
  it('lets the event through to what follows', () => {
    const met = show(plain, begin(plain), 'purchase', start + DAY, { total: 80 })
    expect(met.enrollment.awaited).toMatchObject({ type: 'purchase', data: { total: 80 } })
    expect(met.commands).toMatchObject([{ template: 'thanks' }])
  })

  it('times out', () => {
    const late = frozenAdvance(plain, begin(plain), { kind: 'woken' }, at(start + 14 * DAY))
    expect(late.commands).toMatchObject([{ template: 'pity' }])
    expect(late.decisions).toMatchObject([{ step: 'a', rule: 'await', outcome: 'timed-out' }])
  })

  it('is over when its time is, although its timer is late', () => {
    const due = local('2026-04-09T12:00')
    expect(show(plain, begin(plain), 'purchase', due, { total: 80 })).toMatchObject({
      enrollment: { phase: 'awaiting', dueAt: due },
      decisions: [{ rule: 'await', outcome: 'too-late' }],
    })
    expect(show(plain, begin(plain), 'purchase', due - 1, { total: 80 }).commands).toMatchObject([
      { template: 'thanks' },
    ])
  })

  it('keeps one line about the events that it did not mean', () => {
    let journey = begin(plain)
    for (let n = 1; n <= 30; n++) {
      journey = show(plain, journey, 'purchase', start + n, { total: n }).enrollment
    }
    expect(journey.log.filter(({ outcome }) => outcome === 'not-matched')).toMatchObject([
      { values: { 'event.total': 30 } },
    ])
  })

  it('keeps large data out of the journey, and shows all of it to the next step', () => {
    const of = program([
      awaitStep('a', { event: 'purchase', for: 'P14D' }, 't', null),
      { id: 't', next: null, verb: 'task', name: 't', queue: 'q', title: '{{ awaited.note | size }}' },
    ])
    const note = 'x'.repeat(1000)
    const met = show(of, begin(of), 'purchase', start + 1, { note })
    expect(met.commands).toMatchObject([{ title: '1000' }])
    expect(JSON.stringify(met.enrollment)).not.toContain(note)
  })
})

describe('a cancellation', () => {
  it('ends what is under way and nothing else', () => {
    const ended = cancel(waiting, begin(waiting))
    expect(ended).toMatchObject({ phase: 'ended', reason: 'archived', step: null })
    expect(cancel(waiting, ended)).toBe(ended)
  })
})

describe('the customer', () => {
  it('is the one of now, not of the entry', () => {
    const of = program([{ id: 'w', next: 'm', verb: 'wait', duration: 'P1D' }, send('m', null)])
    const journey = begin(of)
    const moved = { ...at(start + DAY), customer: customer({ email: 'new@example.it' }) }
    expect(frozenAdvance(of, journey, { kind: 'woken' }, moved).commands).toMatchObject([
      { to: 'new@example.it' },
    ])
  })
})
