/** A table of what must not come in: the exact status, and every place that is wrong, by name. */
import { beforeAll, describe, expect, it } from 'vitest'
import { Api, type Sent } from './api.ts'

const api = new Api()
beforeAll(async () => {
  await api.put('/v1/customers/anna', { email: 'anna@example.it' })
})

type Row = [name: string, method: string, path: string, sent: Sent, status: number, paths?: string[]]

const event = (more: object): Sent => ({ body: { type: 'purchase', customerId: 'anna', ...more } })
const profile = (body: unknown): Sent => ({ body })
const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) })
const draft = '/v1/workflows/win-back/draft'

const events: Row[] = [
  ['no type', 'POST', '/v1/events', { body: { customerId: 'anna' } }, 422, ['type']],
  ['no customer', 'POST', '/v1/events', { body: { type: 'purchase' } }, 422, ['customerId']],
  ['nothing', 'POST', '/v1/events', { body: {} }, 422, ['type', 'customerId']],
  ['a list', 'POST', '/v1/events', { body: [] }, 422, ['']],
  ['null', 'POST', '/v1/events', { body: 'null' }, 422, ['']],
  ['a text', 'POST', '/v1/events', { body: '"purchase"' }, 422, ['']],
  ['a misspelt member', 'POST', '/v1/events', event({ dta: {}, tme: 1 }), 422, ['dta', 'tme']],
  ['an empty type', 'POST', '/v1/events', event({ type: '' }), 422, ['type']],
  ['a type with spaces', 'POST', '/v1/events', event({ type: 'Order Completed' }), 422, ['type']],
  ['a type with a stray dot', 'POST', '/v1/events', event({ type: 'ticket..closed' }), 422, ['type']],
  ['a reserved type', 'POST', '/v1/events', event({ type: 'date.reached' }), 422, ['type']],
  ['a number for a type', 'POST', '/v1/events', event({ type: 7 }), 422, ['type']],
  ['an empty customer', 'POST', '/v1/events', event({ customerId: '' }), 422, ['customerId']],
  ['a long customer', 'POST', '/v1/events', event({ customerId: 'x'.repeat(129) }), 422, ['customerId']],
  ['a customer with a newline', 'POST', '/v1/events', event({ customerId: 'a\nb' }), 422, ['customerId']],
  ['a customer with a NUL', 'POST', '/v1/events', event({ customerId: 'a\u0000b' }), 422, ['customerId']],
  [
    'a customer that no path can name',
    'POST',
    '/v1/events',
    event({ customerId: '..' }),
    422,
    ['customerId'],
  ],
  ['a number for a customer', 'POST', '/v1/events', event({ customerId: 42 }), 422, ['customerId']],
  ['an empty id', 'POST', '/v1/events', event({ id: '' }), 422, ['id']],
  ['a long id', 'POST', '/v1/events', event({ id: 'x'.repeat(129) }), 422, ['id']],
  ['an id with a tab', 'POST', '/v1/events', event({ id: 'a\tb' }), 422, ['id']],
  ['a null id', 'POST', '/v1/events', event({ id: null }), 422, ['id']],
  ['a day for a time', 'POST', '/v1/events', event({ time: '2026-03-26' }), 422, ['time']],
  ['a time without offset', 'POST', '/v1/events', event({ time: '2026-03-26T16:00:00' }), 422, ['time']],
  ['a day that does not exist', 'POST', '/v1/events', event({ time: '2026-02-30T16:00:00Z' }), 422, ['time']],
  [
    '29 February of no leap year',
    'POST',
    '/v1/events',
    event({ time: '2027-02-29T16:00:00Z' }),
    422,
    ['time'],
  ],
  [
    'an hour that does not exist',
    'POST',
    '/v1/events',
    event({ time: '2026-03-26T24:00:00Z' }),
    422,
    ['time'],
  ],
  [
    'an offset that does not exist',
    'POST',
    '/v1/events',
    event({ time: '2026-03-26T16:00:00+25:00' }),
    422,
    ['time'],
  ],
  ['words for a time', 'POST', '/v1/events', event({ time: 'yesterday' }), 422, ['time']],
  ['a number for a time', 'POST', '/v1/events', event({ time: 1_774_500_000 }), 422, ['time']],
  ['a time of long ago', 'POST', '/v1/events', event({ time: '1970-01-01T00:00:00Z' }), 422, ['time']],
  ['a time far ahead', 'POST', '/v1/events', event({ time: '2126-03-26T16:00:00Z' }), 422, ['time']],
  ['a list for data', 'POST', '/v1/events', event({ data: [] }), 422, ['data']],
  ['a text for data', 'POST', '/v1/events', event({ data: 'x' }), 422, ['data']],
  ['null for data', 'POST', '/v1/events', event({ data: null }), 422, ['data']],
  ['data without end', 'POST', '/v1/events', event({ data: nested(21) }), 422, [`data${'.a'.repeat(20)}`]],
  ['data that is too large', 'POST', '/v1/events', event({ data: { x: 'x'.repeat(65_536) } }), 422, ['']],
  [
    'a prototype in data',
    'POST',
    '/v1/events',
    { body: '{"type":"a","customerId":"b","data":{"x":{"__proto__":{}}}}' },
    422,
    ['data.x.__proto__'],
  ],
  [
    'a prototype at the top',
    'POST',
    '/v1/events',
    { body: '{"type":"a","customerId":"b","__proto__":{}}' },
    422,
    ['__proto__'],
  ],
  [
    'an invalid profile',
    'POST',
    '/v1/events',
    event({ customer: { email: 'x', timezone: 'Mars' } }),
    422,
    ['customer.email', 'customer.timezone'],
  ],
  [
    'a profile of somebody else',
    'POST',
    '/v1/events',
    event({ customer: { id: 'bob' } }),
    422,
    ['customer.id'],
  ],
  ['a list for a profile', 'POST', '/v1/events', event({ customer: [] }), 422, ['customer']],
  ['an empty batch', 'POST', '/v1/events', { body: { events: [] } }, 422, ['events']],
  ['a batch of 501', 'POST', '/v1/events', { body: { events: Array(501).fill({}) } }, 422, ['events']],
  ['no list in a batch', 'POST', '/v1/events', { body: { events: {} } }, 422, ['events']],
  ['a batch and more', 'POST', '/v1/events', { body: { events: [{}], type: 'purchase' } }, 422, ['type']],
  ['a question', 'POST', '/v1/events?dry=1', event({}), 422, ['query.dry']],
]

