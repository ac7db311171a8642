/** The pages behind the links of mails: GET shows and changes nothing, POST acts once, and nothing else gets in. */
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { addressMark, linkPath, signLink } from '../../runtime/links.ts'
import type { Answer, Api } from './api.ts'
import { careApi, closeTicket, linkIn } from './care.ts'

let api: Api
beforeEach(async () => {
  api = await careApi()
  await closeTicket(api)
})

const state = () => JSON.stringify([api.world.table.all(), api.world.queue.messages])
const view = (path: string, headers = {}) => api.get(path, { key: null, headers })
const heading = ({ text }: Answer) => /<h1>(.*?)<\/h1>/.exec(text)?.[1]
const consent = async () => (await api.get('/v1/customers/anna')).json.consent
const secretLink = (
  claims: Omit<Parameters<typeof linkPath>[1], 'customerId' | 'expiresAt'>,
  expiresAt?: number,
) =>
  linkPath(api.world.config.linkSecret, {
    customerId: 'anna',
    expiresAt: expiresAt ?? api.world.clock.now() + 1000,
    ...claims,
  })

const rated = async () => {
  await api.settle()
  const { json } = await api.get('/v1/customers/anna/timeline?limit=200')
  return json.entries.filter((entry: { type?: string }) => entry.type === 'csat.rated')
}

describe('rating', () => {
  it('shows the choices with the tapped one chosen, and changes nothing', async () => {
    const before = state()
    const page = await view(`${linkIn(api, 'r')}?score=4`)
    expect(page.status).toBe(200)
    expect(page.text.match(/type="radio"/g)).toHaveLength(5)
    expect(page.text).toMatch(/value="4" required checked/)
    expect(page.text.match(/ checked/g)).toHaveLength(1)
    expect(heading(page)).toBe('Com’è andata?')
    expect(page.text).toContain('<html lang="it">')
    for (const score of ['9', '0', '4.5', 'x', ''])
      expect((await view(`${linkIn(api, 'r')}?score=${score}&utm_source=x`)).text).not.toMatch(/ checked/)
    await api.call('HEAD', linkIn(api, 'r'), { key: null })
    expect(state()).toBe(before)
  })

  it('records what was posted, with what it is about, as an event', async () => {
    const page = await api.form(linkIn(api, 'r'), { score: '2', comment: ' Too slow <b>\r\nreally ' })
    expect([page.status, heading(page)]).toEqual([200, 'Grazie!'])
    expect(await rated()).toMatchObject([
      {
        id: 'rated:care:T-1:1:ask',
        data: {
          score: 2,
          comment: 'Too slow <b>\nreally',
          ticketId: 'T-1',
          agent: 'Rosa',
          channel: 'mail',
          workflow: 'care',
          key: 'T-1',
          run: 1,
          step: 'ask',
        },
      },
    ])
    expect((await rated())[0].data).not.toHaveProperty('tags')
    // The journey that asked goes on with the answer.
    expect(api.world.sender.mails.at(-1)?.subject).toBe('Sorry')
  })

  it('changes nothing when posted again, whether the first has been handled or not, and says so', async () => {
    const path = linkIn(api, 'r')
    await api.form(path, { score: '5' })
    const early = await api.form(path, { score: '1' })
    expect([early.status, heading(early)]).toEqual([200, 'Hai già risposto'])
    expect(early.text).toContain('5')
    expect(await rated()).toMatchObject([{ data: { score: 5 } }])
    const late = await api.form(path, { score: '1' })
    expect(heading(late)).toBe('Hai già risposto')
    expect(heading(await view(`${path}?score=1`))).toBe('Hai già risposto')
    expect(await rated()).toHaveLength(1)
    expect((await api.get('/v1/kpis')).json.csat).toMatchObject({ answers: 1, average: 5 })
  })

  it('takes the same answer twice at once for one', async () => {
    const path = linkIn(api, 'r')
    await Promise.all([
      api.form(path, { score: '3' }),
      api.form(path, { score: '3' }),
      api.form(path, { score: '3' }),
    ])
    expect(await rated()).toHaveLength(1)
  })

  it('thanks for one of two different answers that come at once', async () => {
    const path = linkIn(api, 'r')
    const pages = await Promise.all([api.form(path, { score: '5' }), api.form(path, { score: '1' })])
    expect(pages.map(heading).sort()).toEqual(['Grazie!', 'Hai già risposto'])
    expect(await rated()).toHaveLength(1)
  })

  it('says so when nothing was chosen, or too much was written, and keeps what was written', async () => {
    const path = linkIn(api, 'r')
    for (const fields of [{ comment: 'why "so"?' }, { score: '6', comment: 'why "so"?' }]) {
      const page = await api.form(path, fields)
      expect(page.status).toBe(422)
      expect(page.text).toContain('role="alert"')
      expect(page.text).toContain('why &#34;so&#34;?</textarea>')
    }
    const long = await api.form(path, { score: '4', comment: 'x'.repeat(2001) })
    expect(long.status).toBe(422)
    expect(long.text).toMatch(/value="4" required checked/)
    expect(await rated()).toEqual([])
    expect((await api.form(path, { score: '4', comment: 'é'.repeat(2000) })).status).toBe(200)
  })

  it('takes no other body than a form, and no large one', async () => {
    const path = linkIn(api, 'r')
    expect((await api.post(path, { score: 4 }, { key: null })).status).toBe(422)
    expect((await api.form(path, { score: '4', comment: 'x'.repeat(70_000) })).status).toBe(413)
    expect(await rated()).toEqual([])
  })

  it('has eleven choices for NPS and seven for CES', async () => {
    const journey = { workflow: 'care', key: 'T-1', run: 1, step: 'ask' }
    for (const [survey, least, most] of [
      ['nps', 0, 10],
      ['ces', 1, 7],
    ] as const) {
      const page = await view(secretLink({ purpose: 'r', journey, survey }))
      const values = [...page.text.matchAll(/type="radio"[^>]*value="(\d+)"/g)].map(([, value]) =>
        Number(value),
      )
      expect(values).toEqual(Array.from({ length: most - least + 1 }, (_, n) => least + n))
    }
  })

  it('says goodbye when the journey is gone', async () => {
    const journey = { workflow: 'care', key: 'other', run: 1, step: 'ask' }
    const page = await api.form(secretLink({ purpose: 'r', journey, survey: 'csat' }), { score: '4' })
    expect(page.status).toBe(410)
  })
})

