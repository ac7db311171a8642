/** The shelf changes no answer: the same story is told with journeys put away as soon as they may be, and with none ever. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_SETTINGS } from '../../engine/default-settings.ts'
import type { JsonObject } from '../../engine/model.ts'
import { loadPerson } from '../../runtime/person.ts'
import { saveSettings } from '../../runtime/publishing.ts'
import { sweep } from '../../runtime/sweep.ts'
import { timeline } from '../../runtime/timeline.ts'
import { why } from '../../runtime/why.ts'
import type { Work } from '../../runtime/work.ts'
import { Deployment, programOf, send } from './deployment.ts'

const DAY = 24 * 3_600_000
const people = ['anna', 'bo', 'cy']
const offer = (workflow: string) => [send(workflow, null)]

const programs = [
  programOf(offer('views'), {
    workflow: 'views',
    trigger: { kind: 'event', event: 'page.viewed' },
    enroll: { per: 'event.ref', again: 'never' },
  }),
  programOf(
    [
      send('orders', 'wait-1'),
      { verb: 'wait', id: 'wait-1', next: 'tips', duration: 'P1D' },
      send('tips', null),
    ],
    {
      workflow: 'orders',
      trigger: { kind: 'event', event: 'order.placed' },
      enroll: { per: 'event.ref', again: { after: 'P5D' } },
      goal: { event: 'purchase', within: 'P4D', value: 'event.total' },
      listensTo: ['purchase'],
    },
  ),
  programOf([{ verb: 'stop', id: 'stop-1', next: null, reason: 'seen' }], {
    workflow: 'always',
    trigger: { kind: 'event', event: 'page.viewed' },
    enroll: { again: 'always' },
  }),
]
const held = (within: string) =>
  programOf(offer('held'), {
    workflow: 'held',
    trigger: { kind: 'event', event: 'order.placed' },
    enroll: { again: 'always', holdout: 60 },
    goal: { event: 'purchase', within },
    listensTo: ['purchase'],
  })
const names = [...programs.map(({ workflow }) => workflow), 'held']

const index = fc.nat(40)
const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('event' as const),
      type: fc.constantFrom('page.viewed', 'order.placed', 'purchase'),
      who: fc.nat(2),
      ref: fc.nat(1),
      daysAgo: fc.constantFrom(0, 0, 0, 1, 4, 40),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('days' as const), days: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('again' as const), index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('report' as const),
      index,
      type: fc.constantFrom('delivery' as const, 'open' as const, 'bounce' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('rate' as const), index, score: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('cap' as const), days: fc.constantFrom(1, 30, 365) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('publish' as const) }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer One> ? One : never

class Told {
  readonly deployment: Deployment
  readonly #posted: { id: string; type: string; customerId: string; at: number; data: JsonObject }[] = []

  constructor(quietMs: number) {
    const shelving = { quietMs, fromBytes: 0 }
    this.deployment = new Deployment({ at: '2026-03-26T09:00:00Z', config: { shelving } })
  }

  async begin(): Promise<void> {
    await this.#cap(1)
    for (const program of [...programs, held('P2D')]) await this.deployment.publish(program)
    // Nothing is known of the third but an id.
    for (const id of ['anna', 'bo'])
      await this.deployment.post(
        { id: `hello-${id}`, type: 'hello', customerId: id },
        { email: `${id}@example.com` },
      )
    await this.deployment.deliver()
  }

  async live(operations: Operation[]): Promise<void> {
    for (const one of operations) await this.#do(one)
    await this.#do({ op: 'days', days: 30 })
  }

  /** Everything that anybody can ask for, ids of deliveries left out: a message more is a number more in them. */
  async answers() {
    const { runtime, world } = this.deployment
    const persons = await Promise.all(people.map((id) => loadPerson(runtime, id)))
    return {
      mails: world.sender.mails.map(({ tags, subject }) => [tags, subject]),
      persons: persons.map(
        (one) =>
          one && { ...one, events: one.events.map(({ intake: _, mergedBefore: __, ...rest }) => rest) },
      ),
      timelines: await Promise.all(people.map((id) => timeline(runtime, id, { limit: 100_000 }))),
      why: await Promise.all(people.flatMap((id) => names.map((workflow) => why(runtime, id, { workflow })))),
      figures: await Promise.all(
        names.map((name) => runtime.figures.workflow(name, '2026-01-01', '2029-01-01')),
      ),
    }
  }

  async #do(one: Operation): Promise<void> {
    const { deployment } = this
    const { world } = deployment
    const mail =
      'index' in one ? world.sender.mails.at(one.index % Math.max(1, world.sender.mails.length)) : undefined
    switch (one.op) {
      case 'event': {
        const at = world.clock.now() - one.daysAgo * DAY
        const id = `e-${this.#posted.length}`
        const data = { ref: `r${one.ref}`, total: this.#posted.length }
        this.#posted.push({ id, type: one.type, customerId: people[one.who] ?? '', at, data })
        await deployment.post(this.#posted.at(-1) ?? {})
        break
      }
      case 'again':
        if (this.#posted.length > 0)
          await deployment.post(this.#posted[one.index % this.#posted.length] ?? {})
        break
      case 'report':
        if (mail) {
          const { attempt: _, ...about } = mail.tags
          const { type } = one
          const work: Work = { kind: 'feedback', ...about, type, at: world.clock.now(), address: mail.to }
          await world.queue.send([{ group: about.customerId, body: JSON.stringify(work), dedupId: '' }])
        }
        break
      case 'rate':
        if (mail) {
          const { customerId, attempt: _, ...about } = mail.tags
          await deployment.post({
            id: `rated-${world.clock.now()}`,
            type: 'csat.rated',
            customerId,
            data: { ...about, score: one.score },
          })
        }
        break
      case 'cap':
        await this.#cap(one.days)
        break
      case 'publish':
        await deployment.publish(held('P60D'), 2)
        deployment.start()
        break
      case 'days':
        await deployment.live(world.clock.now() + one.days * DAY)
        await sweep(deployment.runtime)
    }
    await deployment.deliver()
    // No two things happen at the same moment.
    world.clock.advance(1000)
  }

  async #cap(days: number): Promise<void> {
    const cap = `cap: { max: 2, within: ${days} days }`
    const settings = DEFAULT_SETTINGS.replace(/(service:[\s\S]*?basis: service)/, `$1\n    ${cap}`)
    expect(await saveSettings(this.deployment.runtime, settings)).toEqual([])
  }
}

const shelvedOf = ({ deployment }: Told) =>
  deployment.world.table.all().filter(({ sk }) => sk.startsWith('Z#'))

test('whatever happens, and however late: every mail and every answer is the same', async () => {
  let shelved = 0
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 8, maxLength: 40 }), async (operations) => {
      const [never, early] = [new Told(1e15), new Told(2 * DAY)]
      for (const one of [never, early]) {
        await one.begin()
        await one.live(operations)
      }
      expect(await early.answers()).toEqual(await never.answers())
      expect(shelvedOf(never)).toEqual([])
      shelved += shelvedOf(early).length
    }),
    { seed: 20261122, numRuns: Number(process.env.SHELVING_RUNS ?? 60) },
  )
  expect(shelved).toBeGreaterThan(100)
}, 120_000)
