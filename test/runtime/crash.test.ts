/** A process may stop between any two calls to the outside. Whoever comes next finds out what is owed, and no more. */
import { describe, expect, test } from 'vitest'
import type { Program } from '../../engine/program.ts'
import { handle } from '../../runtime/handle.ts'
import { requestSettle } from '../../runtime/requests.ts'
import { sweep } from '../../runtime/sweep.ts'
import { Crash, crashAt, Deployment, programOf, send, standard } from './deployment.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }

/** Everything a journey can do to the world, in one. */
const everything: Program = programOf([
  { verb: 'set', id: 'set-1', next: 'coupon-1', values: { orders: 'customer.orders + 1' } },
  { verb: 'coupon', id: 'coupon-1', next: 'thanks', name: 'gift', source: { pattern: 'GIFT-????-##' } },
  send('thanks', 'task-1'),
  {
    verb: 'task',
    id: 'task-1',
    next: 'emit-1',
    name: 'call',
    queue: 'care',
    title: 'Call {{ customer.id }}',
  },
  { verb: 'emit', id: 'emit-1', next: 'wait-1', event: 'gift.sent', data: { order: 'event.orderId' } },
  { verb: 'wait', id: 'wait-1', next: 'tips', duration: 'P1D' },
  send('tips', null),
])

/** The same effects in two rounds: each round owes its own. */
const rounds: Program = programOf([
  { verb: 'repeat', id: 'repeat-1', next: 'tips', times: 2, every: 'P1D', first: 'set-1' },
  { verb: 'set', id: 'set-1', next: 'coupon-1', values: { orders: 'customer.orders + 1' } },
  { verb: 'coupon', id: 'coupon-1', next: 'thanks', name: 'gift', source: { pattern: 'GIFT-????-##' } },
  send('thanks', 'task-1'),
  { verb: 'task', id: 'task-1', next: 'emit-1', name: 'call', queue: 'care', title: 'Call' },
  { verb: 'emit', id: 'emit-1', next: 'repeat-1', event: 'gift.sent', data: {} },
  send('tips', null),
])

/** What the emitted event starts: one journey for each. */
const answering: Program = programOf([send('present', null)], {
  workflow: 'answer',
  trigger: { kind: 'event', event: 'gift.sent' },
  enroll: { per: 'meta.id', again: 'always' },
})

interface Outcome {
  subjects: string[]
  orders: unknown
  coupons: number
  tasks: number
  /** Emitted, and started another workflow. */
  thanked: number
  phase: string | undefined
}

/** Runs the journey to its end; the first process crashes at call `n`, if it gets that far. */
async function run(program: Program, n: number, when: 'before' | 'after') {
  const deployment = new Deployment({ at: '2026-03-26T10:00:00Z', config: { soleOwner: true } })
  await deployment.publish(program)
  await deployment.publish(answering)
  let crashed = false
  await deployment.post({ data: { orderId: 'o-1', total: 80 } }, { ...anna, orders: 0 })
  deployment.start(crashAt(n, when))
  await deployment.live(undefined, (error) => {
    if (!(error instanceof Crash)) throw error
    crashed = true
    deployment.start()
  })
  if (!crashed) deployment.start()
  // What no message brings back, the daily round does.
  deployment.world.clock.advance(24 * 3_600_000)
  await sweep(deployment.runtime)
  await deployment.live()
  const rows = deployment.world.table.all()
  const journey = rows.find(({ sk }) => sk.startsWith('#care'))
  const profile: unknown = JSON.parse(rows.find(({ sk }) => sk === '!')?.body ?? '{}')
  const outcome: Outcome = {
    subjects: deployment.subjects().sort(),
    orders: profile,
    coupons: rows.filter(({ sk }) => sk.startsWith('K#')).length,
    tasks: rows.filter(({ sk }) => sk.startsWith('T#')).length,
    thanked: rows.filter(({ sk }) => sk.startsWith('#answer')).length,
    phase: /"p":"(\w)"/.exec(journey?.body ?? '')?.[1],
  }
  return { outcome, crashed }
}

describe.each([
  ['the standard journey', standard],
  ['a journey with every effect', everything],
  ['a journey that does them twice', rounds],
])('%s', (_name, program) => {
  test.each(['before', 'after'] as const)('ends the same when it crashes %s any call', async (when) => {
    const { outcome: expected } = await run(program, Number.POSITIVE_INFINITY, when)
    expect(expected.phase).toBe('e')
    expect(expected.subjects.length).toBeGreaterThan(1)
    let points = 0
    for (let n = 1; ; n++) {
      const { outcome, crashed } = await run(program, n, when)
      if (!crashed) break
      points++
      expect(outcome, `crash ${when} call ${n}`).toEqual(expected)
    }
    expect(points).toBeGreaterThan(10)
  })
})