const cloud = (more: object): Sent => ({
  type: 'application/cloudevents+json',
  body: { specversion: '1.0', id: '1', source: '/shop', type: 'purchase', subject: 'anna', ...more },
})
const cloudEvents: Row[] = [
  ['another version', 'POST', '/v1/events', cloud({ specversion: '0.3' }), 422, ['specversion']],
  ['no subject', 'POST', '/v1/events', cloud({ subject: undefined }), 422, ['subject']],
  ['no source', 'POST', '/v1/events', cloud({ source: undefined }), 422, ['source']],
  ['data that is no object', 'POST', '/v1/events', cloud({ data: 'x' }), 422, ['data']],
  ['binary data', 'POST', '/v1/events', cloud({ data_base64: 'AA==' }), 422, ['data_base64']],
  [
    'data of another type',
    'POST',
    '/v1/events',
    cloud({ datacontenttype: 'text/xml' }),
    422,
    ['datacontenttype'],
  ],
  ['a member that no CloudEvent has', 'POST', '/v1/events', cloud({ customerId: 'x' }), 422, ['customerId']],
  ['one for many', 'POST', '/v1/events', { type: 'application/cloudevents-batch+json', body: {} }, 422, ['']],
  ['many for one', 'POST', '/v1/events', { type: 'application/cloudevents+json', body: [] }, 422, ['']],
]

