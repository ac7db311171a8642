/** A World made of environment variables alone does what a World does. */
import { expect, test } from 'vitest'
import { readEnvironment } from '../../aws/env.ts'
import { createWorld } from '../../aws/world.ts'
import { names } from '../../local/cloud/cloud.ts'
import { openEmbedded } from './embedded.ts'
import { mailTo } from './mail.ts'

test('stores, sends, queues and arms by what the environment says', async () => {
  const { cloud, clients, clock, close } = await openEmbedded()
  const environment = readEnvironment({
    PREMURA_TABLE: names.table,
    PREMURA_QUEUE_URL: names.queueUrl,
    PREMURA_QUEUE_ARN: names.queueArn,
    PREMURA_DLQ_ARN: names.deadLetterArn,
    PREMURA_SCHEDULE_GROUP: names.scheduleGroup,
    PREMURA_SCHEDULE_ROLE_ARN: names.scheduleRoleArn,
    PREMURA_PUBLIC_URL: 'https://care.example.com',
    PREMURA_LINK_SECRET: 's'.repeat(43),
    PREMURA_CLAIM_LEASE_MS: '120000',
  })
  const parts = {
    clock: { now: () => clock.now(), monotonicMs: () => 0 },
    ids: { next: (prefix: string) => `${prefix}1`, secret: () => 'secret' },
    log: () => {},
    clients,
  }
  const world = createWorld(environment, parts)
  expect(await world.table.put({ pk: 'a', sk: 'b' }, { kind: 'absent' })).toEqual({ ok: true })
  await world.queue.send([{ group: 'g', body: 'b', dedupId: '1' }])
  await world.timers.arm({ name: 't', at: clock.at, group: 'g', body: 'w' })
  expect(await world.sender.send(mailTo('anna@example.com'))).toMatchObject({ status: 'sent' })
  expect(await world.sender.find(mailTo('anna@example.com').tags)).toBe('unknown')
  expect(cloud.queue.depth().visible).toBe(1)
  expect(cloud.schedules.nextAt()).toBe(clock.at + 60_000)
  expect(world.config).toMatchObject({ claimLeaseMs: 120_000, inDoubtGraceMs: 3_600_000, soleOwner: false })
  expect(createWorld(environment, parts).config.owner).not.toBe(world.config.owner)
  await close()
})
