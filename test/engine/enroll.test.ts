/** Who enters, who does not, and why. */
import { describe, expect, it } from 'vitest'
import { enroll, type EnrollInput } from '../../engine/enroll.ts'
import type { Enrollment } from '../../engine/journey.ts'
import type { DateTrigger, Program } from '../../engine/program.ts'
import { contextAt, customer, deepFreeze, entered, event, local, program, send, settings } from './world.ts'

const now = local('2026-03-26T12:00')
const DAY = 86_400_000
const of = (more: Partial<Program>) => program([send('m', null)], more)
const ask = (input: Partial<EnrollInput> & { program: Program }) =>
  enroll(
    deepFreeze({
      version: 3,
      event: event('csat.rated', now, { score: 1, ticketId: 'T-1' }, 'e9'),
      customer: customer({ tier: 'gold' }),
      settings,
      runs: [],
      now,
      paused: false,
      ...input,
    }),
  )
const decisionOf = (result: ReturnType<typeof enroll>) =>
  result && 'decision' in result ? result.decision : undefined
const journeyOf = (result: ReturnType<typeof enroll>) =>
  result && 'enrollment' in result ? result.enrollment : undefined

const earlier = (more: Partial<Enrollment> = {}): Enrollment => ({
  ...entered(of({}), contextAt(now - 40 * DAY)),
  key: 'T-1',
  phase: 'ended',
  step: null,
  ...more,
})
const per: Partial<Program> = { enroll: { per: 'event.ticketId', again: { after: 'P30D' } } }

describe('an event', () => {
  it('of another type is nobody’s business', () => {
    expect(ask({ program: of({ trigger: { kind: 'event', event: 'purchase' } }) })).toBeUndefined()
    expect(ask({ program: of({}), event: event('date.reached', now) })).toBeUndefined()
  })

  it('starts a journey before its first step', () => {
    const trigger = {
      kind: 'event',
      event: 'csat.rated',
      when: 'event.score <= 2',
      audience: 'customer.tier == "gold"',
    } as const
    expect(journeyOf(ask({ program: of({ ...per, trigger }) }))).toEqual({
      workflow: 'win-back',
      version: 3,
      customerId: 'anna',
      key: 'T-1',
      run: 1,
      enteredAt: now,
      entry: { id: 'e9', type: 'csat.rated', at: now, data: { score: 1, ticketId: 'T-1' } },
      phase: 'waiting',
      step: 'm',
      dueAt: now,
      seenEventId: 'e9',
      log: [
        { at: now, rule: 'trigger.when', outcome: 'matched', values: { 'event.score': 1 } },
        { at: now, rule: 'trigger.audience', outcome: 'matched', values: { 'customer.tier': 'gold' } },
      ],
    })
  })

  it('is kept out with its reasons', () => {
    const trigger = { kind: 'event', event: 'csat.rated' } as const
    const when = ask({ program: of({ trigger: { ...trigger, when: 'event.score > 2' } }) })
    expect(decisionOf(when)).toEqual({
      at: now,
      rule: 'trigger.when',
      outcome: 'not-matched',
      values: { 'event.score': 1 },
    })
    const missing = decisionOf(ask({ program: of({ trigger: { ...trigger, when: 'event.stars > 2' } }) }))
    expect(missing?.values).toMatchObject({ 'event.stars': null, missing: ['event.stars'] })
    const audience = ask({ program: of({ trigger: { ...trigger, audience: 'customer.tier == "silver"' } }) })
    expect(decisionOf(audience)).toMatchObject({ rule: 'trigger.audience', outcome: 'not-matched' })
    expect(decisionOf(ask({ program: of({}), paused: true }))).toMatchObject({
      rule: 'paused',
      outcome: 'refused',
    })
  })

  it('has a key of its own, or does not enter', () => {
    expect(journeyOf(ask({ program: of({}) }))?.key).toBe('anna')
    const keyed = (expression: string) =>
      ask({ program: of({ enroll: { per: expression, again: 'never' } }) })
    expect(journeyOf(keyed('event.score'))?.key).toBe('1')
    for (const expression of ['event.nobody', 'event', '""', `"${'x'.repeat(201)}"`]) {
      expect(decisionOf(keyed(expression))).toEqual({ at: now, rule: 'enroll.per', outcome: 'no-key' })
    }
  })
})

