/** Effects that fail, that are put off, and that nobody knows about. */
import { describe, expect, it } from 'vitest'
import { advance } from '../../engine/advance.ts'
import type { Advance, Enrollment, Input, Performed } from '../../engine/journey.ts'
import type { Step } from '../../engine/program.ts'
import { contextAt, customer, entered, event, frozenAdvance, local, program, send } from './world.ts'

const start = local('2026-03-26T12:00')
const MINUTE = 60_000

function journey(first: Step, more: Step[] = [send('last', null)]) {
  const of = program([first, ...more], { goal: { event: 'purchase', within: 'P60D' } })
  let now = start
  let state: Enrollment = entered(of, contextAt(now))
  const tell = (input: Input, more: Parameters<typeof contextAt>[1] = {}): Advance => {
    const result = frozenAdvance(of, state, input, contextAt(now, more))
    state = result.enrollment
    return result
  }
  return {
    start: () => tell({ kind: 'entered' }),
    report: (outcome: Performed) => tell({ kind: 'performed', outcome }),
    tell,
    wake() {
      now = Math.max(now, state.dueAt ?? now)
      return tell({ kind: 'woken' })
    },
    get state() {
      return state
    },
    get now() {
      return now
    },
  }
}
const mail = (inDoubt: 'drop' | 'resend' | 'ask' = 'drop') => send('mail', 'last', { inDoubt })
const coupon: Step = { id: 'c', next: 'last', verb: 'coupon', name: 'offer', source: { pool: 'p' } }
const set: Step = { id: 's', next: 'last', verb: 'set', values: { visits: 'customer.visits + 1' } }

describe('a definite failure', () => {
  it('is tried again at growing distances, and given up after the eighth try', () => {
    const of = journey(mail())
    of.start()
    const gaps: number[] = []
    for (let attempt = 1; ; attempt++) {
      expect(of.state.claim?.attempt).toBe(attempt)
      const { commands } = of.report({ status: 'retry', reason: 'throttled' })
      if (commands[0]?.kind !== 'wait') {
        expect(attempt).toBe(8)
        break
      }
      expect(of.state.claim).toBeUndefined()
      gaps.push((commands[0].dueAt - of.now) / MINUTE)
      of.wake()
    }
    expect(gaps).toEqual([1, 5, 15, 60, 240, 240, 240])
    expect(of.state).toMatchObject({ phase: 'performing', claim: { step: 'last', attempt: 1 } })
    expect(of.state.log).toContainEqual({
      at: of.now,
      step: 'mail',
      rule: 'send',
      outcome: 'refused',
      values: { reason: 'gave-up', last: 'throttled', tries: 8 },
    })
    // Eight failures leave one line.
    expect(of.state.log.filter(({ rule }) => rule === 'retry')).toHaveLength(1)
  })

  it.each([
    ['as advised', { afterMs: 30_000 }, 30_000],
    ['not at once', { afterMs: 0 }, 1000],
    ['not in a year', { afterMs: 1e12 }, 24 * 60 * MINUTE],
    ['on hold', { hold: true }, 15 * MINUTE],
  ])('is put off %s', (_, more, expected) => {
    const of = journey(mail())
    of.start()
    of.report({ status: 'retry', reason: 'x', ...more })
    expect((of.state.dueAt ?? 0) - of.now).toBe(expected)
  })

  it('that is on hold is never counted', () => {
    const of = journey(mail())
    of.start()
    for (let tries = 0; tries < 50; tries++) {
      of.report({ status: 'retry', reason: 'quota', hold: true })
      of.wake()
      expect(of.state.claim?.attempt).toBe(1)
    }
  })

  it('passes the gates again', () => {
    const of = journey(mail())
    of.start()
    of.report({ status: 'retry', reason: 'x', afterMs: 1000 })
    const dueAt = of.state.dueAt ?? 0
    const out = advance(
      program([mail(), send('last', null)]),
      of.state,
      { kind: 'woken' },
      contextAt(dueAt, { customer: customer({ consent: { service: false } }) }),
    )
    expect(out.decisions.map(({ rule }) => rule)).toContain('gate.consent')
  })

  it('of the next step starts counting anew', () => {
    const of = journey(mail())
    of.start()
    of.report({ status: 'retry', reason: 'x' })
    of.wake()
    of.report({ status: 'done' })
    expect(of.state).toMatchObject({ step: 'last', claim: { attempt: 1 } })
    expect(of.state.attempts).toBeUndefined()
  })
})

describe('a refusal', () => {
  it.each([
    ['a send', mail(), 'send'],
    ['a coupon', coupon, 'coupon'],
  ])('of %s is recorded and the journey goes on', (_, step, rule) => {
    const of = journey(step)
    of.start()
    const { decisions, commands } = of.report({ status: 'refused', reason: 'no', values: { code: 550 } })
    expect(decisions[0]).toMatchObject({ rule, outcome: 'refused', values: { reason: 'no', code: 550 } })
    expect(commands).toMatchObject([{ kind: 'send', step: 'last' }])
  })

  it('it is, too, when a coupon comes without a code', () => {
    const of = journey(coupon)
    of.start()
    expect(of.report({ status: 'done' }).decisions[0]).toMatchObject({ rule: 'coupon', outcome: 'refused' })
    expect(of.state.coupons).toBeUndefined()
  })
})

