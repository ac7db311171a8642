/** What a publish says of the journeys under way: they stay, end, or go over to the new version, each exactly once. */
import { describe, expect, test } from 'vitest'
import type { Enrollment } from '../../engine/journey.ts'
import type { Step } from '../../engine/program.ts'
import { loadCustomer } from '../../runtime/customers.ts'
import { handle } from '../../runtime/handle.ts'
import { requestSettle } from '../../runtime/requests.ts'
import { requestRound } from '../../runtime/round.ts'
import { pause, readSummary, resume } from '../../runtime/summaries.ts'
import { sweep } from '../../runtime/sweep.ts'
import { countUnderWay } from '../../runtime/under-way.ts'
import { work } from '../../runtime/work.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }

const wait = (id: string, next: string | null, rule: object = { duration: 'P3D' }): Step => ({
  verb: 'wait',
  id,
  next,
  ...rule,
})
const awaiting = (id: string, event: string, next: string | null, rest: object = {}): Step => {
  const arms = { then: null, else: null }
  return { verb: 'await', id, event, for: 'P7D', next, ...arms, ...rest }
}
const first = programOf([send('thanks', 'pause'), wait('pause', 'tips'), send('tips', null)])

/** anna's order is at the wait of version 1. */
async function underWay(program = first): Promise<Deployment> {
  const deployment = new Deployment({ at: '2026-04-06T06:00:00Z' })
  await deployment.publish(program)
  await deployment.post({ data: { orderId: 'o-1', total: 80 } }, anna)
  await deployment.deliver()
  return deployment
}

async function journeyOf(deployment: Deployment, customer = 'anna', key = 'o-1'): Promise<Enrollment> {
  const { journeys } = await loadCustomer(deployment.runtime, customer)
  const found = journeys.find(({ enrollment }) => enrollment.key === key)
  if (!found) throw new Error(`no journey ${key}`)
  return found.enrollment
}

const versionsIn = ({ log }: Enrollment) => log.filter(({ rule }) => rule === 'version')
const ofVersion = async (deployment: Deployment) =>
  (await countUnderWay(deployment.runtime, 'care')).standing.map(({ version, step, journeys }) =>
    [version, step, journeys].join(' '),
  )

test('nothing is said: who is under way stays in their version, and who enters has the new one', async () => {
  const deployment = await underWay()
  await deployment.publish(programOf([send('hello', null)]), 2)
  deployment.start()
  await deployment.post({ id: 'e2', data: { orderId: 'o-2' } })
  await deployment.live()
  expect(deployment.subjects()).toEqual(['thanks for anna', 'hello for anna', 'tips for anna'])
  expect(await journeyOf(deployment)).toMatchObject({ version: 1, reason: 'completed' })
})