test('a provider that cannot say what it took leaves the message in doubt, and its rule decides', async () => {
  for (const [rule, mails] of [
    ['drop', []],
    ['resend', ['thanks for anna']],
    ['ask', []],
  ] as const) {
    const deployment = new Deployment({ config: { soleOwner: true } })
    await deployment.publish(programOf([send('thanks', null, rule)]))
    deployment.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
    deployment.world.sender.find = async () => 'unknown'
    await deployment.post({ data: { orderId: 'o-1' } }, anna)
    await deployment.deliver()
    deployment.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
    await deployment.live()
    expect(deployment.subjects(), rule).toEqual(mails)
    const journey = deployment.world.table.all().find(({ sk }) => sk.startsWith('#care'))
    expect(journey?.body, rule).toContain('in-doubt')
  }
})

test("the provider's SEND event settles a doubt without a second send", async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(
    programOf([
      send('thanks', 'wait-1', 'resend'),
      { verb: 'wait', id: 'wait-1', next: null, duration: 'P1D' },
    ]),
  )
  deployment.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  deployment.world.sender.find = async () => 'unknown'
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  await handle(deployment.runtime, {
    kind: 'feedback',
    customerId: 'anna',
    workflow: 'care',
    key: 'o-1',
    run: 1,
    step: 'thanks',
    type: 'send',
    at: deployment.world.clock.now(),
  })
  deployment.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
  await deployment.live()
  expect(deployment.subjects()).toEqual([])
  const journey = deployment.world.table.all().find(({ sk }) => sk.startsWith('#care'))
  expect(journey?.body).toContain('"sent"')
})

test('a SEND event settles a claim that a crash left open, although it is the first to find it', async () => {
  const deployment = new Deployment({ config: { soleOwner: false } })
  await deployment.publish(
    programOf([
      send('thanks', 'wait-1', 'resend'),
      { verb: 'wait', id: 'wait-1', next: null, duration: 'P1D' },
    ]),
  )
  deployment.world.sender.find = async () => 'unknown'
  deployment.world.sender.answer = () => {
    throw new Error('the process is gone')
  }
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await expect(deployment.deliver()).rejects.toThrow('the process is gone')
  deployment.start()
  deployment.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
  deployment.world.clock.advance(deployment.world.config.claimLeaseMs + 1)
  const report = { kind: 'feedback', customerId: 'anna', workflow: 'care', key: 'o-1', run: 1 } as const
  const at = deployment.world.clock.now()
  await handle(deployment.runtime, { ...report, step: 'thanks', type: 'send', at })
  await deployment.live()
  expect(deployment.subjects()).toEqual([])
  const journey = deployment.world.table.all().find(({ sk }) => sk.startsWith('#care'))
  expect(journey?.body).toContain('"sent"')
})

test.each([
  ['sent', []],
  ['resend', ['thanks for anna']],
  ['drop', []],
] as const)('a person settles a doubt as %s', async (outcome, mails) => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(
    programOf([send('thanks', 'wait-1', 'ask'), { verb: 'wait', id: 'wait-1', next: null, duration: 'P1D' }]),
  )
  deployment.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  deployment.world.sender.find = async () => 'unknown'
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.live()
  deployment.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
  const about = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'thanks' }
  await requestSettle(deployment.runtime, { ...about, step: 'wait-1', outcome })
  await deployment.live()
  expect(deployment.subjects(), 'another step').toEqual([])
  await requestSettle(deployment.runtime, { ...about, outcome })
  await requestSettle(deployment.runtime, { ...about, outcome })
  await deployment.live()
  expect(deployment.subjects()).toEqual(mails)
  const journey = deployment.world.table.all().find(({ sk }) => sk.startsWith('#care'))
  expect(journey?.body).toContain('"p":"e"')
})

test('a claim in living hands is left alone until its lease is over', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)]))
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  // The first process claims, and then hangs: its send never comes back.
  deployment.start(crashAt('sender.send', 'before'))
  const message = deployment.world.queue.messages[0]
  await expect(deployment.deliver()).rejects.toBeInstanceOf(Crash)
  expect(deployment.world.table.all().some(({ body }) => body?.includes('"p":"p"'))).toBe(true)
  deployment.start()
  if (message) deployment.world.queue.messages = [message]
  await expect(deployment.deliver()).rejects.toMatchObject({ code: 'retry-later' })
  expect(deployment.subjects()).toEqual([])
  deployment.world.clock.advance(deployment.world.config.claimLeaseMs + 1)
  if (message) deployment.world.queue.messages = [message]
  await deployment.deliver()
  expect(deployment.subjects()).toEqual(['thanks for anna'])
})
