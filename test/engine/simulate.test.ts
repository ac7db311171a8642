/** The simulated world: virtual time, effects in memory, and what a journey weighs. */
import { describe, expect, it } from 'vitest'
import { type Given, simulate } from '../../engine/simulate.ts'
import type { Program, Step } from '../../engine/program.ts'
import { formatLocal } from '../../engine/time.ts'
import { variablesFor } from '../../engine/variables.ts'
import { template, templates, winBack } from './win-back.ts'
import {
  awaitStep,
  branch,
  contextAt,
  deepFreeze,
  entered,
  event,
  local,
  program,
  ROME,
  send,
  settings,
} from './world.ts'

const anna = { id: 'anna', email: 'anna@example.it', firstName: 'Anna', locale: 'it-CH', timezone: ROME }
const rated: Given = { at: '2026-03-26T16:00', event: 'csat.rated', data: { score: 1, ticketId: 'T-1' } }

const play = (of: Program, events: Given[], more: Partial<Parameters<typeof simulate>[0]> = {}) =>
  simulate(
    deepFreeze({
      workflow: { program: of, templates: [...templates, template('m', null, 'Hello', 'Hello')] },
      settings,
      customer: anna,
      events,
      ...more,
    }),
  )
const story = ({ timeline }: ReturnType<typeof simulate>) =>
  timeline
    .filter(({ kind }) => kind !== 'decision')
    .map((entry) => `${formatLocal(entry.at, ROME)} ${entry.kind}${entry.step ? ` ${entry.step}` : ''}`)

