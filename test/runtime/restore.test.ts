/** A table that is restored to an earlier moment: nobody is written to twice, and nobody is forgotten. */
import { describe, expect, test } from 'vitest'
import type { Program, Step } from '../../engine/program.ts'
import { loadCustomer } from '../../runtime/customers.ts'
import { listDoubts } from '../../runtime/doubts.ts'
import { requestRound } from '../../runtime/round.ts'
import { MemoryTable, MemoryTimers } from '../memory-world.ts'
import { crashAt, Deployment, programOf, send } from './deployment.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.parse('2026-03-26T10:00:00Z')

const wait = (id: string, next: string, duration: string): Step => ({ verb: 'wait', id, next, duration })
type Rule = 'drop' | 'resend' | 'ask'

/** Four mails, a day apart, with one that leads at once to another. */
const series = (rule: Rule = 'drop'): Program =>
  programOf([
    send('first', 'wait-1', rule),
    wait('wait-1', 'second', 'P1D'),
    send('second', 'wait-2', rule),
    wait('wait-2', 'third', 'P1D'),
    send('third', 'third-too', rule),
    send('third-too', 'wait-3', rule),
    wait('wait-3', 'last', 'P1D'),
    send('last', null, rule),
  ])

const customers = ['anna', 'bea', 'carl']
/** Each buys half a day after the one before. */
const purchases = customers.map((customerId, n) => ({ customerId, id: `e-${n}`, at: START + n * 12 * HOUR }))

async function opened(rule?: Rule): Promise<Deployment> {
  const deployment = new Deployment({ at: new Date(START).toISOString() })
  await deployment.publish(series(rule))
  return deployment
}

const post = (deployment: Deployment, { customerId, id, at }: (typeof purchases)[number]) =>
  deployment.post(
    { id, customerId, at, data: { orderId: `o-${customerId}` } },
    { email: `${customerId}@example.it` },
  )

/** Lives until then, with the purchases on the way. */
async function live(deployment: Deployment, until: number): Promise<void> {
  for (const purchase of purchases) {
    if (purchase.at < deployment.world.clock.now() || purchase.at > until) continue
    await deployment.live(purchase.at)
    await post(deployment, purchase)
    await deployment.deliver()
  }
  await deployment.live(until)
}

/** What came to whom, in words. */
const sent = ({ world }: Deployment) => world.sender.mails.map(({ to, tags }) => `${to} ${tags.step}`).sort()

/** The table as it was at `from`, on a world that has gone on to `to`; timers outlive it only where it is said. */
async function restored(from: number, to: number, options: { rule?: Rule; timers?: boolean } = {}) {
  const deployment = await opened(options.rule)
  const { world } = deployment
  await live(deployment, from)
  const copy = structuredClone(world.table.all())
  await live(deployment, to)
  const table = new MemoryTable()
  for (const row of copy) await table.put(row, { kind: 'any' })
  Object.assign(world, { table, ...(options.timers !== true && { timers: new MemoryTimers() }) })
  deployment.start()
  // The mailbox is gone with the table: SES would not say what it took, either.
  world.sender.find = async () => 'unknown'
  return deployment
}

/** As `premura restore` does, with the shop's events of that time once more. */
async function takenUp(deployment: Deployment, from: number, to: number, ask = false): Promise<void> {
  await deployment.runtime.restores.mark({ from, to, ask, by: 'ada' })
  for (const summary of await deployment.runtime.catalog.list())
    await requestRound(deployment.runtime, summary)
  for (const purchase of purchases)
    if (purchase.at >= from && purchase.at <= to) await post(deployment, purchase)
  await deployment.deliver()
}

const everything = customers
  .flatMap((name) =>
    ['first', 'second', 'third', 'third-too', 'last'].map((step) => `${name}@example.it ${step}`),
  )
  .sort()

test('whenever the table goes back, and to whenever: each mail goes out once, at its time', async () => {
  for (const timers of [true, false])
    for (let from = START + HOUR; from < START + 4 * DAY; from += 7 * HOUR)
      for (const lost of [HOUR, 20 * HOUR, 50 * HOUR]) {
        const to = from + lost
        const deployment = await restored(from, to, { timers })
        await takenUp(deployment, from, to)
        await live(deployment, START + 10 * DAY)
        expect(sent(deployment), `from ${(from - START) / HOUR} h, ${lost / HOUR} h lost`).toEqual(everything)
        const last = deployment.world.sender.mails.findLast(({ tags }) => tags.customerId === 'carl')
        expect(last?.tags.step).toBe('last')
      }
}, 60_000)

