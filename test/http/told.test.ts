/** Timeline and "why?": the same ledgers, told in order and told as a reason. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Api } from './api.ts'
import { care, careApi, careMails, closeTicket, linkIn } from './care.ts'

let api: Api
beforeEach(async () => {
  api = await careApi()
})

const day = 86_400_000
const later = (days: number) => api.until(api.world.clock.now() + days * day)
const timeline = async (query = '?limit=200') => (await api.get(`/v1/customers/anna/timeline${query}`)).json
const why = async (query = '', customer = 'anna') =>
  (await api.get(`/v1/customers/${customer}/why?workflow=care${query}`)).json
const rate = async (score: number) => {
  await api.form(linkIn(api, 'r'), { score: String(score), comment: 'so' })
  await api.settle()
}

describe('the timeline', () => {
  it('tells a whole journey, newest first', async () => {
    await closeTicket(api)
    api.world.clock.advance(3_600_000)
    await rate(1)
    await later(10)
    const { entries } = await timeline()
    const told = entries.map(({ kind, outcome, step, type }: { [name: string]: string }) =>
      [kind, outcome ?? type, step].filter((part) => part !== undefined).join(' '),
    )
    const rest = told.filter((one: string) => !one.startsWith('decision'))
    expect(rest).toEqual([
      'journey completed',
      'message sent last',
      'message sent sorry',
      'task created task-recover',
      'answer rated',
      'event csat.rated',
      'message delivered ask',
      'journey entered',
      'event ticket.closed',
    ])
    const ats = entries.map(({ at }: { at: string }) => at)
    expect(ats).toEqual([...ats].sort().reverse())
    expect(entries.find(({ step }: { step?: string }) => step === 'ask')).toMatchObject({
      kind: 'message',
      workflow: 'care',
      key: 'T-1',
      outcome: 'delivered',
      engagement: 'rated',
      template: 'question',
    })
    expect(entries.find(({ kind }: { kind: string }) => kind === 'answer')).toMatchObject({
      survey: 'csat',
      score: 1,
      comment: 'so',
      workflow: 'care',
    })
  })

  it('is the same in pages of any size, also while things happen', async () => {
    await closeTicket(api)
    await rate(5)
    await later(10)
    let whole = (await timeline()).entries
    for (const limit of [1, 2, 3, 7]) {
      const paged: unknown[] = []
      let cursor: string | undefined
      for (let pages = 0; pages < 50; pages++) {
        const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const page = await timeline(`?limit=${limit}${more}`)
        expect(page.entries.length).toBeLessThanOrEqual(limit)
        paged.push(...page.entries)
        cursor = page.cursor
        if (cursor === undefined) break
        if (pages === 1) {
          await api.post('/v1/events', { id: `new-${limit}`, type: 'page.viewed', customerId: 'anna' })
          await api.settle()
        }
      }
      expect(paged).toEqual(whole)
      whole = (await timeline()).entries
    }
  })

  it('says what became of a message that was refused, is in doubt or bounced', async () => {
    api.world.sender.answer = () => ({ status: 'refused', reason: 'rejected' })
    await closeTicket(api)
    api.world.sender.answer = () => ({ status: 'unknown', reason: 'time-out' })
    api.world.sender.find = async () => 'unknown'
    await closeTicket(api, { id: 'E-2', data: { ticketId: 'T-2', channel: 'mail' } })
    const messages = (await timeline()).entries.filter(({ kind }: { kind: string }) => kind === 'message')
    expect(
      messages.map(({ key, outcome }: { key: string; outcome: string }) => [key, outcome]).sort(),
    ).toEqual([
      ['T-1', 'refused'],
      ['T-2', 'in-doubt'],
    ])
  })

  it('tells gates as refused messages, with the reason', async () => {
    await closeTicket(api)
    await later(4)
    const { entries } = await timeline()
    expect(entries.find(({ step }: { step?: string }) => step === 'nudge')).toMatchObject({
      kind: 'message',
      outcome: 'refused',
      rule: 'gate.consent',
      values: { topic: 'offers' },
    })
  })

  it('tells times as times', async () => {
    await closeTicket(api)
    const { entries } = await timeline()
    expect(entries.find(({ rule }: { rule?: string }) => rule === 'await')).toMatchObject({
      values: { until: '2026-03-29T09:00:00.000Z' },
    })
  })

  it('tells what was decided against', async () => {
    await closeTicket(api, { data: { ticketId: 'T-1', channel: 'bot' } })
    expect((await timeline()).entries).toMatchObject([
      { kind: 'decision', workflow: 'care', rule: 'trigger.when', values: { 'event.channel': 'bot' } },
      { kind: 'event', type: 'ticket.closed', id: 'E-1' },
    ])
  })
})

describe('why', () => {
  it('somebody entered', async () => {
    await closeTicket(api)
    const { answer, because } = await why('&event=E-1')
    expect(answer).toBe(
      'Anna entered “Care after a ticket” on 26 March 2026 at 11:00, because ticket.closed (event E-1) arrived and event.channel != "bot" held. It stands at answer, until 29 March 2026 at 11:00.',
    )
    expect(because[0]).toMatchObject({ rule: 'trigger', outcome: 'entered', at: '2026-03-26T10:00:00.000Z' })
    expect(because).toContainEqual(
      expect.objectContaining({
        rule: 'trigger.when',
        outcome: 'matched',
        expression: 'event.channel != "bot"',
        values: { 'event.channel': 'mail' },
      }),
    )
  })

  it('somebody did not enter: the condition', async () => {
    await closeTicket(api, { data: { ticketId: 'T-1', channel: 'bot' } })
    for (const query of ['', '&event=E-1', '&step=ask']) {
      const { answer, because } = await why(query)
      expect(answer).toContain(
        'Anna did not enter “Care after a ticket” with ticket.closed (event E-1) on 26 March 2026 at 11:00: the condition event.channel != "bot" was not met (event.channel was bot)',
      )
      expect(because[0]).toMatchObject({
        rule: 'trigger.when',
        expression: 'event.channel != "bot"',
        values: { event: 'E-1', 'event.channel': 'bot' },
      })
    }
  })

  it('somebody did not enter: a missing attribute, the audience, no key', async () => {
    await closeTicket(api, { data: { ticketId: 'T-1' } })
    expect((await why()).answer).toContain('event.channel was missing')
    await closeTicket(api, { id: 'E-2', data: { channel: 'mail' } })
    expect((await why('&event=E-2')).answer).toContain('no usable event.ticketId')
    await api.patch('/v1/customers/anna', { tier: 'staff' })
    await closeTicket(api, { id: 'E-3' })
    expect((await why('&event=E-3')).answer).toContain(
      'Anna is not in the audience customer.tier != "staff" (customer.tier was staff)',
    )
  })

  it('somebody did not enter: once more, or paused', async () => {
    await closeTicket(api)
    await closeTicket(api, { id: 'E-2' })
    expect((await why('&event=E-2')).answer).toContain(
      'a journey of Anna for event.ticketId T-1 was still under way',
    )
    await later(10)
    await closeTicket(api, { id: 'E-3' })
    expect((await why('&event=E-3')).answer).toContain('it lets nobody in twice')
    await api.post('/v1/workflows/care/pause')
    await closeTicket(api, { id: 'E-4', data: { ticketId: 'T-4', channel: 'mail' } })
    expect((await why('&event=E-4')).answer).toContain('the workflow was paused')
  })

  it('nothing ever happened', async () => {
    expect((await why()).answer).toBe(
      'Anna never entered “Care after a ticket”: no ticket.closed has arrived for Anna.',
    )
    const nobody = await why('', 'nobody')
    expect(nobody.answer).toBe(
      'nobody never entered “Care after a ticket”: nothing was ever heard of nobody.',
    )
    expect(nobody.because).toMatchObject([{ rule: 'trigger.event', outcome: 'unknown-customer', at: null }])
    expect((await why('&event=E-9')).answer).toContain('no event E-9 is held for Anna')
    await closeTicket(api, { id: 'E-5', type: 'page.viewed' })
    expect((await why('&event=E-5')).answer).toContain(
      'it is a page.viewed, and the workflow starts on ticket.closed',
    )
  })

  it('the workflow was not there yet, is a draft, or no longer', async () => {
    await api.post('/v1/events', { id: 'old', type: 'purchase', customerId: 'anna', data: {} })
    await api.settle()
    api.world.clock.advance(1000)
    const bought = care
      .replace('event: ticket.closed', 'event: purchase')
      .replace('workflow: care', 'workflow: bought')
    await api.put('/v1/workflows/bought/draft', { definition: bought, templates: careMails })
    const ask = async () => (await api.get('/v1/customers/anna/why?workflow=bought')).json.answer
    expect(await ask()).toContain('it has never been published')
    expect((await api.post('/v1/workflows/bought/publish')).status).toBe(200)
    expect(await ask()).toContain('came before the workflow was published')
    await api.post('/v1/workflows/bought/archive')
    expect(await ask()).toContain('it is archived')
  })

  it('a mail came, and what became of it', async () => {
    await closeTicket(api)
    expect((await why('&step=ask')).answer).toBe('Anna got the mail “question” on 26 March 2026 at 11:00.')
    await rate(2)
    expect((await why('&step=question')).answer).toBe(
      'Anna got the mail “question” on 26 March 2026 at 11:00, and it was rated.',
    )
    expect((await why('&step=sorry')).answer).toContain('Anna got the mail “sorry”')
  })

  it('a mail did not come: not yet, another way, or the journey was over', async () => {
    await closeTicket(api)
    expect((await why('&step=last')).answer).toBe(
      'Anna has not got the mail “last” yet: the journey stands at answer until 29 March 2026 at 11:00.',
    )
    await rate(5)
    const { answer, because } = await why('&step=sorry')
    expect(answer).toContain('Anna did not get the mail “sorry”: at was-bad the journey took the other way')
    expect(answer).toContain('because awaited.score <= 2 was false')
    expect(because).toMatchObject([
      { rule: 'if', expression: 'awaited.score <= 2', outcome: 'else', values: { 'awaited.score': 5 } },
    ])
    expect((await why('&step=nudge')).answer).toContain('because csat.rated came')
    await api.post('/v1/events', { id: 'P-1', type: 'purchase', customerId: 'anna', data: { total: 9 } })
    await api.settle()
    expect((await why('&step=last')).answer).toContain('the journey ended before it, as converted')
  })

  it('a mail did not come: consent, address, suppression, refusal, doubt', async () => {
    await closeTicket(api)
    await later(4)
    expect((await why('&step=nudge')).answer).toBe(
      'Anna did not get the mail “nudge”: Anna had not opted in to offers.',
    )

    const next = async (ticketId: string) => {
      await closeTicket(api, { id: `E-${ticketId}`, data: { ticketId, channel: 'mail' } })
      return (await why(`&event=E-${ticketId}&step=ask`)).answer
    }
    api.world.sender.answer = () => ({ status: 'refused', reason: 'MessageRejected' })
    expect(await next('T-2')).toContain('it was refused on 30 March 2026')
    expect(await next('T-3')).toContain('MessageRejected')
    api.world.sender.answer = () => ({ status: 'retry', reason: 'throttled' })
    expect(await next('T-4')).toContain('is being tried again')
    api.world.sender.answer = () => ({ status: 'unknown', reason: 'time-out' })
    api.world.sender.find = async () => 'unknown'
    expect(await next('T-5')).toContain('Nobody knows yet whether Anna got the mail “question”')
    await later(1)
    expect((await why('&event=E-T-5&step=ask')).answer).toContain('so as not to send it twice')
    await api.patch('/v1/customers/anna', { consent: { service: false } })
    expect(await next('T-6')).toContain('Anna had opted out of service')
    await api.patch('/v1/customers/anna', { email: null })
    expect(await next('T-7')).toContain('no email address was known')
  })

  it('asks for a step that there is', async () => {
    await closeTicket(api)
    const { status, json } = await api.get('/v1/customers/anna/why?workflow=care&step=lst')
    expect(status).toBe(422)
    expect(json.errors[0].message).toContain('last')
  })
})

describe('why, of a date', () => {
  it('says that the date is missing, or has not come up', async () => {
    const definition =
      'workflow: wishes\ntitle: Wishes\ntopic: service\ntrigger:\n  date: birthday\n  every: year\n  at: "09:00"\nsteps:\n  - stop: wished\n'
    await api.publish('wishes', definition)
    const ask = async () => (await api.get('/v1/customers/anna/why?workflow=wishes')).json.answer
    expect(await ask()).toBe('Anna never entered “Wishes”: no birthday is known of Anna.')
    await api.patch('/v1/customers/anna', { birthday: '1990-04-01' })
    expect(await ask()).toContain('the date in birthday (1990-04-01) has not come up since it was published')
  })

  it('says that it never comes up where it is no date, and how to write it', async () => {
    const definition = (every: string) =>
      `workflow: wishes\ntitle: Wishes\ntopic: service\ntrigger: { date: birthday, every: ${every} }\nsteps:\n  - stop: wished\n`
    await api.publish('wishes', definition('year'))
    const ask = async () => (await api.get('/v1/customers/anna/why?workflow=wishes')).json
    await api.patch('/v1/customers/anna', { birthday: '14.3.1990' })
    expect(await ask()).toEqual({
      answer: 'Anna never entered “Wishes”: birthday never comes up: 14.3.1990 is no date. Write 1990-03-14.',
      because: [
        {
          rule: 'trigger.date',
          outcome: 'no-date',
          at: null,
          values: { birthday: '14.3.1990', reason: '14.3.1990 is no date. Write 1990-03-14.' },
        },
      ],
    })
    await api.patch('/v1/customers/anna', { birthday: 19900314 })
    expect((await ask()).answer).toContain('19900314 is no date. Dates are written 2026-03-14')
    await api.patch('/v1/customers/anna', { birthday: '03-14' })
    expect((await ask()).answer).toContain('has not come up')
    await api.publish('wishes', definition('once'))
    expect((await ask()).answer).toContain('03-14 has no year, and what comes up once needs one.')
  })

  it('says of a step that was left out what stood where its date belongs', async () => {
    await api.publish(
      'travel',
      'workflow: travel\ntitle: Travel\ntopic: service\ntrigger: { event: trip.booked }\nsteps:\n  - wait:\n    until: event.dep\n  - task: pack\n    queue: shop\n    title: Pack\n',
    )
    await api.post('/v1/events', { type: 'trip.booked', customerId: 'anna', data: { dep: '31-12' } })
    await api.settle()
    const said = '31-12 is no date. The month comes before the day: 12-31.'
    const { json } = await api.get('/v1/customers/anna/why?workflow=travel&step=task-pack')
    expect(json.answer).toContain(`because what it was to wait for never comes: ${said}`)
    expect(json.because).toMatchObject([{ values: { date: '31-12', reason: said } }])
    const wait = await api.get('/v1/customers/anna/why?workflow=travel&step=wait-1')
    expect(wait.json.answer).toContain(`: skipped, because ${said}`)
  })
})
