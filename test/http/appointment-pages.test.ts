/** The page of an appointment: GET shows it as it is now, and POST takes the answer for the time that was shown, once. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it, test } from 'vitest'
import { linkPath } from '../../runtime/links.ts'
import { AppointmentShop, anna, DAY, HOUR, heading, hiddenIn, START } from './appointment-shop.ts'

let shop: AppointmentShop
beforeEach(async () => {
  shop = await new AppointmentShop().open()
})

const ask = 'Vieni?'
const confirmed = 'Grazie, ti aspettiamo'
const requested = 'La tua richiesta è arrivata'
const cancelled = 'Questo appuntamento è annullato'
const over = 'Questo appuntamento è passato'
const gone = 'Questo link non è più valido'
const moved = 'L’orario è cambiato da quando ti abbiamo scritto.'
const changed = 'la tua risposta non è stata registrata'

describe('looking', () => {
  it('shows what and when on the customer’s own clock, and changes nothing', async () => {
    const path = await shop.book()
    const before = shop.state()
    const page = await shop.view(path)
    expect([page.status, heading(page)]).toEqual([200, ask])
    expect(page.text).toContain('<html lang="it">')
    expect(page.text).toContain('Affilatura')
    expect(page.text).toContain('giovedì 19 novembre, ore 10:30')
    expect(page.text.match(/<form method="post">/g)).toHaveLength(3)
    for (const header of ['cache-control', 'x-robots-tag', 'referrer-policy'])
      expect(page.headers.get(header)).toMatch(/no-store|noindex|no-referrer/)
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    for (const choice of ['confirm', 'move', 'cancel', 'x', '<b>'])
      await shop.view(`${path}?choose=${encodeURIComponent(choice)}&answer=cancel&utm_source=x`)
    await shop.api.call('HEAD', `${path}?choose=cancel`, { key: null })
    expect((await shop.api.call('DELETE', path, { key: null })).status).toBe(405)
    expect(shop.state()).toBe(before)
  })

  it.each([
    ['confirm', '<h1>Vieni?</h1>', /value="confirm">Sì, vengo/],
    ['move', '<h1>Il tuo appuntamento</h1>', /<section class="main"><h2>Sposta/],
    ['cancel', '<h1>Il tuo appuntamento</h1>', /<section class="main"><h2>Annulla/],
  ])('has the choice ready that was tapped: %s', async (choice, words, layout) => {
    const page = await shop.view(`${await shop.book()}?choose=${choice}`)
    expect(page.text).toContain(words)
    expect(page.text).toMatch(layout)
    for (const answer of ['confirm', 'move', 'cancel']) expect(page.text).toContain(`value="${answer}"`)
  })

  it('speaks the language of the customer, and says whose clock it is to who lives elsewhere', async () => {
    await shop.api.put('/v1/customers/john', {
      email: 'john@example.com',
      locale: 'en-GB',
      timezone: 'Europe/London',
    })
    const page = await shop.view(await shop.book('P-9', {}, 'john'))
    expect(heading(page)).toBe('Will you come?')
    expect(page.text).toContain('Thursday 19 November, at 09:30 GMT')
  })

  it('shows a new time and says so, once by the mail that had the old one', async () => {
    const path = await shop.book()
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2027-01-07T15:00:00+01:00' })
    const page = await shop.view(path)
    expect(page.text).toContain(moved)
    expect(page.text).toContain('<strong>giovedì 7 gennaio 2027, ore 15:00</strong>')
    expect(page.text).toContain('<s>giovedì 19 novembre, ore 10:30</s>')
    await shop.answer(path, 'confirm')
    await shop.api.settle()
    expect((await shop.view(shop.link())).text).not.toContain(moved)
  })

  it('takes a day without an hour for a day', async () => {
    const path = await shop.book('P-2', { startsAt: '2026-11-19' })
    shop.to('2026-11-19T20:00:00+01:00')
    const page = await shop.view(path)
    expect(page.text).toContain('<strong>giovedì 19 novembre</strong>')
    expect(heading(page)).toBe(ask)
    shop.to('2026-11-20T00:01:00+01:00')
    expect(heading(await shop.view(path))).toBe(over)
  })

  it('escapes what the booking system says, and offers its page only where a browser goes', async () => {
    for (const [manageUrl, there] of [
      ['https://shop.example/a?b="1"&c=<d>', true],
      ['javascript:alert(1)', false],
      ['data:text/html,x', false],
      [' JavaScript:alert(1)', false],
      ['//shop.example', false],
      ['https:///x', false],
    ] as const) {
      const path = await shop.book(`P-${manageUrl.length}${there}`, {
        service: '<img src=x onerror=alert(1)>',
        manageUrl,
      })
      const { text } = await shop.view(path)
      expect(text).toContain('&#60;img src=x')
      expect(text).not.toMatch(/<img|<d>|javascript:|data:text/i)
      expect(/<a href="http/.test(text), manageUrl).toBe(there)
    }
  })
})

/** What can have become of the appointment when somebody comes to its page. */
const states: [state: string, come: (shop: AppointmentShop, path: string) => Promise<void>][] = [
  ['booked', async () => undefined],
  ['confirmed', async (one, path) => void (await one.answer(path, 'confirm'))],
  ['confirmed by the booking system', (one) => one.say('confirmed', { appointmentId: 'P-1' })],
  ['asked to be moved', async (one, path) => void (await one.answer(path, 'move', { wish: 'Giovedì' }))],
  ['moved', (one) => one.say('moved', { appointmentId: 'P-1', startsAt: '2026-11-26T15:00:00+01:00' })],
  ['cancelled', async (one, path) => void (await one.answer(path, 'cancel'))],
  ['cancelled by the booking system', (one) => one.say('cancelled', { appointmentId: 'P-1' })],
  [
    'cancelled and booked again',
    async (one) => {
      await one.say('cancelled', { appointmentId: 'P-1' })
      await one.say('booked', { appointmentId: 'P-1', startsAt: '2026-11-19T10:30:00+01:00' })
    },
  ],
  ['begun', async (one) => one.to('2026-11-19T09:30:00Z')],
  ['attended', (one) => one.say('attended', { appointmentId: 'P-1' })],
  ['missed', (one) => one.say('missed', { appointmentId: 'P-1' })],
]
/** What each says, and what an answer to it comes to: what the page says then, and whether it is recorded. */
const outcomes: {
  [state: string]: {
    says: string
    confirm: [string, boolean]
    move: [string, boolean]
    cancel: [string, boolean]
  }
} = {
  booked: { says: ask, confirm: [confirmed, true], move: [requested, true], cancel: [cancelled, true] },
  confirmed: {
    says: confirmed,
    confirm: [confirmed, false],
    move: [requested, true],
    cancel: [cancelled, true],
  },
  'asked to be moved': {
    says: requested,
    confirm: [confirmed, true],
    move: [requested, false],
    cancel: [cancelled, true],
  },
  cancelled: {
    says: cancelled,
    confirm: [cancelled, false],
    move: [cancelled, false],
    cancel: [cancelled, false],
  },
  begun: { says: over, confirm: [over, false], move: [over, false], cancel: [over, false] },
}
const like: { [state: string]: string } = {
  moved: 'booked',
  'cancelled and booked again': 'booked',
  'confirmed by the booking system': 'confirmed',
  'cancelled by the booking system': 'cancelled',
  attended: 'begun',
  missed: 'begun',
}

