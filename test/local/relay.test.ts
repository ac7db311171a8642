/** Mails that leave by SMTP: what the server made of them stands in the timeline, and protects addresses. */
import { expect, onTestFinished, test, vi } from 'vitest'
import * as z from 'zod'
import { loadCustomer } from '../../runtime/customers.ts'
import { startSmtp } from '../cloud/smtp-server.ts'
import { careFiles, openShop } from './shop.ts'

const timeline = z.object({
  entries: z.array(
    z.object({ kind: z.string(), outcome: z.string().optional(), step: z.string().optional() }),
  ),
})

async function openMailing() {
  const smtp = await startSmtp()
  onTestFinished(() => smtp.close())
  const shop = await openShop({ smtp: smtp.url })
  await shop.publish('care', { ...careFiles, 'workflow.yaml': thanksAlone })
  return { smtp, shop }
}

const thanksAlone = `workflow: care
topic: service
trigger: { event: purchase }
enroll: { per: event.orderId }
steps:
  - send: thanks
`

test.each([
  ['taken', {}, 'sent', 'Anna got the mail “thanks” on', []],
  [
    'refused for its address',
    { recipients: ['550 5.1.1 nobody here'] },
    'bounced',
    'but it bounced',
    ['bounce'],
  ],
  ['refused for what it says', { answers: ['554 5.7.1 spam'] }, 'bounced', 'but it bounced', []],
  ['left without an answer', { answers: ['hang up'] }, 'in-doubt', 'Nobody knows whether', []],
] as const)('a mail that is %s', async (_, said, outcome, answer, suppressed) => {
  const { smtp, shop } = await openMailing()
  smtp.answers.push(...('answers' in said ? said.answers : []))
  smtp.recipients.push(...('recipients' in said ? said.recipients : []))
  await shop.purchase('O-1', 'anna')
  await shop.settle()
  await vi.waitFor(async () => {
    await shop.settle()
    const [mail] = await shop.mails()
    expect(mail).toMatchObject({ relay: { status: expect.stringMatching(/sent|refused|in-doubt/) } })
    const { json } = await shop.call('GET', '/v1/customers/anna/timeline')
    const messages = timeline.parse(json).entries.filter(({ kind }) => kind === 'message')
    expect(messages.map((one) => one.outcome)).toEqual([outcome])
  }, 5000)
  const why = await shop.call('GET', '/v1/customers/anna/why?workflow=care&step=thanks')
  expect(why.text).toContain(answer)
  const { customer } = await loadCustomer(shop.premura.runtime, 'anna')
  expect(customer.suppressions.map(({ reason }) => reason)).toEqual(suppressed)
  expect((await shop.mails()).length).toBe(1)
})