describe('unsubscribing', () => {
  it('asks on GET and acts on POST, for its topic alone', async () => {
    const path = linkIn(api, 'u')
    const before = state()
    const page = await view(path)
    expect(page.status).toBe(200)
    expect(page.text).toContain('<form method="post">')
    expect(page.text).toContain('Messaggi di servizio')
    expect(state()).toBe(before)

    const done = await api.form(path, {})
    expect([done.status, heading(done)]).toEqual([200, 'Iscrizione annullata'])
    expect(await consent()).toEqual({ service: false })
    expect(heading(await view(path))).toBe('Iscrizione annullata')
    expect((await api.form(path, {})).status).toBe(200)
  })

  it('acts on the one-click post of a mail program, in either form, without a redirect', async () => {
    const path = linkIn(api, 'u')
    const urlencoded = await api.form(path, { 'List-Unsubscribe': 'One-Click' })
    expect(urlencoded.status).toBe(200)
    expect(await consent()).toEqual({ service: false })

    await api.patch('/v1/customers/anna', { consent: { service: null } })
    const body =
      '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    const multipart = await api.call('POST', path, {
      body,
      type: 'multipart/form-data; boundary=x',
      key: null,
    })
    expect(multipart.status).toBe(200)
    expect(await consent()).toEqual({ service: false })
  })

  it('stops the next mail', async () => {
    await api.form(linkIn(api, 'u'), {})
    await api.form(linkIn(api, 'r'), { score: '1' })
    await api.settle()
    expect(api.world.sender.mails.map(({ subject }) => subject)).toEqual(["Com'è andata?"])
  })

  it('leads to all preferences', async () => {
    const page = await view(linkIn(api, 'u'))
    const link = /href="(\/p\/[^"]+)"/.exec(page.text)?.[1] ?? ''
    expect((await view(link)).status).toBe(200)
  })

  it('does not bring back somebody who was erased', async () => {
    const [leaving, preferring, rating] = [linkIn(api, 'u'), linkIn(api, 'p'), linkIn(api, 'r')]
    await api.call('DELETE', '/v1/customers/anna')
    for (const path of [leaving, preferring, rating]) {
      expect((await view(path)).status).toBe(410)
      expect((await api.form(path, { score: '4', shown: 'news', on: 'news' })).status).toBe(410)
    }
    expect((await api.get('/v1/customers/anna')).status).toBe(404)
    await api.settle()
    expect(api.world.table.all().filter(({ pk }) => pk === 'C#anna')).toEqual([])
  })

  it('does not bring back somebody who is erased at that very moment', async () => {
    const { table } = api.world
    const get = table.get.bind(table)
    for (const path of [linkIn(api, 'u'), linkIn(api, 'p')]) {
      await api.put('/v1/customers/anna', { tier: 'silver' })
      let reads = 0
      table.get = async (pk, sk) => {
        const row = await get(pk, sk)
        if (pk === 'C#anna' && sk === '!' && ++reads === 1) await table.delete(pk, sk)
        return row
      }
      expect((await api.form(path, { shown: 'service' })).status).toBe(410)
      table.get = get
      expect((await api.get('/v1/customers/anna')).status).toBe(404)
    }
  })
})