const profiles: Row[] = (['PUT', 'PATCH'] as const).flatMap((method): Row[] =>
  (
    [
      ['no address', { email: 'anna' }, ['email']],
      ['two addresses', { email: 'a@b.it, c@d.it' }, ['email']],
      ['an address with a newline', { email: 'a@b.it\nBcc: c@d.it' }, ['email']],
      ['a national number', { phone: '333 1234567' }, ['phone']],
      ['a number that starts with +0', { phone: '+0331234567' }, ['phone']],
      ['an underscore for a locale', { locale: 'it_IT' }, ['locale']],
      ['a language by name', { locale: 'italian language' }, ['locale']],
      ['an unknown zone', { timezone: 'Europe/Atlantis' }, ['timezone']],
      ['an offset for a zone', { timezone: '+01:00' }, ['timezone']],
      ['a zone in lower case', { timezone: 'europe/rome' }, ['timezone']],
      ['a day that does not exist', { birthday: '2027-02-30' }, ['birthday']],
      ['a thirteenth month', { renewal: '2027-13-01' }, ['renewal']],
      ['such a day deep inside', { pets: [{ born: '2027-04-31' }] }, ['pets[0].born']],
      ['such a day with an hour', { appointment: '2027-02-30T10:00:00+01:00' }, ['appointment']],
      ['an hour that does not exist', { appointment: '2027-02-20T25:00:00+01:00' }, ['appointment']],
      ['an unknown topic', { consent: { nws: true } }, ['consent.nws']],
      ['a word for consent', { consent: { news: 'yes' } }, ['consent.news']],
      ['a list for consent', { consent: [true] }, ['consent']],
      ['another id', { id: 'bob' }, ['id']],
      ['a name with a newline', { firstName: 'Anna\r\nBcc: x' }, ['firstName']],
      ['a number for a name', { lastName: 7 }, ['lastName']],
      ['an attribute with no name', { '': 1 }, ['[""]']],
      ['an attribute with a #', { 'a#b': 1 }, ['["a#b"]']],
      ['a list', [], ['']],
      ['too much', { note: 'x'.repeat(33_000) }, ['']],
      ['no end', nested(22), ['a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a']],
      ['everything at once', { email: 'x', phone: 'y', born: '2027-02-30' }, ['email', 'phone', 'born']],
    ] as const
  ).map(
    ([name, body, paths]): Row => [
      `${method} ${name}`,
      method,
      '/v1/customers/anna',
      profile(body),
      422,
      [...paths],
    ],
  ),
)