test('without being told so, mails go out twice', async () => {
  const [from, to] = [START + 6 * HOUR, START + 30 * HOUR]
  const deployment = await restored(from, to, { timers: true })
  for (const purchase of purchases) if (purchase.at >= from) await post(deployment, purchase)
  await live(deployment, START + 10 * DAY)
  expect(sent(deployment).length).toBeGreaterThan(everything.length)
})

describe('the rule of the step decides on what may have gone out', () => {
  const [from, to] = [START + 6 * HOUR, START + 30 * HOUR]

  test('drop: it is left, and told as in doubt', async () => {
    const deployment = await restored(from, to)
    await takenUp(deployment, from, to)
    const log = deployment.world.table.all().find(({ pk, sk }) => pk === 'C#anna' && sk.startsWith('#'))?.body
    expect(log).toContain('"in-doubt",{"by":"restored"}')
  })

  test('resend: it goes out again, as its author has chosen', async () => {
    const deployment = await restored(from, to, { rule: 'resend' })
    const before = sent(deployment).length
    await takenUp(deployment, from, to)
    expect(sent(deployment).length).toBeGreaterThan(before)
  })

  test('resend: what follows goes by the moment at which it went out again', async () => {
    const deployment = await restored(from, to, { rule: 'resend' })
    await takenUp(deployment, from, to)
    const { journeys } = await loadCustomer(deployment.runtime, 'anna')
    expect(journeys[0]?.enrollment).toMatchObject({ step: 'wait-2', dueAt: to + DAY })
    expect(journeys[0]?.enrollment.log.findLast(({ rule }) => rule === 'send')).toMatchObject({
      step: 'second',
      at: to,
    })
    // Due after the span, and sent for the first time, whatever the rule is.
    await live(deployment, to + DAY)
    expect(sent(deployment).filter((one) => one === 'anna@example.it third')).toHaveLength(1)
  })

  test.each([
    ['ask', false],
    ['drop', true],
  ] as const)(
    'a person is asked (rule %s, of all: %s), and the journey goes on where it was',
    async (rule, ask) => {
      const deployment = await restored(from, to, { rule })
      await takenUp(deployment, from, to, ask)
      await live(deployment, to + 5 * HOUR)
      const marks = await deployment.world.table.query('U')
      const asked = marks.rows.map(({ body = '' }) => JSON.parse(body))
      expect(asked.map(({ customerId }) => customerId).sort()).toEqual(customers)
      for (const [n, { customerId, workflow, key, run }] of asked.entries()) {
        const step = customerId === 'anna' ? 'second' : 'first'
        const settle = { kind: 'settle', customerId, workflow, key, run, step, outcome: 'sent' }
        const body = JSON.stringify(settle)
        await deployment.world.queue.send([{ group: customerId, body, dedupId: `s-${n}` }])
      }
      await live(deployment, START + 10 * DAY)
      expect(sent(deployment)).toEqual(everything)
    },
  )
})

test.each(['ask', 'drop'] as const)(
  'a person who is asked may have it sent again (rule %s)',
  async (rule) => {
    const [from, to] = [START + 6 * HOUR, START + 30 * HOUR]
    const deployment = await restored(from, to, { rule })
    await takenUp(deployment, from, to, true)
    const before = sent(deployment).length
    const settle = {
      kind: 'settle',
      customerId: 'anna',
      workflow: 'care',
      key: 'o-anna',
      run: 1,
      step: 'second',
    }
    const body = JSON.stringify({ ...settle, outcome: 'resend' })
    await deployment.world.queue.send([{ group: 'anna', body, dedupId: 's' }])
    await deployment.deliver()
    expect(sent(deployment)).toHaveLength(before + 1)
    await live(deployment, to + HOUR)
    expect(sent(deployment)).toHaveLength(before + 1)
  },
)

