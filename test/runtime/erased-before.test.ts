/** What was accepted before an erasure brings nobody back, however late and however often it is received; what came later does count. */
import { expect, test } from 'vitest'
import type { JsonObject, Profile } from '../../engine/model.ts'
import { changeProfile } from '../../runtime/customers.ts'
import { eraseCustomer } from '../../runtime/erase.ts'
import { bury } from '../../runtime/failures.ts'
import { handle } from '../../runtime/handle.ts'
import type { QueuedMessage } from '../../runtime/ports.ts'
import { sweep } from '../../runtime/sweep.ts'
import { type Work, work } from '../../runtime/work.ts'
import { crashAt, Deployment, programOf, send } from './deployment.ts'

const anna = { email: 'anna@example.it', birthday: '1990-03-14' }
const program = programOf([
  { verb: 'emit', id: 'emit-1', next: 'thanks', event: 'gift.sent', data: {} },
  send('thanks', 'wait-1'),
  { verb: 'wait', id: 'wait-1', next: 'tips', duration: 'P1D' },
  send('tips', null),
])

async function begun() {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(program)
  const { clock, queue, table, sender } = deployment.world
  return {
    deployment,
    /** What is asked for has a moment of its own. */
    post: async (id: string, customer: JsonObject | 'no profile' = anna) => {
      clock.advance(1_000)
      await deployment.post({ id, data: { orderId: id } }, customer === 'no profile' ? undefined : customer)
    },
    erase: async () => {
      clock.advance(1_000)
      const found = await eraseCustomer(deployment.runtime, 'anna')
      clock.advance(1_000)
      return found
    },
    queued: (): QueuedMessage[] => structuredClone(queue.messages),
    again: async (messages: QueuedMessage[]) => {
      for (const { body } of messages) await handle(deployment.runtime, work.parse(JSON.parse(body)))
      await deployment.live()
    },
    left: () => table.all().flatMap(({ pk, sk }) => (`${pk} ${sk}`.includes('anna') ? [sk] : [])),
    mailed: () => sender.mails.map(({ to, tags }) => `${tags.step} ${tags.key} to ${to}`),
  }
}

test('a batch of an event and the erasure behind it, received again when both were done', async () => {
  const { deployment, post, erase, queued, again, left, mailed } = await begun()
  await post('e0')
  await deployment.live()
  await post('e1')
  await erase()
  const batch = queued()
  await deployment.live()
  expect(left()).toEqual([])
  const before = mailed()
  await again(batch)
  expect(left()).toEqual([])
  expect(mailed()).toEqual(before)
})

test.each([
  ['with a profile', { email: 'anna@example.org' }],
  ['as an id alone', 'no profile'],
] as const)('the same when the person has come back meanwhile, %s', async (_, profile) => {
  const { deployment, post, erase, queued, again, left } = await begun()
  await post('e1')
  await erase()
  await post('e2', profile)
  const batch = queued()
  await deployment.live()
  expect(left()).toContain('E#e2')
  const rows = left()
  const mails = deployment.subjects()
  await again(batch)
  expect(left()).toEqual(rows)
  expect(deployment.subjects()).toEqual(mails)
})

test('an event of which nothing was held yet when the erasure was asked for', async () => {
  const { deployment, post, erase, left, mailed } = await begun()
  await post('e1')
  expect(await erase()).toBe(false)
  await deployment.live()
  expect(left()).toEqual([])
  expect(mailed()).toEqual([])
})

test('what a journey in hand emits while its customer is erased', async () => {
  const { deployment, post, erase, left } = await begun()
  await post('e1')
  const { table, queue } = deployment.world
  const putting = table.put.bind(table)
  let erased = false
  table.put = async (row, condition) => {
    const result = await putting(row, condition)
    // The claim of the emit is written; that its customer is gone the process hears when it has emitted.
    if (!erased && row.sk.startsWith('#care#')) {
      erased = true
      await erase()
    }
    return result
  }
  const [event] = queue.messages.splice(0)
  await handle(deployment.runtime, work.parse(JSON.parse(event?.body ?? '')))
  expect(queue.messages.map(({ body }) => work.parse(JSON.parse(body)).kind)).toEqual(['erase', 'event'])
  await deployment.live()
  expect(left()).toEqual([])
})

