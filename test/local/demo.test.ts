/** The demo is a promise to somebody who types one command: it plays, it adds up, and it says the same thing every time. */
import { expect, test } from 'vitest'
import { play } from '../../local/demo/play.ts'
import { happenings } from '../../local/demo/happenings.ts'
import { shoppers, STARTS_AT } from '../../local/demo/shop.ts'
import { summary } from '../../local/demo/summary.ts'
import { openPremura } from '../../local/process.ts'

const KEY = 'a-key-for-the-demo-of-this-test-alone'

async function run(seed: number, customers: number) {
  const premura = await openPremura({ dir: null, port: 0, now: STARTS_AT, adminKey: KEY })
  try {
    const people = shoppers(seed, customers)
    let share = 0
    await play({ premura, key: KEY, seed, people, onProgress: (now) => (share = now) })
    const mails = await premura.cloud.mailbox.list()
    return {
      text: await summary(premura.runtime, people.length),
      mails,
      share,
      people,
      notices: premura.notices,
    }
  } finally {
    await premura.close()
  }
}

test('three months of the sample shop, twice the same to the byte', { timeout: 240_000 }, async () => {
  const first = await run(1, 40)
  const second = await run(1, 40)
  expect(first.notices).toEqual([])
  expect(first.text).toBe(second.text)
  expect(first.share).toBe(1)
  expect(happenings(2, shoppers(2, 40))).not.toEqual(happenings(1, first.people))

  const { mails, people } = first
  const played = [
    'appointment-reminder',
    'birthday-offer',
    'confirm-consent',
    'delayed-shipment',
    'nps-question',
    'product-recall',
    'satisfaction-question',
    'thank-you',
    'usage-tips',
    'win-back',
  ]
  for (const workflow of played) expect(first.text).toMatch(new RegExp(`^${workflow} +[1-9]`, 'm'))
  // Italian and English, each to those who read it.
  const locales = new Map(people.map(({ id, profile }) => [id, String(profile.locale)]))
  for (const { customerId, html } of mails)
    expect(html).toContain(`lang="${locales.get(customerId)?.startsWith('it') ? 'it' : 'en'}"`)
  // Born on 29 February, in a year without one, at nine in the morning of their own day.
  const leapling = mails.filter(
    (mail) => mail.customerId === 'customer-0029' && mail.workflow === 'birthday-offer',
  )
  expect(leapling.map(({ at }) => new Date(at).toISOString())).toEqual(['2027-02-28T09:00:00.000Z'])
  // Nobody gets the same message of the same journey twice.
  const messages = mails.map(({ customerId, workflow, key, run, step }) =>
    [customerId, workflow, key, run, step].join(' '),
  )
  expect(new Set(messages).size).toBe(messages.length)
})
