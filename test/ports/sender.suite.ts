/** What every sender does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sender } from '../../runtime/ports.ts'
import { mailTo } from './mail.ts'

export interface SenderUnderTest {
  sender: Sender
  /** An address that may be written from and to. */
  from: string
  to: string
  close(): Promise<void>
}

export function senderSuite(name: string, open: () => Promise<SenderUnderTest>): void {
  describe(`sender: ${name}`, () => {
    let under: SenderUnderTest
    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under.close())

    test('a mail that was taken has an id of its own', async () => {
      const mail = mailTo(under.to, {}, under.from)
      const outcomes = [await under.sender.send(mail), await under.sender.send(mail)]
      const ids = outcomes.map((outcome) => (outcome.status === 'sent' ? outcome.messageId : outcome))
      for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{20,}$/i)
      expect(new Set(ids).size).toBe(2)
    })

    test('ids that no tag could hold as they are travel all the same', async () => {
      const tags = { customerId: `${'ä/'.repeat(200)}@x.it`, key: 'order #1' }
      expect(await under.sender.send(mailTo(under.to, tags, under.from))).toMatchObject({ status: 'sent' })
    })

    test('what no provider would take is refused, not thrown', async () => {
      const mail = mailTo('not an address', {}, under.from)
      expect(await under.sender.send(mail)).toMatchObject({ status: 'refused' })
    })
  })
}
