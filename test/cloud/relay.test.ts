/** Mails that really leave: handed over once, and what is not known to have failed is never handed over again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Embedded, openEmbedded } from '../ports/embedded.ts'
import { mailTo } from '../ports/mail.ts'
import { type SmtpServer, startSmtp } from './smtp-server.ts'

let smtp: SmtpServer
let cloud: Embedded
beforeEach(async () => {
  smtp = await startSmtp()
  cloud = await openEmbedded('disk', 'in process', { smtp: smtp.url })
})
afterEach(async () => {
  await cloud.close()
  await smtp.close()
})

async function relayed(id: string, status: string) {
  await vi.waitFor(async () => expect((await cloud.cloud.mailbox.get(id))?.relay?.status).toBe(status), 5000)
}

async function sent(attempt: number): Promise<string> {
  const outcome = await cloud.sender.send(mailTo('anna@example.com', { attempt }))
  if (outcome.status !== 'sent') throw new Error('not sent')
  return outcome.messageId
}

test('hands every mail over once, in order, and records it', async () => {
  const ids = [await sent(1), await sent(2), await sent(3)]
  for (const id of ids) await relayed(id, 'sent')
  expect(smtp.mails.map((mail) => /Message-ID:\s*<([^@]+)/i.exec(mail)?.[1])).toEqual(ids)
  expect(smtp.mails[0]).toMatch(/List-Unsubscribe: <https:/)
  cloud = await cloud.reopen()
  expect(smtp.mails).toHaveLength(3)
})

test('a server that hangs up on a mail leaves it in doubt, for good', async () => {
  smtp.answers.push('hang up')
  const id = await sent(1)
  await relayed(id, 'in-doubt')
  cloud = await cloud.reopen()
  await relayed(await sent(2), 'sent')
  expect((await cloud.cloud.mailbox.get(id))?.relay?.status).toBe('in-doubt')
  expect(smtp.mails).toHaveLength(2)
})

test('a mail that was being handed over when the process ended is in doubt', async () => {
  const id = await sent(1)
  await relayed(id, 'sent')
  await cloud.cloud.mailbox.setRelay(id, { status: 'claimed' })
  cloud = await cloud.reopen()
  await relayed(id, 'in-doubt')
  expect(smtp.mails).toHaveLength(1)
})

test('a mail that the server refuses is refused, and the next one goes', async () => {
  smtp.answers.push('550 no such mailbox')
  const id = await sent(1)
  await relayed(id, 'refused')
  expect((await cloud.cloud.mailbox.get(id))?.relay?.reason).toMatch(/no such mailbox/)
  await relayed(await sent(2), 'sent')
})

test.each([
  ['550 5.1.1 user unknown', 'dead'],
  ['550 user unknown', 'dead'],
  ['550 5.7.1 not from you', undefined],
  ['553 5.1.8 the sender has no such domain', undefined],
  ['554 no', undefined],
])('of a recipient that is refused with %j, the address is %s', async (answer, address) => {
  smtp.recipients.push(answer)
  const id = await sent(1)
  await relayed(id, 'refused')
  const relays = await cloud.cloud.mailbox.relays()
  expect(relays.map(({ state }) => state.address)).toEqual([address])
})

test('what became of a mail is told once, also where nobody listened, or did not succeed, at the time', async () => {
  smtp.answers.push('550 5.6.0 no', 'hang up')
  const ids = [await sent(1), await sent(2), await sent(3)]
  await relayed(ids[2] ?? '', 'sent')
  cloud = await cloud.reopen()
  const told: string[][] = []
  cloud.cloud.onRelayed(async (id, { status }) => void told.push([id, status]))
  const expected = [
    [ids[0], 'refused'],
    [ids[1], 'in-doubt'],
  ]
  await vi.waitFor(() => expect(told).toEqual(expected), 5000)
  await vi.waitFor(async () =>
    expect((await cloud.cloud.mailbox.relays()).map(({ state }) => state.told)).toEqual([
      true,
      true,
      undefined,
    ]),
  )
  cloud = await cloud.reopen()
  cloud.cloud.onRelayed(async (id, { status }) => void told.push([id, status]))
  smtp.answers.push('550 5.6.0 no')
  const last = await sent(4)
  await vi.waitFor(() => expect(told).toEqual([...expected, [last, 'refused']]), 5000)
})

test('a mail that has gone does not go again because the disk did not take that it has', async () => {
  const { mailbox } = cloud.cloud
  const setRelay = mailbox.setRelay.bind(mailbox)
  let left = 1
  mailbox.setRelay = async (id, state) => {
    if (state.status === 'sent' && left-- > 0) throw new Error('the disk is full')
    await setRelay(id, state)
  }
  const ids = [await sent(1), await sent(2)]
  for (const id of ids) await relayed(id, 'sent')
  expect(smtp.mails).toHaveLength(2)
})

test('a server that says not now gets the mail again, here after a restart', async () => {
  smtp.answers.push('451 greylisted')
  const id = await sent(1)
  await relayed(id, 'pending')
  await vi.waitFor(() => expect(smtp.answers).toEqual([]))
  cloud = await cloud.reopen()
  await relayed(id, 'sent')
  expect(smtp.mails).toHaveLength(1)
})

test('a mail that the server does not take now keeps no other waiting', async () => {
  smtp.answers.push('452 this mailbox is full')
  const id = await sent(1)
  await vi.waitFor(async () =>
    expect((await cloud.cloud.mailbox.get(id))?.relay?.reason).toMatch(/mailbox is full/),
  )
  await relayed(await sent(2), 'sent')
  expect((await cloud.cloud.mailbox.get(id))?.relay?.status).toBe('pending')
})

test('a server that takes no mails now is not asked for each of them', async () => {
  smtp.answers.push('421 closing down')
  const id = await sent(1)
  await relayed(id, 'pending')
  await vi.waitFor(() => expect(smtp.answers).toEqual([]))
  const next = await sent(2)
  await vi.waitFor(async () =>
    expect((await cloud.cloud.mailbox.get(id))?.relay?.reason).toMatch(/closing down/),
  )
  expect((await cloud.cloud.mailbox.get(next))?.relay?.status).toBe('pending')
})

test('a server that is not there loses nothing', async () => {
  await smtp.close()
  const id = await sent(1)
  await vi.waitFor(async () =>
    expect((await cloud.cloud.mailbox.get(id))?.relay?.reason).toMatch(/ECONNREFUSED/),
  )
  await relayed(id, 'pending')
})