describe('preferences', () => {
  const switches = ({ text }: Answer) =>
    Object.fromEntries(
      [...text.matchAll(/name="on" value="(\w+)"( checked)?/g)].map(([, topic, on]) => [
        topic,
        on !== undefined,
      ]),
    )

  it('shows every topic as it is', async () => {
    await api.patch('/v1/customers/anna', { consent: { news: true } })
    const page = await view(linkIn(api, 'p'))
    expect(switches(page)).toEqual({ service: true, offers: false, news: true })
    expect(page.text.match(/role="switch"/g)).toHaveLength(3)
  })

  it('saves what was switched, and leaves alone what was not on the form or not touched', async () => {
    const path = linkIn(api, 'p')
    const page = await api.form(path, [
      ['shown', 'offers'],
      ['shown', 'news'],
      ['on', 'offers'],
      ['on', 'invented'],
      ['shown', 'invented'],
      ['shown', '__proto__'],
    ])
    expect(page.status).toBe(200)
    expect(page.text).toContain('role="status"')
    expect(switches(page)).toEqual({ service: true, offers: true, news: false })
    expect(await consent()).toEqual({ offers: true })
  })

  it('switches everything off with one button', async () => {
    await api.patch('/v1/customers/anna', { consent: { news: true } })
    await api.form(linkIn(api, 'p'), [
      ['shown', 'service'],
      ['shown', 'offers'],
      ['shown', 'news'],
      ['on', 'news'],
      ['none', '1'],
    ])
    expect(await consent()).toEqual({ news: false, service: false })
  })
})

describe('every page', () => {
  it('may do nothing but show itself and post to itself', async () => {
    const pages = [
      view(linkIn(api, 'r')),
      view(linkIn(api, 'u')),
      view(linkIn(api, 'p')),
      view('/r/nonsense'),
    ]
    for (const { text, headers } of await Promise.all(pages)) {
      const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? ''
      const hash = createHash('sha256').update(style).digest('base64')
      expect(headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      )
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-robots-tag')).toContain('noindex')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(text).not.toMatch(/<script|\son\w+=|\sstyle=|<img|https?:/i)
      for (const [, id] of text.matchAll(/<(?:textarea|input (?!type="hidden"))[^>]*id="(\w+)"/g))
        expect(text).toContain(`for="${id}"`)
    }
  })

  it('refuses forged links kindly, in the language of the browser', async () => {
    const token = linkIn(api, 'u').slice(3)
    const forged = [
      `/u/${token}A`,
      `/p/${token}`,
      `/r/${token}`,
      '/u/x',
      '/p/a.b.c',
      '/r/%00',
      `/u/${'x'.repeat(3000)}`,
    ]
    for (const path of forged)
      for (const answer of [
        await view(path, { 'accept-language': 'de, it;q=0.8' }),
        await api.form(path, {}),
      ]) {
        expect(answer.status).toBe(404)
        expect(answer.headers.get('content-type')).toContain('text/html')
      }
    const [kind] = forged
    expect(heading(await view(kind ?? '', { 'accept-language': 'de, it;q=0.8' }))).toBe(
      'Questo link non funziona',
    )
    expect(heading(await view(kind ?? ''))).toBe('This link does not work')
  })

  it('tells of expired links in the language of their owner', async () => {
    const expired = secretLink({ purpose: 'u', topic: 'service' }, api.world.clock.now())
    for (const answer of [await view(expired), await api.form(expired, {})]) {
      expect(answer.status).toBe(410)
      expect(heading(answer)).toBe('Questo link non è più valido')
    }
    expect(await consent()).toBeUndefined()
  })

  it('opens no page with the link of another one', async () => {
    for (const purpose of ['r', 'u', 'p'] as const) {
      const token = signLink(api.world.config.linkSecret, {
        purpose,
        customerId: 'anna',
        expiresAt: api.world.clock.now() + 1000,
        topic: 'service',
        address: addressMark('anna@example.it'),
        survey: 'csat',
        journey: { workflow: 'care', key: 'T-1', run: 1, step: 'ask' },
      })
      for (const other of ['r', 'u', 'p'])
        expect((await view(`/${other}/${token}`)).status).toBe(other === purpose ? 200 : 404)
    }
  })

  it('answers no other method', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await api.call(method, linkIn(api, 'u'), { key: null })
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    }
  })

  it('writes names as text, whatever they are', async () => {
    const { json } = await api.get('/v1/settings')
    const settings = json.settings.replace('name: Premura', 'name: "<script>alert(1)</script> & \\"Co\\""')
    expect((await api.put('/v1/settings', { settings })).status).toBe(200)
    const page = await view(linkIn(api, 'p'))
    expect(page.text).not.toContain('<script>')
    expect(page.text).toContain('&#60;script&#62;alert(1)&#60;/script&#62; &#38; &#34;Co&#34;')
  })
})
