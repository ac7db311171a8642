/** Waits for a date: when it comes, when it moves, when it is taken away, when it has gone by. */
import { describe, expect, it } from 'vitest'
import type { JsonObject, Profile } from '../../engine/model.ts'
import type { WaitStep } from '../../engine/program.ts'
import { contextAt, customer, entered, frozenAdvance, local, program, send } from './world.ts'

const start = local('2026-03-26T16:00')
const renewal = { until: { value: 'customer.renewal' } }

function journey(step: Partial<WaitStep>, profile: Partial<Profile> = {}, event: JsonObject = {}) {
  const of = program([
    { id: 'w', next: 'm', verb: 'wait', beyond: 'other', past: 'skip', ...step },
    send('m', 'other'),
    send('other', null),
  ])
  const at = (now: number, changes: Partial<Profile> = {}, paused = false) => {
    const context = contextAt(now, { customer: customer({ ...profile, ...changes }), paused })
    return { ...context, event: { ...contextAt(start).event, data: event } }
  }
  const begun = frozenAdvance(of, entered(of, at(start)), { kind: 'entered' }, at(start))
  return { of, at, begun }
}

const waiting = (dueAt: number) => [{ kind: 'wait', step: 'w', dueAt }]
const sends = (step: string) => [expect.objectContaining({ kind: 'send', step })]

describe('a wait for a date', () => {
  it.each<[string, Partial<WaitStep>, string | undefined, string]>([
    ['a day, at nine', renewal, '2026-04-10', '2026-04-10T09:00'],
    ['a day, at a time', { ...renewal, at: '18:30' }, '2026-04-10', '2026-04-10T18:30'],
    [
      'days before a day, over a clock change',
      { ...renewal, offset: '-P3D' },
      '2026-04-01',
      '2026-03-29T09:00',
    ],
    ['a month after a day', { ...renewal, offset: 'P1M' }, '2026-03-31', '2026-04-30T09:00'],
    ['the next allowed day', { ...renewal, on: ['mon'] }, '2026-04-10', '2026-04-13T09:00'],
    ['a local time', renewal, '2026-04-10T11:15', '2026-04-10T11:15'],
    ['hours before a time', { ...renewal, offset: '-PT2H' }, '2026-04-10T11:15', '2026-04-10T09:15'],
    ['an instant', renewal, '2026-04-10T08:00:00Z', '2026-04-10T10:00'],
    [
      'the evening before an instant',
      { ...renewal, offset: '-P1D', at: '18:00' },
      '2026-04-10T08:00:00Z',
      '2026-04-09T18:00',
    ],
    ['a day without its year, this year', renewal, '03-27', '2026-03-27T09:00'],
    ['a day without its year, next year', renewal, '03-14', '2027-03-14T09:00'],
    ['a leap day in other years', renewal, '02-29', '2027-02-28T09:00'],
    ['today, later', { ...renewal, at: '18:00' }, '2026-03-26', '2026-03-26T18:00'],
    ['a date in the text', { until: { date: '2026-12-24' } }, undefined, '2026-12-24T09:00'],
    ['a field of the event', { until: { value: 'event.departure' } }, undefined, '2026-05-01T09:00'],
    [
      'the date, where that is later than the time',
      { ...renewal, duration: 'P3D' },
      '2026-04-10',
      '2026-04-10T09:00',
    ],
    [
      'the time, where that is later than the date',
      { ...renewal, duration: 'P3D' },
      '2026-03-27',
      '2026-03-29T16:00',
    ],
    [
      'the time, and on to the hour',
      { ...renewal, duration: 'P3D', at: '10:00' },
      '2026-03-27',
      '2026-03-30T10:00',
    ],
  ])('%s', (_, step, value, expected) => {
    const { begun } = journey(step, value === undefined ? {} : { renewal: value }, {
      departure: '2026-05-01',
    })
    expect(begun.commands).toEqual(waiting(local(expected)))
  })

  it('that is today goes on at once: the day is not over', () => {
    const { begun } = journey(renewal, { renewal: '2026-03-26' })
    expect(begun.commands).toEqual(sends('m'))
  })

  it.each<[string, string | null, string?]>([
    ['has gone by', '2026-03-25'],
    ['had its hour today', '2026-03-26T15:59'],
    ['is not known', null],
    ['is no date', 'soon', 'soon is no date. Dates are written 2026-03-14, 03-14 or 2026-03-14T15:00.'],
    [
      'has day and month the wrong way round',
      '31-12',
      '31-12 is no date. The month comes before the day: 12-31.',
    ],
  ])('that %s leaves out the step below, or takes it at once, and says so', (_, value, reason) => {
    const profile = value === null ? {} : { renewal: value }
    const skipped = journey(renewal, profile).begun
    expect(skipped.commands).toEqual(sends('other'))
    const said = { at: start, step: 'w', rule: 'wait', values: { date: value, ...(reason && { reason }) } }
    expect(skipped.decisions).toContainEqual({ ...said, outcome: 'skipped' })
    const taken = journey({ ...renewal, past: 'now' }, profile).begun
    expect(taken.commands).toEqual(sends('m'))
    expect(taken.decisions).toContainEqual({ ...said, outcome: 'past' })
  })
})

