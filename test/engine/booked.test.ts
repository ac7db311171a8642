/** An appointment, put together from what was said about it: whatever the order, the same comes out. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  alternativesOf,
  type Booked,
  bookedNow,
  bookingPage,
  factsOf,
  type Known,
  readStart,
} from '../../engine/booked.ts'
import type { JsonObject } from '../../engine/model.ts'
import type { Program } from '../../engine/program.ts'

const zone = 'Europe/Rome'
const rule = { id: 'event.appointmentId', starts: 'event.startsAt', title: 'event.service' }
const program: Pick<Program, 'trigger' | 'enroll'> = {
  trigger: { kind: 'event', event: 'visit.planned' },
  enroll: { again: 'always', follow: [{ event: 'visit.changed' }] },
}
const about = { rule, zone, customer: { profile: { id: 'anna' }, suppressions: [] } }
const first = '2026-11-19T10:30:00+01:00'
const later = '2026-11-26T15:00:00+01:00'

let count = 0
const said = (at: number, type: string, data: JsonObject = {}): Known => {
  count++
  const id = `e-${count}`
  return { id, type, at, data: { appointmentId: 'P-1', ...data }, intake: String(count).padStart(6, '0') }
}
const planned = said(1, 'visit.planned', { startsAt: first, service: 'Sharpening' })
const now = (...events: Known[]): Booked | undefined => bookedNow(program, about, planned, events)

describe('what is known', () => {
  test.each<[string, Known[], Partial<Booked>]>([
    ['nothing more', [], { title: 'Sharpening', cancelled: false, closed: false }],
    ['a move', [said(2, 'appointment.moved', { startsAt: later })], { title: 'Sharpening' }],
    ['a change of its own kind', [said(2, 'visit.changed', { service: 'Repair' })], { title: 'Repair' }],
    ['a yes', [said(2, 'appointment.confirmed')], { said: 'confirmed' }],
    ['a yes to this time', [said(2, 'appointment.confirmed', { startsAt: first })], { said: 'confirmed' }],
    [
      'a yes in other words for it',
      [said(2, 'appointment.confirmed', { startsAt: '2026-11-19T09:30:00Z' })],
      { said: 'confirmed' },
    ],
    [
      'a wish',
      [said(2, 'appointment.move-requested', { wish: 'later' })],
      { said: 'move-requested', wished: { words: 'later' } },
    ],
    ['a no', [said(2, 'appointment.cancelled')], { cancelled: true }],
    [
      'a no, and booked again',
      [said(2, 'appointment.cancelled'), said(3, 'visit.planned', { startsAt: first })],
      { cancelled: false },
    ],
    ['kept', [said(2, 'appointment.attended')], { closed: true }],
  ])('by %s', (_, events, expected) => {
    expect(now(...events)).toMatchObject(expected)
  })

  test.each<[string, Known[]]>([
    ['a yes to another time', [said(2, 'appointment.confirmed', { startsAt: later })]],
    [
      'a yes before it was moved',
      [said(2, 'appointment.confirmed'), said(3, 'visit.changed', { startsAt: later })],
    ],
    ['a yes to another appointment', [said(2, 'appointment.confirmed', { appointmentId: 'P-2' })]],
    ['a yes to something else', [said(2, 'order.confirmed')]],
    ['a yes after a no', [said(2, 'appointment.cancelled'), said(3, 'appointment.confirmed')]],
  ])('%s is none', (_, events) => {
    expect(now(...events)).not.toHaveProperty('said')
  })

  it('keeps its time when a word about it takes none or no time at all', () => {
    for (const startsAt of [null, 'soon', ''])
      expect(now(said(2, 'appointment.moved', { startsAt }))?.start?.text).toBe(first)
  })

  it('does not hang on the order in which events arrive', () => {
    const events = [
      said(2, 'appointment.confirmed'),
      said(3, 'visit.changed', { startsAt: later }),
      said(4, 'appointment.move-requested', { wish: 'x' }),
      said(4, 'appointment.confirmed', { startsAt: later }),
      said(5, 'appointment.cancelled', { appointmentId: 'P-2' }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        expect(now(...order, ...order)).toEqual(now(...events))
      }),
      { seed: 7 },
    )
    expect(now(...events)?.said).toBe('confirmed')
  })

  it('is nothing where the event names no appointment', () => {
    expect(bookedNow(program, about, { ...planned, data: { startsAt: first } }, [])).toBeUndefined()
  })
})

test('of a day, an hour and an instant, each begins where it should', () => {
  expect(readStart('2026-11-19', zone)).toEqual({
    at: Date.parse('2026-11-19T00:00:00+01:00'),
    timed: false,
    text: '2026-11-19',
  })
  expect(readStart(' 2026-07-01T10:30 ', zone)?.at).toBe(Date.parse('2026-07-01T10:30:00+02:00'))
  for (const value of ['11-19', 'soon', 7, null, undefined, ['2026-11-19'], '2026-13-01'])
    expect(readStart(value, zone)).toBeUndefined()
})

test('an answer carries what it is known by, however deep that stands', () => {
  const nested = { id: 'event.slot.id', starts: 'event.slot.from' }
  const data = { slot: { id: 'P-1', from: first }, tags: ['a'], service: 'Sharpening', startsAt: 'x' }
  const booked = bookedNow(program, { ...about, rule: nested }, { ...planned, data }, [])
  if (!booked) throw new Error('it has a name')
  expect(factsOf(nested, booked, 'confirm')).toEqual({
    slot: { id: 'P-1', from: first },
    service: 'Sharpening',
    startsAt: 'x',
    by: 'customer',
  })
  expect(factsOf(nested, booked, 'move')).toEqual({
    slot: { id: 'P-1', from: first },
    service: 'Sharpening',
    movesFrom: first,
    by: 'customer',
  })
})

test('of what is offered, a dozen at most', () => {
  const alternatives = Array.from({ length: 40 }, (_, day) =>
    new Date(Date.UTC(2027, 0, 1 + day)).toISOString(),
  )
  const booked = now(said(2, 'visit.changed', { alternatives, manageUrl: 'ftp://shop.example/a' }))
  if (!booked) throw new Error('it has a name')
  expect(alternativesOf(booked, Date.UTC(2027, 0, 3), zone)).toHaveLength(12)
  expect(alternativesOf(booked, Date.UTC(2027, 0, 3), zone)[0]?.text).toBe('2027-01-04T00:00:00.000Z')
  expect(bookingPage(booked)).toBeUndefined()
})
