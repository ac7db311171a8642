/** Drafts, versions and states over HTTP, and the simulation. */
import { beforeEach, describe, expect, it } from 'vitest'
import { Api } from './api.ts'
import { care, careApi, careMails } from './care.ts'

let api: Api
beforeEach(() => {
  api = new Api({ at: '2026-03-26T10:00:00Z' })
})

const path = '/v1/workflows/care'
const draft = (more: object = {}) =>
  api.put(`${path}/draft`, { definition: care, templates: careMails, ...more })

describe('a draft', () => {
  it('is saved whatever is wrong with it, and says what', async () => {
    const { status, json, headers } = await api.put(`${path}/draft`, 'workflow: care\ntitel: x\n', {
      type: 'application/yaml',
    })
    expect(status).toBe(200)
    expect(json.issues).toContainEqual(
      expect.objectContaining({ severity: 'error', file: 'workflow.yaml', line: 2, column: 1 }),
    )
    expect(headers.get('etag')).toMatch(/^".+"$/)
    expect((await api.get(path)).json).toMatchObject({
      state: 'draft',
      version: null,
      definition: 'workflow: care\ntitel: x\n',
    })
    expect((await api.get('/v1/workflows')).json.workflows).toMatchObject([
      { name: 'care', state: 'draft', version: null },
    ])
  })

  it('keeps templates and scenarios when only YAML comes, and replaces all when JSON does', async () => {
    await draft({ scenarios: '[]' })
    await api.put(`${path}/draft`, care.replace('Care after', 'Care long after'), {
      type: 'application/yaml',
    })
    expect((await api.get(path)).json.draft).toMatchObject({ templates: careMails, scenarios: '[]' })
    await draft()
    expect((await api.get(path)).json.draft).not.toHaveProperty('scenarios')
  })

  it('may be JSON', async () => {
    const definition = {
      workflow: 'care',
      title: 'Care',
      topic: 'service',
      trigger: { event: 'purchase' },
      steps: [{ stop: 'done' }],
    }
    expect((await api.put(`${path}/draft`, { definition })).json.issues).toEqual([])
    expect((await api.post(`${path}/publish`)).json.version).toBe(1)
  })
})

describe('the events that a draft listens to', () => {
  const told = async (definition: string) =>
    (await draft({ definition })).json.issues.map(
      ({ severity, line, message }: { [key: string]: unknown }) => `${severity} ${line} ${message}`,
    )
  const unheard = (line: number, event: string) => `warning ${line} Nothing is known to send \`${event}\``

  it('are known from the settings, from live workflows and from Premura itself', async () => {
    expect(await told(care)).toEqual([unheard(11, 'purchase'), unheard(15, 'ticket.reopened')])
    const { settings } = (await api.get('/v1/settings')).json
    await api.put('/v1/settings', { settings: `${settings}events:\n  ticket.closed:\n  purchase:\n` })
    expect(await told(care)).toEqual([unheard(15, 'ticket.reopened')])
    const other = (event: string) =>
      `workflow: other\ntopic: service\ntrigger: { event: ${event} }\nsteps: [{ stop: done }]\n`
    await api.put('/v1/workflows/other/draft', other('ticket.reopened'), { type: 'application/yaml' })
    expect(await told(care)).toEqual([unheard(15, 'ticket.reopened')])
    await api.publish('other', other('ticket.reopened'))
    expect(await told(care)).toEqual([])
  })
})

