/** Double opt-in from the outside: who asks gets a request, and only the mailbox that was asked makes a yes of it. */
import { beforeEach, describe, expect, it, test } from 'vitest'
import { addressMark, linkPath, signLink } from '../../runtime/links.ts'
import { type Answer, Api } from './api.ts'
import { linkIn } from './care.ts'

const DAY = 24 * 3_600_000

const mail = (subject: string, body: string) =>
  `---\nsubject: ${subject}\n---\n<mj-section><mj-column><mj-text>${body}</mj-text></mj-column></mj-section>\n`

let api: Api
beforeEach(async () => {
  api = new Api({ at: '2026-03-26T10:00:00Z' })
  const { json } = await api.get('/v1/settings')
  const settings = json.settings.replace(
    /(news:\n.*\n +)basis: consent/,
    '$1basis: consent\n    optIn: double',
  )
  expect((await api.put('/v1/settings', { settings })).json.issues).toEqual([])
  await api.publish(
    'confirm',
    'workflow: confirm\ntopic: service\ntrigger:\n  event: consent.requested\nenroll:\n  per: meta.id\ngoal:\n  event: consent.given\n  within: 14 days\nsteps:\n  - send: ask\n',
    { 'ask.mjml': mail('Do you want “{{ event.title }}”?', '<a href="{{ links.confirm }}">Yes</a>') },
  )
  await api.publish(
    'news',
    'workflow: news\ntopic: news\ntrigger:\n  event: shop.news\nenroll:\n  again: always\nsteps:\n  - send: letter\n',
    { 'letter.mjml': mail('News', 'News') },
  )
  await api.put('/v1/customers/anna', { ...profile, consent: { news: true } })
  await api.settle()
})

const profile = { email: 'anna@example.it', firstName: 'Anna', locale: 'it', timezone: 'Europe/Rome' }
const anna = async () => {
  const { consent, pendingConsent } = (await api.get('/v1/customers/anna')).json
  return [consent?.news, pendingConsent]
}
const view = (path: string) => api.get(path, { key: null })
const heading = ({ text }: Answer) => /<h1>(.*?)<\/h1>/.exec(text)?.[1]
const subjects = () => api.world.sender.mails.map(({ subject }) => subject)
const eventsOf = async (type: string) => {
  await api.settle()
  const { json } = await api.get('/v1/customers/anna/timeline?limit=200')
  return json.entries.filter((entry: { type?: string }) => entry.type === type)
}
const title = 'Possiamo scriverti su «Novità»?'
const signed = (claims: Partial<Parameters<typeof linkPath>[1]>) =>
  linkPath(api.world.config.linkSecret, {
    purpose: 'o',
    customerId: 'anna',
    expiresAt: api.world.clock.now() + 1000,
    topic: 'news',
    address: addressMark('anna@example.it'),
    ...claims,
  })

