/** A holdout on the running system: nothing is sent, and what would have been measured is. */
import { expect, test } from 'vitest'
import { heldOutOf } from '../../engine/enroll.ts'
import { dayOf } from '../../runtime/figures.ts'
import { timeline } from '../../runtime/timeline.ts'
import { why } from '../../runtime/why.ts'
import { Deployment, programOf, send } from './deployment.ts'
import { sweep } from '../../runtime/sweep.ts'

const program = programOf([send('offer', null)], {
  enroll: { again: 'never', holdout: 50 },
  trigger: { kind: 'event', event: 'visit' },
  goal: { event: 'purchase', within: 'P7D', value: 'event.total' },
  listensTo: ['purchase'],
})
const people = Array.from({ length: 8 }, (_, index) => `c${index}`)
const out = people.filter((id) => heldOutOf(program, id))

async function played() {
  const deployment = new Deployment()
  await deployment.publish(program)
  for (const [index, customerId] of people.entries()) {
    await deployment.post(
      { id: `v${index}`, type: 'visit', customerId },
      { email: `${customerId}@example.com` },
    )
    await deployment.live()
    // Every second one buys.
    if (index % 2 === 0)
      await deployment.post({ id: `p${index}`, type: 'purchase', customerId, data: { total: 10 } })
    await deployment.live()
  }
  return deployment
}

test('who is held out gets nothing, and is counted with what came of it', async () => {
  const deployment = await played()
  const { runtime, world } = deployment
  expect(out.length).toBeGreaterThan(1)
  expect(out.length).toBeLessThan(people.length - 1)
  expect(world.sender.mails.map(({ tags }) => tags.customerId)).toEqual(
    people.filter((id) => !out.includes(id)),
  )

  const bought = (id: string) => people.indexOf(id) % 2 === 0
  const heldOutConverted = out.filter(bought).length
  const converted = people.filter((id) => bought(id) && !out.includes(id)).length
  const today = dayOf(world.clock.now())
  const wanted = {
    journeys: people.length - out.length,
    converted,
    revenue: converted * 10,
    holdouts: [
      {
        workflow: 'care',
        entered: people.length - out.length,
        converted,
        heldOut: out.length,
        heldOutConverted,
      },
    ],
  }
  expect(await runtime.figures.kpis(['care'], today, today)).toMatchObject(wanted)
  // The daily recount finds the same in the journeys.
  await sweep(runtime)
  expect(await runtime.figures.kpis(['care'], today, today)).toMatchObject(wanted)
})

test('why? says so, and the timeline too', async () => {
  const { runtime } = await played()
  const [who = ''] = out
  const index = people.indexOf(who)
  for (const question of [{}, { event: `v${index}` }, { step: 'offer' }])
    expect(await why(runtime, who, { workflow: 'care', ...question })).toMatchObject({
      answer: expect.stringMatching(/would have entered “Care” .* kept out of it, always the same ones/),
      because: expect.arrayContaining([
        expect.objectContaining({ rule: 'enroll.holdout', outcome: 'held-out', values: { percent: 50 } }),
      ]),
    })
  const told = (await timeline(runtime, who, { limit: 50 }))?.entries.filter(({ kind }) => kind === 'journey')
  expect(told?.map(({ outcome }) => outcome)).not.toContain('entered')
  expect(told?.map(({ outcome }) => outcome)).toContain('held-out')
})
