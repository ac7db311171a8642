/** Publishing over HTTP with journeys under way: where they stand, why a move is refused, and who published what. */
import { beforeEach, describe, expect, it } from 'vitest'
import { publish, saveDraft } from '../../runtime/publishing.ts'
import { sweep } from '../../runtime/sweep.ts'
import { countUnderWay } from '../../runtime/under-way.ts'
import { MemoryTokens } from '../memory-world.ts'
import { Api } from './api.ts'

const path = '/v1/workflows/care'
const DAY = 24 * 3_600_000

/** Without mails, which take long to compile. */
const care = (...steps: string[]) => `workflow: care
title: Care
topic: service
trigger: { event: purchase }
enroll: { per: event.orderId }
steps:
${steps.map((step) => `  - ${step}\n`).join('')}`

const first = care(
  '{ wait: 3 days, id: pause }',
  '{ task: call, queue: care, title: Call }',
  '{ await: visit, for: 9 days, id: visited }',
)

let api: Api
beforeEach(async () => {
  api = new Api({ at: '2026-04-06T06:00:00Z' })
  await api.publish('care', first)
  for (const customerId of ['anna', 'bea', 'carl']) await buy(customerId)
})

async function buy(customerId: string): Promise<void> {
  await api.post('/v1/events', { type: 'purchase', customerId, data: { orderId: 'o' } })
  await api.settle()
}

const draft = (definition: string) => api.put(`${path}/draft`, { definition })
const underWay = async () => (await api.get(`${path}/under-way`)).json.versions

describe('where the journeys stand', () => {
  it('is counted by version and step', async () => {
    expect(await underWay()).toEqual([{ version: 1, steps: [{ step: 'pause', journeys: 3 }] }])
    await api.until(Date.parse('2026-04-09T06:00:00Z'))
    await draft(care('{ wait: 1 day, id: rest }'))
    await api.post(`${path}/publish`)
    await buy('dora')
    await buy('anna')
    expect((await api.get(`${path}/under-way`)).json).toEqual({
      countedAt: '2026-04-09T06:00:00.000Z',
      versions: [
        { version: 1, steps: [{ step: 'visited', journeys: 3 }] },
        { version: 2, steps: [{ step: 'rest', journeys: 1 }] },
      ],
    })
    await api.until(Date.parse('2026-04-30T06:00:00Z'))
    expect(await underWay()).toEqual([])
  })

  it('is not asked of a workflow that is not there', async () => {
    expect((await api.get('/v1/workflows/none/under-way')).status).toBe(404)
  })

  it('is what the night has counted, when there are too many to count now', async () => {
    const { world, runtime } = api
    const scan = world.table.scan.bind(world.table)
    world.table.pageSize = 2
    world.table.scan = async (options) => {
      world.clock.age(6_000)
      return await scan(options)
    }
    const { status, json } = await api.get(`${path}/under-way`)
    expect([status, json.detail]).toEqual([503, expect.stringContaining('nightly round')])
    expect((await api.post(`${path}/publish`, { inFlight: 'move' })).status).toBe(503)
    await sweep(runtime)
    const countedAt = world.clock.now()
    await buy('dora')
    world.clock.advance(DAY)
    expect(await countUnderWay(runtime, 'care')).toEqual({
      countedAt,
      standing: [{ version: 1, step: 'pause', journeys: 3 }],
    })
  })
})