describe('a yes that the shop passes on', () => {
  it('is a request: seen in the profile, and answered by one mail in the language of the person', async () => {
    expect((await api.get('/v1/customers/anna')).json).toEqual({
      id: 'anna',
      ...profile,
      consent: {},
      pendingConsent: ['news'],
    })
    expect(subjects()).toEqual(['Do you want “Novità”?'])
    expect(await eventsOf('consent.requested')).toMatchObject([{ data: { topic: 'news', title: 'Novità' } }])
  })

  it('stays one however it is repeated, and asks again on another day', async () => {
    await api.put('/v1/customers/anna', (await api.get('/v1/customers/anna')).json)
    await api.patch('/v1/customers/anna', { consent: { news: true }, pendingConsent: [] })
    await api.post('/v1/events', {
      type: 'purchase',
      customerId: 'anna',
      customer: { consent: { news: true } },
    })
    await api.settle()
    expect([await anna(), subjects().length]).toEqual([[undefined, ['news']], 1])
    api.world.clock.advance(DAY)
    await api.patch('/v1/customers/anna', { consent: { news: true } })
    await api.settle()
    expect([await anna(), subjects().length]).toEqual([[undefined, ['news']], 2])
  })

  it.each([
    ['a no', { consent: { news: false } }, false],
    ['a null', { consent: { news: null } }, undefined],
    ['no consent at all', { consent: null }, undefined],
  ])('is taken back at once by %s', async (_, patch, expected) => {
    const link = linkIn(api, 'o')
    expect((await api.patch('/v1/customers/anna', patch)).json).not.toHaveProperty('pendingConsent')
    expect(await anna()).toEqual([expected, undefined])
    for (const page of [await view(link), await api.form(link, {})])
      expect([page.status, heading(page)]).toEqual([410, 'Non c’è più nulla da confermare'])
    expect(await anna()).toEqual([expected, undefined])
  })

  it('lets nothing through, and says why', async () => {
    await api.post('/v1/events', { id: 'n-1', type: 'shop.news', customerId: 'anna' })
    await api.settle()
    expect(subjects()).not.toContain('News')
    const { json } = await api.get('/v1/customers/anna/why?workflow=news&step=letter')
    expect(json.answer).toBe(
      'Anna did not get the mail “letter”: by 26 March 2026 at 11:00, the yes to news had not been confirmed from their own mailbox.',
    )
    expect(json.because).toMatchObject([{ rule: 'gate.consent', values: { reason: 'consent-pending' } }])
    const { entries } = (await api.get('/v1/customers/anna/timeline')).json
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'message',
        outcome: 'refused',
        text: 'The yes to news waits to be confirmed from their own mailbox.',
      }),
    )
  })

  test.each(['consent.requested', 'consent.given'])('cannot be helped along by posting %s', async (type) => {
    const key = await api.key('events:write')
    const answer = await api.post(
      '/v1/events',
      { type, customerId: 'anna', data: { topic: 'news' } },
      { key },
    )
    expect([answer.status, answer.json.errors[0].path]).toEqual([422, 'type'])
    const id = `consent:given:news:${api.world.clock.now()}`
    // Taken, and kept under a name that stands in no event's way.
    const posted = await api.post('/v1/events', { id, type: 'purchase', customerId: 'anna' })
    expect([posted.status, posted.json.accepted]).toEqual([202, [id]])
    const queued = api.world.queue.messages.map(({ body }) => JSON.parse(body))
    expect(queued).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ id: `posted:${id}` }) }),
    )
  })
})

describe('the link in the mail', () => {
  it('shows a button on GET, and changes nothing, whoever opens it', async () => {
    const state = () => JSON.stringify([api.world.table.all(), api.world.queue.messages])
    const [link, before] = [linkIn(api, 'o'), state()]
    const page = await view(link)
    expect([page.status, heading(page)]).toEqual([200, title])
    expect(page.text).toContain('<form method="post">')
    await api.call('HEAD', link, { key: null })
    expect(state()).toBe(before)
  })

  it('confirms on POST, once', async () => {
    const link = linkIn(api, 'o')
    api.world.clock.advance(60_000)
    const done = await api.form(link, {})
    expect([done.status, heading(done)]).toEqual([200, 'Grazie, iscrizione confermata'])
    expect(await anna()).toEqual([true, undefined])
    for (const page of [await api.form(link, {}), await view(link)])
      expect([page.status, heading(page)]).toEqual([200, 'Grazie, iscrizione confermata'])
    expect(await eventsOf('consent.given')).toMatchObject([{ data: { topic: 'news' } }])
    await api.post('/v1/events', { type: 'shop.news', customerId: 'anna' })
    await api.settle()
    expect(subjects()).toContain('News')
    await api.patch('/v1/customers/anna', { email: 'anna@new.example' })
    expect(await anna(), 'identity is the customer, not the address').toEqual([true, undefined])
  })

  it('takes two posts at once for one', async () => {
    const link = linkIn(api, 'o')
    await Promise.all([api.form(link, {}), api.form(link, {}), api.form(link, {})])
    expect(await eventsOf('consent.given')).toHaveLength(1)
  })

  it('does not bring back what the person has taken back since', async () => {
    const link = linkIn(api, 'o')
    await api.form(link, {})
    await api.form(linkIn(api, 'p'), [
      ['shown', 'news'],
      ['none', '1'],
    ])
    expect((await api.form(link, {})).status).toBe(410)
    expect(await anna()).toEqual([false, undefined])
  })

  it('is for the address that was asked', async () => {
    const old = linkIn(api, 'o')
    await api.patch('/v1/customers/anna', { email: 'anna@new.example' })
    await api.settle()
    expect(api.world.sender.mails.map(({ to }) => to)).toEqual(['anna@example.it', 'anna@new.example'])
    for (const page of [await view(old), await api.form(old, {})]) {
      expect([page.status, heading(page)]).toEqual([410, 'Questo link non è più valido'])
      expect(page.text).not.toContain('/p/')
    }
    expect(await anna()).toEqual([undefined, ['news']])
    expect((await api.form(linkIn(api, 'o'), {})).status).toBe(200)
    expect(await anna()).toEqual([true, undefined])
  })

  it.each([
    ['expired', () => signed({ expiresAt: api.world.clock.now() }), 410],
    ['without its address', () => signed({ address: '' }), 410],
    ['for a topic that is not there', () => signed({ topic: 'nothing' }), 410],
    ['for another person', () => signed({ customerId: 'bob' }), 410],
    ['forged', () => `${linkIn(api, 'o').slice(0, -1)}!`, 404],
    ['for leaving', () => linkIn(api, 'u').replace('/u/', '/o/'), 404],
    ['for preferences', () => linkIn(api, 'p').replace('/p/', '/o/'), 404],
  ])('does nothing when it is %s', async (_, link, status) => {
    expect((await view(link())).status).toBe(status)
    expect((await api.form(link(), {})).status).toBe(status)
    expect(await anna()).toEqual([undefined, ['news']])
  })

  it('opens no other page, and expires after 14 days', async () => {
    const link = linkIn(api, 'o')
    for (const other of ['r', 'u', 'p'])
      expect((await view(link.replace('/o/', `/${other}/`))).status).toBe(404)
    const token = signLink(api.world.config.linkSecret, {
      purpose: 'u',
      customerId: 'anna',
      expiresAt: api.world.clock.now() + 1000,
      topic: 'news',
    })
    expect((await view(`/o/${token}`)).status).toBe(404)
    api.world.clock.advance(14 * DAY - 1000)
    expect((await view(link)).status).toBe(200)
    api.world.clock.advance(1000)
    expect((await view(link)).status).toBe(410)
    expect((await api.form(link, {})).status).toBe(410)
  })

  it('does not say who it was sent to', () => {
    const [payload = ''] = linkIn(api, 'o').slice(3).split('.')
    expect(Buffer.from(payload, 'base64url').toString()).not.toContain('anna@')
  })
})

