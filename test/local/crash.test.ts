import { expect, test } from 'vitest'
import { dice } from '../dice.ts'
import { type Child, start, temporaryFolder } from './child.ts'
import { careFiles } from './shop.ts'

const SERVE = 'test/local/serve.ts'
const EVENTS = 120
const KILLS = 3

test('killed again and again under load, every accepted event has each of its mails once', {
  timeout: 90_000,
}, async () => {
  const dir = await temporaryFolder()
  const random = dice(20260326)
  const killAfter = Array.from({ length: KILLS }, () => Math.floor(random() * EVENTS * 0.9)).sort(
    (a, b) => a - b,
  )

  let child: Child = await start(SERVE, [dir])
  await child.shop.publish('care', careFiles)
  const accepted = new Set<string>()
  let restarting: Promise<void> | undefined
  const restart = () => {
    restarting ??= child
      .end('SIGKILL')
      .then(() => start(SERVE, [dir]))
      .then((next) => {
        child = next
        restarting = undefined
      })
    return restarting
  }

  let next = 0
  const client = async () => {
    while (next < EVENTS) {
      const order = `O-${next++}`
      while (!accepted.has(order)) {
        // As a shop does: what was not accepted is posted again, under the same id.
        const answer = await child.shop
          .purchase(order, `c${Number(order.slice(2)) % 40}`)
          .catch(() => undefined)
        if (answer?.status === 202) accepted.add(order)
        else await restart()
        if (killAfter.length > 0 && accepted.size > (killAfter[0] ?? 0)) {
          killAfter.shift()
          await restart()
        }
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  expect(killAfter).toEqual([])
  // Once more while mails are being sent and nothing is being posted.
  await restart()

  await child.shop.settle()
  const first = await child.shop.mails()
  expect(first.map(({ key }) => key).sort()).toEqual([...accepted].sort())

  // Waits survive it as well: half way, kill; and the rest.
  await child.shop.advance({ to: '2026-03-30T08:00:00Z' })
  await restart()
  await child.shop.advance({ to: '2026-04-30T00:00:00Z' })
  const mails = await child.shop.mails()
  for (const subject of ['Thank you, Anna', 'Tips', 'See you soon'])
    expect(
      mails
        .filter((mail) => mail.subject === subject)
        .map(({ key }) => key)
        .sort(),
    ).toEqual([...accepted].sort())
  await child.end('SIGTERM')
})