describe('a simulation', () => {
  it('jumps from one due moment to the next until nothing is left', () => {
    const result = play(winBack, [rated], { customer: { ...anna, consent: { offers: true } } })
    expect(story(result)).toEqual([
      '2026-03-26 16:00 event',
      '2026-03-26 16:00 entered',
      '2026-03-26 16:00 task recover',
      '2026-03-26 16:00 message apology',
      '2026-03-26 16:00 waiting wait',
      '2026-03-30 10:00 waiting await',
      '2026-04-13 10:00 coupon offer',
      '2026-04-13 10:00 message come-back',
      '2026-04-13 10:00 ended',
    ])
    expect(result.ends).toBe('completed')
    const [apology, offer] = result.timeline.flatMap(({ message }) => (message ? [message] : []))
    expect(apology).toMatchObject({
      to: anna.email,
      locale: 'it',
      subject: 'Ci dispiace, Anna',
      text: 'Ticket T-1\n',
    })
    expect(offer?.text).toMatch(/^BACK-[A-Z]{2}\d{2}\n$/)
    // Virtual time, no dice: the same again.
    expect(play(winBack, [rated], { customer: { ...anna, consent: { offers: true } } })).toEqual(result)
  })

  it('stops where it is told to', () => {
    const result = play(winBack, [rated], { until: local('2026-03-30T09:59') })
    expect(result.ends).toBeUndefined()
    expect(story(result).at(-1)).toBe('2026-03-26 16:00 waiting wait')
  })

  it('changes the profile by what is given, and by what the workflow sets', () => {
    const of = program(
      [
        { id: 's', next: 'w', verb: 'set', values: { visits: 'customer.visits + 1' } },
        { id: 'w', next: 'i', verb: 'wait', duration: 'P1D' },
        branch('i', 'customer.visits == 3 && customer.tier == "gold"', 'm', null),
        send('m', null),
      ],
      { enroll: { again: 'always' } },
    )
    const result = play(of, [
      { ...rated, customer: { visits: 2 } },
      { after: '1 hour', customer: { tier: 'gold', consent: { service: true } } },
    ])
    expect(result.timeline.filter(({ kind }) => kind === 'message')).toHaveLength(1)
    expect(result.timeline.find(({ kind }) => kind === 'set')?.values).toEqual({ visits: 3 })
  })

  it('respects consent, caps and quiet hours', () => {
    const of = program([send('m', null, { topic: 'news' })], { enroll: { again: 'always' } })
    const thrice: Given[] = [
      rated,
      { after: '1 hour', event: 'csat.rated' },
      { after: '1 hour', event: 'csat.rated' },
    ]
    expect(play(of, thrice).timeline.some(({ kind }) => kind === 'message')).toBe(false)
    const capped = play(of, thrice, { customer: { ...anna, consent: { news: true } } })
    expect(capped.timeline.filter(({ kind }) => kind === 'message')).toHaveLength(2)
    expect(capped.timeline.filter(({ decision }) => decision?.rule === 'gate.cap')).toHaveLength(1)
    const late = play(
      program([send('m', null, { topic: 'offers' })]),
      [{ at: '2026-03-26T23:00', event: 'csat.rated' }],
      { customer: { ...anna, consent: { offers: true } } },
    )
    expect(story(late)).toContain('2026-03-27 08:00 message m')
  })

  it('takes an event that is posted twice as one', () => {
    const of = program([send('m', null)], { enroll: { again: 'always' } })
    const twice = play(of, [
      { ...rated, id: 'e' },
      { after: '1 minute', event: 'csat.rated', id: 'e' },
    ])
    expect(
      twice.timeline.map(({ kind }) => kind).filter((kind) => kind === 'event' || kind === 'entered'),
    ).toEqual(['event', 'entered'])
    expect(twice.timeline.some(({ kind }) => kind === 'not-entered')).toBe(false)
  })

  it('tells what was emitted behind what emitted it, and all that this did', () => {
    const emit: Step = { verb: 'emit', id: 'e', next: 'a', event: 'gift.sent', data: {} }
    const of = program([emit, awaitStep('a', { event: 'gift.sent', for: 'P1D' }, 'm', null), send('m', null)])
    expect(story(play(of, [rated]))).toEqual(
      ['event', 'entered', 'emitted e', 'waiting a', 'event', 'message m', 'ended'].map(
        (what) => `2026-03-26 16:00 ${what}`,
      ),
    )
  })

  it('says once that a date is none, and when it becomes none', () => {
    const birthdays = program([{ verb: 'stop', id: 's', next: null, reason: 'wished' }], {
      trigger: { kind: 'date', attribute: 'birthday', every: 'year', leapDay: 'feb-28', past: 'skip' },
    })
    const told = (birthday: string, events: Given[] = []) =>
      play(birthdays, events, {
        customer: { ...anna, birthday },
        start: local('2026-01-01T00:00'),
        until: local('2026-12-31T00:00'),
      }).timeline.flatMap(({ at, kind, decision }) =>
        kind === 'not-entered'
          ? [`${formatLocal(at, ROME)} ${decision?.outcome} ${decision?.values?.reason}`]
          : [],
      )
    expect(told('14.3.1990')).toEqual(['2026-01-01 00:00 no-date 14.3.1990 is no date. Write 1990-03-14.'])
    const changes: Given[] = [
      { at: '2026-02-01T10:00', customer: { birthday: '31-12' } },
      { at: '2026-02-02T10:00', customer: { firstName: 'Anne' } },
      { at: '2026-02-03T10:00', customer: { birthday: '1990-12-31' } },
    ]
    expect(told('1990-03-14', changes)).toEqual([
      '2026-02-01 10:00 no-date 31-12 is no date. The month comes before the day: 12-31.',
    ])
  })

  it('says what is wrong instead of throwing', () => {
    const of = program([send('nobody', 'm'), send('m', null)])
    const result = play(of, [{ at: 'soon', event: 'x' }, { after: 'a while', event: 'x' }, rated])
    expect(result.timeline.flatMap(({ reason, kind }) => (kind === 'problem' ? [reason] : []))).toEqual([
      'at: soon is not a time',
      'after: a while is not a time',
      'template nobody: there is no template nobody',
    ])
    // At the time of what does have one, and not in 1970.
    expect(new Set(result.timeline.map(({ at }) => formatLocal(at, ROME)))).toEqual(
      new Set(['2026-03-26 16:00']),
    )
    expect(result.ends).toBe('completed')
    const hole = play(program([send('x', null)]), [rated], {
      workflow: {
        program: program([send('x', null)]),
        templates: [template('x', null, '{{ customer.nobody }}', '')],
      },
    })
    expect(hole.timeline.find(({ kind }) => kind === 'problem')?.reason).toContain('nobody')
  })

  it('counts the goal after the end', () => {
    const of = program([send('m', null)], {
      goal: { event: 'purchase', within: 'P60D' },
      listensTo: ['purchase'],
    })
    const { journeys } = play(of, [rated, { after: '10 days', event: 'purchase' }])
    expect(journeys).toMatchObject([{ reason: 'completed', converted: { at: local('2026-04-05T16:00') } }])
  })
})

