/** Journeys that follow what they are about: which word counts, and what a wait makes of it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asItIsNow, type Followed, marksOf, MOST_FOLLOWED, withEvent } from '../../engine/follow.ts'
import type { Context, Enrollment } from '../../engine/journey.ts'
import type { CareEvent, JsonObject } from '../../engine/model.ts'
import type { Program, Step } from '../../engine/program.ts'
import { law } from './law.ts'
import { contextAt, entered, event, frozenAdvance, local, program, send } from './world.ts'

const at = local('2026-05-01T10:00')
const HOUR = 3_600_000
const booked = event(
  'appointment.booked',
  at,
  { appointmentId: 'P-1', startsAt: '2026-05-10T15:00' },
  'booked',
)
const said = (id: string, hours: number, data: JsonObject): CareEvent =>
  event('appointment.moved', at + hours * HOUR, { appointmentId: 'P-1', ...data }, id)

const knownAfter = (events: CareEvent[], entry = booked): Followed =>
  events.reduce<Followed>(withEvent, { entry, events: [] })

describe('what is known of a thing', () => {
  test('is field by field what was said last', () => {
    const known = knownAfter([said('a', 1, { startsAt: 'x', room: 2 }), said('b', 2, { startsAt: 'y' })])
    expect(asItIsNow(known).data).toEqual({ appointmentId: 'P-1', startsAt: 'y', room: 2 })
    expect(asItIsNow(known)).toMatchObject({ id: 'booked', type: 'appointment.booked', at })
  })

  test('loses a field that is null', () => {
    const known = knownAfter([said('a', 1, { startsAt: null, room: 2 }), said('b', 2, { room: null })])
    expect(asItIsNow(known).data).toEqual({ appointmentId: 'P-1' })
    expect(asItIsNow(knownAfter([said('c', 3, { room: 4 })])).data).toMatchObject({ room: 4 })
  })

  test('of two words of one moment the one that came later counts, and a repeat of the first does not undo it', () => {
    const [first, second] = [said('a', 1, { startsAt: 'x' }), said('b', 1, { startsAt: 'y' })]
    const known = knownAfter([first, second])
    expect(asItIsNow(known).data).toMatchObject({ startsAt: 'y' })
    expect(known.events.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  const field = fc.constantFrom('startsAt', 'room', '__proto__', 'constructor')
  const value = fc.constantFrom('x', 'y', 1, null, { a: 1 })
  const data = fc.array(fc.tuple(field, value), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs))
  const history = fc
    .uniqueArray(fc.nat(30), { minLength: 1, maxLength: 10 })
    .chain((hours) => fc.tuple(...hours.map((hour) => data.map((each) => said(`m${hour}`, hour, each)))))
    .chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events])))

  test('is the same in whatever order, and however often, its events come', () => {
    law(
      fc.property(history, ([events, repeats]) => {
        const inTime = events.toSorted((one, other) => one.at - other.at)
        const fields = new Map<string, unknown>(Object.entries(booked.data))
        for (const [name, word] of inTime.flatMap((each) => Object.entries(each.data)))
          if (word === null) fields.delete(name)
          else fields.set(name, word)
        const known = knownAfter([...events, ...repeats])
        expect(new Map(Object.entries(asItIsNow(known).data))).toEqual(fields)
        expect(known.events.length).toBeLessThanOrEqual(events.length)
      }),
    )
  })

  test('is remembered in little room: what one event says again of another, and what is large, is not kept twice', () => {
    const moves = Array.from({ length: 50 }, (_, index) =>
      said(`m${index}`, index, { startsAt: `t${index}` }),
    )
    expect(marksOf(knownAfter(moves)).map(({ id }) => id)).toEqual(['m49'])
    const apart = moves.map((each, index) => ({ ...each, data: { [`field${index}`]: 'x'.repeat(30) } }))
    const marks = marksOf(knownAfter(apart))
    expect(marks).toHaveLength(MOST_FOLLOWED)
    expect(marks.at(-1)).toMatchObject({ id: 'm49', data: { field49: 'x'.repeat(30) } })
    expect(JSON.stringify(marks.flatMap(({ data = {} }) => data)).length).toBeLessThan(450)
    expect(marksOf(knownAfter([said('large', 1, { text: 'x'.repeat(500) })]))).toEqual([
      { id: 'large', type: 'appointment.moved', at: at + HOUR },
    ])
  })
})

const wait = (past: 'skip' | 'now'): Step => ({
  verb: 'wait',
  id: 'wait-1',
  next: 'tomorrow',
  beyond: 'later',
  until: { value: 'event.startsAt' },
  offset: '-P1D',
  at: '18:00',
  past,
})
const moves = { event: 'appointment.moved', when: 'event.appointmentId == enrollment.key' }
const following = program([wait('skip'), send('tomorrow', 'later'), send('later', null)], {
  trigger: { kind: 'event', event: 'appointment.booked' },
  enroll: { per: 'event.appointmentId', again: 'never', follow: [moves] },
  exit: [{ event: 'appointment.cancelled' }],
  listensTo: ['appointment.moved', 'appointment.cancelled'],
})

function begun(of: Program = following): { journey: Enrollment; context: Context } {
  const context = contextAt(at, { event: booked })
  return {
    journey: frozenAdvance(of, entered(of, context), { kind: 'entered' }, context).enrollment,
    context,
  }
}

/** Shows events to a journey, each when it happened, or all `late`. */
function shown(
  events: CareEvent[],
  { of = following, late, ...more }: { of?: Program; late?: number; paused?: boolean } = {},
) {
  const { journey, context } = begun(of)
  const all = new Map(events.map((each) => [each.id, each]))
  const initial: ReturnType<typeof frozenAdvance> = { enrollment: journey, commands: [], decisions: [] }
  return events.reduce((before, each) => {
    const followed: Followed = {
      entry: booked,
      events: (before.enrollment.followed ?? []).flatMap(({ id }) => all.get(id) ?? []),
    }
    const now = { ...context, now: late ?? each.at, event: asItIsNow(followed), followed, ...more }
    return frozenAdvance(of, before.enrollment, { kind: 'event', event: each }, now)
  }, initial)
}

