/** kill -9 in the middle of everything: what was acknowledged is there. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { openEmbedded } from '../ports/embedded.ts'
import { mailTo } from '../ports/mail.ts'

/** Lets a writer work until it has acknowledged so much, and kills it. */
async function acknowledgedBeforeDeath(dir: string, mails: number): Promise<Map<string, number[]>> {
  const writer = new URL('./writer.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', writer, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged = new Map<string, number[]>()
  let left = mails
  for await (const line of createInterface(child.stdout)) {
    const [what = '', id] = line.split(' ')
    acknowledged.set(what, [...(acknowledged.get(what) ?? []), Number(id)])
    if (what === 'mail' && --left === 0) child.kill('SIGKILL')
  }
  if (left > 0) throw new Error('the writer ended by itself')
  return acknowledged
}

test('a killed process loses nothing that it acknowledged', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'premura-crash-'))
  const acknowledged = await acknowledgedBeforeDeath(dir, 150)
  const of = (what: string) => acknowledged.get(what) ?? []
  for (const what of ['row', 'count', 'message', 'timer', 'mail'])
    expect(of(what).length).toBeGreaterThanOrEqual(150)

  const { cloud, table, sender, clock, close } = await openEmbedded('disk', 'in process', { dir })
  for (const id of of('row')) expect(await table.get('C', String(id))).toMatchObject({ rev: 1 })
  expect((await table.get('S', 'd'))?.counters?.n).toBeGreaterThanOrEqual(Math.max(...of('count')))

  const queued: { group: string; body: string }[] = []
  for (let batch = await cloud.queue.receive(10); batch.length > 0; batch = await cloud.queue.receive(10)) {
    queued.push(...batch)
    await cloud.queue.done(batch.map(({ receipt }) => receipt))
  }
  const found = new Set(queued.map(({ body }) => Number(body)))
  for (const id of of('message')) expect(found).toContain(id)
  expect(found.size).toBe(queued.length)

  await cloud.schedules.fireDue(clock.at + 3_600_000)
  const woken = new Set<string>()
  for (let batch = await cloud.queue.receive(10); batch.length > 0; batch = await cloud.queue.receive(10)) {
    for (const { body, receipt } of batch) {
      woken.add(body)
      await cloud.queue.done([receipt])
    }
  }
  for (const id of of('timer')) expect(woken).toContain(`timer ${id}`)

  for (const id of of('mail')) {
    expect(await sender.find(mailTo('anna@example.com', { key: String(id) }).tags)).toBe('sent')
  }
  const mails = await cloud.mailbox.list()
  expect(mails.length).toBeGreaterThanOrEqual(of('mail').length)
  for (const mail of mails) expect(mail.html.length).toBeGreaterThan(10_000)
  await close()
  rmSync(dir, { recursive: true, force: true })
})