describe('a move', () => {
  it('is refused while somebody stands on a step that is gone, and nothing has changed', async () => {
    await api.until(Date.parse('2026-04-07T06:00:00Z'))
    await buy('anna')
    await api.until(Date.parse('2026-04-09T06:00:00Z'))
    await api.post('/v1/events', { type: 'purchase', customerId: 'anna', data: { orderId: 'o-2' } })
    await api.settle()
    await draft(care('{ wait: 1 day, id: rest }'))
    const rows = JSON.stringify(api.world.table.all())
    const { status, json } = await api.post(`${path}/publish`, { inFlight: 'move' })
    expect(status).toBe(422)
    expect(json).toMatchObject({
      detail: 'Customers stand on steps that are gone, so nothing was published.',
      errors: [
        {
          path: 'map.pause',
          message: expect.stringContaining('1 journey stands on step "pause" of version 1'),
        },
        { path: 'map.visited', message: expect.stringContaining('3 journeys stand on step "visited"') },
      ],
      stranded: [
        { version: 1, step: 'pause', journeys: 1 },
        { version: 1, step: 'visited', journeys: 3 },
      ],
    })
    expect(JSON.stringify(api.world.table.all())).toBe(rows)
    expect(api.world.queue.messages).toEqual([])

    const map = { pause: 'rest', visited: 'rest' }
    expect((await api.post(`${path}/publish`, { inFlight: 'move', map })).json.version).toBe(2)
    await api.settle()
    expect(await underWay()).toEqual([{ version: 2, steps: [{ step: 'rest', journeys: 4 }] }])
  })

  it.each([
    [{ pause: 'nowhere' }, 'map.pause', 'The new version has no step "nowhere".'],
    [{ pause: 'rest', paws: 'rest' }, 'map.paws', 'No version that is live or under way has a step "paws".'],
  ])('is refused with the map %j', async (map, place, message) => {
    await draft(care('{ wait: 1 day, id: rest }'))
    const { status, json } = await api.post(`${path}/publish`, { inFlight: 'move', map })
    expect(status).toBe(422)
    expect(json.errors).toContainEqual({ path: place, message })
    expect((await api.get(path)).json.version).toBe(1)
  })

  it.each([
    [{ inFlight: 'end', map: { pause: 'rest' } }, 'map'],
    [{ map: {} }, 'map'],
    [{ inFlight: 'move', map: { pause: 1 } }, 'map.pause'],
    [{ inFlight: 'leave' }, 'inFlight'],
    [
      { inFlight: 'move', map: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`s${n}`, 's'])) },
      'map',
    ],
  ])('takes no %j', async (body, place) => {
    const { status, json } = await api.post(`${path}/publish`, body)
    expect(status).toBe(422)
    expect(json.errors.map((one: { path: string }) => one.path)).toEqual([place])
  })

  it('counts where an earlier move will have put them', async () => {
    await draft(care('{ wait: 1 day, id: rest }'))
    await api.post(`${path}/publish`, { inFlight: 'move', map: { pause: 'rest' } })
    // Nothing of it has been done yet.
    await draft(care('{ wait: 2 days, id: nap }'))
    const refused = await api.post(`${path}/publish`, { inFlight: 'move', map: { pause: 'nap' } })
    expect(refused.json.stranded).toEqual([{ version: 1, step: 'pause', journeys: 3 }])
    await api.post(`${path}/publish`, { inFlight: 'move', map: { rest: 'nap' } })
    await api.settle()
    expect(await underWay()).toEqual([{ version: 3, steps: [{ step: 'nap', journeys: 3 }] }])
  })

  it('may go back to an earlier version, and a refusal leaves the draft as it is', async () => {
    await draft(care('{ wait: 1 day, id: rest }'))
    await api.post(`${path}/publish`, { inFlight: 'move', map: { pause: 'rest' } })
    await api.settle()
    await draft(care('{ wait: 9 days, id: half-done }'))
    expect((await api.post(`${path}/rollback`, { version: 1, inFlight: 'move' })).status).toBe(422)
    expect((await api.get(path)).json.draft.definition).toContain('half-done')
    const back = { version: 1, inFlight: 'move', map: { rest: 'pause' } }
    expect((await api.post(`${path}/rollback`, back)).json.version).toBe(3)
    await api.settle()
    expect(await underWay()).toEqual([{ version: 3, steps: [{ step: 'pause', journeys: 3 }] }])
    expect((await api.get(path)).json.draft.definition).toBe(first)
    await api.until(Date.parse('2026-04-09T06:00:00Z'))
    expect((await api.get('/v1/tasks')).json.tasks).toHaveLength(3)
  })
})