describe('ending', () => {
  test('ends every journey of earlier versions, with both versions in its record, and no other', async () => {
    const deployment = await underWay()
    for (let n = 0; n < 30; n++)
      await deployment.post({ id: `e${n}`, customerId: `c${n}`, data: { orderId: 'o-1' } }, anna)
    await deployment.deliver()
    deployment.world.table.pageSize = 4
    await deployment.publish(first, 2, { kind: 'end' })
    deployment.start()
    await deployment.post({ id: 'new', customerId: 'new', data: { orderId: 'o-1' } }, anna)
    await deployment.deliver()
    expect(await ofVersion(deployment)).toEqual(['2 pause 1'])
    expect(await journeyOf(deployment, 'c7')).toMatchObject({
      version: 1,
      phase: 'ended',
      reason: 'replaced',
      log: expect.arrayContaining([
        expect.objectContaining({
          rule: 'end',
          outcome: 'cancelled',
          values: { reason: 'replaced', fromVersion: 1, toVersion: 2 },
        }),
      ]),
    })
    await deployment.live()
    expect(deployment.subjects().filter((subject) => subject.startsWith('tips'))).toEqual(['tips for new'])
  })

  test('waits for a mail that is in doubt, whoever settles it, and lets no other follow', async () => {
    const settle = {
      report: (deployment: Deployment) =>
        handle(deployment.runtime, {
          ...about,
          kind: 'feedback',
          type: 'send',
          at: deployment.world.clock.now(),
        }),
      person: (deployment: Deployment) =>
        requestSettle(deployment.runtime, { ...about, outcome: 'sent' as const }),
      resend: (deployment: Deployment) =>
        requestSettle(deployment.runtime, { ...about, outcome: 'resend' as const }),
      grace: async () => {},
    }
    for (const [who, settles] of Object.entries(settle)) {
      const deployment = await doubtful('drop', send('tips', null))
      await deployment.publish(first, 2, { kind: 'end' })
      await deployment.deliver()
      expect(await journeyOf(deployment), who).toMatchObject({ version: 1, phase: 'in-doubt' })
      await settles(deployment)
      await deployment.live()
      const journey = await journeyOf(deployment)
      expect(journey, who).toMatchObject({ version: 1, phase: 'ended', reason: 'replaced' })
      if (who !== 'resend')
        expect(journey.log, who).toContainEqual(expect.objectContaining({ rule: 'send', step: 'thanks' }))
      expect(deployment.subjects(), who).toEqual([])
    }
  })

  test('settles what a crash left claimed, and then ends it', async () => {
    const deployment = new Deployment({ config: { soleOwner: true } })
    await deployment.publish(programOf([send('thanks', 'tips'), send('tips', null)]))
    await deployment.post({ data: { orderId: 'o-1' } }, anna)
    deployment.start(crashAt('sender.send', 'after'))
    await deployment.deliver().catch((error: unknown) => expect(error).toBeInstanceOf(Crash))
    deployment.start()
    expect(await journeyOf(deployment)).toMatchObject({ phase: 'performing' })
    await deployment.publish(first, 2, { kind: 'end' })
    await deployment.live()
    expect(await journeyOf(deployment)).toMatchObject({ reason: 'replaced' })
    expect((await journeyOf(deployment)).log).toContainEqual(
      expect.objectContaining({ rule: 'send', step: 'thanks', outcome: 'sent' }),
    )
    expect(deployment.subjects()).toEqual(['thanks for anna'])
  })
})

const about = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'thanks' }

/** `thanks` went out, or did not: nobody knows. */
async function doubtful(rule: 'drop' | 'resend' | 'ask', ...more: Step[]): Promise<Deployment> {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(programOf([send('thanks', more[0]?.id ?? null, rule), ...more]))
  deployment.world.sender.answer = () => ({ status: 'unknown', reason: 'no answer' })
  deployment.world.sender.find = async () => 'unknown'
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  deployment.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
  return deployment
}

