/** Requests to confirm and confirmations: whatever stops in the middle, each is told once, and its proof is kept. */
import { describe, expect, test } from 'vitest'
import { answer, replaceProfile } from '../../engine/consent.ts'
import { DEFAULT_LAYOUT, DEFAULT_SETTINGS, DEFAULT_SETTINGS_READ } from '../../engine/default-settings.ts'
import type { JsonObject, Settings } from '../../engine/model.ts'
import { changeCustomer, loadProfile, wordOf } from '../../runtime/customers.ts'
import { eraseCustomer } from '../../runtime/erase.ts'
import { listEvents } from '../../runtime/events.ts'
import { loadPerson } from '../../runtime/person.ts'
import { sweep } from '../../runtime/sweep.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const DAY = 24 * 3_600_000
const anna: JsonObject = { email: 'anna@example.it', timezone: 'Europe/Rome', consent: { offers: true } }

const settings: Settings = {
  ...DEFAULT_SETTINGS_READ,
  topics: {
    ...DEFAULT_SETTINGS_READ.topics,
    offers: { title: { en: 'Offers' }, basis: 'consent', optIn: 'double' },
  },
}
const asking = programOf([send('ask', null)], {
  trigger: { kind: 'event', event: 'consent.requested' },
  enroll: { per: 'meta.id', again: 'never' },
})

async function deployed(): Promise<Deployment> {
  const deployment = new Deployment({ at: '2026-03-26T10:00:00Z', config: { soleOwner: true } })
  await deployment.runtime.catalog.saveSettings({ settings, text: DEFAULT_SETTINGS, layout: DEFAULT_LAYOUT })
  await deployment.publish(asking)
  return deployment
}

/** Events of consent that are held, with what was sent on their account. */
async function told(deployment: Deployment) {
  const events = await listEvents(deployment.runtime, 'anna')
  return {
    events: events.map(({ event }) => event.type).filter((type) => type.startsWith('consent.')),
    mails: deployment.subjects(),
  }
}

const put = async ({ runtime }: Deployment, fields: JsonObject) => {
  const word = await wordOf(runtime, 'api', 'shop')
  return await changeCustomer(runtime, 'anna', (before) =>
    replaceProfile(before, { id: 'anna', ...fields }, word),
  )
}
const confirm = async ({ runtime }: Deployment) => {
  const word = await wordOf(runtime, 'confirmed')
  return await changeCustomer(runtime, 'anna', (before) => {
    if (!before) throw new Error('nobody is known')
    return answer(before, before.profile, { offers: true }, word)
  })
}

/** What stops the process at each of its calls, one after the other, until it gets through. */
async function atEveryCall(
  when: 'before' | 'after',
  story: (deployment: Deployment, crashHere: () => void, restart: (error: unknown) => void) => Promise<void>,
  check: (deployment: Deployment, n: number) => Promise<void>,
): Promise<number> {
  for (let n = 1; n < 100; n++) {
    const deployment = await deployed()
    let crashed = false
    const restart = (error: unknown) => {
      if (!(error instanceof Crash)) throw error
      crashed = true
      deployment.start()
    }
    await story(deployment, () => deployment.start(crashAt(n, when)), restart)
    if (!crashed) return n - 1
    await check(deployment, n)
  }
  throw new Error('it never gets through')
}