const others: Row[] = [
  ['an id with a control character', 'GET', '/v1/customers/a%00b', {}, 422, ['path.id']],
  ['an id that is too long', 'GET', `/v1/customers/${'x'.repeat(129)}`, {}, 422, ['path.id']],
  ['nobody', 'GET', '/v1/customers/nobody', {}, 404],
  ['a patch of nobody', 'PATCH', '/v1/customers/nobody', profile({ tier: 'gold' }), 404],
  ['the timeline of nobody', 'GET', '/v1/customers/nobody/timeline', {}, 404],
  ['the export of nobody', 'GET', '/v1/customers/nobody/export', {}, 404],
  ['no limit', 'GET', '/v1/customers/anna/timeline?limit=0', {}, 422, ['query.limit']],
  ['a limit in words', 'GET', '/v1/customers/anna/timeline?limit=ten', {}, 422, ['query.limit']],
  ['a large limit', 'GET', '/v1/customers/anna/timeline?limit=100000', {}, 422, ['query.limit']],
  ['two limits', 'GET', '/v1/customers/anna/timeline?limit=1&limit=2', {}, 422, ['query.limit']],
  ['an invented cursor', 'GET', '/v1/customers/anna/timeline?cursor=abc', {}, 422, ['query.cursor']],
  ['an empty cursor', 'GET', '/v1/tasks?cursor=', {}, 422, ['query.cursor']],
  ['a misspelt question', 'GET', '/v1/tasks?stat=open', {}, 422, ['query.stat']],
  ['why, without a workflow', 'GET', '/v1/customers/anna/why', {}, 422, ['query.workflow']],
  ['why, of no workflow', 'GET', '/v1/customers/anna/why?workflow=nothing', {}, 404],
  ['a name in capitals', 'GET', '/v1/workflows/WinBack', {}, 422, ['path.name']],
  ['no workflow', 'GET', '/v1/workflows/nothing', {}, 404],
  ['version zero', 'GET', '/v1/workflows/nothing?version=0', {}, 422, ['query.version']],
  [
    'a template outside',
    'PUT',
    draft,
    { body: { definition: 'x', templates: { '../x.mjml': '' } } },
    422,
    ['templates["../x.mjml"]'],
  ],
  [
    'a template that is no text',
    'PUT',
    draft,
    { body: { definition: 'x', templates: { 'a.mjml': 1 } } },
    422,
    ['templates["a.mjml"]'],
  ],
  ['no definition', 'PUT', draft, { body: {} }, 422, ['definition']],
  [
    'a draft that is too large',
    'PUT',
    draft,
    { body: 'x'.repeat(400_000), type: 'application/yaml' },
    422,
    [''],
  ],
  ['no draft to publish', 'POST', '/v1/workflows/nothing/publish', {}, 404],
  [
    'a map without a move',
    'POST',
    '/v1/workflows/nothing/publish',
    { body: { inFlight: 'end', map: { a: 'b' } } },
    422,
    ['map'],
  ],
  ['a map', 'POST', '/v1/workflows/nothing/publish', { body: { map: { a: 'b' } } }, 422, ['map']],
  [
    'an unknown word',
    'POST',
    '/v1/workflows/nothing/publish',
    { body: { inFlight: 'drop' } },
    422,
    ['inFlight'],
  ],
  ['no version to go back to', 'POST', '/v1/workflows/nothing/rollback', { body: { version: 3 } }, 404],
  ['half a version', 'POST', '/v1/workflows/nothing/rollback', { body: { version: 1.5 } }, 422, ['version']],
  ['pausing nothing', 'POST', '/v1/workflows/nothing/pause', {}, 404],
  ['pausing with a word', 'POST', '/v1/workflows/nothing/pause', { body: { until: 'x' } }, 422, ['until']],
  ['simulating nothing', 'POST', '/v1/workflows/nothing/simulate', { body: {} }, 404],
  [
    'simulating no time',
    'POST',
    '/v1/workflows/nothing/simulate',
    { body: { events: [{ event: 'purchase' }] } },
    422,
    ['events[0]'],
  ],
  [
    'simulating nonsense',
    'POST',
    '/v1/workflows/nothing/simulate',
    {
      body: {
        events: [
          { event: 'purchase', at: 'x' },
          { event: 'a b', after: 'y' },
        ],
      },
    },
    422,
    ['events[0].at', 'events[1].after', 'events[1].event'],
  ],
  ['settings that are not YAML', 'PUT', '/v1/settings', { body: { settings: 'a: [' } }, 422],
  ['settings that say nothing', 'PUT', '/v1/settings', { body: { settings: '' } }, 422],
  ['settings of another shape', 'PUT', '/v1/settings', { body: { text: 'x' } }, 422, ['settings', 'text']],
  ['no task', 'POST', '/v1/tasks/none/close', {}, 404],
  ['a task for nobody', 'POST', '/v1/tasks/none/assign', { body: {} }, 422, ['to']],
  ['a task state', 'GET', '/v1/tasks?state=lost', {}, 422, ['query.state']],
  ['no such day', 'GET', '/v1/kpis?from=2026-02-30', {}, 422, ['query.from']],
  ['the wrong way round', 'GET', '/v1/kpis?from=2026-03-02&to=2026-03-01', {}, 422, ['query.from']],
  ['a century', 'GET', '/v1/kpis?from=1926-03-01&to=2026-03-01', {}, 422, ['query.from']],
  ['a key for nothing', 'POST', '/v1/keys', { body: { name: 'x', scopes: [] } }, 422, ['scopes']],
  ['a key for anything', 'POST', '/v1/keys', { body: { name: 'x', scopes: ['all'] } }, 422, ['scopes[0]']],
  ['a key without a name', 'POST', '/v1/keys', { body: { scopes: ['admin'] } }, 422, ['name']],
  ['no key', 'DELETE', '/v1/keys/key_x', {}, 404],
]

