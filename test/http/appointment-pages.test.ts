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
    ['move', 'Sposta l’appuntamento', /<section class="main"><h2>Sposta/],
    ['cancel', 'Annulla l’appuntamento', /<section class="main"><h2>Annulla/],
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
    expect(page.text).toContain('Thursday, 19 November, at 9:30 GMT'.replace(', 19', ' 19'))
  })

  it('shows a new time and says so, once by the mail that had the old one', async () => {
    const path = await shop.book()
    await shop.say('moved', { appointmentId: 'P-1', startsAt: '2027-01-07T15:00:00+01:00' })
    const page = await shop.view(path)
    expect(page.text).toContain(moved)
    expect(page.text).toContain('<strong>giovedì 7 gennaio 2027, ore 15:00</strong>')
    expect(page.text).toContain('<s>giovedì 19 novembre, ore 10:30</s>')
    await shop.answer(path, 'confirm')
    expect((await shop.view(shop.link())).text).not.toContain(moved)
  })

  it('takes a day without an hour for a day', async () => {
    const path = await shop.book('P-2', { startsAt: '2026-11-19' })
    shop.api.world.clock.to(Date.parse('2026-11-19T20:00:00+01:00'))
    const page = await shop.view(path)
    expect(page.text).toContain('<strong>giovedì 19 novembre</strong>')
    expect(heading(page)).toBe(ask)
    shop.api.world.clock.to(Date.parse('2026-11-20T00:01:00+01:00'))
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