describe('publishing', () => {
  it('makes version after version, and rolls back to an earlier one as a new one', async () => {
    await draft()
    expect((await api.post(`${path}/publish`, { inFlight: 'stay' })).json).toMatchObject({ version: 1 })
    await draft({ definition: care.replace('Care after a ticket', 'Second') })
    expect((await api.post(`${path}/publish`)).json).toMatchObject({ version: 2 })
    expect((await api.post(`${path}/rollback`, { version: 1 })).json).toMatchObject({ version: 3 })
    const { json } = await api.get(path)
    expect(json).toMatchObject({ title: 'Care after a ticket', state: 'live', version: 3 })
    expect(json.versions.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3])
    expect((await api.get(`${path}?version=2`)).json.definition).toContain('title: Second')
    expect((await api.get(`${path}?version=4`)).status).toBe(404)
    expect((await api.post(`${path}/rollback`, { version: 9 })).json.detail).toContain('no such version')
  })

  it('refuses a draft with errors, and says where', async () => {
    await draft({ definition: care.replace('send: last', 'send: lost') })
    const { status, json } = await api.post(`${path}/publish`)
    expect(status).toBe(422)
    expect(json.errors[0].path).toMatch(/^workflow\.yaml:\d+:\d+$/)
    expect(json.issues[0]).toMatchObject({ severity: 'error', file: 'workflow.yaml' })
    expect((await api.get(path)).json.version).toBeNull()
  })

  it('refuses a draft whose scenarios fail, and names them', async () => {
    const scenarios = [
      {
        scenario: 'nobody is asked',
        customer: { id: 'anna', email: 'anna@example.it', tier: 'silver' },
        given: [
          { at: '2026-03-26T16:00', event: 'ticket.closed', data: { ticketId: 'T-1', channel: 'mail' } },
        ],
        expect: [{ never: 'question' }],
      },
    ]
    await draft({ scenarios })
    const { status, json } = await api.post(`${path}/publish`)
    expect(status).toBe(422)
    expect(json.failures).toMatchObject([{ scenario: 'nobody is asked' }])
    expect(json.errors[0].path).toBe('scenarios["nobody is asked"]')
  })

  it('refuses a draft that is not the one that was meant', async () => {
    const etag = (await draft()).headers.get('etag') ?? ''
    await draft({ definition: care.replace('Care after', 'After') })
    expect((await api.post(`${path}/publish`, undefined, { headers: { 'if-match': etag } })).status).toBe(409)
    const current = (await api.get(path)).headers.get('etag') ?? ''
    expect(current).not.toBe(etag)
    expect(
      (await api.post(`${path}/publish`, undefined, { headers: { 'if-match': current } })).json.version,
    ).toBe(1)
    expect(
      (await api.post(`${path}/publish`, undefined, { headers: { 'if-match': '*' } })).json.version,
    ).toBe(2)
  })

  it('refuses a definition under another name', async () => {
    await api.put('/v1/workflows/other/draft', { definition: care, templates: careMails })
    expect((await api.post('/v1/workflows/other/publish')).status).toBe(422)
  })
})

describe('states', () => {
  it('change by pause, resume and archive, with an empty body or none', async () => {
    await draft()
    expect((await api.post(`${path}/pause`)).status).toBe(409)
    await api.post(`${path}/publish`)
    expect((await api.post(`${path}/pause`)).json.state).toBe('paused')
    expect((await api.post(`${path}/resume`, {})).json.state).toBe('live')
    expect((await api.post(`${path}/archive`, '')).json.state).toBe('archived')
    expect((await api.get('/v1/workflows')).json.workflows[0].state).toBe('archived')
  })
})