describe.each([
  ['events', events],
  ['CloudEvents', cloudEvents],
  ['profiles', profiles],
  ['everything else', others],
])('%s', (_, rows) => {
  it.each(rows)('%s: %s %s', async (_name, method, path, sent, status, paths) => {
    const before = JSON.stringify([api.world.table.all(), api.world.queue.messages])
    const answer = await api.call(method, path, sent)
    expect([answer.status, (answer.json.errors ?? []).map((one: { path: string }) => one.path)]).toEqual([
      status,
      paths ?? (answer.json.errors ?? []).map((one: { path: string }) => one.path),
    ])
    if (status === 422) expect(answer.json.errors.length).toBeGreaterThan(0)
    expect(JSON.stringify([api.world.table.all(), api.world.queue.messages])).toBe(before)
  })
})

describe('bodies', () => {
  const post = (sent: Sent) => api.call('POST', '/v1/events', sent)

  it.each([
    ['{', 1, 1, 2],
    ['{"type": }', 9, 1, 10],
    ['{"type":\n "a",\n}', 15, 3, 1],
    ['{"a":1} x', 8, 1, 9],
    ["{'a':1}", 1, 1, 2],
    ['{"a":01}', 6, 1, 7],
    ['{"a":"\\x"}', 6, 1, 7],
    ['{"a":1,"a":2}', 7, 1, 8],
    ['{"a":12345678901234567890}', 5, 1, 6],
    ['{"a":"\\ud800"}', 6, 1, 7],
    ['{"a":1e999}', 5, 1, 6],
    ['{"a":NaN}', 5, 1, 6],
    ['', 0, 1, 1],
  ])('%j is refused where it is broken', async (body, position, line, column) => {
    const { status, json } = await post({ body })
    expect(status).toBe(400)
    expect(json).toMatchObject({ position, line, column })
    expect(json.detail).toContain(`line ${line}, column ${column}`)
  })

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/json; charset=iso-8859-1'],
    ['multipart/form-data'],
    ['application/jsonx'],
  ])('%s is not taken', async (type) => {
    const { status, headers } = await post({ body: '{}', type })
    expect(status).toBe(415)
    expect(headers.get('accept-post')).toContain('application/json')
  })

  it('needs to be told the type', async () => {
    const key = await api.key('events:write')
    const request = new Request('https://care.test/v1/events', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: new TextEncoder().encode('{}'),
    })
    expect((await api.app.request(request)).status).toBe(415)
  })

  it('takes a charset that is UTF-8, in any case', async () => {
    const sent = event({})
    const { status } = await post({ ...sent, type: 'Application/JSON; charset="UTF-8"' })
    expect(status).toBe(202)
  })

  it('refuses what is not UTF-8', async () => {
    const { status } = await raw(new Uint8Array([0x22, 0xff, 0x22]))
    expect(status).toBe(400)
  })

  it('refuses more than 1 MiB, by what really comes', async () => {
    const large = new TextEncoder().encode(JSON.stringify({ x: 'x'.repeat(1024 * 1024) }))
    expect((await raw(large)).status).toBe(413)
    expect((await raw(large, { 'content-length': '10' })).status).toBe(413)
    expect((await raw(new TextEncoder().encode('{}'), { 'content-length': '99999999' })).status).toBe(413)
  })

  it('stops reading a body that goes on and on', async () => {
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(65_536).fill(0x20))
        // An end after all: a reader without a limit must fail this test and not this machine.
        if (pulled === 200) controller.close()
      },
    })
    expect((await raw(endless)).status).toBe(413)
    expect(pulled).toBeLessThan(30)
  })

  async function raw(
    body: Uint8Array<ArrayBuffer> | ReadableStream,
    headers: { [name: string]: string } = {},
  ) {
    const key = await api.key('events:write')
    return api.app.request(
      new Request('https://care.test/v1/events', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body,
        duplex: 'half',
      }),
    )
  }
})

it('the erasure of nobody is a 404, and stops what may be on its way', async () => {
  const fresh = new Api()
  expect((await fresh.call('DELETE', '/v1/customers/nobody')).status).toBe(404)
  await fresh.settle()
  expect(JSON.stringify(fresh.world.table.all())).not.toContain('nobody')
})