describe('coming again', () => {
  const under = { phase: 'waiting', step: 'm' } as const
  it.each([
    ['never, after an earlier one', 'never', [earlier()], 'enroll.again refused'],
    ['never, after one of another key', 'never', [earlier({ key: 'T-2' })], 1],
    ['always', 'always', [earlier(), earlier({ run: 2, enteredAt: now - DAY })], 3],
    ['always, but under way', 'always', [earlier(under)], 'enroll.under-way refused'],
    [
      'always, but by the same event',
      'always',
      [earlier({ entry: { id: 'e9', type: 'csat.rated', at: now } })],
      'enroll.again same-event',
    ],
    ['after the time', { after: 'P30D' }, [earlier({ enteredAt: now - 30 * DAY })], 2],
    [
      'before the time',
      { after: 'P30D' },
      [earlier({ enteredAt: now - 30 * DAY + 1 })],
      'enroll.again refused',
    ],
    [
      'the last entry counts',
      { after: 'P30D' },
      [earlier({ run: 2, enteredAt: now - DAY }), earlier()],
      'enroll.again refused',
    ],
  ] satisfies [string, Program['enroll']['again'], Enrollment[], string | number][])(
    '%s',
    (_, again, runs, expected) => {
      const result = ask({ program: of({ enroll: { per: 'event.ticketId', again } }), runs })
      const decision = decisionOf(result)
      expect(journeyOf(result)?.run ?? `${decision?.rule} ${decision?.outcome}`).toBe(expected)
    },
  )
})

describe('a date that comes up', () => {
  const trigger: DateTrigger = {
    kind: 'date',
    attribute: 'birthday',
    every: 'year',
    at: '09:00',
    leapDay: 'feb-28',
    past: 'skip',
    when: 'customer.tier == "gold"',
  }
  const day = local('2026-03-26T09:00')
  const reached = (occurrence = '2026-03-26', workflow = 'win-back') =>
    event(
      'date.reached',
      day,
      { attribute: 'birthday', date: '1990-03-26', occurrence },
      `date:${workflow}:${occurrence}`,
    )
  const born = (birthday: string | undefined) =>
    customer({ tier: 'gold', ...(birthday !== undefined && { birthday }) })
  const come = (more: Partial<EnrollInput>, change: Partial<DateTrigger> = {}) =>
    ask({
      program: of({ trigger: { ...trigger, ...change } }),
      event: reached(),
      customer: born('1990-03-26'),
      ...more,
    })

  it('starts a journey of its own workflow only', () => {
    expect(journeyOf(come({}))).toMatchObject({ entry: { id: 'date:win-back:2026-03-26' } })
    expect(come({ event: reached('2026-03-26', 'win-back-gold') })).toBeUndefined()
    expect(come({ event: event('csat.rated', now) })).toBeUndefined()
  })

  it.each([
    ['edited', '1990-03-27'],
    ['removed', undefined],
    ['made nonsense', 'soon'],
  ])('is cancelled when the date was %s', (_, birthday) => {
    expect(decisionOf(come({ customer: born(birthday) }))).toMatchObject({
      rule: 'trigger.date',
      outcome: 'not-due',
    })
  })

  it.each([
    ['skip', '2026-03-26T23:59', true],
    ['skip', '2026-03-27T00:00', false],
    ['now', '2026-03-29T00:00', true],
  ] as const)('past: %s at %s', (past, at, enters) => {
    const result = come({ now: local(at) }, { past })
    expect(journeyOf(result) !== undefined).toBe(enters)
    if (!enters) expect(decisionOf(result)).toMatchObject({ rule: 'trigger.past', outcome: 'skipped' })
  })

  it('is past on its day with the offset, not on the date itself', () => {
    const soon = { event: reached('2026-04-02'), customer: born('1990-04-02') }
    expect(journeyOf(come({ ...soon, now: local('2026-03-26T20:00') }, { offset: '-P7D' }))).toBeDefined()
    expect(decisionOf(come({ ...soon, now: local('2026-03-28T09:00') }, { offset: '-P7D' }))).toMatchObject({
      rule: 'trigger.past',
    })
  })

  it('takes its day from the id of the event and asks the audience as any trigger', () => {
    expect(decisionOf(come({ customer: customer({ birthday: '1990-03-26' }) }))).toMatchObject({
      rule: 'trigger.when',
    })
  })
})