describe('a journey', () => {
  test('waits for the new time at once, and says why', () => {
    const { enrollment, commands, decisions } = shown([said('m', 1, { startsAt: '2026-05-20T09:00' })])
    const dueAt = local('2026-05-19T18:00')
    expect(enrollment).toMatchObject({ phase: 'waiting', dueAt })
    expect(commands).toEqual([{ kind: 'wait', step: 'wait-1', dueAt }])
    expect(decisions).toMatchObject([
      { rule: 'follow', outcome: 'followed', values: { event: 'm', fields: 'startsAt' } },
      { rule: 'wait', outcome: 'moved', step: 'wait-1' },
    ])
  })

  test('shown the same event again changes nothing', () => {
    const moved = said('m', 1, { startsAt: '2026-05-20T09:00' })
    const once = shown([moved]).enrollment
    const twice = shown([moved, moved])
    expect(twice).toEqual({ enrollment: once, commands: [], decisions: [] })
  })

  test('keeps a newer time when an older move comes late, and when it is shown again', () => {
    const newer = said('new', 5, { startsAt: '2026-05-20T09:00' })
    const older = said('old', 2, { startsAt: '2026-05-12T09:00' })
    for (const order of [
      [newer, older],
      [older, newer, older],
      [newer, older, newer, older],
    ]) {
      const { enrollment } = shown(order, { late: at + 6 * HOUR })
      expect(enrollment.dueAt, order.map(({ id }) => id).join()).toBe(local('2026-05-19T18:00'))
    }
  })

  test('is not told about by what is older than itself, nor by its own event', () => {
    const before = shown([said('m', -1, { startsAt: '2026-05-20T09:00' })])
    expect(before.enrollment.dueAt).toBe(local('2026-05-09T18:00'))
    expect(before.decisions).toMatchObject([{ rule: 'follow', outcome: 'too-early' }])
  })

  test('of another appointment stays as it is', () => {
    const other = { ...said('m', 1, { startsAt: '2026-05-20T09:00' }), data: { appointmentId: 'P-2' } }
    const { enrollment, commands, decisions } = shown([other])
    expect(enrollment.followed).toBeUndefined()
    expect(commands).toEqual([])
    expect(decisions).toMatchObject([{ rule: 'follow', outcome: 'not-matched' }])
  })

  test.each(['2026-05-01T09:00', '2026-04-20T09:00', 'soon', null])(
    'moved to %s has nothing to remind of any more',
    (startsAt) => {
      const { commands, decisions } = shown([said('m', 1, { startsAt })])
      expect(commands).toMatchObject([{ kind: 'send', template: 'later' }])
      expect(decisions.map(({ rule, outcome }) => `${rule} ${outcome}`)).toContain('wait skipped')
    },
  )

  test('moved into the past with past: now reminds at once', () => {
    const of = { ...following, steps: { ...following.steps, 'wait-1': wait('now') } }
    expect(shown([said('m', 1, { startsAt: '2026-05-01T09:00' })], { of }).commands).toMatchObject([
      { kind: 'send', template: 'tomorrow' },
    ])
  })

  test('that is paused stands, and follows', () => {
    const { enrollment, commands } = shown([said('m', 1, { startsAt: '2026-04-20T09:00' })], { paused: true })
    expect(commands).toEqual([])
    expect(enrollment).toMatchObject({ phase: 'waiting', dueAt: at + HOUR, followed: [{ id: 'm' }] })
  })

  test('leaves by an event that is an exit too, and follows nothing once it has ended', () => {
    const of = { ...following, exit: [moves] }
    const left = shown([said('m', 1, {}), said('n', 2, { startsAt: 'x' })], { of })
    expect(left.enrollment).toMatchObject({ phase: 'ended', reason: 'exited' })
    expect(left.enrollment.followed).toBeUndefined()
  })

  test('keeps one line of what it followed, however often', () => {
    const { enrollment } = shown(
      Array.from({ length: 9 }, (_, index) =>
        said(`m${index}`, index, { startsAt: `2026-05-2${index}T09:00` }),
      ),
    )
    expect(enrollment.log.map(({ rule, outcome }) => `${rule} ${outcome}`)).toEqual([
      'wait waiting',
      'follow followed',
      'wait moved',
    ])
  })
})

test('a day that is over when the wait has hardly begun is not made up for on the same evening', () => {
  // At ten it waits for six o'clock, and at eleven the appointment turns out to be at noon.
  const today = { ...booked, data: { ...booked.data, startsAt: '2026-05-02T15:00' } }
  const context = contextAt(at, { event: today })
  const { enrollment } = frozenAdvance(following, entered(following, context), { kind: 'entered' }, context)
  expect(enrollment.dueAt).toBe(local('2026-05-01T18:00'))
  const noon = said('m', 1, { startsAt: '2026-05-01T12:00' })
  const now = { ...context, now: noon.at }
  const { commands } = frozenAdvance(following, enrollment, { kind: 'event', event: noon }, now)
  expect(commands).toMatchObject([{ kind: 'send', template: 'later' }])
})