describe.each(states)('an appointment that is %s', (state, come) => {
  const outcome = outcomes[like[state] ?? state]

  it.each([true, false])('says so, whether all is handled (%s) or not', async (handled) => {
    const path = await shop.book()
    await come(shop, path)
    if (handled) await shop.api.settle()
    const page = await shop.view(path)
    expect([page.status, heading(page)]).toEqual([200, outcome?.says])
    expect(page.text.includes('<form')).toBe(![cancelled, over].includes(outcome?.says ?? ''))
  })

  it.each(['confirm', 'move', 'cancel'] as const)('takes an answer for what it is: %s', async (answer) => {
    const path = await shop.book()
    await come(shop, path)
    const before = (await shop.events()).length
    const page = await shop.view(path)
    const fields = { ...hiddenIn(page), answer, wish: 'Giovedì' }
    const [says, recorded] = outcome?.[answer] ?? ['', false]
    for (let times = 0; times < 3; times++) {
      const after = await shop.api.form(path, fields)
      expect(heading(after)).toBe(says)
      expect(after.status).toBe([cancelled, over].includes(outcome?.says ?? '') ? 409 : 200)
      if (times === 1) await shop.api.settle()
    }
    const events = await shop.events()
    expect(events.length - before).toBe(recorded ? 1 : 0)
    expect(heading(await shop.view(path))).toBe(says)
  })
})

