/** A World made of environment variables alone does what a World does, as far as its parts go. */
import { expect, test } from 'vitest'
import { readEnvironment } from '../../aws/env.ts'
import { createWorld, withClaims, withQueue, withSender, withTable, withTimers } from '../../aws/world.ts'
import { names } from '../../local/cloud/cloud.ts'
import { openEmbedded } from './embedded.ts'
import { mailTo } from './mail.ts'

const variables = {
  PREMURA_TABLE: names.table,
  PREMURA_QUEUE_URL: names.queueUrl,
  PREMURA_QUEUE_ARN: names.queueArn,
  PREMURA_DLQ_ARN: names.deadLetterArn,
  PREMURA_SCHEDULE_GROUP: names.scheduleGroup,
  PREMURA_SCHEDULE_ROLE_ARN: names.scheduleRoleArn,
  PREMURA_CONFIGURATION_SET: 'premura',
  PREMURA_PUBLIC_URL: 'https://care.example.com',
  PREMURA_LINK_SECRET_PARAMETER: '/premura/test/link-secret',
  PREMURA_CLAIM_LEASE_MS: '120000',
  PREMURA_IN_DOUBT_GRACE_MS: '3600000',
  PREMURA_MAIL_SHARES: '4',
}

async function open() {
  const { cloud, clients, clock, close } = await openEmbedded()
  const basics = {
    clock: { now: () => clock.now(), monotonicMs: () => 0 },
    ids: { next: (prefix: string) => `${prefix}1`, secret: () => 'secret' },
    log: () => {},
    clients,
  }
  return { cloud, clock, close, basics }
}

test('stores, sends, queues and arms by what the environment says', async () => {
  const { cloud, clock, close, basics } = await open()
  const environment = readEnvironment('worker', variables)
  const parts = [withTable, withQueue, withTimers, withSender, withClaims]
  const world = await createWorld(environment, basics, parts)
  expect(await world.table.put({ pk: 'a', sk: 'b' }, { kind: 'absent' })).toEqual({ ok: true })
  await world.queue.send([{ group: 'g', body: 'b', dedupId: '1' }])
  await world.timers.arm({ name: 't', at: clock.at, group: 'g', body: 'w' })
  expect(await world.sender.send(mailTo('anna@example.com'))).toMatchObject({ status: 'sent' })
  expect(await world.sender.find(mailTo('anna@example.com').tags)).toBe('unknown')
  expect(cloud.queue.depth().visible).toBe(1)
  expect(cloud.schedules.nextAt()).toBe(clock.at + 60_000)
  expect(world.config.claimLeaseMs).toBe(120_000)
  expect(world.config.soleOwner).toBe(false)
  const other = await createWorld(environment, basics, parts)
  expect(other.config.owner).not.toBe(world.config.owner)
  await close()
})

test('what a function was not given is missed by its name, and only when it is reached for', async () => {
  const { close, basics } = await open()
  const world = await createWorld(readEnvironment('feedback', variables), basics, [withTable])
  expect(await world.table.get('a', 'b')).toBeUndefined()
  expect(() => world.sender).toThrow('not given "sender"')
  expect(() => world.config.linkSecret).toThrow('not given "linkSecret"')
  await close()
})
