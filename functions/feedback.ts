/** EventBridge and SNS, what providers say about our mails and SMS → the work queue, in the customer's order. */
import type { EventBridgeEvent, SNSEvent } from 'aws-lambda'
import { decodeTags } from '../aws/tags.ts'
import { withQueue, withTable } from '../aws/world.ts'
import { groupOf } from '../runtime/ingest.ts'
import { isOut, readJourney } from '../runtime/journeys.ts'
import type { MessageTags } from '../runtime/ports.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Work } from '../runtime/work.ts'
import { onAws } from './on-aws.ts'
import { type SesEvent, sesEvent } from './ses-event.ts'
import { smsReport, snsEvent } from './sms-event.ts'

type Report = Pick<Extract<Work, { kind: 'feedback' }>, 'type' | 'address' | 'reason'> & {
  at?: string | undefined
}

export const feedback =
  (runtime: Runtime) =>
  async (event: EventBridgeEvent<string, unknown> | SNSEvent): Promise<void> => {
    if ('Records' in event) {
      for (const { Sns } of snsEvent.parse(event).Records) {
        const report = smsReport(Sns.Message)
        if (report) await pass(runtime, report.tags, report.said, Sns.MessageId)
      }
      return
    }
    const { id, detail } = sesEvent.parse(event)
    const tags = decodeTags(detail.mail.tags)
    const report = reportOf(detail)
    // Not a mail of ours, or nothing that changes what we know (a delayed delivery ends in another event).
    if (!tags || !report) return
    const { at, ...said } = report
    const sentAt = Date.parse(detail.mail.timestamp)
    await pass(runtime, tags, { ...said, at: at === undefined ? sentAt : Date.parse(at), sentAt }, id)
  }

type Said = Omit<Report, 'at'> & { at: number; sentAt: number }

async function pass(runtime: Runtime, tags: MessageTags, said: Said, dedupId: string): Promise<void> {
  const { attempt: _, ...journeyAndStep } = tags
  if (said.type === 'send' && !(await isOpen(runtime, tags))) return
  const message: Work = { kind: 'feedback', ...journeyAndStep, ...said }
  const body = JSON.stringify(message)
  await runtime.world.queue.send([{ group: groupOf(tags.customerId), body, dedupId }])
}

export const handler = await onAws('feedback', [withTable, withQueue], feedback)

/**
 * SES says of every mail that it was sent; only for one whose sending was not recorded is that news. Asking here costs a
 * read, handling it costs a message and the whole customer.
 */
async function isOpen(runtime: Runtime, { customerId, step, ...name }: MessageTags): Promise<boolean> {
  // The report comes a second after the claim. Should a replica be older than that, the step's rule decides as without it.
  const journey = await readJourney(runtime.world.table, customerId, name, { consistent: false })
  return journey !== undefined && isOut(journey.enrollment, step)
}

function reportOf({ eventType, mail, bounce, ...detail }: SesEvent['detail']): Report | undefined {
  switch (eventType) {
    case 'Send':
      return { type: 'send', at: mail.timestamp }
    case 'Delivery':
      return { type: 'delivery', at: detail.delivery?.timestamp }
    case 'Open':
      return { type: 'open', at: detail.open?.timestamp }
    case 'Click':
      return { type: 'click', at: detail.click?.timestamp }
    case 'Reject':
      return { type: 'reject', ...reason(detail.reject?.reason) }
    // The template's variables are ours; for the customer the mail was never sent.
    case 'Rendering Failure':
      return { type: 'reject', ...reason(detail.failure?.errorMessage) }
    case 'Complaint': {
      // The customer took it out of the spam folder: the opposite of a complaint.
      if (detail.complaint?.complaintFeedbackType === 'not-spam') return undefined
      const [who] = detail.complaint?.complainedRecipients ?? []
      const why = detail.complaint?.complaintFeedbackType ?? detail.complaint?.complaintSubType ?? undefined
      return {
        type: 'complaint',
        ...address(who?.emailAddress ?? mail.destination[0]),
        ...reason(why),
        at: detail.complaint?.timestamp,
      }
    }
    case 'Bounce': {
      const [who] = bounce?.bouncedRecipients ?? []
      // Only "Permanent" says that the address is dead; "Transient" and "Undetermined" may work tomorrow.
      const type = bounce?.bounceType === 'Permanent' ? 'bounce' : 'soft-bounce'
      const why = who?.diagnosticCode ?? bounce?.bounceSubType
      return {
        type,
        ...address(who?.emailAddress ?? mail.destination[0]),
        ...reason(why),
        at: bounce?.timestamp,
      }
    }
    default:
      return undefined
  }
}

const address = (text: string | undefined) => (text === undefined ? {} : { address: text })
const reason = (text: string | undefined) => (text === undefined ? {} : { reason: text })