describe('moving', () => {
  test('keeps the time of a wait that is the same, and what follows is the new version’s', async () => {
    const deployment = await underWay()
    const { dueAt } = await journeyOf(deployment)
    await deployment.publish(
      programOf([wait('pause', 'news'), send('news', null), send('thanks', 'pause')]),
      2,
      { kind: 'move' },
    )
    deployment.world.clock.advance(DAY)
    await deployment.deliver()
    const journey = await journeyOf(deployment)
    expect(journey).toMatchObject({ version: 2, step: 'pause', phase: 'waiting', dueAt })
    expect(versionsIn(journey)).toMatchObject([
      { outcome: 'moved', values: { fromVersion: 1, toVersion: 2 } },
    ])
    await deployment.live()
    expect(deployment.subjects()).toEqual(['thanks for anna', 'news for anna'])
    expect(await journeyOf(deployment)).toMatchObject({ reason: 'completed' })
  })

  test.each([
    ['later', 'P5D', 5],
    ['earlier', 'P2D', 2],
  ])('plans a wait with another rule anew from when it began: %s', async (_, duration, days) => {
    const deployment = await underWay()
    const begunAt = deployment.world.clock.now()
    deployment.world.clock.advance(DAY)
    await deployment.publish(
      programOf([send('thanks', 'rest'), wait('rest', 'tips', { duration }), send('tips', null)]),
      2,
      { kind: 'move', map: { pause: 'rest' } },
    )
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ step: 'rest', dueAt: begunAt + days * DAY })
    // And once more, from the same beginning.
    await deployment.publish(first, 3, { kind: 'move', map: { rest: 'pause' } })
    await deployment.deliver()
    const journey = await journeyOf(deployment)
    expect(journey).toMatchObject({ version: 3, step: 'pause', dueAt: begunAt + 3 * DAY })
    expect(versionsIn(journey).map(({ values }) => values)).toEqual([
      { fromVersion: 1, toVersion: 2, step: 'pause', onto: 'rest' },
      { fromVersion: 2, toVersion: 3, step: 'rest', onto: 'pause' },
    ])
    await deployment.live(begunAt + 3 * DAY - 1)
    expect(deployment.subjects()).toEqual(['thanks for anna'])
    await deployment.live(begunAt + 3 * DAY)
    expect(deployment.subjects()).toEqual(['thanks for anna', 'tips for anna'])
  })

  test('goes on at once where the new wait would be over by now', async () => {
    const deployment = await underWay()
    deployment.world.clock.advance(2 * DAY)
    const now = deployment.world.clock.now()
    await deployment.publish(
      programOf([send('thanks', 'pause'), wait('pause', 'tips', { duration: 'P1D' }), send('tips', null)]),
      2,
      { kind: 'move' },
    )
    await deployment.deliver()
    expect(deployment.world.clock.now()).toBe(now)
    expect(deployment.subjects()).toEqual(['thanks for anna', 'tips for anna'])
  })

  test('a wait that is only called otherwise still looks at the zone when it is over', async () => {
    const rule = { duration: 'P1D', at: '10:00' }
    const deployment = await underWay(
      programOf([send('thanks', 'pause'), wait('pause', 'tips', rule), send('tips', null)]),
    )
    await deployment.publish(
      programOf([send('thanks', 'rest'), wait('rest', 'tips', rule), send('tips', null)]),
      2,
      { kind: 'move', map: { pause: 'rest' } },
    )
    await deployment.deliver()
    const { dueAt = 0 } = await journeyOf(deployment)
    await deployment.post({ id: 'e2', type: 'moved.house' }, { ...anna, timezone: 'America/New_York' })
    await deployment.live(dueAt)
    expect(await journeyOf(deployment)).toMatchObject({ step: 'rest', dueAt: dueAt + 6 * HOUR })
  })

  test('an await keeps its time-out, and the new version says what it waits for and what follows', async () => {
    const steps = (...more: Step[]) => [send('thanks', 'until'), ...more]
    const deployment = await underWay(
      programOf(steps(awaiting('until', 'visit', null, { else: 'tips' }), send('tips', null)), {
        listensTo: ['visit'],
      }),
    )
    const { dueAt } = await journeyOf(deployment)
    deployment.world.clock.advance(DAY)
    const answer = programOf(
      steps(
        awaiting('answer', 'reply', null, { for: 'P30D', then: 'good', else: 'bad' }),
        send('good', null),
        send('bad', null),
      ),
      { listensTo: ['reply'] },
    )
    await deployment.publish(answer, 2, { kind: 'move', map: { until: 'answer' } })
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ step: 'answer', phase: 'awaiting', dueAt })
    await deployment.post({ id: 'v', type: 'visit' })
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ phase: 'awaiting' })
    await deployment.post({ id: 'r', type: 'reply' })
    await deployment.live()
    expect(deployment.subjects()).toEqual(['thanks for anna', 'good for anna'])
  })

  test('at a step of another kind it arrives', async () => {
    const deployment = await underWay()
    deployment.world.clock.advance(DAY)
    const now = deployment.world.clock.now()
    await deployment.publish(
      programOf([awaiting('until', 'visit', null, { else: 'late' }), send('late', null)], {
        listensTo: ['visit'],
      }),
      2,
      { kind: 'move', map: { pause: 'until' } },
    )
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ phase: 'awaiting', dueAt: now + 7 * DAY })
    await deployment.live()
    expect(deployment.subjects()).toEqual(['thanks for anna', 'late for anna'])
  })

  test('a mail that is to be tried later is tried later, as the new version writes it', async () => {
    const deployment = new Deployment()
    await deployment.publish(programOf([send('thanks', null)]))
    deployment.world.sender.answer = () => ({ status: 'retry', reason: 'throttled', afterMs: HOUR })
    await deployment.post({ data: { orderId: 'o-1' } }, anna)
    await deployment.deliver()
    const { dueAt } = await journeyOf(deployment)
    deployment.world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
    await deployment.publish(programOf([send('dear', null)]), 2, { kind: 'move', map: { thanks: 'dear' } })
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ step: 'dear', dueAt, attempts: 1 })
    await deployment.live()
    expect(deployment.subjects()).toEqual(['dear for anna'])
  })

  test('keeps coupons and the goal that was reached', async () => {
    const deployment = await underWay(
      programOf(
        [
          { verb: 'coupon', id: 'gift', next: 'until', name: 'gift', source: { pattern: 'G-????-##' } },
          awaiting('until', 'purchase', 'tips', { then: 'pause' }),
          wait('pause', 'tips'),
          send('tips', null),
        ],
        { goal: { event: 'purchase', within: 'P60D', value: 'event.total' }, listensTo: ['purchase'] },
      ),
    )
    await deployment.post({ id: 'e2', data: { orderId: 'o-1', total: 19 } })
    await deployment.deliver()
    const before = await journeyOf(deployment)
    expect(before).toMatchObject({ step: 'pause', converted: { value: 19 } })
    await deployment.publish(first, 2, { kind: 'move' })
    await deployment.deliver()
    const { coupons, converted, awaited } = before
    expect(await journeyOf(deployment)).toMatchObject({ version: 2, coupons, converted, awaited })
  })

  test.each([
    ['drop', [], ['extra for anna']],
    ['resend', ['thanks for anna'], ['extra for anna']],
  ] as const)(
    'a mail in doubt is settled by its own rule (%s) before its journey goes over',
    async (rule, again, then) => {
      const deployment = await doubtful(rule, send('tips', null))
      await deployment.publish(programOf([send('thanks', 'extra', rule), send('extra', null)]), 2, {
        kind: 'move',
      })
      await deployment.deliver()
      expect(await journeyOf(deployment)).toMatchObject({ version: 1, phase: 'in-doubt' })
      await deployment.live()
      expect(deployment.subjects()).toEqual([...again, ...then])
      const journey = await journeyOf(deployment)
      expect(journey).toMatchObject({ version: 2, reason: 'completed' })
      expect(versionsIn(journey).map(({ outcome }) => outcome)).toEqual(
        rule === 'drop' ? ['leaving', 'moved'] : ['moved'],
      )
    },
  )

  test('what has been settled is not done again by a process that does not know the new version', async () => {
    const deployment = await doubtful('ask', send('tips', null))
    deployment.world.config.soleOwner = false
    const ignorant = deployment.start()
    await ignorant.catalog.live()
    await deployment.publish(programOf([send('thanks', 'extra'), send('extra', null)]), 2, { kind: 'move' })
    deployment.start()
    await deployment.deliver()
    await requestSettle(deployment.runtime, { ...about, outcome: 'sent' })
    await deployment.deliver()
    expect(versionsIn(await journeyOf(deployment))).toMatchObject([{ outcome: 'leaving' }])
    const { dueAt = 0 } = await journeyOf(deployment)
    const wake = { kind: 'wake' as const, ...about, dueAt, armedAt: dueAt }
    await expect(handle(ignorant, wake)).rejects.toMatchObject({ code: 'retry-later' })
    expect(deployment.subjects()).toEqual([])
    // The message comes again, and by now it looks.
    await handle(ignorant, wake)
    await deployment.live()
    expect(deployment.subjects()).toEqual(['extra for anna'])
  })

  test('who came to a step that is gone after everybody was counted goes over where the versions meet again', async () => {
    const deployment = await underWay(
      programOf([wait('gone', 'pause', { duration: 'P1D' }), wait('pause', 'tips'), send('tips', null)]),
    )
    await deployment.publish(programOf([wait('pause', 'news'), send('news', null)]), 2, { kind: 'move' })
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ version: 1, step: 'gone' })
    deployment.world.clock.advance(DAY)
    await deployment.live(deployment.world.clock.now() + DAY)
    expect(await journeyOf(deployment)).toMatchObject({ version: 1, step: 'pause' })
    await sweep(deployment.runtime)
    await deployment.live()
    expect(deployment.subjects()).toEqual(['news for anna'])
  })

  test('a paused workflow moves, and goes on once it is resumed', async () => {
    const deployment = await underWay()
    await deployment.publish(
      programOf([{ verb: 'set', id: 'mark', next: 'news', values: { marked: 'true' } }, send('news', null)]),
      2,
      { kind: 'move', map: { pause: 'mark' } },
    )
    await pause(deployment.runtime, 'care')
    deployment.start()
    await deployment.live()
    expect(await journeyOf(deployment)).toMatchObject({ version: 2, step: 'mark', phase: 'waiting' })
    expect(deployment.subjects()).toEqual(['thanks for anna'])
    const resumed = await resume(deployment.runtime, 'care')
    if (resumed.ok) await requestRound(deployment.runtime, resumed.summary)
    await deployment.live()
    expect(deployment.subjects()).toEqual(['thanks for anna', 'news for anna'])
  })
})