describe('the simulation', () => {
  const events = [
    { at: '2026-03-26T16:00:00+01:00', event: 'ticket.closed', data: { ticketId: 'T-9', channel: 'mail' } },
    { after: '1 day', event: 'csat.rated', data: { ticketId: 'T-9', score: 1 } },
  ]
  const customer = { id: 'carla', email: 'carla@example.it', locale: 'it', tier: 'gold' }
  const subjects = (timeline: { message?: { subject: string } }[]) =>
    timeline.flatMap(({ message }) => (message ? [message.subject] : []))

  it('plays the draft, keeps nothing and sends nothing', async () => {
    api = await careApi()
    await draft({ definition: care.replace('wait: 2 days', 'wait: 3 days') })
    const queued = api.world.queue.messages.length
    const before = JSON.stringify(api.world.table.all())
    const { status, json } = await api.post(`${path}/simulate`, { customer, events })
    expect(status).toBe(200)
    expect(json.timeline).toContainEqual(
      expect.objectContaining({
        at: '2026-03-26T15:00:00.000Z',
        kind: 'message',
        message: expect.objectContaining({ to: 'carla@example.it', subject: "Com'è andata?" }),
      }),
    )
    expect(subjects(json.timeline)).toEqual(["Com'è andata?", 'Sorry', 'Goodbye'])
    expect(json.timeline.at(-1).at).toMatch(/^2026-03-30/)
    expect(json.ends).toBe('completed')
    expect(JSON.stringify(api.world.table.all())).toBe(before)
    expect(api.world.sender.mails).toEqual([])
    expect(api.world.queue.messages).toHaveLength(queued)
  })

  it('stops where it is told to, and plays a definition that was never saved', async () => {
    const short = await api.post(`${path}/simulate`, {
      customer,
      events,
      until: '2026-03-26T20:00:00Z',
      definition: care,
      templates: careMails,
    })
    expect(subjects(short.json.timeline)).toEqual(["Com'è andata?"])
    const broken = await api.post(`${path}/simulate`, { customer, events, definition: 'steps: 1' })
    expect(broken.status).toBe(422)
    expect(broken.json.issues.length).toBeGreaterThan(0)
  })

  it('counts from now when nothing says when', async () => {
    api = await careApi()
    const { json } = await api.post(`${path}/simulate`, {
      customer,
      events: [{ ...events[0], at: undefined, after: '2 hours' }],
    })
    expect(json.timeline[0].at).toBe('2026-03-26T12:00:00.000Z')
  })

  const playing = (steps: string, more = '') =>
    `workflow: care\ntopic: service\ntrigger: { event: purchase }\n${more}steps:\n${steps}`
  const bought = { at: '2026-03-26T16:00:00+01:00', event: 'purchase' }
  const decided = (timeline: { decision?: { rule: string; outcome: string } }[]) =>
    timeline.flatMap(({ decision }) => (decision ? [`${decision.rule} ${decision.outcome}`] : []))

  it('takes what webhooks answer', async () => {
    const { settings } = (await api.get('/v1/settings')).json
    await api.put('/v1/settings', {
      settings: `${settings}webhooks: { crm: { url: https://crm.example } }\n`,
    })
    const definition = playing(
      '  - webhook: crm\n  - if: webhooks.crm.status == 200 && webhooks.crm.body.points > 10\n    then: [{ stop: rich }]\n    else: [{ stop: poor }]\n',
    )
    const played = async (webhooks?: object) =>
      (await api.post(`${path}/simulate`, { customer, events: [bought], definition, webhooks })).json
    expect((await played({ crm: { status: 200, body: { points: 12 } } })).ends).toBe('rich')
    expect((await played({ crm: { status: 200, body: { points: 2 } } })).ends).toBe('poor')
    expect((await played()).ends).toBe('poor')
    const { status, json } = await api.post(`${path}/simulate`, {
      customer,
      events: [bought],
      definition,
      webhooks: { crn: { status: 200 } },
    })
    expect([status, json.errors]).toEqual([
      422,
      [{ path: 'webhooks.crn', message: 'No step calls it; the workflow calls crm.' }],
    ])
    expect((await played({ crm: { status: 7 } })).errors).toEqual([
      { path: 'webhooks.crm.status', message: 'Must be an HTTP status.' },
    ])
  })

  it('takes what changes in the customer, what they consent to, and a task that is closed, each when it happens', async () => {
    const wait = '  - wait: 3 days\n'
    const definition = playing(
      `  - task: call\n    queue: care\n    title: Call\n  - await: task.closed\n    when: event.task == "call"\n    for: 5 days\n    then: [{ set: { called: 'true' } }]\n${wait}  - if: customer.tier == "silver" && customer.consent.offers == true\n    then: [{ stop: offered }]\n    else: [{ stop: left }]\n`,
    )
    const closed = { after: '1 day', event: 'task.closed', data: { task: 'call', note: 'done' } }
    const changed = { after: '1 day', customer: { tier: 'silver' } }
    const said = { after: '1 hour', consent: { offers: true } }
    const play = async (events: object[]) =>
      (await api.post(`${path}/simulate`, { customer, events, definition })).json
    const whole = await play([bought, closed, changed, said])
    expect(whole.ends).toBe('offered')
    expect(decided(whole.timeline)).toContain('await matched')
    expect((await play([bought, changed, said])).timeline.at(-1).at).toMatch(/^2026-04-03/)
    expect((await play([bought, closed, said])).ends).toBe('left')
    expect((await play([bought, closed, changed])).ends).toBe('left')
    // Said after it was asked about.
    expect((await play([bought, closed, changed, { ...said, after: '9 days' }])).ends).toBe('left')
    expect((await play([bought, { after: '1 day', consent: { ofers: true } }])).errors).toEqual([
      {
        path: 'events[1].consent.ofers',
        message: 'There is no such topic; there are service, offers, news.',
      },
    ])
  })

  it('refuses a customer that could not exist', async () => {
    api = await careApi()
    const { status, json } = await api.post(`${path}/simulate`, {
      customer: { email: 'x', born: '2027-02-30' },
      events,
    })
    expect([status, json.errors.map((one: { path: string }) => one.path)]).toEqual([
      422,
      ['customer.email', 'customer.born'],
    ])
  })
})

describe('settings', () => {
  it('are read as they were written, and keep their layout', async () => {
    const { json } = await api.get('/v1/settings')
    const settings = json.settings.replace('name: Premura', 'name: Bottega')
    expect((await api.put('/v1/settings', { settings })).json).toEqual({ issues: expect.any(Array) })
    expect((await api.get('/v1/settings')).json).toEqual({
      settings,
      layout: json.layout,
      changed: { at: '2026-03-26T10:00:00.000Z', by: 'test' },
    })
  })
})
