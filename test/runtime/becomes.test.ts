/** Profiles that come to satisfy a condition, however they are changed, and whatever stops in the middle. */
import { describe, expect, test } from 'vitest'
import type { Program } from '../../engine/program.ts'
import { changeProfile } from '../../runtime/customers.ts'
import { why } from '../../runtime/why.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'
import { sweep } from '../../runtime/sweep.ts'

const gold = (changes: Partial<Program> = {}) =>
  programOf([send('welcome', null)], {
    workflow: 'turned-gold',
    enroll: { again: 'always' },
    trigger: { kind: 'becomes', condition: 'customer.tier == "gold"' },
    ...changes,
  })

async function deployed(...programs: Program[]) {
  const deployment = new Deployment()
  for (const each of programs) await deployment.publish(each)
  return deployment
}

const put = (deployment: Deployment, tier: string | undefined, id = 'anna') =>
  changeProfile(deployment.runtime, id, () => ({ id, email: `${id}@example.com`, ...(tier && { tier }) }))

/** Changes the tier again and again; how many mails there are after each. */
async function mailsAfter(deployment: Deployment, ...tiers: (string | undefined)[]) {
  const counts: number[] = []
  for (const tier of tiers) {
    await put(deployment, tier)
    await deployment.live()
    counts.push(deployment.subjects().length)
  }
  return counts
}

describe('a profile becomes what it was not', () => {
  test('once for each crossing', async () => {
    const deployment = await deployed(gold())
    expect(await mailsAfter(deployment, 'silver', 'gold', 'gold', undefined, 'gold', 'silver')).toEqual([
      0, 1, 1, 1, 2, 2,
    ])
  })

  test('also as the first thing that is known of a customer', async () => {
    expect(await mailsAfter(await deployed(gold()), 'gold')).toEqual([1])
  })

  test('not by what was so before the workflow was there', async () => {
    const deployment = await deployed()
    await put(deployment, 'gold')
    await deployment.publish(gold())
    deployment.start()
    expect(await mailsAfter(deployment, 'gold')).toEqual([0])
  })

  test('with fields that come with an event, and by a step of another journey', async () => {
    const promote = programOf([{ verb: 'set', id: 'set-1', next: null, values: { tier: '"gold"' } }], {
      workflow: 'promote',
    })
    const deployment = await deployed(gold(), promote)
    const email = 'anna@example.com'
    await deployment.post({ id: 'e1', type: 'visit' }, { tier: 'gold', email })
    await deployment.live()
    expect(deployment.subjects()).toEqual(['welcome for anna'])
    await deployment.post({ id: 'e2', type: 'visit' }, { tier: 'silver' })
    await deployment.post({ id: 'e3', type: 'purchase', data: { orderId: 'o-1' } })
    await deployment.live()
    expect(deployment.subjects()).toHaveLength(2)
  })

  test('and is asked again when it is its turn', async () => {
    const deployment = await deployed(gold())
    await put(deployment, 'gold')
    await put(deployment, 'silver')
    await deployment.live()
    expect(deployment.subjects()).toEqual([])
    expect((await why(deployment.runtime, 'anna', { workflow: 'turned-gold' })) as object).toMatchObject({
      answer: expect.stringContaining('the profile had changed again by then (customer.tier was silver)'),
      because: [{ rule: 'trigger.becomes', outcome: 'not-matched', expression: 'customer.tier == "gold"' }],
    })
  })

  test('for the audience alone', async () => {
    const { trigger } = gold()
    const deployment = await deployed(gold({ trigger: { ...trigger, audience: 'customer.vip == true' } }))
    expect(await mailsAfter(deployment, 'gold')).toEqual([0])
  })
})

test('two workflows that change the profile back and forth come to an end', async () => {
  const flip = (workflow: string, from: string, to: string) =>
    programOf([{ verb: 'set', id: 'set-1', next: null, values: { tier: `"${to}"` } }], {
      workflow,
      enroll: { again: 'always' },
      trigger: { kind: 'becomes', condition: `customer.tier == "${from}"` },
    })
  const deployment = await deployed(flip('down', 'gold', 'silver'), flip('up', 'silver', 'gold'))
  await put(deployment, 'gold')
  for (let message = 0; message < 100 && deployment.world.queue.messages.length > 0; message++)
    await deployment.deliver()
  expect(deployment.world.queue.messages).toEqual([])
  const journeys = deployment.world.table.all().filter(({ sk }) => sk.startsWith('#'))
  expect(journeys.length).toBe(20)
  expect(await why(deployment.runtime, 'anna', { workflow: 'down', event: 'becomes:down:21' })).toMatchObject(
    {
      answer: expect.stringContaining('many times within the hour'),
    },
  )
})

describe('a crash while the profile is written', () => {
  const points = Array.from({ length: 6 }, (_, index) => index + 1)
  test.each(points.flatMap((n) => (['before', 'after'] as const).map((when) => [n, when] as const)))(
    'at call %d, %s it: repeated, it starts one journey',
    async (n, when) => {
      const deployment = await deployed(gold())
      await put(deployment, 'silver')
      const crashing = deployment.start(crashAt(n, when))
      await expectCrash(() =>
        changeProfile(crashing, 'anna', (before) => ({ ...before, id: 'anna', tier: 'gold' })),
      )
      deployment.start()
      await changeProfile(deployment.runtime, 'anna', (before) => ({ ...before, id: 'anna', tier: 'gold' }))
      await deployment.live()
      expect(deployment.subjects()).toEqual(['welcome for anna'])
    },
  )

  test('and is not repeated: the daily round starts it, once', async () => {
    const deployment = await deployed(gold())
    const crashing = deployment.start(crashAt('queue.send', 'before'))
    await expectCrash(() =>
      changeProfile(crashing, 'anna', () => ({ id: 'anna', email: 'a@example.com', tier: 'gold' })),
    )
    deployment.start()
    await deployment.live()
    expect(deployment.subjects()).toEqual([])
    for (let day = 0; day < 3; day++) {
      await sweep(deployment.runtime)
      await deployment.live()
      deployment.world.clock.advance(24 * 3_600_000)
    }
    expect(deployment.subjects()).toEqual(['welcome for anna'])
  })

  test('in the middle of an event that brought it', async () => {
    for (let n = 1; n <= 12; n++) {
      const deployment = await deployed(gold())
      await deployment.post({ id: 'e1', type: 'visit' }, { tier: 'gold', email: 'a@example.com' })
      deployment.start(crashAt(n, 'after'))
      await deployment.live(undefined, () => {
        deployment.start()
        deployment.world.clock.advance(deployment.world.config.claimLeaseMs + 1)
      })
      expect(deployment.subjects(), `call ${n}`).toEqual(['welcome for anna'])
    }
  })
})

async function expectCrash(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error
  })
}

test('a profile that changes otherwise costs no message', async () => {
  const deployment = await deployed(gold())
  await put(deployment, 'gold')
  await deployment.live()
  deployment.world.clock.advance(2 * 3_600_000)
  await put(deployment, 'gold')
  await changeProfile(deployment.runtime, 'anna', (before) => ({ ...before, id: 'anna', city: 'Turin' }))
  expect(deployment.world.queue.messages).toEqual([])
})
