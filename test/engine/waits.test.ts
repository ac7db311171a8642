/** Waits: calendar-correct, and followed when the customer moves. */
import { describe, expect, it } from 'vitest'
import type { WaitStep } from '../../engine/program.ts'
import { contextAt, customer, entered, frozenAdvance, local, program, send } from './world.ts'

function waitFrom(start: number, step: Partial<WaitStep>, zone = 'Europe/Rome') {
  const of = program([{ id: 'w', next: 'm', verb: 'wait', ...step }, send('m', null)])
  const at = (now: number, timezone = zone) => contextAt(now, { customer: customer({ timezone }) })
  const begun = frozenAdvance(of, entered(of, at(start)), { kind: 'entered' }, at(start))
  return { of, at, begun }
}

describe('a wait', () => {
  it.each([
    [
      'on to the next allowed morning, over a clock change',
      '2026-03-26T16:00',
      { duration: 'P3D', at: '10:00', on: ['mon', 'tue'] },
      '2026-03-30T10:00',
    ],
    ['the hour stays', '2026-03-28T10:00', { duration: 'P1D' }, '2026-03-29T10:00'],
    ['hours are exact', '2026-03-28T10:00', { duration: 'PT24H' }, '2026-03-29T11:00'],
    ['only a time', '2026-03-28T10:01', { at: '10:00' }, '2026-03-29T10:00'],
    ['only a day', '2026-03-28T10:01', { on: ['mon'] }, '2026-03-30T10:01'],
    ['a time that is left out', '2026-03-28T12:00', { duration: 'PT1H', at: '02:30' }, '2026-03-29T03:00'],
  ] satisfies [string, string, Partial<WaitStep>, string][])('%s', (_, start, step, expected) => {
    expect(waitFrom(local(start), step).begun.commands).toEqual([
      { kind: 'wait', step: 'w', dueAt: local(expected) },
    ])
  })

  it('of no length is none', () => {
    expect(waitFrom(local('2026-03-28T10:00'), { at: '10:00' }).begun.commands).toMatchObject([
      { kind: 'send' },
    ])
    expect(waitFrom(local('2026-03-28T10:00'), { duration: 'P0D' }).begun.commands).toMatchObject([
      { kind: 'send' },
    ])
  })

  it('names a zone that it had to ignore', () => {
    const { begun } = waitFrom(local('2026-03-28T12:00'), { at: '10:00' }, 'Mars/Phobos')
    expect(begun.decisions).toMatchObject([{ values: { zone: 'UTC', ignored: 'Mars/Phobos' } }])
    expect(begun.enrollment.dueAt).toBe(local('2026-03-29T10:00', 'UTC'))
  })
})

describe('a zone changed while waiting', () => {
  const start = local('2026-03-26T16:00')
  const step: Partial<WaitStep> = { duration: 'P3D', at: '10:00' }

  it('is followed once, from the start of the wait, when the new time is later', () => {
    const { of, at, begun } = waitFrom(start, step)
    const rome = local('2026-03-30T10:00')
    const newYork = local('2026-03-30T10:00', 'America/New_York')
    const moved = frozenAdvance(of, begun.enrollment, { kind: 'woken' }, at(rome, 'America/New_York'))
    expect(moved.commands).toEqual([{ kind: 'wait', step: 'w', dueAt: newYork }])
    expect(moved.decisions).toEqual([
      {
        at: rome,
        step: 'w',
        rule: 'wait',
        outcome: 'moved',
        values: { until: newYork, zone: 'America/New_York' },
      },
    ])
    // Moving back does not start it a third time.
    const again = frozenAdvance(of, moved.enrollment, { kind: 'woken' }, at(newYork, 'Pacific/Honolulu'))
    expect(again.commands).toMatchObject([{ kind: 'send' }])
  })

  it('to the east goes on at once: the new time has passed', () => {
    const { of, at, begun } = waitFrom(start, step)
    const woken = frozenAdvance(
      of,
      begun.enrollment,
      { kind: 'woken' },
      at(local('2026-03-30T10:00'), 'Asia/Tokyo'),
    )
    expect(woken.commands).toMatchObject([{ kind: 'send' }])
  })

  it('does not matter to a wait without a local time', () => {
    const { of, at, begun } = waitFrom(start, { duration: 'P3D' })
    const dueAt = begun.enrollment.dueAt ?? 0
    const woken = frozenAdvance(of, begun.enrollment, { kind: 'woken' }, at(dueAt, 'America/New_York'))
    expect(woken.commands).toMatchObject([{ kind: 'send' }])
  })
})