describe('a message in doubt', () => {
  const doubtful = (inDoubt: 'drop' | 'resend' | 'ask') => {
    const of = journey(mail(inDoubt))
    of.start()
    of.report({ status: 'unknown', reason: 'reset' })
    return of
  }

  it('waits for the grace', () => {
    const of = doubtful('drop')
    expect(of.state).toMatchObject({ phase: 'in-doubt', dueAt: start + 60 * MINUTE, claim: { attempt: 1 } })
    expect(of.tell({ kind: 'woken' }).commands).toEqual([
      { kind: 'wait', step: 'mail', dueAt: of.state.dueAt },
    ])
    const own = journey(mail())
    own.start()
    own.tell({ kind: 'performed', outcome: { status: 'unknown', reason: 'x' } }, { inDoubtGraceMs: 5 })
    expect(own.state.dueAt).toBe(start + 5)
  })

  it.each([
    ['drop', 'last', 1],
    ['resend', 'mail', 2],
  ] as const)('%s: then stands at %s', (rule, step, attempt) => {
    const of = doubtful(rule)
    expect(of.wake().commands).toMatchObject([{ kind: 'send', step }])
    expect(of.state.claim?.attempt).toBe(attempt)
  })

  it('ask: stays until a person says', () => {
    const of = doubtful('ask')
    expect(of.wake().commands).toEqual([])
    expect(of.state).toMatchObject({ phase: 'in-doubt', claim: { step: 'mail' } })
    const asked = of.state
    expect(of.wake().enrollment).toBe(asked)
    expect(of.report({ status: 'resend' }).commands).toMatchObject([{ kind: 'send', step: 'mail' }])
    expect(of.state.claim?.attempt).toBe(2)
  })

  const settled: [Performed, string][] = [
    [{ status: 'done' }, 'sent'],
    [{ status: 'drop' }, 'in-doubt'],
    [{ status: 'refused', reason: 'bounced' }, 'refused'],
  ]
  it.each(settled)('is settled by %j as %s', (outcome, word) => {
    const of = doubtful('ask')
    of.report(outcome)
    expect(of.state.log.findLast(({ rule }) => rule === 'send')).toMatchObject({
      step: 'mail',
      outcome: word,
    })
    expect(of.state).toMatchObject({ phase: 'performing', step: 'last' })
  })

  it('is not forgotten when the journey ends meanwhile', () => {
    const of = doubtful('ask')
    of.tell({ kind: 'event', event: event('purchase', of.now + 1) })
    expect(of.state).toMatchObject({ phase: 'ended', reason: 'converted' })
    expect(of.state.claim).toBeUndefined()
    expect(of.state.log).toContainEqual({ at: of.now, step: 'mail', rule: 'send', outcome: 'in-doubt' })
  })
})

describe('an effect that can be repeated', () => {
  it.each([
    ['a coupon', coupon],
    ['a set', set],
    ['a task', { id: 't', next: 'last', verb: 'task', name: 't', queue: 'q', title: 't' } satisfies Step],
  ])('%s is handed out again exactly as it was decided', (_, step) => {
    const of = journey(step)
    const visits = { customer: customer({ visits: 1 }) }
    const first = of.tell({ kind: 'entered' }, visits).commands
    of.report({ status: 'unknown', reason: 'reset' })
    const dueAt = of.state.dueAt ?? 0
    // The profile shows what the first try did; deciding anew would do it twice.
    const again = frozenAdvance(
      program([step, send('last', null)]),
      of.state,
      { kind: 'woken' },
      contextAt(dueAt, { customer: customer({ visits: 2 }) }),
    )
    expect(again.commands).toEqual(first)
    expect(again.enrollment.claim).toMatchObject({ attempt: 2 })
  })
})

describe('a set', () => {
  it('leaves an attribute alone whose value cannot be had', () => {
    const of = journey({ id: 's', next: 'last', verb: 'set', values: { a: 'customer.nobody + 1', b: '"x"' } })
    expect(of.start().commands).toEqual([{ kind: 'set', step: 's', values: { b: 'x' } }])
    const none = journey({ id: 's', next: 'last', verb: 'set', values: { a: 'customer.nobody + 1' } })
    expect(none.start()).toMatchObject({ commands: [{ kind: 'send', step: 'last' }] })
  })
})

describe('a task', () => {
  it('keeps its name where its title has a hole', () => {
    const title = (text: string) =>
      journey({
        id: 't',
        next: 'last',
        verb: 'task',
        name: 'recover',
        queue: 'q',
        title: text,
        due: 'P1D',
      }).start()
    expect(title('{{ customer.firstName }} is unhappy').commands).toMatchObject([{ title: 'recover' }])
    expect(title('Ticket {{ event.ticketId }}').commands).toMatchObject([
      { title: 'Ticket T-1', dueAt: local('2026-03-27T12:00') },
    ])
  })
})

describe('a paused workflow', () => {
  it('holds before the next effect and goes on when it is woken', () => {
    const of = journey(mail())
    of.start()
    const held = of.tell({ kind: 'performed', outcome: { status: 'done' } }, { paused: true })
    expect(held.commands).toEqual([])
    expect(of.state).toMatchObject({ phase: 'waiting', step: 'last', dueAt: start })
    expect(of.tell({ kind: 'woken' }, { paused: true }).enrollment).toBe(held.enrollment)
    expect(of.wake().commands).toMatchObject([{ kind: 'send', step: 'last' }])
  })
})
