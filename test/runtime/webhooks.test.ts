/** Webhooks: signed so that the other side can tell, under one id however often, and heard. */
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseScenarios, runScenario } from '../../engine/scenario.ts'
import type { Program } from '../../engine/program.ts'
import { fromRow } from '../../runtime/journeys.ts'
import { webhookSecret } from '../../runtime/webhooks.ts'
import { Api } from '../http/api.ts'
import { settings } from '../engine/world.ts'
import { DEFAULT_SETTINGS } from '../../engine/default-settings.ts'
import type { CallOutcome, OutgoingCall } from '../../runtime/ports.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'
import { saveSettings } from '../../runtime/publishing.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }
const calling = programOf([
  { verb: 'webhook', id: 'webhook-crm', next: 'if-1', name: 'crm', data: { order: 'event.orderId' } },
  {
    verb: 'if',
    id: 'if-1',
    next: null,
    condition: 'webhooks.crm.status == 200 && webhooks.crm.body.points > 100',
    then: 'rich',
    else: 'poor',
  },
  send('rich', null),
  send('poor', null),
])

async function deployed(program: Program = calling, webhooks = 'crm: { url: https://crm.example.com/ }') {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await saveSettings(deployment.runtime, `${DEFAULT_SETTINGS}webhooks: { ${webhooks} }\n`)
  deployment.start()
  await deployment.publish(program)
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  return deployment
}

function journeyOf(deployment: Deployment) {
  const row = deployment.world.table.all().find(({ sk }) => sk.startsWith('#care'))
  if (!row) throw new Error('there is no journey')
  return fromRow(row).enrollment
}

const header = (call: OutgoingCall | undefined, wanted: string) =>
  call?.headers.find(({ name }) => name === wanted)?.value ?? ''

const answers = (code: number, json?: unknown): CallOutcome => ({
  status: 'answered',
  code,
  ...(json !== undefined && { body: JSON.stringify(json) }),
})

