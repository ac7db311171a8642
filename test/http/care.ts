/** A small care workflow with everything that timelines, reasons and pages talk about. */
import { Api } from './api.ts'

const mail = (subject: string, body: string): string => `---
subject: ${subject}
---
<mj-section><mj-column><mj-text>${body}</mj-text></mj-column></mj-section>
`

export const care = `workflow: care
title: Care after a ticket
topic: service
trigger:
  event: ticket.closed
  when: event.channel != "bot"
  audience: customer.tier != "staff"
enroll:
  per: event.ticketId
goal:
  event: purchase
  within: 60 days
  value: event.total
exit:
  - event: ticket.reopened
steps:
  - survey: csat
    id: ask
    template: question
  - await: csat.rated
    id: answer
    when: event.ticketId == enrollment.key
    for: 3 days
    then:
      - if: awaited.score <= 2
        id: was-bad
        then:
          - task: recover
            queue: care-team
            title: "Call {{ customer.id }}"
          - send: sorry
        else:
          - send: thanks
    else:
      - send: nudge
        topic: offers
  - wait: 2 days
  - send: last
`

export const careMails = {
  'question.mjml': mail('How was it?', '<a href="{{ survey.link(4) }}">good</a>'),
  'question.it.mjml': mail("Com'è andata?", '<a href="{{ survey.link(4) }}">bene</a>'),
  'sorry.mjml': mail('Sorry', 'sorry'),
  'thanks.mjml': mail('Thanks', 'thanks'),
  'nudge.mjml': mail('An offer', 'offer'),
  'last.mjml': mail('Goodbye', 'bye'),
}

/** The workflow is live; anna is Italian and known, and nothing has happened yet. */
export async function careApi(): Promise<Api> {
  const api = new Api({ at: '2026-03-26T10:00:00Z' })
  await api.publish('care', care, careMails)
  await api.put('/v1/customers/anna', {
    email: 'anna@example.it',
    firstName: 'Anna',
    locale: 'it-IT',
    timezone: 'Europe/Rome',
    tier: 'silver',
  })
  return api
}

export async function closeTicket(api: Api, more: { [name: string]: unknown } = {}): Promise<void> {
  await api.post('/v1/events', {
    id: 'E-1',
    type: 'ticket.closed',
    customerId: 'anna',
    data: { ticketId: 'T-1', agent: 'Rosa', tags: ['a'], channel: 'mail' },
    ...more,
  })
  await api.settle()
}

/** The path of a link in the latest mail. */
export function linkIn(api: Api, purpose: 'r' | 'u' | 'p' | 'o'): string {
  const { html = '', headers = [] } = api.world.sender.mails.at(-1) ?? {}
  const everything = html + headers.map(({ value }) => value).join(' ')
  const link = new RegExp(`https://care\\.test(/${purpose}/[\\w.-]+)`).exec(everything)?.[1]
  if (link === undefined) throw new Error(`no /${purpose}/ link in the mail`)
  return link
}