it('ends everybody who is under way in earlier versions', async () => {
  await api.post(`${path}/publish`, { inFlight: 'end' })
  await api.settle()
  expect(await underWay()).toEqual([])
  const { entries } = (await api.get('/v1/customers/anna/timeline')).json
  expect(entries).toContainEqual(expect.objectContaining({ kind: 'journey', outcome: 'replaced' }))
})

it('answers why at a step of a version that the journey has left', async () => {
  await api.until(Date.parse('2026-04-09T06:00:00Z'))
  await draft(
    care('{ await: visit, for: 9 days, id: visited }', '{ task: later, queue: care, title: Later }'),
  )
  await api.post(`${path}/publish`, { inFlight: 'move' })
  await api.settle()
  const why = async (step: string) =>
    (await api.get(`/v1/customers/anna/why?workflow=care&step=${step}`)).json
  expect((await api.get('/v1/customers/anna/timeline')).json.entries).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'journey', outcome: 'entered', version: 1 }),
      expect.objectContaining({
        rule: 'version',
        outcome: 'moved',
        values: { fromVersion: 1, toVersion: 2 },
      }),
    ]),
  )
  expect((await why('task-call')).answer).toContain('came to the step “task-call”')
  expect((await why('task-later')).answer).toContain('stands at visited')
  expect((await api.get('/v1/customers/anna/why?workflow=care&step=nothing')).status).toBe(422)
})

it('of two who publish at once, the later number is live, and both are carried out', async () => {
  await draft(care('{ wait: 1 day, id: pause }'))
  const [one, other] = await Promise.all([
    publish(api.runtime, 'care', { inFlight: 'move' }),
    publish(api.runtime, 'care', { inFlight: 'move' }),
  ])
  expect([one, other].map((result) => result.ok && result.version).sort()).toEqual([2, 3])
  expect((await api.get(path)).json.version).toBe(3)
  await api.settle()
  expect(await underWay()).toEqual([{ version: 3, steps: [{ step: 'pause', journeys: 3 }] }])
})

describe('who did it', () => {
  it('stands with every version and with the state, by the name of the key or the person', async () => {
    const tokens = new MemoryTokens()
    api.world.tokens = tokens
    const rosa = tokens.signIn({ subject: 'sub-1', groups: ['publisher'], name: 'Rosa Bianchi' })
    await draft(care('{ wait: 1 day, id: pause }'))
    await api.post(`${path}/publish`, undefined, { key: rosa })
    await api.post(`${path}/rollback`, { version: 1 })
    const { json } = await api.get(path)
    expect(json.versions).toMatchObject([
      { version: 1, publishedBy: 'test' },
      { version: 2, publishedBy: 'Rosa Bianchi' },
      { version: 3, publishedBy: 'test' },
    ])
    expect(json.changed).toEqual({ at: '2026-04-06T06:00:00.000Z', by: 'test' })
    for (const verb of ['pause', 'resume', 'archive']) {
      await api.post(`${path}/${verb}`, undefined, { key: rosa })
      expect((await api.get(path)).json.changed.by, verb).toBe('Rosa Bianchi')
      await api.post(`${path}/${verb}`)
      expect((await api.get(path)).json.changed.by, verb).toBe('test')
    }
  })

  it('is left out of what was published without anybody', async () => {
    await saveDraft(api.runtime, 'care', { 'workflow.yaml': first })
    await publish(api.runtime, 'care')
    const { json } = await api.get(path)
    expect(json.versions.at(-1)).toEqual({ version: 2, publishedAt: '2026-04-06T06:00:00.000Z' })
    expect(json).not.toHaveProperty('changed')
  })
})
