/** The embedded mailbox: what was sent can be read as it was sent. */
import { GetAccountCommand, SendEmailCommand } from '@aws-sdk/client-sesv2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sesClient } from '../../aws/clients.ts'
import { type Embedded, openEmbedded } from '../ports/embedded.ts'
import { mailTo } from '../ports/mail.ts'

let cloud: Embedded
beforeEach(async () => {
  cloud = await openEmbedded('disk')
})
afterEach(() => cloud.close())

async function sent(mail: ReturnType<typeof mailTo>): Promise<string> {
  const outcome = await cloud.sender.send(mail)
  if (outcome.status !== 'sent') throw new Error(JSON.stringify(outcome))
  return outcome.messageId
}

const anna = { customerId: 'anna@example.com', workflow: 'thanks', key: 'order/1', run: 2, step: 'mail' }

test('shows a mail with everything that belongs to it, also after a restart', async () => {
  const mail = mailTo('Anna <anna@example.com>', anna)
  const id = await sent(mail)
  const expected = {
    id,
    at: cloud.clock.at,
    channel: 'email',
    from: mail.from,
    to: mail.to,
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    headers: Object.fromEntries(mail.headers.map(({ name, value }) => [name, value])),
    ...anna,
  }
  expect(await cloud.cloud.mailbox.get(id)).toEqual(expected)
  cloud = await cloud.reopen()
  expect(await cloud.cloud.mailbox.list()).toEqual([expected])
  expect(await cloud.cloud.mailbox.tags(id)).toEqual(mail.tags)
  expect(cloud.cloud.mailbox.has(mail.tags)).toBe(true)
  expect(cloud.cloud.mailbox.has({ ...mail.tags, run: 3 })).toBe(false)
})

test('lists oldest first, by recipient, by workflow and in pages', async () => {
  const ids: string[] = []
  for (const [index, to] of ['a@x.it', 'b@x.it', 'a@x.it', 'a@x.it'].entries()) {
    cloud.clock.at += 1000
    ids.push(await sent(mailTo(to, { workflow: index === 2 ? 'birthday' : 'thanks', attempt: index })))
  }
  const listed = async (filter: Parameters<typeof cloud.cloud.mailbox.list>[0]) =>
    (await cloud.cloud.mailbox.list(filter)).map(({ id }) => ids.indexOf(id))
  expect(await listed({})).toEqual([0, 1, 2, 3])
  expect(await listed({ to: 'a@x.it' })).toEqual([0, 2, 3])
  expect(await listed({ to: 'a@x.it', workflow: 'thanks' })).toEqual([0, 3])
  expect(await listed({ limit: 2 })).toEqual([0, 1])
  expect(await listed({ after: ids[1] ?? '', limit: 1 })).toEqual([2])
})

test('writes the mail as it would travel', async () => {
  const eml = await cloud.cloud.mailbox.eml(await sent(mailTo('anna@example.com')))
  expect(eml).toMatch(/^From: Mela <care@example.com>\r$/m)
  expect(eml).toMatch(/^To: anna@example.com\r$/m)
  expect(eml).toMatch(/^Subject: =\?UTF-8\?/m)
  expect(eml).toMatch(/^List-Unsubscribe: <https:\/\/care.example.com\/u\/t>\r$/m)
  expect(eml).toMatch(/^Date: Sun, 14 Mar 2027 09:00:00 \+0000\r$/m)
  expect(eml).toMatch(/multipart\/alternative/)
  expect(await cloud.cloud.mailbox.eml('unknown')).toBeUndefined()
})

test('takes a mail that comes as MIME, and gives it back byte for byte', async () => {
  const raw = 'From: a@x.it\r\nTo: b@x.it\r\nSubject: folded\r\n line\r\nX-Own: 1\r\n\r\nHello\r\n'
  const answer = await sesClient(cloud.clients).send(
    new SendEmailCommand({
      Content: { Raw: { Data: Buffer.from(raw) } },
      EmailTags: [{ Name: 'campaign', Value: 'x' }],
    }),
  )
  const message = await cloud.cloud.mailbox.get(answer.MessageId ?? '')
  expect(message).toMatchObject({
    from: 'a@x.it',
    to: 'b@x.it',
    subject: 'folded line',
    headers: { 'X-Own': '1' },
    workflow: '',
  })
  expect(await cloud.cloud.mailbox.eml(answer.MessageId ?? '')).toBe(raw)
})

test('tells its account as SES does', async () => {
  await sent(mailTo('anna@example.com'))
  const { SendQuota } = await sesClient(cloud.clients).send(new GetAccountCommand({}))
  expect(SendQuota).toEqual({ Max24HourSend: -1, MaxSendRate: 500, SentLast24Hours: 1 })
})

test('tells who listens of every mail', async () => {
  const heard: string[] = []
  const stop = cloud.cloud.mailbox.on('mail', ({ id }) => heard.push(id))
  const id = await sent(mailTo('anna@example.com'))
  stop()
  await sent(mailTo('anna@example.com', { attempt: 2 }))
  expect(heard).toEqual([id])
})

test.each([
  ['a header with a line break', { headers: [{ name: 'X-A', value: 'a\r\nBcc: all@x.it' }] }],
  ['a header that is not ASCII', { headers: [{ name: 'X-A', value: 'è' }] }],
  ['a recipient with a line break', { to: 'a@x.it\r\nBcc: all@x.it' }],
  ['no sender', { from: '' }],
])('refuses %s', async (_, wrong) => {
  expect(await cloud.sender.send({ ...mailTo('anna@example.com'), ...wrong })).toMatchObject({
    status: 'refused',
  })
  expect(cloud.cloud.mailbox.size).toBe(0)
})
