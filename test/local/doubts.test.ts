/** Answers that got lost, on a whole Premura: listed, shown, and settled by a report, by the step's rule, by a person. */
import { describe, expect, test } from 'vitest'
import { Faults } from '../../local/cloud/faults.ts'
import { shell } from '../cli/shell.ts'
import { careFiles, KEY, type OpenShop, openShop } from './shop.ts'

/** A shop whose provider has lost the answer to the first mail, taken or not, and cannot be asked. */
async function doubtful(kind: 'lost-before' | 'lost-after', rule = 'drop', customers = ['anna']) {
  const faults = new Faults()
  faults.mute = true
  const shop = await openShop({ faults })
  const { 'workflow.yaml': workflow = '', ...mails } = careFiles
  await shop.publish('care', {
    'workflow.yaml': workflow.replace('- send: thanks\n', `- send: thanks\n    inDoubt: ${rule}\n`),
    ...mails,
  })
  faults.next('sesv2', 'SendEmail', { kind }, customers.length)
  for (const customer of customers) await shop.purchase(`O-${customer}`, customer)
  await shop.settle()
  const { run } = await shell()
  const premura = (words: string) =>
    run(words, { env: { PREMURA_KEY: KEY, PREMURA_URL: shop.premura.url }, fetch })
  return { shop, premura }
}

const get = async (shop: OpenShop, path: string) => JSON.parse((await shop.call('GET', path)).text)
const doubts = async (shop: OpenShop, query = '') => (await get(shop, `/v1/doubts${query}`)).doubts
const messages = async (shop: OpenShop) =>
  (await get(shop, '/v1/customers/anna/timeline?limit=200')).entries
    .filter(({ kind, step }: { kind: string; step: string }) => kind === 'message' && step === 'thanks')
    .map(({ outcome }: { outcome: string }) => outcome)
const answer = async (shop: OpenShop) =>
  (await get(shop, '/v1/customers/anna/why?workflow=care&step=thanks')).answer
const thanks = async (shop: OpenShop) =>
  (await shop.mails('?to=anna@example.com')).filter(({ step }) => step === 'thanks').length

test('a lost answer is a doubt that is listed, told and asked about', async () => {
  const { shop, premura } = await doubtful('lost-after')
  expect(await doubts(shop)).toEqual([
    {
      customerId: 'anna',
      workflow: 'care',
      key: 'O-anna',
      run: 1,
      step: 'thanks',
      channel: 'email',
      template: 'thanks',
      since: '2026-03-26T10:00:00.000Z',
      decidesAt: '2026-03-26T10:15:00.000Z',
      rule: 'drop',
    },
  ])
  expect(await messages(shop)).toEqual(['in-doubt'])
  expect(await answer(shop)).toContain('Nobody knows yet whether Anna got the mail “thanks”')
  expect(await premura('doubts list')).toMatchObject({
    code: 0,
    out: '2026-03-26 10:00  anna  care  O-anna  thanks  drop at 2026-03-26 10:15\n1 message in doubt.\n',
  })
})

describe('it is settled', () => {
  test('by what the provider reports, and the mail goes out once', async () => {
    const { shop } = await doubtful('lost-after')
    const [mail] = await shop.mails()
    await shop.call('POST', '/local/feedback', { messageId: mail?.id, type: 'send' })
    await shop.settle()
    expect(await doubts(shop)).toEqual([])
    expect(await messages(shop)).toContain('sent')
    await shop.advance({ advance: 'P20D' })
    expect((await shop.mails()).map(({ step }) => step)).toEqual(['thanks', 'tips', 'goodbye'])
  })

  test.each([
    ['drop', 'lost-before', 0, ['in-doubt']],
    ['resend', 'lost-before', 1, ['sent']],
    // A provider that had taken it, and a rule that says so: the second mail is what the author has chosen.
    ['resend', 'lost-after', 2, ['sent']],
  ] as const)('by the rule %s, after the grace (%s)', async (rule, kind, mails, told) => {
    const { shop } = await doubtful(kind, rule)
    await shop.advance({ advance: 'PT16M' })
    expect(await doubts(shop)).toEqual([])
    expect(await thanks(shop)).toBe(mails)
    expect(await messages(shop)).toEqual(expect.arrayContaining([...told]))
  })

  test.each([
    ['sent', 'lost-after', 1, 'sent'],
    ['resend', 'lost-before', 1, 'sent'],
    ['drop', 'lost-before', 0, 'in-doubt'],
  ] as const)('by a person who says %s (%s), also long after', async (outcome, kind, mails, told) => {
    const { shop, premura } = await doubtful(kind, 'ask')
    await shop.advance({ advance: 'P3D' })
    expect((await premura('doubts list')).out).toContain('waits for a person')
    expect(await answer(shop)).toContain('a person has to decide')
    expect(await premura(`doubts settle anna care --outcome ${outcome}`)).toMatchObject({
      code: 0,
      out: `settled thanks of care for anna as ${outcome}.\n`,
    })
    await shop.settle()
    expect(await doubts(shop)).toEqual([])
    expect(await messages(shop)).toContain(told)
    const { text } = await shop.call('GET', '/v1/customers/anna/timeline?limit=200')
    expect(text).toContain('"by":"bootstrap"')
    await shop.advance({ advance: 'P20D' })
    expect(await thanks(shop)).toBe(mails)
    expect((await shop.mails()).filter(({ step }) => step === 'goodbye')).toHaveLength(1)
    expect((await premura(`doubts settle anna care --outcome ${outcome}`)).err).toContain(
      'No message of care to anna is in doubt.',
    )
  })
})

test('many are paged and told apart, and those of somebody who is erased go', async () => {
  const customers = ['anna', 'bea', 'carl', 'dora', 'emil']
  const { shop, premura } = await doubtful('lost-before', 'ask', customers)
  const first = await get(shop, '/v1/doubts?limit=3')
  const rest = await get(shop, `/v1/doubts?limit=3&cursor=${encodeURIComponent(first.cursor)}`)
  const all = [...first.doubts, ...rest.doubts].map(({ customerId }: { customerId: string }) => customerId)
  expect(all.sort()).toEqual(customers)
  expect(await doubts(shop, '?customer=bea')).toHaveLength(1)
  expect(await doubts(shop, '?workflow=other')).toEqual([])
  expect((await premura('doubts settle anna care --outcome lost')).code).toBe(2)
  expect((await premura('doubts settle anna')).code).toBe(2)
  await shop.call('DELETE', '/v1/customers/anna')
  await shop.settle()
  const left = await shop.premura.runtime.world.table.query('U')
  expect(left.rows).toHaveLength(4)
  expect(JSON.stringify(left.rows)).not.toContain('anna')
})

test('of two journeys of one customer it has to be said which', async () => {
  const { shop, premura } = await doubtful('lost-before', 'ask')
  shop.premura.runtime.world.sender.send = async () => ({ status: 'unknown', reason: 'no answer' })
  await shop.purchase('O-2', 'anna')
  await shop.settle()
  const refused = await premura('doubts settle anna care --outcome drop')
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.err).toContain('Say which with --journey KEY: O-2 (run 1), O-anna (run 1)')
  expect(await premura('doubts settle anna care --outcome drop --journey O-2')).toMatchObject({ code: 0 })
})