describe('a date that changes while somebody waits for it', () => {
  const april = { renewal: '2026-04-10' }
  const later = start + 3_600_000

  it.each([
    ['later', '2026-04-20', '2026-04-20T09:00'],
    ['earlier', '2026-03-30', '2026-03-30T09:00'],
  ])('to %s moves the wait', (_, value, expected) => {
    const { of, at, begun } = journey(renewal, april)
    const moved = frozenAdvance(of, begun.enrollment, { kind: 'profile' }, at(later, { renewal: value }))
    expect(moved.commands).toEqual(waiting(local(expected)))
    expect(moved.decisions).toMatchObject([{ outcome: 'moved', values: { date: value } }])
    const again = frozenAdvance(of, moved.enrollment, { kind: 'profile' }, at(later + 1, { renewal: value }))
    expect(again).toEqual({ enrollment: moved.enrollment, commands: [], decisions: [] })
    const back = frozenAdvance(of, moved.enrollment, { kind: 'profile' }, at(later + 2))
    expect(back.commands).toEqual(waiting(local('2026-04-10T09:00')))
  })

  it('to today goes on, and to yesterday or nothing counts as gone by', () => {
    const { of, at, begun } = journey(renewal, april)
    const now = local('2026-04-01T12:00')
    const to = (value: string | undefined) =>
      frozenAdvance(
        of,
        begun.enrollment,
        { kind: 'profile' },
        {
          ...at(now),
          customer: customer(value === undefined ? {} : { renewal: value }),
        },
      ).commands
    expect(to('2026-04-01')).toEqual(sends('m'))
    expect(to('2026-03-31')).toEqual(sends('other'))
    expect(to(undefined)).toEqual(sends('other'))
  })

  it('is not acted on where it means the same moment', () => {
    const { of, at, begun } = journey(renewal, april)
    const same = at(later, { renewal: '2026-04-10T09:00', firstName: 'Anna' })
    expect(frozenAdvance(of, begun.enrollment, { kind: 'profile' }, same).enrollment).toBe(begun.enrollment)
  })

  it('is noticed when the timer fires, too', () => {
    const { of, at, begun } = journey(renewal, april)
    const due = at(local('2026-04-10T09:00'), { renewal: '2026-04-20' })
    expect(frozenAdvance(of, begun.enrollment, { kind: 'woken' }, due).commands).toEqual(
      waiting(local('2026-04-20T09:00')),
    )
  })

  it('follows a customer who moves, at once', () => {
    const { of, at, begun } = journey(renewal, april)
    const tokyo = at(later, { timezone: 'Asia/Tokyo' })
    expect(frozenAdvance(of, begun.enrollment, { kind: 'profile' }, tokyo).commands).toEqual(
      waiting(local('2026-04-10T09:00', 'Asia/Tokyo')),
    )
  })

  it('does nothing to a wait for a time, to a journey that waits for something else, or to one that has ended', () => {
    const { of, at, begun } = journey({ duration: 'PT72H' })
    const abroad = at(later, { timezone: 'Asia/Tokyo' })
    expect(frozenAdvance(of, begun.enrollment, { kind: 'profile' }, abroad).enrollment).toBe(begun.enrollment)
  })

  it('waits for a paused workflow, and is acted on when that goes on', () => {
    const { of, at, begun } = journey(renewal, april)
    const now = local('2026-04-01T12:00')
    const held = frozenAdvance(
      of,
      begun.enrollment,
      { kind: 'profile' },
      at(now, { renewal: '2026-04-01' }, true),
    )
    expect(held.commands).toEqual([])
    expect(held.enrollment.dueAt).toBe(now)
    const again = at(now + 1, { renewal: '2026-04-01' }, true)
    expect(frozenAdvance(of, held.enrollment, { kind: 'profile' }, again).enrollment).toBe(held.enrollment)
    const resumed = at(now + 2, { renewal: '2026-04-01' })
    expect(frozenAdvance(of, held.enrollment, { kind: 'woken' }, resumed).commands).toEqual(sends('m'))
  })
})

describe('a timer that is late', () => {
  it.each([
    ['on the same day has its turn', '2026-04-10T23:59', 'm'],
    ['by a day is too late', '2026-04-11T00:00', 'other'],
  ])('%s', (_, now, step) => {
    const { of, at, begun } = journey(renewal, { renewal: '2026-04-10' })
    expect(frozenAdvance(of, begun.enrollment, { kind: 'woken' }, at(local(now))).commands).toEqual(
      sends(step),
    )
  })

  it('by seconds is in time for a date with an hour of its own', () => {
    const { of, at, begun } = journey(renewal, { renewal: '2026-04-10T11:15' })
    const now = local('2026-04-10T11:15') + 30_000
    expect(frozenAdvance(of, begun.enrollment, { kind: 'woken' }, at(now)).commands).toEqual(sends('m'))
  })
})