describe('a publish while an earlier one is still being carried out', () => {
  const steps = (id: string) => programOf([wait(id, `mail-${id}`), send(`mail-${id}`, null)])

  test.each(['after', 'before'] as const)('moves by both maps (%s the first is done)', async (when) => {
    const deployment = await underWay(steps('a'))
    await deployment.publish(steps('b'), 2, { kind: 'move', map: { a: 'b' } })
    if (when === 'after') await deployment.deliver()
    await deployment.publish(steps('c'), 3, { kind: 'move', map: { b: 'c' } })
    await deployment.deliver()
    const journey = await journeyOf(deployment)
    expect(journey).toMatchObject({ version: 3, step: 'c' })
    expect(versionsIn(journey)).toHaveLength(2)
    await deployment.live()
    expect(deployment.subjects()).toEqual(['mail-c for anna'])
  })

  test('ends who was to be moved, and leaves in peace whom a later one says nothing of', async () => {
    const deployment = await underWay(steps('a'))
    await deployment.publish(steps('b'), 2, { kind: 'move', map: { a: 'b' } })
    await deployment.publish(steps('c'), 3, { kind: 'end' })
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ reason: 'replaced' })

    const other = await underWay(steps('a'))
    await other.publish(steps('b'), 2, { kind: 'move', map: { a: 'b' } })
    await other.publish(steps('c'), 3)
    await other.deliver()
    expect(await journeyOf(other)).toMatchObject({ version: 2, step: 'b' })
  })
})