test('a profile that was made while its customer was erased, by a process that is gone', async () => {
  const { deployment, post, erase, left } = await begun()
  await post('e1')
  const [message] = deployment.world.queue.messages
  let erased = false
  const runtime = deployment.start((world) => ({
    ...world,
    table: new Proxy(world.table, {
      get(target, property, receiver) {
        if (property !== 'put') return Reflect.get(target, property, receiver)
        const put: typeof target.put = async (row, condition) => {
          if (row.pk === 'C#anna' && row.sk === '!') {
            erased = true
            await erase()
            await target.put(row, condition)
            throw new Error('the process is gone')
          }
          return await target.put(row, condition)
        }
        return put
      },
    }),
  }))
  await expect(handle(runtime, work.parse(JSON.parse(message?.body ?? '')))).rejects.toThrow('gone')
  expect(erased).toBe(true)
  deployment.start()
  await deployment.live()
  expect(left()).toEqual([])
})

test('an erasure that came no further than its rows is finished by whoever asks for it again', async () => {
  const { deployment, post, left } = await begun()
  await post('e0')
  await deployment.live()
  const crashing = deployment.start(crashAt('queue.send', 'before'))
  await expect(eraseCustomer(crashing, 'anna')).rejects.toThrow('before call')
  deployment.start()
  deployment.world.clock.advance(1_000)
  await eraseCustomer(deployment.runtime, 'anna')
  await deployment.live()
  expect(left()).toEqual([])
  await post('e2')
  await deployment.live()
  expect(left()).toContain('E#e2')
})

test('a message that dies after the erasure is not written down, and one from afterwards is', async () => {
  const { deployment, post, erase, queued, left } = await begun()
  await post('e0')
  await deployment.live()
  await post('e1')
  await erase()
  const [before] = queued()
  await deployment.live()
  await post('e2')
  const [after] = queued()
  deployment.world.queue.messages = []
  const dead = (messageId: string, message: QueuedMessage | undefined) => ({
    messageId,
    group: 'anna',
    body: message?.body ?? '',
    receivedAt: deployment.world.clock.now(),
    deadAt: deployment.world.clock.now(),
    tries: 5,
    reason: 'Error: no',
  })
  expect(await bury(deployment.runtime, dead('m-1', before))).toBe('erased')
  expect(left()).toEqual([])
  expect(await bury(deployment.runtime, dead('m-2', after))).toBe('buried')
})

test('what a provider reports of a mail from before says nothing of who has come back', async () => {
  const { deployment, post, erase } = await begun()
  const { clock, table } = deployment.world
  await post('o-1')
  await deployment.deliver()
  const sentAt = clock.now()
  await erase()
  await deployment.deliver()
  clock.advance(24 * 3_600_000)
  await post('o-1', { ...anna, email: 'anna@example.org' })
  await deployment.deliver()
  const journey = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'thanks' }
  const report = { kind: 'feedback' as const, ...journey, at: clock.now(), sentAt }
  await handle(deployment.runtime, { ...report, type: 'open' })
  await handle(deployment.runtime, { ...report, type: 'bounce', address: 'anna@example.it' })
  expect(JSON.stringify(table.all())).not.toMatch(/opened|bounce|example\.it/)
  await handle(deployment.runtime, { ...report, type: 'complaint', address: 'anna@example.org' })
  expect((await table.get('C#anna', '!'))?.body).toContain('complaint')
  await handle(deployment.runtime, { ...report, type: 'open', sentAt: clock.now() })
  expect(JSON.stringify(table.all())).toMatch(/opened/)
})