describe('dates in a simulation', () => {
  const birthday = (more: object = {}): Program =>
    program([send('m', null)], {
      trigger: {
        kind: 'date',
        attribute: 'birthday',
        every: 'year',
        at: '09:00',
        leapDay: 'feb-28',
        past: 'skip',
        ...more,
      },
      enroll: { again: 'always' },
    })
  const start = local('2026-01-01T00:00')
  const mails = (result: ReturnType<typeof simulate>) =>
    story(result).filter((line) => line.endsWith('message m'))

  it('come up in the zone of the customer', () => {
    expect(mails(play(birthday(), [], { start, customer: { ...anna, birthday: '1996-02-29' } }))).toEqual([
      '2026-02-28 09:00 message m',
    ])
    expect(
      mails(
        play(birthday(), [], {
          start,
          until: local('2029-01-01T00:00'),
          customer: { ...anna, birthday: '02-29' },
        }),
      ),
    ).toEqual(['2026-02-28', '2027-02-28', '2028-02-29'].map((day) => `${day} 09:00 message m`))
  })

  it('follow the date when it is edited, and are gone when it is removed', () => {
    const appointment = birthday({ every: 'once', offset: '-P1D' })
    const customer = { ...anna, birthday: '2026-05-10' }
    const moved = play(appointment, [{ at: '2026-05-01', customer: { birthday: '2026-05-20' } }], {
      start,
      customer,
    })
    expect(mails(moved)).toEqual(['2026-05-19 09:00 message m'])
    const removed = play(appointment, [{ at: '2026-05-01', customer: { birthday: null } }], {
      start,
      customer,
    })
    expect(mails(removed)).toEqual([])
  })

  it('keep the hour of an appointment', () => {
    const of: Program = {
      ...birthday(),
      trigger: {
        kind: 'date',
        attribute: 'birthday',
        every: 'once',
        leapDay: 'feb-28',
        past: 'skip',
        offset: '-PT2H',
      },
    }
    const moved = [{ at: '2026-05-01', customer: { birthday: '2026-05-10T16:00:00+02:00' } }]
    expect(mails(play(of, moved, { start, customer: { ...anna, birthday: '2026-05-20T10:00' } }))).toEqual([
      '2026-05-10 14:00 message m',
    ])
  })

  it('come once for who moves, and not late for who says them late', () => {
    const customer = { ...anna, birthday: '1990-05-10' }
    const east = [{ at: '2026-05-10T08:00', customer: { timezone: 'Asia/Tokyo' } }]
    expect(mails(play(birthday(), east, { start, customer })).map((line) => line.slice(0, 16))).toEqual([
      '2026-05-10 08:00',
    ])
    const late = [{ at: '2026-05-10T09:30', customer: { birthday: '1990-05-10' } }]
    expect(mails(play(birthday(), late, { start, until: local('2027-01-01T00:00') }))).toEqual([])
  })
})

it('a day of the calendar comes in the zone of the customer, once, wherever they move', () => {
  const greetings = program([send('m', null)], {
    trigger: {
      kind: 'calendar',
      calendar: '12-20',
      days: { months: [12], days: [20] },
      at: '09:00',
      leapDay: 'feb-28',
      past: 'skip',
    },
    enroll: { again: 'always' },
  })
  const mails = (timezone: string, at: string) =>
    story(
      play(greetings, [{ at, customer: { timezone } }], {
        start: local('2026-12-01T00:00'),
        until: local('2027-12-31T00:00'),
      }),
    )
      .filter((line) => line.endsWith('message m'))
      .map((line) => line.slice(0, 16))
  expect(mails('Europe/Rome', '2026-12-02')).toEqual(['2026-12-20 09:00', '2027-12-20 09:00'])
  expect(mails('Asia/Tokyo', '2026-12-20T06:00')).toEqual(['2026-12-20 06:00', '2027-12-20 01:00'])
})