describe('whom the round of a publish does not meet', () => {
  test('is met by the daily one, which forgets in the end what has been done', async () => {
    const deployment = await underWay()
    const late = deployment.runtime
    await late.catalog.live()
    await deployment.publish(programOf([wait('pause', 'news'), send('news', null)]), 2, { kind: 'move' })
    deployment.start()
    await deployment.deliver()
    // A process that has not heard of version 2 lets somebody into version 1.
    deployment.runtime = late
    await deployment.post({ id: 'e9', customerId: 'bea', data: { orderId: 'o-1' } }, anna)
    const message = deployment.world.queue.take()
    if (message) await handle(late, work.parse(JSON.parse(message.body)))
    expect(await journeyOf(deployment, 'bea')).toMatchObject({ version: 1 })

    deployment.start()
    expect(await sweep(deployment.runtime)).toMatchObject({ behind: 1 })
    await deployment.deliver()
    expect(await journeyOf(deployment, 'bea')).toMatchObject({ version: 2 })
    const kept = async () => (await readSummary(deployment.runtime, 'care'))?.successions.length
    expect(await sweep(deployment.runtime)).toMatchObject({ behind: 0 })
    expect(await kept()).toBe(1)
    deployment.world.clock.advance(2 * DAY)
    await sweep(deployment.runtime)
    expect(await kept()).toBe(0)
  })

  test('is met by whatever happens to them first', async () => {
    const deployment = await underWay()
    const exit = [{ event: 'visit', when: 'event.page == "none"' }]
    await deployment.publish(
      programOf([wait('pause', 'news'), send('news', null)], { exit, listensTo: ['visit'] }),
      2,
      { kind: 'end' },
    )
    deployment.world.queue.messages = []
    deployment.start()
    await deployment.post({ id: 'v', type: 'visit', data: { page: 'home' } })
    await deployment.deliver()
    expect(await journeyOf(deployment)).toMatchObject({ reason: 'replaced' })
  })
})