test('while the secret of links is rotated, receivers with the old secret and with the new one both believe a call', async () => {
  const deployment = await deployed()
  const [before, after] = ['a'.repeat(32), 'b'.repeat(32)]
  deployment.start((world) => ({
    ...world,
    config: { ...world.config, linkSecret: after, formerLinkSecrets: [before] },
  }))
  await deployment.live()
  const [call] = deployment.world.webhooks.calls
  const text = ['webhook-id', 'webhook-timestamp'].map((name) => header(call, name)).join('.')
  const signed = [after, before].map((linkSecret) => {
    const key = Buffer.from(webhookSecret({ linkSecret }, 'crm').replace('whsec_', ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${text}.${call?.body}`).digest('base64')}`
  })
  expect(header(call, 'webhook-signature')).toBe(signed.join(' '))
})

test('a call is signed after the Standard Webhooks specification', async () => {
  const deployment = await deployed()
  await deployment.live()
  const { calls } = deployment.world.webhooks
  const [call] = calls
  expect(calls).toHaveLength(1)
  expect(call?.url).toBe('https://crm.example.com/')
  expect(JSON.parse(call?.body ?? '')).toEqual({
    type: 'crm',
    timestamp: '2026-03-26T10:00:00.000Z',
    customerId: 'anna',
    journey: { workflow: 'care', key: 'o-1', run: 1, step: 'webhook-crm' },
    data: { order: 'o-1' },
  })
  // As a receiver checks it: the base64 behind `whsec_` is the key.
  const key = Buffer.from(webhookSecret(deployment.world.config, 'crm').replace('whsec_', ''), 'base64')
  expect(key).toHaveLength(32)
  const id = header(call, 'webhook-id')
  const seconds = header(call, 'webhook-timestamp')
  expect(id).toMatch(/^msg_[\w-]+$/)
  expect(Number(seconds)).toBe(Date.parse('2026-03-26T10:00:00Z') / 1000)
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${call?.body}`).digest('base64')
  expect(header(call, 'webhook-signature')).toBe(`v1,${mac}`)
})

test.each([
  [
    'an answer that fits',
    answers(200, { points: 120 }),
    'rich for anna',
    { status: 200, body: { points: 120 } },
  ],
  ['another one', answers(200, { points: 3 }), 'poor for anna', { status: 200, body: { points: 3 } }],
  ['no JSON', { status: 'answered', code: 200, body: '<p>' } as const, 'poor for anna', { status: 200 }],
  [
    'more than a journey keeps',
    answers(200, { points: 500, x: 'x'.repeat(2048) }),
    'poor for anna',
    { status: 200 },
  ],
  ['a refusal', answers(404, { error: 'gone' }), 'poor for anna', { status: 404, body: { error: 'gone' } }],
  ['a redirect', answers(302), 'poor for anna', { status: 302 }],
])('%s is heard, and the journey goes on', async (_, answer, subject, heard) => {
  const deployment = await deployed()
  deployment.world.webhooks.answer = () => answer
  await deployment.live()
  expect(deployment.subjects()).toEqual([subject])
  expect(journeyOf(deployment).webhooks).toEqual({ crm: heard })
})

test.each([
  ['503', answers(503)],
  ['429', answers(429)],
  ['nobody there', { status: 'unreachable', reason: 'no answer (ECONNREFUSED)' } as const],
])('%s is tried again under the same id, signed anew', async (_, answer) => {
  const deployment = await deployed()
  const { webhooks } = deployment.world
  webhooks.answer = () => (webhooks.calls.length < 3 ? answer : answers(200, { points: 120 }))
  await deployment.live()
  expect(webhooks.calls.map((call) => header(call, 'webhook-id'))).toEqual(
    Array(3).fill(header(webhooks.calls[0], 'webhook-id')),
  )
  expect(new Set(webhooks.calls.map((call) => header(call, 'webhook-signature'))).size).toBe(3)
  expect(deployment.subjects()).toEqual(['rich for anna'])
})

test('what never answers is given up, and the journey goes on', async () => {
  const deployment = await deployed()
  deployment.world.webhooks.answer = () => answers(500)
  await deployment.live()
  expect(deployment.world.webhooks.calls).toHaveLength(8)
  expect(deployment.subjects()).toEqual(['poor for anna'])
  expect(journeyOf(deployment).log).toContainEqual(
    expect.objectContaining({
      rule: 'webhook',
      outcome: 'refused',
      values: { reason: 'gave-up', last: 'HTTP 500', tries: 8 },
    }),
  )
})

test.each([
  [
    'is gone from the settings',
    'other: { url: https://crm.example.com/ }',
    'there is no webhook crm in the settings',
  ],
  ['may not be called', 'crm: { url: https://crm.example.com/ }', 'not for you'],
])('a webhook that %s is recorded as refused', async (_, webhooks, reason) => {
  const deployment = await deployed(calling, webhooks)
  deployment.world.webhooks.answer = () => ({ status: 'refused', reason: 'not for you' })
  await deployment.live()
  expect(deployment.subjects()).toEqual(['poor for anna'])
  expect(journeyOf(deployment).log[0]).toMatchObject({
    rule: 'webhook',
    outcome: 'refused',
    values: { reason },
  })
})

test.each(['before', 'after'] as const)('a crash %s any call costs no more than a repeat', async (when) => {
  let points = 0
  for (let n = 1; n < 100; n++) {
    const deployment = await deployed()
    deployment.world.webhooks.answer = () => answers(200, { points: 120 })
    deployment.start(crashAt(n, when))
    let crashed = false
    await deployment.live(undefined, (error) => {
      if (!(error instanceof Crash)) throw error
      crashed = true
      deployment.start()
    })
    if (!crashed) break
    points++
    const { calls } = deployment.world.webhooks
    expect(calls.length, `crash ${when} call ${n}`).toBeLessThan(3)
    expect(new Set(calls.map((call) => header(call, 'webhook-id'))).size).toBe(1)
    expect(deployment.subjects(), `crash ${when} call ${n}`).toEqual(['rich for anna'])
  }
  expect(points).toBeGreaterThan(6)
})

test('rounds, runs and journeys have ids of their own, and an answer of an earlier round is not taken for this one', async () => {
  const deployment = await deployed(
    programOf([
      { verb: 'repeat', id: 'repeat-1', next: null, times: 2, every: 'P1D', first: 'webhook-crm' },
      { verb: 'webhook', id: 'webhook-crm', next: 'repeat-1', name: 'crm', data: {} },
    ]),
  )
  const { webhooks } = deployment.world
  webhooks.answer = () =>
    webhooks.calls.length === 1 ? answers(200, {}) : { status: 'refused', reason: 'no' }
  await deployment.live()
  expect(new Set(webhooks.calls.map((call) => header(call, 'webhook-id'))).size).toBe(2)
  expect(journeyOf(deployment).webhooks).toEqual({})
})

test('admins are told the secrets, and another name is another secret', async () => {
  const api = new Api()
  const text = `${DEFAULT_SETTINGS}webhooks:\n  crm: { url: https://crm.example.com/ }\n  old: { url: https://old.example.com/, secret: crm }\n  new: { url: https://new.example.com/, secret: crm-2 }\n`
  expect((await api.call('PUT', '/v1/settings', { body: { settings: text } })).status).toBe(200)
  const { json } = await api.get('/v1/webhooks')
  const [crm, old, fresh] = json.webhooks
  expect(crm).toEqual({
    name: 'crm',
    url: 'https://crm.example.com/',
    secret: webhookSecret(api.world.config, 'crm'),
  })
  expect(old.secret).toBe(crm.secret)
  expect(fresh.secret).not.toBe(crm.secret)
})

test('a scenario says what a webhook answers, and expects the call', () => {
  const story = (answer: string) => `- scenario: a call is answered
  customer: { id: anna, email: anna@example.it }
  webhooks: { crm: ${answer} }
  given: [{ at: 2026-03-26T10:00, event: purchase, data: { orderId: o-1 } }]
  expect:
    - webhook: crm
      count: ${answer.includes('503') ? 8 : 1}
    - ends: ${answer.includes('120') ? 'rich' : 'poor'}
`
  const ended = (id: string) => ({ verb: 'stop', id, next: null, reason: id }) as const
  const program = { ...calling, steps: { ...calling.steps, rich: ended('rich'), poor: ended('poor') } }
  for (const answer of ['{ status: 200, body: { points: 120 } }', '{ status: 404 }', '{ status: 503 }']) {
    const { scenarios, issues } = parseScenarios(story(answer))
    expect(issues).toEqual([])
    const [scenario] = scenarios
    if (!scenario) throw new Error('there is no scenario')
    expect(runScenario({ program, templates: [] }, scenario, settings).failures).toEqual([])
  }
  expect(parseScenarios(story('{ status: ok }')).issues).toMatchObject([
    { line: 3, message: '`status` expects an HTTP status, not "ok"' },
  ])
})