test('a person’s word on a message is about no later try of it', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null, 'ask')]))
  const { clock, sender } = deployment.world
  let tried = 0
  sender.answer = () => ({ status: ++tried < 3 ? 'unknown' : 'refused', reason: 'ETIMEDOUT' })
  sender.find = async () => 'unknown'
  await deployment.post({ data: { orderId: 'o-1' } }, anna)
  await deployment.deliver()
  clock.advance(60_000)
  const about = { customerId: 'anna', workflow: 'care', key: 'o-1', run: 1, step: 'thanks' }
  const settle: Work = { kind: 'settle', ...about, outcome: 'resend', at: clock.now() }
  clock.advance(1_000)
  await handle(deployment.runtime, settle)
  expect(tried).toBe(2)
  await handle(deployment.runtime, settle)
  expect(tried, 'the same message, received again').toBe(2)
})

test('a date that a crash has left filed under another day goes within two rounds', async () => {
  const { deployment, erase, left } = await begun()
  const { clock } = deployment.world
  const twoRounds = async () => {
    for (let round = 0; round < 2; round++) {
      clock.advance(2 * 3_600_000)
      await sweep(deployment.runtime)
    }
  }
  const born = (day: string) => (): Profile => ({ id: 'anna', birthday: day })
  await changeProfile(deployment.runtime, 'anna', born('1990-03-14'))
  const crashing = deployment.start(crashAt('table.delete', 'before'))
  await expect(changeProfile(crashing, 'anna', born('1991-04-15'))).rejects.toThrow('before call')
  deployment.start()
  clock.advance(2 * 3_600_000)
  await erase()
  await deployment.deliver()
  expect(left()).not.toEqual([])
  await changeProfile(deployment.runtime, 'anna', born('1992-05-16'))
  await twoRounds()
  expect(left().sort()).toEqual(['!', '-#anna', '-#anna'])
  await erase()
  await deployment.deliver()
  await twoRounds()
  expect(left()).toEqual([])
})

test('somebody known pays nothing for it, somebody unknown a read', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)]))
  const { table } = deployment.world
  const cost = async (id: string, customer: JsonObject) => {
    const before = { ...table.calls }
    await deployment.post({ id, data: { orderId: id } }, customer)
    await deployment.deliver()
    const { get, query, put } = table.calls
    return { get: get - before.get, query: query - before.query, put: put - before.put }
  }
  // What every process reads once.
  await deployment.post({ customerId: 'bruno', data: { orderId: 'o-0' } }, { email: 'bruno@example.it' })
  await deployment.deliver()
  const profile = { email: 'anna@example.it' }
  // Besides the mark, a new profile asks whether it is just being erased.
  expect(await cost('e1', profile)).toEqual({ get: 2, query: 1, put: 4 })
  expect(await cost('e2', profile)).toEqual({ get: 0, query: 1, put: 3 })
})

test('the report of a bounce that is in hand while its customer is erased', async () => {
  const { deployment, post, erase, left } = await begun()
  await post('e0')
  await deployment.live()
  const { clock } = deployment.world
  let erased = false
  const runtime = deployment.start((world) => ({
    ...world,
    table: new Proxy(world.table, {
      get(target, property, receiver) {
        if (property !== 'get') return Reflect.get(target, property, receiver)
        const get: typeof target.get = async (pk, sk, options) => {
          if (!erased && pk === 'C#anna' && sk === '!') {
            erased = true
            await erase()
          }
          return await target.get(pk, sk, options)
        }
        return get
      },
    }),
  }))
  const [journey] = deployment.world.table.all().filter(({ sk }) => sk.startsWith('#care#'))
  const key = journey?.sk.split('#')[2] ?? ''
  const name = { customerId: 'anna', workflow: 'care', key, run: 1, step: 'thanks' }
  await handle(runtime, { kind: 'feedback', ...name, type: 'bounce', at: clock.now(), address: anna.email })
  expect(erased).toBe(true)
  deployment.start()
  await deployment.live()
  expect(left()).toEqual([])
})