test('a cap counts what was sent under the name that a step had then', async () => {
  const deployment = new Deployment({ at: '2026-04-06T06:00:00Z' })
  const { settings, layout, text } = await deployment.runtime.catalog.settings()
  const news = {
    ...settings.topics.service,
    title: { en: 'News' },
    basis: 'service' as const,
    quietHours: null,
  }
  const topics = { ...settings.topics, news: { ...news, cap: { max: 1, withinMs: 7 * DAY } } }
  await deployment.runtime.catalog.saveSettings({ settings: { ...settings, topics }, layout, text })
  const program = (id: string) =>
    programOf([send(id, 'pause'), wait('pause', 'more'), send('more', null)], { topic: 'news' })
  await deployment.publish(program('old'))
  for (const key of ['o-1', 'o-2']) {
    await deployment.post({ id: key, data: { orderId: key } }, anna)
    await deployment.deliver()
  }
  await deployment.publish(program('new'), 2, { kind: 'move' })
  await deployment.live()
  expect(deployment.subjects()).toEqual(['old for anna'])
  for (const key of ['o-1', 'o-2'])
    expect((await journeyOf(deployment, 'anna', key)).log).toContainEqual(
      expect.objectContaining({
        rule: 'gate.cap',
        step: 'more',
        values: expect.objectContaining({ sent: 1 }),
      }),
    )
})

test('a journey in the second round of a repeat stays in it, under another name and with another number of rounds', async () => {
  const loop = (id: string, times: number) =>
    programOf([
      { verb: 'repeat', id, next: 'bye', times, every: 'P7D', first: 'again' },
      send('again', 'pause'),
      wait('pause', id),
      send('bye', null),
    ])
  const deployment = await underWay(loop('loop', 5))
  await deployment.live(Date.parse('2026-04-14T06:00:00Z'))
  expect(await journeyOf(deployment)).toMatchObject({ step: 'pause', round: { step: 'loop', index: 2 } })
  await deployment.publish(loop('again-and-again', 3), 2, { kind: 'move' })
  await deployment.deliver()
  expect(await journeyOf(deployment)).toMatchObject({
    version: 2,
    step: 'pause',
    round: { step: 'again-and-again', index: 2 },
  })
  // Another process has only the row to go by.
  deployment.start()
  await deployment.live()
  expect(deployment.subjects()).toEqual([
    ...Array.from({ length: 3 }, () => 'again for anna'),
    'bye for anna',
  ])
})
