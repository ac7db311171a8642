/** Poison on a whole Premura: nobody else waits for it, it says why, and once the cause is mended a replay completes it. */
import { expect, test } from 'vitest'
import type { Row } from '../../runtime/ports.ts'
import { shell } from '../cli/shell.ts'
import { KEY, type OpenShop, openCareShop } from './shop.ts'

/** Damages a row, so that whatever reads it throws; answers what mends it. */
async function damaged({ premura }: OpenShop, pk: string, sk: string): Promise<() => Promise<void>> {
  const { table } = premura.runtime.world
  const row: Row | undefined = await table.get(pk, sk)
  if (!row) throw new Error(`there is no row ${pk} ${sk}`)
  const write = (one: Row) => table.put(one, { kind: 'any' })
  await write({ ...row, body: '{"broken' })
  return async () => {
    await write(row)
  }
}

const failures = async (shop: OpenShop, query = '') => {
  const { text } = await shop.call('GET', `/v1/failures${query}`)
  return JSON.parse(text).failures
}
const subjects = async (shop: OpenShop, to: string) =>
  (await shop.mails(`?to=${to}@example.com`)).map(({ subject }) => subject)

/** The command line on a running Premura. */
async function commandLine({ premura }: OpenShop) {
  const { run } = await shell()
  return (words: string) => run(words, { env: { PREMURA_KEY: KEY, PREMURA_URL: premura.url }, fetch })
}

test('a wake that always fails holds up nobody, and is completed once, after the cause is mended', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1', 'anna')
  await shop.purchase('O-2', 'bea')
  await shop.settle()
  const mend = await damaged(shop, 'C#anna', '#care#O-1')
  await shop.advance({ advance: 'P5D' })
  expect(await subjects(shop, 'bea')).toEqual(['Thank you, Anna', 'Tips'])
  expect(await subjects(shop, 'anna')).toEqual(['Thank you, Anna'])

  const found = await failures(shop)
  expect(found).toEqual([
    {
      id: expect.stringMatching(/^dead_/),
      kind: 'wake',
      customerId: 'anna',
      workflow: 'care',
      receivedAt: '2026-03-30T08:00:00.000Z',
      deadAt: '2026-03-30T08:00:00.000Z',
      tries: 5,
      reason: expect.stringMatching(/^SyntaxError: /),
      state: 'open',
    },
  ])
  const [{ id }] = found
  // Too early: it fails again, which is a failure of its own.
  await shop.call('POST', `/v1/failures/${id}/replay`)
  await shop.settle()
  expect(await failures(shop)).toMatchObject([{ kind: 'wake', state: 'open', tries: 5 }])
  expect(await failures(shop, '?state=closed')).toMatchObject([
    { id, state: 'replayed', closedBy: 'bootstrap' },
  ])

  await mend()
  const why = await shop.call('GET', '/v1/customers/anna/why?workflow=care')
  expect(why.text).toContain('The end of a wait could not be handled (5 tries')
  const [second] = await failures(shop)
  for (let times = 0; times < 3; times++) {
    const { status } = await shop.call('POST', `/v1/failures/${second.id}/replay`)
    expect(status).toBe(200)
    await shop.settle()
  }
  await shop.advance({ advance: 'P30D' })
  expect(await subjects(shop, 'anna')).toEqual(['Thank you, Anna', 'Tips', 'See you soon'])
  expect(await failures(shop)).toEqual([])
})

test('events wait behind nothing, and "why?" and the timeline say what became of the one that was dropped', async () => {
  const shop = await openCareShop()
  const premura = await commandLine(shop)
  await shop.call('PUT', '/v1/customers/anna', { email: 'anna@example.com', firstName: 'Anna' })
  await shop.settle()
  const mend = await damaged(shop, 'C#anna', '!')
  await shop.purchase('O-1', 'anna')
  await shop.purchase('O-2', 'anna')
  await shop.purchase('O-3', 'bea')
  await shop.settle()
  await mend()
  expect(await subjects(shop, 'bea')).toEqual(['Thank you, Anna'])

  const listed = await premura('dlq list --customer anna --kind event')
  expect(listed).toMatchObject({ code: 0, err: '' })
  expect(listed.out).toMatch(/dead_\S+ +2026-03-26 10:00 +purchase O-1 +anna +SyntaxError: /)
  expect(listed.out).toMatch(/2 failures\.\n$/)
  const [first, second] = await failures(shop, '?customer=anna')

  const shown = await premura(`dlq show ${second.id}`)
  expect(shown.out).toContain('after 5 tries')
  expect(shown.out).toContain('"orderId": "O-2"')

  const refused = await premura(`dlq drop ${first.id}`)
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('Say --yes if you are sure.') })
  expect(await premura(`dlq drop ${first.id} --yes --note a␣test`)).toMatchObject({
    code: 0,
    out: 'dropped 1 message.\n',
  })
  expect(await premura(`dlq replay ${first.id}`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('It was dropped by bootstrap. (409)'),
  })
  expect(await premura('dlq replay --all --workflow other')).toMatchObject({ out: 'replayed 0 messages.\n' })
  const replayed = await premura('dlq replay --all --json')
  expect(JSON.parse(replayed.out)).toEqual({ replayed: [second.id] })
  await shop.settle()
  expect((await shop.mails('?to=anna@example.com')).map(({ key }) => key)).toEqual(['O-2'])

  const { text } = await shop.call('GET', '/v1/customers/anna/why?workflow=care&event=O-1')
  const { answer, because } = JSON.parse(text)
  expect(answer).toMatch(
    /^Anna did not enter “Care after a purchase”\. The purchase O-1 could not be handled \(5 tries, .*\), and was dropped on .* by bootstrap: a test\.$/,
  )
  expect(because).toMatchObject([{ rule: 'message', outcome: 'dropped', values: { kind: 'event' } }])
  const told = await shop.call('GET', '/v1/customers/anna/timeline?limit=200')
  const entries = JSON.parse(told.text).entries.filter(({ rule }: { rule?: string }) => rule === 'message')
  expect(entries.map(({ outcome }: { outcome: string }) => outcome).sort()).toEqual([
    'dropped',
    'failed',
    'failed',
    'replayed',
  ])

  expect((await shop.call('DELETE', '/v1/customers/anna')).status).toBe(204)
  await shop.settle()
  expect(await failures(shop)).toEqual([])
  expect(await failures(shop, '?state=closed')).toEqual([])
  expect((await shop.call('GET', `/v1/failures/${second.id}`)).status).toBe(404)
})

test('there is nothing behind an id that was never given, and a bad question is told so', async () => {
  const shop = await openCareShop()
  for (const [method, path, status] of [
    ['GET', '/v1/failures/dead_0_x', 404],
    ['POST', '/v1/failures/dead_0_x/replay', 404],
    ['POST', '/v1/failures/dead_0_x/drop', 404],
    ['GET', '/v1/failures?state=gone', 422],
    ['GET', '/v1/failures?cursor=made-up', 422],
  ] as const)
    expect([path, (await shop.call(method, path)).status]).toEqual([path, status])
})
