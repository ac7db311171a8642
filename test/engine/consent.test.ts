/** Double opt-in: what of an answer counts at once, what waits for the person, and what is told of it. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { advance } from '../../engine/advance.ts'
import {
  answer,
  eventsOf,
  mergeCustomer,
  pendingTopics,
  replaceProfile,
  type Word,
} from '../../engine/consent.ts'
import type { ConsentMark, ConsentSource, Customer, JsonObject, Settings } from '../../engine/model.ts'
import { law } from './law.ts'
import { contextAt, customer, entered, local, program, send, settings } from './world.ts'

const noon = local('2026-03-26T12:00')
const DAY = 24 * 3_600_000

const doubled: Settings = {
  ...settings,
  topics: {
    ...settings.topics,
    offers: { title: { en: 'Offers', it: 'Offerte' }, basis: 'consent', optIn: 'double' },
  },
}
const word = (source: ConsentSource, at = noon): Word => ({ source, at, settings: doubled })
const others: ConsentSource[] = ['api', 'event', 'workflow']
const own: ConsentSource[] = ['page', 'confirmed']

const say = (before: Customer, said: boolean | null, source: ConsentSource, at = noon) =>
  answer(before, before.profile, { offers: said }, word(source, at))
const state = (one: Customer) => [one.profile.consent?.offers, one.consents?.offers?.state]
const asked = (one: Customer) =>
  eventsOf(one, doubled, () => true).flatMap(({ type, id }) => (type === 'consent.requested' ? [id] : []))

const nobody = customer()
const pending = say(nobody, true, 'api')
const confirmed = say(pending, true, 'confirmed')
const refused = say(nobody, false, 'api')

describe('an answer about a topic with double opt-in', () => {
  it.each([
    ['nothing', nobody, true, others, [undefined, 'pending']],
    ['nothing', nobody, true, own, [true, 'given']],
    ['nothing', nobody, false, [...others, ...own], [false, 'refused']],
    ['nothing', nobody, null, others, [undefined, undefined]],
    ['pending', pending, true, others, [undefined, 'pending']],
    ['pending', pending, true, own, [true, 'given']],
    ['pending', pending, false, [...others, ...own], [false, 'refused']],
    ['pending', pending, null, others, [undefined, 'removed']],
    ['confirmed', confirmed, true, [...others, ...own], [true, 'given']],
    ['confirmed', confirmed, false, [...others, ...own], [false, 'refused']],
    ['confirmed', confirmed, null, others, [undefined, 'removed']],
    ['refused', refused, true, others, [false, 'pending']],
    ['refused', refused, true, own, [true, 'given']],
  ] as const)('after %s: %#', (_, before, said, sources, expected) => {
    for (const source of sources) expect(state(say(before, said, source)), source).toEqual(expected)
  })

  it('counts as it comes on other topics, and on one that asks no longer', () => {
    const plain = answer(nobody, nobody.profile, { news: true, unknown: true }, word('api'))
    expect(plain.profile.consent).toEqual({ news: true, unknown: true })
    const single = answer(pending, pending.profile, { offers: true }, { ...word('api'), settings })
    expect(state(single)).toEqual([true, 'given'])
  })

  it('changes nothing when it is what is known, and keeps who said it first', () => {
    for (const before of [pending, confirmed, refused])
      for (const source of others)
        expect(say(before, before === refused ? false : true, source, noon + 1000)).toEqual(before)
    expect(confirmed.consents?.offers).toEqual({
      state: 'given',
      at: noon + 1,
      source: 'confirmed',
      address: 'anna@example.it',
    })
  })

  it('keeps the moments of its answers apart', () => {
    const states = [true, false, true, false].reduce((one, said) => say(one, said, 'page'), nobody)
    expect(states.consents?.offers?.at).toBe(noon + 3)
  })
})

describe('a request', () => {
  test('is told with the title in the language of the person', () => {
    const anna = mergeCustomer(
      customer({ locale: 'it-CH' }),
      'anna',
      { consent: { offers: true } },
      word('event'),
    )
    expect(eventsOf(anna, doubled, () => true)).toEqual([
      {
        id: `consent:asked:offers:${noon}`,
        type: 'consent.requested',
        customerId: 'anna',
        at: noon,
        data: { topic: 'offers', title: 'Offerte' },
      },
    ])
  })

  test('is made again at most once a day, and ever more seldom', () => {
    let one = nobody
    const days = new Set<number>()
    for (let hour = 0; hour < 24 * 40; hour++) {
      const after = say(one, true, 'api', noon + (hour * DAY) / 24)
      if (asked(after)[0] !== asked(one)[0]) days.add(hour / 24)
      one = after
    }
    expect([...days]).toEqual([0, 1, 2, 4, 8, 16, 32])
  })

  test('stands for the address that the person has: a new one is asked at once, the same one is not', () => {
    const later = word('api', noon + 1000)
    const moved = mergeCustomer(pending, 'anna', { email: 'anna@new.example' }, later)
    expect(moved.consents?.offers).toMatchObject({ address: 'anna@new.example', at: noon + 1000 })
    expect(asked(moved)).not.toEqual(asked(pending))
    expect(mergeCustomer(pending, 'anna', { email: ' ANNA@example.it' }, later).consents).toEqual(
      pending.consents,
    )
    expect(mergeCustomer(pending, 'anna', { email: null }, later).consents).toEqual(pending.consents)
    expect(mergeCustomer(confirmed, 'anna', { email: 'anna@new.example' }, later).consents).toEqual(
      confirmed.consents,
    )
  })

  test('of somebody without an address is told once there is one', () => {
    const { email: _, ...unreachable } = nobody.profile
    const waiting = say({ ...nobody, profile: unreachable }, true, 'api')
    expect([pendingTopics(waiting), asked(waiting)]).toEqual([['offers'], []])
    expect(asked(mergeCustomer(waiting, 'anna', { email: 'a@b.it' }, word('api', noon + 5)))).toEqual([
      `consent:asked:offers:${noon + 5}`,
    ])
  })

  test('outlives a profile that is put in the place of the old one and does not name it', () => {
    const put = (before: Customer, fields: JsonObject) =>
      replaceProfile(before, { id: 'anna', email: 'anna@example.it', ...fields }, word('api'))
    expect(put(pending, {}).consents).toEqual(pending.consents)
    expect(put(pending, {}).profile).toEqual({ id: 'anna', email: 'anna@example.it' })
    expect(put(pending, { pendingConsent: ['news'] })).toEqual(put(pending, {}))
    expect(state(put(confirmed, {}))).toEqual([undefined, 'removed'])
    const again = replaceProfile(pending, { id: 'anna', consent: { offers: false } }, word('api'))
    expect(state(again)).toEqual([false, 'refused'])
  })

  test.each(['constructor', 'toString', '__proto__'])('is for no topic called %s', (topic) => {
    const answers = Object.fromEntries([[topic, true]])
    const one = answer(nobody, nobody.profile, answers, word('api'))
    expect(pendingTopics(one)).toEqual([])
    expect(eventsOf(one, doubled, () => true)).toEqual([])
  })
})

describe('a confirmation', () => {
  const given = (one: Customer) =>
    eventsOf(one, doubled, () => true).filter(({ type }) => type === 'consent.given')
  test('is told of topics that ask for it, and only of the person’s own word', () => {
    expect(given(confirmed)).toMatchObject([
      { id: `consent:given:offers:${noon + 1}`, data: { topic: 'offers' } },
    ])
    expect(given(say(nobody, true, 'page'))).toHaveLength(1)
    expect(given(answer(nobody, nobody.profile, { news: true }, word('page')))).toEqual([])
    const single = answer(nobody, nobody.profile, { offers: true }, { ...word('api'), settings })
    expect(given(single)).toEqual([])
  })
})

describe('the gate', () => {
  const context = (of: Customer) => contextAt(noon, { settings: doubled, customer: of })
  const offer = program([send('offer', null, { topic: 'offers' })])
  const decided = (of: Customer) =>
    advance(offer, entered(offer, context(of)), { kind: 'entered' }, context(of)).decisions[0]

  test.each([
    ['never answered', nobody, { topic: 'offers', basis: 'consent', answer: null }],
    ['refused', refused, { topic: 'offers', basis: 'consent', answer: false }],
    ['pending', pending, { topic: 'offers', basis: 'consent', answer: null, reason: 'consent-pending' }],
    [
      'pending after a no',
      say(refused, true, 'api'),
      { topic: 'offers', basis: 'consent', answer: false, reason: 'consent-pending' },
    ],
  ])('refuses with its reason what is %s', (_, of, values) => {
    expect(decided(of)).toMatchObject({ rule: 'gate.consent', outcome: 'refused' })
    expect(decided(of)?.values).toEqual(values)
  })

  test('lets through what is confirmed', () => {
    expect(decided(confirmed)).toBeUndefined()
  })
})

/** An oracle that knows nothing of marks: a yes is there only after a word of the person's own that no later no undid. */
test('whatever is said by whom, nobody is written to on a word that is not theirs', () => {
  const step = fc.record({
    said: fc.constantFrom(true, false, null),
    source: fc.constantFrom(...others, ...own),
    hours: fc.nat({ max: 60 }),
  })
  law(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let one = nobody
      let at = noon
      let may = false
      const ids: string[] = []
      for (const { said, source, hours } of steps) {
        at += hours * 3_600_000
        const before: { [topic: string]: ConsentMark } = one.consents ?? {}
        one = say(one, said, source, at)
        may = said === true ? may || own.includes(source) : false
        expect(one.profile.consent?.offers === true).toBe(may)
        expect(pendingTopics(one).length > 0 && may).toBe(false)
        ids.push(...eventsOf(one, doubled, (mark, topic) => mark !== before[topic]).map(({ id }) => id))
      }
      expect(new Set(ids).size).toBe(ids.length)
    }),
  )
})
