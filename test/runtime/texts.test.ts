/** What a journey says by SMS and WhatsApp: once, to those who want it, and nobody knows better than the provider. */
import { expect, test } from 'vitest'
import type { SendStep } from '../../engine/program.ts'
import type { CompiledText } from '../../engine/text/template.ts'
import { handle } from '../../runtime/handle.ts'
import { templateSk, workflowPk } from '../../runtime/keys-of-rows.ts'
import { timeline } from '../../runtime/timeline.ts'
import type { SendOutcome } from '../../runtime/ports.ts'
import { MemoryTexter } from '../memory-world.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const phone = '+393331234567'
const anna = { phone, email: 'anna@example.it', firstName: 'Anna', timezone: 'Europe/Rome' }
const sms = (
  template: string,
  next: string | null = null,
  inDoubt: SendStep['inDoubt'] = 'drop',
): SendStep => ({
  id: template,
  next,
  verb: 'send',
  template,
  channel: 'sms',
  topic: 'service',
  inDoubt,
})
const text = (name: string, more: Partial<CompiledText> = {}): CompiledText => ({
  form: 'text',
  name,
  locale: null,
  body: `${name} for {{ customer.firstName }}`,
  variables: [],
  ...more,
})

async function open(
  steps: Parameters<typeof programOf>[0],
  texts: CompiledText[] = [],
  texter?: MemoryTexter,
) {
  const deployment = new Deployment({ config: { soleOwner: true } })
  if (texter) deployment.start((world) => ({ ...world, texter }))
  const program = programOf(steps)
  await deployment.publish(program)
  for (const one of texts)
    await deployment.world.table.put(
      { pk: workflowPk(program.workflow), sk: templateSk(1, one), body: JSON.stringify(one) },
      { kind: 'any' },
    )
  return deployment
}

const buy = (deployment: Deployment, customer: { [name: string]: string } = anna) =>
  deployment.post({ data: { orderId: 'o-1' } }, customer)

const told = async (deployment: Deployment) =>
  (await timeline(deployment.runtime, 'anna', { limit: 100 }))?.entries
    .filter(({ kind }) => kind === 'message')
    .map(({ channel, outcome, values }) => [channel, outcome, values?.reason])

test('a mail and an SMS of one name go out, each to its own address', async () => {
  const texter = new MemoryTexter()
  const both = [send('hello', 'sms'), { ...sms('hello'), id: 'sms' }]
  const deployment = await open(both, [text('hello'), text('hello', { locale: 'it', body: 'Ciao' })], texter)
  await buy(deployment)
  await deployment.live()
  expect(deployment.world.sender.mails.map(({ to }) => to)).toEqual(['anna@example.it'])
  expect(texter.texts).toEqual([
    {
      channel: 'sms',
      to: phone,
      body: 'hello for Anna',
      tags: { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'sms', attempt: 1 },
    },
  ])
  expect(await told(deployment)).toEqual([
    ['sms', 'sent', undefined],
    ['email', 'sent', undefined],
  ])
})

test('WhatsApp is told the template with its values, an SMS its sender', async () => {
  const texter = new MemoryTexter()
  const whatsapp = { template: 'hello_there', language: 'it', parameters: ['{{ customer.firstName }}'] }
  const steps = [{ ...sms('hello', 'bye'), channel: 'whatsapp' as const }, sms('bye')]
  const deployment = await open(steps, [text('hello', { whatsapp }), text('bye', { from: 'LUME' })], texter)
  await buy(deployment)
  await deployment.live()
  expect(texter.texts).toMatchObject([
    { channel: 'whatsapp', whatsapp: { ...whatsapp, parameters: ['Anna'] } },
    { channel: 'sms', from: 'LUME' },
  ])
})

test('where nobody is set up to send, the step says so and the journey goes on', async () => {
  const deployment = await open([sms('hello', 'after'), send('after', null)], [text('hello')])
  await buy(deployment)
  await deployment.live()
  expect(await told(deployment)).toEqual([
    ['email', 'sent', undefined],
    ['sms', 'refused', 'channel-not-set-up'],
  ])
})