test('a person who is asked is asked about each mail of a long span, however late they answer', async () => {
  const [from, to] = [START + 6 * HOUR, START + 60 * HOUR]
  const deployment = await restored(from, to)
  await takenUp(deployment, from, to, true)
  const asked: string[] = []
  // Half a day between the answers: what follows still goes by the old times.
  for (let round = 0; round < 8; round++) {
    await live(deployment, to + (round + 1) * 12 * HOUR)
    for (const { customerId, step, ...name } of (await listDoubts(deployment.runtime, { limit: 50 }))
      .doubts) {
      asked.push(`${customerId} ${step}`)
      const { workflow, key, run } = name
      const settle = { kind: 'settle', customerId, workflow, key, run, step, outcome: 'sent' }
      const dedupId = `${round} ${customerId}`
      await deployment.world.queue.send([{ group: customerId, body: JSON.stringify(settle), dedupId }])
    }
  }
  await live(deployment, START + 10 * DAY)
  const inTheSpan = ['anna second', 'anna third', 'anna third-too', 'bea first', 'bea second', 'bea third']
  expect(asked.sort()).toEqual([...inTheSpan, 'bea third-too', 'carl first', 'carl second'])
  expect(sent(deployment)).toEqual(everything)
})

describe('a mail that was on its way at the restore point', () => {
  const from = START + 2 * DAY + 60_000

  /**
   * The process stopped after the provider took Anna's third mail. In the span that was lost it was found out, and the
   * fourth went out as well; the table knows of neither.
   */
  async function onItsWay(rule: Rule, to: number, doubted: boolean) {
    const deployment = new Deployment({ at: new Date(START).toISOString(), config: { soleOwner: true } })
    const { world } = deployment
    const touch = async (id: string) => {
      deployment.start()
      await deployment.post({ id, type: 'touched', customerId: 'anna' })
      await deployment.deliver()
    }
    await deployment.publish(series(rule))
    await post(deployment, { customerId: 'anna', id: 'e-0', at: START })
    await deployment.live(START + 2 * DAY - HOUR)
    deployment.start(crashAt('sender.send', 'after'))
    await deployment.live(START + 2 * DAY + 30_000).catch(() => {})
    const find = world.sender.find.bind(world.sender)
    if (doubted) {
      world.sender.find = async () => 'unknown'
      await touch('t-1')
    }
    world.clock.set(from)
    const copy = structuredClone(world.table.all())
    const timers = new MemoryTimers()
    world.sender.find = find
    if (!doubted) await touch('t-2')
    await deployment.live(to)
    const table = new MemoryTable()
    for (const row of copy) await table.put(row, { kind: 'any' })
    Object.assign(world, { table, timers })
    world.sender.find = async () => 'unknown'
    deployment.start()
    return { deployment, touch }
  }

  const asked = async ({ runtime }: Deployment) =>
    (await listDoubts(runtime, { limit: 50 })).doubts.map(({ step, decidesAt }) => [step, decidesAt])

  test.each([
    ['resend', 5 * HOUR, false],
    ['drop', 5 * HOUR, false],
    ['resend', 5 * HOUR, true],
    ['drop', 5 * HOUR, true],
    ['resend', HOUR / 2, true],
    ['drop', HOUR / 2, true],
  ] as const)(
    'waits for a person where all do (rule %s, %i ms, in doubt: %s)',
    async (rule, lost, doubted) => {
      const { deployment, touch } = await onItsWay(rule, from + lost, doubted)
      const before = sent(deployment)
      await takenUp(deployment, from, from + lost, true)
      await touch('t-3')
      await deployment.live(from + lost + 10 * HOUR)
      expect(sent(deployment)).toEqual(before)
      expect(await asked(deployment)).toEqual([['third', undefined]])
    },
  )

  test('and so does what follows it at once, when nobody else decides', async () => {
    const { deployment, touch } = await onItsWay('drop', from + 5 * HOUR, false)
    expect(sent(deployment)).toContain('anna@example.it third-too')
    await takenUp(deployment, from, from + 5 * HOUR)
    await touch('t-3')
    await deployment.live(START + 10 * DAY)
    expect(sent(deployment)).toEqual(everything.filter((one) => one.startsWith('anna')))
  })
})

test('what happens after the span is no business of it', async () => {
  const [from, to] = [START + 6 * HOUR, START + 30 * HOUR]
  const deployment = await restored(from, to)
  await takenUp(deployment, from, to)
  await deployment.post(
    { id: 'e-new', customerId: 'dora', at: to + HOUR, data: { orderId: 'o-dora' } },
    { email: 'dora@example.it' },
  )
  await live(deployment, START + 10 * DAY)
  expect(sent(deployment).filter((one) => one.startsWith('dora'))).toHaveLength(5)
})
