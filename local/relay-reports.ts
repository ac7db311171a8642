/** What the SMTP server made of a mail, told as SES would: to the journey that sent it, and to the address that it was for. */
import type { EventBridgeEvent } from 'aws-lambda'
import { groupOf } from '../runtime/ingest.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Work } from '../runtime/work.ts'
import type { Mailbox } from './cloud/mailbox.ts'
import type { RelayListener } from './cloud/smtp-relay.ts'
import { reportInput, sesReport } from './ses-report.ts'

export interface RelayReportsOptions {
  runtime: Runtime
  mailbox: Mailbox
  feedback: (event: EventBridgeEvent<string, unknown>) => Promise<void>
}

export const relayReports =
  ({ runtime, mailbox, feedback }: RelayReportsOptions): RelayListener =>
  async (id, { status, reason, address }) => {
    const { clock, queue } = runtime.world
    const message = await mailbox.get(id)
    const tags = await mailbox.tags(id)
    // Its reader was erased, or it is nobody's.
    if (!message || !tags) return
    if (status === 'refused') {
      // SES tries what may still go; here the answer is the last word, and only the address of a dead one is blocked.
      const said = {
        messageId: id,
        type: address === 'dead' ? 'bounce' : 'reject',
        reason: reason?.slice(0, 1000),
      }
      return await feedback(sesReport(message, tags, reportInput.parse(said), clock.now()))
    }
    // SES knows no such report: what it has taken it has.
    const { attempt: _, ...journeyAndStep } = tags
    const work: Work = {
      kind: 'feedback',
      ...journeyAndStep,
      type: 'in-doubt',
      at: clock.now(),
      sentAt: message.at,
    }
    await queue.send([
      { group: groupOf(tags.customerId), body: JSON.stringify(work), dedupId: `relay ${id}` },
    ])
  }