test('a hole is a refusal, and nothing goes out', async () => {
  const texter = new MemoryTexter()
  const deployment = await open([sms('hello')], [text('hello', { body: '{{ customer.nickname }}' })], texter)
  await buy(deployment)
  await deployment.live()
  expect(texter.calls).toBe(0)
  expect((await told(deployment))?.[0]?.[2]).toMatch(/^template hello: text: undefined variable/)
})

test('who has no number is left alone', async () => {
  const texter = new MemoryTexter()
  const deployment = await open([sms('hello')], [text('hello')], texter)
  await buy(deployment, { email: 'anna@example.it' })
  await deployment.live()
  expect(texter.calls).toBe(0)
  expect(await told(deployment)).toEqual([['sms', 'refused', 'no-phone']])
})

test('an opt-out that the provider holds closes the number for whatever comes next', async () => {
  const texter = new MemoryTexter()
  texter.answer = () => ({ status: 'refused', reason: 'ConflictException', optedOut: true })
  const deployment = await open([sms('hello', 'bye'), sms('bye')], [text('hello'), text('bye')], texter)
  await buy(deployment)
  await deployment.live()
  expect(texter.calls).toBe(1)
  expect(await told(deployment)).toEqual([
    ['sms', 'refused', 'opt-out'],
    ['sms', 'refused', 'ConflictException'],
  ])
  const profile = deployment.world.table.all().find(({ sk }) => sk === '!')
  expect(profile?.body).toContain(`["${phone}","opt-out",`)
})

test.each([
  ['drop', 1],
  ['resend', 2],
  ['ask', 1],
] as const)('a lost answer is one call and a doubt; then %s decides', async (rule, calls) => {
  const texter = new MemoryTexter()
  texter.answer = () => ({ status: 'unknown', reason: 'no answer' })
  const deployment = await open([sms('hello', null, rule)], [text('hello')], texter)
  await buy(deployment)
  await deployment.deliver()
  expect(texter.calls).toBe(1)
  texter.answer = () => ({ status: 'sent', messageId: 't' })
  await deployment.live()
  expect(texter.calls).toBe(calls)
})

test('not now is later, and counts nothing against the message', async () => {
  const texter = new MemoryTexter()
  const held: SendOutcome = {
    status: 'retry',
    reason: 'ThrottlingException: slow',
    hold: true,
    afterMs: 60_000,
  }
  texter.answer = () => (texter.calls < 20 ? held : { status: 'sent', messageId: 't' })
  const deployment = await open([sms('hello')], [text('hello')], texter)
  await buy(deployment)
  await deployment.live()
  expect(texter.texts).toHaveLength(1)
  expect(deployment.world.lines.filter(({ message }) => message === 'mail.held')).not.toEqual([])
})

test.each(['before', 'after'] as const)('a crash %s the call is never a second message', async (when) => {
  const texter = new MemoryTexter()
  const deployment = await open([sms('hello')], [text('hello')], texter)
  const crashing = crashAt('texter.send', when)
  deployment.start((world) => crashing({ ...world, texter }))
  await buy(deployment)
  await expect(deployment.deliver()).rejects.toThrow(Crash)
  deployment.start((world) => ({ ...world, texter }))
  await buy(deployment)
  await deployment.live()
  expect(texter.texts).toHaveLength(when === 'after' ? 1 : 0)
  expect((await told(deployment))?.[0]?.[1]).toBe('in-doubt')
})

test('what the provider reports of a text in doubt proves that it had it, and it is not sent again', async () => {
  const texter = new MemoryTexter()
  texter.answer = () => ({ status: 'unknown', reason: 'no answer' })
  const steps = [sms('hello', 'after', 'resend'), send('after', null)]
  const deployment = await open(steps, [text('hello')], texter)
  await buy(deployment)
  await deployment.deliver()
  expect((await told(deployment))?.[0]?.[1]).toBe('in-doubt')
  const about = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'hello' }
  const at = deployment.world.clock.now()
  await handle(deployment.runtime, { kind: 'feedback', ...about, type: 'undelivered', at, address: phone })
  await deployment.live()
  expect(texter.calls).toBe(1)
  expect((await told(deployment))?.map(([channel, outcome]) => [channel, outcome])).toEqual([
    ['email', 'sent'],
    ['sms', 'bounced'],
  ])
  // It may reach the phone tomorrow.
  const profile = deployment.world.table.all().find(({ sk }) => sk === '!')
  expect(profile?.body).not.toContain(`["${phone}",`)
})