describe('an answer', () => {
  it('is an event with what is known of the appointment', async () => {
    const path = await shop.book('P-1', { room: 2, tags: ['a'], manageUrl: 'https://shop.example/a' })
    await shop.answer(path, 'confirm')
    expect(await shop.events()).toMatchObject([
      {
        type: 'appointment.confirmed',
        data: {
          appointmentId: 'P-1',
          startsAt: '2026-11-19T10:30:00+01:00',
          service: 'Affilatura',
          room: 2,
          by: 'customer',
          workflow: 'keeping',
          key: 'P-1',
        },
      },
    ])
    expect((await shop.events())[0]?.data).not.toHaveProperty('tags')
    // The journey that waited for it goes on, and its next message has a link, too.
    expect(shop.api.world.sender.mails.at(-1)?.subject).toBe('Good')
    shop.api.world.clock.advance(HOUR)
    await shop.answer(shop.link(), 'cancel')
    expect((await shop.events()).map(({ type }) => type)).toEqual([
      'appointment.confirmed',
      'appointment.cancelled',
    ])
    const { json } = await shop.api.get('/v1/customers/anna/why?workflow=keeping')
    expect(json.answer).toMatch(
      /The journey ended as exited on .*, because appointment\.cancelled \(event appointment:\S+\) arrived\.$/,
    )
    const { entries } = (await shop.api.get('/v1/customers/anna/timeline')).json
    expect(entries.flatMap(({ text }: { text?: string }) => text ?? [])).toEqual([
      'Cancelled it behind the link of a message.',
      'Said behind the link of a message that they will come.',
    ])
  })

  it('is one of the times that the booking system offers', async () => {
    const alternatives = [
      '2026-11-20T09:00:00+01:00',
      '2026-11-03T09:00:00+01:00',
      '2026-11-19T10:30:00+01:00',
      '2026-11-21T09:00:00+01:00',
      '2026-11-20T08:00:00Z',
      'soon',
      7,
    ]
    const path = await shop.book('P-1', { alternatives })
    const page = await shop.view(`${path}?choose=move`)
    expect([...page.text.matchAll(/<label for="at\d">(.*?)</g)].map(([, label]) => label)).toEqual([
      'venerdì 20 novembre, ore 09:00',
      'sabato 21 novembre, ore 09:00',
    ])
    for (const at of ['2026-11-03T09:00:00+01:00', '2026-12-24T09:00:00+01:00', ''])
      expect((await shop.answer(path, 'move', { at })).status).toBe(422)
    const done = await shop.answer(path, 'move', { at: '2026-11-21T09:00:00+01:00' })
    expect(done.text).toContain('<dd>sabato 21 novembre, ore 09:00</dd>')
    expect(await shop.events()).toMatchObject([
      {
        type: 'appointment.move-requested',
        data: {
          appointmentId: 'P-1',
          startsAt: '2026-11-21T09:00:00+01:00',
          movesFrom: '2026-11-19T10:30:00+01:00',
        },
      },
    ])
    // Until somebody has moved it, it stands.
    expect((await shop.view(path)).text).toContain('<strong>giovedì 19 novembre, ore 10:30</strong>')
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2026-11-21T09:00:00+01:00' })
    expect(heading(await shop.view(path))).toBe(ask)
  })

  it('is a wish in words, bounded and plain', async () => {
    const path = await shop.book()
    for (const wish of ['', ' \n ', 'x'.repeat(501)]) {
      const page = await shop.answer(path, 'move', { wish })
      expect(page.status).toBe(422)
      expect(page.text).toMatch(/role="alert"/)
      expect(page.text).toContain('<section class="main"><h2>Sposta')
    }
    const page = await shop.answer(path, 'move', { wish: ' Giovedì <b>\u202e\u0007\r\ndopo le 4 ' })
    expect(page.text).toContain('Giovedì &#60;b&#62;  \ndopo le 4')
    expect((await shop.events())[0]?.data).toMatchObject({ wish: 'Giovedì <b>  \ndopo le 4' })
    expect((await shop.events())[0]?.data).not.toHaveProperty('startsAt')
    await shop.answer(path, 'move', { wish: 'Venerdì' })
    expect(await shop.events()).toHaveLength(2)
  })

  it('to another time than the present one is no answer: the page says so, and asks again', async () => {
    const path = await shop.book()
    const seen = await shop.view(path)
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2026-11-26T15:00:00+01:00' })
    for (const answer of ['confirm', 'move', 'cancel']) {
      const page = await shop.answer(path, answer, { wish: 'x' }, seen)
      expect(page.status).toBe(409)
      expect(page.text).toContain(changed)
      expect(page.text).toContain('<strong>giovedì 26 novembre, ore 15:00</strong>')
    }
    expect(await shop.events()).toEqual([])
    await shop.answer(path, 'confirm')
    expect(await shop.events()).toHaveLength(1)
  })

  it('to the old time, still on its way when it is moved, does not count for the new one', async () => {
    const path = await shop.book()
    await shop.answer(path, 'confirm')
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2026-11-26T15:00:00+01:00' })
    expect(heading(await shop.view(path))).toBe(ask)
  })

  it('without the form is to the time in the message, and not to another', async () => {
    const path = await shop.book()
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2026-11-26T15:00:00+01:00' })
    const late = await shop.api.form(path, { answer: 'confirm' })
    expect(late.status).toBe(409)
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2026-11-19T10:30:00+01:00' })
    expect(heading(await shop.api.form(path, { answer: 'confirm' }))).toBe(confirmed)
  })

  it('needs a choice that there is', async () => {
    const path = await shop.book()
    expect((await shop.api.form(path, {})).status).toBe(422)
    expect((await shop.api.form(`${path}?answer=confirm&time=1`, {})).status).toBe(422)
    expect((await shop.api.post(path, { answer: 'cancel' }, { key: null })).status).toBe(422)
    expect((await shop.answer(path, 'delete')).status).toBe(422)
    expect((await shop.answer(path, 'move', { wish: 'x'.repeat(70_000) })).status).toBe(413)
    expect(await shop.events()).toEqual([])
  })

  it('that comes three times at once is one', async () => {
    const path = await shop.book()
    const fields = { ...hiddenIn(await shop.view(path)), answer: 'confirm' }
    const pages = await Promise.all([1, 2, 3].map(() => shop.api.form(path, fields)))
    expect(pages.map(heading)).toEqual([confirmed, confirmed, confirmed])
    expect(await shop.events()).toHaveLength(1)
  })

  it('from a page that the back button brought counts, and counts once', async () => {
    const path = await shop.book()
    const first = await shop.view(path)
    await shop.answer(path, 'confirm', {}, first)
    for (let times = 0; times < 3; times++)
      expect(heading(await shop.answer(path, 'move', { wish: 'Giovedì' }, first))).toBe(requested)
    expect((await shop.events()).map(({ type }) => type)).toEqual([
      'appointment.confirmed',
      'appointment.move-requested',
    ])
  })

  it('cannot be given without end', async () => {
    const path = await shop.book()
    for (let times = 0; times < 25; times++) await shop.answer(path, 'move', { wish: `Giorno ${times}` })
    expect(await shop.events()).toHaveLength(20)
  })

  it('is given for the appointment booked again, after it was cancelled', async () => {
    const path = await shop.book()
    await shop.answer(path, 'confirm')
    await shop.answer(path, 'cancel')
    shop.api.world.clock.advance(HOUR)
    await shop.say('booked', { appointmentId: 'P-1', startsAt: '2026-11-19T10:30:00+01:00' })
    expect(heading(await shop.answer(path, 'confirm'))).toBe(confirmed)
    expect(await shop.events()).toHaveLength(3)
  })
})

