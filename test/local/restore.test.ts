/** A data folder that is put back as it was: the embedded default is told so, and nobody gets a mail twice. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPremura, type Premura, type PremuraOptions } from '../../local/process.ts'
import { shell } from '../cli/shell.ts'
import { temporaryFolder } from './child.ts'
import { careFiles, KEY, openCareShop, Shop, START } from './shop.ts'

const DAY = 86_400_000

/** Starts, does something, and stops. */
async function started<T>(
  dir: string,
  options: Partial<PremuraOptions>,
  act: (shop: Shop, premura: Premura) => Promise<T>,
): Promise<T> {
  const premura = await openPremura({ dir, port: 0, adminKey: KEY, library: null, log: 'error', ...options })
  try {
    await premura.settle()
    return await act(new Shop(premura), premura)
  } finally {
    await premura.close()
  }
}

const told = (mails: Awaited<ReturnType<Shop['mails']>>) =>
  mails.map(({ to, step }) => `${to} ${step}`).sort()
const everything = ['goodbye', 'thanks', 'tips'].flatMap((step) => [
  `anna@example.com ${step}`,
  `bea@example.com ${step}`,
])

/** A day of care, a copy, five more days with another customer; then the copy is put back. */
async function putBack() {
  const dir = await temporaryFolder()
  const copy = await temporaryFolder()
  const data = join(dir, 'data')
  await started(data, { now: START }, async (shop, premura) => {
    await shop.publish('care', careFiles)
    await shop.purchase('O-1', 'anna')
    await premura.advanceTo(START + DAY)
  })
  await cp(data, copy, { recursive: true })
  const before = await started(data, { now: START }, async (shop, premura) => {
    await shop.purchase('O-2', 'bea')
    await premura.advanceTo(START + 6 * DAY)
    return told(await shop.mails())
  })
  expect(before).toHaveLength(4)
  await rm(data, { recursive: true })
  await cp(copy, data, { recursive: true })
  return { data, before }
}

/** The shop posts again what it posted in the lost days, and two weeks go by. */
async function goneOn(shop: Shop, premura: Premura): Promise<string[]> {
  await shop.call('POST', '/v1/events', {
    id: 'O-2',
    type: 'purchase',
    customerId: 'bea',
    time: new Date(START + DAY).toISOString(),
    customer: { email: 'bea@example.com', firstName: 'Bea', timezone: 'Europe/Rome' },
    data: { orderId: 'O-2', total: 20 },
  })
  await premura.advanceTo(START + 20 * DAY)
  return told(await shop.mails())
}

test('told so at its start, it sends what is still to come and nothing twice', async () => {
  const { data, before } = await putBack()
  const options = { now: START + 6 * DAY, restoredFrom: START + DAY }
  const after = await started(data, options, goneOn)
  // Of the mails in the box, one is from before the copy.
  expect([...before, ...after.filter((one) => one !== 'anna@example.com thanks')].sort()).toEqual(
    everything.sort(),
  )
  // Another start with the same words says nothing new.
  await started(data, { ...options, now: START + 30 * DAY }, async (shop) => {
    const { text } = await shop.call('GET', '/v1/restores')
    expect(JSON.parse(text).restores).toMatchObject([{ to: new Date(START + 6 * DAY).toISOString() }])
    const why = await shop.call('GET', '/v1/customers/anna/why?workflow=care&step=tips')
    expect(why.text).toContain('in a time that a restore has taken out of the table')
  })
})

test('not told, it sends them again', async () => {
  const { data, before } = await putBack()
  const after = await started(data, { now: START + 6 * DAY }, goneOn)
  expect(before.length + after.length - 1).toBeGreaterThan(everything.length)
})

test('the command says it to a deployment, and what is wrong with it', async () => {
  const shop = await openCareShop()
  const { run } = await shell()
  const premura = (words: string) =>
    run(words, { env: { PREMURA_KEY: KEY, PREMURA_URL: shop.premura.url }, fetch })
  await shop.advance({ advance: 'P10D' })
  expect(await premura('restore --from 2026-03-28T10:00:00Z')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Say --yes if you are sure.'),
  })
  for (const [words, message] of [
    ['--from 2026-03-28T10:00:00Z --to 2026-06-01T00:00:00Z', 'Must not lie ahead'],
    ['--from 2026-04-28T10:00:00Z', 'Must lie before to'],
    ['--from yesterday', ''],
  ]) {
    const { code, err } = await premura(`restore --yes ${words}`)
    expect([words, code]).toEqual([words, 1])
    expect(err).toContain(message)
  }
  expect(
    await premura('restore --yes --ask --from 2026-03-28T10:00:00Z --to 2026-03-29T10:00:00Z'),
  ).toMatchObject({
    code: 0,
    out: expect.stringContaining('known 2026-03-28T10:00:00.000Z to 2026-03-29T10:00:00.000Z'),
  })
  expect((await premura('restore list')).out).toMatch(/a person decides .*\n1 restore\.\n$/)
})
