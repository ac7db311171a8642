/** Waits: calendar-correct, and followed when the customer moves. */
import { describe, expect, it } from 'vitest'
import { placedIn } from '../../engine/in-flight.ts'
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
  const rome = local('2026-03-30T10:00')
  const tokyo = local('2026-03-30T10:00', 'Asia/Tokyo')
  const newYork = local('2026-03-30T10:00', 'America/New_York')
  const profile = { kind: 'profile' } as const
  const moved = (at: number, until: number, zone: string) => [
    { at, step: 'w', rule: 'wait', outcome: 'moved', values: { until, zone } },
  ]

  it.each([
    ['to the east: sooner', 'Asia/Tokyo', tokyo],
    ['to the west: later', 'America/New_York', newYork],
    ['to a place with the same clock', 'Europe/Berlin', rome],
  ])('is followed at once, from the start of the wait: %s', (_, zone, dueAt) => {
    const { of, at, begun } = waitFrom(start, step)
    const now = start + 3_600_000
    const after = frozenAdvance(of, begun.enrollment, profile, at(now, zone))
    expect(after.commands).toEqual([{ kind: 'wait', step: 'w', dueAt }])
    expect(after.decisions).toEqual(moved(now, dueAt, zone))
    expect(frozenAdvance(of, after.enrollment, profile, at(now + 1, zone)).enrollment).toBe(after.enrollment)
    // And back, and on as if nothing had been.
    const back = frozenAdvance(of, after.enrollment, profile, at(now + 2))
    expect(back.commands).toEqual([{ kind: 'wait', step: 'w', dueAt: rome }])
    const sent = frozenAdvance(of, back.enrollment, { kind: 'woken' }, at(rome))
    expect(sent.commands).toMatchObject([{ kind: 'send' }])
  })

  it('is followed when the old time comes, where nobody has said so before', () => {
    const { of, at, begun } = waitFrom(start, step)
    const after = frozenAdvance(of, begun.enrollment, { kind: 'woken' }, at(rome, 'America/New_York'))
    expect(after.commands).toEqual([{ kind: 'wait', step: 'w', dueAt: newYork }])
    expect(after.decisions).toEqual(moved(rome, newYork, 'America/New_York'))
    const honolulu = local('2026-03-30T10:00', 'Pacific/Honolulu')
    const again = frozenAdvance(of, after.enrollment, { kind: 'woken' }, at(newYork, 'Pacific/Honolulu'))
    expect(again.commands).toEqual([{ kind: 'wait', step: 'w', dueAt: honolulu }])
  })

  it('goes on at the next such time, where that of the new zone is over', () => {
    const { of, at, begun } = waitFrom(start, step)
    const next = local('2026-03-31T10:00', 'Asia/Tokyo')
    for (const [input, now] of [
      [profile, tokyo + 1],
      [{ kind: 'woken' }, rome],
    ] as const) {
      const after = frozenAdvance(of, begun.enrollment, input, at(now, 'Asia/Tokyo'))
      expect(after.commands).toEqual([{ kind: 'wait', step: 'w', dueAt: next }])
      expect(after.decisions).toEqual(moved(now, next, 'Asia/Tokyo'))
      const sent = frozenAdvance(of, after.enrollment, { kind: 'woken' }, at(next, 'Asia/Tokyo'))
      expect(sent.commands).toMatchObject([{ kind: 'send' }])
    }
  })

  it('is no reason to wait a day more where the time that came up is right there, too', () => {
    const { of, at, begun } = waitFrom(start, step)
    const late = frozenAdvance(of, begun.enrollment, { kind: 'woken' }, at(rome + 5000, 'Europe/Berlin'))
    expect(late.commands).toMatchObject([{ kind: 'send' }])
  })

  it('counts days on the new calendar, and goes on at once where they are over', () => {
    const { of, at, begun } = waitFrom(start, { duration: 'P3D' })
    expect(begun.enrollment.dueAt).toBe(local('2026-03-29T16:00'))
    // The clocks of Rome went forward that night, and those of Tokyo never do.
    const dueAt = start + 3 * 86_400_000
    const moved = frozenAdvance(of, begun.enrollment, profile, at(start + 1, 'Asia/Tokyo'))
    expect(moved.commands).toEqual([{ kind: 'wait', step: 'w', dueAt }])
    const back = frozenAdvance(of, moved.enrollment, profile, at(dueAt - 1))
    expect(back.commands).toMatchObject([{ kind: 'send' }])
    expect(back.decisions).toMatchObject([
      { rule: 'wait', outcome: 'moved', values: { zone: 'Europe/Rome' } },
    ])
  })

  it('does not matter to a wait for hours', () => {
    const { of, at, begun } = waitFrom(start, { duration: 'PT72H' })
    const dueAt = begun.enrollment.dueAt ?? 0
    expect(begun.decisions).toMatchObject([{ values: { until: dueAt } }])
    const after = frozenAdvance(of, begun.enrollment, profile, at(start + 1, 'Asia/Tokyo'))
    expect(after.enrollment).toBe(begun.enrollment)
    const woken = frozenAdvance(of, begun.enrollment, { kind: 'woken' }, at(dueAt, 'America/New_York'))
    expect(woken.commands).toMatchObject([{ kind: 'send' }])
  })
})

it('a wait that has moved is still counted from where it began, under another name, too', () => {
  const start = local('2026-03-26T16:00')
  const { of, at, begun } = waitFrom(start, { duration: 'P3D', at: '10:00' })
  const { enrollment } = frozenAdvance(of, begun.enrollment, { kind: 'profile' }, at(start + 1, 'Asia/Tokyo'))
  const to = program([{ id: 'rest', next: 'm', verb: 'wait', duration: 'P3D', at: '10:00' }, send('m', null)])
  const succession = { to: 2, kind: 'move' as const, at: start + 2, map: { w: 'rest' } }
  const placed = placedIn({ enrollment, arriving: false }, of, to, succession, at(start + 2, 'Asia/Tokyo'))
  const { dueAt } = enrollment
  expect(placed).toMatchObject({ arriving: false, enrollment: { step: 'rest', dueAt } })
  if (!placed || dueAt === undefined) return
  const woken = frozenAdvance(to, placed.enrollment, { kind: 'woken' }, at(dueAt, 'Asia/Tokyo'))
  expect(woken.commands).toMatchObject([{ kind: 'send' }])
})