describe('a profile in a simulation', () => {
  const gold = program([send('m', null)], {
    trigger: { kind: 'becomes', condition: 'customer.tier == "gold"' },
    enroll: { again: 'always' },
  })
  const given = (...tiers: (string | null)[]) =>
    tiers.map((tier, index) => ({ at: `2026-03-2${index + 1}T10:00`, customer: { tier } }))
  const days = (...tiers: (string | null)[]) =>
    story(play(gold, given(...tiers)))
      .filter((line) => line.endsWith('message m'))
      .map((line) => line.slice(8, 10))

  it('becomes what it was not, each time it does', () => {
    expect(days('silver', 'gold', 'gold', null, 'gold')).toEqual(['22', '25'])
    expect(days('gold')).toEqual(['21'])
  })

  it('becomes it by a step too', () => {
    const promoted = program([{ verb: 'set', id: 'set-1', next: null, values: { tier: '"gold"' } }], {
      trigger: { kind: 'becomes', condition: 'customer.tier != "gold" && has(customer.tier)' },
      enroll: { again: 'always' },
    })
    expect(play(promoted, given('silver', 'bronze')).journeys).toHaveLength(2)
  })
})

describe('what a journey sees', () => {
  it('is the event in question, the entry, and what came of its steps', () => {
    const of = program([send('m', null)])
    const context = contextAt(local('2026-03-26T00:30'))
    const journey = entered(of, context)
    const log = ['opened', 'delivered'].map((outcome) => ({
      at: 1,
      step: 'm',
      rule: 'send',
      outcome,
    }))
    const looking = event('purchase', 5, { total: 1 })
    expect(variablesFor(context, of, { ...journey, log }, looking)).toMatchObject({
      event: { total: 1 },
      entry: { score: 1 },
      meta: { type: 'purchase', time: '1970-01-01T00:00:00.005Z' },
      awaited: {},
      steps: { m: { outcome: 'opened' } },
      enrollment: { key: 'anna', run: 1, counts: { sent: 2 } },
      now: '2026-03-25T23:30:00.000Z',
      today: '2026-03-26',
    })
    expect(variablesFor(context, of)).toMatchObject({ event: { score: 1 }, steps: {}, coupons: {} })
  })
})

describe('the log of a journey of three mails, two waits and a branch', () => {
  it('leaves room in the kilobyte that a journey is stored in', () => {
    const steps: Step[] = [
      send('welcome', 'wait'),
      { id: 'wait', next: 'first-steps', verb: 'wait', duration: 'P3D', at: '10:00', on: ['mon', 'tue'] },
      send('first-steps', 'wait-2'),
      { id: 'wait-2', next: 'if', verb: 'wait', duration: 'P7D', at: '10:00' },
      branch('if', 'customer.tier == "gold"', 'come-back-gold', 'come-back'),
      send('come-back-gold', null),
      send('come-back', null),
    ]
    const of = program(steps, { trigger: { kind: 'event', event: 'csat.rated', when: 'event.score <= 2' } })
    const mails = steps.map(({ id }) => template(id, null, 'Hello', 'Hello'))
    const { journeys } = play(of, [rated], {
      workflow: { program: of, templates: mails },
      customer: { ...anna, tier: 'silver' },
    })
    const log = journeys[0]?.log ?? []
    expect(log.map(({ outcome }) => outcome)).toEqual([
      'matched',
      'sent',
      'waiting',
      'sent',
      'waiting',
      'else',
      'sent',
      'completed',
    ])
    expect(JSON.stringify(log).length).toBeLessThan(720)
  })
})