describe('what the person says on a page of their own', () => {
  it('counts at once, and is told as a confirmation', async () => {
    const preferences = linkIn(api, 'p')
    expect((await view(preferences)).text).toContain('Aspetta la tua conferma')
    await api.form(preferences, [
      ['shown', 'offers'],
      ['shown', 'news'],
    ])
    expect(await anna(), 'left alone').toEqual([undefined, ['news']])
    const page = await api.form(preferences, [
      ['shown', 'news'],
      ['on', 'news'],
    ])
    expect(page.text).not.toContain('Aspetta la tua conferma')
    expect(await anna()).toEqual([true, undefined])
    expect(await eventsOf('consent.given')).toHaveLength(1)
  })

  it('takes a request back: everything off, or leaving the topic', async () => {
    await api.form(linkIn(api, 'p'), [
      ['shown', 'news'],
      ['none', '1'],
    ])
    expect(await anna()).toEqual([false, undefined])
    await api.patch('/v1/customers/anna', { consent: { news: true } })
    expect(await anna()).toEqual([false, ['news']])
    const leaving = signed({ purpose: 'u' })
    expect((await view(leaving)).text).toContain('<form method="post">')
    await api.form(leaving, {})
    expect(await anna()).toEqual([false, undefined])
    expect(await eventsOf('consent.given')).toEqual([])
  })
})

it('keeps the proof: who said what, when and how, in the timeline and in the export', async () => {
  api.world.clock.advance(60_000)
  await api.form(linkIn(api, 'o'), {})
  api.world.clock.advance(DAY)
  await api.form(signed({ purpose: 'u' }), {})
  const { json } = await api.get('/v1/customers/anna/export')
  expect(json.consents).toEqual([
    {
      topic: 'news',
      state: 'pending',
      at: '2026-03-26T10:00:00.000Z',
      source: 'api',
      by: 'test',
      address: 'anna@example.it',
      text: 'A yes to news came in through the API (test) and waits to be confirmed from anna@example.it.',
    },
    {
      topic: 'news',
      state: 'given',
      at: '2026-03-26T10:01:00.000Z',
      source: 'confirmed',
      address: 'anna@example.it',
      text: 'The yes to news was confirmed from anna@example.it.',
    },
    {
      topic: 'news',
      state: 'refused',
      at: '2026-03-27T10:01:00.000Z',
      source: 'page',
      text: 'A no to news came in on their own page.',
    },
  ])
  expect(json.others).toEqual([])
  const { entries } = (await api.get('/v1/customers/anna/timeline?limit=200')).json
  const told = entries.filter(({ kind }: { kind: string }) => kind === 'profile')
  expect(told.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    'consent-refused',
    'consent-given',
    'consent-pending',
  ])
  await api.call('DELETE', '/v1/customers/anna')
  await api.settle()
  expect(api.world.table.all().filter(({ pk }) => pk === 'C#anna')).toEqual([])
})