describe('a link', () => {
  const signed = (claims: Partial<Parameters<typeof linkPath>[1]>) =>
    linkPath(shop.api.world.config.linkSecret, {
      purpose: 'c',
      customerId: 'anna',
      expiresAt: shop.api.world.clock.now() + 1000,
      appointment: { workflow: 'keeping', key: 'P-1' },
      ...claims,
    })

  test.each([
    ['of another customer’s journey', () => signed({ customerId: 'bea' }), 410],
    ['of no journey', () => signed({ appointment: { workflow: 'keeping', key: 'P-7' } }), 410],
    ['of a workflow that is not there', () => signed({ appointment: { workflow: 'x', key: 'P-1' } }), 410],
    ['that has expired', () => signed({ expiresAt: Date.parse(START) }), 410],
    ['for rating', () => signed({ purpose: 'r' }).replace('/r/', '/c/'), 404],
    ['for preferences', () => signed({ purpose: 'p' }).replace('/p/', '/c/'), 404],
    ['that is cut off', () => signed({}).slice(0, -1), 404],
    ['with another letter', () => signed({}).replace(/c\/./, 'c/X'), 404],
    ['that is none', () => '/c/%00', 404],
  ])('%s does nothing', async (_, path, status) => {
    await shop.api.put('/v1/customers/bea', { ...anna, email: 'bea@example.it' })
    const fields = { ...hiddenIn(await shop.view(await shop.book())), answer: 'cancel' }
    const before = shop.state()
    for (const page of [await shop.view(path()), await shop.api.form(path(), fields)])
      expect(page.status).toBe(status)
    expect(shop.state()).toBe(before)
  })

  it('is good for its own purpose alone', async () => {
    const path = await shop.book()
    for (const other of ['r', 'u', 'p', 'o'])
      expect((await shop.view(path.replace('/c/', `/${other}/`))).status).toBe(404)
  })

  it('does not bring back somebody who was erased', async () => {
    const path = await shop.book()
    await shop.api.call('DELETE', '/v1/customers/anna')
    for (const page of [await shop.view(path), await shop.answer(path, 'cancel')])
      expect([page.status, heading(page)]).toEqual([410, 'This link is no longer valid'])
    await shop.api.settle()
    expect(shop.api.world.table.all().filter(({ pk }) => pk === 'C#anna')).toEqual([])
  })

  it('lives on when the appointment moves, and ends a week after it', async () => {
    const path = await shop.book()
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2027-06-01T10:00:00+02:00' })
    shop.to('2027-05-31T10:00:00+02:00')
    expect(heading(await shop.view(path))).toBe(ask)
    shop.to('2027-06-01T10:00:00+02:00')
    expect(heading(await shop.view(path))).toBe(over)
    shop.api.world.clock.advance(7 * DAY - 1)
    expect(heading(await shop.view(path))).toBe(over)
    shop.api.world.clock.advance(1)
    expect([(await shop.view(path)).status, heading(await shop.view(path))]).toEqual([410, gone])
  })

  it('of one appointment never acts on another', async () => {
    const keys = ['P-1', 'P-2', 'P 1', 'p-1']
    const action = fc.record({
      about: fc.nat(3),
      answer: fc.constantFrom('confirm', 'move', 'cancel'),
      seenOf: fc.nat(3),
      wish: fc.constantFrom('Giovedì', 'Venerdì'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 5 }), async (actions) => {
        shop = await new AppointmentShop().open()
        const paths = new Map<string, string>()
        for (const key of keys) paths.set(key, await shop.book(key))
        const touched = new Set<string>()
        for (const { about, answer, seenOf, wish } of actions) {
          const key = keys[about] ?? ''
          const seen = await shop.view(paths.get(keys[seenOf] ?? '') ?? '')
          await shop.answer(paths.get(key) ?? '', answer, { wish }, seen)
          touched.add(key)
        }
        const events = await shop.events()
        for (const { data } of events) expect(touched).toContain(data.appointmentId)
        for (const { data } of events) expect(data.key).toBe(data.appointmentId)
        for (const key of keys.filter((one) => !touched.has(one)))
          expect(heading(await shop.view(paths.get(key) ?? ''))).toBe(ask)
      }),
      { numRuns: 25 },
    )
  })
})