describe.each(['before', 'after'] as const)('a crash %s any call', (when) => {
  test('of an event that brings a request neither loses nor doubles it', async () => {
    const points = await atEveryCall(
      when,
      async (deployment, crashHere, restart) => {
        await deployment.post({ type: 'signed.up' }, anna)
        crashHere()
        await deployment.live(undefined, restart)
      },
      async (deployment, n) =>
        expect(await told(deployment), `call ${n}`).toEqual({
          events: ['consent.requested'],
          mails: ['ask for anna'],
        }),
    )
    expect(points).toBeGreaterThan(8)
  })

  test.each([
    ['is made up for by a client that repeats it', true],
    ['is made up for by the daily round, when the answer was kept', false],
  ])('of a request over HTTP %s', async (_, repeats) => {
    let kept = 0
    const points = await atEveryCall(
      when,
      async (deployment, crashHere, restart) => {
        crashHere()
        await put(deployment, anna).catch(restart)
        deployment.start()
        if (repeats) await put(deployment, anna)
        await deployment.live(deployment.world.clock.now() + DAY)
        await sweep(deployment.runtime)
        await deployment.live()
      },
      async (deployment, n) => {
        const pending = (await loadProfile(deployment.runtime, 'anna'))?.consents?.offers !== undefined
        if (repeats) expect(pending).toBe(true)
        if (pending) kept++
        expect(await told(deployment), `call ${n}`).toEqual(
          pending ? { events: ['consent.requested'], mails: ['ask for anna'] } : { events: [], mails: [] },
        )
      },
    )
    expect(points).toBeGreaterThan(2)
    expect(kept).toBeGreaterThan(0)
  })

  test.each([
    ['the person', true],
    ['nobody', false],
  ])('of a confirmation that %s repeats', async (_, repeats) => {
    const points = await atEveryCall(
      when,
      async (deployment, crashHere, restart) => {
        await put(deployment, anna)
        await deployment.live()
        deployment.world.clock.advance(60_000)
        crashHere()
        await confirm(deployment).catch(restart)
        deployment.start()
        if (repeats) await confirm(deployment)
        await deployment.live(deployment.world.clock.now() + DAY)
        await sweep(deployment.runtime)
        await deployment.live()
      },
      async (deployment, n) => {
        const given = (await loadProfile(deployment.runtime, 'anna'))?.profile.consent?.offers === true
        if (repeats) expect(given).toBe(true)
        const { events, mails } = await told(deployment)
        expect(events.sort(), `call ${n}`).toEqual(
          given ? ['consent.given', 'consent.requested'] : ['consent.requested'],
        )
        expect(mails).toEqual(['ask for anna'])
        const person = await loadPerson(deployment.runtime, 'anna')
        expect(person?.consents.map(({ state }) => state)).toEqual(given ? ['pending', 'given'] : ['pending'])
      },
    )
    expect(points).toBeGreaterThan(2)
  })
})

test('a request in an event that is delivered again, and one that nothing is new in, are told once', async () => {
  const deployment = await deployed()
  await deployment.post({ id: 'e1' }, anna)
  await deployment.post({ id: 'e2' }, anna)
  await deployment.live()
  await deployment.post({ id: 'e3' }, anna)
  await deployment.live()
  expect(await told(deployment)).toEqual({ events: ['consent.requested'], mails: ['ask for anna'] })
  deployment.world.clock.advance(DAY)
  await deployment.post({ id: 'e4' }, anna)
  await deployment.live()
  expect((await told(deployment)).mails).toHaveLength(2)
})

test('a step that sets consent asks, as everybody else does', async () => {
  const deployment = await deployed()
  const signing = programOf(
    [{ verb: 'set', id: 'set-1', next: null, values: { consent: '{"offers": true, "news": true}' } }],
    { workflow: 'signing', trigger: { kind: 'event', event: 'signed.up' } },
  )
  await deployment.publish({ ...signing, enroll: { again: 'never' } })
  await deployment.post({ type: 'signed.up' }, { email: 'anna@example.it' })
  await deployment.live()
  const after = await loadProfile(deployment.runtime, 'anna')
  expect(after?.profile.consent).toEqual({ news: true })
  expect(after?.consents).toMatchObject({
    offers: { state: 'pending', source: 'workflow' },
    news: { state: 'given', source: 'workflow' },
  })
  expect(await told(deployment)).toEqual({ events: ['consent.requested'], mails: ['ask for anna'] })
})

test('every answer that was ever given is kept, and goes with the person', async () => {
  const deployment = await deployed()
  const { runtime, world } = deployment
  await put(deployment, anna)
  await confirm(deployment)
  world.clock.advance(DAY)
  await put(deployment, { ...anna, consent: { offers: false } })
  const person = await loadPerson(runtime, 'anna')
  expect(person?.consents).toMatchObject([
    { topic: 'offers', state: 'pending', source: 'api', by: 'shop', address: 'anna@example.it' },
    { topic: 'offers', state: 'given', source: 'confirmed', address: 'anna@example.it' },
    { topic: 'offers', state: 'refused', source: 'api', by: 'shop' },
  ])
  expect(person?.others).toEqual([])
  // What is told only after the erasure holds nothing on them again.
  expect(await eraseCustomer(runtime, 'anna')).toBe(true)
  world.queue.messages.reverse()
  await deployment.live()
  expect(world.table.all().filter(({ pk }) => pk === 'C#anna')).toEqual([])
})
